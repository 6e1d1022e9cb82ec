/**
 * Merging statements: the same permissions in the fewest characters.
 *
 * The rules (each is exact: not one request is answered differently):
 * 1. Statements that are plain Allow (`grant.ts`, rule 6) are taken apart into grants; all others
 *    pass through whole and untouched.
 * 2. A grant goes where another grant covers it on *every* principal that holds it. Of two that
 *    cover each other, one stays.
 * 3. The grants under one condition are written as statements by `coverByRectangles`: actions that
 *    share resources and resources that share actions stand together, never an action beside a
 *    resource that it was not granted on.
 * 4. Canonical order: actions and resources by name; statements without a condition first, then by
 *    resources, then by actions; what passed through whole comes last, by its text.
 * 5. A Sid stays where the statement still says what its documents said, no more and no less, and
 *    they all call it the same.
 * 6. Every statement keeps the list of documented statements that it serves, those included whose
 *    grants it covers.
 */
import type { Origin } from '../../model/bundle.ts';
import { canonicalStatement, type GrantIndex, isPlainAllow } from '../../model/grant.ts';
import type { Condition, Statement } from '../../model/policy.ts';
import { type SizeModel, statementSize, textSize } from '../../model/size.ts';
import { byText, joinOrigins, type SourcedStatement } from '../sourced.ts';
import { type Cell, type Cells, collectCells, type Pool } from './cells.ts';
import { coverByRectangles } from './rectangles.ts';

export type { Pool } from './cells.ts';

/** Merges each pool by the rules above; results stand in the order of the pools. */
export function mergeStatements(pools: readonly Pool[], size: SizeModel): SourcedStatement[][] {
  const cells = collectCells(pools);
  removeCovered(pools, cells);
  return pools.map((pool, index) => {
    const own = cells[index] as Cells;
    const conditions = new Map<string, Cell[]>();
    for (const cell of own.all) {
      if (cell.coveredBy !== undefined) continue;
      const group = conditions.get(cell.conditionKey);
      if (group === undefined) conditions.set(cell.conditionKey, [cell]);
      else group.push(cell);
    }
    const merged = [...conditions.values()].flatMap((group) => writeGrants(group, own, size));
    return [...keepSids(inCanonicalOrder(merged), pool), ...wholeByText(pool)];
  });
}

/** What passes through whole, in an order that does not depend on who came first. */
function wholeByText({ statements }: Pool): SourcedStatement[] {
  return statements
    .filter(({ statement }) => !isPlainAllow(statement))
    .map((sourced) => ({ sourced, text: JSON.stringify(sourced.statement) }))
    .sort((a, b) => byText(a.text, b.text))
    .map(({ sourced }) => sourced);
}

/** Rule 2, for smaller sets of principals first, so that what several share stays shared. */
function removeCovered(pools: readonly Pool[], cells: readonly Cells[]): void {
  const indexes = cells.map(({ index }) => index);
  const order = pools
    .map(({ principals }, index) => ({
      index,
      count: principals.length,
      key: principals.join(' '),
    }))
    .sort((a, b) => a.count - b.count || byText(a.key, b.key));
  for (const { index } of order) {
    for (const cell of (cells[index] as Cells).all) {
      const coverer = findCoverer(pools, indexes, cell);
      if (coverer !== undefined) cell.coveredBy = coverer;
    }
  }
  for (const cell of cells.flatMap(({ all }) => all)) {
    if (cell.coveredBy === undefined) continue;
    let holder: Cell = cell.coveredBy;
    while (holder.coveredBy !== undefined) holder = holder.coveredBy;
    holder.origins.push(...cell.origins);
  }
}

/** A grant still written that covers the cell on each of its principals, or the first of several. */
function findCoverer(
  pools: readonly Pool[],
  indexes: readonly GrantIndex<Cell>[],
  cell: Cell,
): Cell | undefined {
  const within = standing(indexes[cell.pool] as GrantIndex<Cell>, cell);
  if (within !== undefined) return within;
  let first: Cell | undefined;
  for (const principal of (pools[cell.pool] as Pool).principals) {
    let found: Cell | undefined;
    for (let other = 0; other < pools.length && found === undefined; other++) {
      if (other === cell.pool || !pools[other]?.principals.includes(principal)) continue;
      found = standing(indexes[other] as GrantIndex<Cell>, cell);
    }
    if (found === undefined) return undefined;
    first ??= found;
  }
  return first;
}

function standing(index: GrantIndex<Cell>, cell: Cell): Cell | undefined {
  return index.find(cell, (wide) => wide !== cell && wide.coveredBy === undefined);
}

/** Rule 3 for the grants under one condition. */
function writeGrants(cells: readonly Cell[], granted: Cells, size: SizeModel): SourcedStatement[] {
  const { condition, conditionKey } = cells[0] as Cell;
  const rowsHeld = [...new Set(cells.map(({ row }) => row))].sort((a, b) => a - b);
  const columnsHeld = [...new Set(cells.map(({ column }) => column))].sort((a, b) => a - b);
  const rows = rowsHeld.map((row) => granted.rows[row] as readonly number[]);
  const nameOf = (action: number): string => granted.actions[action] as string;
  const resources = columnsHeld.map((column) => granted.resources[column] as string);
  const rowNumber = new Map(rowsHeld.map((row, number) => [row, number]));
  const columnNumber = new Map(columnsHeld.map((column, number) => [column, number]));
  // Ascending, because the cells are.
  const required: number[][] = rows.map(() => []);
  const byPlace = new Map<number, Cell>();
  for (const cell of cells) {
    const row = rowNumber.get(cell.row) as number;
    const column = columnNumber.get(cell.column) as number;
    required[row]?.push(column);
    byPlace.set(row * resources.length + column, cell);
  }

  const bare: Statement = { Effect: 'Allow', Action: [''], Resource: [''] };
  // `"…",` around each entry of a list; the comma after a statement.
  const entry = (text: string): number => textSize(text, size) + 3;
  const rectangles = coverByRectangles(
    {
      rowCosts: rows.map((row) => row.reduce((sum, action) => sum + entry(nameOf(action)), 0)),
      rowCounts: rows.map((row) => row.length),
      columnCosts: resources.map(entry),
      required,
      usable: () => {
        const actions = rows.map(([first]) => nameOf(first as number));
        return granted.index.reach(actions, resources, conditionKey);
      },
    },
    {
      overhead: statementSize(withCondition(bare, condition), size) + 1 - 2 * entry(''),
      brackets: 2,
    },
  );
  return rectangles.map((rectangle) => {
    // Most grants of a statement come from the same few.
    const origins = new Set<readonly Origin[]>();
    for (const row of rectangle.rows) {
      for (const column of rectangle.columns) {
        const cell = byPlace.get(row * resources.length + column);
        for (const list of cell?.origins ?? []) origins.add(list);
      }
    }
    const actions = rectangle.rows.flatMap((row) => rows[row] as readonly number[]);
    const Action = actions.sort((a, b) => a - b).map(nameOf);
    const Resource = rectangle.columns.map((column) => resources[column] as string);
    return {
      statement: withCondition({ Effect: 'Allow', Action, Resource }, condition),
      origins: joinOrigins(origins),
    };
  });
}

function withCondition(statement: Statement, condition: Condition | undefined): Statement {
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

/** Rule 4. */
function inCanonicalOrder(statements: readonly SourcedStatement[]): SourcedStatement[] {
  return statements
    .map((sourced) => ({ sourced, ...orderOf(sourced.statement) }))
    .sort(
      (a, b) =>
        byText(a.condition, b.condition) ||
        byText(a.resources, b.resources) ||
        byText(a.actions, b.actions),
    )
    .map(({ sourced }) => sourced);
}

function orderOf({ Condition, Resource, Action }: Statement) {
  return {
    condition: Condition === undefined ? '' : JSON.stringify(Condition),
    resources: (Resource ?? []).join('\n'),
    actions: (Action ?? []).join('\n').toLowerCase(),
  };
}

/** Rule 5. */
function keepSids(merged: readonly SourcedStatement[], pool: Pool): readonly SourcedStatement[] {
  const documented = byFirstAction(pool);
  return merged.map((sourced) => {
    const candidates = documented
      .get(firstAction(sourced.statement))
      ?.filter((statement) => mayEqual(statement, sourced.statement));
    if (candidates === undefined || candidates.length === 0) return sourced;
    const content = canonicalStatement(sourced.statement);
    const equal = candidates.filter((statement) => canonicalStatement(statement) === content);
    const sid = equal[0]?.Sid;
    if (sid === undefined || equal.some(({ Sid }) => Sid !== sid)) return sourced;
    return { ...sourced, statement: { Sid: sid, ...sourced.statement } };
  });
}

/** A documented statement may repeat itself, but has no fewer entries than its content. */
function mayEqual(documented: Statement, merged: Statement): boolean {
  return (['Action', 'Resource'] as const).every(
    (side) => (documented[side]?.length ?? 0) >= (merged[side]?.length ?? 0),
  );
}

/** Statements of equal content have the same first action: no need to compare others. */
function byFirstAction({ statements }: Pool): ReadonlyMap<string, readonly Statement[]> {
  const byAction = new Map<string, Statement[]>();
  if (statements.every(({ statement }) => statement.Sid === undefined)) return byAction;
  for (const { statement } of statements) {
    const action = firstAction(statement);
    const list = byAction.get(action);
    if (list === undefined) byAction.set(action, [statement]);
    else list.push(statement);
  }
  return byAction;
}

/** In small letters, the first by name; empty where there is none. */
function firstAction({ Action }: Statement): string {
  let first = '';
  for (const action of Action ?? []) {
    const lower = action.toLowerCase();
    if (first === '' || lower < first) first = lower;
  }
  return first;
}
