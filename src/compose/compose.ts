/**
 * Composing: from a selection and a target to the bundle that every emitter reads.
 * Pure: the same spec and target give the same bundle, and neither is changed.
 */

import type { IamBundle, ManagedPolicy, PackingInfo } from '../model/bundle.ts';
import { usageError, type Warning } from '../model/errors.ts';
import { actionsOf, resourcesOf } from '../model/grant.ts';
import { RunMemory } from '../model/memo.ts';
import type { PreviousPolicy, PreviousRun } from '../model/previous-run.ts';
import type { Spec } from '../model/requirement.ts';
import type { Target, TargetOptions } from '../model/target.ts';
import { withDefaults } from '../model/validated-target.ts';
import { accepted } from './accepted.ts';
import type { Catalogue } from './catalogue.ts';
import {
  assertOidcProviderIsUsed,
  checkPath,
  checkResources,
  checkTrusted,
  specWarnings,
} from './checks/aws-rules.ts';
import { ineffectiveScopingWarnings } from './checks/ineffective-scoping.ts';
import { assertFeaturesExist, assertRegionsExist } from './checks/partition.ts';
import { allowRolePatterns, checkPassedRoles, rolePatternNotes } from './checks/passed-roles.ts';
import { checkSharedHolders } from './checks/shared-holders.ts';
import { openDefaults, splitDefaults } from './defaults.ts';
import {
  checkDeployed,
  deployedPolicies,
  deployedRoles,
  deployedUsers,
  pathReplacements,
} from './deployed.ts';
import { type Amended, amendGroups, type Groups, groupInfos, renderGroup } from './groups.ts';
import { rememberingMerge } from './merge/remembered.ts';
import {
  type Created,
  checkNames,
  longestNamePrefix,
  parametersFittingNames,
  parametersFittingTrust,
} from './names.ts';
import { narrowGroups, narrowingInfo, placesOf } from './narrow.ts';
import { findMoves } from './plan/moves.ts';
import { planPolicies } from './plan/plan.ts';
import type { PlannedPolicies, Requirement } from './plan/planned.ts';
import { toPolicies } from './policies.ts';
import {
  existingAttachments,
  type Principals,
  principalUses,
  resolvePrincipals,
} from './principals.ts';
import { proveNarrowing, provePermissions } from './prove.ts';
import { capacitiesOf, obligationsOf, requirementsOf, withoutPrincipal } from './requirements.ts';
import {
  assertSuffixIsUsed,
  renamedRoleWarnings,
  toPaletteIrsaRoles,
  toRoles,
  toUsers,
} from './roles.ts';
import { type Selection, selectFeatures } from './select.ts';
import { type Planning, settle } from './settle.ts';
import { shrinkInfo, shrinkWarnings, shrinkWith } from './shrinking.ts';
import { stackDifferences } from './stack-differences.ts';
import { openParameters, resolveValues, worstSizes } from './values.ts';
import { identitiesOf } from './workloads.ts';

/** What composing reads beside the spec and the target. */
export interface ComposeInputs {
  /** The run before, whose grants stay where they are. */
  readonly previous?: PreviousRun | undefined;
  /** Needed for shrinking. */
  readonly catalogue?: Catalogue | undefined;
  /** Of the run, where several targets are composed. */
  readonly memory?: RunMemory | undefined;
  /** Called before each step that may take long. */
  readonly onStep?: ((step: Step) => void) | undefined;
}

export interface Step {
  readonly name: 'packing' | 'proving';
  /** How many grants are asked for, each as often as it is: what a step's time goes by. */
  readonly grants: number;
}

/**
 * @throws GenError: exit 2 for what is wrong in the target, 3 where it does not fit the quotas,
 * 1 where the proof fails.
 */
export function composeBundle(
  spec: Spec,
  options: TargetOptions,
  inputs: ComposeInputs = {},
): IamBundle {
  const target = withDefaults(options);
  if (target.shrink !== undefined && inputs.catalogue === undefined) {
    throw new TypeError('shrinking needs the action catalogue');
  }
  const resolved = resolve(spec, target);
  const made = plan(resolved, inputs);
  prove(resolved, made, inputs);
  const { roles, users, principals, capacities } = resolved;
  const created = { policies: made.policies, roles, users };
  checkNames(created, made.fitting, target);
  checkSharedHolders({
    existing: existingAttachments(principals, target),
    created,
    principals,
    capacities,
  });
  return describe(resolved, made, inputs);
}

/** What is asked for, by whom, and with which values. */
type Resolved = ReturnType<typeof resolve>;

function resolve(spec: Spec, target: Target) {
  checkPath(target, spec);
  const selection = selectFeatures(spec, target.features);
  const allValues = resolveValues(spec.parameters, target.parameters);
  assertFeaturesExist(spec, selection, allValues.get('partition'));
  assertRegionsExist(target, allValues.get('partition'));
  const { fixed: values, defaults } = splitDefaults(allValues, target.parameters, target.formats);
  const identities = identitiesOf(spec, selection, target);
  const principals = resolvePrincipals(spec, selection, target, {
    identities,
    values: allValues,
  });
  assertSuffixIsUsed(target, values, spec, principals);
  const amended = amendGroups(spec, selection, target, identities);
  assertOidcProviderIsUsed(
    target,
    new Map([...amended].map(([id, { group }]) => [id, group])),
    principals,
  );
  const { groups, rendered, narrowing } = groupsIn(amended, { spec, selection, target, values });
  checkResources(groups, spec);
  const { requirements, unattached } = requirementsOf(groups, principals, target.policyType);
  const capacities = capacitiesOf(principals, requirements, spec.quotas, target);
  const ownRoles = toRoles(principals, target, values);
  const roles = deployedRoles(ownRoles, target);
  checkTrusted(roles);
  checkPassedRoles({ roles, groups, spec, selection, target });
  const paletteIrsaRoles = toPaletteIrsaRoles(principals, values);
  const ownUsers = toUsers(principals, target, values);
  return {
    spec,
    paletteIrsaRoles,
    target,
    selection,
    allValues,
    values,
    defaults,
    principals,
    amended,
    rendered,
    groups,
    requirements,
    unattached,
    capacities,
    ownRoles,
    roles,
    ownUsers,
    narrowing,
    users: deployedUsers(ownUsers, target),
  };
}

/** The groups with values in them, widened and narrowed as the target asks. */
function groupsIn(
  amended: ReadonlyMap<string, Amended>,
  {
    spec,
    selection,
    target,
    values,
  }: {
    readonly spec: Spec;
    readonly selection: Selection;
    readonly target: Target;
    readonly values: ReadonlyMap<string, string>;
  },
) {
  const widened = (known: ReadonlyMap<string, string>): Groups => {
    const documented = [...amended].map(
      ([id, { group }]) => [id, renderGroup(group, known, spec.parameters)] as const,
    );
    return allowRolePatterns({
      groups: new Map(documented),
      spec,
      selection,
      target,
      values: known,
    });
  };
  const wide = widened(values);
  const places = placesOf(target, values);
  const groups = narrowGroups(wide, places);
  if (groups !== wide) proveNarrowing(wide, groups);
  return {
    groups,
    rendered: (known: ReadonlyMap<string, string>): Groups =>
      narrowGroups(widened(known), placesOf(target, known)),
    narrowing: narrowingInfo(wide, groups, places),
  };
}

/** The policies, and how they were packed. */
interface Made {
  readonly planned: readonly PlannedPolicies[];
  readonly policies: readonly ManagedPolicy[];
  /** The spec with parameters as short as names of roles and of add-ons' policies want them. */
  readonly fitting: Spec;
  /** Policies of the run before, in this one's words. */
  readonly before: readonly PreviousPolicy[];
}

function plan(resolved: Resolved, { previous, catalogue, onStep }: ComposeInputs): Made {
  const { spec, target, values, defaults, principals, groups, requirements, capacities } = resolved;
  const size = worstSizes(spec.parameters, target.formats);
  const limitOf = ([principal]: readonly string[]): number =>
    target.policyType === 'managed'
      ? spec.quotas.managedPolicySize
      : (capacities.get(principal ?? '')?.limit ?? 0);
  const shrink =
    target.shrink === undefined || catalogue === undefined
      ? {}
      : { shrink: shrinkWith(catalogue, target.shrink, size, requirements) };
  const mode = target.mergeMode;
  const input = { requirements, capacities, mode, limitOf, size, ...shrink };
  const merge = rememberingMerge(size);
  const planAgainst = (before: readonly PreviousPolicy[]): Planning => {
    onStep?.({ name: 'packing', grants: countGrants(requirements) });
    const planned = planPolicies({ ...input, merge, previous: before });
    const { roles, users } = resolved;
    return {
      planned,
      policies: toPolicies({
        ...{ planned, spec, groups, principals, target, values, limitOf },
        ...{ roles, users },
      }),
    };
  };
  // Asking for another merge mode is asking for another packing.
  const isSteady = !target.repack && previous?.mergeMode === mode;
  const before = openDefaults(previous?.policies ?? [], groups, defaults);
  const settled = settle(planAgainst(isSteady ? before : []), planAgainst);
  const { ownRoles, ownUsers } = resolved;
  checkDeployed(target, { policies: settled.policies, roles: ownRoles, users: ownUsers });
  const policies = deployedPolicies(settled.policies, target, previous, defaults);
  return { planned: settled.planned, policies, fitting: fittingSpec(resolved, policies), before };
}

function fittingSpec(
  { spec, target, roles, users, paletteIrsaRoles, principals }: Resolved,
  policies: readonly ManagedPolicy[],
): Spec {
  const ofAddOns = policies.filter(({ attachTo }) =>
    attachTo.every((id) => principals.get(id)?.spec.workload !== undefined),
  );
  const names = [
    ...[...roles, ...paletteIrsaRoles].map(({ name }) => ({ name, limit: spec.quotas.roleName })),
    ...users.map(({ name }) => ({ name, limit: spec.quotas.userName })),
    ...ofAddOns.map(({ name }) => ({ name, limit: spec.quotas.policyName })),
  ];
  const fittingNames = parametersFittingNames(names, spec.parameters);
  const parameters = parametersFittingTrust(
    roles.map(({ trust }) => trust),
    fittingNames,
    { limit: spec.quotas.trustPolicySize, formats: target.formats },
  );
  return { ...spec, parameters };
}

function prove(
  { requirements, principals }: Resolved,
  { policies }: Made,
  { catalogue, onStep }: ComposeInputs,
): void {
  onStep?.({ name: 'proving', grants: countGrants(requirements) });
  provePermissions(obligationsOf(requirements, policies, principals), catalogue);
}

function describe(
  resolved: Resolved,
  { planned, policies, fitting, before }: Made,
  inputs: ComposeInputs,
): IamBundle {
  const { previous, catalogue } = inputs;
  const { spec, target, selection, values, defaults, principals, amended, capacities } = resolved;
  const { roles, users } = resolved;
  const created = { policies, roles, users };
  const { warnings, notes: acceptedNotes } = accepted(
    warningsOf(resolved, planned, inputs),
    target.accept ?? [],
  );
  return {
    target: folderOf(selection, target),
    features: selection.features,
    activeFeatures: selection.active,
    bases: selection.bases,
    mergeMode: target.mergeMode,
    policyType: target.policyType,
    stackset: target.stackset,
    ...created,
    paletteIrsaRoles: resolved.paletteIrsaRoles,
    existing: existingAttachments(principals, target),
    principals: principalUses(principals, policies, capacities, values),
    groups: groupInfos(amended),
    openParameters: openParameters({
      parameters: fitting.parameters,
      values,
      texts: textsOf(created),
      formats: target.formats,
      defaults,
    }),
    values,
    defaults,
    partition: values.get('partition') ?? '{{partition}}',
    ...(values.get('accountId') === undefined
      ? {}
      : { accountId: values.get('accountId') as string }),
    namePrefix: {
      value: target.namePrefix,
      maxLength: longestNamePrefix(created, fitting, target),
    },
    path: target.path,
    longestPath: spec.quotas.path,
    ...(target.permissionsBoundary === undefined
      ? {}
      : { permissionsBoundary: target.permissionsBoundary }),
    tags: target.tags,
    packing: packingInfos(planned),
    ...(resolved.narrowing === undefined ? {} : { narrowing: resolved.narrowing }),
    ...(catalogue === undefined || target.shrink === undefined
      ? {}
      : { shrink: shrinkInfo(planned, target.shrink, catalogue) }),
    moves: findMoves(before, policies),
    replacements: pathReplacements({ bundle: target, policies, roles, previous, defaults }),
    stackDifferences: stackDifferences({
      spec,
      target,
      values,
      principals,
      amended,
      roles,
      policies,
    }),
    pendingPermissions: [...amended.values()].reduce((sum, { pending }) => sum + pending, 0),
    warnings,
    notes: [...notesOf(resolved), ...acceptedNotes],
  };
}

function warningsOf(
  resolved: Resolved,
  planned: readonly PlannedPolicies[],
  { catalogue, memory = new RunMemory() }: ComposeInputs,
): readonly Warning[] {
  const { spec, target, selection, allValues, values, principals, groups, roles } = resolved;
  return [
    ...selection.warnings,
    ...specWarnings(groups, principals),
    ...resolved.unattached.map((id) => withoutPrincipal(id, groups)),
    ...(catalogue === undefined ? [] : shrinkWarnings(planned, resolved.requirements, catalogue)),
    ...renamedRoleWarnings(roles, target, values, spec),
    // Last: most of these are faults of the sources, which a user cannot mend.
    ...ineffectiveScopingWarnings({
      spec,
      groups: resolved.rendered(allValues),
      principals,
      values: allValues,
      memory,
    }),
  ];
}

function notesOf({
  spec,
  target,
  selection,
  values,
  principals,
  amended,
  roles,
  users,
}: Resolved): readonly string[] {
  return [
    ...selection.notes,
    ...dateNotes(target, amended),
    ...rolePatternNotes(target, values),
    ...(target.permissionsBoundary !== undefined && roles.length + users.length === 0
      ? ['--permissions-boundary is not used: the selected features create no role or user.']
      : []),
    ...unusedValueNotes(spec, target, selection, { amended, principals }),
  ];
}

/** What a document said before gen's copy of it was taken is not known. */
function dateNotes({ asOf }: Target, amended: Resolved['amended']): readonly string[] {
  if (asOf === undefined || asOf === 'latest') return [];
  const newer = [...amended.values()].filter(
    ({ group: { source } }) => source !== undefined && source.lastUpdate > asOf,
  );
  if (newer.length === 0) return [];
  const first = newer.map(({ group }) => group.source?.lastUpdate).toSorted()[0];
  return [
    `--as-of ${asOf} is before the documents of ${newer.map(({ group }) => group.id).join(', ')} (from ${first} on): they are taken as they are, for gen does not know them earlier.`,
  ];
}

function countGrants(requirements: readonly Requirement[]): number {
  const statements = requirements.flatMap((requirement) => requirement.statements);
  return statements.reduce(
    (sum, { statement }) => sum + actionsOf(statement).length * resourcesOf(statement).length,
    0,
  );
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
  if (target.name !== undefined) return target.name;
  const joined = selection.features.join('-') || selection.active.join('-');
  if (joined.length <= LONGEST_FOLDER) return joined;
  throw usageError(
    'name-too-long',
    `The folder's name, the features joined with -, would have ${joined.length} characters.`,
    'Give a shorter one with --name.',
  );
}

/** File systems take 255 bytes; some need a few for themselves. */
const LONGEST_FOLDER = 200;

/**
 * The folder that a target will be generated into.
 * @throws GenError (exit 2) for features that cannot be selected.
 */
export function targetFolder(spec: Spec, target: Target): string {
  return folderOf(selectFeatures(spec, target.features), target);
}

function* textsOf({ policies, roles, users }: Created): Generator<string> {
  for (const { name, description, document } of policies) {
    yield name;
    yield description;
    yield JSON.stringify(document);
  }
  for (const each of [...roles, ...users]) yield JSON.stringify(each);
}

function unusedValueNotes(
  spec: Spec,
  target: Target,
  { active }: Selection,
  {
    amended,
    principals,
  }: { readonly amended: ReadonlyMap<string, Amended>; readonly principals: Principals },
): string[] {
  const everywhere = new Set(['partition', 'accountId', 'nameSuffix']);
  const texts = [...amended.values()].map(({ group }) =>
    JSON.stringify([group.policyName, group.statements]),
  );
  const attached = active.map((id) => JSON.stringify(spec.features.get(id)?.awsManagedPolicies));
  const role = [...principals.values()].map(({ role = '', user = '' }) =>
    JSON.stringify([role, user]),
  );
  return [...target.parameters.keys()]
    .filter((name) => !everywhere.has(name))
    .filter((name) => name !== 'region' || target.narrow?.includes('region') !== true)
    .filter(
      (name) => ![...texts, ...role, ...attached].some((text) => text.includes(`{{${name}}}`)),
    )
    .map((name) => {
      const flag = spec.parameters.get(name)?.flag ?? `--param ${name}`;
      return `${flag} is not used by the selected features.`;
    });
}
