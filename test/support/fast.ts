/**
 * The fast run (`make test-fast`) for the loop of editing: a pairwise selection in place of every
 * combination, and a tenth of the random cases.
 */
export const FAST = process.env.GEN_TEST_FAST !== undefined;

/** Random cases of a property. */
export function runs(count: number): number {
  return FAST ? Math.ceil(count / 10) : count;
}

/** How much a test must have seen to mean anything; a fast run sees less. */
export function atLeast(count: number): number {
  return FAST ? 0 : count;
}
