/**
 * Composing: from a selection and a target to the bundle that every emitter reads.
 * Pure: the same spec and target give the same bundle, and neither is changed.
 */

import type { Catalogue } from '../catalogue.ts';
import type {
  IamBundle,
  ManagedPolicy,
  PackingInfo,
  PolicyType,
  Role,
  ShrinkInfo,
  ShrinkShape,
} from '../model/bundle.ts';
import { type Problem, usageError } from '../model/errors.ts';
import type { FormerRun } from '../model/former.ts';
import type { Quotas, Spec } from '../model/requirement.ts';
import type { SizeModel } from '../model/size.ts';
import type { Target } from '../model/target.ts';
import { type Selection, selectFeatures } from '../select.ts';
import { type Amended, amendGroups, type Groups, groupInfos, renderGroup } from './groups.ts';
import { mootScopingWarnings } from './moot.ts';
import { checkNames, stemOf } from './names.ts';
import { freeOf } from './plan/capacity.ts';
import { findMoves } from './plan/moves.ts';
import { planPolicies } from './plan/plan.ts';
import type { Capacity, PlanInput, PlannedPolicies, Requirement } from './plan/planned.ts';
import { toPolicies } from './policies.ts';
import {
  existingAttachments,
  expandAttachTo,
  inlineLimitOf,
  type Principals,
  principalUses,
  resolvePrincipals,
} from './principals.ts';
import { provePermissions } from './prove.ts';
import { assertSuffixIsUsed, renamedRoleWarnings, toRoles } from './roles.ts';
import { unknownActions } from './shrink/expand.ts';
import { shrinkStatements } from './shrink/shrink.ts';
import { byText } from './sourced.ts';
import { openParameters, resolveValues, worstSizes } from './values.ts';

/** What composing reads beside the spec and the target. */
export interface ComposeInputs {
  /** The run before, whose grants stay where they are. */
  readonly former?: FormerRun | undefined;
  /** Needed for shrinking. */
  readonly catalogue?: Catalogue | undefined;
}

/**
 * @throws GenError: exit 2 for what is wrong in the target, 3 where it does not fit the quotas,
 * 1 where the proof fails.
 */
export function composeBundle(
  spec: Spec,
  target: Target,
  { former, catalogue }: ComposeInputs = {},
): IamBundle {
  if (target.shrink !== undefined && catalogue === undefined) {
    throw new TypeError('shrinking needs the action catalogue');
  }
  const selection = selectFeatures(spec, target.features);
  const values = resolveValues(spec.parameters, target.parameters);
  const principals = resolvePrincipals(spec, selection, target);
  assertSuffixIsUsed(target, values, spec, principals);
  const amended = amendGroups(spec, selection, target.asOf);
  const groups: Groups = new Map(
    [...amended].map(([id, { group }]) => [id, renderGroup(group, values)]),
  );
  const size = worstSizes(spec.parameters, target.formats);

  const { requirements, homeless } = requirementsOf(groups, principals, target.policyType);
  const capacities = capacitiesOf(principals, requirements, spec.quotas, target);
  const limitOf = ([principal]: readonly string[]): number =>
    target.policyType === 'managed'
      ? spec.quotas.managedPolicySize
      : (capacities.get(principal ?? '')?.limit ?? 0);
  const planned = planPolicies({
    requirements,
    capacities,
    mode: target.mergeMode,
    limitOf,
    size,
    ...(target.shrink !== undefined && catalogue !== undefined
      ? { shrink: shrinkWith(catalogue, target.shrink, size, requirements) }
      : {}),
    // Asking for another merge mode is asking for another packing.
    former: !target.repack && former?.mergeMode === target.mergeMode ? former.policies : [],
  });
  const roles = toRoles(principals, target, values);
  const policies = toPolicies(planned, spec, groups, principals, target, values, limitOf, roles);
  provePermissions(obligationsOf(requirements, policies, principals), catalogue);

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
    principals: principalUses(principals, policies, capacities, values),
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
    ...(catalogue === undefined || target.shrink === undefined
      ? {}
      : { shrink: shrinkInfo(planned, target.shrink, catalogue) }),
    moves: findMoves(former?.policies ?? [], policies),
    warnings: [
      ...selection.warnings,
      ...homeless.map((id) => withoutPrincipal(id, groups)),
      ...(catalogue === undefined ? [] : shrinkWarnings(planned, requirements, catalogue)),
      ...renamedRoleWarnings(roles, target, values, spec),
      // Last: most of these are faults of the sources, which a user cannot mend.
      ...mootScopingWarnings(spec, groups, principals, values),
    ],
    notes: [
      ...selection.notes,
      ...(target.permissionsBoundary !== undefined && roles.length === 0
        ? ['--permissions-boundary is not used: the selected features create no role.']
        : []),
      ...unusedValueNotes(spec, target, amended, roles),
    ],
  };
}

/** What each group asks for whom, in the spec's order; groups that nobody holds apart. */
function requirementsOf(
  groups: Groups,
  principals: Principals,
  policyType: PolicyType,
): { requirements: Requirement[]; homeless: string[] } {
  const all = [...groups.values()].map((group) => ({
    group: group.id,
    stem: stemOf(group.policyName),
    principals: expandAttachTo(group.attachTo, principals),
    statements: group.statements.map((statement, number) => ({
      statement,
      origins: [{ group: group.id, statements: [number] }],
    })),
  }));
  const held = (requirement: Requirement): boolean => requirement.principals.length > 0;
  return {
    // Inline policies stand in one principal each.
    requirements:
      policyType === 'managed'
        ? all.filter(held)
        : all.flatMap((each) => each.principals.map((id) => ({ ...each, principals: [id] }))),
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
 * @throws GenError (exit 2) where the reserve leaves no slot to a principal that needs one, or where
 * slots are spoken of and policies are inline.
 */
function capacitiesOf(
  principals: Principals,
  requirements: readonly Requirement[],
  quotas: Quotas,
  target: Target,
): ReadonlyMap<string, Capacity> {
  const { reserve, maxPolicies: most } = target;
  if (target.policyType === 'inline') {
    if (reserve > 0 || most !== undefined) {
      throw usageError(
        'inline-has-no-slots',
        '--reserve and --max-policies count managed policies, and --policy-type is inline.',
        'Leave them out, or choose --policy-type managed.',
      );
    }
    return new Map(
      [...principals.keys()].map((id) => {
        const limit = inlineLimitOf(id, quotas, target);
        return [id, { unit: 'characters', limit, taken: 0, reserve: 0 }];
      }),
    );
  }
  const holders = new Set(requirements.flatMap((requirement) => requirement.principals));
  return new Map(
    [...principals].map(([id, { limit, awsManagedPolicies, attachedByOthers }]) => {
      const taken = awsManagedPolicies.length + attachedByOthers.length;
      const capacity: Capacity = {
        unit: 'policies',
        limit,
        taken,
        reserve,
        ...(most === undefined ? {} : { most }),
      };
      if (reserve > 0 && holders.has(id) && freeOf(capacity) === 0) {
        throw usageError(
          'no-slot-left',
          `--reserve ${reserve} leaves no slot on "${id}": its quota is ${limit}, and ${taken} are taken.`,
          `Reserve at most ${Math.max(0, limit - taken - 1)}.`,
        );
      }
      return [id, capacity];
    }),
  );
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

/** Actions that the requirements ask for, in lower case. */
function askedActions(requirements: readonly Requirement[]): ReadonlySet<string> {
  return new Set(
    requirements.flatMap(({ statements }) =>
      statements.flatMap(
        ({ statement }) => statement.Action?.map((each) => each.toLowerCase()) ?? [],
      ),
    ),
  );
}

function shrinkWith(
  catalogue: Catalogue,
  shape: ShrinkShape,
  size: SizeModel,
  requirements: readonly Requirement[],
): NonNullable<PlanInput['shrink']> {
  const asked = askedActions(requirements);
  const isAsked = (action: string): boolean => asked.has(action.toLowerCase());
  return (statements, limit, countDocuments) =>
    shrinkStatements({ statements, limit, size, catalogue, shape, countDocuments, isAsked });
}

function shrinkInfo(
  planned: readonly PlannedPolicies[],
  shape: ShrinkShape,
  catalogue: Catalogue,
): ShrinkInfo {
  const wildcards = new Map(
    planned.flatMap((each) =>
      each.wildcards.map((wildcard) => [wildcard.pattern, wildcard] as const),
    ),
  );
  return {
    shape,
    catalogueDate: catalogue.date,
    wildcards: [...wildcards.values()].sort((a, b) => byText(a.pattern, b.pattern)),
  };
}

function shrinkWarnings(
  planned: readonly PlannedPolicies[],
  requirements: readonly Requirement[],
  catalogue: Catalogue,
): Problem[] {
  const warnings: Problem[] = [];
  const unknown = unknownActions(
    requirements.flatMap(({ statements }) => statements),
    catalogue,
  );
  if (unknown.length > 0) {
    warnings.push({
      code: 'unknown-action',
      message: `The action catalogue of ${catalogue.date} does not know ${unknown.join(', ')}.`,
      advice: 'They are kept as they are. Check their spelling, or update gen.',
    });
  }
  if (planned.some(({ wildcards }) => wildcards.length > 0)) {
    warnings.push({
      code: 'wildcards-widen',
      message: `Wildcards stand for what AWS had on ${catalogue.date}; each widens when AWS adds an action that it matches.`,
      advice:
        'Generate again with a newer gen from time to time: a wildcard that is no longer exact goes.',
    });
  }
  return warnings;
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
  for (const { name, description, document } of policies) {
    yield name;
    yield description;
    yield JSON.stringify(document);
  }
  for (const role of roles) yield JSON.stringify(role);
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
