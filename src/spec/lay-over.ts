/**
 * From folders to a spec: read, check everything, then normalize. Nothing is used before all of it
 * is right, and everything that is wrong is reported at once.
 */
import { join } from 'node:path';
import { validate as features } from '../generated/validators/features.js';
import { validate as group } from '../generated/validators/group.js';
import { validate as parameters } from '../generated/validators/parameters.js';
import { validate as principals } from '../generated/validators/principals.js';
import { validate as quotas } from '../generated/validators/quotas.js';
import { GenError, type Problem } from '../model/errors.ts';
import { mayHold } from '../model/parameter.ts';
import type { Quotas, Spec } from '../model/requirement.ts';
import { readAwsManaged } from './aws-managed.ts';
import { readSpecFolder, type SingleFile, type SpecFolder } from './folder.ts';
import { checkKinds, type ParameterEntry } from './kinds.ts';
import { toFeature, toGroup, toParameter, toPrincipal } from './normalize.ts';
import type { RawFeature, RawGroup, RawParameter, RawPrincipal, RawQuotas } from './raw.ts';
import { checkShape, type ShapeProblem } from './shape.ts';
import { checkParameters, checkPolicyCharacters, placeholderWarnings } from './text.ts';
import {
  checkFeature,
  checkGroup,
  checkParameter,
  checkPrincipal,
  checkQuotas,
  type KnownNames,
  type NameKind,
} from './validate.ts';
import type { YamlFile } from './yaml-file.ts';

/** By the names of the files that they are for. */
const VALIDATORS = { features, group, parameters, principals, quotas };

type NamedEntry = readonly [id: string, raw: unknown, file: YamlFile];

/**
 * Lays folders over a spec, or over nothing: an entry with a known id replaces it in its place, a
 * new one comes after; quotas merge key by key.
 *
 * @throws GenError (exit 2) with everything that is wrong, in the order of the files.
 */
export function layOver(base: Spec | undefined, paths: readonly string[]): Spec {
  const folders = paths.map(readSpecFolder);
  const quotas = mergeQuotas(base, folders);
  const known = {
    ...knownNames(base, folders),
    mayHold: parameterCharacters(base, folders),
    longestDescription: quotas.description,
  };
  const problems = [
    ...folders.flatMap((folder) => checkFolder(folder, known)),
    ...missingQuotas(folders, quotas),
    ...wrongKinds(base, folders),
  ];
  if (problems.length > 0) {
    const warnings = folders.flatMap((folder) => warningsOf(folder, problems));
    throw new GenError(2, withoutRepeats([...problems, ...warnings]));
  }

  const groups = new Map(base?.groups);
  const features = new Map(base?.features);
  const principals = new Map(base?.principals);
  const parameters = new Map(base?.parameters);
  for (const folder of folders) {
    for (const file of folder.groups) {
      const group = toGroup(file, file.value as RawGroup);
      groups.set(group.id, group);
    }
    for (const [id, raw, file] of entriesOf(folder, 'features')) {
      features.set(id, toFeature(file, id, raw as RawFeature));
    }
    for (const [id, raw, file] of entriesOf(folder, 'principals')) {
      principals.set(id, toPrincipal(file, id, raw as RawPrincipal));
    }
    for (const [name, raw] of entriesOf(folder, 'parameters')) {
      parameters.set(name, toParameter(name, raw as RawParameter));
    }
  }
  const awsManaged = base?.awsManaged ?? readAwsManaged(join(paths[0] ?? '', 'aws-managed'));
  return { groups, features, principals, parameters, quotas, awsManaged };
}

function entriesOf(folder: SpecFolder, name: SingleFile): readonly NamedEntry[] {
  const file = folder.single[name];
  if (file === undefined || !isMap(file.value)) return [];
  return Object.entries(file.value).map(([id, raw]) => [id, raw, file]);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names count as defined even where their entry is wrong: one fault shall not cause others. */
function knownNames(
  base: Spec | undefined,
  folders: readonly SpecFolder[],
): Readonly<Record<NameKind, ReadonlySet<string> | undefined>> {
  const named = (name: Exclude<SingleFile, 'quotas'>) => {
    if (folders.some((folder) => folder.single[name]?.broken || folder.problems.length > 0)) {
      return undefined;
    }
    const own = folders.flatMap((folder) => entriesOf(folder, name).map(([id]) => id));
    return new Set([...(base?.[name].keys() ?? []), ...own]);
  };
  const groupFiles = folders.flatMap((folder) => folder.groups);
  const groups = groupFiles.some((file) => idOf(file) === undefined)
    ? undefined
    : new Set([...(base?.groups.keys() ?? []), ...groupFiles.map((file) => idOf(file) as string)]);
  const complete = folders.every((folder) => folder.problems.length === 0);
  return {
    group: complete ? groups : undefined,
    feature: named('features'),
    principal: named('principals'),
    parameter: named('parameters'),
  };
}

/** What values may hold, by the patterns of the parameters; anything where one cannot be read. */
function parameterCharacters(
  base: Spec | undefined,
  folders: readonly SpecFolder[],
): KnownNames['mayHold'] {
  const own = folders.flatMap((folder) => entriesOf(folder, 'parameters'));
  const patterns = new Map<string, unknown>([
    ...[...(base?.parameters ?? [])].map(([name, { pattern }]) => [name, pattern] as const),
    ...own.map(([name, raw]) => [name, isMap(raw) ? raw.pattern : undefined] as const),
  ]);
  return (name, character) => {
    const pattern = patterns.get(name);
    if (typeof pattern !== 'string') return true;
    try {
      return mayHold({ pattern }, character);
    } catch {
      // Not a regular expression; reported with its place.
      return true;
    }
  };
}

function idOf(file: YamlFile): string | undefined {
  return isMap(file.value) && typeof file.value.id === 'string' ? file.value.id : undefined;
}

function checkFolder(folder: SpecFolder, known: KnownNames): readonly Problem[] {
  const groups = folder.groups.flatMap((file) =>
    inOrder(
      withoutEchoes(file, [...checkGroupFile(file, known), ...duplicateIds(file, folder.groups)]),
    ),
  );
  const single = (Object.entries(folder.single) as [SingleFile, YamlFile][]).flatMap(
    ([name, file]) => inOrder(withoutEchoes(file, checkSingleFile(name, file, known))),
  );
  return [...folder.problems, ...single, ...groups];
}

/** Warnings that would appear if nothing were wrong, reported with the errors so that both can be fixed at once. */
function warningsOf(folder: SpecFolder, problems: readonly Problem[]): readonly Problem[] {
  // What is no text at all goes as a whole, with the placeholders in it.
  const whole = problems.filter(({ code }) => code === 'wrong-type' || code === 'unknown-key');
  const goes = ({ place, path = '' }: Problem): boolean =>
    whole.some((one) => one.place?.file === place?.file && path.startsWith(one.path ?? path));
  return folder.groups
    .filter(({ broken }) => !broken)
    .flatMap((file) => {
      const statements = isMap(file.value) ? file.value.statements : undefined;
      return placeholderWarnings(file, statements, ['statements'])
        .filter((warning) => !file.isTagged(warning.place?.line ?? 0) && !goes(warning))
        .map((warning) => ({ ...warning, message: `Warning: ${warning.message}` }));
    });
}

function checkGroupFile(file: YamlFile, known: KnownNames): readonly Problem[] {
  if (file.broken) return file.problems;
  const shape = checkShape(VALIDATORS.group, file);
  const raw = isMap(file.value) ? file.value : {};
  const { policyName, description, statements, amendments } = raw;
  const texts = { policyName, description, statements, amendments };
  return [
    ...file.problems,
    ...shape.map(({ problem }) => problem),
    ...checkGroup(file, soundGroup(raw, shape), known),
    ...checkParameters(file, texts, [], known.parameter),
    ...checkPolicyCharacters(file, { statements }, []),
    ...(Array.isArray(amendments) ? amendments : []).flatMap((one: unknown, index) =>
      isMap(one)
        ? [
            ...checkPolicyCharacters(file, one.actions, ['amendments', index, 'actions']),
            ...checkPolicyCharacters(file, one.newStatement, ['amendments', index, 'newStatement']),
          ]
        : [],
    ),
  ];
}

/** What of a group can be looked at for its meaning, whatever else is wrong with its shape. */
function soundGroup(
  raw: Readonly<Record<string, unknown>>,
  shape: readonly ShapeProblem[],
): RawGroup {
  const unsound = new Set(shape.map(({ path }) => path[0]));
  const sound = Object.fromEntries(Object.entries(raw).filter(([key]) => !unsound.has(key)));
  const statements = Array.isArray(raw.statements) ? raw.statements : [];
  return { ...sound, statements: statements.map(soundStatement) } as unknown as RawGroup;
}

function soundStatement(raw: unknown): Readonly<Record<string, unknown>> {
  if (!isMap(raw)) return {};
  const { Sid, Condition, ...rest } = raw;
  return {
    ...rest,
    ...(typeof Sid === 'string' ? { Sid } : {}),
    ...(isMap(Condition) ? { Condition } : {}),
  };
}

/** An entry without those of its keys whose shape is wrong. */
function soundEntry(id: string, raw: unknown, shape: readonly ShapeProblem[]): unknown {
  if (!isMap(raw)) return {};
  const own = shape.filter(({ path }) => path[0] === id);
  // Of a role, only the part that is wrong.
  const inRole = own.filter(({ path }) => path[1] === 'role' && path.length > 2);
  const unsound = new Set(own.filter((one) => !inRole.includes(one)).map(({ path }) => path[1]));
  const unsoundInRole = new Set(inRole.map(({ path }) => path[2]));
  const without = (map: object, keys: ReadonlySet<unknown>) =>
    Object.fromEntries(Object.entries(map).filter(([key]) => !keys.has(key)));
  const sound = without(raw, unsound);
  return isMap(sound.role) ? { ...sound, role: without(sound.role, unsoundInRole) } : sound;
}

function duplicateIds(file: YamlFile, groups: readonly YamlFile[]): readonly Problem[] {
  const id = idOf(file);
  const first = groups.find((other) => idOf(other) === id);
  if (id === undefined || first === undefined || first === file) return [];
  return [
    {
      code: 'duplicate-group',
      message: `The group ${JSON.stringify(id)} is already defined in ${first.shownAs}.`,
      advice: 'Give one of the two another id.',
      place: file.placeOf(['id']),
      path: 'id',
    },
  ];
}

function checkSingleFile(name: SingleFile, file: YamlFile, known: KnownNames): readonly Problem[] {
  // A file with nothing in it but comments says nothing, rightly.
  if (file.broken || file.value === null || file.value === undefined) return file.problems;
  const shape = checkShape(VALIDATORS[name], file);
  const found = [...file.problems, ...shape.map(({ problem }) => problem)];
  if (!isMap(file.value)) return found;
  if (name === 'quotas') {
    const sound = shape.length === 0;
    return sound ? [...found, ...checkQuotas(file, file.value as RawQuotas, known)] : found;
  }
  const unsound = new Set(shape.map(({ path }) => path[0]));
  const meaning = Object.entries(file.value).flatMap(([id, raw]) => {
    const texts =
      name === 'principals' && isMap(raw)
        ? (['role', 'created'] as const).flatMap((key) =>
            checkParameters(file, raw[key], [id, key], known.parameter),
          )
        : [];
    // A parameter's pattern and default say nothing without each other.
    if (name === 'parameters' && unsound.has(id)) return texts;
    return [...texts, ...checkEntry({ name, file, id, raw: soundEntry(id, raw, shape), known })];
  });
  return [...found, ...meaning];
}

function checkEntry({
  name,
  file,
  id,
  raw,
  known,
}: {
  readonly name: Exclude<SingleFile, 'quotas'>;
  readonly file: YamlFile;
  readonly id: string;
  readonly raw: unknown;
  readonly known: KnownNames;
}): readonly Problem[] {
  if (name === 'features') return checkFeature(file, id, raw as RawFeature, known);
  if (name === 'principals') return checkPrincipal(file, id, raw as RawPrincipal, known);
  return checkParameter(file, id, raw as RawParameter, known);
}

const QUOTAS: readonly (keyof Omit<Quotas, 'principals'>)[] = [
  'managedPolicySize',
  'managedPoliciesPerRole',
  'managedPoliciesPerUser',
  'managedPoliciesPerGroup',
  'inlinePoliciesSizePerRole',
  'inlinePoliciesSizePerUser',
  'inlinePoliciesSizePerGroup',
  'trustPolicySize',
  'policyName',
  'roleName',
  'userName',
  'instanceProfileName',
  'path',
  'description',
];

function mergeQuotas(base: Spec | undefined, folders: readonly SpecFolder[]): Quotas {
  const files = folders.map((folder) => folder.single.quotas?.value).filter(isMap);
  const principals = files.flatMap((raw) => (isMap(raw.principals) ? [raw.principals] : []));
  const own = Object.entries(Object.assign({}, ...principals) as Record<string, number>);
  return {
    ...(Object.assign({}, base?.quotas, ...files) as Quotas),
    principals: new Map([...(base?.quotas.principals ?? []), ...own]),
  };
}

/** Only of whole parameters: one fault shall not cause others. */
function wrongKinds(base: Spec | undefined, folders: readonly SpecFolder[]): readonly Problem[] {
  const entries = new Map<string, ParameterEntry>();
  for (const folder of folders) {
    for (const [name, raw, file] of entriesOf(folder, 'parameters')) {
      if (file.broken || checkShape(VALIDATORS.parameters, file).length > 0) return [];
      entries.set(name, [name, raw as RawParameter, file]);
    }
  }
  return checkKinds([...entries.values()], base?.parameters ?? new Map());
}

/** There is no sane default for a limit of AWS: the files together must name them all. */
function missingQuotas(folders: readonly SpecFolder[], quotas: Quotas): readonly Problem[] {
  if (folders.some((folder) => folder.problems.length > 0 || folder.single.quotas?.broken))
    return [];
  return QUOTAS.filter((key) => quotas[key] === undefined).map((key) => ({
    code: 'missing-key',
    message: `No quotas.yaml names ${key}.`,
    advice: `Add ${key} to the quotas.yaml of the built-in spec.`,
  }));
}

/** Errors below an unknown tag are caused by the tag, which is reported itself. */
function withoutEchoes(file: YamlFile, problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(
    (problem) => file.problems.includes(problem) || !file.isTagged(problem.place?.line ?? 0),
  );
}

/** By line and column, within one file. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) =>
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
}

function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
