/**
 * YAML with positions. The only file that knows the `yaml` package for reading.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { isDeeperThan } from '../files/read-file.ts';
import type { Place, Problem } from '../model/errors.ts';
import { unknownTag } from './cloudformation-functions.ts';
import { columnWithTabs, type TabbedLine, tabbedLines, withSpaces } from './tabs.ts';
import { boundsFault, DEEPEST, LONGEST_TEXT } from './yaml-bounds.ts';

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
  /** Whether the line belongs to something under a tag that means nothing here. */
  isTagged(line: number): boolean;
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

/** How YAML is read: `problemsOf` finds duplicate keys, in one pass instead of pair by pair. */
export const YAML_OPTIONS = { prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const;

/** Reads YAML text; never throws: what is wrong is in `problems`. */
export function parseYaml(text: string, shownAs: string): YamlFile {
  const beyond = boundsProblem(text, shownAs, LONGEST_TEXT);
  if (beyond !== undefined) return unreadFile(shownAs, beyond);
  const { parsed, wrongTab } = parseWithTabs(text.replace(/^\uFEFF/, ''), shownAs);
  const { document, placeAt } = parsed;
  keepKeysAsWritten(document);
  const targets = targetsOf(document);
  const nodes = new Nodes(document, targets);
  const tags = foreignTags(document).map(({ tag, from, to }) => ({
    problem: { ...unknownTag(tag), place: placeAt(from) },
    lines: [placeAt(from).line, placeAt(to).line] as const,
  }));
  const problems =
    wrongTab === undefined
      ? [
          ...problemsOf({
            document,
            targets,
            complaints: parsed.complaints,
            text: parsed.text,
            placeAt,
          }),
          ...tags.map(({ problem }) => problem),
        ]
      : [syntaxProblem(TAB_RULE, placeAt(wrongTab))];

  let value: unknown;
  try {
    if (!problems.some(isEndless)) value = document.toJS();
  } catch {
    // Aliases without an anchor (reported above), or so many that the document would explode.
    if (problems.length === 0) {
      problems.push(syntaxProblem('its aliases (*name) make it far too large.', placeAt(0)));
    }
  }
  if (isDeeperThan(DEEPEST, value)) {
    value = undefined;
    problems.push(syntaxProblem('its aliases (*name) nest it far too deep.', placeAt(0)));
  }

  const placeOf = (path: YamlPath): Place => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = nodes.at(path.slice(0, length));
      if (node?.range) return placeAt(node.range[0]);
    }
    return placeAt(0);
  };

  return {
    shownAs,
    value,
    problems: onePerLine(problems).map((problem) =>
      shownAs.endsWith('.json') ? inJson(problem) : problem,
    ),
    broken: problems.some((each) => each.code === 'yaml-syntax' || isEndless(each)),
    placeOf,
    placeOfKey(path) {
      const key = nodes.pairAt(path)?.key;
      return isNode(key) && key.range ? placeAt(key.range[0]) : placeOf(path);
    },
    sourceOf(path) {
      const node = nodes.at(path);
      return isScalar(node) ? node.source : undefined;
    },
    isTagged: (line) => tags.some(({ lines: [first, last] }) => first <= line && line <= last),
  };
}

/** What keeps a text from being parsed at all. */
export function boundsProblem(
  text: string,
  shownAs: string,
  longestText?: number,
): Problem | undefined {
  const fault = boundsFault(text.replace(/^\uFEFF/, ''), longestText);
  if (fault === undefined) return undefined;
  const { code, message, advice, line, column } = fault;
  return { code, message, advice, place: { file: shownAs, line, column } };
}

/** A file of which nothing is read. */
function unreadFile(shownAs: string, problem: Problem): YamlFile {
  const top = (): Place => ({ file: shownAs, line: 1, column: 1 });
  return {
    shownAs,
    value: undefined,
    problems: [problem],
    broken: true,
    placeOf: top,
    placeOfKey: top,
    sourceOf: () => undefined,
    isTagged: () => false,
  };
}

/** A text as it was parsed: perhaps with spaces for some tabs. */
interface Parsed {
  readonly document: Document;
  readonly text: string;
  readonly complaints: readonly YAMLError[];
  /** The offset of a line's first character that is no blank, by its number. */
  textStart(line: number): number;
  placeAt(offset: number): Place;
}

function parse(text: string, shownAs: string, tabs: readonly TabbedLine[]): Parsed {
  const spaced = withSpaces(text, tabs);
  const lineCounter = new LineCounter();
  const document = parseDocument(spaced, { ...YAML_OPTIONS, lineCounter });
  const byNumber = new Map(tabs.map((line) => [line.number, line]));
  return {
    document,
    text: spaced,
    // What it warns of is allowed, but for tags, which have words of their own.
    complaints: document.errors,
    textStart(line) {
      const start = lineCounter.lineStarts[line - 1] ?? 0;
      return start + (/^[ \t]*/.exec(spaced.slice(start))?.[0].length ?? 0);
    },
    placeAt(offset) {
      const { line, col } = lineCounter.linePos(offset);
      const tabbed = byNumber.get(line);
      const column = tabbed === undefined ? col : columnWithTabs(col, tabbed);
      return { file: shownAs, line: Math.max(line, 1), column: Math.max(column, 1) };
    },
  };
}

/**
 * JSON may be indented with tabs, and policies are pasted as JSON. YAML minds indentation within
 * brackets too, and counts spaces. Where it complains of a text with tabs, those that indent lines
 * within brackets are read as spaces; a tab that indents anything else is what is wrong.
 */
function parseWithTabs(
  text: string,
  shownAs: string,
): { readonly parsed: Parsed; readonly wrongTab?: number } {
  const parsed = parse(text, shownAs, []);
  const tabs = tabbedLines(text);
  if (parsed.complaints.length === 0 || tabs.length === 0) return { parsed };
  const spaced = parse(text, shownAs, tabs);
  const around = surroundings(
    spaced.document,
    tabs.map((line) => spaced.textStart(line.number)),
  );
  const wrong = tabs.find((_, index) => around[index] === 'block');
  if (wrong !== undefined) return { parsed, wrongTab: wrong.tab };
  const inBrackets = tabs.filter((_, index) => around[index] === 'brackets');
  return { parsed: inBrackets.length === 0 ? parsed : parse(text, shownAs, inBrackets) };
}

type Surrounding = 'block' | 'brackets' | 'text';

/** What is around the text at each of some ascending offsets. */
function surroundings(document: Document, offsets: readonly number[]): readonly Surrounding[] {
  const found: Surrounding[] = offsets.map(() => 'block');
  visit(document, {
    Node(_, node) {
      // Text without quotes may go on in the next line, which a tab was hardly meant for.
      const isText = isScalar(node) && node.type !== 'PLAIN';
      if (!isText && !(isCollection(node) && node.flow)) return;
      const [start, end] = (isNode(node) && node.range) || [0, 0];
      // Parents are visited before what is in them, which counts more.
      for (let at = firstAbove(offsets, start); (offsets[at] ?? end) < end; at += 1) {
        found[at] = isText ? 'text' : 'brackets';
      }
    },
  });
  return found;
}

/** The index of the first number that is greater. */
function firstAbove(ascending: readonly number[], number: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) > number) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Keys are names: `Null:`, `012:` and `1.10:` are the text that they are written as. */
function keepKeysAsWritten(document: Document): void {
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && typeof key.value !== 'string' && key.source !== undefined) {
        key.value = key.source;
      }
    },
  });
}

/** Tags that plain YAML does not have, and the range of what they are on. */
function foreignTags(
  document: Document,
): readonly { readonly tag: string; readonly from: number; readonly to: number }[] {
  const found: { tag: string; from: number; to: number }[] = [];
  const own = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;
  visit(document, {
    Node(_, node) {
      if (isAlias(node) || node.tag === undefined || own.test(node.tag) || !node.range) return;
      const tag = node.tag.replace(/^tag:yaml\.org,2002:/, '!!');
      found.push({ tag, from: node.range[0], to: Math.max(node.range[0], node.range[1] - 1) });
    },
  });
  return found;
}

/** What each alias refers to: the last node before it with the anchor; undefined where there is none. */
export function targetsOf(document: Document): ReadonlyMap<Alias, Node | undefined> {
  const anchored = new Map<string, Node>();
  const targets = new Map<Alias, Node | undefined>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) targets.set(node, anchored.get(node.source));
      else if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return targets;
}

const ENDLESS = 'endless-yaml';

/** Of a document that has no plain value, or none that fits into memory. */
export function isEndless({ code }: Problem): boolean {
  return code === ENDLESS;
}

/** Syntax errors, duplicate keys, keys that are not text, and aliases without an anchor. */
export function problemsOf({
  document,
  targets,
  complaints,
  text,
  placeAt,
}: {
  readonly document: Document;
  readonly targets: ReadonlyMap<Alias, Node | undefined>;
  readonly complaints: readonly YAMLError[];
  readonly text: string;
  readonly placeAt: (offset: number) => Place;
}): Problem[] {
  const problems = complaints.map((error) =>
    syntaxProblem(inPlainWords(error), placeAt(Math.min(error.pos[0], text.length))),
  );
  const endless = (node: Node, message: string, advice: string): void => {
    problems.push({ code: ENDLESS, message, advice, place: placeAt(node.range?.[0] ?? 0) });
  };
  // As text, a key is quoted once more for each key that it is in.
  const checkKey = (step: unknown, node: Node, path: readonly unknown[]): void => {
    if (step === 'key' && path.filter((each, at) => isKeyIn(path, at, each)).length === 1) {
      endless(node, 'A key holds a key that is a map or list.', KEYS_ARE_TEXT);
    }
  };
  visit(document, {
    Seq: checkKey,
    Map(step, map, path) {
      checkKey(step, map, path);
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (isAlias(key) && isCollection(targets.get(key))) {
          endless(key, `The key *${key.source} is a map or list.`, KEYS_ARE_TEXT);
        }
        if (!isScalar(key)) continue;
        const offset = key.range?.[0] ?? 0;
        if (keys.has(key.value)) problems.push(duplicateKey(keyAt(text, offset), placeAt(offset)));
        keys.add(key.value);
      }
    },
    Alias(_, alias, path) {
      const target = targets.get(alias);
      if (target !== undefined) {
        if (!path.includes(target)) return;
        const message = `*${alias.source} refers to what it is in, which has no end.`;
        endless(alias, message, 'Write the value out.');
        return;
      }
      // A bare * is complained of already.
      if (alias.source === '') return;
      const message = `*${alias.source} names no anchor; text that begins with * must be in quotes.`;
      problems.push(syntaxProblem(message, placeAt(alias.range?.[0] ?? 0)));
    },
  });
  return problems;
}

const KEYS_ARE_TEXT = 'Keys are text; put text with {, [ or * in quotes.';

/** Whether a step on the way to a node is a collection that is a key. */
function isKeyIn(path: readonly unknown[], at: number, node: unknown): boolean {
  const pair = path[at - 1];
  return isCollection(node) && isPair(pair) && pair.key === node;
}

const TAB_RULE = 'a tab indents this line. Indent with spaces; within {} and [] tabs are fine.';

/** What the parser complains of; where it speaks to programmers, or misses what is meant, as we say it. */
function inPlainWords({ code, message }: YAMLError): string {
  switch (code) {
    case 'BAD_ALIAS':
      return /^Anchor/.test(message)
        ? 'text that begins with & must be in quotes.'
        : 'text that begins with * must be in quotes.';
    case 'BAD_SCALAR_START':
      return `text that begins with ${message.at(-1)} must be in quotes.`;
    case 'MULTIPLE_DOCS':
      return 'a second document begins here (---), and a file has one. Move it to a file of its own.';
    case 'TAB_AS_INDENT':
      return TAB_RULE;
    case 'BAD_INDENT':
      return badIndent(message);
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'a key does not fit here. Indent the keys of a map alike, put one "key: value" on a line, and put text with a colon and a space in quotes.';
    case 'MISSING_CHAR':
      return /quote$/.test(message)
        ? 'a quotation mark above is never closed.'
        : 'a colon and a space are missing after this key.';
    case 'UNEXPECTED_TOKEN':
      return unexpectedToken(message);
    default:
      return message;
  }
}

function badIndent(message: string): string {
  const closing = /end with a (.)/.exec(message)?.[1];
  if (closing === undefined) return 'the items of one map or list must begin in the same column.';
  const opening = closing === ']' ? '[' : '{';
  return `the list or map that begins with ${opening} is not closed, or its last line is not indented. End it with ${closing}, and indent it further than its key.`;
}

function unexpectedToken(message: string): string {
  const bracket = /"([\]}])"$/.exec(message)?.[1];
  if (bracket !== undefined) return `this ${bracket} closes nothing.`;
  if (message === 'Unexpected , in flow map' || message === 'Unexpected , in flow sequence') {
    return 'there is a comma too many.';
  }
  if (/^Block scalar header/.test(message)) return 'text after | or > begins on the next line.';
  return 'this does not belong here. Check the indentation and the quotes of the line and of the one before it.';
}

function duplicateKey(key: string, place: Place): Problem {
  return {
    code: 'duplicate-key',
    message: `The key ${key === '' ? 'without a name' : key} appears twice in one map.`,
    advice: 'Keep one of the two.',
    place,
  };
}

export function syntaxProblem(message: string, place: Place): Problem {
  return { code: 'yaml-syntax', message: `This is not YAML: ${message}`, place };
}

/** Whoever wrote JSON need not know that it is read as YAML. */
function inJson(problem: Problem): Problem {
  return { ...problem, message: problem.message.replace('This is not YAML', 'This is not JSON') };
}

/** One syntax error makes the parser report more on the same line: only the first is kept. */
export function onePerLine(problems: readonly Problem[]): readonly Problem[] {
  const reported = new Set<number | undefined>();
  return problems.filter(({ code, place }) => {
    if (code !== 'yaml-syntax') return true;
    if (reported.has(place?.line)) return false;
    reported.add(place?.line);
    return true;
  });
}

/** Of a key, in a message. */
const LONGEST_KEY = 200;

/** The key that begins at an offset, for a message. */
function keyAt(text: string, offset: number): string {
  return (
    /^("[^"\n]*"|'[^'\n]*'|[^\n]+?)(?=\s*:(\s|$)|\s*[,}\n]|$)/.exec(
      text.slice(offset, offset + LONGEST_KEY),
    )?.[0] ?? ''
  );
}

/** The nodes of a document by their paths; each map is indexed when it is asked for the first time. */
class Nodes {
  readonly #document: Document;
  readonly #targets: ReadonlyMap<Alias, Node | undefined>;
  readonly #pairs = new Map<Node, ReadonlyMap<string, Pair>>();

  constructor(document: Document, targets: ReadonlyMap<Alias, Node | undefined>) {
    this.#document = document;
    this.#targets = targets;
  }

  at(path: YamlPath): Node | undefined {
    let node = this.#followed(this.#document.contents);
    for (const step of path) {
      if (isSeq(node) && typeof step === 'number') node = this.#followed(node.items[step]);
      else if (isMap(node)) node = this.#followed(this.#pairsOf(node).get(String(step))?.value);
      else return undefined;
    }
    return node;
  }

  pairAt(path: YamlPath): Pair | undefined {
    const last = path.at(-1);
    const map = this.at(path.slice(0, -1));
    return last !== undefined && isMap(map) ? this.#pairsOf(map).get(String(last)) : undefined;
  }

  /** Of duplicate keys the last: it is the one whose value counts. */
  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map);
    if (known !== undefined) return known;
    const named = map.items.map((pair): [string, Pair] => [
      String(isScalar(pair.key) ? pair.key.value : pair.key),
      pair,
    ]);
    const pairs = new Map(named);
    this.#pairs.set(map, pairs);
    return pairs;
  }

  #followed(node: unknown): Node | undefined {
    const target = isAlias(node) ? this.#targets.get(node) : node;
    return isNode(target) ? target : undefined;
  }
}
