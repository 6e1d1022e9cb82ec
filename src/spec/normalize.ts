/**
 * From a spec file as written to the model: every string-or-list a list, every value of a condition
 * a text, every link between features a map, every default filled in.
 */
import { IDENTITIES } from '../model/identity.ts';
import { type Parameter, render } from '../model/parameter.ts';
import {
  type Condition,
  type Statement,
  type TrustPolicy,
  type TrustStatement,
  trustOfServices,
} from '../model/policy.ts';
import {
  CNI_PRINCIPALS,
  type Creation,
  type Feature,
  type FeatureLink,
  type PrincipalSpec,
  type RequirementGroup,
  type RoleSpec,
  type UserSpec,
  VPC_CNI,
} from '../model/requirement.ts';
import { operatorName } from './operators.ts';
import type {
  ConditionValue,
  RawFeature,
  RawGroup,
  RawLink,
  RawParameter,
  RawPrincipal,
  RawRole,
  RawStatement,
  RawTrust,
  RawTrustStatement,
  RawUser,
  StringOrList,
} from './raw.ts';
import { rolesOf, trustsOf } from './roles.ts';
import { placeholderWarnings } from './text.ts';
import { trustStatements, trustWarnings } from './trust.ts';
import type { YamlFile, YamlPath } from './yaml-file.ts';

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out the keys whose value is undefined. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== undefined),
  ) as Defined<T>;
}

/** `{{ name }}` as `{{name}}`, so that equal texts are equal. */
const compact = (text: string) => render(text, new Map());

const list = (value: StringOrList) => [value].flat().map((text) => compact(text));
const listOf = (value: StringOrList | undefined) => (value === undefined ? undefined : list(value));

export function toGroup(file: YamlFile, raw: RawGroup): RequirementGroup {
  const warnings = [
    ...placeholderWarnings(file, raw.statements, ['statements']),
    ...(raw.amendments ?? []).flatMap(({ newStatement }, index) =>
      placeholderWarnings(file, newStatement, ['amendments', index, 'newStatement']),
    ),
  ];
  return defined({
    id: raw.id,
    policyName: compact(raw.policyName),
    nameDocumented: raw.nameDocumented ?? true,
    description: compact(raw.description ?? ''),
    attachTo: principalIds(raw.attachTo),
    source: raw.source,
    statements: raw.statements.map((one, index) => toStatement(file, ['statements', index], one)),
    amendments: (raw.amendments ?? []).map(({ newStatement, ...rest }, index) => {
      const path = ['amendments', index, 'newStatement'];
      return newStatement === undefined
        ? rest
        : { ...rest, newStatement: toStatement(file, path, newStatement) };
    }),
    errata: raw.errata ?? [],
    unavailable: raw.unavailable,
    logicalId: raw.logicalId,
    warnings: warnings.length === 0 ? undefined : warnings,
    place: file.placeOf(['id']),
  });
}

function toStatement(file: YamlFile, path: YamlPath, raw: RawStatement): Statement {
  return defined({
    // An empty Sid is as good as none to AWS, and would not be unique.
    Sid: raw.Sid === '' ? undefined : raw.Sid,
    Effect: raw.Effect,
    Action: listOf(raw.Action),
    NotAction: listOf(raw.NotAction),
    Resource: listOf(raw.Resource),
    NotResource: listOf(raw.NotResource),
    Condition: toCondition(file, [...path, 'Condition'], raw.Condition),
  });
}

/** Undefined for a block without operators: it asks for nothing. */
function toCondition(
  file: YamlFile,
  path: YamlPath,
  raw: RawStatement['Condition'],
): Condition | undefined {
  if (raw === undefined || Object.keys(raw).length === 0) return undefined;
  const block = mapEntries(raw, (keys, operator) =>
    mapEntries(keys, (value, key) => {
      const here = [...path, operator, key];
      if (!Array.isArray(value)) return [conditionText(file, here, value as ConditionValue)];
      return value.map((item: ConditionValue, index) =>
        conditionText(file, [...here, index], item),
      );
    }),
  );
  return Object.fromEntries(
    Object.entries(block).map(([operator, keys]) => [operatorName(operator), keys]),
  );
}

function mapEntries<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [compact(key), change(value, key)]),
  );
}

/**
 * Numbers and booleans as they are written: an account id may begin with 0 and be read as another
 * number, a tag's value may be TRUE.
 */
function conditionText(file: YamlFile, path: YamlPath, value: ConditionValue): string {
  return typeof value === 'string' ? compact(value) : (file.sourceOf(path) ?? String(value));
}

export function toFeature(file: YamlFile, id: string, raw: RawFeature): Feature {
  return {
    id,
    description: raw.description,
    base: raw.base ?? false,
    ...(raw.section === undefined ? {} : { section: raw.section }),
    ...(raw.clusters === undefined ? {} : { clusters: raw.clusters }),
    ...(raw.partitions === undefined ? {} : { partitions: raw.partitions }),
    groups: raw.groups ?? [],
    requires: (raw.requires ?? []).map((one) => (typeof one === 'string' ? { anyOf: [one] } : one)),
    excludes: toLinks(raw.excludes),
    implies: toLinks(raw.implies),
    replaces: raw.replaces ?? [],
    awsManagedPolicies: (raw.awsManagedPolicies ?? []).map((use) => ({
      ...use,
      attachTo: principalIds(use.attachTo),
    })),
    redundantWith: raw.redundantWith ?? [],
    advice: raw.advice ?? [],
    place: file.placeOfKey([id]),
  };
}

function principalIds(attachTo: readonly string[]): readonly string[] {
  return attachTo.map((id) => (id === CNI_PRINCIPALS ? VPC_CNI : id));
}

function toLinks(links: readonly (string | RawLink)[] | undefined): readonly FeatureLink[] {
  return (links ?? []).map((link) => (typeof link === 'string' ? { feature: link } : link));
}

export function toPrincipal(file: YamlFile, id: string, raw: RawPrincipal): PrincipalSpec {
  const roles = rolesOf(id, raw);
  const warnings = roles.flatMap(({ role, path }) =>
    trustsOf(role, path).flatMap(([here, trust]) => trustWarnings(file, here, trust)),
  );
  const creations: readonly Creation[] = [
    ...(raw.createdWith === undefined || raw.role === undefined
      ? []
      : [{ with: raw.createdWith, role: toRole(file, [id, 'role'], raw.role) }]),
    ...(raw.created ?? []).map(({ with: feature, role, user }, index) => ({
      with: feature,
      ...(role && { role: toRole(file, [id, 'created', index, 'role'], role) }),
      ...(user && { user: toUser(user) }),
    })),
  ];
  return defined({
    id,
    description: raw.description,
    node: raw.node ?? false,
    creations,
    workload:
      raw.workload && raw.role
        ? {
            serviceAccount: raw.workload.serviceAccount,
            identities: raw.workload.identities ?? IDENTITIES,
            role: toRole(file, [id, 'role'], raw.role),
          }
        : undefined,
    existing: raw.existing && { ...raw.existing, attached: raw.existing.attached ?? [] },
    warnings: warnings.length === 0 ? undefined : warnings,
    place: file.placeOfKey([id]),
  });
}

function toRole(file: YamlFile, path: YamlPath, raw: RawRole): RoleSpec {
  const { instanceProfile: profile } = raw;
  return defined({
    name: compact(raw.name),
    logicalId: raw.logicalId,
    description: raw.description,
    trust:
      raw.trust === undefined ? { Statement: [] } : toTrust(file, [...path, 'trust'], raw.trust),
    alsoTrusts: raw.alsoTrusts?.map(({ with: feature, trust }, index) => ({
      with: feature,
      trust: toTrust(file, [...path, 'alsoTrusts', index, 'trust'], trust),
    })),
    awsManagedPolicies: raw.awsManagedPolicies ?? [],
    instanceProfile: profile && { ...profile, name: compact(profile.name) },
    outsideStack: raw.outsideStack,
  });
}

function toUser({ name, logicalId, awsManagedPolicies = [] }: RawUser): UserSpec {
  return defined({ name: compact(name), logicalId, awsManagedPolicies });
}

/** Services given by name alone make one statement, the first. */
function toTrust(file: YamlFile, path: YamlPath, raw: RawTrust): TrustPolicy {
  const statements = trustStatements(raw).map(([steps, one]) =>
    toTrustStatement(file, [...path, ...steps], one),
  );
  const services = [raw].flat().filter((one) => typeof one === 'string');
  return {
    Statement: [
      ...(services.length === 0 ? [] : trustOfServices(list(services)).Statement),
      ...statements,
    ],
  };
}

function toTrustStatement(file: YamlFile, path: YamlPath, raw: RawTrustStatement): TrustStatement {
  const { Sid, Effect = 'Allow', Principal, Action, Condition } = raw;
  return defined({
    Sid: Sid === '' ? undefined : Sid,
    Effect,
    // The two are one to AWS in a trust policy.
    Principal: Principal === '*' ? { AWS: ['*'] } : mapEntries(Principal, (names) => list(names)),
    Action: list(Action),
    Condition: toCondition(file, [...path, 'Condition'], Condition),
  });
}

export function toParameter(name: string, raw: RawParameter): Parameter {
  return { name, ...raw };
}
