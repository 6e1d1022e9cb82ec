/**
 * Grants that a principal keeps, but in another policy than in the previous run. While such a change
 * is applied there is a gap, unless what is added is applied before what is taken away; for a Deny
 * the gap lets through what was forbidden.
 *
 * 1. Every principal counts for itself: what it held by a previous policy, and by which it holds it now.
 * 2. Where a policy held it all along, under the same name, there is no gap and no move.
 * 3. What is not plain Allow moves whole where it can, else action by action and resource by resource.
 * 4. What a principal does not hold any more was taken away on purpose and is no move.
 */
import type { ManagedPolicy, Move, MovedGrant } from '../../model/bundle.ts';
import {
  canonicalStatement,
  expandGrants,
  type Grant,
  GrantIndex,
  isPlainAllow,
} from '../../model/grant.ts';
import type { Statement } from '../../model/policy.ts';
import type { PreviousPolicy } from '../../model/previous-run.ts';

interface Holder {
  readonly name: string;
  readonly principals: readonly string[];
  readonly grants: GrantIndex;
  /** What is not plain Allow: each action on each resource, in canonical form. */
  readonly parts: ReadonlySet<string>;
}

/** Moves by previous policy, in its order. */
export function findMoves(
  previous: readonly PreviousPolicy[],
  policies: readonly ManagedPolicy[],
): readonly Move[] {
  const changed = previous.filter((policy) => !isAsBefore(policy, policies));
  if (changed.length === 0) return [];
  const before = previous.map(({ name, principals, statements }) =>
    holderOf(name, principals, statements),
  );
  const now = policies.map(({ name, attachTo, document }) =>
    holderOf(name, attachTo, document.Statement),
  );
  return changed.flatMap(({ name, principals, statements }) => {
    const moves = new Map<string, Map<string, MovedGrant>>();
    const note = (holds: (holder: Holder) => boolean, key: string, moved: MovedGrant): void => {
      for (const principal of principals) {
        const to = newHost(principal, holds, before, now);
        if (to === undefined) continue;
        const grants = moves.get(to) ?? new Map<string, MovedGrant>();
        moves.set(to, grants.set(key, moved));
      }
    };
    for (const statement of statements) {
      if (!isPlainAllow(statement)) {
        const parts = partsOf(statement);
        const holdsAll = (holder: Holder): boolean =>
          parts.every(({ key }) => holder.parts.has(key));
        if (now.some(holdsAll)) note(holdsAll, canonicalStatement(statement), tellWhole(statement));
        else {
          for (const { key, part } of parts) {
            note((holder) => holder.parts.has(key), key, tellWhole(part));
          }
        }
        continue;
      }
      for (const grant of expandGrants(statement)) {
        note(({ grants }) => grants.covers(grant), keyOf(grant), tell(grant));
      }
    }
    return [...moves].map(([to, grants]) => ({ from: name, to, grants: [...grants.values()] }));
  });
}

/** Whether the same policy still holds all of it, for everyone who had it (rule 2). */
function isAsBefore(
  { name, principals, statements }: PreviousPolicy,
  policies: readonly ManagedPolicy[],
): boolean {
  const text = JSON.stringify(statements);
  return policies.some(
    (policy) =>
      policy.name === name &&
      principals.every((principal) => policy.attachTo.includes(principal)) &&
      JSON.stringify(policy.document.Statement) === text,
  );
}

function holderOf(
  name: string,
  principals: readonly string[],
  statements: readonly Statement[],
): Holder {
  return {
    name,
    principals,
    grants: new GrantIndex(statements.filter(isPlainAllow).flatMap(expandGrants)),
    parts: new Set(
      statements
        .filter((each) => !isPlainAllow(each))
        .flatMap((each) => partsOf(each).map(({ key }) => key)),
    ),
  };
}

/** A statement's actions on its resources, each as a statement; NotAction and NotResource stay whole. */
function partsOf(statement: Statement): { readonly key: string; readonly part: Statement }[] {
  const actions = statement.Action?.map((action) => ({ Action: [action] })) ?? [{}];
  const resources = statement.Resource?.map((resource) => ({ Resource: [resource] })) ?? [{}];
  return actions.flatMap((action) =>
    resources.map((resource) => {
      const part = { ...statement, ...action, ...resource };
      return { key: canonicalStatement(part), part };
    }),
  );
}

/** The policy by which the principal holds it now, where none held it all along. */
function newHost(
  principal: string,
  holds: (holder: Holder) => boolean,
  before: readonly Holder[],
  now: readonly Holder[],
): string | undefined {
  const hosts = now.filter((host) => host.principals.includes(principal) && holds(host));
  const heldBefore = (name: string): boolean =>
    before.some(
      (holder) => holder.name === name && holder.principals.includes(principal) && holds(holder),
    );
  return hosts.some(({ name }) => heldBefore(name)) ? undefined : hosts[0]?.name;
}

function keyOf({ action, resource, conditionKey }: Grant): string {
  return `${action}\n${resource}\n${conditionKey}`;
}

function tell({ action, resource, condition }: Grant): MovedGrant {
  return { action, resource, ...(condition === undefined ? {} : { condition }) };
}

function tellWhole({ Effect, Condition, ...lists }: Statement): MovedGrant {
  const { Action, NotAction, Resource, NotResource } = lists;
  const side = (some: readonly string[] | undefined, not: readonly string[] | undefined): string =>
    some === undefined ? `all but ${(not ?? []).join(', ')}` : some.join(', ');
  return {
    action: `${Effect} ${side(Action, NotAction)}`,
    resource: side(Resource, NotResource),
    ...(Condition === undefined ? {} : { condition: Condition }),
  };
}
