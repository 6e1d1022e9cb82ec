/**
 * Changing a target's folder, all of it or nothing. Everything is written to a staging folder first;
 * only renames, which need no space and are atomic each, happen outside of it. A failure takes back
 * what was done, in the opposite order; what a killed run did, the next run takes back
 * (`staging.ts`).
 */
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, plainError } from './disk-errors.ts';
import { contentHash, MANIFEST } from './manifest.ts';
import { shownFile, shownPath } from './shown-path.ts';
import { attempt, makeStaging, removeEmptyFolders, removeStaging, writeIntent } from './staging.ts';

/** New content for a file of a person's own, anywhere on the disk. */
export interface Replacement {
  /** Absolute, and of a file that exists. */
  readonly place: string;
  /** The path as a person knows it. */
  readonly shownAs: string;
  readonly content: string;
}

/** What is to be different afterwards; paths are relative to the target's folder. */
export interface Changes {
  readonly written: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
  readonly replacements: readonly Replacement[];
}

export interface CommitOptions {
  /** The staging folder that locks the target (`lock`); none where the target does not exist. */
  readonly lockedBy?: string;
  /** Runs what a signal must not end half way. */
  readonly uninterrupted: (work: () => void) => void;
}

/**
 * @returns whether it is done; false where another run has made the target meanwhile
 * @throws GenError (exit 2) where the disk refuses; it is as it was before then
 */
export function commit(
  folder: string,
  changes: Changes,
  { lockedBy, uninterrupted }: CommitOptions,
): boolean {
  let done = false;
  uninterrupted(() => {
    try {
      done = apply(folder, changes, lockedBy);
    } finally {
      if (lockedBy !== undefined) removeStaging(lockedBy);
    }
  });
  return done;
}

function apply(
  folder: string,
  { written, removed, replacements }: Changes,
  lockedBy: string | undefined,
): boolean {
  const undo: (() => void)[] = [];
  const parent = dirname(folder);
  const staged: string[] = [];
  let doing = parent;
  try {
    for (const { place, shownAs, content } of replacements) {
      doing = shownAs;
      accessSync(place, constants.W_OK);
      // A rename does not cross file systems, so each is staged beside itself.
      const beside = makeStaging(dirname(place));
      staged.push(beside);
      writeFileSync(join(beside, 'new'), content);
      chmodSync(join(beside, 'new'), statSync(place).mode & 0o7777);
    }
    doing = parent;
    if (lockedBy !== undefined) {
      putInto({ folder, staging: lockedBy }, { written, removed }, undo, (path) => {
        doing = shownFile(folder, path);
      });
    } else {
      makeFolder(parent, undo);
      const staging = makeStaging(parent);
      staged.push(staging);
      // Before the folders that were made around it.
      undo.push(() => rmSync(staging, { recursive: true, force: true }));
      writeTree(staging, written, (path) => {
        doing = shownFile(folder, path);
      });
      doing = parent;
      try {
        renameSync(staging, folder);
      } catch (error) {
        if (!existsSync(folder)) throw error;
        // Another run was first.
        return false;
      }
      undo.push(() => rmSync(folder, { recursive: true }));
    }
    for (const [index, { place, shownAs }] of replacements.entries()) {
      doing = shownAs;
      const beside = staged[index] as string;
      keepCopy(place, join(beside, 'old'));
      renameSync(join(beside, 'new'), place);
      undo.push(() => renameSync(join(beside, 'old'), place));
    }
  } catch (error) {
    for (const step of undo.reverse()) attempt(step);
    const advice = replacements.some(({ shownAs }) => shownAs === doing)
      ? 'Check the permissions of the file given with --values, and of its folder.'
      : undefined;
    throw plainError(error, doing === parent ? shownPath(parent) : doing, 'write', advice);
  } finally {
    for (const each of staged) removeStaging(each);
  }
  for (const path of removed) removeEmptyFolders(folder, path);
  return true;
}

/** A new target: its whole folder, to be renamed at once. */
function writeTree(
  folder: string,
  written: ReadonlyMap<string, string>,
  begin: (path: string) => void,
): void {
  const made = new Set([folder]);
  for (const [path, content] of written) {
    begin(path);
    const place = join(folder, ...path.split('/'));
    if (!made.has(dirname(place))) mkdirSync(dirname(place), { recursive: true });
    made.add(dirname(place));
    writeFileSync(place, content);
  }
}

/**
 * A target that was there before: file by file, whatever else lies beside them. The manifest comes
 * last.
 */
function putInto(
  { folder, staging }: { readonly folder: string; readonly staging: string },
  { written, removed }: Pick<Changes, 'written' | 'removed'>,
  undo: (() => void)[],
  begin: (path: string) => void,
): void {
  const paths = [...removed, ...written.keys()].sort(
    (a, b) => Number(a === MANIFEST) - Number(b === MANIFEST),
  );
  const steps = paths.map((path) => {
    const content = written.get(path);
    return {
      path,
      place: join(folder, ...path.split('/')),
      content,
      hadBefore: existsSync(join(folder, ...path.split('/'))),
      sha256: content === undefined ? null : contentHash(content),
    };
  });
  for (const [index, { path, content }] of steps.entries()) {
    if (content === undefined) continue;
    begin(path);
    writeFileSync(join(staging, `new-${index}`), content);
  }
  writeIntent(
    staging,
    steps.map(({ path, hadBefore, sha256 }) => ({ path, hadBefore, sha256 })),
  );
  for (const [index, { path, place, content, hadBefore }] of steps.entries()) {
    begin(path);
    const fresh = join(staging, `new-${index}`);
    const backup = join(staging, `old-${index}`);
    if (hadBefore) keepCopy(place, backup);
    if (content !== undefined) {
      if (hadBefore) chmodSync(fresh, statSync(place).mode & 0o7777);
      makeFolder(dirname(place), undo);
      renameSync(fresh, place);
    } else {
      unlinkSync(place);
    }
    undo.push(() => (hadBefore ? renameSync(backup, place) : unlinkSync(place)));
  }
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
    try {
      mkdirSync(made);
    } catch (error) {
      // Another run has made it meanwhile.
      if (errorCode(error) === 'EEXIST' && statSync(made).isDirectory()) continue;
      throw error;
    }
    undo.push(() => rmdirSync(made));
  }
  if (missing.length === 0) mkdirSync(folder, { recursive: true });
}
