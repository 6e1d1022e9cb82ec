/**
 * Where text can be put into a YAML file so that nothing around it changes: offsets into the text,
 * edits, and the habits of the file (line ends, indentation).
 */
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
} from 'yaml';
import type { YamlLayout } from '../emit/yaml.ts';

/** Text that replaces what is between two offsets. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** Whole lines, which begin where a line begins. */
  readonly lines?: boolean;
}

/** The text with all edits; those at one offset in the order given. */
export function applyEdits(text: string, edits: readonly Edit[], lineBreak: string): string {
  let edited = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.from - b.from)) {
    edited += text.slice(at, edit.from);
    // The last line of a file may lack its end.
    if (edit.lines && edited !== '' && !edited.endsWith('\n')) edited += lineBreak;
    edited += edit.text;
    at = edit.to;
  }
  return edited + text.slice(at);
}

/** What most lines of the text end with. */
export function lineBreakOf(text: string): string {
  const all = text.split('\n').length - 1;
  const windows = text.split('\r\n').length - 1;
  return windows * 2 > all ? '\r\n' : '\n';
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the next line begins; the offset itself where a line begins there. */
export function nextLine(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** Spaces that the line of an offset begins with. */
export function indentAt(text: string, offset: number): number {
  const start = lineStart(text, offset);
  return (/^ */.exec(text.slice(start)) as RegExpExecArray)[0].length;
}

/** Where the spaces before an offset begin. */
export function beforeBlanks(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && (text[at - 1] === ' ' || text[at - 1] === '\t')) at -= 1;
  return at;
}

/** Comment lines from an offset on that belong to what is above them. */
export interface OwnComments {
  /** Where the line after them begins. */
  readonly end: number;
  /** Spaces before the first of them. */
  readonly indent: number | undefined;
}

/**
 * Comments belong to what is above them as long as `belongs` says so; blank lines between them
 * do too.
 * @param from where a line begins
 */
export function ownComments(
  text: string,
  from: number,
  belongs: (indent: number, comment: string) => boolean,
): OwnComments {
  let end = from;
  let indent: number | undefined;
  for (let at = from; at < text.length; ) {
    const next = nextLine(text, at + 1);
    const line = text.slice(at, next);
    const comment = /^( *)(#.*)/.exec(line);
    if (comment !== null) {
      const [, spaces = '', words = ''] = comment;
      if (!belongs(spaces.length, words)) break;
      indent ??= spaces.length;
      end = next;
    } else if (line.trim() !== '') break;
    at = next;
  }
  return { end, indent };
}

/** Right behind the colon of an entry; undefined where it has none. */
export function afterColon(text: string, pair: Pair): number | undefined {
  const key = isNode(pair.key) ? pair.key.range?.[1] : undefined;
  const colon = key === undefined ? undefined : /^[\s]*:/.exec(text.slice(key));
  return key === undefined || colon == null ? undefined : key + colon[0].length;
}

/** Behind the last character of an entry or a value, comments not counted. */
export function endOf(text: string, item: unknown): number {
  if (isPair(item)) {
    const { key, value } = item;
    const behindKey = Math.max(
      afterColon(text, item) ?? 0,
      (isNode(key) ? key.range?.[1] : undefined) ?? 0,
    );
    if (!isNode(value) || isImplicitNull(value)) return behindKey;
    return Math.max(behindKey, endOf(text, value));
  }
  if (isCollection(item) && !item.flow && item.items.length > 0) {
    return endOf(text, item.items.at(-1));
  }
  return isNode(item) ? (item.range?.[1] ?? 0) : 0;
}

/** Whether an entry ends with a block scalar (`|+`) that blank lines behind it belong to. */
export function keepsBlankLines(text: string, item: unknown): boolean {
  if (isPair(item)) return keepsBlankLines(text, item.value);
  if (isCollection(item)) return !item.flow && keepsBlankLines(text, item.items.at(-1));
  return isScalar(item) && /^[|>][0-9]?\+/.test(text.slice(item.range?.[0] ?? text.length));
}

/** A value that is not written at all, but for an anchor or a tag. */
export function isImplicitNull(node: Node): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === '';
}

/** How the file indents: by its first map in a map, and its first list in a map. */
export function layoutOf(text: string, documents: readonly Document[]): YamlLayout {
  let indent: number | undefined;
  let indentSeq: boolean | undefined;
  for (const document of documents) {
    visit(document, {
      Pair(_, { key, value }) {
        if (!isNode(key) || !key.range || !isCollection(value) || value.flow) return;
        const first = value.items[0];
        const start = isMap(value) && isPair(first) && isNode(first.key) ? first.key : value;
        if (!start.range || lineStart(text, start.range[0]) <= key.range[0]) return;
        const step = indentAt(text, start.range[0]) - indentAt(text, key.range[0]);
        if (isSeq(value)) indentSeq ??= step > 0;
        if (step > 0) indent ??= step;
      },
    });
  }
  return { indent: indent ?? 2, indentSeq: indentSeq ?? true };
}
