/**
 * Merging statements: the same permissions in the fewest characters.
 *
 * The rules (each is exact: not one request is answered differently):
 * 1. Statements that are plain Allow (`grant.ts`, rule 6) are taken apart into grants; all others
 *    pass through whole, untouched and in their order.
 * 2. A grant goes where another grant covers it on *every* principal that holds it. Of two that
 *    cover each other, one stays.
 * 3. The grants under one condition are written as statements by `coverByRectangles`: actions that
 *    share resources and resources that share actions stand together, never an action beside a
 *    resource that it was not granted on.
 * 4. Canonical order: actions and resources by name; statements without a condition first, then by
 *    resources, then by actions; what passed through whole comes last.
 * 5. A Sid stays where the statement still says what its documents said, no more and no less, and
 *    they all call it the same.
 * 6. Every statement keeps the list of documented statements that it serves, those included whose
 *    grants it covers.
 */
import type { Origin } from '../model/bundle.ts';
import {
  canonicalStatement,
  expandGrants,
  type Grant,
  GrantIndex,
  grantKey,
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

interface Cell extends Grant {
  readonly pool: number;
  /** Origins of the cell itself and, in time, of the grants that it covers. */
  readonly origins: Origin[][];
  coveredBy?: Cell;
}

/** Merges each pool by the rules above; results stand in the order of the pools. */
export function mergeStatements(pools: readonly Pool[], size: SizeModel): SourcedStatement[][] {
  const cells = pools.map((pool, index) => collectCells(pool, index));
  removeCovered(pools, cells);
  return pools.map((pool, index) => {
    const all = cells[index] as Cell[];
    const granted = new GrantIndex(all);
    const kept = all.filter((cell) => cell.coveredBy === undefined);
    const conditions = new Map<string, Cell[]>();
    for (const cell of kept) {
      const group = conditions.get(cell.conditionKey);
      if (group === undefined) conditions.set(cell.conditionKey, [cell]);
      else group.push(cell);
    }
    const merged = [...conditions.values()].flatMap((group) => writeGrants(group, granted, size));
    const sids = sidsByContent(pool);
    return [
      ...merged.sort(byCanonicalOrder).map((sourced) => keepSid(sourced, sids)),
      ...pool.statements.filter(({ statement }) => !isPlainAllow(statement)),
    ];
  });
}

/** Grants of a pool in canonical order, equal ones joined (rule 1). */
function collectCells(pool: Pool, poolIndex: number): Cell[] {
  // One spelling for an action and one form for a condition, whichever group came first.
  const spelling = new Map<string, string>();
  const conditions = new Map<string, Condition>();
  const origins = new Map<string, { grant: Grant; lists: Origin[][] }>();
  for (const sourced of pool.statements) {
    if (!isPlainAllow(sourced.statement)) continue;
    for (const grant of expandGrants(sourced.statement)) {
      const action = grant.action.toLowerCase();
      const known = spelling.get(action);
      if (known === undefined || byText(grant.action, known) < 0)
        spelling.set(action, grant.action);
      if (grant.condition !== undefined) {
        const form = conditions.get(grant.conditionKey);
        if (
          form === undefined ||
          byText(JSON.stringify(grant.condition), JSON.stringify(form)) < 0
        ) {
          conditions.set(grant.conditionKey, grant.condition);
        }
      }
      const key = grantKey(grant);
      const entry = origins.get(key);
      if (entry === undefined) origins.set(key, { grant, lists: [[...sourced.origins]] });
      else entry.lists.push([...sourced.origins]);
    }
  }
  return [...origins]
    .sort(([a], [b]) => byText(a, b))
    .map(([, { grant, lists }]) => {
      const condition = conditions.get(grant.conditionKey);
      return {
        action: spelling.get(grant.action.toLowerCase()) as string,
        resource: grant.resource,
        conditionKey: grant.conditionKey,
        ...(condition === undefined ? {} : { condition }),
        pool: poolIndex,
        origins: lists,
      };
    });
}

/** Rule 2, for smaller sets of principals first, so that what several share stays shared. */
function removeCovered(pools: readonly Pool[], cells: readonly Cell[][]): void {
  const indexes = cells.map((list) => new GrantIndex(list));
  const order = pools
    .map((pool, index) => ({ index, count: pool.principals.length }))
    .sort((a, b) => a.count - b.count || a.index - b.index);
  for (const { index } of order) {
    for (const cell of cells[index] as Cell[]) {
      const coverer = findCoverer(pools, indexes, cell);
      if (coverer !== undefined) cell.coveredBy = coverer;
    }
  }
  for (const cell of cells.flat()) {
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
  for (const wide of index.coverers(cell)) {
    if (wide !== cell && wide.coveredBy === undefined) return wide;
  }
  return undefined;
}

/** Rule 3 for the grants under one condition. */
function writeGrants(
  cells: readonly Cell[],
  all: GrantIndex<Cell>,
  size: SizeModel,
): SourcedStatement[] {
  const condition = cells[0]?.condition;
  const conditionKey = cells[0]?.conditionKey ?? '';
  const actions = distinct(cells.map((cell) => cell.action));
  const resources = distinct(cells.map((cell) => cell.resource));
  const actionNumber = new Map(actions.map((action, index) => [action, index]));
  const resourceNumber = new Map(resources.map((resource, index) => [resource, index]));
  const required: number[][] = actions.map(() => []);
  const byPlace = new Map<number, Cell>();
  for (const cell of cells) {
    const row = actionNumber.get(cell.action) as number;
    const column = resourceNumber.get(cell.resource) as number;
    required[row]?.push(column);
    byPlace.set(row * resources.length + column, cell);
  }
  for (const columns of required) columns.sort((a, b) => a - b);

  const bare: Statement = { Effect: 'Allow', Action: [''], Resource: [''] };
  // `"…",` around each entry of a list; the comma after a statement.
  const entry = (text: string): number => textSize(text, size) + 3;
  const rectangles = coverByRectangles(
    {
      rowCosts: actions.map(entry),
      columnCosts: resources.map(entry),
      required,
      allowed: (row, column) =>
        all.covers({
          action: actions[row] as string,
          resource: resources[column] as string,
          conditionKey,
        }),
    },
    {
      overhead: statementSize(withCondition(bare, condition), size) + 1 - 2 * entry(''),
      brackets: 2,
    },
  );
  return rectangles.map(({ rows, columns }) => ({
    statement: withCondition(
      {
        Effect: 'Allow',
        Action: rows.map((row) => actions[row] as string),
        Resource: columns.map((column) => resources[column] as string),
      },
      condition,
    ),
    origins: joinOrigins(
      rows.flatMap((row) =>
        columns.flatMap((column) => byPlace.get(row * resources.length + column)?.origins ?? []),
      ),
    ),
  }));
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
function byCanonicalOrder(a: SourcedStatement, b: SourcedStatement): number {
  const key = ({ statement }: SourcedStatement): string[] => [
    statement.Condition === undefined ? '' : JSON.stringify(statement.Condition),
    (statement.Resource ?? []).join('\n'),
    (statement.Action ?? []).join('\n').toLowerCase(),
  ];
  const x = key(a);
  const y = key(b);
  for (let i = 0; i < x.length; i++) {
    const order = byText(x[i] as string, y[i] as string);
    if (order !== 0) return order;
  }
  return 0;
}

/** Sids that the pool's own statements give to the same content; null where they disagree. */
function sidsByContent(pool: Pool): ReadonlyMap<string, string | null> {
  const sids = new Map<string, string | null>();
  for (const { statement } of pool.statements) {
    const content = canonicalStatement(statement);
    const sid = statement.Sid ?? null;
    sids.set(content, sids.has(content) && sids.get(content) !== sid ? null : sid);
  }
  return sids;
}

/** Rule 5. */
function keepSid(
  sourced: SourcedStatement,
  sids: ReadonlyMap<string, string | null>,
): SourcedStatement {
  const sid = sids.get(canonicalStatement(sourced.statement));
  if (typeof sid !== 'string') return sourced;
  return { ...sourced, statement: { Sid: sid, ...sourced.statement } };
}
