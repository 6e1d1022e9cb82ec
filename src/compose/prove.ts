/**
 * The proof that runs on every run: for every principal, the grants asked for cover the grants
 * written, and the other way round; what is carried whole is there as often as it was asked for.
 *
 * Wildcards that shrinking wrote are expanded by the action catalogue first.
 *
 * It shares nothing with the optimizer but the meaning of "covers" (`grant.ts`): it reads the
 * documents back from the JSON text that will be written, and looks grants up its own way.
 */
import type { Catalogue } from '../catalogue.ts';
import { GenError, type Problem } from '../model/errors.ts';
import {
  canonicalStatement,
  expandGrants,
  type Grant,
  grantCovers,
  grantKey,
  isPlainAllow,
} from '../model/grant.ts';
import {
  fromStatementJson,
  type PolicyDocument,
  type Statement,
  toPolicyJson,
} from '../model/policy.ts';
import { expandWildcards } from './expand.ts';

export interface Obligation {
  readonly principal: string;
  /** What the selected groups ask for. */
  readonly asked: readonly Statement[];
  /** What the policies attached to the principal say. */
  readonly written: readonly PolicyDocument[];
}

/**
 * @throws GenError (exit 1) with the first differing grant of each principal for which the written
 * documents allow more or less than was asked for.
 */
export function provePermissions(obligations: readonly Obligation[], catalogue?: Catalogue): void {
  const problems = obligations.flatMap((each) => firstDifference(each, catalogue) ?? []);
  if (problems.length > 0) throw new GenError(1, problems);
}

function firstDifference(
  { principal, asked, written }: Obligation,
  catalogue: Catalogue | undefined,
): Problem | undefined {
  const askedActions = new Set(
    asked.flatMap(({ Action }) => Action?.map((each) => each.toLowerCase()) ?? []),
  );
  const isAsked = (action: string): boolean => askedActions.has(action.toLowerCase());
  const read = written
    .flatMap((document) => readBack(JSON.stringify(toPolicyJson(document))))
    .map((each) => (catalogue === undefined ? each : expandWildcards(each, catalogue, isAsked)));
  const askedGrants = asked.filter(isPlainAllow).flatMap(expandGrants);
  const writtenGrants = read.filter(isPlainAllow).flatMap(expandGrants);
  const lost = firstUncovered(askedGrants, writtenGrants);
  if (lost !== undefined) return differs(principal, 'lost', describe(lost));
  const added = firstUncovered(writtenGrants, askedGrants);
  if (added !== undefined) return differs(principal, 'added', describe(added));
  return firstWholeDifference(principal, asked, read);
}

function differs(principal: string, what: 'lost' | 'added', grant: string): Problem {
  return {
    code: 'proof-failed',
    message: `The policies for "${principal}" do not grant what was asked for; ${what}: ${grant}`,
    advice:
      'Nothing was written. This is a fault of gen: please report it with the spec and flags.',
  };
}

function describe(grant: Grant): string {
  const condition = grant.condition === undefined ? '' : ` if ${JSON.stringify(grant.condition)}`;
  return `Allow ${grant.action} on ${grant.resource}${condition}`;
}

/** The first of `grants` that none of `others` covers. */
function firstUncovered(grants: readonly Grant[], others: readonly Grant[]): Grant | undefined {
  const exact = new Set(others.map(grantKey));
  const byAction = new Map<string, Grant[]>();
  const wild: Grant[] = [];
  for (const other of others) {
    if (/[*?]/.test(other.action)) wild.push(other);
    const key = other.action.toLowerCase();
    const list = byAction.get(key);
    if (list === undefined) byAction.set(key, [other]);
    else list.push(other);
  }
  return grants.find((grant) => {
    if (exact.has(grantKey(grant))) return false;
    const same = byAction.get(grant.action.toLowerCase()) ?? [];
    return ![...same, ...wild].some((other) => grantCovers(other, grant));
  });
}

/** Deny, NotAction, NotResource and negated operators: compared whole, or cut along Action or Resource. */
function firstWholeDifference(
  principal: string,
  asked: readonly Statement[],
  read: readonly Statement[],
): Problem | undefined {
  const parts = (statements: readonly Statement[]): Set<string> =>
    new Set(statements.filter((statement) => !isPlainAllow(statement)).flatMap(wholeParts));
  const before = parts(asked);
  const after = parts(read);
  const lost = [...before].find((part) => !after.has(part));
  if (lost !== undefined) return differs(principal, 'lost', lost);
  const added = [...after].find((part) => !before.has(part));
  return added === undefined ? undefined : differs(principal, 'added', added);
}

/** One canonical statement per action and resource; NotAction and NotResource stay whole. */
function wholeParts(statement: Statement): string[] {
  const { Sid: _, Action, Resource, ...rest } = statement;
  const actions = Action?.map((action) => ({ Action: [action] })) ?? [{}];
  const resources = Resource?.map((resource) => ({ Resource: [resource] })) ?? [{}];
  return actions.flatMap((action) =>
    resources.map((resource) => canonicalStatement({ ...rest, ...action, ...resource })),
  );
}

/** Statements of a document's JSON text, values as lists. */
function readBack(text: string): Statement[] {
  const document = JSON.parse(text) as { Statement: Record<string, unknown>[] };
  return document.Statement.map(fromStatementJson);
}
