/**
 * gen.yaml: the targets of a repository. Its keys are the flags of the command line. Its shape is
 * checked here, its values by the rules of a target (`model/target-rules.ts`).
 */

import { LARGEST_YAML, readRegularFile } from '../files/read-file.ts';
import { validate } from '../generated/validators/gen.js';
import { GenError, type Place, usageError } from '../model/errors.ts';
import { decodeUtf8 } from '../model/utf8.ts';
import { checkShape } from './shape.ts';
import { parseYaml, pathText } from './yaml-file.ts';

/**
 * What the schema says of single values, for editors: the target's own rules say it again, in the
 * words and with the codes that flags have, too.
 */
const OF_VALUES: readonly string[] = ['not-allowed', 'too-small', 'malformed-value'];

/** Values by flag: text, a list, a number, true, or a map of name to value. */
export type Settings = Readonly<Record<string, unknown>>;

export interface TargetEntry {
  readonly name: string;
  /** Its own settings over the defaults. */
  readonly settings: Settings;
  /** The place of the target or of one of its settings; that of a default is in `defaults`. */
  placeOf(flag?: string): Place;
  /** `targets.<name>.<flag>`, or `defaults.<flag>`. */
  pathOf(flag?: string): string;
}

/**
 * The targets of a file, in its order.
 * @param shownAs the path as a user knows it
 * @throws GenError (exit 2) with everything that is wrong with the file's shape
 */
export function readGenFile(path: string, shownAs: string): readonly TargetEntry[] {
  const file = parseYaml(readText(path, shownAs), shownAs);
  const problems = [
    ...file.problems,
    ...(file.broken
      ? []
      : checkShape(validate, file)
          .map(({ problem }) => problem)
          .filter(({ code }) => !OF_VALUES.includes(code))),
  ];
  if (problems.length > 0) throw new GenError(2, problems);
  const { defaults = {}, targets } = file.value as {
    readonly defaults?: Settings;
    readonly targets: Readonly<Record<string, Settings>>;
  };
  return Object.entries(targets).map(([name, own]) => {
    const steps = (flag: string | undefined): readonly string[] => {
      if (flag === undefined || (!(flag in own) && !(flag in defaults))) return ['targets', name];
      return flag in own ? ['targets', name, flag] : ['defaults', flag];
    };
    return {
      name,
      settings: { ...defaults, ...own },
      placeOf: (flag) => file.placeOfKey(steps(flag)),
      pathOf: (flag) => pathText(steps(flag)),
    };
  });
}

function readText(path: string, shownAs: string): string {
  return decodeUtf8(readBytes(path, shownAs), shownAs);
}

function readBytes(path: string, shownAs: string): Uint8Array {
  try {
    return readRegularFile(path, LARGEST_YAML, shownAs);
  } catch (error) {
    if (error instanceof GenError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(
      'unreadable-file',
      code === 'ENOENT' ? `There is no file ${shownAs}.` : `${shownAs} cannot be read (${code}).`,
      'Name the file with the targets by --config, or write one with `gen init`.',
    );
  }
}
