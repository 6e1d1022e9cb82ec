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
import type { Origin } from '../model/bundle.ts';
import {
  canonicalCondition,
  canonicalStatement,
  type Grant,
  GrantIndex,
  isPlainAllow,
} from '../model/grant.ts';
import type { Condition, Statement } from '../model/policy.ts';
import { type SizeModel, statementSize, textSize } from '../model/size.ts';
import { coverByRectangles } from './rectangles.ts';
import { byText, joinOrigins, type SourcedStatement } from './sourced.ts';

/** Statements that go to the same principals. */
export interface Pool {
  readonly principals: readonly string[];
  readonly statements: readonly SourcedStatement[];
}

/** A grant of a pool, and where it stands among the pool's actions and resources. */
interface Cell extends Grant {
  readonly pool: number;
  readonly row: number;
  readonly column: number;
  /** Origins of the cell itself and, in time, of the grants that it covers. */
  readonly origins: (readonly Origin[])[];
  coveredBy: Cell | undefined;
}

/** Grants of a pool, in canonical order. */
interface Cells {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly all: readonly Cell[];
  readonly index: GrantIndex<Cell>;
}

/** Merges each pool by the rules above; results stand in the order of the pools. */
export function mergeStatements(pools: readonly Pool[], size: SizeModel): SourcedStatement[][] {
  const cells = pools.map((pool, index) => collectCells(pool, index));
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

/** A plain Allow statement and its condition in canonical form. */
interface Plain {
  readonly sourced: SourcedStatement;
  readonly conditionKey: string;
}

/** Grants of a pool in canonical order, equal ones joined (rule 1). */
function collectCells(pool: Pool, poolIndex: number): Cells {
  const plain: Plain[] = pool.statements
    .filter(({ statement }) => isPlainAllow(statement))
    .map((sourced) => ({ sourced, conditionKey: canonicalCondition(sourced.statement.Condition) }));
  const spelling = spellings(plain);
  const conditions = formsOfConditions(plain);
  const actions = [...spelling.keys()].sort(byText);
  const resources = distinct(plain.flatMap(({ sourced }) => sourced.statement.Resource ?? []));
  const conditionKeys = [...conditions.keys()].sort(byText);
  const rowOf = numbered(actions);
  const columnOf = numbered(resources);
  const conditionOf = numbered(conditionKeys);

  // Numbers in place of texts: a grant's place in its row says its resource and its condition.
  const rows = actions.map(() => new Map<number, Cell>());
  for (const { sourced, conditionKey } of plain) {
    const condition = conditions.get(conditionKey);
    const columns = (sourced.statement.Resource ?? []).map((each) => columnOf.get(each) as number);
    for (const spelled of sourced.statement.Action ?? []) {
      const lower = spelled.toLowerCase();
      const row = rowOf.get(lower) as number;
      const action = spelling.get(lower) as string;
      const cells = rows[row] as Map<number, Cell>;
      for (const column of columns) {
        const place = column * conditionKeys.length + (conditionOf.get(conditionKey) as number);
        const cell = cells.get(place);
        if (cell !== undefined) {
          cell.origins.push(sourced.origins);
          continue;
        }
        const resource = resources[column] as string;
        const more = { pool: poolIndex, row, column, origins: [sourced.origins] };
        const bare = { action, resource, conditionKey, ...more, coveredBy: undefined };
        cells.set(place, condition === undefined ? bare : { ...bare, condition });
      }
    }
  }
  const all = rows.flatMap((cells) =>
    [...cells.keys()].sort((a, b) => a - b).map((place) => cells.get(place) as Cell),
  );
  return {
    actions: actions.map((action) => spelling.get(action) as string),
    resources,
    all,
    index: new GrantIndex(all),
  };
}

/** One spelling for each action, by its small letters, whichever group came first. */
function spellings(plain: readonly Plain[]): Map<string, string> {
  const spelling = new Map<string, string>();
  const spelled = new Set(plain.flatMap(({ sourced }) => sourced.statement.Action ?? []));
  for (const action of spelled) {
    const lower = action.toLowerCase();
    const known = spelling.get(lower);
    if (known === undefined || byText(action, known) < 0) spelling.set(lower, action);
  }
  return spelling;
}

/** One form for each condition, by its canonical form, whichever group came first. */
function formsOfConditions(plain: readonly Plain[]): Map<string, Condition | undefined> {
  const forms = new Map<string, Condition | undefined>();
  const text = (condition: Condition | undefined): string => JSON.stringify(condition) ?? '';
  for (const { sourced, conditionKey } of plain) {
    const condition = sourced.statement.Condition;
    const known = forms.get(conditionKey);
    if (!forms.has(conditionKey)) forms.set(conditionKey, condition);
    else if (known === condition) continue;
    else if (byText(text(condition), text(known)) < 0) forms.set(conditionKey, condition);
  }
  return forms;
}

/** The position of each text. */
function numbered(texts: readonly string[]): ReadonlyMap<string, number> {
  return new Map(texts.map((text, position) => [text, position]));
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
  const actions = rowsHeld.map((row) => granted.actions[row] as string);
  const resources = columnsHeld.map((column) => granted.resources[column] as string);
  const rowNumber = new Map(rowsHeld.map((row, number) => [row, number]));
  const columnNumber = new Map(columnsHeld.map((column, number) => [column, number]));
  // Ascending, because the cells are.
  const required: number[][] = actions.map(() => []);
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
      rowCosts: actions.map(entry),
      columnCosts: resources.map(entry),
      required,
      usable: () => granted.index.reach(actions, resources, conditionKey),
    },
    {
      overhead: statementSize(withCondition(bare, condition), size) + 1 - 2 * entry(''),
      brackets: 2,
    },
  );
  return rectangles.map(({ rows, columns }) => {
    // Most grants of a statement come from the same few.
    const origins = new Set<readonly Origin[]>();
    for (const row of rows) {
      for (const column of columns) {
        const cell = byPlace.get(row * resources.length + column);
        for (const list of cell?.origins ?? []) origins.add(list);
      }
    }
    return {
      statement: withCondition(
        {
          Effect: 'Allow',
          Action: rows.map((row) => actions[row] as string),
          Resource: columns.map((column) => resources[column] as string),
        },
        condition,
      ),
      origins: joinOrigins(origins),
    };
  });
}

function withCondition(statement: Statement, condition: Condition | undefined): Statement {
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(
    (a, b) => byText(a.toLowerCase(), b.toLowerCase()) || byText(a, b),
  );
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
  const sids = sidsByContent(pool);
  if (sids.size === 0) return merged;
  return merged.map((sourced) => {
    const sid = sids.get(canonicalStatement(sourced.statement));
    if (typeof sid !== 'string') return sourced;
    return { ...sourced, statement: { Sid: sid, ...sourced.statement } };
  });
}

/** Sids that the pool's own statements give to the same content; null where they disagree. */
function sidsByContent(pool: Pool): ReadonlyMap<string, string | null> {
  const sids = new Map<string, string | null>();
  if (pool.statements.every(({ statement }) => statement.Sid === undefined)) return sids;
  for (const { statement } of pool.statements) {
    const content = canonicalStatement(statement);
    const sid = statement.Sid ?? null;
    sids.set(content, sids.has(content) && sids.get(content) !== sid ? null : sid);
  }
  return sids;
}
