/**
 * How few documents could do: a bound for every way to write the same permissions with the
 * documented actions, resources and condition values. New wildcards, or a Deny that takes back part
 * of a wider Allow, may do with fewer.
 *
 * 1. Of grants that no other covers, each action and each resource has to be somewhere.
 * 2. Two of them may share a statement only if they have the same effect, and conditions that differ
 *    at most in values that OR (`condition.ts`, rule 5). Lists of NotAction and NotResource stand
 *    alone on their side.
 * 3. So each such family takes statements that together hold each action, each resource and each of
 *    its conditions' values that OR at least once, and each statement at least one of each.
 * 4. What is longer than a document has room for takes a statement in each of several documents.
 */
import { frameOfCondition, isUnitable } from '../../model/condition.ts';
import { actionsOf, canonicalCondition, resourcesOf } from '../../model/grant.ts';
import type { Condition, Statement } from '../../model/policy.ts';
import { type SizeModel, statementSize, textSize } from '../../model/size.ts';
import type { SourcedStatement } from '../sourced.ts';

interface Family {
  /** A statement with one empty text in place of each list. */
  readonly frame: Statement;
  /** Name of a list → the texts that have to be in it. */
  readonly lists: Map<string, Set<string>>;
}

/**
 * @param statements merged, so that each of their actions and resources is needed (rule 1)
 * @param room characters that a document has for statements, a comma after each
 */
export function documentsAtLeast(
  statements: readonly SourcedStatement[],
  room: number,
  size: SizeModel,
): number {
  const characters = familiesOf(statements).map((family) => leastOf(family, room, size));
  return Math.ceil(characters.reduce((sum, each) => sum + each, 0) / room);
}

/** Rule 2. */
function familiesOf(statements: readonly SourcedStatement[]): Family[] {
  const families = new Map<string, Family>();
  for (const { statement } of statements) {
    const key = JSON.stringify([
      statement.Effect,
      statement.NotAction === undefined ? '' : actionsOf(statement),
      statement.NotResource === undefined ? '' : resourcesOf(statement),
      frameOfCondition(canonicalCondition(statement.Condition)),
    ]);
    const family = families.get(key) ?? { frame: frameOf(statement), lists: new Map() };
    families.set(key, family);
    for (const [name, texts] of listsOf(statement)) {
      const list = family.lists.get(name) ?? new Set();
      family.lists.set(name, list);
      for (const text of texts) list.add(text);
    }
  }
  return [...families.values()];
}

function frameOf({ Sid: _, Condition, ...statement }: Statement): Statement {
  return {
    ...statement,
    ...(statement.Action === undefined ? {} : { Action: [''] }),
    ...(statement.Resource === undefined ? {} : { Resource: [''] }),
    ...(Condition === undefined ? {} : { Condition: conditionFrame(Condition) }),
  };
}

function conditionFrame(condition: Condition): Condition {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      isUnitable(operator) ? Object.fromEntries(Object.keys(keys).map((key) => [key, ['']])) : keys,
    ]),
  );
}

function listsOf({ Action, Resource, Condition = {} }: Statement): [string, readonly string[]][] {
  const lists: [string, readonly string[]][] = [];
  if (Action !== undefined) lists.push(['Action', Action]);
  if (Resource !== undefined) lists.push(['Resource', Resource]);
  for (const [operator, keys] of Object.entries(Condition)) {
    if (!isUnitable(operator)) continue;
    for (const [key, values] of Object.entries(keys)) {
      lists.push([`${operator} ${key.toLowerCase()}`, values]);
    }
  }
  return lists;
}

/** `"…",` around an entry of a list. */
const AROUND_ENTRY = 3;

/** Characters that a family takes at the least (rules 3 and 4). */
function leastOf({ frame, lists }: Family, room: number, size: SizeModel): number {
  const entries = [...lists.values()].map((texts) =>
    [...texts].map((text) => textSize(text, size) + AROUND_ENTRY),
  );
  const content = entries.flat().reduce((sum, each) => sum + each, 0);
  // The frame without the empty text of each list, with the comma after the statement.
  const perStatement = statementSize(frame, size) + 1 - AROUND_ENTRY * lists.size;
  const statements = Math.max(1, Math.ceil(content / Math.max(1, room - perStatement)));
  const repeated = entries.reduce(
    (sum, list) => sum + Math.max(0, statements - list.length) * smallest(list),
    0,
  );
  return content + repeated + statements * perStatement;
}

function smallest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b));
}
