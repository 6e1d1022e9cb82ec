/** What is asked of planning and of the proof: groups for principals, and how much those can hold. */
import type { ManagedPolicy, PolicyType } from '../model/bundle.ts';
import { usageError, type Warning } from '../model/errors.ts';
import type { Quotas } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import type { Groups } from './groups.ts';
import { stemOf } from './names.ts';
import { freeOf } from './plan/capacity.ts';
import type { Capacity, Requirement } from './plan/planned.ts';
import { expandAttachTo, inlineLimitOf, type Principals } from './principals.ts';

/** What each group asks for whom, in the spec's order; groups that nobody holds apart. */
export function requirementsOf(
  groups: Groups,
  principals: Principals,
  policyType: PolicyType,
): { requirements: Requirement[]; unattached: string[] } {
  const all = [...groups.values()].map((group) => ({
    group: group.id,
    stem: stemOf(group.policyName),
    principals: expandAttachTo(group.attachTo, principals),
    statements: group.statements.map((statement, number) => ({
      statement,
      origins: [{ group: group.id, statements: [number] }],
    })),
  }));
  const held = (requirement: Requirement): boolean => requirement.principals.length > 0;
  return {
    // Inline policies are in one principal each.
    requirements:
      policyType === 'managed'
        ? all.filter(held)
        : all.flatMap((each) => each.principals.map((id) => ({ ...each, principals: [id] }))),
    unattached: all.filter((requirement) => !held(requirement)).map(({ group }) => group),
  };
}

export function withoutPrincipal(id: string, groups: Groups): Warning {
  return {
    code: 'no-principal',
    groups: [id],
    message: `Group "${id}" is for ${groups.get(id)?.attachTo.join(', ')}, which does not exist in this selection; nothing is generated for it.`,
  };
}

/**
 * @throws GenError (exit 2) where the reserve leaves no slot to a principal that needs one, or where
 * slots are spoken of and policies are inline.
 */
export function capacitiesOf(
  principals: Principals,
  requirements: readonly Requirement[],
  quotas: Quotas,
  target: Target,
): ReadonlyMap<string, Capacity> {
  const { reserve, maxPolicies: most } = target;
  if (target.policyType === 'inline') {
    if (reserve > 0 || most !== undefined) {
      throw usageError(
        'inline-has-no-slots',
        '--reserve and --max-policies count managed policies, and --policy-type is inline.',
        'Leave them out, or choose --policy-type managed.',
      );
    }
    return new Map(
      [...principals].map(([id, principal]) => {
        const limit = inlineLimitOf(principal, quotas, target);
        return [id, { unit: 'characters', limit, taken: 0, reserve: 0 }];
      }),
    );
  }
  const holders = new Set(requirements.flatMap((requirement) => requirement.principals));
  return new Map(
    [...principals].map(([id, { limit, awsManagedPolicies, attachedByOthers }]) => {
      const taken = awsManagedPolicies.length + attachedByOthers.length;
      const capacity: Capacity = {
        unit: 'policies',
        limit,
        taken,
        reserve,
        ...(most === undefined ? {} : { most }),
      };
      if (reserve > 0 && holders.has(id) && freeOf(capacity) === 0) {
        throw usageError(
          'no-slot-left',
          `--reserve ${reserve} leaves no slot on "${id}": its quota is ${limit}, and ${taken} are taken.`,
          `Reserve at most ${Math.max(0, limit - taken - 1)}.`,
        );
      }
      return [id, capacity];
    }),
  );
}

export function obligationsOf(
  requirements: readonly Requirement[],
  policies: readonly ManagedPolicy[],
  principals: Principals,
) {
  return [...principals.keys()].map((principal) => ({
    principal,
    asked: requirements
      .filter((requirement) => requirement.principals.includes(principal))
      .flatMap(({ statements }) => statements.map(({ statement }) => statement)),
    written: policies
      .filter(({ attachTo }) => attachTo.includes(principal))
      .map(({ document }) => document),
  }));
}
