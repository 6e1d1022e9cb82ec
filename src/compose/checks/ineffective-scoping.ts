/**
 * Scoping without effect: a grant that is scoped, by its resource or a condition, scopes nothing
 * where the same principal holds a wider one. There is a warning for every such pair of holders.
 */
import type { Warning } from '../../model/errors.ts';
import {
  actionCovers,
  actionsOf,
  canonicalCondition,
  type Grant,
  GrantIndex,
  grantCovers,
  isPlainAllow,
  resourcesOf,
} from '../../model/grant.ts';
import type { RunMemory } from '../../model/memo.ts';
import { hasWildcard } from '../../model/pattern.ts';
import type { Condition, Statement } from '../../model/policy.ts';
import type { Spec } from '../../model/requirement.ts';
import { type Groups, renderStatement } from '../groups.ts';
import { expandAttachTo, type Principals } from '../principals.ts';

/** Statements that a principal holds, and by what: a group, or an AWS managed policy. */
interface Holding {
  readonly holder: string;
  readonly statements: readonly Statement[];
  /** The holder is attached by somebody else, who would have to detach it. */
  readonly byOthers: boolean;
}

interface HeldGrant extends Grant {
  readonly holding: Holding;
}

interface Pair {
  readonly wide: HeldGrant;
  readonly scoped: HeldGrant;
}

/** AWS managed policies take part with their documents. */
export function ineffectiveScopingWarnings({
  spec,
  groups,
  principals,
  values,
  memory,
}: {
  readonly spec: Spec;
  readonly groups: Groups;
  readonly principals: Principals;
  readonly values: ReadonlyMap<string, string>;
  readonly memory: RunMemory;
}): readonly Warning[] {
  const holdings = [...principals].flatMap(([id, principal]) => {
    const own = [...groups.values()]
      .filter((group) => expandAttachTo(group.attachTo, principals).includes(id))
      .map(({ id: holder, statements }) => ({ holder, statements, byOthers: false }));
    const attached = (policies: readonly string[], byOthers: boolean) =>
      policies.flatMap((policy) => {
        const known = spec.awsManaged.get(policy);
        if (known === undefined) return [];
        const statements = known.statements.map((each) => renderStatement(each, values));
        return [{ holder: policy, statements, byOthers }];
      });
    if (own.length === 0) return [];
    const all = [
      ...attached(principal.awsManagedPolicies, false),
      ...attached(principal.attachedByOthers, true),
      ...own,
    ];
    return [[id, all] as const];
  });
  const found = memory.table<readonly Pair[]>('ineffective scoping', 500);
  const pairsAmong = (held: readonly Holding[]): readonly Pair[] =>
    found.get(JSON.stringify(held), () => findPairs(held));
  const pairs = holdings.map(([principal, held]) => [principal, pairsAmong(held)] as const);
  return warningsOf(pairs, spec);
}

/** One warning per pair of holders; principals with the same pairs share it. */
function warningsOf(
  pairsByPrincipal: readonly (readonly [principal: string, pairs: readonly Pair[]])[],
  spec: Spec,
): readonly Warning[] {
  const found = new Map<string, { principals: string[]; pairs: readonly Pair[] }>();
  for (const [principal, all] of pairsByPrincipal) {
    for (const pairs of pairsByHolders(all)) {
      const key = JSON.stringify([
        holdersOf(pairs),
        pairs.map(({ wide, scoped }) => [scoped.action, scopeOf(scoped), scopeOf(wide)]),
      ]);
      const known = found.get(key);
      if (known === undefined) found.set(key, { principals: [principal], pairs });
      else known.principals.push(principal);
    }
  }
  // What somebody can do something about first.
  return [...found.values()]
    .sort((a, b) => Number(isAttachedByOthers(b.pairs)) - Number(isAttachedByOthers(a.pairs)))
    .map(({ principals, pairs }) => warningOf(principals, pairs, spec));
}

function warningOf(principals: readonly string[], pairs: readonly Pair[], spec: Spec): Warning {
  const { wide, scoped } = pairs[0] as Pair;
  const groups = holdersOf(pairs);
  const isOwn = groups.some((id) => spec.groups.has(id) && !spec.groups.get(id)?.source);
  const isDocumented = !isOwn && !wide.holding.byOthers;
  const others = [...new Set(pairs.map((pair) => pair.scoped.action))].slice(1);
  const actions = others.length === 1 ? '1 more action' : `${others.length} more actions`;
  const more = others.length === 0 ? '' : `; the same holds for ${actions}`;
  const by = wide.holding === scoped.holding ? 'another of its statements' : groups[1];
  return {
    code: 'ineffective-scoping',
    groups: [...new Set(groups)],
    message: `${principals.join(' and ')}: the ${limitsOf(scoped, wide)} on ${scoped.action} in ${groups[0]} has no effect, because ${by} allows it ${scopeOf(wide)}${more}.`,
    detail: [
      `${groups[0]} allows it only ${scopeOf(scoped)}.`,
      ...(others.length === 0 ? [] : [`The other actions: ${others.join(', ')}.`]),
    ].join('\n'),
    ...(wide.holding.byOthers && {
      advice: `${groups[1]} is attached outside of gen. Until you detach it, ${groups[0]} restricts nothing.`,
    }),
    ...(isDocumented && { isDocumented }),
  };
}

/** The scoped one, and the one that allows more. */
function holdersOf(pairs: readonly Pair[]): readonly [string, string] {
  const { wide, scoped } = pairs[0] as Pair;
  return [scoped.holding.holder, wide.holding.holder];
}

function isAttachedByOthers(pairs: readonly Pair[]): boolean {
  return pairs[0]?.wide.holding.byOthers === true;
}

/** Each scoped grant with the first wider one. */
function findPairs(holdings: readonly Holding[]): Pair[] {
  const held: Held[] = holdings.flatMap((holding) =>
    holding.statements.filter(isPlainAllow).map((statement) => ({
      holding,
      condition: statement.Condition,
      conditionKey: canonicalCondition(statement.Condition),
      actions: actionsOf(statement),
      resources: resourcesOf(statement),
    })),
  );
  const { mayBeCovered, mayCover } = coverageOf(held);
  const index = new GrantIndex(held.flatMap((each) => [...grantsOf(each, mayCover)]));
  if (index.grants.length === 0) return [];
  return held.flatMap((each) => {
    const pairs: Pair[] = [];
    for (const scoped of grantsOf(each, mayBeCovered)) {
      // Equal reach is repetition, not scoping.
      const wide = index.find(scoped, (found) => !grantCovers(scoped, found));
      if (wide !== undefined) pairs.push({ wide, scoped });
    }
    return pairs;
  });
}

/** An Allow statement taken apart. */
interface Held {
  readonly holding: Holding;
  readonly condition: Condition | undefined;
  readonly conditionKey: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

type Test = (action: string, resource: string, conditionKey: string) => boolean;

/**
 * Which grants may be covered by a wider one, and which may be the wider one. A wider grant has a
 * wildcard or another condition, and most actions are granted once, or on `*` only: few grants are
 * left to be compared, of a million.
 */
function coverageOf(held: readonly Held[]): { mayBeCovered: Test; mayCover: Test } {
  const times = new Map<string, number>();
  const conditions = new Map<string, Set<string>>();
  const wide = new Set<string>();
  for (const { actions, resources, conditionKey } of held) {
    for (const action of actions) {
      const name = action.toLowerCase();
      times.set(name, (times.get(name) ?? 0) + resources.length);
      const known = conditions.get(name);
      if (known === undefined) conditions.set(name, new Set([conditionKey]));
      else known.add(conditionKey);
      if (hasWildcard(action)) wide.add(name);
    }
  }
  const shared = new Set(
    [...times.keys()].filter(
      (name) =>
        (times.get(name) as number) > 1 ||
        [...wide].some((each) => each !== name && actionCovers(each, name)),
    ),
  );
  const isShared = (action: string): boolean => shared.has(action.toLowerCase());
  return {
    mayBeCovered: (action, resource, conditionKey) =>
      (resource !== '*' || conditionKey !== '') && isShared(action),
    mayCover: (action, resource) =>
      hasWildcard(action) ||
      (isShared(action) &&
        (hasWildcard(resource) || (conditions.get(action.toLowerCase()) as Set<string>).size > 1)),
  };
}

function* grantsOf(held: Held, isWanted: Test): Generator<HeldGrant> {
  const { holding, condition, conditionKey } = held;
  for (const action of held.actions) {
    for (const resource of held.resources) {
      if (!isWanted(action, resource, conditionKey)) continue;
      yield {
        action,
        resource,
        conditionKey,
        holding,
        ...(condition === undefined ? {} : { condition }),
      };
    }
  }
}

function pairsByHolders(pairs: readonly Pair[]): Pair[][] {
  const byHolders = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const key = `${pair.wide.holding.holder}\n${pair.scoped.holding.holder}`;
    const list = byHolders.get(key);
    if (list === undefined) byHolders.set(key, [pair]);
    else list.push(pair);
  }
  return [...byHolders.values()];
}

/** What the scoped grant has and the wide one has not. */
function limitsOf(scoped: Grant, wide: Grant): string {
  if (scoped.conditionKey === wide.conditionKey) return 'resource list';
  return scoped.resource === wide.resource ? 'condition' : 'condition and resource list';
}

function scopeOf({ resource, condition }: Grant): string {
  const where = resource === '*' ? 'all resources' : resource;
  return `on ${where}${condition === undefined ? '' : ` under ${Object.keys(condition).join(', ')}`}`;
}
