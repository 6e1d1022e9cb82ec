/** JSON with places: where it stops being JSON, and where in it a value stands. */
import { GenError, type Place, type Problem } from '../model/errors.ts';
import { parseYaml, pathText, type YamlPath } from '../spec/yaml-file.ts';

/**
 * @param shownAs the file as the user knows it
 * @throws GenError (exit 2) `broken-json` with the place where it stops being JSON
 */
export function parseJson(text: string, shownAs: string): unknown {
  try {
    // Some editors put a byte order mark first.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    const said = (error as Error).message;
    const position = /position (\d+)/.exec(said)?.[1];
    // It does not say a position where the text ends too early.
    const offset = position === undefined ? text.trimEnd().length : Number(position);
    throw new GenError(2, {
      code: 'broken-json',
      message: position === undefined ? 'The JSON is cut off here.' : 'This is not JSON.',
      advice: 'Restore the file from version control, or generate it again.',
      place: placeAt(text, offset, shownAs),
    });
  }
}

function placeAt(text: string, offset: number, file: string): Place {
  const before = text.slice(0, offset).split('\n');
  return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** A problem at a value of a JSON text. */
export function problemAt(
  text: string,
  shownAs: string,
  path: YamlPath,
  code: string,
  message: string,
  advice: string,
): Problem {
  // JSON is YAML, and only the reader of YAML knows places.
  const place = parseYaml(text, shownAs).placeOf(path);
  return { code, message, advice, place, ...(path.length > 0 && { path: pathText(path) }) };
}

/** The one problem as an error. */
export function errorAt(...args: Parameters<typeof problemAt>): GenError {
  return new GenError(2, problemAt(...args));
}
