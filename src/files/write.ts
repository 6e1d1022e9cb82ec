/**
 * Putting generated files on disk: whole or not at all, never over a person's edits, never outside
 * of the target's folder. With `check.ts`, the only part that touches the disk after generation.
 */
import { existsSync, lstatSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { EmittedFile } from '../model/bundle.ts';
import { GenError, type Problem, usageError } from '../model/errors.ts';
import { commit, type Replacement } from './commit.ts';
import { errorCode, plainError } from './disk-errors.ts';
import {
  contentHash,
  isSameContent,
  MANIFEST,
  MANIFEST_VERSION,
  manifestFault,
} from './manifest.ts';
import { isDeeperThan, LARGEST_MANIFEST, readRegularFile } from './read-file.ts';
import { shownFile, shownPath } from './shown-path.ts';
import { isInnerPath, lock, removeStaging, repair } from './staging.ts';

/** What a manifest says of the files written with it; the manifest itself is not in the list. */
export interface WrittenManifest {
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** Levels of a manifest; those that gen writes have about 12. */
const DEEPEST = 64;

/** Paths relative to the target's folder, sorted. */
export interface WriteResult {
  /** New files. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
  /** A run that was killed had left the folder half new; what it did was taken back first. */
  readonly repaired?: true;
}

export interface WriteOptions {
  /** Writes over edited files and those of others. */
  readonly force?: boolean;
  readonly replacements?: readonly Replacement[];
  /** Runs what a signal must not end half way: putting files in place. */
  readonly uninterrupted?: (work: () => void) => void;
}

/**
 * The manifest of the previous run into `folder`; undefined where there is none.
 * @throws GenError (exit 2) when it cannot be read, is no manifest of ours, or is a newer gen's.
 */
export function readPreviousManifest(
  folder: string,
): (WrittenManifest & { readonly manifestVersion: 1 }) | undefined {
  const file = join(folder, MANIFEST);
  const shown = shownFile(folder, MANIFEST);
  const restore = `Restore it from version control, or delete it and run again with --force.`;
  let text: string;
  try {
    if (lstatSync(file).isSymbolicLink()) throw symbolicLink(shown);
    text = readRegularFile(file, LARGEST_MANIFEST, shown).toString('utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw plainError(error, shown, 'read');
  }
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw usageError('broken-manifest', `${shown} is not JSON.`, restore);
  }
  if (isDeeperThan(DEEPEST, manifest)) {
    throw usageError('broken-manifest', `${shown} is nested too deeply.`, restore);
  }
  const fault = manifestFault(manifest);
  if (fault?.kind === 'newer') {
    throw usageError(
      'newer-manifest',
      `${shown} was written by a newer gen (manifestVersion ${fault.version}; this one knows ${MANIFEST_VERSION}).`,
      'Use that version of gen, or generate into another folder with --name or --out.',
    );
  }
  if (fault?.kind === 'foreign') {
    throw usageError('foreign-manifest', `${shown} is not a manifest that gen wrote.`, restore);
  }
  // Where only the permissions cannot be read, --repack does without them.
  const written = manifest as WrittenManifest & { readonly manifestVersion: 1 };
  checkPaths(
    written.files.map((entry) => entry.path),
    shown,
  );
  return written;
}

/**
 * Makes `folder` hold exactly `files` (beside what was never ours).
 * Files that are already right, whatever their line ends, are not touched and keep their time of
 * change. Files that the previous manifest lists and that are no longer produced are removed, with
 * the folders they leave empty.
 * Replacements are written with them: all of it, or nothing.
 * @throws GenError exit 1 `edited-file` / `foreign-file` when something would be lost, unless
 *   `force`; exit 2 when the folder cannot be written. In both cases the disk is as it was before.
 */
export function writeFiles(
  folder: string,
  files: readonly EmittedFile[],
  previous?: WrittenManifest,
  options: WriteOptions = {},
): WriteResult {
  const wanted = new Map(files.map((file) => [file.path, file.content]));
  checkPaths([...wanted.keys()], 'the generated files');
  checkPaths(previousPaths(previous), shownFile(folder, MANIFEST));
  checkTargetFolder(folder);
  const repaired = onDisk(folder, () => repair(folder));
  const replacements = options.replacements ?? [];
  const { force = false, uninterrupted = (work) => work() } = options;
  const isNothing = ({ added, changed, removed }: Difference): boolean =>
    added.length + changed.length + removed.length + replacements.length === 0;
  const put = ({ added, changed, removed }: Difference, lockedBy?: string): boolean => {
    const paths = [...added, ...changed].sort();
    const written = new Map(paths.map((path) => [path, wanted.get(path) as string]));
    const changes = { written, removed, replacements };
    return commit(folder, changes, {
      uninterrupted,
      ...(lockedBy === undefined ? {} : { lockedBy }),
    });
  };
  for (let known = previous; ; known = readPreviousManifest(folder)) {
    let found = differenceOf(folder, wanted, known);
    const isNew = !existsSync(folder);
    if (isNew && !isNothing(found) && !put(found)) continue;
    if (!isNew && !isNothing(found)) {
      const { staging } = lockFor(folder, force ? [] : found.losses);
      try {
        // Another run may have written the folder since it was read, or been writing it: its manifest
        // and its files belong together only while the lock is held.
        found = differenceOf(folder, wanted, readPreviousManifest(folder));
        if (found.losses.length > 0 && !force) throw new GenError(1, found.losses);
        if (!isNothing(found)) put(found, staging);
      } finally {
        removeStaging(staging);
      }
    }
    const { losses: _, ...result } = found;
    return { ...result, ...(repaired ? { repaired } : {}) };
  }
}

/** @param losses reported where the folder cannot be written anyway */
function lockFor(folder: string, losses: readonly Problem[]): ReturnType<typeof lock> {
  try {
    return onDisk(folder, () => lock(folder));
  } catch (error) {
    throw losses.length > 0 ? new GenError(1, losses) : error;
  }
}

function onDisk<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw plainError(error, shownPath(folder), 'write');
  }
}

interface Difference extends Omit<WriteResult, 'repaired'> {
  /** What would be lost. */
  readonly losses: readonly Problem[];
}

/** What differs between a folder and what is wanted, and what would be lost. */
function differenceOf(
  folder: string,
  wanted: ReadonlyMap<string, string>,
  previous: WrittenManifest | undefined,
): Difference {
  const added: string[] = [];
  const changed: string[] = [];
  const unchanged: string[] = [];
  const removed: string[] = [];
  const losses: Problem[] = [];
  const contents = readTarget(folder, [...wanted.keys(), ...previousPaths(previous)]);
  for (const path of [...contents.keys()].sort()) {
    const content = wanted.get(path);
    const actual = contents.get(path);
    if (actual === undefined) {
      if (content !== undefined) added.push(path);
      continue;
    }
    if (content !== undefined && isSameContent(actual, content)) {
      unchanged.push(path);
      continue;
    }
    const loss = lossOf(path, shownFile(folder, path), actual, previous);
    if (loss !== undefined) losses.push(loss);
    (content === undefined ? removed : changed).push(path);
  }
  return { added, changed, unchanged, removed, losses };
}

/**
 * Whether a file on disk differs from what the previous run left there.
 * The manifest cannot list itself; with a previous manifest at hand it is ours.
 */
export function isEdited(
  path: string,
  actual: Buffer,
  previous: WrittenManifest | undefined,
): 'edited' | 'foreign' | undefined {
  if (path === MANIFEST && previous !== undefined) return undefined;
  const entry = previous?.files.find((file) => file.path === path);
  if (entry === undefined) return 'foreign';
  return entry.sha256 === contentHash(actual) ? undefined : 'edited';
}

function lossOf(
  path: string,
  shown: string,
  actual: Buffer,
  previous: WrittenManifest | undefined,
): Problem | undefined {
  switch (isEdited(path, actual, previous)) {
    case 'edited':
      return {
        code: 'edited-file',
        message: `${shown} was edited since gen wrote it.`,
        advice:
          'Move the edit into a spec of your own (--spec), or give --force to lose it; `gen check` shows it.',
      };
    case 'foreign':
      return {
        code: 'foreign-file',
        message: `${shown} exists and was not written by gen.`,
        advice: 'Move it away, choose another --name or --out, or give --force to overwrite it.',
      };
    default:
      return undefined;
  }
}

/**
 * Current contents by path; undefined where there is no file.
 * @throws GenError (exit 2) for a symbolic link on the way, a file where a folder belongs, or the
 *   other way round.
 */
export function readTarget(
  folder: string,
  paths: readonly string[],
): ReadonlyMap<string, Buffer | undefined> {
  checkTargetFolder(folder);
  const contents = new Map<string, Buffer | undefined>();
  for (const path of new Set(paths)) contents.set(path, readInside(folder, path));
  return contents;
}

/** A link is followed only while it stays beside the target, e.g. `latest` → `core`. */
function checkTargetFolder(folder: string): void {
  const shown = shownPath(folder);
  const stats = lstatOrNothing(folder, shown);
  if (stats === undefined) return;
  if (stats.isSymbolicLink()) {
    const parent = realpathSync(dirname(folder));
    let real: string;
    try {
      real = realpathSync(folder);
    } catch (error) {
      throw plainError(error, shown, 'read');
    }
    const inside = relative(parent, real);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) {
      throw symbolicLink(shown);
    }
  }
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) throw notAFolder(shown);
}

function readInside(folder: string, path: string): Buffer | undefined {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const shown = shownFile(folder, parts.slice(0, depth).join('/'));
    const stats = lstatOrNothing(join(folder, ...parts.slice(0, depth)), shown);
    if (stats === undefined) return undefined;
    if (stats.isSymbolicLink()) throw symbolicLink(shown);
    const isLast = depth === parts.length;
    if (!isLast && !stats.isDirectory()) throw notAFolder(shown);
    if (isLast && !stats.isFile()) {
      throw usageError(
        'in-the-way',
        `${shown} is not a file, and gen has to write a file there.`,
        'Move it away, or choose another --name or --out.',
      );
    }
  }
  try {
    return readFileSync(join(folder, ...parts));
  } catch (error) {
    // Another run has just removed it.
    if (errorCode(error) === 'ENOENT') return undefined;
    throw plainError(error, shownFile(folder, path), 'read');
  }
}

function lstatOrNothing(path: string, shown: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A parent that is a file: said when the folder is made, in words that name the parent.
    if (errorCode(error) === 'ENOTDIR') return undefined;
    throw plainError(error, shown, 'read');
  }
}

function previousPaths(previous: WrittenManifest | undefined): readonly string[] {
  return previous?.files.map((file) => file.path) ?? [];
}

/** @throws GenError (exit 2) unless every path stays below the folder it is joined to. */
function checkPaths(paths: readonly string[], where: string): void {
  const unsafe = paths.filter((path) => !isInnerPath(path));
  if (unsafe.length === 0) return;
  throw new GenError(
    2,
    unsafe.map((path) => ({
      code: 'unsafe-path',
      message: `${where} names ${JSON.stringify(path)}, which is not a path inside the target's folder.`,
      advice: 'Paths are relative, with /, and without . or .. in them.',
    })),
  );
}

function symbolicLink(shown: string): GenError {
  return usageError(
    'symbolic-link',
    `${shown} is a symbolic link; gen does not write through links.`,
    'Replace it by a real file or folder, or choose another --name or --out.',
  );
}

function notAFolder(shown: string): GenError {
  return usageError(
    'not-a-folder',
    `${shown} is a file, and gen has to write a folder there.`,
    'Move it away, or choose another --name or --out.',
  );
}
