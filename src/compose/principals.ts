/** Which principals exist in a selection, who makes them, and which of their slots are taken. */
import type {
  AwsManagedPolicy,
  Entity,
  ExistingAttachment,
  ManagedPolicy,
  PrincipalUse,
} from '../model/bundle.ts';
import { usageError } from '../model/errors.ts';
import { render } from '../model/parameter.ts';
import {
  type AwsManagedPolicyUse,
  CNI_PRINCIPALS,
  NODE_PRINCIPALS,
  type PrincipalSpec,
  type Quotas,
  type Spec,
} from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import { freeOf } from './plan/capacity.ts';
import type { Capacity } from './plan/planned.ts';
import type { Selection } from './select.ts';

export interface ResolvedPrincipal {
  readonly spec: PrincipalSpec;
  readonly created: boolean;
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
export function resolvePrincipals(spec: Spec, selection: Selection, target: Target): Principals {
  const active = new Set(selection.active);
  const features = selection.active.map((id) => spec.features.get(id));
  const replaced = new Set(features.flatMap((feature) => feature?.replaces ?? []));
  const uses = features.flatMap((feature) => feature?.awsManagedPolicies ?? []);
  const cni = ownCniRole(spec, target);
  const hasCniGroup = selection.groups.some((id) =>
    spec.groups.get(id)?.attachTo.includes(CNI_PRINCIPALS),
  );
  /** What a created role holds by itself. */
  const ownOf = (principal: PrincipalSpec): readonly AwsManagedPolicy[] => {
    const own = principal.role?.awsManagedPolicies ?? [];
    if (cni === undefined) return own.filter((policy) => !replaced.has(policy));
    // The plugin's role holds the policies for the plugin, AWS's own only where no other is selected.
    if (principal === cni) return hasCniGroup ? [] : own;
    return own.filter(
      (policy) => !replaced.has(policy) && !cni.role?.awsManagedPolicies.includes(policy),
    );
  };
  const resolved = new Map<string, ResolvedPrincipal>();
  for (const [id, principal] of spec.principals) {
    const created =
      principal === cni ||
      (principal.createdWith !== undefined && active.has(principal.createdWith));
    const exists =
      principal.existing !== undefined &&
      (principal.existing.with === undefined || principal.existing.with.some((f) => active.has(f)));
    if (!created && !exists) continue;
    const attachedByOthers = created ? [] : (principal.existing?.attached ?? []);
    const wanted = [...(created ? ownOf(principal) : []), ...usesFor(principal, uses)];
    resolved.set(id, {
      spec: principal,
      created,
      awsManagedPolicies: [...new Set(wanted)].filter(
        (policy) => !attachedByOthers.includes(policy),
      ),
      attachedByOthers,
      limit: limitOf(id, spec.quotas, target),
    });
  }
  return resolved;
}

/** The VPC CNI plugin's own role, where the target asks for one. */
function ownCniRole(spec: Spec, { cniPrincipal }: Target): PrincipalSpec | undefined {
  if (cniPrincipal === undefined) return undefined;
  const role = [...spec.principals.values()].find(({ cni }) => cni === cniPrincipal);
  if (role !== undefined) return role;
  throw usageError(
    'no-cni-principal',
    `The spec has no principal with cni: ${cniPrincipal}.`,
    'Leave --cni-principal out, or add one to principals.yaml.',
  );
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
function limitOf(id: string, quotas: Quotas, target: Target): number {
  const { managedPoliciesPerRole: role, managedPoliciesPerUser: user } = quotas;
  const { paletteRoles, paletteUsers, paletteGroups } = target;
  const own = quotas.principals.get(id);
  if (own !== undefined) return own;
  if (id !== 'palette') return role;
  const named = [
    ...(paletteRoles.length > 0 ? [role] : []),
    ...(paletteUsers.length > 0 ? [user] : []),
    ...(paletteGroups.length > 0 ? [quotas.managedPoliciesPerGroup] : []),
  ];
  return named.length === 0 ? Math.min(role, user) : Math.min(...named);
}

/** Characters that all inline policies of a principal may have together; the least of its entities'. */
export function inlineLimitOf(id: string, quotas: Quotas, target: Target): number {
  const { paletteRoles, paletteUsers, paletteGroups } = target;
  const role = quotas.inlinePoliciesSizePerRole;
  if (id !== 'palette') return role;
  const named = [
    ...(paletteRoles.length > 0 ? [role] : []),
    ...(paletteUsers.length > 0 ? [quotas.inlinePoliciesSizePerUser] : []),
    ...(paletteGroups.length > 0 ? [quotas.inlinePoliciesSizePerGroup] : []),
  ];
  return Math.min(...(named.length === 0 ? [role] : named));
}

/** Ids of existing principals that `attachTo` names, those it stands for resolved, in the spec's order. */
export function expandAttachTo(attachTo: readonly string[], principals: Principals): string[] {
  const all = [...principals.values()];
  const hasOwnCniRole = all.some(({ spec }) => spec.cni !== undefined);
  return all
    .filter(
      ({ spec }) =>
        attachTo.includes(spec.id) ||
        (spec.node && attachTo.includes(NODE_PRINCIPALS)) ||
        (attachTo.includes(CNI_PRINCIPALS) && (hasOwnCniRole ? spec.cni !== undefined : spec.node)),
    )
    .map(({ spec }) => spec.id);
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
    const name = principal.created ? principal.spec.role?.name : principal.spec.existing?.name;
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
