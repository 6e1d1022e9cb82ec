/**
 * What an invocation is about: the one target that its flags describe, or those of gen.yaml.
 *
 * 1. Without --features, gen.yaml of the working directory is read where there is one; --config
 *    names another file, --target some of its targets. Where there is none, the target is core, and
 *    that is said; with one in a folder above, nothing is assumed.
 * 2. A flag that is given besides goes before what the file says, for every target.
 * 3. Folders in the file are relative to the file; those of flags to the working directory.
 * 4. Everything is checked before anything is written.
 */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { GenError, type Place, type Problem, usageError } from '../../model/errors.ts';
import { meant } from '../../model/nearest.ts';
import type { Target } from '../../model/target.ts';
import type { Settings, TargetEntry } from '../../spec/gen-file.ts';
import { describeTarget } from '../arguments/describe-target.ts';
import { GEN_FILE, TARGET_OPTIONS } from '../arguments/flags.ts';
import type { Invocation } from '../arguments/invocation.ts';
import { type SettingProblem, SettingsReader, withFlag } from '../arguments/settings-reader.ts';

/** A target and where it goes; paths are absolute but for `specs` of flags. */
export interface PlacedTarget {
  readonly target: Target;
  /** Parent of the target's folder. */
  readonly out: string;
  readonly specs: readonly string[];
  /** Pack values files to merge into. */
  readonly values: readonly string[];
  /** Where gen.yaml has it. */
  readonly place?: Place;
}

export interface Targets {
  readonly all: readonly PlacedTarget[];
  /** Whether they come from a file, and are therefore reported by name. */
  readonly ofFile: boolean;
  /** What was assumed, to be said, where neither a file nor flags name a target. */
  readonly assumed?: string;
}

const ASSUMED = 'Without gen.yaml and --features, this is for the feature core.';

/** @throws GenError (exit 2) with everything that is wrong with the file and its targets */
export async function targetsOf(line: Invocation): Promise<Targets> {
  const file = line.config ?? (line.typed.features === undefined ? GEN_FILE : undefined);
  const wanted = line.config !== undefined || line.targets.length > 0;
  if (file === GEN_FILE && line.config === undefined && !existsSync(file)) refuseBelow();
  if (file === undefined || (!wanted && !existsSync(file))) {
    const { target, out, specs, values } = line;
    return {
      all: [{ target, out: resolve(out), specs, values }],
      ofFile: false,
      ...(file === undefined ? {} : { assumed: ASSUMED }),
    };
  }
  // YAML and its checks are loaded only where there is some to read.
  const { readGenFile } = await import('../../spec/gen-file.ts');
  const entries = chosen(readGenFile(resolve(file), file), line.targets, file);
  const placed = collect(entries, (entry) => placedTarget(entry, line, dirname(resolve(file))));
  assertApart(placed);
  return { all: placed, ofFile: true };
}

/**
 * Who is in a folder below gen.yaml means its targets, which core in this folder would not be.
 * @throws GenError (exit 2) where a folder above has the file; a repository's root is the last one
 */
function refuseBelow(): void {
  let up = '..';
  for (let at = process.cwd(); at !== dirname(at) && !existsSync(join(at, '.git')); up += '/..') {
    at = dirname(at);
    if (!existsSync(join(at, GEN_FILE))) continue;
    throw usageError(
      'gen-file-above',
      `There is no ${GEN_FILE} in this folder, but there is ${up}/${GEN_FILE}.`,
      `Run gen in ${up}, or pass --config ${up}/${GEN_FILE}. To describe a target here, pass --features.`,
    );
  }
}

/** All targets of the file there is; none where there is none. @throws GenError (exit 2) */
export async function fileTargets(line: Invocation): Promise<readonly PlacedTarget[]> {
  if (line.config === undefined && !existsSync(GEN_FILE)) return [];
  const config = line.config ?? GEN_FILE;
  return (await targetsOf({ ...line, config, typed: {}, targets: [] })).all;
}

function chosen(
  entries: readonly TargetEntry[],
  names: readonly string[],
  file: string,
): readonly TargetEntry[] {
  if (names.length === 0) return entries;
  const known = entries.map(({ name }) => name);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name): Problem => {
      const near = meant(name, known);
      return {
        code: 'unknown-target',
        message: `${file} has no target ${JSON.stringify(name)}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
        advice: `Targets: ${known.join(', ')}.`,
      };
    });
  if (problems.length > 0) throw new GenError(2, problems);
  return entries.filter(({ name }) => names.includes(name));
}

/** All results, or one error with the problems of all. */
function collect<T, U>(items: readonly T[], make: (item: T) => U): U[] {
  const problems: Problem[] = [];
  const made = items.flatMap((item) => {
    try {
      return [make(item)];
    } catch (error) {
      if (!(error instanceof GenError)) throw error;
      for (const each of error.problems) problems.push(each);
      return [];
    }
  });
  if (problems.length > 0) throw new GenError(2, withoutRepeats(problems));
  return made;
}

/** What is wrong with the defaults is wrong with every target, and said once. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function placedTarget(entry: TargetEntry, line: Invocation, folder: string): PlacedTarget {
  const flags = Object.entries(line.typed).filter(([flag]) => flag in TARGET_OPTIONS);
  const settings = new SettingsReader({
    ...asRead(entry.settings),
    name: entry.name,
    ...Object.fromEntries(flags),
  });
  const own = (flag: 'out' | 'spec' | 'values'): boolean => line.typed[flag] === undefined;
  const { target, out, specs, values } = describeTarget(settings);
  if (settings.problems.length > 0) {
    const problems = settings.problems.map((each) => placed(each, entry, line.typed));
    throw new GenError(2, problems);
  }
  const missing = own('spec') ? specs.filter((path) => !existsSync(resolve(folder, path))) : [];
  if (missing.length > 0) {
    throw new GenError(
      2,
      missing.map((path) => ({
        code: 'no-spec-folder',
        message: `There is no folder ${path} beside ${entry.placeOf().file}.`,
        advice: 'Folders in the file are relative to it.',
        place: entry.placeOf('spec'),
        path: entry.pathOf('spec'),
      })),
    );
  }
  return {
    target,
    out: own('out') ? resolve(folder, out) : resolve(out),
    specs: own('spec') ? specs.map((path) => shownFrom(folder, path)) : specs,
    values: own('values') ? values.map((path) => shownFrom(folder, path)) : values,
    get place() {
      return entry.placeOf();
    },
  };
}

/** Settings of a file as they are read: lists, Maps of pairs, and values as they are. */
function asRead(settings: Settings): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([flag, value]) => {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return [flag, new Map(Object.entries(value))];
      }
      return [flag, TARGET_OPTIONS[flag]?.array === true ? [value].flat() : value];
    }),
  );
}

/** The place in the file; what a flag says wrong stays with the flag. */
function placed(problem: SettingProblem, entry: TargetEntry, typed: Settings): Problem {
  const { setting, ...rest } = problem;
  if (setting !== undefined && setting in typed) return withFlag(problem);
  return { ...rest, place: entry.placeOf(setting), path: entry.pathOf(setting) };
}

function shownFrom(folder: string, path: string): string {
  const full = resolve(folder, path);
  const below = relative(process.cwd(), full);
  return below !== '' && !below.startsWith(`..${sep}`) && !isAbsolute(below) ? below : full;
}

/** Two targets in one folder would take turns at overwriting each other. */
function assertApart(placed: readonly PlacedTarget[]): void {
  const byFolder = new Map<string, PlacedTarget>();
  const problems = placed.flatMap((one): Problem[] => {
    // Some disks do not tell names apart by letter case.
    const folder = folderOf(one).toLowerCase();
    const other = byFolder.get(folder);
    byFolder.set(folder, one);
    return other === undefined ? [] : [clash(one, `${other.target.name} is written there already`)];
  });
  for (const one of placed) {
    for (let at = dirname(folderOf(one)); at !== dirname(at); at = dirname(at)) {
      const around = byFolder.get(at.toLowerCase());
      if (around !== undefined) problems.push(clash(one, `it lies inside ${around.target.name}'s`));
    }
  }
  if (problems.length > 0) throw new GenError(2, problems);
}

function clash({ target, place }: PlacedTarget, why: string): Problem {
  const message = `The folder of ${target.name} cannot be written: ${why}.`;
  const advice = 'Give one of the two another name, or another out.';
  return { code: 'shared-folder', message, advice, ...(place === undefined ? {} : { place }) };
}

function folderOf({ out, target }: PlacedTarget): string {
  return join(out, target.name ?? '');
}

/** @throws GenError (exit 2) where a command that is about one target gets several */
export function onlyTarget({ all }: Targets, why: string): PlacedTarget {
  const [one, ...others] = all;
  if (one !== undefined && others.length === 0) return one;
  const names = all.map(({ target }) => target.name).join(', ');
  throw usageError(
    'several-targets',
    `${why}, and there are ${all.length}.`,
    `Choose one with --target: ${names}.`,
  );
}
