/** JSON with places: what is wrong with it, and where in it a value is. */
import { GenError, type Place } from '../model/errors.ts';
import { pathText, type YamlPath } from '../spec/yaml-file.ts';
import { scanJson } from './json-scan.ts';

/**
 * @param shownAs the file as the user knows it
 * @param advice what to do, where the file is one of gen's
 * @throws GenError (exit 2) `broken-json` or `duplicate-key`, with the place
 */
export function parseJson(text: string, shownAs: string, advice?: string): unknown {
  const fault = scanJson(text);
  if (fault !== undefined) {
    const said = fault.advice ?? advice;
    throw new GenError(2, {
      code: fault.code,
      message: fault.message,
      ...(said === undefined ? {} : { advice: said }),
      place: placeAt(text, fault.offset, shownAs),
    });
  }
  // Some editors put a byte order mark first.
  return JSON.parse(text.replace(/^\ufeff/, ''));
}

function placeAt(text: string, offset: number, file: string): Place {
  const before = text.slice(0, offset).replace(/^\ufeff/, '');
  const lines = before.split('\n');
  return { file, line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** Finds the place of a value, or of the nearest thing around it. Reads the text once. */
export function placesIn(text: string, shownAs: string): (path: YamlPath) => Place {
  const offsets = new Map<string, number>();
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  scanJson(text, (path, offset) => offsets.set(JSON.stringify(path), offset));
  return (path) => {
    let around = path;
    while (around.length > 0 && !offsets.has(JSON.stringify(around))) around = around.slice(0, -1);
    const offset = offsets.get(JSON.stringify(around)) ?? 0;
    const line = countUpTo(starts, offset);
    const mark = line === 1 && text.startsWith('\ufeff') ? 1 : 0;
    const column = offset - (starts[line - 1] as number) - mark + 1;
    return { file: shownAs, line, column: Math.max(column, 1) };
  };
}

/** How many of some ascending numbers are at most so large. */
function countUpTo(ascending: readonly number[], most: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A problem at a value of a JSON text, as an error. */
export function errorAt({
  text,
  shownAs,
  path,
  code,
  message,
  advice,
}: {
  readonly text: string;
  readonly shownAs: string;
  readonly path: YamlPath;
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}): GenError {
  const place = placesIn(text, shownAs)(path);
  return new GenError(2, {
    code,
    message,
    advice,
    place,
    ...(path.length > 0 && { path: pathText(path) }),
  });
}
