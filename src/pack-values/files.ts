/** The values files that a user names, read from the disk and merged. */
import { realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { packValues } from '../emit/pxk.ts';
import { plainError } from '../files/disk-errors.ts';
import { LARGEST_YAML, readRegularFile } from '../files/read-file.ts';
import type { IamBundle } from '../model/bundle.ts';
import { GenError, type Problem, usageError } from '../model/errors.ts';
import { decodeUtf8 } from '../model/utf8.ts';
import { type MergedValues, mergeValues } from './merge.ts';

export interface MergedFile extends MergedValues {
  /** Absolute; links followed, since the user has named the file. */
  readonly place: string;
  /** As typed. */
  readonly shownAs: string;
  readonly before: string;
}

/**
 * Merges the bundle's snippets into every file; writes nothing.
 * @param paths as typed
 * @param folder absolute path of the target's folder, whose files are not a user's own
 * @throws GenError (exit 2) with everything that is wrong in all of them
 */
export function mergeValuesFiles(
  paths: readonly string[],
  folder: string,
  bundle: IamBundle,
  options: { readonly force: boolean },
): readonly MergedFile[] {
  if (paths.length === 0) return [];
  const packs = packValues(bundle);
  if (packs.length === 0) {
    throw usageError(
      'nothing-to-merge',
      "--values is not used: the selected features need nothing in the Kubernetes pack's values.",
      'Leave it out.',
    );
  }
  const problems: Problem[] = [];
  const merged = new Map<string, MergedFile>();
  for (const shownAs of paths) {
    try {
      const { place, text } = readText(shownAs, folder);
      const twin = merged.get(place);
      if (twin !== undefined) throw givenTwice(shownAs, twin.shownAs);
      merged.set(place, {
        place,
        shownAs,
        before: text,
        ...mergeValues(text, shownAs, packs, options),
      });
    } catch (error) {
      if (!(error instanceof GenError)) throw error;
      for (const each of error.problems) problems.push(each);
    }
  }
  if (problems.length > 0) throw new GenError(2, problems);
  return [...merged.values()];
}

function readText(shownAs: string, folder: string): { place: string; text: string } {
  let place = resolve(shownAs);
  let bytes: Buffer;
  try {
    place = realpathSync(place);
    bytes = readRegularFile(place, LARGEST_YAML, `--values ${shownAs}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw usageError(
        'no-such-file',
        `--values ${shownAs} does not exist.`,
        "Name a file of the pack's values: Palette, Profiles › the cluster profile › Kubernetes layer › Values.",
      );
    }
    throw plainError(error, shownAs, 'read', 'Check the file given with --values.');
  }
  if (isInside(folder, place)) {
    throw usageError(
      'own-file',
      `--values ${shownAs} is in the folder that gen writes itself.`,
      'Name a values file of your own; gen would take the merged one for an edited file.',
    );
  }
  return { place, text: decodeUtf8(bytes, `--values ${shownAs}`) };
}

function isInside(folder: string, place: string): boolean {
  let real = folder;
  try {
    real = realpathSync(folder);
  } catch {
    // Not there yet, so nothing is in it.
  }
  const path = relative(real, place);
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

function givenTwice(shownAs: string, before: string): GenError {
  return usageError(
    'repeated-file',
    `--values ${shownAs} is the same file as --values ${before}.`,
    'Keep one.',
  );
}
