/**
 * Moot scoping: a grant that is scoped, by its resource or a condition, scopes nothing where the
 * same principal holds a wider one. Every such pair of holders is told, with the grants.
 */
import type { Problem } from '../model/errors.ts';
import { expandGrants, type Grant, GrantIndex, grantCovers, isPlainAllow } from '../model/grant.ts';
import { Known } from '../model/known.ts';
import { hasWildcard } from '../model/pattern.ts';
import type { Statement } from '../model/policy.ts';
import type { Spec } from '../model/requirement.ts';
import { type Groups, renderGroup } from './groups.ts';
import { expandAttachTo, type Principals } from './principals.ts';

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

/** AWS managed policies take part with the group that grants the same. */
export function mootScopingWarnings(
  spec: Spec,
  groups: Groups,
  principals: Principals,
  values: ReadonlyMap<string, string>,
): readonly Problem[] {
  const known = new Map(
    [...spec.groups.values()].flatMap((group) =>
      group.sameAs === undefined
        ? []
        : [[group.sameAs, renderGroup(group, values, spec.parameters)] as const],
    ),
  );
  const holdings = [...principals].flatMap(([id, principal]) => {
    const own = [...groups.values()]
      .filter((group) => expandAttachTo(group.attachTo, principals).includes(id))
      .map(({ id: holder, statements }) => ({ holder, statements, byOthers: false }));
    const attached = (policies: readonly string[], byOthers: boolean) =>
      policies.flatMap((policy) => {
        const statements = known.get(policy)?.statements;
        return statements === undefined ? [] : [{ holder: policy, statements, byOthers }];
      });
    if (own.length === 0) return [];
    const all = [
      ...attached(principal.awsManagedPolicies, false),
      ...attached(principal.attachedByOthers, true),
      ...own,
    ];
    return [[id, all] as const];
  });
  return warningsOf(new Map(holdings));
}

/** One warning per pair of holders; principals with the same pairs share it. */
function warningsOf(holdings: ReadonlyMap<string, readonly Holding[]>): readonly Problem[] {
  const warnings = new Map<string, { principals: string[]; pairs: readonly Pair[] }>();
  for (const [principal, held] of holdings) {
    for (const pairs of pairsByHolders(pairsAmong(held))) {
      const text = tell(pairs);
      const warning = warnings.get(text);
      if (warning === undefined) warnings.set(text, { principals: [principal], pairs });
      else warning.principals.push(principal);
    }
  }
  // What somebody can do something about first.
  const byUse = [...warnings].sort(
    ([, a], [, b]) => Number(isAttachedByOthers(b.pairs)) - Number(isAttachedByOthers(a.pairs)),
  );
  return byUse.map(([text, { principals, pairs }]) => {
    const wide = (pairs[0] as Pair).wide.holding;
    const message = `On ${principals.join(' and ')}, ${text}`;
    return {
      code: 'moot-scoping',
      message,
      ...(wide.byOthers && {
        advice: `${wide.holder} is attached there by others: the scoping takes effect once it is detached.`,
      }),
    };
  });
}

function isAttachedByOthers(pairs: readonly Pair[]): boolean {
  return pairs[0]?.wide.holding.byOthers === true;
}

const known = new Known<readonly Pair[]>(500);

/** Each scoped grant with the first wider one. */
function pairsAmong(holdings: readonly Holding[]): readonly Pair[] {
  return known.get(JSON.stringify(holdings), () => findPairs(holdings));
}

function findPairs(holdings: readonly Holding[]): Pair[] {
  const grants: HeldGrant[] = holdings.flatMap((holding) =>
    holding.statements
      .filter(isPlainAllow)
      .flatMap(expandGrants)
      .map((grant) => ({ ...grant, holding })),
  );
  const times = new Map<string, number>();
  for (const { action } of grants) {
    const small = action.toLowerCase();
    times.set(small, (times.get(small) ?? 0) + 1);
  }
  const hasWide = grants.some(({ action }) => hasWildcard(action));
  // Most actions are granted on `*` only, or once: nothing that they cover is scoped, or nothing
  // covers them.
  const mayBeScoped = grants.filter(
    ({ action, resource, conditionKey }) =>
      (resource !== '*' || conditionKey !== '') &&
      (hasWide || (times.get(action.toLowerCase()) as number) > 1),
  );
  const actions = new Set(mayBeScoped.map(({ action }) => action.toLowerCase()));
  const index = new GrantIndex(
    grants.filter(({ action }) => hasWildcard(action) || actions.has(action.toLowerCase())),
  );
  return mayBeScoped.flatMap((scoped) => {
    for (const wide of index.coverers(scoped)) {
      // Equal reach is repetition, not scoping.
      if (!grantCovers(scoped, wide)) return [{ wide, scoped }];
    }
    return [];
  });
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

function tell(pairs: readonly Pair[]): string {
  const { wide, scoped } = pairs[0] as Pair;
  const others = [...new Set(pairs.map((pair) => pair.scoped.action))].filter(
    (action) => action !== scoped.action,
  );
  const likewise = others.length === 0 ? '' : `; likewise ${others.join(', ')}`;
  const owner = wide.holding === scoped.holding ? 'it' : wide.holding.holder;
  return `${scoped.holding.holder} scopes to no effect, because ${owner} allows more: ${describe(scoped)} beside ${describe(wide)}${likewise}.`;
}

function describe({ action, resource, condition }: Grant): string {
  const under = condition === undefined ? '' : ` under ${Object.keys(condition).join(', ')}`;
  return `${action} on ${resource}${under}`;
}
