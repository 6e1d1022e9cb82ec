/** Which principals exist in a selection, who makes them, and which of their slots are taken. */
import type {
  AwsManagedPolicy,
  Entity,
  ExistingAttachment,
  ManagedPolicy,
  PrincipalUse,
} from '../model/bundle.ts';
import { usageError } from '../model/errors.ts';
import { hasOwnRole, type Identity, trustOf } from '../model/identity.ts';
import { render } from '../model/parameter.ts';
import {
  type AwsManagedPolicyUse,
  NODE_PRINCIPALS,
  type PrincipalSpec,
  type Quotas,
  type RoleSpec,
  type Spec,
  type UserSpec,
} from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import { freeOf } from './plan/capacity.ts';
import type { Capacity } from './plan/planned.ts';
import type { Selection } from './select.ts';
import { type Identities, resolveAttachTo } from './workloads.ts';

export interface ResolvedPrincipal {
  readonly spec: PrincipalSpec;
  readonly created: boolean;
  /** What is created; of an add-on without a role of ours, the one that Palette creates. */
  readonly role?: RoleSpec;
  /** The user that is created in place of a role. */
  readonly user?: UserSpec;
  /** How an add-on gets its permissions; never `node`. */
  readonly identity?: Identity;
  /** AWS managed policies that our artefacts attach. */
  readonly awsManagedPolicies: readonly AwsManagedPolicy[];
  /** Names of policies that somebody else attaches. */
  readonly attachedByOthers: readonly string[];
  /** Managed policies that AWS lets it hold. */
  readonly limit: number;
}

/** By id, in the spec's order. */
export type Principals = ReadonlyMap<string, ResolvedPrincipal>;

/** The principals of a selection, in the spec's order. */
export function resolvePrincipals(
  spec: Spec,
  selection: Selection,
  target: Target,
  {
    identities,
    values,
  }: { readonly identities: Identities; readonly values: ReadonlyMap<string, string> },
): Principals {
  const active = new Set(selection.active);
  const features = selection.active.map((id) => spec.features.get(id));
  const uses = features
    .flatMap((feature) => feature?.awsManagedPolicies ?? [])
    .map(({ policy, attachTo }) => ({
      policy: render(policy, values),
      attachTo: resolveAttachTo(attachTo, identities),
    }));
  const holdsGroup = new Set(selection.groups.flatMap((id) => spec.groups.get(id)?.attachTo ?? []));
  const replaced = new Set([
    ...features.flatMap((feature) => feature?.replaces ?? []),
    // What an add-on holds itself is nothing for the nodes any more.
    ...[...identities].flatMap(([id, identity]) =>
      identity === 'node' ? [] : (spec.principals.get(id)?.workload?.role.awsManagedPolicies ?? []),
    ),
  ]);
  /** What the role or user holds by itself; an add-on AWS's policy only where no other is selected. */
  const ownOf = (
    principal: PrincipalSpec,
    { awsManagedPolicies }: Pick<RoleSpec, 'awsManagedPolicies'>,
  ): readonly AwsManagedPolicy[] => {
    if (principal.workload === undefined) {
      return awsManagedPolicies.filter((policy) => !replaced.has(policy));
    }
    return holdsGroup.has(principal.id) ? [] : awsManagedPolicies;
  };
  const resolved = new Map<string, ResolvedPrincipal>();
  for (const [id, principal] of spec.principals) {
    const identity = principal.workload === undefined ? undefined : identities.get(id);
    const made = createdOf(principal, active, identity);
    const one = made.role ?? made.user;
    const created = one !== undefined && identity !== 'palette-irsa';
    const { existing } = principal;
    const exists =
      existing !== undefined &&
      (existing.with === undefined || existing.with.some((feature) => active.has(feature)));
    if (one === undefined && !exists) continue;
    const attachedByOthers = one === undefined ? (existing?.attached ?? []) : [];
    const wanted = [
      ...(one === undefined ? [] : ownOf(principal, one)),
      ...usesFor(principal, uses),
    ];
    resolved.set(id, {
      spec: principal,
      created,
      ...made,
      ...(identity === undefined ? {} : { identity }),
      awsManagedPolicies: [...new Set(wanted)].filter(
        (policy) => !attachedByOthers.includes(policy),
      ),
      attachedByOthers,
      limit: limitOf(id, created ? made : {}, spec.quotas, target),
    });
  }
  return resolved;
}

type Created = Pick<ResolvedPrincipal, 'role' | 'user'>;

/** The role or user that is created with the selection, by these artefacts or by Palette. */
function createdOf(
  { creations, workload }: PrincipalSpec,
  active: ReadonlySet<string>,
  identity: Identity | undefined,
): Created {
  if (workload === undefined) {
    const { role, user } = creations.find((each) => active.has(each.with)) ?? {};
    return { ...(role && { role: withAlsoTrusted(role, active) }), ...(user && { user }) };
  }
  if (identity === undefined || identity === 'node') return {};
  const trust = hasOwnRole(identity)
    ? trustOf(identity, workload.serviceAccount)
    : { Statement: [] };
  return { role: { ...workload.role, trust } };
}

function withAlsoTrusted(
  { alsoTrusts = [], ...role }: RoleSpec,
  active: ReadonlySet<string>,
): RoleSpec {
  const more = alsoTrusts.filter((each) => active.has(each.with));
  const Statement = [role.trust, ...more.map(({ trust }) => trust)].flatMap(
    (trust) => trust.Statement,
  );
  return { ...role, trust: { Statement } };
}

function usesFor(principal: PrincipalSpec, uses: readonly AwsManagedPolicyUse[]): string[] {
  return uses
    .filter(
      ({ attachTo }) =>
        attachTo.includes(principal.id) || (principal.node && attachTo.includes(NODE_PRINCIPALS)),
    )
    .map(({ policy }) => policy);
}

/**
 * A principal's own entry goes first. Palette's may be a role or a user: the lower where untold; a
 * group where one is named.
 */
function limitOf(id: string, created: Created, quotas: Quotas, target: Target): number {
  const { managedPoliciesPerRole: role, managedPoliciesPerUser: user } = quotas;
  const { paletteRoles, paletteUsers, paletteGroups } = target;
  const own = quotas.principals.get(id);
  if (own !== undefined) return own;
  if (id !== 'palette') return created.user === undefined ? role : user;
  const named = [
    ...(created.role !== undefined || paletteRoles.length > 0 ? [role] : []),
    ...(created.user !== undefined || paletteUsers.length > 0 ? [user] : []),
    ...(paletteGroups.length > 0 ? [quotas.managedPoliciesPerGroup] : []),
  ];
  return named.length === 0 ? Math.min(role, user) : Math.min(...named);
}

/** Characters that all inline policies of a principal may have together; the least of its entities'. */
export function inlineLimitOf(
  { spec: { id }, ...created }: ResolvedPrincipal,
  quotas: Quotas,
  target: Target,
): number {
  const { paletteRoles, paletteUsers, paletteGroups } = target;
  const { inlinePoliciesSizePerRole: role, inlinePoliciesSizePerUser: user } = quotas;
  if (id !== 'palette') return created.user === undefined ? role : user;
  const named = [
    ...(created.role !== undefined || paletteRoles.length > 0 ? [role] : []),
    ...(created.user !== undefined || paletteUsers.length > 0 ? [user] : []),
    ...(paletteGroups.length > 0 ? [quotas.inlinePoliciesSizePerGroup] : []),
  ];
  return Math.min(...(named.length === 0 ? [role] : named));
}

/** Ids of the principals that `attachTo` names, the node principals each, in the spec's order. */
export function expandAttachTo(attachTo: readonly string[], principals: Principals): string[] {
  return [...principals.values()]
    .filter(
      ({ spec }) => attachTo.includes(spec.id) || (spec.node && attachTo.includes(NODE_PRINCIPALS)),
    )
    .map(({ spec }) => spec.id);
}

/** Whether what is created is part of the CAPA stack, where there is one. */
export function isInStack({ role, user, spec }: ResolvedPrincipal): boolean {
  return spec.workload === undefined && user === undefined && role?.outsideStack !== true;
}

/** Names given on the command line, each as the principal that it stands for. */
export function existingAttachments(principals: Principals, target: Target): ExistingAttachment[] {
  const attachments: ExistingAttachment[] = [];
  const attach = (principal: string, entity: Entity, names: readonly string[]): void => {
    for (const name of new Set(names)) {
      attachments.push({
        principal,
        entity,
        name,
        awsManagedPolicies: principals.get(principal)?.awsManagedPolicies ?? [],
      });
    }
  };
  if (principals.has('palette')) {
    attach('palette', 'role', target.paletteRoles);
    attach('palette', 'user', target.paletteUsers);
    attach('palette', 'group', target.paletteGroups);
  }
  if (target.nodeRoles.length > 0) {
    const nodes = [...principals.values()].filter(({ spec, created }) => spec.node && !created);
    // The one with the most slots taken: what fits there fits on the others.
    const fullest = nodes.sort((a, b) => b.attachedByOthers.length - a.attachedByOthers.length)[0];
    if (fullest === undefined) {
      throw usageError(
        'no-existing-node-role',
        '--node-role names existing node roles, but in this selection the node roles are created.',
        'Leave --node-role out: the node policies are attached to the created roles.',
      );
    }
    attach(fullest.spec.id, 'role', target.nodeRoles);
  }
  return attachments;
}

/** How full every principal is. */
export function principalUses(
  principals: Principals,
  policies: readonly ManagedPolicy[],
  capacities: ReadonlyMap<string, Capacity>,
  values: ReadonlyMap<string, string>,
): PrincipalUse[] {
  return [...principals].map(([id, principal]) => {
    const held = policies.filter(({ attachTo }) => attachTo.includes(id));
    const capacity = capacities.get(id);
    const inline =
      capacity?.unit === 'characters'
        ? {
            inline: {
              size: held.reduce((sum, { worstSize }) => sum + worstSize, 0),
              limit: capacity.limit,
            },
          }
        : {};
    const own = capacity?.unit === 'characters' ? 0 : held.length;
    const name = (principal.role ?? principal.user ?? principal.spec.existing)?.name;
    return {
      id,
      description: principal.spec.description,
      created: principal.created,
      node: principal.spec.node,
      ...(name === undefined ? {} : { name: render(name, values) }),
      attached: own + principal.awsManagedPolicies.length + principal.attachedByOthers.length,
      limit: principal.limit,
      free: capacity?.unit === 'policies' ? Math.max(0, freeOf(capacity) - own) : 0,
      ...inline,
      awsManagedPolicies: principal.awsManagedPolicies,
      attachedByOthers: principal.attachedByOthers,
    };
  });
}
