/**
 * The fewest groups to merge so that every principal fits (`plan.ts`, rule 2).
 */

import type { SizeModel } from '../model/size.ts';
import { type Overfull, overfull, usageOf } from './capacity.ts';
import type { PlanInput, PlannedPolicies } from './planned.ts';
import { mergePool } from './pools.ts';
import { byText } from './sourced.ts';

/** Sets of groups tried for each number of groups before a larger number is tried. */
const MAX_TRIED_SETS = 60;

/** For each principal over its quota, merges the fewest groups of one set of principals. */
export function mergeFewest(
  input: PlanInput,
  documented: readonly PlannedPolicies[],
): PlannedPolicies[] {
  let planned = [...documented];
  for (;;) {
    const over = overfull(input, planned)[0];
    if (over === undefined) return planned;
    const choice = chooseGroups(input, planned, over);
    if (choice === undefined) return planned;
    const first = planned.indexOf(choice.replaced[0] as PlannedPolicies);
    planned = planned.flatMap((each, index) =>
      index === first ? [choice.merged] : choice.replaced.includes(each) ? [] : [each],
    );
  }
}

interface Choice {
  readonly replaced: readonly PlannedPolicies[];
  readonly merged: PlannedPolicies;
  readonly saved: number;
}

/** The smallest set that saves enough; else the set that saves most; undefined if none saves. */
function chooseGroups(
  input: PlanInput,
  planned: readonly PlannedPolicies[],
  over: Overfull,
): Choice | undefined {
  const pools = new Map<string, PlannedPolicies[]>();
  for (const each of planned) {
    if (!each.principals.includes(over.principal)) continue;
    const key = each.principals.join(' ');
    pools.set(key, [...(pools.get(key) ?? []), each]);
  }
  const largest = Math.max(...[...pools.values()].map((pool) => pool.length));
  let most: Choice | undefined;
  for (let count = 2; count <= largest; count++) {
    for (const pool of pools.values()) {
      for (const replaced of smallestSets(pool, count, input.size)) {
        const before = usageOf(replaced, over.capacity.unit, input.size);
        // Merging leaves at least one document.
        if (before - 1 <= (most?.saved ?? 0)) continue;
        const merged = mergePool(
          input,
          replaced.flatMap(({ requirements }) => requirements),
        );
        const saved = before - usageOf([merged], over.capacity.unit, input.size);
        const choice = { replaced, merged, saved };
        if (saved >= over.excess) return choice;
        if (saved > (most?.saved ?? 0)) most = choice;
      }
    }
  }
  return most;
}

/** Up to MAX_TRIED_SETS sets of `count`, those of fewest characters first. */
function smallestSets(
  pool: readonly PlannedPolicies[],
  count: number,
  size: SizeModel,
): PlannedPolicies[][] {
  if (count > pool.length) return [];
  const sorted = pool
    .map((each) => ({ each, characters: usageOf([each], 'characters', size) }))
    .sort(
      (a, b) =>
        a.characters - b.characters ||
        byText(a.each.requirements[0]?.group ?? '', b.each.requirements[0]?.group ?? ''),
    );
  // In lexicographic order over positions, which begins with the smallest ones.
  const sets: PlannedPolicies[][] = [];
  const positions = Array.from({ length: count }, (_, index) => index);
  while (sets.length < MAX_TRIED_SETS) {
    const chosen = new Set(positions.map((at) => sorted[at]?.each));
    sets.push(pool.filter((each) => chosen.has(each)));
    let at = count - 1;
    while (at >= 0 && positions[at] === sorted.length - count + at) at--;
    if (at < 0) break;
    positions[at] = (positions[at] as number) + 1;
    for (let next = at + 1; next < count; next++) {
      positions[next] = (positions[next - 1] as number) + 1;
    }
  }
  return sets;
}
