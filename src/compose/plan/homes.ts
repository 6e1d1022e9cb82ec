/**
 * Homes: which previous policy holds what the statements of this run grant.
 *
 * 1. A previous statement that is this statement, or a piece of it, is where that part belongs.
 * 2. Else a grant's home is the first previous policy that covers it, and grants of one action stay
 *    together where one policy covers all of them.
 * 3. What is not plain Allow has its home where the very same is written.
 */

import {
  canonicalCondition,
  canonicalStatement,
  expandGrants,
  type Grant,
  GrantIndex,
  grantKey,
  isPlainAllow,
} from '../../model/grant.ts';
import type { Statement } from '../../model/policy.ts';
import type { PreviousPolicy } from '../../model/previous-run.ts';

/** A part of a statement, and the number of the previous policy that holds it; -1 where none does. */
export interface Part {
  readonly home: number;
  readonly statement: Statement;
  /** Combinations of an action and a resource. */
  readonly grants: number;
}

const NONE = -1;

/** Where a statement has neither, as with NotAction, there is one line, which it shares with its like. */
const NO_LIST: readonly string[] = [''];

function actionsOf({ Action }: Statement): readonly string[] {
  return Action?.map((action) => action.toLowerCase()) ?? NO_LIST;
}

function resourcesOf({ Resource }: Statement): readonly string[] {
  return Resource ?? NO_LIST;
}

/** What pieces of one statement have in common. */
function frameOf(statement: Statement): string {
  const { Action: _, Resource: _resource, ...frame } = statement;
  return canonicalStatement(frame);
}

/** Where each text is; it may be in several places. */
function positionsOf(texts: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const positions = new Map<string, number[]>();
  texts.forEach((text, position) => {
    const known = positions.get(text);
    if (known === undefined) positions.set(text, [position]);
    else known.push(position);
  });
  return positions;
}

/** A previous statement; each action and each resource once. */
interface Held {
  readonly policy: number;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

interface HeldGrant extends Grant {
  /** Ascending. */
  readonly policies: number[];
}

export class Homes {
  readonly #previous: readonly PreviousPolicy[];
  /** By frame, and below it by first action. */
  readonly #held = new Map<string, Map<string, Held[]>>();
  #grants: GrantIndex<HeldGrant> | undefined;

  constructor(previous: readonly PreviousPolicy[]) {
    this.#previous = previous;
    previous.forEach(({ statements }, policy) => {
      for (const statement of statements) {
        const [first, ...others] = actionsOf(statement) as [string, ...string[]];
        const held = {
          policy,
          actions: [...new Set([first, ...others])],
          resources: [...new Set(resourcesOf(statement))],
        };
        const frame = frameOf(statement);
        const byAction = this.#held.get(frame) ?? new Map<string, Held[]>();
        this.#held.set(frame, byAction);
        const known = byAction.get(first);
        if (known === undefined) byAction.set(first, [held]);
        else known.push(held);
      }
    });
  }

  /** The statement in parts, each of which has one home. */
  partsOf(statement: Statement): Part[] {
    const actions = actionsOf(statement);
    const resources = resourcesOf(statement);
    const ownActions = new Set(actions);
    const ownResources = new Set(resources);
    const pieces = this.#piecesOf(statement, ownActions, ownResources);
    const whole = pieces.find(
      (held) =>
        held.actions.length === ownActions.size && held.resources.length === ownResources.size,
    );
    if (whole !== undefined) {
      return [{ home: whole.policy, statement, grants: actions.length * resources.length }];
    }
    const homes = new Int32Array(actions.length * resources.length).fill(NONE);
    const rows = positionsOf(actions);
    const columns = positionsOf(resources);
    for (const held of pieces) {
      const own = held.resources.flatMap((resource) => columns.get(resource) ?? []);
      for (const row of held.actions.flatMap((action) => rows.get(action) ?? [])) {
        for (const column of own) {
          const cell = row * resources.length + column;
          if (homes[cell] === NONE) homes[cell] = held.policy;
        }
      }
    }
    if (isPlainAllow(statement)) this.#coverRest(statement, homes);
    return partsBy(homes, statement, resources.length);
  }

  /** Rules 1 and 3: previous statements that are this one, or pieces of it. */
  #piecesOf(
    statement: Statement,
    actions: ReadonlySet<string>,
    resources: ReadonlySet<string>,
  ): readonly Held[] {
    const byAction = this.#held.get(frameOf(statement));
    if (byAction === undefined) return [];
    const within = (held: readonly string[], own: ReadonlySet<string>): boolean =>
      held.length <= own.size && held.every((each) => own.has(each));
    return [...actions]
      .flatMap((action) => byAction.get(action) ?? [])
      .filter((held) => within(held.actions, actions) && within(held.resources, resources))
      .sort((a, b) => a.policy - b.policy);
  }

  /** Rule 2 for what has no home yet. */
  #coverRest(statement: Statement, homes: Int32Array): void {
    const resources = statement.Resource as readonly string[];
    const conditionKey = canonicalCondition(statement.Condition);
    (statement.Action as readonly string[]).forEach((action, row) => {
      const start = row * resources.length;
      const cells = [...resources.keys()].filter((column) => homes[start + column] === NONE);
      if (cells.length === 0) return;
      const holders = cells.map((column) =>
        this.#holdersOf({ action, resource: resources[column] as string, conditionKey }),
      );
      const [first, ...others] = holders as [ReadonlySet<number>, ...ReadonlySet<number>[]];
      const together = lowest([...first].filter((one) => others.every((each) => each.has(one))));
      cells.forEach((column, at) => {
        homes[start + column] =
          together === NONE ? lowest(holders[at] as ReadonlySet<number>) : together;
      });
    });
  }

  /** Previous policies that cover the grant. */
  #holdersOf(grant: Grant): ReadonlySet<number> {
    this.#grants ??= indexOf(this.#previous);
    return new Set(this.#grants.coverers(grant).flatMap(({ policies }) => policies));
  }
}

function lowest(policies: Iterable<number>): number {
  let least = NONE;
  for (const policy of policies) if (least === NONE || policy < least) least = policy;
  return least;
}

/** All plain grants of the previous policies; each knows which of them hold it. */
function indexOf(previous: readonly PreviousPolicy[]): GrantIndex<HeldGrant> {
  const held = new Map<string, HeldGrant>();
  previous.forEach(({ statements }, policy) => {
    for (const grant of statements.filter(isPlainAllow).flatMap(expandGrants)) {
      const key = grantKey(grant);
      const known = held.get(key);
      if (known === undefined) held.set(key, { ...grant, policies: [policy] });
      else if (known.policies.at(-1) !== policy) known.policies.push(policy);
    }
  });
  return new GrantIndex(held.values());
}

/** Parts of one home: actions whose resources have the same homes stay together. */
function partsBy(homes: Int32Array, statement: Statement, columns: number): Part[] {
  const parts = new Map<string, { home: number; rows: number[]; columns: number[] }>();
  for (let row = 0; row * columns < homes.length; row++) {
    const byHome = new Map<number, number[]>();
    for (let column = 0; column < columns; column++) {
      const home = homes[row * columns + column] as number;
      const own = byHome.get(home);
      if (own === undefined) byHome.set(home, [column]);
      else own.push(column);
    }
    for (const [home, own] of byHome) {
      const key = own.length === columns ? `${home}` : `${home} ${own.join(' ')}`;
      const part = parts.get(key);
      if (part === undefined) parts.set(key, { home, rows: [row], columns: own });
      else part.rows.push(row);
    }
  }
  return [...parts.values()].map(({ home, rows, columns: own }) => ({
    home,
    statement: restricted(statement, rows, own),
    grants: rows.length * own.length,
  }));
}

function restricted(
  statement: Statement,
  rows: readonly number[],
  columns: readonly number[],
): Statement {
  const { Action, Resource } = statement;
  return {
    ...statement,
    ...(Action === undefined ? {} : { Action: rows.map((row) => Action[row] as string) }),
    ...(Resource === undefined
      ? {}
      : { Resource: columns.map((column) => Resource[column] as string) }),
  };
}
