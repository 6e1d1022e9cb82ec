/** Comparing what is on disk with what would be written; reads only. */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { EmittedFile } from '../model/bundle.ts';
import { contentHash, isSameContent } from './manifest.ts';
import { interruptionOf } from './staging.ts';
import { isEdited, readTarget, type WrittenManifest } from './write.ts';

/** Paths relative to the target's folder, sorted; each path stands in one list. */
export interface CheckResult {
  readonly fresh: boolean;
  /** Not on disk. */
  readonly missing: readonly string[];
  /** On disk as gen once wrote it (or never did), and no longer right. */
  readonly stale: readonly string[];
  /** On disk, but neither as gen wrote it nor right. */
  readonly edited: readonly string[];
  /** Listed in the manifest on disk and no longer produced. */
  readonly obsolete: readonly string[];
  /** A run was killed while it put files in place; the next `gen` takes back what it did. */
  readonly interrupted?: true;
  /** Unified, from what is on disk (`a/`) to what would be written (`b/`); empty when fresh. */
  readonly diff: string;
}

/**
 * @param folder absolute path of the target's folder
 * @param previous the manifest on disk
 * @param shownAs goes before every path in the diff, e.g. `out/core/`, so that the diff can be
 *   applied from there with `git apply` or `patch -p1`
 * @throws GenError (exit 2) when the folder cannot be read
 */
export function checkFiles(
  folder: string,
  files: readonly EmittedFile[],
  previous?: WrittenManifest,
  shownAs = '',
): CheckResult {
  const wanted = new Map(files.map((file) => [file.path, file.content]));
  const listed = previous?.files.map((file) => file.path) ?? [];
  const onDisk = readTarget(folder, [...wanted.keys(), ...listed]);

  const result = {
    missing: [] as string[],
    stale: [] as string[],
    edited: [] as string[],
    obsolete: [] as string[],
  };
  const interruption = interruptionOf(folder);
  const patches: string[] = [];
  for (const path of [...onDisk.keys()].sort()) {
    const content = wanted.get(path);
    const actual = onDisk.get(path);
    // Line ends alone are no difference, so the diff does not show them either.
    const text = actual?.toString('utf8').replaceAll('\r\n', '\n');
    if (actual === undefined && content === undefined) continue;
    if (content !== undefined && actual !== undefined && isSameContent(actual, content)) continue;
    if (actual === undefined) result.missing.push(path);
    else if (content === undefined) result.obsolete.push(path);
    else if (
      isEdited(path, actual, previous) === 'edited' &&
      interruption?.get(path) !== contentHash(actual)
    ) {
      result.edited.push(path);
    } else result.stale.push(path);
    patches.push(patchOf(`${shownAs}${path}`, text, content));
  }
  return {
    fresh: patches.length === 0 && interruption === undefined,
    ...result,
    ...(interruption === undefined ? {} : { interrupted: true }),
    diff: patches.join(''),
  };
}

/** A unified diff of one file; undefined where there is none before, or afterwards. */
export function patchOf(
  shownAs: string,
  before: string | undefined,
  after: string | undefined,
): string {
  return createTwoFilesPatch(
    before === undefined ? '/dev/null' : `a/${shownAs}`,
    after === undefined ? '/dev/null' : `b/${shownAs}`,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 3, headerOptions: FILE_HEADERS_ONLY },
  );
}
