/**
 * What keeps a text from being JSON (RFC 8259), at its exact place and in words that say what to
 * change. `JSON.parse` says neither, and of a key that occurs twice it silently takes the last.
 */

export interface JsonFault {
  readonly code: 'broken-json' | 'duplicate-key';
  readonly message: string;
  readonly advice?: string;
  readonly offset: number;
}

/** Told of each value, before what is in it. */
export type ValueVisitor = (path: readonly (string | number)[], offset: number) => void;

/** Values nested deeper are refused: no policy is, and readers of JSON may run out of stack. */
const DEEPEST = 200;

interface Container {
  readonly opener: '{' | '[';
  readonly offset: number;
  /** Keys of an object with their offsets. */
  readonly keys: Map<string, number>;
  items: number;
}

/** What may come next: a value; a key; a value or `]`; a key or `}`; `,` or the end. */
type Expected = 'value' | 'key' | 'first-value' | 'first-key' | 'separator';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$-]*/y;
const BLANK = /[ \t\n\r]*/y;

/** @returns undefined for JSON, whose values were all visited */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one loop over the text, a branch for each thing that may come next; apart, they would hand its state around
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the same
export function scanJson(text: string, visit: ValueVisitor = () => {}): JsonFault | undefined {
  const open: Container[] = [];
  const path: (string | number)[] = [];
  let expected: Expected = 'value';
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let comma = 0;

  for (;;) {
    at = endOf(BLANK, text, at) as number;
    const inside = open.at(-1);
    const mark = text[at];
    if (mark === undefined) {
      return inside === undefined && expected === 'separator' ? undefined : tooShort(text, open);
    }
    if (mark === '#' || text.startsWith('//', at) || text.startsWith('/*', at)) {
      return broken(at, 'JSON allows no comments.', 'Remove the comment.');
    }

    if (mark === '}' || mark === ']') {
      if (inside === undefined) return broken(at, `Unexpected ${mark}.`);
      if (mark !== closerOf(inside)) {
        return broken(at, `Unexpected ${mark}: the ${inside.opener} before it is still open.`);
      }
      if (expected === 'value' || expected === 'key') {
        if (text[comma] !== ',') return broken(at, `A value is missing before ${mark}.`);
        return broken(comma, `JSON allows no comma before ${mark}.`, 'Remove the comma.');
      }
      open.pop();
      path.pop();
      expected = 'separator';
      at += 1;
      continue;
    }

    if (expected === 'separator') {
      if (inside === undefined) {
        return broken(at, 'The JSON ends before this; there is more text after it.');
      }
      if (mark !== ',') {
        return broken(at, `Expected a comma or ${closerOf(inside)}; this is ${shown(text, at)}.`);
      }
      comma = at;
      at += 1;
      expected = inside.opener === '{' ? 'key' : 'value';
      continue;
    }

    if (expected === 'key' || expected === 'first-key') {
      if (mark !== '"') {
        return broken(at, `A key in double quotes is expected; this is ${shown(text, at)}.`);
      }
      const end = endOfString(text, at);
      if (typeof end !== 'number') return end;
      const key: string = JSON.parse(text.slice(at, end));
      const container = inside as Container;
      if (container.keys.has(key)) return duplicate(text, key, container.keys.get(key), at);
      container.keys.set(key, at);
      at = endOf(BLANK, text, end) as number;
      if (text[at] === undefined) return tooShort(text, open);
      if (text[at] !== ':') {
        return broken(at, `Expected a colon after the key; this is ${shown(text, at)}.`);
      }
      comma = at;
      at += 1;
      path[open.length - 1] = key;
      expected = 'value';
      continue;
    }

    if (inside?.opener === '[') path[open.length - 1] = inside.items++;
    visit(path, at);
    if (mark === '{' || mark === '[') {
      if (open.length >= DEEPEST) return broken(at, 'The JSON is nested too deeply.');
      open.push({ opener: mark, offset: at, keys: new Map(), items: 0 });
      // Its place in the path is filled by the first key or item.
      path.length = open.length;
      expected = mark === '{' ? 'first-key' : 'first-value';
      at += 1;
      continue;
    }
    const end: number | JsonFault = mark === '"' ? endOfString(text, at) : endOfLiteral(text, at);
    if (typeof end !== 'number') return end;
    at = end;
    expected = 'separator';
  }
}

function broken(offset: number, message: string, advice?: string): JsonFault {
  return { code: 'broken-json', message, offset, ...(advice === undefined ? {} : { advice }) };
}

function duplicate(text: string, key: string, first: number | undefined, at: number): JsonFault {
  const line = text.slice(0, first).split('\n').length;
  const where = line === text.slice(0, at).split('\n').length ? '' : `, first in line ${line}`;
  return {
    code: 'duplicate-key',
    message: `The key ${JSON.stringify(key)} occurs twice in one object${where}.`,
    advice: 'Keep one of the two.',
    offset: at,
  };
}

function tooShort(text: string, open: readonly Container[]): JsonFault {
  const end = text.trimEnd().length;
  const inside = open.at(-1);
  if (inside === undefined) return broken(0, 'The file is empty.');
  const line = text.slice(0, inside.offset).split('\n').length;
  return broken(end, `The file ends here, but the ${inside.opener} in line ${line} is still open.`);
}

function closerOf({ opener }: Container): '}' | ']' {
  return opener === '{' ? '}' : ']';
}

/** Where the string that begins at `at` ends. */
function endOfString(text: string, at: number): number | JsonFault {
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x22) return end + 1;
    if (code === 0x5c) {
      if (!/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(end, end + 6))) {
        return broken(end, 'A backslash in a string must begin an escape such as \\" or \\\\.');
      }
      end += 1;
    } else if (code < 0x20) {
      const what = code === 0x0a || code === 0x0d ? 'line break' : 'control character';
      return broken(end, `A string must not hold a ${what}.`);
    }
  }
  return broken(text.length, 'The file ends in the middle of a string.');
}

function endOfLiteral(text: string, at: number): number | JsonFault {
  const word = endOf(WORD, text, at);
  const end = word ?? endOf(NUMBER, text, at);
  const isLiteral = word === undefined || ['true', 'false', 'null'].includes(text.slice(at, word));
  if (end !== undefined && isLiteral) return end;
  return broken(
    at,
    text[at] === "'"
      ? 'JSON strings need double quotes.'
      : `Expected a value; this is ${shown(text, at)}.`,
  );
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** The word or character at a place, for a message. */
function shown(text: string, at: number): string {
  const end = endOf(WORD, text, at);
  const word =
    end === undefined ? String.fromCodePoint(text.codePointAt(at) as number) : text.slice(at, end);
  return JSON.stringify(word.length > 20 ? `${word.slice(0, 20)}…` : word);
}
