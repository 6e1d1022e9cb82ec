/**
 * Staging folders: where files lie until they are put in place.
 *
 * 1. The name says whose it is: the process and when that started. One whose process no longer runs
 *    is abandoned, and the next run removes it.
 * 2. A target that exists is changed from a staging folder inside it, which is also its lock: a run
 *    that finds another one's there removes its own and waits.
 * 3. Before the first file is put in place, `intent.json` in the staging folder lists all of them,
 *    and the files they replace are kept beside it. It is deleted when the last one is in place. An
 *    abandoned folder that still has it tells that the target is half new, and how to go back.
 */
import { randomBytes } from 'node:crypto';
import {
  type Dirent,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { usageError } from '../model/errors.ts';
import { errorCode } from './disk-errors.ts';
import { contentHash } from './manifest.ts';
import { shownPath } from './shown-path.ts';

const PREFIX = '.gen-stage-';
/** Process, its start, and something random. */
const NAME = /^\.gen-stage-(\d{1,9})-(\d+)-[0-9a-f]{12}$/;
const INTENT = 'intent.json';

/** Putting files in place takes milliseconds: a run that waits longer than this says why. */
const PATIENCE = 10_000;
const HOUR = 3_600_000;

/** One file that is put in place or removed. */
export interface Step {
  /** Relative to the target's folder. */
  readonly path: string;
  /** Whether there was a file, kept as `old-<index>`. */
  readonly hadBefore: boolean;
  /** Of the new content, as manifests hash it; null where the file is removed. */
  readonly sha256: string | null;
}

/** Whether a file or folder of this name is one of gen's staging folders. */
export function isStagingName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Whether a path of a manifest or an intent stays below the folder it is joined to. */
export function isInnerPath(path: string): boolean {
  return (
    path !== '' &&
    !/^[A-Za-z]:|[\\\0]/.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** A new staging folder, with the permissions of any other. */
export function makeStaging(parent: string): string {
  const name = `${PREFIX}${process.pid}-${startOf(process.pid)}-${randomBytes(6).toString('hex')}`;
  const place = join(parent, name);
  mkdirSync(place);
  return place;
}

export function writeIntent(staging: string, steps: readonly Step[]): void {
  writeFileSync(join(staging, INTENT), JSON.stringify(steps));
}

/** The intent goes first: what is left without one is no longer needed. */
export function removeStaging(staging: string): void {
  attempt(() => rmSync(join(staging, INTENT), { force: true }));
  attempt(() => rmSync(staging, { recursive: true, force: true }));
}

/**
 * Removes what killed runs left in a folder, of a target or of targets, unless it is needed to repair
 * a target. Does nothing where nothing can be removed.
 */
export function sweepStaging(folder: string): void {
  for (const place of abandonedIn(folder)) {
    const steps = readIntent(place);
    if (steps === undefined || !isHalfDone(folder, steps)) removeStaging(place);
  }
}

/**
 * Where a killed run left a target half new: the new hashes of the files that it was putting in
 * place, by path, null for one to be removed.
 */
export function interruptionOf(folder: string): ReadonlyMap<string, string | null> | undefined {
  for (const place of abandonedIn(folder)) {
    const steps = readIntent(place);
    if (steps !== undefined && isHalfDone(folder, steps)) {
      return new Map(steps.map(({ path, sha256 }) => [path, sha256]));
    }
  }
  return undefined;
}

/** Takes a target back to what it was before a run that was killed; says whether there was one. */
export function repair(folder: string): boolean {
  if (interruptionOf(folder) === undefined) {
    sweepStaging(folder);
    return false;
  }
  const { staging, repaired } = lock(folder);
  removeStaging(staging);
  return repaired;
}

/**
 * A staging folder in the target's, which keeps other runs out until it is removed. What killed runs
 * left there is repaired then.
 * @throws GenError (exit 2) where another run does not end, errors of the file system
 */
export function lock(folder: string): { readonly staging: string; readonly repaired: boolean } {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const staging = makeStaging(folder);
    // Each looks after its own is there to be seen, so of two runs at least one sees the other.
    const other = stagingIn(folder).find((each) => each.place !== staging && each.isAlive);
    if (other === undefined) {
      try {
        return { staging, repaired: repairAll(folder, staging) };
      } catch (error) {
        removeStaging(staging);
        throw error;
      }
    }
    removeStaging(staging);
    if (Date.now() > until) {
      throw usageError(
        'busy',
        `Another run of gen (process ${NAME.exec(other.name)?.[1]}) is writing ${shownPath(folder)}.`,
        'Wait for it to end, and run gen again.',
      );
    }
    // A random time, so that two runs do not meet again and again.
    sleep(1 + Math.random() * 20);
  }
}

function repairAll(folder: string, own: string): boolean {
  let repaired = false;
  for (const place of abandonedIn(folder)) {
    if (place === own) continue;
    const steps = readIntent(place);
    if (steps !== undefined && isHalfDone(folder, steps)) {
      rollBack(folder, place, steps);
      repaired = true;
    }
    removeStaging(place);
  }
  return repaired;
}

/**
 * In the opposite order, each file that is as the killed run would have it; what a person has
 * changed since stays. Killed on the way, it can be done again.
 */
function rollBack(folder: string, staging: string, steps: readonly Step[]): void {
  for (const [index, { path, hadBefore, sha256 }] of [...steps.entries()].reverse()) {
    const state = stateOf(folder, path);
    if (state === undefined || state.sha256 !== sha256) continue;
    if (!hadBefore) {
      unlinkSync(state.place);
      removeEmptyFolders(folder, path);
      continue;
    }
    const backup = join(staging, `old-${index}`);
    if (lstatSync(backup, { throwIfNoEntry: false })?.isFile()) renameSync(backup, state.place);
  }
}

/** Not where the run was killed before the first step, or while it cleaned up after the last. */
function isHalfDone(folder: string, steps: readonly Step[]): boolean {
  const isDone = ({ path, sha256 }: Step): boolean => stateOf(folder, path)?.sha256 === sha256;
  const last = steps.at(-1);
  return last !== undefined && !isDone(last) && steps.some(isDone);
}

/** Of a file, null where there is none; undefined where something else is in the way. */
function stateOf(
  folder: string,
  path: string,
): { readonly place: string; readonly sha256: string | null } | undefined {
  const parts = path.split('/');
  const place = join(folder, ...parts);
  // Never through a link.
  for (let depth = 1; depth < parts.length; depth++) {
    const stats = lstatSync(join(folder, ...parts.slice(0, depth)), { throwIfNoEntry: false });
    if (stats?.isDirectory() !== true) return undefined;
  }
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return { place, sha256: null };
  return stats.isFile() ? { place, sha256: contentHash(readFileSync(place)) } : undefined;
}

/** Undefined where there is none, or none that is whole: nothing was put in place then. */
function readIntent(staging: string): readonly Step[] | undefined {
  const file = join(staging, INTENT);
  try {
    if (!lstatSync(file).isFile()) return undefined;
    const steps: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(steps) && steps.every(isStep) ? steps : undefined;
  } catch {
    return undefined;
  }
}

function isStep(step: Partial<Step> | null): boolean {
  return (
    typeof step?.path === 'string' &&
    isInnerPath(step.path) &&
    typeof step.hadBefore === 'boolean' &&
    (step.sha256 === null || typeof step.sha256 === 'string')
  );
}

function abandonedIn(folder: string): readonly string[] {
  return stagingIn(folder).flatMap(({ place, isAlive }) => (isAlive ? [] : [place]));
}

/** Empty where the folder cannot be read. */
function stagingIn(
  folder: string,
): readonly { readonly name: string; readonly place: string; readonly isAlive: boolean }[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    if (!isStagingName(entry.name) || !entry.isDirectory()) return [];
    const place = join(folder, entry.name);
    const [, pid, start] = NAME.exec(entry.name) ?? [];
    const isAlive = pid !== undefined && isRunning(Number(pid), String(start), place);
    return [{ name: entry.name, place, isAlive }];
  });
}

/** Whether the process that made a staging folder still runs, and is no other of the same number. */
function isRunning(pid: number, start: string, staging: string): boolean {
  // Writing is synchronous: this process has left behind what it is not writing from.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
  }
  const now = startOf(pid);
  if (now !== UNKNOWN && start !== UNKNOWN) return now === start;
  const made = statSync(staging, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - made < HOUR;
}

/** Where the system does not tell when a process started. */
const UNKNOWN = '0';

/** When a process started, in ticks since the system did (proc_pid_stat(5), starttime). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, a name in parentheses, may hold anything.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? 'ended' : (fields[18] ?? UNKNOWN);
  } catch {
    return UNKNOWN;
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

export function removeEmptyFolders(folder: string, path: string): void {
  for (let at = dirname(path); at !== '.'; at = dirname(at)) {
    const place = join(folder, at);
    if (lstatSync(place, { throwIfNoEntry: false }) === undefined) continue;
    if (readdirSync(place).length > 0) return;
    attempt(() => rmdirSync(place));
  }
}

/** One failing step on the way back must not keep the others from happening. */
export function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The error that led here is the one to report.
  }
}
