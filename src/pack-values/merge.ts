/**
 * Merging a snippet into a pack's values, in place.
 *
 * 1. What says already what the snippet says stays as it is: merging twice changes nothing.
 * 2. A key that is missing is added behind the last one of its map; a value that is missing
 *    (`managedMachinePool:`) is filled in. Comments below what is there stay with it.
 * 3. To a list, what it lacks is added behind its last item. What others listed stays. A map in a
 *    list is known by its `name`: what the one of that name lacks is added to it.
 * 4. Another value is a conflict: it is reported with its place, and overwritten only on request.
 * 5. A list, a map or a text where another of these belongs is an error, asked or not.
 * 6. What an alias or a merge key brings from elsewhere is never changed there.
 * 7. Only the text of what changes is touched. Afterwards the whole is read again, and must hold
 *    what it held and what was merged, else nothing is written.
 */
import { isDeepStrictEqual } from 'node:util';
import type { PackValues } from '../emit/pxk.ts';
import { GenError, type Problem } from '../model/errors.ts';
import { pathText } from '../spec/yaml-file.ts';
import { assignToDocuments, choosePack } from './choose.ts';
import { applyEdits, lineBreakOf } from './layout.ts';
import { type Change, DocumentMerger, type Path } from './merge-document.ts';
import { readValues, type ValuesDocument, type ValuesFile } from './read.ts';

export interface MergedValues {
  /** The whole file; as it was where nothing is to be merged, or where there are conflicts. */
  readonly text: string;
  /** Paths of what was merged, e.g. `managedMachinePool.roleName`. */
  readonly merged: readonly string[];
  /** Where keys were put, if that was a choice. */
  readonly notes?: readonly string[];
  /** Other values where ours belong; none where they are written over. */
  readonly conflicts: readonly Problem[];
}

/**
 * @param text the file as it is
 * @param shownAs its path as a user knows it
 * @param packs the snippets there are, one per kind of pack
 * @throws GenError (exit 2) for a file that is not such values, each problem with its place
 */
export function mergeValues(
  text: string,
  shownAs: string,
  packs: readonly PackValues[],
  options: { readonly force: boolean },
): MergedValues {
  const file = readValues(text, shownAs);
  const pack = choosePack(file, packs);
  const { assignments, notes } = assignToDocuments(file, pack);
  const mergers = assignments.map(({ index, wanted }) => {
    const merger = new DocumentMerger(file, file.documents[index] as ValuesDocument, options.force);
    merger.merge(wanted);
    return { index, merger };
  });
  const problems = mergers.flatMap(({ merger }) => merger.problems);
  if (problems.length > 0) throw new GenError(2, problems);
  const conflicts = mergers.flatMap(({ merger }) => merger.conflicts);
  if (conflicts.length > 0) return { text, merged: [], conflicts };

  const edits = mergers.flatMap(({ merger }) => merger.edits);
  const merged = applyEdits(text, edits, lineBreakOf(text));
  const changes = new Map(mergers.map(({ index, merger }) => [index, merger.changes]));
  proveMerged(file, changes, merged);
  return {
    text: merged,
    merged: [...changes.values()].flat().map(({ path }) => pathText(path.map(stepOf))),
    ...(notes.length === 0 ? {} : { notes }),
    conflicts: [],
  };
}

/** Positions in lists are numbers. */
function stepOf(step: string): string | number {
  return /^\d+$/.test(step) ? Number(step) : step;
}

/** Rule 7. */
function proveMerged(
  file: ValuesFile,
  changes: ReadonlyMap<number, readonly Change[]>,
  merged: string,
): void {
  const expected = file.documents.map(({ value }, index) =>
    (changes.get(index) ?? []).reduce<unknown>(
      (before, { path, value: now }) => withValue(before, path, now),
      value,
    ),
  );
  let actual: unknown;
  try {
    actual = readValues(merged, file.shownAs).documents.map(({ value }) => value);
  } catch (error) {
    if (!(error instanceof GenError)) throw error;
  }
  if (isDeepStrictEqual(actual, expected)) return;
  throw new GenError(2, {
    code: 'cannot-merge',
    message: 'The file is written in a way that gen cannot merge into without changing more.',
    advice: 'Merge the snippet (format pxk) by hand; afterwards gen finds nothing to do.',
    place: file.placeAt(0),
  });
}

/** A copy with one value changed; what is shared stays as it is elsewhere. */
function withValue(before: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(before)) {
    return before.map((item, at) => (String(at) === key ? withValue(item, rest, value) : item));
  }
  const map = (before ?? {}) as Record<string, unknown>;
  return { ...map, [key]: withValue(map[key], rest, value) };
}
