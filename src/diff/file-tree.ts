/** A folder to read, on disk or in a git revision: the same to whoever looks for policies in it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { usageError } from '../model/errors.ts';

export interface FileTree {
  /** Whether it is one file alone. */
  readonly isFile: boolean;
  /** Plain files, relative to the folder, with `/`, sorted. */
  readonly paths: readonly string[];
  /** Contents by path, of those paths that there are. */
  read(paths: readonly string[]): ReadonlyMap<string, Buffer>;
}

/** Folders that hold much, and never policies. */
const SKIPPED = new Set(['.git', 'node_modules', '.terraform']);

/** Whether the files of a folder, given by its path in the tree, are looked at. */
export function isSkipped(path: string): boolean {
  return path.split('/').some((part) => SKIPPED.has(part));
}

/**
 * A folder, or one file alone. Symbolic links in it are not followed.
 * @throws GenError (exit 2) where it cannot be read
 */
export function diskTree(root: string): FileTree {
  try {
    if (!statSync(root).isDirectory()) return oneFile(basename(root), () => readFileSync(root));
    const paths = filesBelow(root, '').sort();
    const known = new Set(paths);
    return {
      isFile: false,
      paths,
      read: (wanted) =>
        new Map(
          wanted
            .filter((path) => known.has(path))
            .map((path) => [path, guarded(root, () => readFileSync(join(root, path)))]),
        ),
    };
  } catch (error) {
    throw unreadable(root, error);
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
    read: (wanted) => new Map(wanted.includes(path) ? [[path, content()]] : []),
  };
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) return [path];
    return entry.isDirectory() && !SKIPPED.has(entry.name) ? filesBelow(root, path) : [];
  });
}

function guarded<T>(root: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(root, error);
  }
}

function unreadable(root: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error as Error;
  return usageError('unreadable-folder', `${root} cannot be read (${code}).`);
}
