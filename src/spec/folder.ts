/**
 * Reading a spec folder from the disk: which files there are, and what YAML they hold.
 *
 * 1. The files of a spec are features, principals, parameters and quotas, and every file in groups/,
 *    each as .yaml, .yml or .json.
 * 2. A file that was meant for the spec is not left out in silence. In groups/ that is everything but
 *    what tools and readers keep there; beside it, whatever is nearly named like a part of a spec, and
 *    groups that lie outside groups/. Other files may lie there: a spec may be a whole repository.
 */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { LARGEST_YAML, readRegularFile } from '../files/read-file.ts';
import { GenError, type Problem } from '../model/errors.ts';
import { nearest } from '../model/nearest.ts';
import { decodeUtf8 } from '../model/utf8.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

export const SINGLE_FILES = ['features', 'principals', 'parameters', 'quotas'] as const;
export type SingleFile = (typeof SINGLE_FILES)[number];

export interface SpecFolder {
  /** In the order of their file names. */
  readonly groups: readonly YamlFile[];
  readonly single: Readonly<Partial<Record<SingleFile, YamlFile>>>;
  /** About the folder itself; what is wrong inside a file is the file's. */
  readonly problems: readonly Problem[];
}

const GROUPS = 'groups';

/** JSON is YAML. */
const READABLE = /\.(ya?ml|json)$/;

/** What editors, systems and readers keep beside files: hidden, backups that say so, documents. */
const KEPT_BY_OTHERS =
  /^\.(?!.*\.(ya?ml|json)$)|^\.[#_]|~$|^#.*#$|^(Thumbs\.db|desktop\.ini)$|^(README|LICEN[CS]E|NOTICE|CHANGELOG|CODEOWNERS|OWNERS)\b(?!.*\.(ya?ml|json)$)|\.md$/i;

/** Relative to the working directory where it lies below, else as the user gave it. */
function shown(path: string): string {
  const below = relative(process.cwd(), resolve(path));
  const inside =
    below !== '' && !below.startsWith(`..${sep}`) && below !== '..' && !isAbsolute(below);
  return (inside ? below : path).split(sep).join('/');
}

/** Reads what a spec folder holds; any part may be missing, but not every one. */
export function readSpecFolder(folder: string): SpecFolder {
  if (!isFolder(folder)) {
    const problem = {
      code: 'no-spec-folder',
      message: `There is no folder ${shown(folder)}.`,
      advice: 'Name a folder with groups/*.yaml, features.yaml, principals.yaml, … in it.',
    };
    return { groups: [], single: {}, problems: [problem] };
  }
  const top = readTop(folder);
  const inner = readGroups(join(folder, GROUPS));
  const problems = [...top.problems, ...inner.problems];
  if (inner.groups.length === 0 && Object.keys(top.single).length === 0 && problems.length === 0) {
    problems.push({
      code: 'empty-spec-folder',
      message: `The folder ${shown(folder)} holds no part of a spec.`,
      advice:
        'Put groups/*.yaml, features.yaml, principals.yaml, parameters.yaml or quotas.yaml there.',
    });
  }
  return { groups: inner.groups, single: top.single, problems };
}

/** The single files, and what lies beside them and should not. */
function readTop(folder: string): Pick<SpecFolder, 'single' | 'problems'> {
  const { entries, problems } = list(folder);
  const single: Partial<Record<SingleFile, YamlFile>> = {};
  for (const { name } of entries) {
    const path = join(folder, name);
    const known = isFolder(path) ? undefined : SINGLE_FILES.find((one) => isFileOf(one, name));
    if (known === undefined) {
      problems.push(...strayProblems(path, name));
    } else if (single[known] !== undefined) {
      problems.push({
        code: 'duplicate-file',
        message: `${shown(path)} and ${single[known].shownAs} are the same part of the spec.`,
        advice: 'Keep one of the two.',
      });
    } else {
      const { file, problem } = read(path);
      if (file !== undefined) single[known] = file;
      if (problem !== undefined) problems.push(problem);
    }
  }
  return { single, problems };
}

function isFileOf(stem: string, name: string): boolean {
  return READABLE.test(name) && name.replace(READABLE, '') === stem;
}

/** Something beside the files of a spec: wrong only where it looks like a part of one. */
function strayProblems(path: string, name: string): readonly Problem[] {
  if (name === GROUPS && isFolder(path)) return [];
  const misspelt = (advice: string): readonly Problem[] => [
    { code: 'misspelt-file', message: `${shown(path)} is not part of a spec.`, advice },
  ];
  if (isFolder(path)) {
    if (name.startsWith('.')) return [];
    const near = /group/i.test(name) ? GROUPS : nearest(name, [GROUPS, ...SINGLE_FILES]);
    if (near === undefined) return [];
    return misspelt(near === GROUPS ? 'Did you mean groups/?' : `Did you mean ${near}.yaml?`);
  }
  if (KEPT_BY_OTHERS.test(name)) return [];
  const [stem = '', ...extensions] = name.replace(/^\./, '').split('.');
  const near = nearest(stem, SINGLE_FILES);
  const isYaml = /\.(ya?ml|json)$/i.test(name);
  // Other extensions are another tool's business, but for copies such as features.yaml.bak.
  const isMeant = isYaml ? extensions.length === 1 : /\.(ya?ml|json)\b/i.test(name);
  if (near !== undefined && isMeant) return misspelt(`Did you mean ${near}.yaml?`);
  const place = isYaml ? placeByContent(path) : undefined;
  if (place === undefined) return [];
  return [
    {
      code: 'unread-file',
      message: `${shown(path)} is not read, though it holds ${place.holds}.`,
      advice: `Move it to ${place.to}.`,
    },
  ];
}

/** Keys that every entry of a file has, and one of those that tell it from other files. */
const CONTENTS: readonly {
  readonly holds: string;
  readonly to: string;
  readonly all: readonly string[];
  readonly any: readonly string[];
}[] = [
  {
    holds: 'features',
    to: 'features.yaml',
    all: ['description'],
    any: ['groups', 'base', 'requires', 'implies', 'awsManagedPolicies'],
  },
  {
    holds: 'principals',
    to: 'principals.yaml',
    all: ['description'],
    any: ['role', 'existing', 'createdWith', 'created', 'workload'],
  },
  {
    holds: 'parameters',
    to: 'parameters.yaml',
    all: ['pattern', 'constraint'],
    any: ['maxLength'],
  },
];

/** Bytes of a file that is looked at though its name says that it is no part of a spec. */
const LARGEST_STRAY = 1024 * 1024;

/** Where a file of another name would belong, by what it holds. */
function placeByContent(path: string): { readonly holds: string; readonly to: string } | undefined {
  let text: string;
  try {
    text = readRegularFile(path, LARGEST_STRAY, path).toString('utf8');
  } catch {
    return undefined;
  }
  // Whatever else may lie here is not worth parsing.
  if (!/\b(statements|description|pattern)\b/.test(text)) return undefined;
  const { value } = parseYaml(text, path);
  if (!isMap(value)) return undefined;
  const has = (map: unknown, key: string): boolean => isMap(map) && key in map;
  if (has(value, 'statements') && (has(value, 'policyName') || has(value, 'attachTo'))) {
    return { holds: 'a group of statements', to: `${GROUPS}/` };
  }
  const entries = Object.values(value);
  return CONTENTS.find(
    ({ all, any }) =>
      entries.length > 0 &&
      entries.every(
        (entry) => all.every((key) => has(entry, key)) && any.some((key) => has(entry, key)),
      ),
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every group, and what in the folder would not be read as one. */
function readGroups(folder: string): Pick<SpecFolder, 'groups' | 'problems'> {
  if (!isFolder(folder)) return { groups: [], problems: [] };
  const { entries, problems } = list(folder);
  const groups: YamlFile[] = [];
  for (const { name } of entries) {
    const path = join(folder, name);
    if (isFolder(path)) {
      if (!name.startsWith('.')) problems.push(unreadFolder(path));
    } else if (READABLE.test(name) && !name.startsWith('.')) {
      const { file, problem } = read(path);
      if (file !== undefined) groups.push(file);
      if (problem !== undefined) problems.push(problem);
    } else if (!KEPT_BY_OTHERS.test(name)) {
      problems.push(unreadFile(path, name));
    }
  }
  return { groups, problems };
}

function unreadFile(path: string, name: string): Problem {
  const lower = name.toLowerCase();
  const right = name.startsWith('.')
    ? name.slice(1)
    : READABLE.test(lower)
      ? name.replace(/\.[^.]*$/, (extension) => extension.toLowerCase())
      : undefined;
  return {
    code: 'unread-file',
    message: `${shown(path)} is not read: groups are files that end in .yaml, .yml or .json.`,
    advice:
      right === undefined
        ? `Rename it, or move it out of ${GROUPS}/.`
        : `Rename it to ${right}, or move it out of ${GROUPS}/.`,
  };
}

function unreadFolder(path: string): Problem {
  const { entries } = list(path);
  const names = entries.map(({ name }) => name).filter((name) => !KEPT_BY_OTHERS.test(name));
  const some = names.slice(0, 3).join(', ');
  const more = names.length > 3 ? `, … (${names.length} in all)` : '';
  return {
    code: 'unread-file',
    message: `${shown(path)} is a folder, and folders in ${GROUPS}/ are not read${some === '' ? '' : `: ${some}${more}`}.`,
    advice: `Move the groups in it to ${GROUPS}/ itself.`,
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** In the order of their names, which does not depend on the disk. */
function list(folder: string): {
  readonly entries: readonly Dirent[];
  readonly problems: Problem[];
} {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)), problems: [] };
  } catch (error) {
    return { entries: [], problems: [unreadable(folder, error)] };
  }
}

function read(path: string): { readonly file?: YamlFile; readonly problem?: Problem } {
  try {
    const bytes = readRegularFile(path, LARGEST_YAML, shown(path));
    return { file: parseYaml(decodeUtf8(bytes, shown(path)), shown(path)) };
  } catch (error) {
    const [problem] = error instanceof GenError ? error.problems : [unreadable(path, error)];
    return problem === undefined ? {} : { problem };
  }
}

function unreadable(path: string, error: unknown): Problem {
  const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
  return { code: 'unreadable-file', message: `${shown(path)} cannot be read (${reason}).` };
}
