/**
 * Pools of statements taken apart into cells: what merging works on.
 *
 * 1. Actions that nothing distinguishes are one row: those in the same statements, of
 *    whatever pool, and are matched by the same wildcards. What holds for one of them holds for all.
 * 2. A row on one resource under one condition is a cell; equal ones are joined.
 * 3. Canonical order: rows by the name of their first action, then resources, then conditions.
 * 4. One spelling for an action and one form for a condition, whichever group came first.
 * 5. Effects never meet: the cells of Allow and those of Deny are collected each on their own.
 */
import type { Origin } from '../../model/bundle.ts';
import {
  actionCovers,
  actionsOf,
  canonicalCondition,
  type Grant,
  GrantIndex,
  resourcesOf,
} from '../../model/grant.ts';
import { hasWildcard } from '../../model/pattern.ts';
import type { Condition, Effect } from '../../model/policy.ts';
import { byText, type SourcedStatement } from '../sourced.ts';

/** Statements that go to the same principals. */
export interface Pool {
  readonly principals: readonly string[];
  readonly statements: readonly SourcedStatement[];
}

/** Grants on one resource of a row of actions; it goes by the name of the first. */
export interface Cell extends Grant {
  readonly pool: number;
  readonly row: number;
  readonly column: number;
  /** The conditions that its own unites (`unions.ts`); undefined where it is as it was asked for. */
  readonly unites: readonly string[] | undefined;
  /** Origins of the grants that it covers; those of its own are asked of the statements. */
  inherited: Set<readonly Origin[]> | undefined;
  /** Empty where it has to be written. */
  coveredBy: readonly Cell[];
}

const NONE: readonly Cell[] = [];

/** Grants of a pool, in canonical order. */
export interface Cells {
  /** All actions, by name. */
  readonly actions: readonly string[];
  /** For each row, the positions of the actions that it stands for, ascending. */
  readonly rows: readonly (readonly number[])[];
  readonly resources: readonly string[];
  readonly all: readonly Cell[];
  /** Those among all cells that may cover another one. */
  readonly index: GrantIndex<Cell>;
  /** The NotAction and NotResource lists among actions and resources, by their symbols. */
  readonly exceptions: ReadonlyMap<string, readonly string[]>;
  /** The statements that they come from, and for each row those that hold it. */
  readonly statements: readonly Rectangle[];
  readonly statementsOfRow: readonly (readonly Rectangle[])[];
}

/** A statement in the numbers of its rows, in no order, and of its columns, ascending. */
export interface Rectangle {
  readonly rows: ReadonlySet<number>;
  readonly columns: ReadonlySet<number>;
  readonly conditionKey: string;
  readonly origins: readonly Origin[];
}

/** An action of some pool. */
interface Action {
  readonly small: string;
  /** Actions of all pools that nothing tells apart have the same number (rule 1). */
  kind: number;
}

/** An action as a pool spells it, by the first spelling by name, and its row there. */
interface OwnAction {
  readonly action: Action;
  spelling: string;
  row: number;
}

/** A statement, its actions each once, and its condition in canonical form. */
interface Listed {
  readonly sourced: SourcedStatement;
  readonly actions: readonly OwnAction[];
  readonly resources: readonly string[];
  readonly conditionKey: string;
}

/** The statements of a pool that have one effect, and the actions in them. */
interface ListedPool {
  readonly statements: readonly Listed[];
  readonly actions: readonly OwnAction[];
}

/** The cells of each pool's statements of one effect, in the order of the pools. */
export function collectCells(pools: readonly Pool[], effect: Effect): Cells[] {
  const actions = new Map<string, Action>();
  const listed = pools.map((pool) => listedOf(pool, effect, actions));
  findKinds(listed, [...actions.values()]);
  const shared = sharedKinds(listed);
  return listed.map((each, pool) => cellsOf(each, pool, shared));
}

/** The kinds of actions that several pools hold. */
function sharedKinds(pools: readonly ListedPool[]): ReadonlySet<number> {
  const seen = new Set<number>();
  const shared = new Set<number>();
  for (const { actions } of pools) {
    const kinds = new Set(actions.map(({ action }) => action.kind));
    for (const kind of kinds) (seen.has(kind) ? shared : seen).add(kind);
  }
  return shared;
}

/** @param actions those of all pools, by name in lowercase; new ones are added */
function listedOf(pool: Pool, effect: Effect, actions: Map<string, Action>): ListedPool {
  const bySpelling = new Map<string, OwnAction>();
  const own = new Map<Action, OwnAction>();
  const register = (spelling: string): OwnAction => {
    const small = spelling.toLowerCase();
    let action = actions.get(small);
    if (action === undefined) {
      action = { small, kind: -1 };
      actions.set(small, action);
    }
    let known = own.get(action);
    if (known === undefined) {
      known = { action, spelling, row: -1 };
      own.set(action, known);
    } else if (byText(spelling, known.spelling) < 0) {
      known.spelling = spelling;
    }
    bySpelling.set(spelling, known);
    return known;
  };
  const statements = pool.statements
    .filter(({ statement }) => statement.Effect === effect)
    .map((sourced) => {
      const { statement } = sourced;
      const each = actionsOf(statement).map(
        (spelling) => bySpelling.get(spelling) ?? register(spelling),
      );
      const conditionKey = canonicalCondition(statement.Condition);
      const resources = resourcesOf(statement);
      return { sourced, actions: [...new Set(each)], resources, conditionKey };
    });
  return { statements, actions: [...own.values()] };
}

/** Rule 1: gives every action its number. */
function findKinds(pools: readonly ListedPool[], actions: readonly Action[]): void {
  let kinds = 0;
  /** Tells those from all others; who was alike and is among them stays alike. */
  const tellApart = (some: readonly Action[]): void => {
    const renumbered = new Map<number, number>();
    for (const action of some) {
      let kind = renumbered.get(action.kind);
      if (kind === undefined) {
        kind = kinds++;
        renumbered.set(action.kind, kind);
      }
      action.kind = kind;
    }
  };
  for (const { statements } of pools) {
    for (const each of statements) tellApart(each.actions.map(({ action }) => action));
  }
  for (const wildcard of actions.filter(({ small }) => hasWildcard(small))) {
    tellApart(actions.filter(({ small }) => actionCovers(wildcard.small, small)));
    tellApart([wildcard]);
  }
}

function cellsOf(listed: ListedPool, pool: number, shared: ReadonlySet<number>): Cells {
  const { actions, rows, kinds } = rowsOf(listed.actions);
  const conditions = formsOfConditions(listed.statements);
  const conditionKeys = [...conditions.keys()].sort(byText);
  const resources = byName(listed.statements.flatMap((statement) => statement.resources));
  const statements = rectanglesOf(listed.statements, resources);
  const statementsOfRow: Rectangle[][] = rows.map(() => []);
  for (const each of statements) for (const row of each.rows) statementsOfRow[row]?.push(each);

  const all: Cell[] = [];
  const mayCover: Cell[] = [];
  const placesOf = placeFinder(conditionKeys, resources.length);
  const isWide = resources.map(hasWildcard);
  rows.forEach((positions, row) => {
    const action = actions[positions[0] as number] as string;
    const coversElsewhere = hasWildcard(action) || shared.has(kinds[row] as number);
    const { columns, keys } = placesOf(statementsOfRow[row] as Rectangle[]);
    columns.forEach((column, at) => {
      const number = typeof keys === 'number' ? keys : (keys[at] as number);
      const conditionKey = conditionKeys[number] as string;
      const condition = conditions.get(conditionKey);
      const resource = resources[column] as string;
      const more = { pool, row, column, unites: undefined, inherited: undefined, coveredBy: NONE };
      const bare = { action, resource, conditionKey, ...more };
      const cell: Cell = condition === undefined ? bare : { ...bare, condition };
      all.push(cell);
      const isAlone = columns[at - 1] !== column && columns[at + 1] !== column;
      if (coversElsewhere || isWide[column] || !isAlone) mayCover.push(cell);
    });
  });
  const index = new GrantIndex(mayCover);
  const exceptions = exceptionsOf(listed);
  return { actions, rows, resources, all, index, exceptions, statements, statementsOfRow };
}

function rectanglesOf(listed: readonly Listed[], resources: readonly string[]): Rectangle[] {
  const columnOf = new Map(resources.map((resource, column) => [resource, column]));
  return listed.map(({ sourced, actions, resources: spelled, conditionKey }) => ({
    rows: new Set(actions.map(({ row }) => row)),
    columns: new Set(spelled.map((each) => columnOf.get(each) as number).sort((a, b) => a - b)),
    conditionKey,
    origins: sourced.origins,
  }));
}

interface Places {
  /** Ascending; a column is there once for each of its conditions. */
  readonly columns: readonly number[];
  /** The number of each one's condition, or of the one that all have. */
  readonly keys: readonly number[] | number;
}

/** Finds where the statements of a row have cells, in canonical order (rule 3). */
function placeFinder(
  conditionKeys: readonly string[],
  columnCount: number,
): (statements: readonly Rectangle[]) => Places {
  const count = conditionKeys.length;
  const numberOf = new Map(conditionKeys.map((key, number) => [key, number]));
  // Numbers in place of texts: a place says the column and the condition.
  const seen = new Uint8Array(columnCount);
  const under = (statements: readonly Rectangle[]): number[] => {
    if (statements.length === 1) return [...(statements[0] as Rectangle).columns];
    const columns: number[] = [];
    for (const each of statements) {
      for (const column of each.columns) {
        if (seen[column] === 1) continue;
        seen[column] = 1;
        columns.push(column);
      }
    }
    for (const column of columns) seen[column] = 0;
    return sorted(columns);
  };
  return (statements) => {
    const [{ conditionKey: first }] = statements as [Rectangle];
    if (statements.every(({ conditionKey }) => conditionKey === first)) {
      return { columns: under(statements), keys: numberOf.get(first) as number };
    }
    const keys = [...new Set(statements.map(({ conditionKey }) => conditionKey))];
    const places = keys.flatMap((key) => {
      const number = numberOf.get(key) as number;
      const alike = statements.filter(({ conditionKey }) => conditionKey === key);
      return under(alike).map((column) => column * count + number);
    });
    places.sort((a, b) => a - b);
    return {
      columns: places.map((place) => Math.floor(place / count)),
      keys: places.map((place) => place % count),
    };
  };
}

function sorted(numbers: number[]): number[] {
  // Without a function that compares, a typed array sorts many of them faster.
  if (numbers.length < 200) return numbers.sort((a, b) => a - b);
  return [...Uint32Array.from(numbers).sort()];
}

/** NotAction and NotResource lists, each entry once, by name (rule 4). */
function exceptionsOf({ statements }: ListedPool): Map<string, readonly string[]> {
  const exceptions = new Map<string, readonly string[]>();
  for (const { sourced, actions, resources } of statements) {
    const { NotAction, NotResource } = sourced.statement;
    if (NotAction !== undefined) {
      const symbol = actions[0]?.spelling as string;
      const spelled = byName([...NotAction, ...(exceptions.get(symbol) ?? [])]);
      exceptions.set(symbol, onePerAction(spelled));
    }
    if (NotResource !== undefined) exceptions.set(resources[0] as string, byName(NotResource));
  }
  return exceptions;
}

/** The first spelling of each action, of a list in order of names. */
function onePerAction(spelled: readonly string[]): string[] {
  return spelled.filter(
    (action, at) => at === 0 || action.toLowerCase() !== spelled[at - 1]?.toLowerCase(),
  );
}

interface Rows {
  readonly actions: readonly string[];
  readonly rows: readonly (readonly number[])[];
  readonly kinds: readonly number[];
}

/** The actions of a pool and its rows, in canonical order (rules 3 and 4); tells each its row. */
function rowsOf(actions: readonly OwnAction[]): Rows {
  const byName = [...actions].sort((a, b) => byText(a.action.small, b.action.small));
  const rows: number[][] = [];
  const rowOfKind = new Map<number, number>();
  byName.forEach((own, position) => {
    const row = rowOfKind.get(own.action.kind);
    own.row = row ?? rows.length;
    if (row !== undefined) {
      rows[row]?.push(position);
      return;
    }
    rowOfKind.set(own.action.kind, rows.length);
    rows.push([position]);
  });
  const kinds = [...rowOfKind.keys()];
  return { actions: byName.map(({ spelling }) => spelling), rows, kinds };
}

/** One form for each condition, by its canonical form, whichever group came first. */
function formsOfConditions(listed: readonly Listed[]): Map<string, Condition | undefined> {
  const forms = new Map<string, Condition | undefined>();
  const text = (condition: Condition | undefined): string => JSON.stringify(condition) ?? '';
  for (const { sourced, conditionKey } of listed) {
    const condition = sourced.statement.Condition;
    const known = forms.get(conditionKey);
    if (!forms.has(conditionKey)) forms.set(conditionKey, condition);
    else if (known === condition) continue;
    else if (byText(text(condition), text(known)) < 0) forms.set(conditionKey, condition);
  }
  return forms;
}

/** Each once, in order of names. */
function byName(texts: readonly string[]): string[] {
  return [...new Set(texts)]
    .map((text) => ({ text, lower: text.toLowerCase() }))
    .sort((a, b) => byText(a.lower, b.lower) || byText(a.text, b.text))
    .map(({ text }) => text);
}
