/**
 * How does the stack differ from the documented one?
 *
 * The template of the stack keeps the documented file name, so a reader takes it for the documented
 * template. Whatever the target changes in it is listed, resource by resource, in the words of the
 * documented template: its logical ids.
 *
 * 1. A role that comes with another feature than the stack itself is added.
 * 2. A role's AWS managed policies are more or fewer, by what features replace and attach.
 * 3. A policy is the documented one only with its statements, its order and its holders.
 * 4. Names, path, partition, boundary, tags and the type of policies are those of the target.
 */
import type { IamBundle, ManagedPolicy, Role } from '../model/bundle.ts';
import { trustedBy } from '../model/policy.ts';
import type { Spec } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import { type Amended, renderGroup } from './groups.ts';
import { expandAttachTo, type Principals } from './principals.ts';

/** The feature whose groups, and whose roles, are the documented stack. */
const STACK_FEATURE = 'stack-manual';

export interface StackInputs {
  readonly spec: Spec;
  readonly target: Target;
  readonly values: ReadonlyMap<string, string>;
  readonly principals: Principals;
  readonly amended: ReadonlyMap<string, Amended>;
  readonly roles: readonly Role[];
  readonly policies: readonly ManagedPolicy[];
}

/** Whole sentences, in the order of a template; none where nothing differs or there is no stack. */
export function stackDifferences(inputs: StackInputs): IamBundle['stackDifferences'] {
  const roles = inputs.roles.filter(({ inStack }) => inStack);
  if (roles.length === 0) return [];
  return [
    ...targetDifferences(inputs),
    ...roles.flatMap((role) => roleDifferences(inputs, role)),
    ...inputs.policies
      .filter(({ inStack }) => inStack)
      .flatMap((policy) => policyDifferences(inputs, policy)),
  ];
}

function targetDifferences({ spec, target, values, roles }: StackInputs): string[] {
  const { namePrefix, path, permissionsBoundary, tags, policyType, narrow = [] } = target;
  const partition = values.get('partition') ?? 'aws';
  const suffix = values.get('nameSuffix');
  const china = roles.some(({ trust }) =>
    trustedBy(trust, 'Service').includes('ec2.amazonaws.com.cn'),
  );
  return [
    ...(namePrefix === '' ? [] : [`All names begin with ${namePrefix}.`]),
    ...(suffix === undefined || suffix === spec.parameters.get('nameSuffix')?.default
      ? []
      : [`Names end with ${suffix}`]),
    ...(partition === 'aws'
      ? []
      : [
          `ARNs are of the partition ${partition}${china ? ', and EC2 is ec2.amazonaws.com.cn' : ''}.`,
        ]),
    ...(narrow.length === 0 ? [] : [`ARNs are narrowed to one ${narrow.join(' and one ')}.`]),
    ...(path === '/' ? [] : [`What has an IAM path has ${path}`]),
    ...(permissionsBoundary === undefined
      ? []
      : [`Every role has the permissions boundary ${permissionsBoundary}`]),
    ...(tags.size === 0 ? [] : [`Every role has the tags ${[...tags.keys()].join(', ')}.`]),
    ...(policyType === 'managed' ? [] : ['The policies are inline in their roles, not managed.']),
  ];
}

function roleDifferences({ principals }: StackInputs, role: Role): string[] {
  const principal = principals.get(role.principal);
  if (principal?.role === undefined) return [];
  const { spec } = principal;
  if (!spec.creations.some((creation) => creation.with === STACK_FEATURE)) {
    return [`${role.logicalId} is added: ${inSentence(spec.description)}`];
  }
  const documented = principal.role.awsManagedPolicies;
  const gone = documented.filter((policy) => !role.awsManagedPolicies.includes(policy));
  const added = role.awsManagedPolicies.filter((policy) => !documented.includes(policy));
  const changes = [
    ...(gone.length === 0 ? [] : [`without ${gone.join(', ')}`]),
    ...(added.length === 0 ? [] : [`with ${added.join(', ')}`]),
  ];
  return changes.length === 0 ? [] : [`${role.logicalId} is ${changes.join(', and ')}.`];
}

function policyDifferences(inputs: StackInputs, policy: ManagedPolicy): string[] {
  const { spec, values, principals, amended, target } = inputs;
  const [id, ...more] = policy.groups;
  const group = id === undefined ? undefined : spec.groups.get(id);
  if (id === undefined || group === undefined) return [];
  if (more.length > 0) {
    return [`${policy.logicalId} is merged from ${policy.groups.join(', ')}.`];
  }
  if (spec.features.get(STACK_FEATURE)?.groups.includes(id) !== true) {
    return [`${policy.logicalId} is added: ${id}.`];
  }
  const documented = renderGroup(group, values, spec.parameters).statements;
  if (JSON.stringify(policy.document.Statement) !== JSON.stringify(documented)) {
    const applied = amended.get(id)?.applied ?? [];
    if (applied.length === 0 && (target.narrow ?? []).length > 0) return [];
    return applied.length > 0
      ? [`${policy.logicalId} is amended: ${applied.join('; ')}.`]
      : [`${policy.logicalId} holds statements of ${id} in another form.`];
  }
  const holders = expandAttachTo(group.attachTo, principals);
  const isSameHolders =
    holders.length === policy.attachTo.length &&
    holders.every((each) => policy.attachTo.includes(each));
  // Inline policies of several holders are written one by one in any case.
  if (isSameHolders || target.policyType === 'inline') return [];
  return [`${policy.logicalId} is held by ${policy.attachTo.join(', ')} only.`];
}

/** A description after a colon: `The role.` → `the role.` */
function inSentence(description: string): string {
  return description.replace(/^The /, 'the ');
}
