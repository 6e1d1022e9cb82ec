/**
 * A brute-force IAM evaluator for tests: it answers one request at a time, by trying every
 * statement, and shares no code with the program.
 */

import {
  type ConditionBlock,
  type Context,
  conditionHolds,
  contextText,
  matches,
  tellingContexts,
} from './condition-evaluator.ts';

export type { Context } from './condition-evaluator.ts';

type OneOrMany = string | readonly string[];

/** A statement in AWS's shape, strings or lists alike. */
export interface RawStatement {
  readonly Effect: string;
  readonly Action?: OneOrMany;
  readonly NotAction?: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
  readonly Condition?: object;
}

export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

const list = (value: OneOrMany): readonly string[] => (typeof value === 'string' ? [value] : value);

function applies(statement: RawStatement, request: Request): boolean {
  const action = request.action.toLowerCase();
  const actionOf = (patterns: OneOrMany): boolean =>
    list(patterns).some((pattern) => matches(pattern.toLowerCase(), action));
  const resourceOf = (patterns: OneOrMany): boolean =>
    list(patterns).some((pattern) => matches(pattern, request.resource));
  if (statement.Action !== undefined && !actionOf(statement.Action)) return false;
  if (statement.NotAction !== undefined && actionOf(statement.NotAction)) return false;
  if (statement.Resource !== undefined && !resourceOf(statement.Resource)) return false;
  if (statement.NotResource !== undefined && resourceOf(statement.NotResource)) return false;
  return conditionHolds(statement.Condition as ConditionBlock | undefined, request.context);
}

/** Explicit deny wins; without an allow the answer is no. */
export function isAllowed(statements: readonly RawStatement[], request: Request): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  if (applying.some(({ Effect }) => Effect === 'Deny')) return false;
  return applying.some(({ Effect }) => Effect === 'Allow');
}

/**
 * Requests that tell statements apart: each action and resource of either side, wildcards filled in
 * two ways, without any context and in each context that tells their conditions apart.
 */
export function tellingRequests(statements: readonly RawStatement[]): Request[] {
  const fill = (pattern: string): string[] =>
    /[*?]/.test(pattern)
      ? [pattern.replace(/[*]/g, 'xyzzy').replace(/[?]/g, 'q'), pattern.replace(/[*?]/g, 'a')]
      : [pattern];
  const requests = new Map<string, Request>();
  for (const statement of statements) {
    const contexts = [
      new Map(),
      ...tellingContexts(statement.Condition as ConditionBlock | undefined),
    ];
    for (const action of list(statement.Action ?? statement.NotAction ?? []).flatMap(fill)) {
      for (const resource of list(statement.Resource ?? statement.NotResource ?? []).flatMap(
        fill,
      )) {
        for (const context of contexts) {
          const key = `${action} ${resource} ${contextText(context)}`;
          if (!requests.has(key)) requests.set(key, { action, resource, context });
        }
      }
    }
  }
  return [...requests.values()];
}
