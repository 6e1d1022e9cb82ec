/**
 * The fewest groups to merge so that every principal fits (`plan.ts`, rule 2).
 */

import type { SizeModel } from '../../model/size.ts';
import { byText } from '../sourced.ts';
import { type Overfull, overfull, usageOf } from './capacity.ts';
import type { PlanInput, PlannedPolicies } from './planned.ts';
import { mergePool } from './pools.ts';

/** Sets of groups tried for each number of groups before a larger number is tried. */
const MAX_TRIED_SETS = 60;
/** Sets tried altogether beyond the smallest groups. */
const MAX_TRIES = 150;

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
  const tryMerging = (replaced: readonly PlannedPolicies[]): Choice => {
    const merged = mergePool(
      input,
      replaced.flatMap(({ requirements }) => requirements),
    );
    const saved =
      usageOf(replaced, over.capacity.unit, input.size) -
      usageOf([merged], over.capacity.unit, input.size);
    return { replaced, merged, saved };
  };
  let best: Choice | undefined;
  let tries = MAX_TRIES;
  for (const pool of pools.values()) {
    const enough = fewestBySize(pool, input.size, over, tryMerging);
    best = better(best, enough, over);
  }
  if (best === undefined || best.saved < over.excess) return best;
  // Other sets of fewer groups may do as well, where groups repeat one another.
  for (let count = 2; count < best.replaced.length; count++) {
    for (const pool of pools.values()) {
      for (const replaced of smallestSets(pool, count, input.size)) {
        const most = usageOf(replaced, over.capacity.unit, input.size) - 1;
        if (most < over.excess) continue;
        if (tries-- === 0) return best;
        const choice = tryMerging(replaced);
        if (choice.saved >= over.excess) return choice;
      }
    }
  }
  return best;
}

/** What saves enough with fewer groups; else what saves more; undefined where nothing is saved. */
function better(a: Choice | undefined, b: Choice | undefined, over: Overfull): Choice | undefined {
  if (b === undefined || b.saved <= 0) return a;
  if (a === undefined) return b;
  const enough = (choice: Choice): boolean => choice.saved >= over.excess;
  if (enough(a) !== enough(b)) return enough(a) ? a : b;
  if (enough(a)) return b.replaced.length < a.replaced.length ? b : a;
  return b.saved > a.saved ? b : a;
}

/** The fewest of the smallest groups that save enough, found by halving; else all of the pool. */
function fewestBySize(
  pool: readonly PlannedPolicies[],
  size: SizeModel,
  over: Overfull,
  tryMerging: (replaced: readonly PlannedPolicies[]) => Choice,
): Choice | undefined {
  if (pool.length < 2) return undefined;
  const sorted = bySize(pool, size);
  const smallest = (count: number): PlannedPolicies[] => {
    const chosen = new Set(sorted.slice(0, count));
    return pool.filter((each) => chosen.has(each));
  };
  let best = tryMerging(smallest(pool.length));
  if (best.saved < over.excess) return best;
  let low = 2;
  let high = pool.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const choice = tryMerging(smallest(middle));
    if (choice.saved >= over.excess) {
      best = choice;
      high = middle;
    } else low = middle + 1;
  }
  return best;
}

function bySize(pool: readonly PlannedPolicies[], size: SizeModel): PlannedPolicies[] {
  return pool
    .map((each) => ({ each, characters: usageOf([each], 'characters', size) }))
    .sort(
      (a, b) =>
        a.characters - b.characters ||
        byText(a.each.requirements[0]?.group ?? '', b.each.requirements[0]?.group ?? ''),
    )
    .map(({ each }) => each);
}

/** Up to MAX_TRIED_SETS sets of `count`, those of fewest characters first. */
function smallestSets(
  pool: readonly PlannedPolicies[],
  count: number,
  size: SizeModel,
): PlannedPolicies[][] {
  if (count > pool.length) return [];
  const sorted = bySize(pool, size);
  // In lexicographic order over positions, which begins with the smallest ones.
  const sets: PlannedPolicies[][] = [];
  const positions = Array.from({ length: count }, (_, index) => index);
  while (sets.length < MAX_TRIED_SETS) {
    const chosen = new Set(positions.map((at) => sorted[at]));
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
