/**
 * YAML with positions. The only file that knows the `yaml` package for reading.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Place, Problem } from '../model/errors.ts';

/** Keys and list positions from the top of a file, e.g. `['statements', 0, 'Sid']`. */
export type YamlPath = readonly (string | number)[];

export interface YamlFile {
  /** The path as a user knows it. */
  readonly shownAs: string;
  /** Plain values; what could be read of it where the syntax is wrong. */
  readonly value: unknown;
  /** What the YAML parser finds, duplicate keys included. */
  readonly problems: readonly Problem[];
  /** The syntax is so wrong that `value` may lack something. */
  readonly broken: boolean;
  /** Place of a value; of the nearest thing around it where it does not exist. */
  placeOf(path: YamlPath): Place;
  /** Place of the key that a path ends with. */
  placeOfKey(path: YamlPath): Place;
  /** A scalar as it is written, e.g. `012345678901`, which as a number loses its zero. */
  sourceOf(path: YamlPath): string | undefined;
}

/** The path as people write it: `statements[0].Action[2]`. */
export function pathText(path: YamlPath): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** How YAML is read: keys that stand twice are found by `problemsOf`, at once instead of pair by pair. */
export const YAML_OPTIONS = { prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const;

/** Reads YAML text; never throws: what is wrong is in `problems`. */
export function parseYaml(text: string, shownAs: string): YamlFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { ...YAML_OPTIONS, lineCounter });

  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file: shownAs, line: Math.max(line, 1), column: Math.max(col, 1) };
  };

  const problems = problemsOf(document, [...document.errors, ...document.warnings], text, placeAt);

  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // Aliases without an anchor (told above), or so many that the document would explode.
    if (problems.length === 0) problems.push(syntaxProblem((error as Error).message, placeAt(0)));
  }

  const placeOf = (path: YamlPath): Place => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = nodeAt(document, path.slice(0, length));
      if (node?.range) return placeAt(node.range[0]);
    }
    return placeAt(0);
  };

  return {
    shownAs,
    value,
    problems: onePerLine(problems),
    broken: problems.some((problem) => problem.code === 'yaml-syntax'),
    placeOf,
    placeOfKey(path) {
      const key = pairAt(document, path)?.key;
      return isNode(key) && key.range ? placeAt(key.range[0]) : placeOf(path);
    },
    sourceOf(path) {
      const node = nodeAt(document, path);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

/** What the parser complains of, keys that stand twice, and aliases without an anchor. */
export function problemsOf(
  document: Document,
  complaints: readonly YAMLError[],
  text: string,
  placeAt: (offset: number) => Place,
): Problem[] {
  const problems = complaints.map((error) =>
    syntaxProblem(error.message, placeAt(Math.min(error.pos[0], text.length))),
  );
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const offset = key.range?.[0] ?? 0;
        if (keys.has(key.value)) problems.push(duplicateKey(keyAt(text, offset), placeAt(offset)));
        keys.add(key.value);
      }
    },
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const message = `*${alias.source} names no anchor; text that begins with * must be in quotes.`;
      problems.push(syntaxProblem(message, placeAt(alias.range?.[0] ?? 0)));
    },
  });
  return problems;
}

function duplicateKey(key: string, place: Place): Problem {
  return {
    code: 'duplicate-key',
    message: `The key ${key === '' ? 'without a name' : key} stands twice in one map.`,
    advice: 'Keep one of the two.',
    place,
  };
}

export function syntaxProblem(message: string, place: Place): Problem {
  return { code: 'yaml-syntax', message: `This is not YAML: ${message}`, place };
}

/** One fault of syntax makes the parser stumble again and again: the first of a line is told. */
export function onePerLine(problems: readonly Problem[]): readonly Problem[] {
  const told = new Set<number | undefined>();
  return problems.filter(({ code, place }) => {
    if (code !== 'yaml-syntax') return true;
    if (told.has(place?.line)) return false;
    told.add(place?.line);
    return true;
  });
}

/** The key that begins at an offset, for a message. */
function keyAt(text: string, offset: number): string {
  return (
    /^("[^"\n]*"|'[^'\n]*'|[^\n]+?)(?=\s*:(\s|$)|\s*[,}\n]|$)/.exec(text.slice(offset))?.[0] ?? ''
  );
}

function followed(document: Document, node: unknown): Node | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  return isNode(target) ? target : undefined;
}

function nodeAt(document: Document, path: YamlPath): Node | undefined {
  let node = followed(document, document.contents);
  for (const step of path) {
    if (isSeq(node) && typeof step === 'number') node = followed(document, node.items[step]);
    else if (isMap(node)) node = followed(document, pairOf(node.items, step)?.value);
    else return undefined;
  }
  return node;
}

function pairAt(document: Document, path: YamlPath): Pair | undefined {
  const last = path.at(-1);
  const map = nodeAt(document, path.slice(0, -1));
  return last !== undefined && isMap(map) ? pairOf(map.items, last) : undefined;
}

/** Of duplicate keys the last: it is the one whose value counts. */
function pairOf(items: readonly Pair[], key: string | number): Pair | undefined {
  return items.findLast((pair) => {
    const name = isScalar(pair.key) ? pair.key.value : pair.key;
    return String(name) === String(key);
  });
}
