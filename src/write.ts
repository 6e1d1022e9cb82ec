/**
 * Putting generated files on disk: whole or not at all, never over a person's edits, never outside
 * of the target's folder. With `check.ts`, the only part that touches the disk after generation.
 */
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { MANIFEST, MANIFEST_VERSION, sha256 } from './manifest.ts';
import type { EmittedFile } from './model/bundle.ts';
import { GenError, type Problem, usageError } from './model/errors.ts';

/** Starts the names of staging folders, beside the target's folder while files are being written. */
const STAGING_PREFIX = '.gen-stage-';

/** What a manifest says of the files written with it; the manifest itself is not in the list. */
export interface WrittenManifest {
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** New content for a file of a person's own, anywhere on the disk. */
export interface Replacement {
  /** Absolute, and of a file that exists. */
  readonly place: string;
  /** The path as a person knows it. */
  readonly shownAs: string;
  readonly content: string;
}

/** Paths relative to the target's folder, sorted. */
export interface WriteResult {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
}

/**
 * The manifest of the previous run into `folder`; undefined where there is none.
 * @throws GenError (exit 2) when it cannot be read, is no manifest of ours, or is a newer gen's.
 */
export function readFormerManifest(
  folder: string,
): (WrittenManifest & { readonly manifestVersion: 1 }) | undefined {
  const file = join(folder, MANIFEST);
  const shown = join(basename(folder), MANIFEST);
  const restore = `Restore it from version control, or delete it and run again with --force.`;
  let text: string;
  try {
    if (lstatSync(file).isSymbolicLink()) throw symbolicLink(shown);
    text = readFileSync(file, 'utf8');
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
  const version = (manifest as { manifestVersion?: unknown } | null)?.manifestVersion;
  if (typeof version === 'number' && version > MANIFEST_VERSION) {
    throw usageError(
      'newer-manifest',
      `${shown} was written by a newer gen (manifestVersion ${version}; this one knows ${MANIFEST_VERSION}).`,
      'Use that version of gen, or generate into another folder with --name or --out.',
    );
  }
  if (version !== MANIFEST_VERSION || !hasFileList(manifest)) {
    throw usageError('foreign-manifest', `${shown} is not a manifest that gen wrote.`, restore);
  }
  checkPaths(
    manifest.files.map((entry) => entry.path),
    shown,
  );
  return manifest as WrittenManifest & { readonly manifestVersion: 1 };
}

function hasFileList(manifest: unknown): manifest is WrittenManifest {
  const files = (manifest as { files?: unknown } | null)?.files;
  return (
    Array.isArray(files) &&
    files.every((entry) => typeof entry?.path === 'string' && typeof entry?.sha256 === 'string')
  );
}

/**
 * Makes `folder` hold exactly `files` (beside what was never ours).
 * Files that are already right are not touched and keep their time of change; files that the former
 * manifest lists and that are no longer produced go, with the folders they leave empty.
 * Replacements are written with them: all of it, or nothing.
 * @throws GenError exit 1 `edited-file` / `foreign-file` when something would be lost, unless
 *   `force`; exit 2 when the folder cannot be written. In both cases the disk is as it was before.
 */
export function writeFiles(
  folder: string,
  files: readonly EmittedFile[],
  former?: WrittenManifest,
  options: { readonly force?: boolean; readonly replacements?: readonly Replacement[] } = {},
): WriteResult {
  const wanted = new Map(files.map((file) => [file.path, file.content]));
  checkPaths([...wanted.keys()], 'the generated files');
  checkPaths(formerPaths(former), MANIFEST);

  const written: string[] = [];
  const unchanged: string[] = [];
  const removed: string[] = [];
  const losses: Problem[] = [];
  const onDisk = readTarget(folder, [...wanted.keys(), ...formerPaths(former)]);
  for (const path of [...onDisk.keys()].sort()) {
    const content = wanted.get(path);
    const actual = onDisk.get(path);
    if (actual === undefined) {
      if (content !== undefined) written.push(path);
      continue;
    }
    if (content !== undefined && actual.equals(Buffer.from(content))) {
      unchanged.push(path);
      continue;
    }
    const loss = lossOf(path, actual, former);
    if (loss !== undefined) losses.push(loss);
    (content === undefined ? removed : written).push(path);
  }
  if (losses.length > 0 && !options.force) throw new GenError(1, losses);
  const replacements = options.replacements ?? [];
  if (written.length + removed.length + replacements.length > 0) {
    commit(folder, written, removed, wanted, replacements);
  }
  return { written, unchanged, removed };
}

/**
 * Whether a file on disk differs from what the former run left there.
 * The manifest cannot list itself; with a former manifest at hand it is ours.
 */
export function isEdited(
  path: string,
  actual: Buffer,
  former: WrittenManifest | undefined,
): 'edited' | 'foreign' | undefined {
  if (path === MANIFEST && former !== undefined) return undefined;
  const entry = former?.files.find((file) => file.path === path);
  if (entry === undefined) return 'foreign';
  return entry.sha256 === sha256(actual) ? undefined : 'edited';
}

function lossOf(path: string, actual: Buffer, former?: WrittenManifest): Problem | undefined {
  switch (isEdited(path, actual, former)) {
    case 'edited':
      return {
        code: 'edited-file',
        message: `${path} was edited since gen wrote it.`,
        advice:
          'Move the edit into a spec of your own (--spec), or give --force to lose it; `gen check` shows it.',
      };
    case 'foreign':
      return {
        code: 'foreign-file',
        message: `${path} exists and was not written by gen.`,
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
  const shown = basename(folder);
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
  if (!statSync(folder).isDirectory()) throw notAFolder(shown);
}

function readInside(folder: string, path: string): Buffer | undefined {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const shown = parts.slice(0, depth).join('/');
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
    throw plainError(error, path, 'read');
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

/**
 * Everything is written beside the target first; only renames, which need no space and are atomic
 * each, happen inside it. A failure takes back what was done, in the opposite order.
 */
function commit(
  folder: string,
  written: readonly string[],
  removed: readonly string[],
  wanted: ReadonlyMap<string, string>,
  replacements: readonly Replacement[],
): void {
  const undo: (() => void)[] = [];
  const parent = dirname(folder);
  let staging: string | undefined;
  const stagedBeside: string[] = [];
  let doing = parent;
  try {
    for (const { place, shownAs, content } of replacements) {
      doing = shownAs;
      accessSync(place, constants.W_OK);
      // A rename does not cross file systems, so each is staged beside itself.
      const beside = mkdtempSync(join(dirname(place), STAGING_PREFIX));
      stagedBeside.push(beside);
      writeFileSync(join(beside, 'new'), content);
      chmodSync(join(beside, 'new'), statSync(place).mode & 0o7777);
    }
    doing = parent;
    makeFolder(parent, undo);
    staging = mkdtempSync(join(parent, STAGING_PREFIX));
    for (const [index, path] of written.entries()) {
      doing = path;
      writeFileSync(join(staging, `new-${index}`), wanted.get(path) as string);
    }
    for (const [index, path] of [...written, ...removed].entries()) {
      doing = path;
      const place = join(folder, ...path.split('/'));
      const backup = join(staging, `old-${index}`);
      const hadBefore = existsSync(place);
      if (hadBefore) keepCopy(place, backup);
      if (index < written.length) {
        makeFolder(dirname(place), undo);
        renameSync(join(staging, `new-${index}`), place);
      } else {
        unlinkSync(place);
      }
      undo.push(() => (hadBefore ? renameSync(backup, place) : unlinkSync(place)));
    }
    for (const [index, { place, shownAs }] of replacements.entries()) {
      doing = shownAs;
      const beside = stagedBeside[index] as string;
      keepCopy(place, join(beside, 'old'));
      renameSync(join(beside, 'new'), place);
      undo.push(() => renameSync(join(beside, 'old'), place));
    }
  } catch (error) {
    for (const step of undo.reverse()) attempt(step);
    const advice = replacements.some(({ shownAs }) => shownAs === doing)
      ? 'Check the permissions of the file given with --values, and of its folder.'
      : undefined;
    throw plainError(error, doing === parent ? shownFolder(parent) : doing, 'write', advice);
  } finally {
    for (const each of [...stagedBeside, ...(staging === undefined ? [] : [staging])]) {
      rmSync(each, { recursive: true, force: true });
    }
  }
  for (const path of removed) removeEmptyFolders(folder, path);
}

/** A hard link where the file system has them: it keeps time of change and mode for the way back. */
function keepCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

function makeFolder(folder: string, undo: (() => void)[]): void {
  // One by one: below /proc, Node's own recursive way never comes back.
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.push(at);
  for (const made of missing.reverse()) {
    mkdirSync(made);
    undo.push(() => rmdirSync(made));
  }
  if (missing.length === 0) mkdirSync(folder, { recursive: true });
}

function removeEmptyFolders(folder: string, path: string): void {
  for (let at = dirname(path); at !== '.'; at = dirname(at)) {
    const place = join(folder, at);
    if (!existsSync(place)) continue;
    if (readdirSync(place).length > 0) return;
    attempt(() => rmdirSync(place));
  }
}

/** One failing step on the way back must not keep the others from happening. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The error that led here is the one to report.
  }
}

function formerPaths(former: WrittenManifest | undefined): readonly string[] {
  return former?.files.map((file) => file.path) ?? [];
}

/** @throws GenError (exit 2) unless every path stays below the folder it is joined to. */
function checkPaths(paths: readonly string[], where: string): void {
  const unsafe = paths.filter(
    (path) =>
      path === '' ||
      /^[A-Za-z]:|[\\\0]/.test(path) ||
      path.split('/').some((part) => part === '' || part === '.' || part === '..'),
  );
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

function shownFolder(folder: string): string {
  const path = relative(process.cwd(), folder);
  return path.startsWith('..') ? folder : path || '.';
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

/** Plain words for what the system said. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'it, or a folder on the way to it, is a file',
  EEXIST: 'it, or a folder on the way to it, is a file',
  ENOENT: 'a folder on the way to it does not exist and cannot be made',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long for this file system',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
};

/** What the system said, in plain words; faults of ours as they are. */
export function plainError(
  error: unknown,
  shown: string,
  verb: 'read' | 'write',
  advice = 'Check the folder given with --out and its permissions.',
): Error {
  if (error instanceof GenError) return error;
  const code = errorCode(error);
  // Not the system's: a fault of ours, and to be seen as one.
  if (code === '' || !(error instanceof Error)) return error as Error;
  const reason = REASONS[code] ?? code;
  const undone = verb === 'write' ? ' Nothing was changed.' : '';
  return usageError(
    verb === 'write' ? 'cannot-write' : 'cannot-read',
    `cannot ${verb} ${shown}: ${reason}.${undone}`,
    advice,
  );
}
