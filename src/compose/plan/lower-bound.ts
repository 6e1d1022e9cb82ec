/**
 * How few characters could do: a bound for every way to write the same permissions with the
 * documented actions, resources and condition values, that is, without new wildcards.
 *
 * 1. Of grants that no other covers, each action and each resource has to stand somewhere.
 * 2. Two of them may share a statement only if they have the same effect, and conditions that differ
 *    at most in values that OR (`condition.ts`, rule 5). Lists of NotAction and NotResource stand
 *    alone on their side.
 * 3. So each such family takes at least one statement, with each action, each resource and each of
 *    its conditions' values once.
 */
import { frameOfCondition } from '../../model/condition.ts';
import { actionsOf, canonicalCondition, resourcesOf } from '../../model/grant.ts';
import type { Condition, Statement } from '../../model/policy.ts';
import { type SizeModel, statementSize, textSize } from '../../model/size.ts';
import type { SourcedStatement } from '../sourced.ts';

/** Texts that have to stand in a family's statements. */
interface Family {
  readonly statement: Statement;
  readonly actions: Set<string>;
  readonly resources: Set<string>;
  readonly conditions: Map<string, Condition>;
}

/**
 * Characters of the statements of one document that holds everything, a comma after each.
 * @param statements merged, so that each of their actions and resources is needed (rule 1)
 */
export function charactersAtLeast(
  statements: readonly SourcedStatement[],
  size: SizeModel,
): number {
  const families = new Map<string, Family>();
  for (const { statement } of statements) {
    const conditionKey = canonicalCondition(statement.Condition);
    const key = JSON.stringify([
      statement.Effect,
      statement.NotAction === undefined ? '' : actionsOf(statement),
      statement.NotResource === undefined ? '' : resourcesOf(statement),
      frameOfCondition(conditionKey),
    ]);
    let family = families.get(key);
    if (family === undefined) {
      const none = { actions: new Set<string>(), resources: new Set<string>() };
      family = { statement, ...none, conditions: new Map() };
      families.set(key, family);
    }
    for (const action of statement.Action ?? []) family.actions.add(action);
    for (const resource of statement.Resource ?? []) family.resources.add(resource);
    if (statement.Condition !== undefined) {
      family.conditions.set(conditionKey, statement.Condition);
    }
  }
  return [...families.values()].reduce((sum, family) => sum + leastOf(family, size), 0);
}

/** Rule 3. */
function leastOf({ statement, actions, resources, conditions }: Family, size: SizeModel): number {
  const { Sid: _, Condition: _condition, ...bare } = statement;
  const frame: Statement = {
    ...bare,
    ...(bare.Action === undefined ? {} : { Action: [''] }),
    ...(bare.Resource === undefined ? {} : { Resource: [''] }),
    ...(conditions.size === 0 ? {} : { Condition: leastCondition([...conditions.values()]) }),
  };
  return (
    statementSize(frame, size) +
    1 +
    [actions, resources].reduce((sum, texts) => sum + entriesSize(texts, size), 0)
  );
}

/** What a list's entries add to one empty text: beyond the first, each brings quotes and a comma. */
function entriesSize(texts: ReadonlySet<string>, size: SizeModel): number {
  if (texts.size === 0) return 0;
  let characters = 3 * (texts.size - 1);
  for (const text of texts) characters += textSize(text, size);
  return characters;
}

/** One condition with the values of all, which differ in nothing else. */
function leastCondition(conditions: readonly Condition[]): Condition {
  const [first] = conditions as [Condition, ...Condition[]];
  if (conditions.length === 1) return first;
  return Object.fromEntries(
    Object.entries(first).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.keys(keys).map((key) => {
          const values = conditions.flatMap((condition) => valuesIn(condition, operator, key));
          return [key, [...new Set(values)]];
        }),
      ),
    ]),
  );
}

function valuesIn(condition: Condition, operator: string, key: string): readonly string[] {
  return Object.entries(condition[operator] ?? {}).flatMap(([spelling, values]) =>
    spelling.toLowerCase() === key.toLowerCase() ? values : [],
  );
}
