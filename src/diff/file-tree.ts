/** A folder to read, on disk or in a git revision: the same to whoever looks for policies in it. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { reasonOf } from '../files/disk-errors.ts';
import { LARGEST_POLICY, readRegularFile } from '../files/read-file.ts';
import { interruptionOf, isStagingName } from '../files/staging.ts';
import { GenError, usageError } from '../model/errors.ts';

/** A path that was not read, and why, as in `(a symbolic link)`. */
export interface Unread {
  readonly path: string;
  readonly reason: string;
}

export function byPath(a: Unread, b: Unread): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

export interface FileTree {
  /** Whether it is one file alone. */
  readonly isFile: boolean;
  /** Plain files, relative to the folder, with `/`, sorted. */
  readonly paths: readonly string[];
  /** What is neither a plain file nor a folder that can be opened. */
  readonly passedOver: readonly Unread[];
  /** Contents by path, of those paths that there are; where a file cannot be read, the reason. */
  read(paths: readonly string[]): ReadonlyMap<string, Buffer | string>;
}

/** Folders that hold much, and never policies. */
const SKIPPED = new Set(['.git', 'node_modules', '.terraform']);

/** Whether the files of a folder, given by its path in the tree, are not looked at. */
export function isSkipped(path: string): boolean {
  return path.split('/').some((part) => SKIPPED.has(part) || isStagingName(part));
}

/**
 * A folder, or one file alone. Symbolic links in it are not followed; one that stays in the folder
 * adds nothing to it, others are passed over.
 * @throws GenError (exit 2) where it cannot be read
 */
export function diskTree(root: string): FileTree {
  try {
    if (!statSync(root).isDirectory()) {
      const content = readRegularFile(root, LARGEST_POLICY, root);
      return oneFile(basename(root), () => content);
    }
    const found: Found = { paths: [], passedOver: [] };
    collect(root, '', found);
    const paths = found.paths.sort();
    const known = new Set(paths);
    return {
      isFile: false,
      paths,
      passedOver: found.passedOver,
      read: (wanted) =>
        new Map(
          wanted.filter((path) => known.has(path)).map((path) => [path, contentOf(root, path)]),
        ),
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw usageError('unreadable-folder', `${root} cannot be read (${code}).`);
  }
}

/** A file in a folder, as the user knows the folder: `out/core`, `HEAD:`. */
export function shownPath(folder: string, path: string): string {
  return /[:/]$/.test(folder) ? `${folder}${path}` : `${folder}/${path}`;
}

/** A tree of one file. */
export function oneFile(path: string, content: () => Buffer): FileTree {
  return {
    isFile: true,
    paths: [path],
    passedOver: [],
    read: (wanted) => new Map(wanted.includes(path) ? [[path, content()]] : []),
  };
}

/** How a link is called whose target is not in the tree. */
export const SYMBOLIC_LINK = 'a symbolic link';

/** How the staging folder of a run is called that was killed half way. */
const INTERRUPTED = 'left by an interrupted run: generate again to repair the folder';

interface Found {
  readonly paths: string[];
  readonly passedOver: Unread[];
}

function collect(root: string, folder: string, found: Found): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) found.paths.push(path);
    else if (entry.isSymbolicLink()) {
      if (!isSkipped(path) && !staysInside(root, path)) {
        found.passedOver.push({ path, reason: SYMBOLIC_LINK });
      }
    } else if (!entry.isDirectory()) found.passedOver.push({ path, reason: 'not a plain file' });
    else if (isStagingName(entry.name)) {
      // The files beside it are a mixture, which nobody has edited.
      if (interruptionOf(join(root, folder)) !== undefined) {
        found.passedOver.push({ path: `${path}/`, reason: INTERRUPTED });
      }
    } else if (!isSkipped(path)) {
      try {
        collect(root, path, found);
      } catch (error) {
        found.passedOver.push({ path: `${path}/`, reason: systemReason(error) });
      }
    }
  }
}

/** Whether a link leads to what is in the tree anyway. */
function staysInside(root: string, path: string): boolean {
  try {
    const target = relative(realpathSync(root), realpathSync(join(root, path)));
    // On another drive of Windows it is absolute.
    const leaves = target === '..' || target.startsWith(`..${sep}`) || isAbsolute(target);
    return !leaves && !isSkipped(target.split(sep).join('/'));
  } catch {
    return false;
  }
}

/** Why a file in a folder is not read, by the code of the error. */
const WRONG_KINDS: Readonly<Record<string, string>> = {
  'not-a-file': 'not a plain file',
  'too-large': 'larger than 50 MB',
};

function contentOf(root: string, path: string): Buffer | string {
  try {
    return readRegularFile(join(root, path), LARGEST_POLICY, 'the file');
  } catch (error) {
    if (error instanceof GenError) return WRONG_KINDS[error.problems[0]?.code ?? ''] ?? 'not read';
    return systemReason(error);
  }
}

/** @throws what is no error of the file system's */
function systemReason(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  return `cannot be read: ${reasonOf(error)}`;
}
