/** Planning until it settles. */
import type { ManagedPolicy } from '../model/bundle.ts';
import type { PreviousPolicy } from '../model/previous-run.ts';
import type { PlannedPolicies } from './plan/planned.ts';

export interface Planning {
  readonly planned: readonly PlannedPolicies[];
  readonly policies: readonly ManagedPolicy[];
}

/** Rounds of planning after which the last one is used. */
const MAX_ROUNDS = 4;

/**
 * Generating twice changes nothing: what is planned must be what would be planned with it as the
 * previous run. One round shows that nearly always; where there was no choice, none is needed.
 */
export function settle(
  first: Planning,
  planAgainst: (previous: readonly PreviousPolicy[]) => Planning,
): Planning {
  let settled = first;
  for (let round = 0; round < MAX_ROUNDS && hadChoice(settled); round++) {
    const next = planAgainst(settled.policies.map(asPrevious));
    if (JSON.stringify(next.policies) === JSON.stringify(settled.policies)) return settled;
    settled = next;
  }
  return settled;
}

function hadChoice({ planned }: Planning): boolean {
  return planned.some(({ merged, documents }) => merged || documents.length > 1);
}

function asPrevious({ name, stem, groups, attachTo, document }: ManagedPolicy): PreviousPolicy {
  return { name, stem, groups, principals: attachTo, statements: document.Statement };
}
