/** Which principals exist in a selection, who makes them, and which of their slots are taken. */
import type { AwsManagedPolicy } from '../model/bundle.ts';
import {
  type AwsManagedPolicyUse,
  NODE_PRINCIPALS,
  type PrincipalSpec,
  type Quotas,
  type Spec,
} from '../model/requirement.ts';
import type { Selection } from '../select.ts';

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

/** The principals of a selection, in the spec's order. */
export function resolvePrincipals(
  spec: Spec,
  selection: Selection,
): ReadonlyMap<string, ResolvedPrincipal> {
  const active = new Set(selection.active);
  const features = selection.active.map((id) => spec.features.get(id));
  const replaced = new Set(features.flatMap((feature) => feature?.replaces ?? []));
  const uses = features.flatMap((feature) => feature?.awsManagedPolicies ?? []);
  const resolved = new Map<string, ResolvedPrincipal>();
  for (const [id, principal] of spec.principals) {
    const created = principal.createdWith !== undefined && active.has(principal.createdWith);
    const exists =
      principal.existing !== undefined &&
      (principal.existing.with === undefined || principal.existing.with.some((f) => active.has(f)));
    if (!created && !exists) continue;
    const own = created ? (principal.role?.awsManagedPolicies ?? []) : [];
    const attachedByOthers = created ? [] : (principal.existing?.attached ?? []);
    const wanted = [...own.filter((policy) => !replaced.has(policy)), ...usesFor(principal, uses)];
    resolved.set(id, {
      spec: principal,
      created,
      awsManagedPolicies: [...new Set(wanted)].filter(
        (policy) => !attachedByOthers.includes(policy),
      ),
      attachedByOthers,
      limit: limitOf(id, spec.quotas),
    });
  }
  return resolved;
}

function usesFor(principal: PrincipalSpec, uses: readonly AwsManagedPolicyUse[]): string[] {
  return uses
    .filter(
      ({ attachTo }) =>
        attachTo.includes(principal.id) || (principal.node && attachTo.includes(NODE_PRINCIPALS)),
    )
    .map(({ policy }) => policy);
}

/** Roles and users have the same quota unless raised; a principal's own entry goes first. */
function limitOf(id: string, quotas: Quotas): number {
  return (
    quotas.principals.get(id) ??
    Math.min(quotas.managedPoliciesPerRole, quotas.managedPoliciesPerUser)
  );
}

/** Ids of existing principals that `attachTo` names, node principals resolved, in the spec's order. */
export function expandAttachTo(
  attachTo: readonly string[],
  principals: ReadonlyMap<string, ResolvedPrincipal>,
): string[] {
  return [...principals.values()]
    .filter(
      ({ spec }) => attachTo.includes(spec.id) || (spec.node && attachTo.includes(NODE_PRINCIPALS)),
    )
    .map(({ spec }) => spec.id);
}
