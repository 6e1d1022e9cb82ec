/**
 * Grants: the atoms of permission, and when one covers another.
 *
 * The rules (AWS IAM User Guide, "Policy evaluation logic" and "JSON policy elements"):
 * 1. A grant is one effect, one action, one resource pattern and one whole condition block.
 * 2. Service prefixes, action names and condition keys are case-insensitive; resources and
 *    condition values are compared as they are written.
 * 3. Which condition covers which is said in `condition.ts`.
 * 4. Which action or resource pattern covers which is said in `pattern.ts`.
 * 5. A grant covers another of the same effect when its action, its resource and its condition do.
 * 6. What a statement allows or denies is the union of its grants, whatever its effect and its
 *    condition. A NotAction or NotResource list cannot be taken apart: it is one symbol, which only
 *    `*` and the same list cover.
 */
import { canonicalCondition, conditionCovers, isNegated } from './condition.ts';
import { actionCovers, hasWildcard, PatternIndex, resourceCovers } from './pattern.ts';
import type { Condition, Statement } from './policy.ts';

export { canonicalCondition, conditionCovers, isNegated } from './condition.ts';
export { actionCovers, resourceCovers } from './pattern.ts';

export interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly condition?: Condition;
  /** Canonical form of the condition; empty where there is none. */
  readonly conditionKey: string;
}

/** An Allow statement that says what it is for, under a condition that does as well. */
export function isPlainAllow(statement: Statement): boolean {
  return (
    statement.Effect === 'Allow' &&
    statement.Action !== undefined &&
    statement.Resource !== undefined &&
    !Object.keys(statement.Condition ?? {}).some(isNegated)
  );
}

/** A list behind NotAction or NotResource, as the one symbol that it is (rule 6). */
export function exceptionSymbol(list: readonly string[]): string {
  // Nothing in it may look like a wildcard or like a part of an ARN or an action.
  const text = JSON.stringify([...new Set(list)].sort());
  return `!${text.replace(/[*?:%{]/g, (each) => `%${each.charCodeAt(0).toString(16)}`)}`;
}

export function isExceptionSymbol(text: string): boolean {
  return text.startsWith('!');
}

/** The actions of a statement, or the one symbol that stands for all but some. */
export function actionsOf({ Action, NotAction = [] }: Statement): readonly string[] {
  return Action ?? [exceptionSymbol(NotAction.map((action) => action.toLowerCase()))];
}

/** The resources of a statement, or the one symbol that stands for all but some. */
export function resourcesOf({ Resource, NotResource = [] }: Statement): readonly string[] {
  return Resource ?? [exceptionSymbol(NotResource)];
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

/** All grants of a statement, actions first, in the order written. */
export function expandGrants(statement: Statement): Grant[] {
  const conditionKey = canonicalCondition(statement.Condition);
  const grants: Grant[] = [];
  for (const action of actionsOf(statement)) {
    for (const resource of resourcesOf(statement)) {
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

/** Whether everything that `narrow` allows is allowed by `wide`. */
export function grantCovers(wide: Grant, narrow: Grant): boolean {
  return (
    conditionCovers(wide.conditionKey, narrow.conditionKey) &&
    actionCovers(wide.action, narrow.action) &&
    resourceCovers(wide.resource, narrow.resource)
  );
}

/**
 * Grants arranged so that those which cover a given one are found without looking at all: by
 * action, and below it by resource. Which actions and which resources are wider than one is found
 * out once for each, however many grants hold it.
 */
export class GrantIndex<G extends Grant = Grant> {
  readonly #grants: G[] = [];
  /** Action as spelled → its resources; spellings of one action share them. */
  readonly #bySpelling = new Map<string, ByResource<G>>();
  readonly #byAction = new Map<string, ByResource<G>>();
  readonly #wildcardActions: string[] = [];
  /** Action as spelled → resources of itself and of the actions that cover it. */
  readonly #holders = new Map<string, readonly ByResource<G>[]>();
  readonly #resources: PatternIndex;
  readonly #conditionKeys = new Set<string>();
  /** Condition → those among the grants' conditions that cover it. */
  readonly #widerConditions = new Map<string, ReadonlySet<string>>();

  constructor(grants: Iterable<G>) {
    const resources = new Set<string>();
    for (const grant of grants) {
      const byResource = this.#ownResources(grant.action);
      const same = byResource.get(grant.resource);
      if (same === undefined) {
        byResource.set(grant.resource, [grant]);
        resources.add(grant.resource);
      } else if (withCondition(same, grant.conditionKey) === undefined) same.push(grant);
      else continue;
      this.#grants.push(grant);
      this.#conditionKeys.add(grant.conditionKey);
    }
    this.#resources = new PatternIndex(resources);
  }

  get grants(): readonly G[] {
    return this.#grants;
  }

  get(grant: Grant): G | undefined {
    const same = this.#byAction.get(grant.action.toLowerCase())?.get(grant.resource);
    return same && withCondition(same, grant.conditionKey);
  }

  /** Grants that cover the given one, itself included where it is present. */
  coverers(grant: Grant): G[] {
    const found: G[] = [];
    this.find(grant, (wide) => {
      found.push(wide);
      return false;
    });
    return found;
  }

  /** Grants whose action and resource cover those of the given one, whatever their conditions. */
  reaching(grant: Grant): G[] {
    const resources = [...this.#resources.wider(grant.resource), grant.resource];
    return this.#holdersOf(grant.action).flatMap((byResource) =>
      resources.flatMap((resource) => byResource.get(resource) ?? []),
    );
  }

  /** Whether some grant here covers the given one. */
  covers(grant: Grant): boolean {
    return this.find(grant, () => true) !== undefined;
  }

  /** The first grant that covers the given one and is accepted; wider resources come first. */
  find(grant: Grant, accept: (wide: G) => boolean): G | undefined {
    const wider = this.#resources.wider(grant.resource);
    const conditions = this.#conditionsAbove(grant.conditionKey);
    for (const byResource of this.#holdersOf(grant.action)) {
      for (const resource of wider) {
        const found = accepted(byResource.get(resource), conditions, accept);
        if (found !== undefined) return found;
      }
      const found = accepted(byResource.get(grant.resource), conditions, accept);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * What `covers` says of every action on every resource under one condition: for each action, the
   * positions of the resources, ascending.
   */
  reach(
    actions: readonly string[],
    resources: readonly string[],
    conditionKey: string,
  ): readonly (readonly number[])[] {
    const conditions = this.#conditionsAbove(conditionKey);
    const coveredBy = new Map<string, number[]>();
    resources.forEach((resource, position) => {
      for (const wide of [...this.#resources.wider(resource), resource]) {
        const covered = coveredBy.get(wide);
        if (covered === undefined) coveredBy.set(wide, [position]);
        else covered.push(position);
      }
    });
    return actions.map((action) => {
      const reached = new Uint8Array(resources.length);
      for (const byResource of this.#holdersOf(action)) {
        for (const [resource, grants] of byResource) {
          const covered = coveredBy.get(resource);
          if (covered === undefined) continue;
          if (!grants.some((grant) => conditions.has(grant.conditionKey))) continue;
          for (const position of covered) reached[position] = 1;
        }
      }
      const positions: number[] = [];
      for (let at = 0; at < reached.length; at++) if (reached[at] === 1) positions.push(at);
      return positions;
    });
  }

  #ownResources(spelled: string): ByResource<G> {
    let own = this.#bySpelling.get(spelled);
    if (own !== undefined) return own;
    const action = spelled.toLowerCase();
    own = this.#byAction.get(action);
    if (own === undefined) {
      own = new Map();
      this.#byAction.set(action, own);
      if (hasWildcard(action)) this.#wildcardActions.push(action);
    }
    this.#bySpelling.set(spelled, own);
    return own;
  }

  #conditionsAbove(conditionKey: string): ReadonlySet<string> {
    let wider = this.#widerConditions.get(conditionKey);
    if (wider === undefined) {
      const covers = (wide: string): boolean => conditionCovers(wide, conditionKey);
      wider = new Set([...this.#conditionKeys].filter(covers));
      this.#widerConditions.set(conditionKey, wider);
    }
    return wider;
  }

  #holdersOf(spelled: string): readonly ByResource<G>[] {
    let holders = this.#holders.get(spelled);
    if (holders === undefined) {
      const action = spelled.toLowerCase();
      const wider = this.#wildcardActions.filter(
        (wide) => wide !== action && actionCovers(wide, action),
      );
      holders = [action, ...wider].flatMap((each) => this.#byAction.get(each) ?? []);
      this.#holders.set(spelled, holders);
    }
    return holders;
  }
}

/** Resource → grants on it, one for each condition. */
type ByResource<G> = Map<string, G[]>;

function withCondition<G extends Grant>(grants: readonly G[], conditionKey: string): G | undefined {
  for (const grant of grants) if (grant.conditionKey === conditionKey) return grant;
  return undefined;
}

function accepted<G extends Grant>(
  grants: readonly G[] | undefined,
  conditions: ReadonlySet<string>,
  accept: (wide: G) => boolean,
): G | undefined {
  if (grants === undefined) return undefined;
  for (const wide of grants) {
    if (conditions.has(wide.conditionKey) && accept(wide)) return wide;
  }
  return undefined;
}
