/**
 * From a spec file as written to the model: every string-or-list a list, every value of a condition
 * a text, every link between features a map, every default filled in.
 */
import { type Parameter, render } from '../model/parameter.ts';
import {
  type Condition,
  type Statement,
  type TrustPolicy,
  trustOfServices,
} from '../model/policy.ts';
import type {
  Feature,
  FeatureLink,
  PrincipalSpec,
  RequirementGroup,
  RoleSpec,
} from '../model/requirement.ts';
import type {
  ConditionValue,
  RawFeature,
  RawGroup,
  RawLink,
  RawParameter,
  RawPrincipal,
  RawStatement,
  RawTrust,
  StringOrList,
} from './raw.ts';
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
  return defined({
    id: raw.id,
    policyName: compact(raw.policyName),
    nameDocumented: raw.nameDocumented ?? true,
    description: compact(raw.description ?? ''),
    attachTo: raw.attachTo,
    source: raw.source,
    statements: raw.statements.map((one, index) => toStatement(file, ['statements', index], one)),
    amendments: (raw.amendments ?? []).map(({ newStatement, ...rest }, index) => {
      const path = ['amendments', index, 'newStatement'];
      return newStatement === undefined
        ? rest
        : { ...rest, newStatement: toStatement(file, path, newStatement) };
    }),
    errata: raw.errata ?? [],
    logicalId: raw.logicalId,
    sameAs: raw.sameAs,
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
    Condition: raw.Condition && toCondition(file, [...path, 'Condition'], raw.Condition),
  });
}

function toCondition(
  file: YamlFile,
  path: YamlPath,
  raw: NonNullable<RawStatement['Condition']>,
): Condition {
  return mapEntries(raw, (keys, operator) =>
    mapEntries(keys, (value, key) => {
      const here = [...path, operator, key];
      if (!Array.isArray(value)) return [conditionText(file, here, value as ConditionValue)];
      return value.map((item: ConditionValue, index) =>
        conditionText(file, [...here, index], item),
      );
    }),
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

/** Numbers as they are written: an account id may begin with 0 and be read as another number. */
function conditionText(file: YamlFile, path: YamlPath, value: ConditionValue): string {
  if (typeof value === 'string') return compact(value);
  return typeof value === 'number' ? (file.sourceOf(path) ?? String(value)) : String(value);
}

export function toFeature(file: YamlFile, id: string, raw: RawFeature): Feature {
  return {
    id,
    description: raw.description,
    base: raw.base ?? false,
    ...(raw.partitions === undefined ? {} : { partitions: raw.partitions }),
    groups: raw.groups ?? [],
    requires: (raw.requires ?? []).map((one) => (typeof one === 'string' ? { anyOf: [one] } : one)),
    excludes: toLinks(raw.excludes),
    implies: toLinks(raw.implies),
    replaces: raw.replaces ?? [],
    awsManagedPolicies: raw.awsManagedPolicies ?? [],
    redundantWith: raw.redundantWith ?? [],
    advice: raw.advice ?? [],
    place: file.placeOfKey([id]),
  };
}

function toLinks(links: readonly (string | RawLink)[] | undefined): readonly FeatureLink[] {
  return (links ?? []).map((link) => (typeof link === 'string' ? { feature: link } : link));
}

export function toPrincipal(file: YamlFile, id: string, raw: RawPrincipal): PrincipalSpec {
  return defined({
    id,
    description: raw.description,
    node: raw.node ?? false,
    createdWith: raw.createdWith,
    cni: raw.cni,
    role: raw.role && toRole(file, [id, 'role'], raw.role),
    existing: raw.existing && { ...raw.existing, attached: raw.existing.attached ?? [] },
    place: file.placeOfKey([id]),
  });
}

function toRole(file: YamlFile, path: YamlPath, raw: NonNullable<RawPrincipal['role']>): RoleSpec {
  const { instanceProfile: profile } = raw;
  return defined({
    name: compact(raw.name),
    logicalId: raw.logicalId,
    description: raw.description,
    trust: toTrust(file, [...path, 'trust'], raw.trust),
    awsManagedPolicies: raw.awsManagedPolicies ?? [],
    instanceProfile: profile && { ...profile, name: compact(profile.name) },
  });
}

/** Services by their names alone, or a whole statement. */
function toTrust(file: YamlFile, path: YamlPath, raw: StringOrList | RawTrust): TrustPolicy {
  if (typeof raw === 'string' || Array.isArray(raw)) {
    return trustOfServices(list(raw as StringOrList));
  }
  const { Principal, Action, Condition } = raw as RawTrust;
  return defined({
    services: listOf(Principal.Service) ?? [],
    federated: listOf(Principal.Federated) ?? [],
    actions: list(Action),
    condition: Condition && toCondition(file, [...path, 'Condition'], Condition),
  });
}

export function toParameter(name: string, raw: RawParameter): Parameter {
  return { name, ...raw };
}
