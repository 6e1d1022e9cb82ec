/**
 * A brute-force IAM evaluator for tests: it answers one request at a time, by trying every
 * statement, and shares no code with the program.
 */

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
  /** Condition blocks that hold for the request, as `conditionText` writes them. */
  readonly holds: ReadonlySet<string>;
}

const list = (value: OneOrMany): readonly string[] => (typeof value === 'string' ? [value] : value);

const compiled = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  let regex = compiled.get(pattern);
  if (regex === undefined) {
    const source = [...pattern]
      .map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[\\^$.|+()[\]{}]/g, '\\$&')))
      .join('');
    regex = new RegExp(`^${source}$`, 's');
    compiled.set(pattern, regex);
  }
  return regex.test(text);
}

/** A condition block as text, the same for blocks that differ in order or in one-element lists. */
export function conditionText(condition: object | undefined): string {
  if (condition === undefined) return '';
  return Object.entries(condition)
    .flatMap(([operator, keys]) =>
      Object.entries(keys as object).map(
        ([key, values]) =>
          `${operator}|${key.toLowerCase()}|${[...new Set(list(values as OneOrMany))].sort().join('|')}`,
      ),
    )
    .sort()
    .join('&');
}

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
  const condition = conditionText(statement.Condition);
  return condition === '' || request.holds.has(condition);
}

/** Explicit deny wins; without an allow the answer is no. */
export function isAllowed(statements: readonly RawStatement[], request: Request): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  if (applying.some(({ Effect }) => Effect === 'Deny')) return false;
  return applying.some(({ Effect }) => Effect === 'Allow');
}

/**
 * Requests that tell statements apart: each action and resource of either side, wildcards filled in
 * two ways, under no condition and under each condition alone.
 */
export function tellingRequests(statements: readonly RawStatement[]): Request[] {
  const fill = (pattern: string): string[] =>
    /[*?]/.test(pattern)
      ? [pattern.replace(/[*]/g, 'xyzzy').replace(/[?]/g, 'q'), pattern.replace(/[*?]/g, 'a')]
      : [pattern];
  const requests = new Map<string, Request>();
  for (const statement of statements) {
    const condition = conditionText(statement.Condition);
    for (const action of list(statement.Action ?? statement.NotAction ?? []).flatMap(fill)) {
      for (const resource of list(statement.Resource ?? statement.NotResource ?? []).flatMap(
        fill,
      )) {
        for (const holds of new Set(['', condition])) {
          requests.set(`${action} ${resource} ${holds}`, {
            action,
            resource,
            holds: new Set(holds === '' ? [] : [holds]),
          });
        }
      }
    }
  }
  return [...requests.values()];
}
