/** One document of a values file and what is merged into it: rules 1 to 6 of `merge.ts`. */
import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { VALUES_COMMENTS } from '../emit/pxk.ts';
import { type QuoteStyle, type YamlLayout, yamlInline, yamlLines } from '../emit/yaml.ts';
import type { Problem } from '../model/errors.ts';
import { pathText } from '../spec/yaml-file.ts';
import {
  afterColon,
  beforeBlanks,
  type Edit,
  endOf,
  indentAt,
  isImplicitNull,
  keepsBlankLines,
  layoutOf,
  lineBreakOf,
  lineStart,
  nextLine,
  ownComments,
} from './layout.ts';
import { ownPair, type ValuesDocument, type ValuesFile } from './read.ts';
import { counterpart, isTrueWord, json, KINDS, kindOf, says, shown } from './values.ts';

type Wanted = Readonly<Record<string, unknown>>;
export type Path = readonly string[];

/** A value that a document gets. */
export interface Change {
  readonly path: Path;
  readonly value: unknown;
}

/** Collects edits of the text, and what they change, or why they may not be made. */
export class DocumentMerger {
  readonly edits: Edit[] = [];
  readonly changes: Change[] = [];
  readonly conflicts: Problem[] = [];
  readonly problems: Problem[] = [];

  readonly #file: ValuesFile;
  readonly #document: ValuesDocument;
  readonly #force: boolean;
  readonly #text: string;
  readonly #lineBreak: string;
  readonly #layout: YamlLayout;
  /** Flow maps are written as JSON. */
  readonly #isJson: boolean;

  constructor(file: ValuesFile, document: ValuesDocument, force: boolean) {
    this.#file = file;
    this.#document = document;
    this.#force = force;
    this.#text = file.text;
    this.#lineBreak = lineBreakOf(file.text);
    this.#layout = layoutOf(
      file.text,
      file.documents.map((each) => each.document),
    );
    const first = document.map?.flow ? document.map.items[0]?.key : undefined;
    this.#isJson = isScalar(first) && first.type === 'QUOTE_DOUBLE';
  }

  merge(wanted: Wanted): void {
    const { map, document } = this.#document;
    if (map !== undefined) {
      this.#mergeMap(map, wanted, []);
      return;
    }
    const from = nextLine(this.#text, document.range?.[1] ?? this.#text.length);
    const { end } = ownComments(this.#text, from, () => true);
    this.#insertLines(end, 0, this.#lines(wanted, []));
    for (const [key, value] of Object.entries(wanted)) this.#change([key], value);
  }

  #mergeMap(map: YAMLMap, wanted: Wanted, path: Path): void {
    const missing: Record<string, unknown> = {};
    const before = this.edits.length;
    for (const [key, value] of Object.entries(wanted)) {
      const here = [...path, key];
      const pair = ownPair(map, key);
      if (pair !== undefined) {
        this.#mergePair(pair, value, here, map.flow === true);
        continue;
      }
      const inherited = (map.toJS(this.#document.document) as Wanted)[key];
      if (inherited === undefined) missing[key] = value;
      else if (!says(inherited, value)) this.#shared(here, map, inherited, value);
    }
    this.#addPairs(map, missing, path);
    if (this.edits.length > before) this.#refuseAliased(map, path);
  }

  #mergePair(pair: Pair, wanted: unknown, path: Path, inFlow: boolean): void {
    const { value: node } = pair;
    if (!isNode(node) || (isScalar(node) && node.value === null)) {
      this.#fill(pair, wanted, path, inFlow);
      return;
    }
    const resolved = isAlias(node) ? node.resolve(this.#document.document) : node;
    const there = node.toJS(this.#document.document) as unknown;
    if (kindOf(there) !== kindOf(wanted)) {
      this.problems.push({
        code: 'wrong-type',
        message: `${path.join('.')} is ${shown(there)}, but must be ${KINDS[kindOf(wanted)]}; gen would set ${shown(wanted)}.`,
        advice: 'Correct the file, or remove the key.',
        ...this.#at(node, path),
      });
    } else if (says(there, wanted) || (wanted === true && isTrueWord(resolved))) {
      return;
    } else if (kindOf(wanted) === 'scalar') {
      this.#replace(node, there, wanted, path);
    } else if (isAlias(node)) {
      this.#shared(path, node, there, wanted);
    } else if (isBlank(this.#sourceOf(node))) {
      this.#fill(pair, wanted, path, inFlow);
    } else if (isSeq(node)) {
      this.#addItems(node, wanted as readonly unknown[], path);
    } else if (isMap(node)) {
      this.#mergeMap(node, wanted as Wanted, path);
    }
  }

  /** Puts a value where none is, or an empty collection. */
  #fill(pair: Pair, wanted: unknown, path: Path, inFlow: boolean): void {
    this.#change(path, wanted);
    const { value: node } = pair;
    const keyEnd = endOfKey(pair);
    const colon = afterColon(this.#text, pair);
    if (!isNode(node) || colon === undefined) {
      this.#insert(keyEnd, `: ${this.#inline(wanted)}`);
      return;
    }
    this.#refuseAliased(node, path);
    const [start, end] = node.range as [number, number, number];
    const isWritten = !isImplicitNull(node);
    const behindProperties = Math.max(colon, beforeBlanks(this.#text, start));
    if (inFlow || kindOf(wanted) === 'scalar') {
      if (isWritten) this.edits.push({ from: start, to: end, text: this.#inline(wanted) });
      else this.#insert(behindProperties, ` ${this.#inline(wanted)}`);
      return;
    }
    if (isWritten) this.edits.push(this.#removal(start, end));
    const indent = indentAt(this.#text, keyEnd);
    const isList = kindOf(wanted) === 'list';
    const comments = ownComments(
      this.#text,
      nextLine(this.#text, isWritten ? end : behindProperties),
      (deep, comment) => deep > indent || (isList && isCommentedItem(deep, indent, comment)),
    );
    const step = isList && !this.#layout.indentSeq ? 0 : this.#layout.indent;
    const deeper = isList ? undefined : comments.indent;
    this.#insertLines(comments.end, deeper ?? indent + step, this.#lines(wanted as object, path));
  }

  /** Takes a value away with the spaces before it, or with its line where it has one for itself. */
  #removal(start: number, end: number): Edit {
    const from = beforeBlanks(this.#text, start);
    const next = nextLine(this.#text, end);
    const isOwnLine =
      from === lineStart(this.#text, start) && this.#text.slice(end, next).trim() === '';
    return { from, to: isOwnLine ? next : end, text: '' };
  }

  #replace(node: Node, there: unknown, wanted: unknown, path: Path): void {
    if (!this.#force) {
      this.conflicts.push({
        code: 'other-value',
        message: `${path.join('.')} is ${shown(there)}; gen would set ${shown(wanted)}.`,
        advice: 'Correct one of the two, or give --force to overwrite the value in the file.',
        ...this.#at(node, path),
      });
      return;
    }
    this.#change(path, wanted);
    this.#refuseAliased(node, path);
    const [from, to] = node.range as [number, number, number];
    const ends = this.#text.slice(from, to).endsWith('\n') ? this.#lineBreak : '';
    const text = typeof wanted === 'string' ? this.#inline(wanted, quotesOf(node)) : String(wanted);
    this.edits.push({ from, to, text: text + ends });
  }

  #addItems(seq: YAMLSeq, wanted: readonly unknown[], path: Path): void {
    const there = seq.toJS(this.#document.document) as readonly unknown[];
    const news = wanted.filter((item) => counterpart(there, item) === undefined);
    if (news.length > 0) this.#change(path, [...there, ...news]);
    this.#refuseAliased(seq, path);
    this.#mergeItems(seq, there, wanted, path);
    if (news.length === 0) return;
    const last = seq.items.at(-1);
    if (seq.flow) {
      this.#addToFlow(
        seq,
        news.map((item) => this.#inline(item, quotesOf(last))),
      );
      return;
    }
    const indent = indentAt(this.#text, seq.range?.[0] ?? 0);
    const parent = indentAt(this.#text, this.#keyOffset(path));
    const { end } = ownComments(
      this.#text,
      nextLine(this.#text, endOf(this.#text, last)),
      (deep, comment) =>
        indent > parent ? deep >= indent : deep > indent || isCommentedItem(deep, indent, comment),
    );
    this.#insertLines(
      end,
      indent,
      news.flatMap((item) =>
        kindOf(item) === 'map'
          ? this.#lines([item], path)
          : [`- ${this.#inline(item, quotesOf(last))}`],
      ),
    );
  }

  /** What maps of a list lack that are there under their names (rule 3). */
  #mergeItems(
    seq: YAMLSeq,
    there: readonly unknown[],
    wanted: readonly unknown[],
    path: Path,
  ): void {
    for (const item of wanted) {
      const at = counterpart(there, item);
      if (at === undefined || says(there[at], item)) continue;
      const node = seq.items[at];
      const here = [...path, String(at)];
      if (isMap(node)) this.#mergeMap(node, item as Wanted, here);
      else if (isNode(node)) this.#shared(here, node, there[at], item);
    }
  }

  #addPairs(map: YAMLMap, missing: Wanted, path: Path): void {
    const entries = Object.entries(missing);
    if (entries.length === 0) return;
    for (const [key, value] of entries) this.#change([...path, key], value);
    if (map.flow) {
      this.#addToFlow(
        map,
        entries.map(([key, value]) => this.#inlineEntry(key, value)),
      );
      return;
    }
    const last = map.items.at(-1) as Pair;
    const indent = indentAt(this.#text, startOf(last));
    const { end } = ownComments(
      this.#text,
      nextLine(this.#text, endOf(this.#text, last)),
      (deep) => deep >= indent,
    );
    const isSpaced = path.length === 0 && map.items.slice(1).some(({ key }) => hasSpaceBefore(key));
    const lines = isSpaced
      ? entries.flatMap(([key, value]) => ['', ...this.#lines({ [key]: value }, path)])
      : this.#lines(missing, path);
    // To a text that keeps its blank lines, one more would belong.
    const isKept = isSpaced && keepsBlankLines(this.#text, last);
    this.#insertLines(end, indent, isKept ? lines.slice(1) : lines);
  }

  /** After the last item: on lines of their own where it has one, else on its line. */
  #addToFlow(collection: YAMLMap | YAMLSeq, items: readonly string[]): void {
    const text = this.#text;
    const [start, end] = collection.range as [number, number, number];
    const last = collection.items.at(-1);
    if (last === undefined) {
      this.#insert(end - 1, items.join(', '));
      return;
    }
    const lastEnd = endOf(text, last);
    const first = startOf(last);
    const margin = text.slice(lineStart(text, first), first);
    if (lineStart(text, first) <= start || margin.trim() !== '') {
      this.#insert(lastEnd, items.map((item) => `, ${item}`).join(''));
      return;
    }
    if (lineStart(text, end - 1) < lastEnd) {
      const separator = `,${this.#lineBreak}${margin}`;
      this.#insert(lastEnd, items.map((item) => separator + item).join(''));
      return;
    }
    const comma = /^(?:\s+|#[^\n]*\n)*,/.exec(text.slice(lastEnd, end - 1))?.[0].length;
    if (comma === undefined) this.#insert(lastEnd, ',');
    const lines = items.map((item, index) =>
      index < items.length - 1 || comma !== undefined ? `${item},` : item,
    );
    this.#insertLines(nextLine(text, lastEnd + (comma ?? 0)), margin.length, lines);
  }

  /** Rule 6. */
  #refuseAliased(node: Node, path: Path): void {
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor === undefined || !this.#document.aliased.has(anchor)) return;
    this.problems.push({
      code: 'shared-value',
      message: `The value is used elsewhere too, as *${anchor}, and would change there as well.`,
      advice: 'Write the value out where it is used, without the alias.',
      ...this.#at(node, path),
    });
  }

  #shared(path: Path, node: Node, there: unknown, wanted: unknown): void {
    this.problems.push({
      code: 'shared-value',
      message: `The value, ${shown(there)}, comes from an anchor elsewhere; gen would set ${shown(wanted)} and cannot change it for this key alone.`,
      advice: 'Write the value out here, without the alias.',
      ...this.#at(node, path),
    });
  }

  #at(node: Node, path: Path): Pick<Problem, 'place' | 'path'> {
    return { place: this.#file.placeAt(node.range?.[0] ?? 0), path: pathText(path) };
  }

  #keyOffset(path: Path): number {
    let map: unknown = this.#document.map;
    let offset = 0;
    for (const key of path) {
      const pair = isMap(map) ? ownPair(map, key) : undefined;
      offset = pair === undefined ? offset : startOf(pair);
      map = pair?.value;
    }
    return offset;
  }

  #sourceOf(node: Node): string {
    return this.#text.slice(node.range?.[0] ?? 0, node.range?.[1] ?? 0);
  }

  #change(path: Path, value: unknown): void {
    this.changes.push({ path, value });
  }

  #insert(at: number, text: string): void {
    this.edits.push({ from: at, to: at, text });
  }

  #insertLines(at: number, indent: number, lines: readonly string[]): void {
    const margin = ' '.repeat(indent);
    const text = lines.map((line) => (line === '' ? '' : margin + line) + this.#lineBreak).join('');
    this.edits.push({ from: at, to: at, text, lines: true });
  }

  #lines(value: object, path: Path): readonly string[] {
    return yamlLines(value, path.join('/'), VALUES_COMMENTS, this.#layout);
  }

  #inline(value: unknown, quotes: QuoteStyle = 'plain'): string {
    return this.#isJson ? json(value) : yamlInline(value, quotes);
  }

  #inlineEntry(key: string, value: unknown): string {
    return this.#isJson ? `${json(key)}: ${json(value)}` : `${key}: ${yamlInline(value)}`;
  }
}

/** An empty flow collection, nothing but spaces in it. */
function isBlank(source: string): boolean {
  return /^[[{]\s*[\]}]$/.test(source);
}

/** A list item that is commented out; lists may be indented no deeper than their key. */
function isCommentedItem(deep: number, indent: number, comment: string): boolean {
  return deep >= indent && /^#\s*- /.test(comment);
}

function hasSpaceBefore(key: unknown): boolean {
  return isNode(key) && (key as { spaceBefore?: boolean }).spaceBefore === true;
}

function quotesOf(node: unknown): QuoteStyle {
  const type = isScalar(node) ? node.type : undefined;
  return type === 'QUOTE_SINGLE' ? 'single' : type === 'QUOTE_DOUBLE' ? 'double' : 'plain';
}

/** Where an item, or the key of an entry, begins. */
function startOf(item: unknown): number {
  const node = isPair(item) ? item.key : item;
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

function endOfKey({ key }: Pair): number {
  return isNode(key) ? (key.range?.[1] ?? 0) : 0;
}
