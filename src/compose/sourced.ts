/** Statements that remember where they come from. */
import type { Origin } from '../model/bundle.ts';
import type { Statement } from '../model/policy.ts';

export interface SourcedStatement {
  readonly statement: Statement;
  /** Every documented statement that it serves, wholly or in part. */
  readonly origins: readonly Origin[];
}

/** Joins origins: one entry per group in order of first mention, its statement numbers ascending. */
export function joinOrigins(lists: Iterable<readonly Origin[]>): Origin[] {
  const numbers = new Map<string, Set<number>>();
  for (const list of lists) {
    for (const origin of list) {
      const set = numbers.get(origin.group);
      if (set === undefined) numbers.set(origin.group, new Set(origin.statements));
      else for (const number of origin.statements) set.add(number);
    }
  }
  return [...numbers].map(([group, set]) => ({
    group,
    statements: [...set].sort((a, b) => a - b),
  }));
}

/** Code-unit order: the same on every machine, whatever its locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
