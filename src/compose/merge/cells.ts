/**
 * Pools of statements taken apart into cells: what merging works on.
 *
 * 1. Actions that nothing tells apart are one row: those that stand in the same statements, of
 *    whatever pool, and are matched by the same wildcards. What holds for one of them holds for all.
 * 2. A row on one resource under one condition is a cell; equal ones are joined.
 * 3. Canonical order: rows by the name of their first action, then resources, then conditions.
 * 4. One spelling for an action and one form for a condition, whichever group came first.
 */
import type { Origin } from '../../model/bundle.ts';
import {
  actionCovers,
  canonicalCondition,
  type Grant,
  GrantIndex,
  isPlainAllow,
} from '../../model/grant.ts';
import type { Condition } from '../../model/policy.ts';
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
  /** Origins of the cell itself and, in time, of the grants that it covers. */
  readonly origins: (readonly Origin[])[];
  coveredBy: Cell | undefined;
}

/** Grants of a pool, in canonical order. */
export interface Cells {
  /** All actions, by name. */
  readonly actions: readonly string[];
  /** For each row, the positions of the actions that it stands for, ascending. */
  readonly rows: readonly (readonly number[])[];
  readonly resources: readonly string[];
  readonly all: readonly Cell[];
  readonly index: GrantIndex<Cell>;
}

/** A plain Allow statement and its condition in canonical form. */
interface Plain {
  readonly sourced: SourcedStatement;
  readonly conditionKey: string;
}

/** The cells of each pool, in the order of the pools. */
export function collectCells(pools: readonly Pool[]): Cells[] {
  const plain = pools.map(({ statements }): Plain[] =>
    statements
      .filter(({ statement }) => isPlainAllow(statement))
      .map((sourced) => ({
        sourced,
        conditionKey: canonicalCondition(sourced.statement.Condition),
      })),
  );
  const letters = plain.map(smallLetters);
  const alike = alikeActions(plain, letters);
  return plain.map((own, pool) => cellsOf(own, pool, letters[pool] as Letters, alike));
}

/** Actions as spelled → in small letters: each is written again and again. */
type Letters = ReadonlyMap<string, string>;

function smallLetters(plain: readonly Plain[]): Letters {
  const letters = new Map<string, string>();
  for (const { sourced } of plain) {
    for (const action of sourced.statement.Action ?? []) {
      if (!letters.has(action)) letters.set(action, action.toLowerCase());
    }
  }
  return letters;
}

/** Rule 1: for every action in small letters the number of its row. */
function alikeActions(
  pools: readonly (readonly Plain[])[],
  letters: readonly Letters[],
): ReadonlyMap<string, number> {
  const rowOf = new Map<string, number>();
  let rows = 0;
  /** Tells those from all others; who was alike and is among them stays alike. */
  const tellApart = (actions: Iterable<string>): void => {
    const renumbered = new Map<number, number>();
    for (const action of actions) {
      const before = rowOf.get(action) ?? -1;
      let row = renumbered.get(before);
      if (row === undefined) {
        row = rows++;
        renumbered.set(before, row);
      }
      rowOf.set(action, row);
    }
  };
  pools.forEach((plain, pool) => {
    for (const { sourced } of plain) {
      const small = sourced.statement.Action?.map((action) => letters[pool]?.get(action) as string);
      tellApart(new Set(small));
    }
  });
  const actions = [...rowOf.keys()];
  for (const wildcard of actions.filter((action) => /[*?]/.test(action))) {
    tellApart(actions.filter((action) => actionCovers(wildcard, action)));
    tellApart([wildcard]);
  }
  return rowOf;
}

function cellsOf(
  plain: readonly Plain[],
  pool: number,
  letters: Letters,
  alike: ReadonlyMap<string, number>,
): Cells {
  const { actions, rows, rowOf } = rowsOf(letters, alike);
  const conditions = formsOfConditions(plain);
  const resources = byName(plain.flatMap(({ sourced }) => sourced.statement.Resource ?? []));
  const columnOf = new Map(resources.map((resource, column) => [resource, column]));
  const conditionKeys = [...conditions.keys()].sort(byText);

  // Numbers in place of texts: a cell's place in its row says its resource and its condition.
  const byPlace = rows.map(() => new Map<number, Cell>());
  for (const { sourced, conditionKey } of plain) {
    const { Action = [], Resource = [] } = sourced.statement;
    const condition = conditions.get(conditionKey);
    const conditionNumber = conditionKeys.indexOf(conditionKey);
    for (const row of new Set(Action.map((action) => rowOf.get(action) as number))) {
      const cells = byPlace[row] as Map<number, Cell>;
      for (const resource of Resource) {
        const column = columnOf.get(resource) as number;
        const place = column * conditionKeys.length + conditionNumber;
        const cell = cells.get(place);
        if (cell !== undefined) {
          cell.origins.push(sourced.origins);
          continue;
        }
        const action = actions[rows[row]?.[0] as number] as string;
        const more = { pool, row, column, origins: [sourced.origins], coveredBy: undefined };
        const bare = { action, resource, conditionKey, ...more };
        cells.set(place, condition === undefined ? bare : { ...bare, condition });
      }
    }
  }
  const all = byPlace.flatMap((cells) =>
    [...cells.keys()].sort((a, b) => a - b).map((place) => cells.get(place) as Cell),
  );
  const index = new GrantIndex(all);
  return { actions, rows, resources, all, index };
}

interface Rows {
  readonly actions: readonly string[];
  readonly rows: readonly (readonly number[])[];
  /** The row of each action as spelled. */
  readonly rowOf: ReadonlyMap<string, number>;
}

/** The actions of a pool and its rows, in canonical order (rules 3 and 4). */
function rowsOf(letters: Letters, alike: ReadonlyMap<string, number>): Rows {
  const spelling = new Map<string, string>();
  for (const [action, lower] of letters) {
    const known = spelling.get(lower);
    if (known === undefined || byText(action, known) < 0) spelling.set(lower, action);
  }
  const rows: number[][] = [];
  /** By the number that `alikeActions` gives. */
  const byNumber = new Map<number, number>();
  const names = [...spelling.keys()].sort();
  names.forEach((lower, position) => {
    const number = alike.get(lower) as number;
    const row = byNumber.get(number);
    if (row === undefined) byNumber.set(number, rows.push([position]) - 1);
    else rows[row]?.push(position);
  });
  const rowOf = new Map<string, number>();
  for (const [action, lower] of letters) {
    rowOf.set(action, byNumber.get(alike.get(lower) as number) as number);
  }
  return { actions: names.map((lower) => spelling.get(lower) as string), rows, rowOf };
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

/** Each once, in order of names. */
function byName(texts: readonly string[]): string[] {
  return [...new Set(texts)]
    .map((text) => ({ text, lower: text.toLowerCase() }))
    .sort((a, b) => byText(a.lower, b.lower) || byText(a.text, b.text))
    .map(({ text }) => text);
}
