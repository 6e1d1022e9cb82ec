/**
 * Composing: from a selection and a target to the bundle that every emitter reads.
 * Pure: the same spec and target give the same bundle, and neither is changed.
 */
import type {
  ExistingAttachment,
  GroupInfo,
  IamBundle,
  ManagedPolicy,
  Origin,
  PrincipalUse,
  Role,
} from '../model/bundle.ts';
import { type Problem, usageError } from '../model/errors.ts';
import { render } from '../model/parameter.ts';
import {
  type Condition,
  type PolicyDocument,
  type Statement,
  toTrustPolicyJson,
} from '../model/policy.ts';
import { NODE_PRINCIPALS, type RequirementGroup, type Spec } from '../model/requirement.ts';
import { documentSize } from '../model/size.ts';
import type { Target } from '../model/target.ts';
import { type Selection, selectFeatures } from '../select.ts';
import { amendGroup } from '../spec/amend.ts';
import { mootScopingWarnings } from './moot.ts';
import { checkName, namePolicies, pascalCase, stemOf, uniqueIds } from './names.ts';
import { type PlannedPolicies, planPolicies, type Requirement } from './plan.ts';
import { expandAttachTo, type ResolvedPrincipal, resolvePrincipals } from './principals.ts';
import { provePermissions } from './prove.ts';
import { openParameters, presentSizes, resolveValues, worstSizes } from './values.ts';

type Groups = ReadonlyMap<string, RequirementGroup>;
type Principals = ReadonlyMap<string, ResolvedPrincipal>;

/**
 * @throws GenError: exit 2 for what is wrong in the target, 3 where it does not fit the quotas,
 * 1 where the proof fails.
 */
export function composeBundle(spec: Spec, target: Target): IamBundle {
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
    capacities: capacitiesOf(principals, target.reserve),
    mode: target.mergeMode,
    limit: spec.quotas.managedPolicySize,
    size,
  });
  const policies = toPolicies(planned, spec, groups, principals, target, values);
  provePermissions(obligationsOf(requirements, policies, principals));

  const roles = toRoles(principals, target, values);
  checkNames(policies, roles, spec, target);
  const existing = existingAttachments(principals, target);
  return {
    target: target.name ?? (selection.features.join('-') || selection.active.join('-')),
    features: selection.features,
    activeFeatures: selection.active,
    bases: selection.bases,
    mergeMode: target.mergeMode,
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
    warnings: [
      ...selection.warnings,
      ...homeless.map((id) => withoutPrincipal(id, groups)),
      ...mootWarnings(spec, groups, principals, values),
      ...renamedRoleWarnings(roles, target, values, spec),
    ],
    notes: [...selection.notes, ...unusedValueNotes(spec, target, amended, roles)],
  };
}

interface Amended {
  readonly group: RequirementGroup;
  readonly applied: readonly string[];
}

function amendGroups(
  spec: Spec,
  selection: Selection,
  asOf: string | undefined,
): ReadonlyMap<string, Amended> {
  return new Map(
    selection.groups.map((id) => {
      const group = amendGroup(spec.groups.get(id) as RequirementGroup, asOf);
      const applied = group.applied.map(({ date, source }) => `${date} (${source})`);
      return [id, { group, applied }] as const;
    }),
  );
}

function renderGroup(
  group: RequirementGroup,
  values: ReadonlyMap<string, string>,
): RequirementGroup {
  return { ...group, statements: group.statements.map((each) => renderStatement(each, values)) };
}

/** Puts values in, everywhere a statement holds text: condition keys included. */
function renderStatement(statement: Statement, values: ReadonlyMap<string, string>): Statement {
  const text = (value: string): string => render(value, values);
  const condition = (block: Condition): Condition =>
    Object.fromEntries(
      Object.entries(block).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, list]) => [text(key), list.map(text)])),
      ]),
    );
  const { Action, NotAction, Resource, NotResource, Condition: block } = statement;
  return {
    ...statement,
    ...(Action && { Action: Action.map(text) }),
    ...(NotAction && { NotAction: NotAction.map(text) }),
    ...(Resource && { Resource: Resource.map(text) }),
    ...(NotResource && { NotResource: NotResource.map(text) }),
    ...(block && { Condition: condition(block) }),
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

function capacitiesOf(principals: Principals, reserve: number) {
  return new Map(
    [...principals].map(([id, principal]) => [
      id,
      {
        limit: principal.limit,
        taken: principal.awsManagedPolicies.length + principal.attachedByOthers.length,
        reserve,
      },
    ]),
  );
}

/** Groups that name a created role itself belong to the stack; node policies stand beside it. */
function belongsToStack(group: RequirementGroup, principals: Principals): boolean {
  return group.attachTo.some((id) => id !== NODE_PRINCIPALS && principals.get(id)?.created);
}

function toPolicies(
  planned: readonly PlannedPolicies[],
  spec: Spec,
  groups: Groups,
  principals: Principals,
  target: Target,
  values: ReadonlyMap<string, string>,
): ManagedPolicy[] {
  const worst = worstSizes(spec.parameters, target.formats);
  const present = presentSizes(spec.parameters);
  const naming = namePolicies(planned, spec.groups);
  const drafts = planned.flatMap((plan, index) =>
    plan.documents.map((statements, part) => {
      const names = naming[index]?.[part] as (typeof naming)[number][number];
      const document: PolicyDocument = {
        Version: '2012-10-17',
        Statement: statements.map(({ statement }) => statement),
      };
      const origins = statements.map((sourced) => sourced.origins);
      return { plan, names, document, origins };
    }),
  );
  const logicalIds = uniqueIds(
    drafts.map(({ names }) => names.logicalId ?? (pascalCase(names.stem) || 'Policy')),
  );
  return drafts.map(({ plan, names, document, origins }, index) => ({
    name: target.namePrefix + render(names.name, values),
    stem: names.stem,
    logicalId: logicalIds[index] as string,
    description: names.description,
    document,
    origins,
    groups: groupsIn(origins, groups),
    attachTo: plan.principals,
    inStack: plan.requirements.some(({ group }) =>
      belongsToStack(groups.get(group) as RequirementGroup, principals),
    ),
    size: documentSize(document, present),
    worstSize: documentSize(document, worst),
    limit: spec.quotas.managedPolicySize,
  }));
}

function groupsIn(origins: readonly (readonly Origin[])[], groups: Groups): string[] {
  const present = new Set(origins.flat().map(({ group }) => group));
  return [...groups.keys()].filter((id) => present.has(id));
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

/** In China EC2 has a service principal of its own; EKS has not. */
function servicePrincipal(service: string, partition: string | undefined): string {
  return partition === 'aws-cn' && service === 'ec2.amazonaws.com'
    ? 'ec2.amazonaws.com.cn'
    : service;
}

function toRoles(
  principals: Principals,
  target: Target,
  values: ReadonlyMap<string, string>,
): Role[] {
  const created = [...principals.values()].filter((principal) => principal.created);
  // Roles stand in the stack's template where there is one: it is what the others refer to.
  const inStack = created.some(({ spec }) => spec.createdWith === 'stack-manual');
  const name = (text: string): string => target.namePrefix + render(text, values);
  const logicalIds = uniqueIds(
    created.map(({ spec }) => spec.role?.logicalId ?? `Role${pascalCase(spec.id)}`),
  );
  return created.flatMap(({ spec, awsManagedPolicies }, index) => {
    const { role } = spec;
    if (role === undefined) return [];
    const profile = role.instanceProfile;
    return [
      {
        principal: spec.id,
        name: name(role.name),
        stem: stemOf(role.name),
        logicalId: logicalIds[index] as string,
        ...(role.description === undefined ? {} : { description: role.description }),
        trust: {
          services: role.trust.services.map((each) =>
            servicePrincipal(each, values.get('partition')),
          ),
        },
        awsManagedPolicies,
        ...(profile === undefined
          ? {}
          : {
              instanceProfile: {
                name: name(profile.name),
                logicalId: profile.logicalId ?? `InstanceProfile${pascalCase(spec.id)}`,
              },
            }),
        inStack,
      },
    ];
  });
}

function checkNames(
  policies: readonly ManagedPolicy[],
  roles: readonly Role[],
  spec: Spec,
  target: Target,
): void {
  const size = worstSizes(spec.parameters, target.formats);
  for (const { name } of policies) checkName('policy', name, spec.quotas.policyName, size);
  for (const { name, trust, instanceProfile } of roles) {
    checkName('role', name, spec.quotas.roleName, size);
    if (instanceProfile !== undefined) {
      checkName('instance profile', instanceProfile.name, spec.quotas.instanceProfileName, size);
    }
    const characters = JSON.stringify(toTrustPolicyJson(trust)).length;
    if (characters > spec.quotas.trustPolicySize) {
      throw usageError(
        'trust-policy-too-large',
        `The trust policy of role "${name}" has ${characters} characters; AWS allows ${spec.quotas.trustPolicySize}.`,
      );
    }
  }
  const names = new Map<string, string>();
  for (const { name } of policies) {
    // IAM names are unique without regard to case.
    const key = name.toLowerCase();
    if (names.has(key)) {
      throw usageError(
        'duplicate-policy-name',
        `Two policies would be named "${name}".`,
        'Give the groups different policyNames in the spec.',
      );
    }
    names.set(key, name);
  }
}

/** Names given on the command line, each as the principal that it stands for. */
function existingAttachments(principals: Principals, target: Target): ExistingAttachment[] {
  const attachments: ExistingAttachment[] = [];
  const attach = (principal: string, entity: 'role' | 'user', names: readonly string[]): void => {
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

function principalUses(
  principals: Principals,
  policies: readonly ManagedPolicy[],
  values: ReadonlyMap<string, string>,
): PrincipalUse[] {
  return [...principals].map(([id, principal]) => {
    const own = policies.filter(({ attachTo }) => attachTo.includes(id)).length;
    const name = principal.created ? principal.spec.role?.name : principal.spec.existing?.name;
    return {
      id,
      description: principal.spec.description,
      created: principal.created,
      node: principal.spec.node,
      ...(name === undefined ? {} : { name: render(name, values) }),
      attached: own + principal.awsManagedPolicies.length + principal.attachedByOthers.length,
      limit: principal.limit,
      awsManagedPolicies: principal.awsManagedPolicies,
      attachedByOthers: principal.attachedByOthers,
    };
  });
}

function groupInfos(amended: ReadonlyMap<string, Amended>): GroupInfo[] {
  return [...amended].map(([id, { group, applied }]) => ({
    id,
    description: group.description,
    ...(group.source === undefined ? {} : { source: group.source }),
    amendments: applied,
  }));
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

/** AWS managed policies take part with the group that grants the same. */
function mootWarnings(
  spec: Spec,
  groups: Groups,
  principals: Principals,
  values: ReadonlyMap<string, string>,
): readonly Problem[] {
  const known = new Map(
    [...spec.groups.values()].flatMap((group) =>
      group.sameAs === undefined ? [] : [[group.sameAs, renderGroup(group, values)] as const],
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
  return mootScopingWarnings(new Map(holdings));
}

/**
 * Only roles that we create can have another suffix; elsewhere the documented one is what Palette
 * itself uses.
 * @throws GenError (exit 2)
 */
function assertSuffixIsUsed(
  target: Target,
  values: ReadonlyMap<string, string>,
  spec: Spec,
  principals: Principals,
): void {
  const standard = spec.parameters.get('nameSuffix')?.default;
  if (!target.parameters.has('nameSuffix') || values.get('nameSuffix') === standard) return;
  const used = [...principals.values()].some(
    ({ created, spec: { role } }) => created && role?.name.includes('{{nameSuffix}}'),
  );
  if (used) return;
  throw usageError(
    'unused-name-suffix',
    '--name-suffix changes the names of the roles that are created; this selection creates none.',
    'Palette makes them itself, with its own suffix. Leave --name-suffix out, or choose a minimum base with stack-manual.',
  );
}

/** Cluster API looks for its roles and instance profiles by name. */
function renamedRoleWarnings(
  roles: readonly Role[],
  target: Target,
  values: ReadonlyMap<string, string>,
  spec: Spec,
): Problem[] {
  const standard = spec.parameters.get('nameSuffix')?.default;
  const renamed = target.namePrefix !== '' || values.get('nameSuffix') !== standard;
  if (!renamed || roles.length === 0) return [];
  return [
    {
      code: 'renamed-roles',
      message: `The roles and instance profiles do not have the names that Cluster API Provider AWS looks for by default (e.g. "${roles[0]?.name}").`,
      advice:
        'Enter the new names in the cluster profile, or leave --name-prefix and --name-suffix out.',
    },
  ];
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
