/**
 * Pools of statements taken apart into cells: what merging works on.
 *
 * 1. Actions that nothing tells apart are one row: those that stand in the same statements, of
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
  /** Origins of the cell itself and, in time, of the grants that it covers (`addOrigins`). */
  origins: (readonly Origin[])[];
  /** Empty where it has to be written. */
  coveredBy: readonly Cell[];
}

/** The cells of a statement share the list of its origins alone; longer ones are a cell's own. */
export function addOrigins(cell: Cell, more: readonly (readonly Origin[])[]): void {
  if (cell.origins.length === 1) cell.origins = [...cell.origins, ...more];
  else cell.origins.push(...more);
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
  readonly index: GrantIndex<Cell>;
  /** The NotAction and NotResource lists among actions and resources, by their symbols. */
  readonly exceptions: ReadonlyMap<string, readonly string[]>;
  /** The statements that they come from. */
  readonly statements: readonly Rectangle[];
}

/** A statement in the numbers of its rows and columns, in no order. */
export interface Rectangle {
  readonly rows: ReadonlySet<number>;
  readonly columns: ReadonlySet<number>;
  readonly conditionKey: string;
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
  return listed.map(cellsOf);
}

/** @param actions those of all pools, by name in small letters; new ones are added */
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

function cellsOf(listed: ListedPool, pool: number): Cells {
  const { actions, rows } = rowsOf(listed.actions);
  const conditions = formsOfConditions(listed.statements);
  const resources = byName(listed.statements.flatMap((statement) => statement.resources));
  const columnOf = new Map(resources.map((resource, column) => [resource, column]));
  const conditionKeys = [...conditions.keys()].sort(byText);

  // Numbers in place of texts: a cell's place in its row says its resource and its condition.
  const byPlace = rows.map(() => new Map<number, Cell>());
  const statements: Rectangle[] = [];
  for (const { sourced, actions: own, resources: spelled, conditionKey } of listed.statements) {
    const columns = spelled.map((each) => columnOf.get(each) as number);
    const condition = conditions.get(conditionKey);
    const conditionNumber = conditionKeys.indexOf(conditionKey);
    const ownRows = new Set(own.map((each) => each.row));
    const origins = [sourced.origins];
    statements.push({ rows: ownRows, columns: new Set(columns), conditionKey });
    for (const row of ownRows) {
      const cells = byPlace[row] as Map<number, Cell>;
      for (const column of columns) {
        const place = column * conditionKeys.length + conditionNumber;
        const cell = cells.get(place);
        if (cell !== undefined) {
          addOrigins(cell, origins);
          continue;
        }
        const action = actions[rows[row]?.[0] as number] as string;
        const resource = resources[column] as string;
        const more = { pool, row, column, origins, coveredBy: NONE };
        const bare = { action, resource, conditionKey, ...more };
        cells.set(place, condition === undefined ? bare : { ...bare, condition });
      }
    }
  }
  const all = byPlace.flatMap((cells) =>
    [...cells.keys()].sort((a, b) => a - b).map((place) => cells.get(place) as Cell),
  );
  const index = new GrantIndex(all);
  const exceptions = exceptionsOf(listed);
  return { actions, rows, resources, all, index, exceptions, statements };
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
  return { actions: byName.map(({ spelling }) => spelling), rows };
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
