/**
 * Reading files that somebody else may have put there: regular files of a bounded size, and nothing
 * that never ends (a device) or never begins (a FIFO that nobody writes to).
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type GenError, usageError } from '../model/errors.ts';

const MB = 1024 * 1024;

/** Bytes that a file may have: far more than files of its kind do. */
export const LARGEST_YAML = 5 * MB;
export const LARGEST_MANIFEST = 20 * MB;
export const LARGEST_POLICY = 50 * MB;

/**
 * The content of a regular file; symbolic links are followed.
 * @param limit in bytes, a whole number of MB
 * @param shownAs the file as the user knows it
 * @throws GenError (exit 2) `not-a-file` or `too-large`; the system's error where it cannot be read
 */
export function readRegularFile(path: string, limit: number, shownAs: string): Buffer {
  // Without O_NONBLOCK, opening a FIFO waits for a writer. Windows has neither.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw notAFile(shownAs, stats.isDirectory());
    if (stats.size > limit) throw tooLarge(shownAs, limit);
    return readUpTo(file, stats.size, limit, shownAs);
  } finally {
    closeSync(file);
  }
}

/** Files of some systems say that they are empty, and others grow while they are read. */
function readUpTo(file: number, size: number, limit: number, shownAs: string): Buffer {
  const parts: Buffer[] = [];
  let total = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(total === 0 ? size + 1 : 65_536);
    const count = readSync(file, part, 0, part.length, null);
    if (count === 0) return Buffer.concat(parts, total);
    parts.push(part.subarray(0, count));
    total += count;
    if (total > limit) throw tooLarge(shownAs, limit);
  }
}

function notAFile(shownAs: string, isFolder: boolean): GenError {
  return usageError(
    'not-a-file',
    `${shownAs} is not a ${isFolder ? 'file but a folder' : 'regular file'}; gen reads regular files only.`,
    'Name a file with text in it, not a folder, device, pipe or socket.',
  );
}

function tooLarge(shownAs: string, limit: number): GenError {
  return usageError(
    'too-large',
    `${shownAs} is larger than ${limit / MB} MB, the most that gen reads of such a file.`,
    'Is it the right file? If it is, split it.',
  );
}

/**
 * Whether a value of JSON or YAML is nested deeper than so many levels: what walks through values
 * would run out of stack.
 */
export function isDeeperThan(levels: number, value: unknown): boolean {
  return heightOf(value, levels, new Map()) > levels;
}

/** At most one more than `most`; what aliases share is looked at once. */
function heightOf(value: unknown, most: number, known: Map<unknown, number>): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (most <= 0) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  let height = 1;
  for (const item of Object.values(value)) {
    height = Math.max(height, 1 + heightOf(item, most - 1, known));
    if (height > most) break;
  }
  known.set(value, height);
  return height;
}
