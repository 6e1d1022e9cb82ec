/**
 * The two CloudFormation templates as plain values; `cloudformation.ts` writes them down.
 *
 * A managed policy names the roles, users and groups that hold it, as the documented template does:
 * a role or user of the same template by `Ref`, every other by its name. The CAPA stack is created first,
 * so a policy of the stack held by a role of the other template is named by that role instead.
 *
 * An inline policy is a resource for each of its holders, in the template of the policy; where the
 * policy is of the stack and the role of the other template, in that one.
 */
import {
  awsManagedPolicyArn,
  type Entity,
  type IamBundle,
  type ManagedPolicy,
  managedPolicyArn,
  pathOf,
  type Role,
  type User,
} from '../../model/bundle.ts';
import { parameterNames } from '../../model/parameter.ts';
import { type JsonValue, toPolicyJson, toTrustPolicyJson } from '../../model/policy.ts';
import { inWords } from '../../text/words.ts';
import { type Holder, heldPolicies } from '../inline.ts';
import { isDeclared, templateName, withIntrinsics } from '../intrinsics.ts';
import { parametersIn } from '../open-parameters.ts';
import { interfaceMetadata, parameterDeclaration, SCOPE } from './parameters.ts';

type Values = { readonly [key: string]: JsonValue };

/** The page with the documented template, and with its file and stack name. */
export const DOCUMENTED_STACK =
  'https://docs.spectrocloud.com/clusters/public-cloud/aws/required-iam-policies/';
export const STACK_FILE = 'cloudformation/palette-cloudformation-input-template.yaml';
export const STACK_NAME = 'cluster-api-provider-aws-sigs-k8s-io';
export const POLICIES_FILE = 'cloudformation/palette-policies.yaml';
export const POLICIES_STACK_NAME = 'palette-policies';

/** In the order of a template's sections. */
export interface Template {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  readonly Metadata?: Values;
  readonly Parameters?: Values;
  readonly Resources: Values;
  readonly Outputs?: Values;
}

/** A list under its key, or no key at all. */
function unlessEmpty(key: string, values: readonly JsonValue[]): Values {
  return values.length > 0 ? { [key]: values } : {};
}

/** AWS's default path is left out, as the documented template leaves it out. */
function pathValue(bundle: IamBundle, resource: { readonly deployedPath?: string }): Values {
  const path = pathOf(bundle, resource);
  return path === '/' ? {} : { Path: path };
}

/** Whether AWS would find a parameter where no intrinsic function is allowed. */
function hasParameterInKey(value: JsonValue): boolean {
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(hasParameterInKey);
  return Object.entries(value).some(
    ([key, inner]) => parameterNames(key).length > 0 || hasParameterInKey(inner),
  );
}

/**
 * A document with a parameter in a condition key goes as JSON text, which `withIntrinsics` then
 * makes an `Fn::Sub` of. Karpenter's published template does the same with its managed policies
 * (https://karpenter.sh/docs/reference/cloudformation/). Over several lines, since IAM does not
 * count white space and people review it.
 */
function jsonValue(json: JsonValue): JsonValue {
  return hasParameterInKey(json) ? JSON.stringify(json, null, 2) : json;
}

function documentValue(policy: ManagedPolicy): JsonValue {
  return jsonValue(toPolicyJson(policy.document));
}

function managedPolicy(bundle: IamBundle, policy: ManagedPolicy): Values {
  const held = <T extends { readonly principal: string }>(candidates: readonly T[]) =>
    policy.attachTo.flatMap((id) => candidates.filter(({ principal }) => principal === id));
  const roles = held(bundle.roles)
    .filter((role) => role.inStack || !policy.inStack)
    .map((role) => (role.inStack === policy.inStack ? { Ref: role.logicalId } : role.name));
  const users = policy.inStack
    ? []
    : held(bundle.users).map(({ logicalId }) => ({ Ref: logicalId }));
  const existing = held(bundle.existing);
  const names = (entity: Entity) =>
    existing.filter((attachment) => attachment.entity === entity).map(({ name }) => name);
  return {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: {
      ManagedPolicyName: policy.name,
      ...(policy.description === '' ? {} : { Description: policy.description }),
      ...pathValue(bundle, policy),
      // Before the document: who is allowed comes before what, and documents are long.
      ...unlessEmpty('Roles', [...roles, ...names('role')]),
      ...unlessEmpty('Users', [...users, ...names('user')]),
      ...unlessEmpty('Groups', names('group')),
      PolicyDocument: documentValue(policy),
    },
  };
}

/** Resource types, and the property that names the holder. */
const INLINE: Readonly<Record<Entity, readonly [type: string, holder: string]>> = {
  role: ['AWS::IAM::RolePolicy', 'RoleName'],
  user: ['AWS::IAM::UserPolicy', 'UserName'],
  group: ['AWS::IAM::GroupPolicy', 'GroupName'],
};

function inlinePolicy(policy: ManagedPolicy, holder: Holder, inStack: boolean): Values {
  const { created } = holder;
  const name = created?.inStack === inStack ? { Ref: created.logicalId } : holder.name;
  const [type, property] = INLINE[holder.entity];
  return {
    Type: type,
    Properties: {
      PolicyName: policy.name,
      [property]: name,
      PolicyDocument: documentValue(policy),
    },
  };
}

/**
 * Names the holder always, however many there are: under another logical id CloudFormation would
 * put the policy anew and then delete the previous one, which is the same to AWS.
 */
function inlineLogicalId(policy: ManagedPolicy, { entity, name, created }: Holder): string {
  const words = [entity, ...name.split(/[^A-Za-z0-9]+/)];
  const existing = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return policy.logicalId + (created?.logicalId ?? existing);
}

/** A resource that is a policy of ours, whole or in one of its holders. */
export interface PolicyResource {
  readonly logicalId: string;
  readonly policy: ManagedPolicy;
  /** Whom an inline policy is part of. */
  readonly holder?: Holder;
  /** The document is a JSON text, which cannot hold comments. */
  readonly isText: boolean;
  readonly value: Values;
}

/** The policies of one of the two templates, in the bundle's order. */
export function policyResources(bundle: IamBundle, inStack: boolean): readonly PolicyResource[] {
  if (bundle.policyType === 'managed') {
    return bundle.policies
      .filter((policy) => policy.inStack === inStack)
      .map((policy) => ({
        logicalId: policy.logicalId,
        policy,
        isText: typeof documentValue(policy) === 'string',
        value: managedPolicy(bundle, policy),
      }));
  }
  const taken = new Set([
    ...bundle.roles.flatMap((role) => [role.logicalId, role.instanceProfile?.logicalId ?? '']),
    ...bundle.users.map(({ logicalId }) => logicalId),
  ]);
  return heldPolicies(bundle).flatMap(({ policy, holders }) =>
    holders
      .filter(({ created }) => (policy.inStack && created?.inStack !== false) === inStack)
      .map((holder) => {
        const wanted = inlineLogicalId(policy, holder);
        let logicalId = wanted;
        for (let n = 2; taken.has(logicalId); n += 1) logicalId = `${wanted}${n}`;
        taken.add(logicalId);
        const isText = typeof documentValue(policy) === 'string';
        return { logicalId, policy, holder, isText, value: inlinePolicy(policy, holder, inStack) };
      }),
  );
}

/** ARNs of what only the holder's side can attach: AWS managed policies, and the stack's. */
function managedPolicyArns(bundle: IamBundle, holder: Role | User): readonly string[] {
  const ofStack = bundle.policies.filter(
    (policy) =>
      bundle.policyType === 'managed' &&
      policy.inStack &&
      !holder.inStack &&
      policy.attachTo.includes(holder.principal),
  );
  return [
    ...holder.awsManagedPolicies.map((policy) => awsManagedPolicyArn(bundle.partition, policy)),
    ...ofStack.map((policy) =>
      managedPolicyArn({ ...bundle, partition: '{{partition}}' }, '{{accountId}}', policy),
    ),
  ];
}

/** What hands the role out to a service account (EKS Pod Identity), where that is how it gets it. */
function associationResources({ logicalId, workload }: Role, tags: readonly JsonValue[]): Values {
  if (workload?.cluster === undefined) return {};
  return {
    [`${logicalId}Association`]: {
      Type: 'AWS::EKS::PodIdentityAssociation',
      Properties: {
        ClusterName: workload.cluster,
        Namespace: workload.serviceAccount.namespace,
        ServiceAccount: workload.serviceAccount.name,
        RoleArn: { 'Fn::GetAtt': [logicalId, 'Arn'] },
        ...unlessEmpty('Tags', tags),
      },
    },
  };
}

function tagValues({ tags }: IamBundle): readonly JsonValue[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

function boundaryValue({ permissionsBoundary }: IamBundle): Values {
  return permissionsBoundary === undefined ? {} : { PermissionsBoundary: permissionsBoundary };
}

function userResource(bundle: IamBundle, user: User): Values {
  return {
    [user.logicalId]: {
      Type: 'AWS::IAM::User',
      Properties: {
        UserName: user.name,
        ...pathValue(bundle, user),
        ...unlessEmpty('ManagedPolicyArns', managedPolicyArns(bundle, user)),
        ...boundaryValue(bundle),
        ...unlessEmpty('Tags', tagValues(bundle)),
      },
    },
  };
}

/** A role and, where it has them, its instance profile and its association with a service account. */
function roleResources(bundle: IamBundle, role: Role): Values {
  const tags = tagValues(bundle);
  const resource = {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: role.name,
      ...(role.description === undefined ? {} : { Description: role.description }),
      ...pathValue(bundle, role),
      AssumeRolePolicyDocument: jsonValue(toTrustPolicyJson(role.trust)),
      ...unlessEmpty('ManagedPolicyArns', managedPolicyArns(bundle, role)),
      ...boundaryValue(bundle),
      ...unlessEmpty('Tags', tags),
    },
  };
  const profile = role.instanceProfile;
  const association = associationResources(role, tags);
  if (profile === undefined) return { [role.logicalId]: resource, ...association };
  return {
    [role.logicalId]: resource,
    ...association,
    [profile.logicalId]: {
      Type: 'AWS::IAM::InstanceProfile',
      Properties: {
        InstanceProfileName: profile.name,
        ...pathValue(bundle, profile),
        Roles: [{ Ref: role.logicalId }],
      },
    },
  };
}

/** Inline policies have no ARN. An output's description may hold no intrinsic function: hence stems, not names. */
function outputs(bundle: IamBundle, inStack: boolean): Values {
  const isHere = (resource: { readonly inStack: boolean }) => resource.inStack === inStack;
  const policies = bundle.policyType === 'managed' ? bundle.policies.filter(isHere) : [];
  return Object.fromEntries([
    ...policies.map((policy): [string, JsonValue] => [
      `${policy.logicalId}Arn`,
      {
        Description: `ARN of the managed policy ${policy.stem}`,
        Value: { Ref: policy.logicalId },
      },
    ]),
    ...bundle.roles.filter(isHere).map((role): [string, JsonValue] => [
      `${role.logicalId}Arn`,
      {
        Description: `ARN of the role ${role.stem}`,
        Value: { 'Fn::GetAtt': [role.logicalId, 'Arn'] },
      },
    ]),
    ...bundle.users.filter(isHere).map((user): [string, JsonValue] => [
      `${user.logicalId}Arn`,
      {
        Description: `ARN of the user ${user.stem}`,
        Value: { 'Fn::GetAtt': [user.logicalId, 'Arn'] },
      },
    ]),
  ]);
}

/**
 * Bytes of a template in a request, and in a StackSet's TemplateBody; from S3 it is 1 MB.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export const BODY_BYTES = 51_200;

/** Template descriptions end at 1,024 bytes. */
export const DESCRIPTION_BYTES = 1024;

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function description(bundle: IamBundle, inStack: boolean): string {
  const isHere = (each: { readonly inStack: boolean }) => each.inStack === inStack;
  const kinds = [
    ...(bundle.roles.some(isHere) ? ['roles'] : []),
    ...(bundle.users.some(isHere) ? ['users'] : []),
    `${bundle.policyType} policies`,
  ];
  const what = inStack
    ? `IAM roles, instance profiles and ${bundle.policyType} policies of Cluster API Provider AWS, for Palette.`
    : `IAM ${inWords(kinds)} for Palette.`;
  const text = `${what} Features: ${bundle.activeFeatures.join(', ')}.`;
  return byteLength(text) <= DESCRIPTION_BYTES ? text : what;
}

/**
 * The template of the CAPA stack (`inStack`) or of everything beside it; undefined where it would
 * have no resource.
 */
export function buildTemplate(bundle: IamBundle, inStack: boolean): Template | undefined {
  const policies = policyResources(bundle, inStack);
  const roles = bundle.roles.filter((role) => role.inStack === inStack);
  const users = bundle.users.filter((user) => user.inStack === inStack);
  if (policies.length + roles.length + users.length === 0) return undefined;

  const resources: Values = Object.assign(
    {},
    ...roles.map((role) => roleResources(bundle, role)),
    ...users.map((user) => userResource(bundle, user)),
    ...policies.map(({ logicalId, value }) => ({ [logicalId]: value })),
  );
  const used = parametersIn(resources);
  const declared = bundle.openParameters.filter(({ name }) => used.has(name) && isDeclared(name));
  const parameters = Object.fromEntries(
    declared.map((parameter) => [templateName(parameter.name), parameterDeclaration(parameter)]),
  );
  const scope = { label: SCOPE, parameters: Object.keys(parameters) };
  const values = outputs(bundle, inStack);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: description(bundle, inStack),
    ...interfaceMetadata([scope]),
    ...(declared.length === 0 ? {} : { Parameters: parameters }),
    Resources: withIntrinsics(resources) as Values,
    // CloudFormation refuses an empty section.
    ...(Object.keys(values).length === 0 ? {} : { Outputs: values }),
  };
}
