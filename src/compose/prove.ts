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
  actionCovers,
  canonicalCondition,
  canonicalStatement,
  expandGrants,
  type Grant,
  isPlainAllow,
  resourceCovers,
} from '../model/grant.ts';
import { hasWildcard } from '../model/pattern.ts';
import {
  fromStatementJson,
  type PolicyDocument,
  type Statement,
  toPolicyJson,
} from '../model/policy.ts';
import { expandWildcards } from './shrink/expand.ts';

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
  const documents = written.flatMap((each) => readBack(JSON.stringify(toPolicyJson(each))));
  const read = catalogue === undefined ? documents : expanded(documents, asked, catalogue);
  const small = new Map<string, string>();
  const before = plainOf(asked, small);
  const after = plainOf(read, small);
  const lost = firstUncovered(before, new Holdings(after));
  if (lost !== undefined) return differs(principal, 'lost', describe(lost));
  const added = firstUncovered(after, new Holdings(before));
  if (added !== undefined) return differs(principal, 'added', describe(added));
  return firstWholeDifference(principal, asked, read);
}

/** A plain Allow statement, its actions also in small letters and its condition canonical. */
interface Plain {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditionKey: string;
  readonly statement: Statement;
}

/** Writing in small letters is kept in `small`: what is written is mostly what was asked for. */
function plainOf(statements: readonly Statement[], small: Map<string, string>): Plain[] {
  const inSmall = (action: string): string => entry(small, action, () => action.toLowerCase());
  return statements.filter(isPlainAllow).map((statement) => ({
    actions: statement.Action?.map(inSmall) ?? [],
    resources: statement.Resource ?? [],
    conditionKey: canonicalCondition(statement.Condition),
    statement,
  }));
}

/** The statements with each wildcard that nobody asked for expanded by the catalogue. */
function expanded(
  statements: readonly Statement[],
  asked: readonly Statement[],
  catalogue: Catalogue,
): Statement[] {
  const askedActions = new Set(
    asked.flatMap(({ Action }) => Action?.map((each) => each.toLowerCase()) ?? []),
  );
  const isAsked = (action: string): boolean => askedActions.has(action.toLowerCase());
  return statements.map((each) => expandWildcards(each, catalogue, isAsked));
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

/** The first grant of the statements that is not covered by what is held. */
function firstUncovered(statements: readonly Plain[], held: Holdings): Grant | undefined {
  for (const { actions, resources, conditionKey, statement } of statements) {
    for (let at = 0; at < actions.length; at++) {
      const uncovered = held.firstUncovered(actions[at] as string, resources, conditionKey);
      if (uncovered === undefined) continue;
      const Action = [statement.Action?.[at] as string];
      return expandGrants({ ...statement, Action, Resource: [uncovered] })[0];
    }
  }
  return undefined;
}

/**
 * What some plain Allow statements grant. A grant is covered where one of the actions that cover
 * its action is granted on one of the resources that cover its resource, under its condition or
 * none; which these are is decided by `actionCovers` and `resourceCovers` alone.
 */
class Holdings {
  /** Condition → action in small letters → resources. */
  readonly #granted = new Map<string, Map<string, Set<string>>>();
  readonly #wideActions = new Set<string>();
  readonly #wideResources = new Map<string, string[]>();
  /** Lengths of the texts that wide resources are filed under. */
  readonly #lengths = new Set<number>();
  readonly #widerActions = new Map<string, readonly string[]>();
  readonly #widerResources = new Map<string, readonly string[]>();

  constructor(statements: readonly Plain[]) {
    const wide = new Set<string>();
    for (const { actions, resources, conditionKey } of statements) {
      const byAction = entry(this.#granted, conditionKey, newMap);
      for (const action of actions) {
        const known = byAction.get(action);
        if (known === undefined) {
          byAction.set(action, new Set(resources));
          if (hasWildcard(action)) this.#wideActions.add(action);
        } else {
          for (const resource of resources) known.add(resource);
        }
      }
      for (const resource of resources) if (hasWildcard(resource)) wide.add(resource);
    }
    for (const resource of wide) {
      const text = longest(lastPart(resource).split(WILDCARD));
      entry(this.#wideResources, text, newList).push(resource);
      this.#lengths.add(text.length);
    }
  }

  /** The first of the resources on which an action, in small letters, is not granted. */
  firstUncovered(
    action: string,
    resources: readonly string[],
    conditionKey: string,
  ): string | undefined {
    // What is written is mostly just what was asked for, or granted on `*`: no need to look further.
    const always = this.#granted.get('')?.get(action);
    const sometimes = conditionKey === '' ? always : this.#granted.get(conditionKey)?.get(action);
    if (always?.has('*') || sometimes?.has('*')) return undefined;
    for (const resource of resources) {
      if (sometimes?.has(resource) || always?.has(resource)) continue;
      if (!this.#coverByWider(action, resource, conditionKey)) return resource;
    }
    return undefined;
  }

  #coverByWider(action: string, resource: string, conditionKey: string): boolean {
    const resources = [resource, '*', ...this.#resourcesAbove(resource)];
    return [action, ...this.#actionsAbove(action)].some((wide) =>
      resources.some((each) => this.#grants(wide, each, conditionKey)),
    );
  }

  /** Whether just this is granted, under the condition or none. */
  #grants(action: string, resource: string, conditionKey: string): boolean {
    if (this.#granted.get(conditionKey)?.get(action)?.has(resource)) return true;
    return conditionKey !== '' && this.#grants(action, resource, '');
  }

  #actionsAbove(action: string): readonly string[] {
    return entry(this.#widerActions, action, () =>
      [...this.#wideActions].filter((wide) => actionCovers(wide, action)),
    );
  }

  /** A wide resource covers only what has its longest text between wildcards somewhere. */
  #resourcesAbove(resource: string): readonly string[] {
    return entry(this.#widerResources, resource, () => {
      const last = lastPart(resource);
      const candidates = new Set<string>();
      for (const length of this.#lengths) {
        for (let from = 0; from + length <= last.length; from++) {
          const wide = this.#wideResources.get(last.slice(from, from + length));
          for (const each of wide ?? []) candidates.add(each);
        }
      }
      return [...candidates].filter((wide) => resourceCovers(wide, resource));
    });
  }
}

const WILDCARD = /[*?]/;

function longest(texts: readonly string[]): string {
  return texts.reduce((a, b) => (b.length > a.length ? b : a));
}

/** What follows the fifth colon; empty where there are fewer. */
function lastPart(resource: string): string {
  let from = 0;
  for (let colon = 0; colon < 5; colon++) {
    from = resource.indexOf(':', from) + 1;
    if (from === 0) return '';
  }
  return resource.slice(from);
}

/** The value of a key, made where there is none yet. */
function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

const newList = (): string[] => [];
const newMap = (): Map<string, Set<string>> => new Map();

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
