/**
 * Grants: the atoms of permission, and when one covers another.
 *
 * The rules (AWS IAM User Guide, "Policy evaluation logic" and "JSON policy elements"):
 * 1. A grant is one effect, one action, one resource pattern and one whole condition block.
 * 2. Service prefixes, action names and condition keys are case-insensitive; resources and
 *    condition values are compared as they are written.
 * 3. Condition blocks are equal when they hold the same operators, the same keys and the same set
 *    of values, whatever their order; a value and a list of it alone are the same.
 * 4. `*` stands for any run of characters and `?` for one. A pattern covers another when its
 *    wildcards can absorb the other's text, wildcards included. An open parameter and an IAM
 *    policy variable are one symbol each, which only itself or `*` absorbs. ARNs are compared
 *    part by part, because not every service lets a wildcard cross a colon. When unsure: not covered.
 * 5. A grant without condition covers the same grant under any condition; under a condition it
 *    covers only grants with an equal one.
 * 6. Only Allow statements with Action and Resource and without a negated operator are grants.
 *    Deny, NotAction, NotResource and negated operators are carried whole, as they came.
 */
import type { Condition, Statement } from './policy.ts';

export interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly condition?: Condition;
  /** Canonical form of the condition; empty where there is none. */
  readonly conditionKey: string;
}

/** `…Not…`, e.g. StringNotLike, NotIpAddress, ForAllValues:StringNotEquals: their values AND. */
function isNegated(operator: string): boolean {
  return /not/i.test(operator);
}

/** Whether a statement may be taken apart into grants (rule 6). */
export function isPlainAllow(statement: Statement): boolean {
  return (
    statement.Effect === 'Allow' &&
    statement.Action !== undefined &&
    statement.Resource !== undefined &&
    !Object.keys(statement.Condition ?? {}).some(isNegated)
  );
}

/** Rule 3 as a string; equal strings mean equal conditions. */
export function canonicalCondition(condition: Condition | undefined): string {
  if (condition === undefined) return '';
  const operators = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) =>
      JSON.stringify([operator, key.toLowerCase(), [...new Set(values)].sort()]),
    ),
  );
  return operators.length === 0 ? '' : operators.sort().join(',');
}

/** A whole statement in canonical form, its Sid left out: for comparing what is carried whole. */
export function canonicalStatement(statement: Statement): string {
  const list = (values: readonly string[] | undefined, fold: boolean): string[] | null =>
    values === undefined
      ? null
      : [...new Set(fold ? values.map((value) => value.toLowerCase()) : values)].sort();
  return JSON.stringify([
    statement.Effect,
    list(statement.Action, true),
    list(statement.NotAction, true),
    list(statement.Resource, false),
    list(statement.NotResource, false),
    canonicalCondition(statement.Condition),
  ]);
}

/** All grants of a plain Allow statement, actions first, in the order written. */
export function expandGrants(statement: Statement): Grant[] {
  const conditionKey = canonicalCondition(statement.Condition);
  const grants: Grant[] = [];
  for (const action of statement.Action ?? []) {
    for (const resource of statement.Resource ?? []) {
      grants.push(
        statement.Condition === undefined
          ? { action, resource, conditionKey }
          : { action, resource, condition: statement.Condition, conditionKey },
      );
    }
  }
  return grants;
}

/** Grants are the same when this is (rules 2 and 3). */
export function grantKey(grant: Grant): string {
  return `${grant.action.toLowerCase()}\n${grant.resource}\n${grant.conditionKey}`;
}

const SYMBOL = /\{\{[A-Za-z][A-Za-z0-9]*\}\}|\$\{[^}]*\}|[\s\S]/g;

/** Characters, parameters and policy variables of a pattern, as separate symbols. */
function symbols(pattern: string): readonly string[] {
  return pattern.includes('{') ? (pattern.match(SYMBOL) ?? []) : [...pattern];
}

/** Whether `wide` absorbs `narrow` symbol by symbol (rule 4), in linear time for one `*`. */
function absorbs(wide: string, narrow: string): boolean {
  if (wide === narrow || wide === '*') return true;
  if (!wide.includes('*') && !wide.includes('?')) return false;
  const w = symbols(wide);
  const n = symbols(narrow);
  let i = 0;
  let j = 0;
  let star = -1;
  let mark = 0;
  while (j < n.length) {
    if (i < w.length && w[i] === '*') {
      star = i++;
      mark = j;
    } else if (
      i < w.length &&
      (w[i] === n[j] || (w[i] === '?' && n[j] !== '*' && (n[j] as string).length === 1))
    ) {
      i++;
      j++;
    } else if (star >= 0) {
      i = star + 1;
      j = ++mark;
    } else {
      return false;
    }
  }
  while (i < w.length && w[i] === '*') i++;
  return i === w.length;
}

/**
 * The six parts of an ARN; the last keeps its colons. Undefined for anything else, and where a
 * policy variable stands before the last part: its value may hold a colon and shift the parts.
 */
function arnParts(pattern: string): readonly string[] | undefined {
  if (!pattern.startsWith('arn:')) return undefined;
  const parts = pattern.split(':');
  if (parts.length < 6) return undefined;
  const head = parts.slice(0, 5);
  if (head.some((part) => part.includes('${'))) return undefined;
  return [...head, parts.slice(5).join(':')];
}

/** Whether every resource that `narrow` matches is matched by `wide` (rule 4). */
export function resourceCovers(wide: string, narrow: string): boolean {
  if (wide === narrow || wide === '*') return true;
  if (!hasWildcard(wide)) return false;
  const w = arnParts(wide);
  const n = arnParts(narrow);
  if (w === undefined || n === undefined) return false;
  return w.every((part, index) => absorbs(part, n[index] as string));
}

/** Whether every action that `narrow` matches is matched by `wide` (rules 2 and 4). */
export function actionCovers(wide: string, narrow: string): boolean {
  return absorbs(wide.toLowerCase(), narrow.toLowerCase());
}

export function conditionCovers(wideKey: string, narrowKey: string): boolean {
  return wideKey === '' || wideKey === narrowKey;
}

/** Whether everything that `narrow` allows is allowed by `wide`. */
export function grantCovers(wide: Grant, narrow: Grant): boolean {
  return (
    conditionCovers(wide.conditionKey, narrow.conditionKey) &&
    actionCovers(wide.action, narrow.action) &&
    resourceCovers(wide.resource, narrow.resource)
  );
}

function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

/** The text before the first wildcard; whatever the pattern covers begins with it. */
function literalPrefix(pattern: string): string {
  return pattern.slice(0, pattern.search(/[*?]|$/));
}

/**
 * Grants arranged so that those which might cover a given one are found without looking at all:
 * by action, and below it by the literal beginning of the resource pattern.
 */
export class GrantIndex<G extends Grant = Grant> {
  readonly #exact = new Map<string, G>();
  /** lower-case action → literal prefix of the resource → grants. */
  readonly #byAction = new Map<string, Map<string, G[]>>();
  readonly #wildcardActions = new Set<string>();

  constructor(grants: Iterable<G>) {
    for (const grant of grants) {
      const key = grantKey(grant);
      if (this.#exact.has(key)) continue;
      this.#exact.set(key, grant);
      const action = grant.action.toLowerCase();
      if (hasWildcard(action)) this.#wildcardActions.add(action);
      let byPrefix = this.#byAction.get(action);
      if (byPrefix === undefined) {
        byPrefix = new Map();
        this.#byAction.set(action, byPrefix);
      }
      const prefix = literalPrefix(grant.resource);
      const bucket = byPrefix.get(prefix);
      if (bucket === undefined) byPrefix.set(prefix, [grant]);
      else bucket.push(grant);
    }
  }

  get grants(): Iterable<G> {
    return this.#exact.values();
  }

  get(grant: Grant): G | undefined {
    return this.#exact.get(grantKey(grant));
  }

  /** Grants that cover the given one, itself included where it is present. */
  *coverers(grant: Grant): Generator<G> {
    const action = grant.action.toLowerCase();
    yield* this.#coverersUnder(action, grant);
    for (const wide of this.#wildcardActions) {
      if (wide !== action && absorbs(wide, action)) yield* this.#coverersUnder(wide, grant);
    }
  }

  /** Whether some grant here covers the given one. */
  covers(grant: Grant): boolean {
    if (this.#exact.has(grantKey(grant))) return true;
    for (const _ of this.coverers(grant)) return true;
    return false;
  }

  *#coverersUnder(action: string, grant: Grant): Generator<G> {
    const byPrefix = this.#byAction.get(action);
    if (byPrefix === undefined) return;
    const { resource, conditionKey } = grant;
    if (byPrefix.size <= resource.length) {
      for (const [prefix, bucket] of byPrefix) {
        if (resource.startsWith(prefix)) yield* covering(bucket, resource, conditionKey);
      }
      return;
    }
    for (let length = 0; length <= resource.length; length++) {
      const bucket = byPrefix.get(resource.slice(0, length));
      if (bucket !== undefined) yield* covering(bucket, resource, conditionKey);
    }
  }
}

function* covering<G extends Grant>(
  bucket: readonly G[],
  resource: string,
  conditionKey: string,
): Generator<G> {
  for (const wide of bucket) {
    if (
      conditionCovers(wide.conditionKey, conditionKey) &&
      resourceCovers(wide.resource, resource)
    ) {
      yield wide;
    }
  }
}
