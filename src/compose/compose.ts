/**
 * Composing: from a selection and a target to the bundle that every emitter reads.
 * Pure: the same spec and target give the same bundle, and neither is changed.
 */
import type { IamBundle, ManagedPolicy, PackingInfo, Role } from '../model/bundle.ts';
import { type Problem, usageError } from '../model/errors.ts';
import type { FormerRun } from '../model/former.ts';
import type { Spec } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import { type Selection, selectFeatures } from '../select.ts';
import { type Amended, amendGroups, type Groups, groupInfos, renderGroup } from './groups.ts';
import { mootScopingWarnings } from './moot.ts';
import { findMoves } from './moves.ts';
import { checkNames } from './names.ts';
import {
  type Capacity,
  type PlannedPolicies,
  planPolicies,
  type Requirement,
  slotsFor,
} from './plan.ts';
import { toPolicies } from './policies.ts';
import {
  existingAttachments,
  expandAttachTo,
  type Principals,
  principalUses,
  resolvePrincipals,
} from './principals.ts';
import { provePermissions } from './prove.ts';
import { assertSuffixIsUsed, renamedRoleWarnings, toRoles } from './roles.ts';
import { openParameters, resolveValues, worstSizes } from './values.ts';

/**
 * @throws GenError: exit 2 for what is wrong in the target, 3 where it does not fit the quotas,
 * 1 where the proof fails.
 */
export function composeBundle(spec: Spec, target: Target, former?: FormerRun): IamBundle {
  const selection = selectFeatures(spec, target.features);
  const values = resolveValues(spec.parameters, target.parameters);
  const principals = resolvePrincipals(spec, selection);
  assertSuffixIsUsed(target, values, spec, principals);
  const amended = amendGroups(spec, selection, target.asOf);
  const groups: Groups = new Map(
    [...amended].map(([id, { group }]) => [id, renderGroup(group, values)]),
  );
  const size = worstSizes(spec.parameters, target.formats);

  const { requirements, homeless } = requirementsOf(groups, principals);
  const planned = planPolicies({
    requirements,
    capacities: capacitiesOf(principals, requirements, target),
    mode: target.mergeMode,
    limit: spec.quotas.managedPolicySize,
    size,
    // Asking for another merge mode is asking for another packing.
    former: !target.repack && former?.mergeMode === target.mergeMode ? former.policies : [],
  });
  const policies = toPolicies(planned, spec, groups, principals, target, values);
  provePermissions(obligationsOf(requirements, policies, principals));

  const roles = toRoles(principals, target, values);
  checkNames(policies, roles, spec, target);
  const existing = existingAttachments(principals, target);
  return {
    target: folderOf(selection, target),
    features: selection.features,
    activeFeatures: selection.active,
    bases: selection.bases,
    mergeMode: target.mergeMode,
    policyType: target.policyType,
    policies,
    roles,
    existing,
    principals: principalUses(principals, policies, values),
    groups: groupInfos(amended),
    openParameters: openParameters(
      spec.parameters,
      values,
      textsOf(policies, roles),
      target.formats,
    ),
    values,
    partition: values.get('partition') ?? 'aws',
    ...(values.get('accountId') === undefined
      ? {}
      : { accountId: values.get('accountId') as string }),
    path: target.path,
    ...(target.permissionsBoundary === undefined
      ? {}
      : { permissionsBoundary: target.permissionsBoundary }),
    tags: target.tags,
    packing: packingInfos(planned),
    moves: findMoves(former?.policies ?? [], policies),
    warnings: [
      ...selection.warnings,
      ...homeless.map((id) => withoutPrincipal(id, groups)),
      ...mootScopingWarnings(spec, groups, principals, values),
      ...renamedRoleWarnings(roles, target, values, spec),
    ],
    notes: [...selection.notes, ...unusedValueNotes(spec, target, amended, roles)],
  };
}

/** What each group asks for whom, in the spec's order; groups that nobody holds apart. */
function requirementsOf(
  groups: Groups,
  principals: Principals,
): { requirements: Requirement[]; homeless: string[] } {
  const all = [...groups.values()].map((group) => ({
    group: group.id,
    principals: expandAttachTo(group.attachTo, principals),
    statements: group.statements.map((statement, number) => ({
      statement,
      origins: [{ group: group.id, statements: [number] }],
    })),
  }));
  const held = (requirement: Requirement): boolean => requirement.principals.length > 0;
  return {
    requirements: all.filter(held),
    homeless: all.filter((requirement) => !held(requirement)).map(({ group }) => group),
  };
}

function withoutPrincipal(id: string, groups: Groups): Problem {
  return {
    code: 'no-principal',
    message: `Group "${id}" is for ${groups.get(id)?.attachTo.join(', ')}, which does not exist in this selection; nothing is generated for it.`,
  };
}

/**
 * @throws GenError (exit 2) where the reserve leaves no slot to a principal that needs one.
 */
function capacitiesOf(
  principals: Principals,
  requirements: readonly Requirement[],
  { reserve, maxPolicies }: Target,
): ReadonlyMap<string, Capacity> {
  const holders = new Set(requirements.flatMap((requirement) => requirement.principals));
  const capacities = [...principals].map(([id, principal]) => {
    const capacity = {
      limit: principal.limit,
      taken: principal.awsManagedPolicies.length + principal.attachedByOthers.length,
      reserve,
      ...(maxPolicies === undefined ? {} : { most: maxPolicies }),
    };
    if (reserve > 0 && holders.has(id) && slotsFor(capacity) === 0) {
      throw usageError(
        'no-slot-left',
        `--reserve ${reserve} leaves no slot on "${id}": its quota is ${capacity.limit}, and ${capacity.taken} are taken.`,
        `Reserve at most ${Math.max(0, capacity.limit - capacity.taken - 1)}.`,
      );
    }
    return [id, capacity] as const;
  });
  return new Map(capacities);
}

function obligationsOf(
  requirements: readonly Requirement[],
  policies: readonly ManagedPolicy[],
  principals: Principals,
) {
  return [...principals.keys()].map((principal) => ({
    principal,
    asked: requirements
      .filter((requirement) => requirement.principals.includes(principal))
      .flatMap(({ statements }) => statements.map(({ statement }) => statement)),
    written: policies
      .filter(({ attachTo }) => attachTo.includes(principal))
      .map(({ document }) => document),
  }));
}

/** Where packing had a choice. */
function packingInfos(planned: readonly PlannedPolicies[]): PackingInfo[] {
  return planned
    .filter(({ merged, documents }) => merged || documents.length > 1)
    .map(({ principals, requirements, documents, lowerBound }) => ({
      principals,
      groups: requirements.map(({ group }) => group),
      policies: documents.length,
      lowerBound,
    }));
}

/** The target's folder below the output folder: its name, or the features as typed. */
function folderOf(selection: Selection, target: Target): string {
  return target.name ?? (selection.features.join('-') || selection.active.join('-'));
}

/**
 * The folder that a target will be generated into.
 * @throws GenError (exit 2) for features that cannot be selected.
 */
export function targetFolder(spec: Spec, target: Target): string {
  return folderOf(selectFeatures(spec, target.features), target);
}

function* textsOf(policies: readonly ManagedPolicy[], roles: readonly Role[]): Generator<string> {
  for (const { name, document } of policies) {
    yield name;
    yield JSON.stringify(document);
  }
  for (const { name, instanceProfile } of roles) {
    yield name;
    if (instanceProfile !== undefined) yield instanceProfile.name;
  }
}

function unusedValueNotes(
  spec: Spec,
  target: Target,
  amended: ReadonlyMap<string, Amended>,
  roles: readonly Role[],
): string[] {
  const everywhere = new Set(['partition', 'accountId', 'nameSuffix']);
  const texts = [...amended.values()].map(({ group }) =>
    JSON.stringify([group.policyName, group.statements]),
  );
  const role = roles.map(({ name }) => name);
  return [...target.parameters.keys()]
    .filter((name) => !everywhere.has(name))
    .filter((name) => ![...texts, ...role].some((text) => text.includes(`{{${name}}}`)))
    .map((name) => {
      const flag = spec.parameters.get(name)?.flag ?? `--param ${name}`;
      return `${flag} is not used by the selected features.`;
    });
}
