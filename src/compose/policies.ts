/** From planned documents to managed policies: names, logical ids, sizes, origins. */
import type { ManagedPolicy, Origin, Role, User } from '../model/bundle.ts';
import { render } from '../model/parameter.ts';
import type { PolicyDocument } from '../model/policy.ts';
import { NODE_PRINCIPALS, type RequirementGroup, type Spec } from '../model/requirement.ts';
import { documentSize } from '../model/size.ts';
import type { Target } from '../model/target.ts';
import type { Groups } from './groups.ts';
import { pascalCase } from './label.ts';
import { namePolicies, uniqueIds } from './names.ts';
import type { PlannedPolicies } from './plan/planned.ts';
import { isInStack, type Principals } from './principals.ts';
import { presentSizes, worstSizes } from './values.ts';

/** Groups that name a role of the stack itself belong to it; node policies are separate. */
function belongsToStack(group: RequirementGroup, principals: Principals): boolean {
  const names = group.attachTo.filter((id) => id !== NODE_PRINCIPALS);
  return names.some((id) => {
    const principal = principals.get(id);
    return principal?.created === true && isInStack(principal);
  });
}

/** One managed policy for every planned document, in order. */
export function toPolicies({
  planned,
  spec,
  groups,
  principals,
  target,
  values,
  limitOf,
  roles,
  users,
}: {
  readonly planned: readonly PlannedPolicies[];
  readonly spec: Spec;
  readonly groups: Groups;
  readonly principals: Principals;
  readonly target: Target;
  readonly values: ReadonlyMap<string, string>;
  readonly limitOf: (principals: readonly string[]) => number;
  readonly roles: readonly Role[];
  readonly users: readonly User[];
}): ManagedPolicy[] {
  const worst = worstSizes(spec.parameters, target.formats);
  const present = presentSizes(spec.parameters);
  const naming = namePolicies(planned, spec, principals);
  const drafts = planned.flatMap((plan, index) =>
    plan.documents.map(({ statements }, part) => {
      const names = naming[index]?.[part] as (typeof naming)[number][number];
      const document: PolicyDocument = {
        Version: '2012-10-17',
        Statement: statements.map(({ statement }) => statement),
      };
      const origins = statements.map((sourced) => sourced.origins);
      return { plan, names, document, origins };
    }),
  );
  const logicalIds = uniqueIds(
    drafts.map(({ names }) => names.logicalId ?? (pascalCase(names.stem) || 'Policy')),
    [
      ...roles.flatMap((role) => [role.logicalId, role.instanceProfile?.logicalId ?? '']),
      ...users.map(({ logicalId }) => logicalId),
      // A template's parameters and resources share one namespace.
      ...[...spec.parameters.keys()].map(pascalCase),
    ],
  );
  const hasStack = roles.some((role) => role.inStack);
  const policies = drafts.map(({ plan, names, document, origins }, index) => ({
    name: target.namePrefix + render(names.name, values),
    stem: names.stem,
    logicalId: logicalIds[index] as string,
    description: render(names.description, values),
    document,
    origins,
    groups: groupsIn(origins, groups),
    attachTo: plan.principals,
    inStack:
      hasStack &&
      plan.requirements.some(({ group }) =>
        belongsToStack(groups.get(group) as RequirementGroup, principals),
      ),
    size: documentSize(document, present),
    worstSize: documentSize(document, worst),
    limit: limitOf(plan.principals),
  }));
  return target.policyType === 'managed' ? policies : shareEqual(policies);
}

/** Inline policies of one name and content are one policy with several holders. */
function shareEqual(policies: readonly ManagedPolicy[]): ManagedPolicy[] {
  const shared = new Map<string, ManagedPolicy>();
  for (const policy of policies) {
    const key = JSON.stringify([policy.name, policy.document]);
    const known = shared.get(key);
    if (known === undefined) shared.set(key, policy);
    else {
      shared.set(key, {
        ...known,
        attachTo: [...known.attachTo, ...policy.attachTo],
        limit: Math.min(known.limit, policy.limit),
      });
    }
  }
  return [...shared.values()];
}

function groupsIn(origins: readonly (readonly Origin[])[], groups: Groups): string[] {
  const present = new Set(origins.flat().map(({ group }) => group));
  return [...groups.keys()].filter((id) => present.has(id));
}
