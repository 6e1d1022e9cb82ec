/**
 * Which add-ons a selection has, and how each gets its permissions.
 *
 * 1. A selection has an add-on where a selected group or feature attaches something to it, or where
 *    the target names its identity.
 * 2. Its identity is the one that the target names for it, else the one for all add-ons, else the
 *    first that the spec lists.
 * 3. With `node` it is no principal: what is for it is for the nodes. Otherwise it is one.
 * 4. Service accounts of EKS clusters only can have another identity than `node`.
 */
import { GenError, type Problem } from '../model/errors.ts';
import { type Identity, serviceAccountText } from '../model/identity.ts';
import { didYouMean } from '../model/nearest.ts';
import { NODE_PRINCIPALS, type PrincipalSpec, type Spec, VPC_CNI } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import type { Selection } from './select.ts';

/** By principal id, in the spec's order: every add-on of the selection. */
export type Identities = ReadonlyMap<string, Identity>;

/** @throws GenError (exit 2) for an add-on that there is not, or an identity that one cannot have */
export function identitiesOf(spec: Spec, selection: Selection, target: Target): Identities {
  const named = namedIdentities(target);
  const workloads = [...spec.principals.values()].filter(({ workload }) => workload !== undefined);
  const ids = workloads.map(({ id }) => id);
  const problems: Problem[] = [...named.keys()]
    .filter((id) => !ids.includes(id))
    .map((id) => unknownAddOn(id, ids));
  const used = usedPrincipals(spec, selection);
  const identities = new Map<string, Identity>();
  for (const principal of workloads) {
    const { id } = principal;
    if (!used.has(id) && !named.has(id)) continue;
    const allowed = principal.workload?.identities ?? [];
    const asked = named.get(id) ?? target.identity;
    if (asked !== undefined && !allowed.includes(asked)) {
      problems.push(cannotHave(principal, asked));
    } else if (asked !== undefined && asked !== 'node' && isIaasOnly(spec, selection)) {
      problems.push(onlyOnEks(id, asked, selection));
    }
    const usual = isIaasOnly(spec, selection) && allowed.includes('node') ? 'node' : allowed[0];
    identities.set(id, asked ?? usual ?? 'node');
  }
  if (problems.length > 0) throw new GenError(2, problems);
  return identities;
}

/** `attachTo` with the node principals in place of add-ons that run with the nodes' permissions. */
export function resolveAttachTo(
  attachTo: readonly string[],
  identities: Identities,
): readonly string[] {
  const resolved = attachTo.map((id) => (identities.get(id) === 'node' ? NODE_PRINCIPALS : id));
  return [...new Set(resolved)];
}

function namedIdentities({ identities, cniPrincipal }: Target): ReadonlyMap<string, Identity> {
  return new Map<string, Identity>([
    ...(cniPrincipal === undefined ? [] : [[VPC_CNI, cniPrincipal] as const]),
    ...(identities ?? []),
  ]);
}

function usedPrincipals(spec: Spec, selection: Selection): ReadonlySet<string> {
  const groups = selection.groups.flatMap((id) => spec.groups.get(id)?.attachTo ?? []);
  const uses = selection.active.flatMap((id) =>
    (spec.features.get(id)?.awsManagedPolicies ?? []).flatMap(({ attachTo }) => attachTo),
  );
  return new Set([...groups, ...uses]);
}

/** Whether every base of the selection is for IaaS clusters. */
function isIaasOnly(spec: Spec, { bases }: Selection): boolean {
  return bases.length > 0 && bases.every((id) => spec.features.get(id)?.clusters === 'iaas');
}

function unknownAddOn(id: string, known: readonly string[]): Problem {
  return {
    code: 'unknown-add-on',
    message: `There is no add-on "${id}" with a service account.`,
    advice: didYouMean(id, known) ?? `Add-ons: ${known.join(', ')}.`,
  };
}

function cannotHave({ id, workload }: PrincipalSpec, asked: Identity): Problem {
  return {
    code: 'impossible-identity',
    message: `The add-on "${id}" cannot have the identity ${asked}.`,
    advice: `It can have: ${workload?.identities.join(', ')}.`,
  };
}

function onlyOnEks(id: string, asked: Identity, { bases }: Selection): Problem {
  return {
    code: 'impossible-identity',
    message: `The add-on "${id}" cannot have the identity ${asked}: ${bases.join(' and ')} ${bases.length === 1 ? 'is' : 'are'} for IaaS clusters, and only EKS clusters have IRSA and Pod Identity.`,
    advice: 'Use --identity node, or add a base for EKS clusters.',
  };
}

/** E.g. `kube-system/aws-node`. */
export function accountOf({ workload }: PrincipalSpec): string {
  return workload === undefined ? '' : serviceAccountText(workload.serviceAccount);
}
