/**
 * Reading a spec folder from the disk: which files there are, and what YAML they hold.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Problem } from '../model/errors.ts';
import { nearest } from '../model/nearest.ts';
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

const YAML = /\.ya?ml$/;

/** Relative to the working directory where it lies below, else as the user gave it. */
function shown(path: string): string {
  const below = relative(process.cwd(), resolve(path));
  const inside =
    below !== '' && !below.startsWith(`..${sep}`) && below !== '..' && !isAbsolute(below);
  return (inside ? below : path).split(sep).join('/');
}

/** Reads what a spec folder holds; any part may be missing, but not every one. */
export function readSpecFolder(folder: string): SpecFolder {
  const problems: Problem[] = [];
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    problems.push({
      code: 'no-spec-folder',
      message: `There is no folder ${shown(folder)}.`,
      advice: 'Name a folder with groups/*.yaml, features.yaml, principals.yaml, … in it.',
    });
    return { groups: [], single: {}, problems };
  }

  const unreadable = (path: string, error: unknown): void => {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    const message = `${shown(path)} cannot be read (${reason}).`;
    problems.push({ code: 'unreadable-file', message });
  };

  const yamlNames = (path: string): readonly string[] => {
    try {
      return readdirSync(path)
        .filter((name) => YAML.test(name) && !name.startsWith('.'))
        .sort();
    } catch (error) {
      unreadable(path, error);
      return [];
    }
  };

  const read = (path: string): YamlFile | undefined => {
    try {
      return parseYaml(readFileSync(path, 'utf8'), shown(path));
    } catch (error) {
      unreadable(path, error);
      return undefined;
    }
  };

  const single: Partial<Record<SingleFile, YamlFile>> = {};
  for (const name of yamlNames(folder)) {
    const stem = name.replace(YAML, '');
    const known = SINGLE_FILES.find((one) => one === stem);
    const meant = nearest(stem, SINGLE_FILES);
    if (known === undefined && meant !== undefined) {
      // Other YAML files may lie beside a spec, but a misspelt one would be left out in silence.
      const message = `${shown(join(folder, name))} is no file of a spec.`;
      problems.push({ code: 'misspelt-file', message, advice: `Did you mean ${meant}.yaml?` });
    }
    if (known !== undefined && single[known] !== undefined) {
      const message = `${shown(join(folder, name))} says again what ${single[known].shownAs} says.`;
      problems.push({ code: 'duplicate-file', message, advice: 'Keep one of the two.' });
      continue;
    }
    const file = known === undefined ? undefined : read(join(folder, name));
    if (known !== undefined && file !== undefined) single[known] = file;
  }

  const inner = join(folder, 'groups');
  const hasGroups = statSync(inner, { throwIfNoEntry: false })?.isDirectory() === true;
  const groups = (hasGroups ? yamlNames(inner) : []).flatMap(
    (name) => read(join(inner, name)) ?? [],
  );

  if (groups.length === 0 && Object.keys(single).length === 0 && problems.length === 0) {
    problems.push({
      code: 'empty-spec-folder',
      message: `The folder ${shown(folder)} holds no part of a spec.`,
      advice:
        'Put groups/*.yaml, features.yaml, principals.yaml, parameters.yaml or quotas.yaml there.',
    });
  }
  return { groups, single, problems };
}
