/**
 * Uniting conditions that differ in the values of one key (`condition.ts`, rule 5): what is granted
 * under `eu-west-1` and under `eu-central-1` is granted under both values of one condition.
 *
 * 1. Conditions of one family are united where that saves characters: all of the family at once, or
 *    two of them.
 * 2. Only grants under several of these conditions get the united one; the others keep
 *    theirs.
 */
import { type ConditionFamily, familiesOf, uniteConditions } from '../../model/condition.ts';
import { canonicalCondition } from '../../model/grant.ts';
import type { Condition } from '../../model/policy.ts';
import { byText } from '../sourced.ts';
import type { Cell } from './cells.ts';

/** Cells by their conditions. */
type ByCondition = Map<string, readonly Cell[]>;

/** Above this many conditions of one family pairs of them are not tried: they are quadratic. */
const MAX_PAIRED = 24;

/**
 * @param cells of one pool, in canonical order
 * @param costOf characters of the statements that grant cells of one condition
 * @returns cells that say the same, by condition
 */
export function uniteValues(
  cells: readonly Cell[],
  costOf: (cells: readonly Cell[]) => number,
): ReadonlyMap<string, readonly Cell[]> {
  let groups: ByCondition = byConditionOf(cells);
  if (groups.size < 2) return groups;
  const costs = new Map<readonly Cell[], number>();
  const knownCost = (group: readonly Cell[]): number => {
    let cost = costs.get(group);
    if (cost === undefined) {
      cost = costOf(group);
      costs.set(group, cost);
    }
    return cost;
  };
  for (;;) {
    const better = shorter(groups, knownCost);
    if (better === undefined) return groups;
    groups = better;
  }
}

function byConditionOf(cells: readonly Cell[]): ByCondition {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const group = groups.get(cell.conditionKey);
    if (group === undefined) groups.set(cell.conditionKey, [cell]);
    else group.push(cell);
  }
  return groups;
}

/** The first union that saves, made. */
function shorter(
  groups: ByCondition,
  costOf: (cells: readonly Cell[]) => number,
): ByCondition | undefined {
  for (const { family, keys } of families(groups)) {
    const total = (some: ByCondition): number =>
      [...some.values()].reduce((sum, group) => sum + costOf(group), 0);
    for (const chosen of [keys, ...pairsOf(keys)]) {
      const before = new Map(chosen.map((key) => [key, groups.get(key) as readonly Cell[]]));
      const after = united(before, family);
      if (after === undefined || total(after) >= total(before)) continue;
      const rest = [...groups].filter(([key]) => !before.has(key));
      return new Map([...rest, ...after].sort(([a], [b]) => byText(a, b)));
    }
  }
  return undefined;
}

/** Families with several of the conditions, in canonical order. */
function families(groups: ByCondition): { family: ConditionFamily; keys: string[] }[] {
  const found = new Map<string, { family: ConditionFamily; keys: string[] }>();
  for (const key of [...groups.keys()].sort(byText)) {
    for (const family of familiesOf(key)) {
      const known = found.get(family.id);
      if (known === undefined) found.set(family.id, { family, keys: [key] });
      else known.keys.push(key);
    }
  }
  return [...found.values()]
    .filter(({ keys }) => keys.length > 1)
    .sort((a, b) => byText(a.family.id, b.family.id));
}

function pairsOf(keys: readonly string[]): string[][] {
  if (keys.length < 3 || keys.length > MAX_PAIRED) return [];
  return keys.flatMap((key, at) => keys.slice(at + 1).map((other) => [key, other]));
}

/** Rule 2; undefined where nothing has several of the conditions. */
function united(groups: ByCondition, family: ConditionFamily): ByCondition | undefined {
  const places = new Map<number, Map<number, Cell[]>>();
  for (const cell of [...groups.values()].flat()) {
    const row = places.get(cell.row) ?? new Map<number, Cell[]>();
    places.set(cell.row, row);
    const column = row.get(cell.column);
    if (column === undefined) row.set(cell.column, [cell]);
    else column.push(cell);
  }
  const conditions = new Map<string, { condition: Condition; conditionKey: string }>();
  const conditionOf = (cells: readonly [Cell, ...Cell[]]) => {
    const id = cells.map(({ conditionKey }) => conditionKey).join('\n');
    let found = conditions.get(id);
    if (found === undefined) {
      const [first, ...others] = cells.map(({ condition }) => condition as Condition);
      const condition = uniteConditions([first as Condition, ...others], family);
      found = { condition, conditionKey: canonicalCondition(condition) };
      conditions.set(id, found);
    }
    return found;
  };
  const result: Cell[] = [];
  for (const row of inOrder(places)) {
    for (const cells of inOrder(row)) {
      const [first, ...others] = cells as [Cell, ...Cell[]];
      if (others.length === 0) result.push(first);
      else {
        const unites = cells.flatMap((cell) => cell.unites ?? [cell.conditionKey]);
        const inherited = new Set(cells.flatMap((cell) => [...(cell.inherited ?? [])]));
        result.push({ ...first, ...conditionOf([first, ...others]), unites, inherited });
      }
    }
  }
  return conditions.size === 0 ? undefined : byConditionOf(result);
}

function inOrder<T>(numbered: ReadonlyMap<number, T>): T[] {
  return [...numbered].sort(([a], [b]) => a - b).map(([, value]) => value);
}
