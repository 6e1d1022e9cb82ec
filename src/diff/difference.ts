/**
 * What one side allows and the other does not: permissions, not lines.
 *
 * 1. All policies of a principal count together: what moves between them is no difference.
 * 2. Allowed is gained where a grant of the later side is covered by none of the earlier one's
 *    (`grant.ts`), unless the later side denies it altogether. What is no longer allowed is the
 *    same with the sides exchanged.
 * 3. A Deny that is gone widens, a new one narrows.
 * 4. A statement with NotAction or NotResource is compared whole: it is on the other side, or all
 *    that it may reach is covered there, or it is told as it stands.
 *    What an AWS managed policy allows on one side is covered there, and told by the policy's name.
 * 5. A trust policy is compared like permissions, those who are trusted in place of resources.
 * 6. When unsure it is a difference, so that nothing that widens is passed over: grants that cover
 *    one only together, or a Deny of what nobody allows, are told although nothing follows.
 * 7. Where one side does not say who holds its policies, each side is one union.
 * 8. Sides with files that were not read are not comparable, whatever the rest of them says. So are
 *    policies that name principals, where they are not the same file on both sides.
 */
import {
  canonicalStatement,
  expandGrants,
  type Grant,
  GrantIndex,
  grantCovers,
} from '../model/grant.ts';
import type { Condition, Effect, Statement } from '../model/policy.ts';
import { grouped } from './grouped.ts';
import { listed } from './notes.ts';
import { isListed, reachOf } from './reach.ts';
import { type Being, type Holdings, NAMELESS, NOTHING_ELSE, type Side } from './side.ts';

export interface Scope {
  readonly resources: readonly string[];
  readonly condition?: Condition;
}

/** Grants that differ in nothing but the action and the resource; all actions are of one service. */
export interface GrantChange extends Scope {
  /** Of `allow` and `deny` as in policies; `trust` has those trusted as resources. */
  readonly kind: 'allow' | 'deny' | 'trust';
  /** Sorted, as spelled. */
  readonly actions: readonly string[];
  /** The part of it that the other side has, for the same actions. */
  readonly within: readonly Scope[];
}

/** Something that one side has and the other has not. What that means depends on which side has it. */
export type Change =
  | GrantChange
  | { readonly kind: 'statement'; readonly statement: Statement }
  | { readonly kind: 'permissions-boundary'; readonly arn: string }
  | { readonly kind: 'aws-managed-policy'; readonly policy: string }
  | { readonly kind: 'entity'; readonly entity: string };

export interface PrincipalDifference {
  /** Its id; empty where the sides are compared as unions. */
  readonly principal: string;
  readonly presence: 'both' | 'added' | 'removed';
  /** More is allowed by these. `deny`, Deny statements and `permissions-boundary` are gone. */
  readonly widening: readonly Change[];
  /** Less is allowed by these. `deny`, Deny statements and `permissions-boundary` are new. */
  readonly narrowing: readonly Change[];
}

export interface Difference {
  readonly from: Pick<Side, 'name' | 'kind'>;
  readonly to: Pick<Side, 'name' | 'kind'>;
  readonly widening: boolean;
  readonly narrowing: boolean;
  /** Whether all was compared: false while there is anything in `unread`. */
  readonly comparable: boolean;
  /** Files that could not be compared, and may hold any permission. */
  readonly unread: readonly string[];
  /** Sides, by their names, of which a manifest is taken at its word for files that are not read. */
  readonly byManifest: readonly string[];
  /** Those that differ, the ones that gain first. */
  readonly principals: readonly PrincipalDifference[];
  /** What was not compared, and how the sides were. */
  readonly notes: readonly string[];
}

/** Pure; the order of principals, statements and actions on the sides changes nothing but order. */
export function differenceOf(from: Side, to: Side): Difference {
  const asUnions = [from, to].some(({ principals }) => principals.has(NAMELESS));
  const before = asUnions ? union(from) : from.principals;
  const after = asUnions ? union(to) : to.principals;
  const compareBeing = !asUnions && from.tellsBeing && to.tellsBeing;
  const all = [...new Set([...after.keys(), ...before.keys()])].map((principal) =>
    principalDifference({
      principal,
      before: before.get(principal),
      after: after.get(principal),
      compareBeing,
      isUnion: asUnions,
    }),
  );
  const widened = all.filter(({ widening }) => widening.length > 0);
  const narrowed = all.filter(
    ({ widening, narrowing }) => widening.length === 0 && narrowing.length > 0,
  );
  const withPrincipals = differingFiles(from, to);
  const unread = [...new Set([...from.unread, ...to.unread, ...withPrincipals])];
  return {
    from: { name: from.name, kind: from.kind },
    to: { name: to.name, kind: to.kind },
    widening: widened.length > 0,
    narrowing: all.some(({ narrowing }) => narrowing.length > 0),
    comparable: unread.length === 0,
    unread,
    byManifest: [from, to].flatMap(({ name, isByManifest }) => (isByManifest ? [name] : [])),
    principals: [...widened, ...narrowed],
    notes: [
      ...new Set([
        ...from.notes,
        ...to.notes,
        ...(withPrincipals.length === 0
          ? []
          : [
              `Trust policies and policies of resources are compared as whole files. Not the same on both sides: ${listed(withPrincipals)}.`,
            ]),
        ...methodNotes(from, to, asUnions),
      ]),
    ],
  };
}

/** Files with policies that name principals, where they are not the same on both sides (rule 8). */
function differingFiles(from: Side, to: Side): readonly string[] {
  const [before, after] = [from, to].map(({ withPrincipals }) => withPrincipals ?? new Map()) as [
    NonNullable<Side['withPrincipals']>,
    NonNullable<Side['withPrincipals']>,
  ];
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    return old?.content === now?.content ? [] : [(now ?? old)?.shownAs as string];
  });
}

function methodNotes(from: Side, to: Side, asUnions: boolean): string[] {
  const silent = namesOf([from, to].filter(({ tellsBeing }) => !tellsBeing));
  const who = silent.join(' and ');
  const verb = silent.length === 1 ? 'does' : 'do';
  if (asUnions) {
    const nameless = namesOf([from, to].filter(({ principals }) => principals.has(NAMELESS)));
    const names = nameless.join(' and ');
    return [
      `${names} ${nameless.length === 1 ? 'does' : 'do'} not say who holds the policies: all policies of a side are compared as if one principal held them.`,
    ];
  }
  if (silent.length === 0) return [];
  return [
    `${who} ${verb} not tell trust policies, AWS managed policies and attachments, so these are not compared.`,
  ];
}

/** A side may be compared with itself. */
function namesOf(sides: readonly Side[]): readonly string[] {
  return [...new Set(sides.map(({ name }) => name))];
}

function union({ principals }: Side): ReadonlyMap<string, Holdings> {
  const statements = [...principals.values()].flatMap((holdings) => holdings.statements);
  return new Map([[NAMELESS, { statements, being: NOTHING_ELSE }]]);
}

const NOTHING: Holdings = { statements: [], being: NOTHING_ELSE };

function principalDifference({
  principal,
  before,
  after,
  compareBeing,
  isUnion,
}: {
  readonly principal: string;
  readonly before: Holdings | undefined;
  readonly after: Holdings | undefined;
  readonly compareBeing: boolean;
  readonly isUnion: boolean;
}): PrincipalDifference {
  const gain = (less: Holdings, more: Holdings): Change[] => [
    ...gainedBy(less.statements, more.statements, {
      isUnion,
      ofAwsManaged: compareBeing ? (less.ofAwsManaged ?? []) : [],
    }),
    ...(compareBeing ? gainedByBeing(less.being, more.being) : []),
  ];
  return {
    principal,
    presence: before === undefined ? 'added' : after === undefined ? 'removed' : 'both',
    widening: gain(before ?? NOTHING, after ?? NOTHING),
    narrowing: gain(after ?? NOTHING, before ?? NOTHING).filter(
      // A role that somebody else makes is trusted as they please.
      ({ kind }) => kind !== 'trust' || after === undefined || after.being.trust.length > 0,
    ),
  };
}

/** What `more` allows and `less` does not (rules 2 to 4). */
function gainedBy(
  less: readonly Statement[],
  more: readonly Statement[],
  {
    isUnion = false,
    ofAwsManaged = [],
  }: { readonly isUnion?: boolean; readonly ofAwsManaged?: readonly Statement[] } = {},
): Change[] {
  const allowedBefore = indexOf([...less, ...ofAwsManaged], 'Allow');
  const allowed = indexOf(more, 'Allow');
  const deniedBefore = indexOf(less, 'Deny');
  const denied = indexOf(more, 'Deny');
  return [
    ...describe(
      'allow',
      // Of a union nobody knows whether who is allowed is also who is denied.
      missing(allowed, allowedBefore).filter((grant) => isUnion || !denied.covers(grant)),
      allowedBefore,
    ),
    ...wholeMissing(more, less, 'Allow', allowedBefore),
    ...describe('deny', missing(deniedBefore, denied), denied),
    ...wholeMissing(less, more, 'Deny', denied),
  ];
}

function gainedByBeing(less: Being, more: Being): Change[] {
  const trusted = gainedBy(less.trust, more.trust).map((change) =>
    change.kind === 'allow' ? { ...change, kind: 'trust' as const } : change,
  );
  const { permissionsBoundary: arn } = less;
  // Of a role that is created on one side only, the other has no boundary to speak of.
  const bothCreated = less.trust.length > 0 && more.trust.length > 0;
  return [
    ...trusted,
    ...(!bothCreated || arn === undefined || arn === more.permissionsBoundary
      ? []
      : [{ kind: 'permissions-boundary' as const, arn }]),
    ...more.awsManagedPolicies
      .filter((policy) => !less.awsManagedPolicies.includes(policy))
      .map((policy) => ({ kind: 'aws-managed-policy' as const, policy })),
    ...more.entities
      .filter((entity) => !less.entities.includes(entity))
      .map((entity) => ({ kind: 'entity' as const, entity })),
  ];
}

function indexOf(statements: readonly Statement[], effect: Effect): GrantIndex {
  const listed = statements.filter((each) => each.Effect === effect && isListed(each));
  return new GrantIndex(listed.flatMap(expandGrants));
}

/** Grants that the other does not cover; of those that cover one another, the widest. */
function missing(own: GrantIndex, other: GrantIndex): readonly Grant[] {
  const gone = own.grants.filter((grant) => !other.covers(grant));
  const index = new GrantIndex(gone);
  const order = new Map(gone.map((grant, at) => [grant, at]));
  return gone.filter((grant, at) =>
    index.coverers(grant).every((wide) => {
      const isSame = grantCovers(grant, wide);
      return wide === grant || (isSame && at < (order.get(wide) as number));
    }),
  );
}

/** Statements with NotAction or NotResource that the other side neither has nor covers (rule 4). */
function wholeMissing(
  own: readonly Statement[],
  other: readonly Statement[],
  effect: Effect,
  covering: GrantIndex,
): Change[] {
  const whole = (statements: readonly Statement[]): Statement[] =>
    statements.filter((each) => each.Effect === effect && !isListed(each));
  const known = new Set(whole(other).map(canonicalStatement));
  return whole(own).flatMap((statement) => {
    const key = canonicalStatement(statement);
    if (known.has(key) || reachOf(statement).every((grant) => covering.covers(grant))) return [];
    known.add(key);
    return [{ kind: 'statement' as const, statement }];
  });
}

interface Told {
  readonly grant: Grant;
  readonly within: readonly Scope[];
}

/** Grants put together for reading: one service, one condition, one list of resources each. */
function describe(
  kind: GrantChange['kind'],
  grants: readonly Grant[],
  other: GrantIndex,
): GrantChange[] {
  const within = partsWithin(grants, other);
  const told = grants.map((grant): Told => {
    return { grant, within: scopesOf(within.get(grant) ?? []) };
  });
  const likeness = ({ grant, within }: Told): string =>
    JSON.stringify([grant.conditionKey, within]);
  const byAction = grouped(told, (each) => `${each.grant.action.toLowerCase()}\n${likeness(each)}`);
  const lines = [...byAction.values()].map((alike) => {
    const [{ grant, within }] = alike as readonly [Told, ...Told[]];
    const { condition, action } = grant;
    return {
      key: likeness({ grant, within }),
      action,
      resources: sorted(alike.map((each) => each.grant.resource)),
      ...(condition === undefined ? {} : { condition }),
      within,
    };
  });
  const alike = grouped(lines, ({ key, action, resources }) =>
    JSON.stringify([serviceOf(action), key, resources]),
  );
  return [...alike.values()]
    .map((same): GrantChange => {
      const [{ key: _, action: __, ...scope }] = same as readonly [
        (typeof lines)[number],
        ...typeof lines,
      ];
      return { kind, actions: sorted(same.map(({ action }) => action)), ...scope };
    })
    .sort((a, b) => compare(orderOf(a), orderOf(b)));
}

/** For each grant those of the other side that it covers, of the same action. */
function partsWithin(
  grants: readonly Grant[],
  other: GrantIndex,
): ReadonlyMap<Grant, readonly Grant[]> {
  const index = new GrantIndex(grants);
  const parts = new Map<Grant, Grant[]>(grants.map((grant) => [grant, []]));
  const actions = new Set(grants.map(({ action }) => action.toLowerCase()));
  for (const part of other.grants) {
    const action = part.action.toLowerCase();
    if (!actions.has(action)) continue;
    for (const wide of index.coverers(part)) {
      if (wide.action.toLowerCase() === action) parts.get(wide)?.push(part);
    }
  }
  return parts;
}

/** Grants of one action as scopes, one for each condition. */
function scopesOf(grants: readonly Grant[]): Scope[] {
  return [...grouped(grants, ({ conditionKey }) => conditionKey)]
    .sort(([a], [b]) => compare(a, b))
    .map(([, alike]) => {
      const condition = alike[0]?.condition;
      return {
        resources: sorted(alike.map(({ resource }) => resource)),
        ...(condition === undefined ? {} : { condition }),
      };
    });
}

function serviceOf(action: string): string {
  return action.slice(0, Math.max(action.indexOf(':'), 0)).toLowerCase();
}

function orderOf({ actions, resources, condition }: GrantChange): string {
  return [serviceOf(actions[0] ?? ''), actions[0], resources[0], JSON.stringify(condition)].join(
    '\n',
  );
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compare);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
