/**
 * Changing a target's folder, all of it or nothing. Everything is written beside the target first;
 * only renames, which need no space and are atomic each, happen inside it. A failure takes back what
 * was done, in the opposite order.
 */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { plainError } from './disk-errors.ts';
import { MANIFEST } from './manifest.ts';
import { shownFile, shownPath } from './shown-path.ts';

/** Starts the names of staging folders, beside the target's folder while files are being written. */
const STAGING_PREFIX = '.gen-stage-';

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

/** @throws GenError (exit 2) where the disk refuses; it is as it was before then */
export function commit(folder: string, { written, removed, replacements }: Changes): void {
  const undo: (() => void)[] = [];
  const parent = dirname(folder);
  const staged: string[] = [];
  let doing = parent;
  try {
    for (const { place, shownAs, content } of replacements) {
      doing = shownAs;
      accessSync(place, constants.W_OK);
      // A rename does not cross file systems, so each is staged beside itself.
      const beside = mkdtempSync(join(dirname(place), STAGING_PREFIX));
      staged.push(beside);
      writeFileSync(join(beside, 'new'), content);
      chmodSync(join(beside, 'new'), statSync(place).mode & 0o7777);
    }
    doing = parent;
    makeFolder(parent, undo);
    const staging = stagingName(parent);
    mkdirSync(staging);
    staged.push(staging);
    // Before the folders that were made around it.
    undo.push(() => rmSync(staging, { recursive: true, force: true }));
    if (existsSync(folder)) {
      putInto(folder, { written, removed }, staging, undo, (path) => {
        doing = shownFile(folder, path);
      });
    } else {
      writeTree(staging, written, (path) => {
        doing = shownFile(folder, path);
      });
      doing = parent;
      renameSync(staging, folder);
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
    for (const each of staged) rmSync(each, { recursive: true, force: true });
  }
  for (const path of removed) removeEmptyFolders(folder, path);
}

/** Of a folder that does not exist yet, and that gets the permissions of any other. */
function stagingName(parent: string): string {
  return join(parent, `${STAGING_PREFIX}${randomBytes(6).toString('hex')}`);
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
 * last: whoever is killed half way finds the former one, by which the next run goes on.
 */
function putInto(
  folder: string,
  { written, removed }: Pick<Changes, 'written' | 'removed'>,
  staging: string,
  undo: (() => void)[],
  begin: (path: string) => void,
): void {
  const paths = [...removed, ...written.keys()].sort(
    (a, b) => Number(a === MANIFEST) - Number(b === MANIFEST),
  );
  for (const [index, path] of paths.entries()) {
    const content = written.get(path);
    if (content === undefined) continue;
    begin(path);
    writeFileSync(join(staging, `new-${index}`), content);
  }
  for (const [index, path] of paths.entries()) {
    begin(path);
    const place = join(folder, ...path.split('/'));
    const fresh = join(staging, `new-${index}`);
    const backup = join(staging, `old-${index}`);
    const hadBefore = existsSync(place);
    if (hadBefore) keepCopy(place, backup);
    if (written.has(path)) {
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
