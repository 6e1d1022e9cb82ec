/**
 * Merging statements: the same permissions in the fewest characters.
 *
 * The rules (each is exact: not one request is answered differently):
 * 1. Statements are taken apart into grants (`grant.ts`, rule 6), those of Allow and those of Deny
 *    each on their own: of both, statements add up.
 * 2. A grant is dropped where another covers it on *every* principal that holds it, or several whose
 *    conditions cover its own together. Of two that cover each other, one stays.
 * 3. Grants that differ only in the values of one condition key get one condition with all these
 *    values, where that saves characters (`unions.ts`).
 * 4. The grants under one condition are written as statements by `coverByRectangles`: actions that
 *    share resources and resources that share actions are kept together, never an action beside a
 *    resource that it was not granted on. A NotAction or NotResource list is never joined with others.
 * 5. Where values were united, merging starts again with the result, until nothing changes.
 * 6. Canonical order: actions and resources by name; plain Allow statements first: those without a
 *    condition, then by resources, then by actions; all others last, by their text.
 * 7. A Sid stays where the statement still says what its documents said, no more and no less, and
 *    they all call it the same.
 * 8. Every statement keeps the list of documented statements that it serves, those included whose
 *    grants it covers.
 */
import type { Origin } from '../../model/bundle.ts';
import { conditionCovers, conditionsCover } from '../../model/condition.ts';
import {
  canonicalStatement,
  type GrantIndex,
  isExceptionSymbol,
  isPlainAllow,
} from '../../model/grant.ts';
import type { Condition, Effect, Statement } from '../../model/policy.ts';
import { type SizeModel, statementSize, textSize } from '../../model/size.ts';
import { byText, joinOrigins, type SourcedStatement } from '../sourced.ts';
import { type Cell, type Cells, collectCells, type Pool, type Rectangle } from './cells.ts';
import { coverByRectangles } from './rectangles.ts';
import { uniteValues } from './unions.ts';

export type { Pool } from './cells.ts';

const EFFECTS: readonly Effect[] = ['Allow', 'Deny'];

/** Rounds after which the last result is used (rule 5); two are nearly always enough. */
const MAX_ROUNDS = 8;

/** Merges each pool by the rules above; results are in the order of the pools. */
export function mergeStatements(pools: readonly Pool[], size: SizeModel): SourcedStatement[][] {
  let { merged, hasUnions } = mergeOnce(pools, size);
  for (let round = 1; hasUnions && round < MAX_ROUNDS; round++) {
    const again = mergeOnce(
      pools.map(({ principals }, index) => ({
        principals,
        statements: merged[index] as SourcedStatement[],
      })),
      size,
    );
    const isSame = textOf(again.merged) === textOf(merged);
    merged = again.merged;
    hasUnions = !isSame;
  }
  return merged.map((statements, index) => keepSids(statements, pools[index] as Pool));
}

function textOf(merged: readonly (readonly SourcedStatement[])[]): string {
  return JSON.stringify(merged.map((pool) => pool.map(({ statement }) => statement)));
}

interface Merged {
  readonly merged: readonly SourcedStatement[][];
  /** Whether values were united (rule 3). */
  readonly hasUnions: boolean;
}

/** Rules 1 to 4 and 6. */
function mergeOnce(pools: readonly Pool[], size: SizeModel): Merged {
  let hasUnions = false;
  const merged: SourcedStatement[][] = pools.map(() => []);
  for (const effect of EFFECTS) {
    const has = ({ statement }: SourcedStatement): boolean => statement.Effect === effect;
    if (!pools.some(({ statements }) => statements.some(has))) continue;
    const cells = collectCells(pools, effect);
    removeCovered(pools, cells);
    cells.forEach((own, index) => {
      const uncovered = own.all.filter(isWritten);
      const write = (some: readonly Cell[]): SourcedStatement[] =>
        bySides(some, own).flatMap((alike) => writeGrants(alike, own, effect, size));
      const written = new Map<readonly Cell[], SourcedStatement[]>();
      const groups = uniteValues(uncovered, (some) => {
        const statements = write(some);
        written.set(some, statements);
        return statements.reduce(
          (sum, { statement }) => sum + statementSize(statement, size) + 1,
          0,
        );
      });
      const conditions = new Set(own.all.map(({ conditionKey }) => conditionKey));
      for (const [conditionKey, some] of groups) {
        hasUnions ||= !conditions.has(conditionKey);
        merged[index]?.push(...(written.get(some) ?? write(some)));
      }
    });
  }
  return { merged: merged.map(inCanonicalOrder), hasUnions };
}

/** Cells that may share a statement: NotAction and NotResource lists are never joined with others (rule 4). */
function bySides(cells: readonly Cell[], { actions, rows, resources }: Cells): Cell[][] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const action = actions[rows[cell.row]?.[0] as number] as string;
    const resource = resources[cell.column] as string;
    const sides = [action, resource].map((text) => (isExceptionSymbol(text) ? text : ''));
    const group = groups.get(sides.join('\n'));
    if (group === undefined) groups.set(sides.join('\n'), [cell]);
    else group.push(cell);
  }
  return [...groups.values()];
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
    const held = (pools[index] as Pool).principals.map((principal) =>
      indexes.filter((_, pool) => pools[pool]?.principals.includes(principal)),
    );
    const own = indexes[index] as GrantIndex<Cell>;
    for (const cell of (cells[index] as Cells).all) {
      cell.coveredBy = findCoverers(held, own, cell);
    }
  }
  for (const each of cells) passOnOrigins(each);
}

/** What stood in a statement for a covered grant is served by those that cover it (rule 8). */
function passOnOrigins({ all, statementsOfRow }: Cells): void {
  /** Row → column → the covered cells there, one for each condition. */
  const covered = new Map<number, Map<number, Cell[]>>();
  for (const cell of all) {
    if (isWritten(cell)) continue;
    const row = covered.get(cell.row) ?? new Map<number, Cell[]>();
    covered.set(cell.row, row);
    const there = row.get(cell.column);
    if (there === undefined) row.set(cell.column, [cell]);
    else there.push(cell);
  }
  for (const [row, byColumn] of covered) {
    const holders = new Map<Cell, Set<Cell>>();
    for (const { columns, conditionKey, origins } of statementsOfRow[row] as Rectangle[]) {
      hasCommon(byColumn, columns, (column) => {
        const cell = byColumn.get(column)?.find((each) => each.conditionKey === conditionKey);
        if (cell === undefined) return false;
        const known = holders.get(cell) ?? holdersOf(cell);
        holders.set(cell, known);
        for (const holder of known) {
          holder.inherited ??= new Set();
          holder.inherited.add(origins);
        }
        return false;
      });
    }
  }
}

interface Numbers {
  readonly size: number;
  has(number: number): boolean;
  keys(): Iterable<number>;
}

/** Whether one of the numbers that both have is accepted; they are tried in no order. */
function hasCommon(a: Numbers, b: Numbers, accept: (number: number) => boolean): boolean {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  for (const number of few.keys()) if (many.has(number) && accept(number)) return true;
  return false;
}

/** The grants still written that a covered one rests on in the end. */
function holdersOf(cell: Cell): Set<Cell> {
  const holders = new Set<Cell>();
  const seen = new Set<Cell>();
  const follow = (each: Cell): void => {
    if (seen.has(each)) return;
    seen.add(each);
    if (isWritten(each)) holders.add(each);
    else each.coveredBy.forEach(follow);
  };
  follow(cell);
  return holders;
}

function isWritten(cell: Cell): boolean {
  return cell.coveredBy.length === 0;
}

/**
 * Grants still written that cover the cell on each of its principals; none where one lacks them.
 * @param held what each principal holds, in its pools
 * @param own the cell's pool
 */
function findCoverers(
  held: readonly (readonly GrantIndex<Cell>[])[],
  own: GrantIndex<Cell>,
  cell: Cell,
): readonly Cell[] {
  const isOther = (wide: Cell): boolean => wide !== cell && isWritten(wide);
  const within = own.find(cell, isOther);
  if (within !== undefined) return [within];
  let coverers: Set<Cell> | undefined;
  for (const indexes of held) {
    const found = coverersAmong(indexes, own, cell);
    if (found.length === 0) return NONE;
    coverers ??= new Set();
    for (const each of found) coverers.add(each);
  }
  return coverers === undefined ? NONE : [...coverers];
}

const NONE: readonly Cell[] = [];

/** One grant outside of its own pool that covers the cell, or several that do so together. */
function coverersAmong(
  indexes: readonly GrantIndex<Cell>[],
  own: GrantIndex<Cell>,
  cell: Cell,
): readonly Cell[] {
  const isOther = (wide: Cell): boolean => wide !== cell && isWritten(wide);
  for (const index of indexes) {
    const found = index === own ? undefined : index.find(cell, isOther);
    if (found !== undefined) return [found];
  }
  if (cell.conditionKey === '') return NONE;
  const reaching = indexes.flatMap((index) => index.reaching(cell)).filter(isOther);
  const keys = new Set(reaching.map(({ conditionKey }) => conditionKey));
  return keys.size > 1 && conditionsCover([...keys], cell.conditionKey) ? reaching : NONE;
}

/** Cells of one condition as a matrix, in the numbers of its own rows and columns. */
interface Grid {
  /** The rows and columns of the pool that it has, ascending. */
  readonly rowsHeld: readonly number[];
  readonly columnsHeld: readonly number[];
  readonly rowNumber: ReadonlyMap<number, number>;
  readonly columnNumber: ReadonlyMap<number, number>;
  /** For each row, its columns, ascending, and the cell in each of them. */
  readonly required: readonly (readonly number[])[];
  readonly byRow: readonly (readonly Cell[])[];
}

function gridOf(cells: readonly Cell[]): Grid {
  const rowsHeld = [...new Set(cells.map(({ row }) => row))].sort((a, b) => a - b);
  const columnsHeld = [...new Set(cells.map(({ column }) => column))].sort((a, b) => a - b);
  const rowNumber = new Map(rowsHeld.map((row, number) => [row, number]));
  const columnNumber = new Map(columnsHeld.map((column, number) => [column, number]));
  // Ascending, because the cells are.
  const required: number[][] = rowsHeld.map(() => []);
  const byRow: Cell[][] = rowsHeld.map(() => []);
  for (const cell of cells) {
    const row = rowNumber.get(cell.row) as number;
    required[row]?.push(columnNumber.get(cell.column) as number);
    byRow[row]?.push(cell);
  }
  return { rowsHeld, columnsHeld, rowNumber, columnNumber, required, byRow };
}

function cellAt({ byRow, required }: Grid, row: number, column: number): Cell | undefined {
  return byRow[row]?.[positionIn(required[row] as readonly number[], column)];
}

/** The statements that hold a row of the grid. */
function statementsOf({ rowsHeld }: Grid, row: number, granted: Cells): readonly Rectangle[] {
  return granted.statementsOfRow[rowsHeld[row] as number] as readonly Rectangle[];
}

/** Rule 4 for the grants under one condition. */
function writeGrants(
  cells: readonly Cell[],
  granted: Cells,
  effect: Effect,
  size: SizeModel,
): SourcedStatement[] {
  const { condition, conditionKey } = cells[0] as Cell;
  const grid = gridOf(cells);
  const rows = grid.rowsHeld.map((row) => granted.rows[row] as readonly number[]);
  const nameOf = (action: number): string => granted.actions[action] as string;
  const resources = grid.columnsHeld.map((column) => granted.resources[column] as string);
  const bare: Statement = { Effect: effect, Action: [''], Resource: [''] };
  // `"…",` around each entry of a list; the comma after a statement.
  const entry = (text: string): number => textSize(text, size) + 3;
  const rectangles = coverByRectangles(
    {
      rowCosts: rows.map((row) => row.reduce((sum, action) => sum + entry(nameOf(action)), 0)),
      rowCounts: rows.map((row) => row.length),
      columnCosts: resources.map(entry),
      required: grid.required,
      usable: () => usableColumns(grid, granted, conditionKey),
      known: granted.statements
        .filter((statement) => statement.conditionKey === conditionKey)
        .map((statement) => ({
          rows: numbersOf(statement.rows, grid.rowNumber),
          columns: numbersOf(statement.columns, grid.columnNumber),
        })),
    },
    {
      overhead: statementSize(withCondition(bare, condition), size) + 1 - 2 * entry(''),
      brackets: 2,
    },
  );
  const hasInherited = cells.some(({ inherited }) => inherited !== undefined);
  return rectangles.map((rectangle) => {
    const actions = rectangle.rows.flatMap((row) => rows[row] as readonly number[]);
    const sides = {
      Effect: effect,
      ...sideOf(granted, 'Action', actions.sort((a, b) => a - b).map(nameOf)),
      ...sideOf(
        granted,
        'Resource',
        rectangle.columns.map((column) => resources[column] as string),
      ),
    };
    const own = ownOrigins(rectangle, grid, granted);
    const inherited = hasInherited ? inheritedOrigins(rectangle, grid) : [];
    return {
      statement: withCondition(sides, condition),
      origins: joinOrigins(new Set([...own, ...inherited])),
    };
  });
}

/** For each row, the columns that may be written, because they are granted: all required, and more. */
function usableColumns(grid: Grid, granted: Cells, conditionKey: string): (readonly number[])[] {
  const actions = grid.rowsHeld.map((row) => granted.actions[granted.rows[row]?.[0] as number]);
  const resources = grid.columnsHeld.map((column) => granted.resources[column] as string);
  const reached = granted.index.reach(actions as string[], resources, conditionKey);
  return reached.map((columns, row) => {
    // A united condition is none of those that grants were asked for under.
    const needed = grid.required[row] as readonly number[];
    const all = new Set(needed);
    for (const column of columns) all.add(column);
    for (const statement of statementsOf(grid, row, granted)) {
      if (!conditionCovers(statement.conditionKey, conditionKey)) continue;
      for (const column of statement.columns) {
        const number = grid.columnNumber.get(column);
        if (number !== undefined) all.add(number);
      }
    }
    return all.size === needed.length ? needed : [...all].sort((a, b) => a - b);
  });
}

/** Of the statements that cells of a rectangle stood in. */
function ownOrigins(
  rectangle: { readonly rows: readonly number[]; readonly columns: readonly number[] },
  grid: Grid,
  granted: Cells,
): Set<readonly Origin[]> {
  const columns = new Set(rectangle.columns.map((column) => grid.columnsHeld[column] as number));
  const seen = new Set<Rectangle>();
  for (const row of rectangle.rows) {
    for (const statement of statementsOf(grid, row, granted)) {
      if (seen.has(statement)) continue;
      const isThere = hasCommon(columns, statement.columns, (column) => {
        const cell = cellAt(grid, row, grid.columnNumber.get(column) as number);
        return cell !== undefined && comesFrom(cell, statement);
      });
      if (isThere) seen.add(statement);
    }
  }
  return new Set([...seen].map(({ origins }) => origins));
}

/** Of the grants that cells of a rectangle cover. */
function inheritedOrigins(
  { rows, columns }: { readonly rows: readonly number[]; readonly columns: readonly number[] },
  grid: Grid,
): (readonly Origin[])[] {
  return rows.flatMap((row) =>
    columns.flatMap((column) => [...(cellAt(grid, row, column)?.inherited ?? [])]),
  );
}

/** A list under its key, or what a symbol means under the key with Not. */
function sideOf(
  { exceptions }: Cells,
  side: 'Action' | 'Resource',
  list: readonly string[],
): Partial<Statement> {
  const exception = exceptions.get(list[0] as string);
  return exception === undefined ? { [side]: list } : { [`Not${side}`]: exception };
}

function numbersOf(lines: ReadonlySet<number>, numbers: ReadonlyMap<number, number>): Set<number> {
  return new Set([...lines].flatMap((line) => numbers.get(line) ?? []));
}

/** The position of a number in an ascending list; -1 if it is not there. */
function positionIn(list: readonly number[], number: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) < number) low = middle + 1;
    else high = middle;
  }
  return list[low] === number ? low : -1;
}

/** Whether a cell that a statement holds by its row and its column is there by its condition too. */
function comesFrom(cell: Cell, { conditionKey }: Rectangle): boolean {
  return cell.unites?.includes(conditionKey) ?? cell.conditionKey === conditionKey;
}

function withCondition(statement: Statement, condition: Condition | undefined): Statement {
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

/** Rule 6. */
function inCanonicalOrder(statements: readonly SourcedStatement[]): SourcedStatement[] {
  const plain = statements.filter(({ statement }) => isPlainAllow(statement));
  const others = statements.filter(({ statement }) => !isPlainAllow(statement));
  return [
    ...plain
      .map((sourced) => ({ sourced, ...orderOf(sourced.statement) }))
      .sort(
        (a, b) =>
          byText(a.condition, b.condition) ||
          byText(a.resources, b.resources) ||
          byText(a.actions, b.actions),
      ),
    ...others
      .map((sourced) => ({ sourced, text: JSON.stringify(sourced.statement) }))
      .sort((a, b) => byText(a.text, b.text)),
  ].map(({ sourced }) => sourced);
}

function orderOf({ Condition, Resource, Action }: Statement) {
  return {
    condition: Condition === undefined ? '' : JSON.stringify(Condition),
    resources: (Resource ?? []).join('\n'),
    actions: (Action ?? []).join('\n').toLowerCase(),
  };
}

/** Rule 7. */
function keepSids(merged: readonly SourcedStatement[], pool: Pool): SourcedStatement[] {
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

/** In lowercase, the first by name; empty where there is none. */
function firstAction({ Action }: Statement): string {
  let first = '';
  for (const action of Action ?? []) {
    const lower = action.toLowerCase();
    if (first === '' || lower < first) first = lower;
  }
  return first;
}
