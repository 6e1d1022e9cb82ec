/**
 * Grants: the atoms of permission, and when one covers another.
 *
 * The rules (AWS IAM User Guide, "Policy evaluation logic" and "JSON policy elements"):
 * 1. A grant is one effect, one action, one resource pattern and one whole condition block.
 * 2. Service prefixes, action names and condition keys are case-insensitive; resources and
 *    condition values are compared as they are written.
 * 3. Condition blocks are equal when they hold the same operators, the same keys and the same set
 *    of values, whatever their order; a value and a list of it alone are the same.
 * 4. Which action or resource pattern covers which is said in `pattern.ts`.
 * 5. A grant without condition covers the same grant under any condition; under a condition it
 *    covers only grants with an equal one.
 * 6. Only Allow statements with Action and Resource and without a negated operator are grants.
 *    Deny, NotAction, NotResource and negated operators are carried whole, as they came.
 */
import { actionCovers, hasWildcard, PatternIndex, resourceCovers } from './pattern.ts';
import type { Condition, Statement } from './policy.ts';

export { actionCovers, resourceCovers } from './pattern.ts';

export interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly condition?: Condition;
  /** Canonical form of the condition; empty where there is none. */
  readonly conditionKey: string;
}

/** `…Not…`, e.g. StringNotLike, NotIpAddress, ForAllValues:StringNotEquals: their values AND. */
export function isNegated(operator: string): boolean {
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

  /** Whether some grant here covers the given one. */
  covers(grant: Grant): boolean {
    return this.find(grant, () => true) !== undefined;
  }

  /** The first grant that covers the given one and is accepted; wider resources come first. */
  find(grant: Grant, accept: (wide: G) => boolean): G | undefined {
    const wider = this.#resources.wider(grant.resource);
    for (const byResource of this.#holdersOf(grant.action)) {
      for (const resource of wider) {
        const found = accepted(byResource.get(resource), grant.conditionKey, accept);
        if (found !== undefined) return found;
      }
      const found = accepted(byResource.get(grant.resource), grant.conditionKey, accept);
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
          if (!grants.some((grant) => conditionCovers(grant.conditionKey, conditionKey))) continue;
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
  conditionKey: string,
  accept: (wide: G) => boolean,
): G | undefined {
  if (grants === undefined) return undefined;
  for (const wide of grants) {
    if (conditionCovers(wide.conditionKey, conditionKey) && accept(wide)) return wide;
  }
  return undefined;
}
