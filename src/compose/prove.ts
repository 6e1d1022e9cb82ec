/**
 * The proof that runs on every run: for every principal, the grants asked for cover the grants
 * written, and the other way round; what is allowed and what is denied each on their own.
 *
 * Wildcards that shrinking wrote are expanded by the action catalogue first.
 *
 * It shares nothing with the optimizer but the meaning of "covers" (`grant.ts`): it reads the
 * documents back from the JSON text that will be written, and looks grants up its own way.
 */

import { conditionCovers, conditionsCover } from '../model/condition.ts';
import { GenError, type Problem } from '../model/errors.ts';
import {
  actionCovers,
  actionsOf,
  canonicalCondition,
  resourceCovers,
  resourcesOf,
} from '../model/grant.ts';
import { hasWildcard } from '../model/pattern.ts';
import {
  type Effect,
  fromStatementJson,
  type PolicyDocument,
  type Statement,
  toPolicyJson,
} from '../model/policy.ts';
import type { RequirementGroup } from '../model/requirement.ts';
import type { Catalogue } from './catalogue.ts';
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

/**
 * That narrowed statements are the documented ones but for resources, and those within the
 * documented ones.
 * @throws GenError (exit 1) with the first statement that reaches beyond its document
 */
export function proveNarrowing(
  documented: ReadonlyMap<string, Pick<RequirementGroup, 'statements'>>,
  narrowed: ReadonlyMap<string, Pick<RequirementGroup, 'statements'>>,
): void {
  for (const [id, { statements }] of narrowed) {
    const before = documented.get(id)?.statements ?? [];
    const at = statements.findIndex((statement, index) => !isWithin(statement, before[index]));
    if (at === -1 && statements.length === before.length) continue;
    throw new GenError(1, [
      {
        code: 'narrowing-not-covered',
        message: `Narrowing would change group "${id}", statement ${at}, beyond what is documented.`,
        advice: 'This is a fault of gen; report it, and leave --narrow out meanwhile.',
      },
    ]);
  }
}

function isWithin(statement: Statement, documented: Statement | undefined): boolean {
  if (documented === undefined) return false;
  const { Resource: narrow = [], ...rest } = statement;
  const { Resource: wide = [], ...same } = documented;
  return (
    JSON.stringify(rest) === JSON.stringify(same) &&
    narrow.length > 0 === wide.length > 0 &&
    narrow.every((each) => wide.some((one) => one === each || resourceCovers(one, each)))
  );
}

function firstDifference(
  { principal, asked, written }: Obligation,
  catalogue: Catalogue | undefined,
): Problem | undefined {
  const documents = written.flatMap((each) => readBack(JSON.stringify(toPolicyJson(each))));
  const read = catalogue === undefined ? documents : expanded(documents, asked, catalogue);
  const lowercase = new Map<string, string>();
  for (const effect of ['Allow', 'Deny'] as const) {
    const before = listedOf(asked, effect, lowercase);
    const after = listedOf(read, effect, lowercase);
    const lost = firstUncovered(before, new Holdings(after));
    if (lost !== undefined) return differs(principal, 'lost', lost);
    const added = firstUncovered(after, new Holdings(before));
    if (added !== undefined) return differs(principal, 'added', added);
  }
  return undefined;
}

/** A statement, its actions also in lowercase and its condition canonical. */
interface Listed {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditionKey: string;
  readonly statement: Statement;
}

/** The statements of one effect. Lowercase is kept: what is written is mostly what was asked for. */
function listedOf(
  statements: readonly Statement[],
  effect: Effect,
  lowercase: Map<string, string>,
): Listed[] {
  const inLowercase = (action: string): string =>
    entry(lowercase, action, () => action.toLowerCase());
  return statements
    .filter(({ Effect }) => Effect === effect)
    .map((statement) => ({
      actions: actionsOf(statement).map(inLowercase),
      resources: resourcesOf(statement),
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

/** The first grant of the statements that is not covered by what is held, in words. */
function firstUncovered(statements: readonly Listed[], held: Holdings): string | undefined {
  for (const { actions, resources, conditionKey, statement } of statements) {
    for (let at = 0; at < actions.length; at++) {
      const uncovered = held.firstUncovered(actions[at] as string, resources, conditionKey);
      if (uncovered !== undefined) return describe(statement, at, uncovered);
    }
  }
  return undefined;
}

function describe(statement: Statement, action: number, resource: string): string {
  const { Effect, Action, NotAction, NotResource, Condition } = statement;
  const actions = Action?.[action] ?? `all actions but ${NotAction?.join(', ')}`;
  const resources = NotResource === undefined ? resource : `all but ${NotResource.join(', ')}`;
  const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
  return `${Effect} ${actions} on ${resources}${condition}`;
}

/**
 * What some statements of one effect grant. A grant is covered where the actions that cover its
 * action are granted on the resources that cover its resource, under conditions that cover its
 * condition, one of them or several together; which these are is decided by `actionCovers`,
 * `resourceCovers` and `conditionsCover` alone.
 */
class Holdings {
  /** Condition → action in lowercase → resources. */
  readonly #granted = new Map<string, Map<string, Set<string>>>();
  readonly #wideActions = new Set<string>();
  readonly #wideResources = new Map<string, string[]>();
  /** Lengths of the texts that wide resources are filed under. */
  readonly #lengths = new Set<number>();
  readonly #widerActions = new Map<string, readonly string[]>();
  readonly #widerResources = new Map<string, readonly string[]>();
  readonly #widerConditions = new Map<string, readonly string[]>();

  constructor(statements: readonly Listed[]) {
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

  /** The first of the resources on which an action, in lowercase, is not granted. */
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
    const actions = [action, ...this.#actionsAbove(action)];
    const resources = [resource, '*', ...this.#resourcesAbove(resource)];
    const isGrantedUnder = (condition: string): boolean => {
      const byAction = this.#granted.get(condition);
      return actions.some((wide) => {
        const granted = byAction?.get(wide);
        return granted !== undefined && resources.some((each) => granted.has(each));
      });
    };
    if (this.#conditionsAbove(conditionKey).some(isGrantedUnder)) return true;
    if (conditionKey === '') return false;
    // Several conditions may cover it only together.
    return conditionsCover([...this.#granted.keys()].filter(isGrantedUnder), conditionKey);
  }

  #conditionsAbove(conditionKey: string): readonly string[] {
    return entry(this.#widerConditions, conditionKey, () =>
      [...this.#granted.keys()].filter((wide) => conditionCovers(wide, conditionKey)),
    );
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

/** Statements of a document's JSON text, values as lists. */
function readBack(text: string): Statement[] {
  const document = JSON.parse(text) as { Statement: Record<string, unknown>[] };
  return document.Statement.map(fromStatementJson);
}
