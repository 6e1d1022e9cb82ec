/**
 * Which groups share a policy: the three merge modes, under every principal's quota.
 *
 * 1. `none`: one policy per group. A principal over its quota is an error.
 * 2. `auto`: one policy per group, as long as every principal fits; beyond that, the fewest groups
 *    that make it fit are merged, smaller ones before larger ones.
 * 3. `all`: the fewest policies possible. Groups with the same principals are merged together; a
 *    group that has its principals for itself and fits into one policy stays as documented.
 * 4. Groups that several principals hold are shared among them. Where a principal still does not
 *    fit, it gets policies of its own for all its groups.
 * 5. In every mode a document over its size is split.
 * 6. What a previous run had merged stays merged (`steady.ts`).
 */
import { doesNotFit, overfull } from './capacity.ts';
import { mergeFewest } from './fewest.ts';
import { type PlanInput, type PlannedPolicies, samePrincipals } from './planned.ts';
import { isMergedOf, keepDocumented, mergeAll, mergePool } from './pools.ts';

/**
 * @throws GenError (exit 3) for a statement that fits nowhere, or with the arithmetic of every
 * principal that cannot fit.
 */
export function planPolicies(input: PlanInput): PlannedPolicies[] {
  if (input.mode === 'all') return withOwnPolicies(input, mergeAll(input, input.requirements));
  const documented = input.requirements.map((requirement) => keepDocumented(input, requirement));
  if (input.mode === 'none') {
    const over = overfull(input, documented);
    if (over.length > 0) throw doesNotFit(input, documented, over);
    return documented;
  }
  return withOwnPolicies(input, mergeFewest(input, mergeAsBefore(input, documented)));
}

/**
 * Policies that the previous run had merged stay merged. Groups that previous policies have in common
 * are merged together, so that each previous policy goes on in one place.
 */
function mergeAsBefore(
  input: PlanInput,
  documented: readonly PlannedPolicies[],
): PlannedPolicies[] {
  let sets: ReadonlySet<PlannedPolicies>[] = [];
  for (const previous of input.previous.filter((each) => isMergedOf(each, each.principals))) {
    const held = documented.filter(
      ({ principals, requirements }) =>
        samePrincipals(principals, previous.principals) &&
        requirements.some(({ group }) => previous.groups.includes(group)),
    );
    if (held.length === 0) continue;
    const meets = (set: ReadonlySet<PlannedPolicies>): boolean =>
      held.some((each) => set.has(each));
    const together = [...sets.filter(meets).flatMap((set) => [...set]), ...held];
    sets = [...sets.filter((set) => !meets(set)), new Set(together)];
  }
  return documented.flatMap((plan) => {
    const set = sets.find((each) => each.has(plan));
    if (set === undefined) return [plan];
    const [first, ...others] = documented.filter((each) => set.has(each));
    return first === plan
      ? [
          mergePool(
            input,
            [first, ...others].flatMap(({ requirements }) => requirements),
          ),
        ]
      : [];
  });
}

/** Rule 4, for principals that are still over their quota. */
function withOwnPolicies(input: PlanInput, planned: PlannedPolicies[]): PlannedPolicies[] {
  let result = planned;
  let over = overfull(input, result);
  if (over.length > 0) {
    // Across sets of principals, grants may rest on one another, which rule 2 does not use.
    result = mergeAll(input, input.requirements);
    over = overfull(input, result);
  }
  const tried = new Set<string>();
  while (over.length > 0) {
    const next = over.find(({ principal }) => !tried.has(principal));
    if (next === undefined) throw doesNotFit(input, result, over);
    tried.add(next.principal);
    const shared = result.some(
      ({ principals }) => principals.length > 1 && principals.includes(next.principal),
    );
    if (!shared) continue;
    const requirements = input.requirements.flatMap((requirement) => {
      const others = requirement.principals.filter((id) => !tried.has(id));
      const own = requirement.principals.filter((id) => tried.has(id));
      return [...(others.length > 0 ? [others] : []), ...own.map((id) => [id])].map(
        (principals) => ({ ...requirement, principals }),
      );
    });
    result = mergeAll(input, requirements);
    over = overfull(input, result);
  }
  return result;
}
