// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables and the shell's are meant literally.
/** Small bundles made by hand, for tests of one emitter at a time. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type {
  Entity,
  ExistingAttachment,
  IamBundle,
  ManagedPolicy,
  PrincipalUse,
  Role,
} from '../../src/model/bundle.ts';
import type { Parameter } from '../../src/model/parameter.ts';
import { type Statement, trustOfServices } from '../../src/model/policy.ts';
import { normalDocument } from './cfn-documents.ts';

export const CLUSTER_NAME: Parameter = {
  name: 'clusterName',
  description: 'Name of the EKS cluster.',
  pattern: '^[0-9A-Za-z][A-Za-z0-9_-]*$',
  maxLength: 100,
  constraint: 'Letters, digits, hyphens and underscores, beginning with a letter or digit.',
  flag: '--cluster-name',
};

export const VPC_ID: Parameter = {
  name: 'vpcId',
  description: "Id of the cluster's VPC.",
  pattern: '^vpc-([0-9a-f]{8}|[0-9a-f]{17})$',
  maxLength: 21,
  constraint: 'vpc- and 8 or 17 hexadecimal digits.',
};

/** Everything empty, on the `core` base. */
export function bundleOf(part: Partial<IamBundle>): IamBundle {
  return {
    target: 'sample',
    features: ['core'],
    activeFeatures: ['core'],
    bases: ['core'],
    mergeMode: 'auto',
    policyType: 'managed',
    stackset: false,
    policies: [],
    roles: [],
    users: [],
    paletteIrsaRoles: [],
    existing: [],
    principals: [],
    groups: [],
    openParameters: [],
    values: new Map(),
    defaults: new Map(),
    partition: 'aws',
    namePrefix: { value: '', maxLength: 28 },
    path: '/',
    longestPath: 512,
    tags: new Map(),
    packing: [],
    moves: [],
    replacements: [],
    stackDifferences: [],
    pendingPermissions: 0,
    warnings: [],
    notes: [],
    ...part,
  };
}

/** Size and limit are not an emitter's business. */
export function policyOf(
  name: string,
  statements: readonly Statement[],
  part: Partial<ManagedPolicy> = {},
): ManagedPolicy {
  const stem = name.replace(/-?\{\{.*?\}\}/g, '');
  return {
    name,
    stem,
    logicalId: stem.replace(/[^A-Za-z0-9]/g, ''),
    description: `The policy ${stem}.`,
    document: { Version: '2012-10-17', Statement: statements },
    origins: statements.map((_, index) => [{ group: 'sample', statements: [index] }]),
    groups: ['sample'],
    attachTo: ['palette'],
    inStack: false,
    size: 0,
    worstSize: 0,
    limit: 6144,
    ...part,
  };
}

export function roleOf(principal: string, name: string, part: Partial<Role> = {}): Role {
  return {
    principal,
    name,
    stem: name,
    logicalId: `Role${principal.replace(/[^A-Za-z0-9]/g, '')}`,
    trust: trustOfServices(['ec2.amazonaws.com']),

    awsManagedPolicies: [],
    inStack: false,
    ...part,
  };
}

export function principalOf(id: string, part: Partial<PrincipalUse> = {}): PrincipalUse {
  return {
    id,
    description: id,
    created: false,
    node: false,
    attached: 1,
    limit: 10,
    free: 9,
    awsManagedPolicies: [],
    attachedByOthers: [],
    ...part,
  };
}

export function existingOf(
  principal: string,
  entity: Entity,
  name: string,
  awsManagedPolicies: readonly string[] = [],
): ExistingAttachment {
  return { principal, entity, name, awsManagedPolicies };
}

export const allow = (action: string, resource = '*'): Statement => ({
  Effect: 'Allow',
  Action: [action],
  Resource: [resource],
});

/** IAM's own policy variables where IAM reads them; none may be changed by any format. */
export const VARIABLES: readonly Statement[] = [
  {
    Effect: 'Allow',
    Action: ['s3:GetObject'],
    Resource: ['arn:aws:s3:::home/${aws:username}/*', 'arn:aws:s3:::any/${*}'],
    Condition: {
      StringEquals: { 'aws:RequestTag/owner': ['${aws:username}'] },
      StringLike: { 's3:prefix': ["${aws:PrincipalTag/team, 'none'}/*", '"quoted" \\ &<>'] },
    },
  },
];

/** The same beside parameters, in a value only. */
export const VARIABLES_AND_PARAMETER: readonly Statement[] = [
  ...VARIABLES,
  {
    Effect: 'Allow',
    Action: ['s3:PutObject'],
    Resource: ['arn:aws:s3:::home/${aws:username}/{{clusterName}}/*'],
    Condition: {
      StringEquals: { 'aws:RequestTag/cluster': ['{{clusterName}}'], 'aws:x': ['${aws:userid}'] },
      ArnEquals: { 'ec2:Vpc': ['arn:aws:ec2:*:*:vpc/{{vpcId}}'] },
    },
  },
];

/** The same beside a parameter in a condition key. */
export const VARIABLES_AND_PARAMETER_IN_KEY: readonly Statement[] = [
  ...VARIABLES_AND_PARAMETER,
  {
    Effect: 'Allow',
    Action: ['ec2:AttachNetworkInterface'],
    Resource: ['arn:aws:ec2:*:*:instance/*'],
    Condition: {
      StringEquals: { 'aws:ResourceTag/kubernetes.io/cluster/{{clusterName}}': ['owned'] },
    },
  },
];

/**
 * Inline policies in every kind of holder: the stack's roles and another, existing roles and users;
 * one document for several, one name for two documents, one principal that nobody names.
 */
export function inlineBundle(): IamBundle {
  const stack = capaStack();
  return bundleOf({
    ...stack,
    policyType: 'inline',
    activeFeatures: ['iaas-static', 'stack-manual'],
    bases: ['iaas-static'],
    policies: [
      ...stack.policies,
      policyOf('PaletteOne', VARIABLES, { attachTo: ['palette', 'nodes', 'eks-nodegroup'] }),
      policyOf('PaletteTwo-{{clusterName}}', VARIABLES_AND_PARAMETER, {
        attachTo: ['node-group', 'nodes'],
      }),
      policyOf('PaletteThree-{{clusterName}}', VARIABLES_AND_PARAMETER_IN_KEY),
      policyOf('Merged', [allow('s3:GetObject')], { attachTo: ['palette'] }),
      policyOf('Merged', [allow('s3:PutObject')], {
        attachTo: ['nodes', 'control-plane'],
        logicalId: 'Merged2',
      }),
      policyOf('InStack', [allow('ec2:RunInstances')], {
        attachTo: ['nodes', 'eks-nodegroup'],
        inStack: true,
      }),
    ],
    roles: [
      ...stack.roles,
      roleOf('eks-nodegroup', 'eks-nodegroup.cluster-api-provider-aws.sigs.k8s.io', {
        awsManagedPolicies: ['AmazonEKSWorkerNodePolicy'],
        trust: trustOfServices(['ec2.amazonaws.com', 'eks.amazonaws.com']),
      }),
    ],
    existing: [
      existingOf('palette', 'role', 'SpectroCloudRole'),
      existingOf('palette', 'user', 'spectro@example.com', ['ReadOnlyAccess']),
    ],
    principals: [
      principalOf('palette', { inline: { size: 900, limit: 2048 } }),
      ...stack.principals,
      principalOf('node-group', { node: true, name: 'ng-role_worker-pool-<random>' }),
    ],
    openParameters: [CLUSTER_NAME, VPC_ID],
    path: '/palette/',
    tags: new Map([['team', 'platform']]),
  });
}

/** The holders of a policy as the bundle has them, sorted. */
export function holderNames(
  { roles, existing }: IamBundle,
  { attachTo }: ManagedPolicy,
  entity: 'role' | 'user',
): string[] {
  const holders = [
    ...(entity === 'role' ? roles : []),
    ...existing.filter((attachment) => attachment.entity === entity),
  ];
  return holders
    .filter(({ principal }) => attachTo.includes(principal))
    .map(({ name }) => name)
    .sort();
}

type Properties = Record<string, unknown>;

export const CAPA_TEMPLATE = readFileSync(
  new URL('../reference/palette/minimum/cloudformation-template.yaml', import.meta.url),
  'utf8',
);

const PRINCIPAL_OF_ROLE: Record<string, string> = {
  AWSIAMRoleControlPlane: 'control-plane',
  AWSIAMRoleControllers: 'controllers',
  AWSIAMRoleEKSControlPlane: 'eks-controlplane',
  AWSIAMRoleNodes: 'nodes',
};

/** The documented CAPA stack as a bundle: roles, instance profiles and policies, all in the stack. */
export function capaStack(): Pick<IamBundle, 'policies' | 'roles' | 'principals'> {
  const resources = (parse(CAPA_TEMPLATE) as Properties).Resources as Record<
    string,
    { Type: string; Properties: Properties }
  >;
  const ofType = (type: string) =>
    Object.entries(resources).filter(([, resource]) => resource.Type === type);
  const refs = (value: unknown) => (value as { Ref: string }[]).map(({ Ref }) => Ref);

  const roles = ofType('AWS::IAM::Role').map(([logicalId, { Properties: p }]): Role => {
    const trust = p.AssumeRolePolicyDocument as {
      Statement: { Principal: { Service: string[] } }[];
    };
    const profile = ofType('AWS::IAM::InstanceProfile').find(([, resource]) =>
      refs(resource.Properties.Roles).includes(logicalId),
    );
    const arns = (p.ManagedPolicyArns ?? []) as string[];
    return roleOf(PRINCIPAL_OF_ROLE[logicalId] as string, p.RoleName as string, {
      logicalId,
      trust: trustOfServices(trust.Statement[0]?.Principal.Service ?? []),

      awsManagedPolicies: arns.map((arn) => arn.replace('arn:aws:iam::aws:policy/', '')),
      ...(profile === undefined
        ? {}
        : {
            instanceProfile: {
              logicalId: profile[0],
              name: profile[1].Properties.InstanceProfileName as string,
            },
          }),
      inStack: true,
    });
  });
  const policies = ofType('AWS::IAM::ManagedPolicy').map(([logicalId, { Properties: p }]) =>
    policyOf(
      p.ManagedPolicyName as string,
      normalDocument(p.PolicyDocument as Properties).Statement,
      {
        logicalId,
        description: p.Description as string,
        attachTo: refs(p.Roles).map((ref) => PRINCIPAL_OF_ROLE[ref] as string),
        inStack: true,
      },
    ),
  );
  const principals = roles.map((role) =>
    principalOf(role.principal, {
      created: true,
      node: role.principal === 'nodes',
      name: role.name,
    }),
  );
  return { roles, policies, principals };
}
