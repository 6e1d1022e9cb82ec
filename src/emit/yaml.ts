/** YAML as the people and tools of this field read it; the only emitter file that knows `yaml`. */
import { Document, isMap, isNode, isScalar, isSeq, Scalar, visit } from 'yaml';
import { templates } from '../generated/templates.js';
import type { Memo, RunMemory } from '../model/memo.ts';
import { escapedYaml, mayNeedEscapes, needsEscapes, yamlComment } from '../text/yaml.ts';

interface Annotations {
  /** Lines above a key or an entry of a list, by its path: `Resources/Nodes`, `Tags/0`. */
  readonly comments?: ReadonlyMap<string, readonly string[]>;
  /** Paths of maps whose entries are set apart by an empty line. */
  readonly spaced?: readonly string[];
}

interface Remembered extends Annotations {
  readonly texts: Memo<string>;
}

export interface YamlText extends Annotations {
  readonly value: object;
}

export interface YamlFile extends YamlText {
  /** Documents after the first, of the same shape: the file is a stream then. */
  readonly further?: readonly object[];
  /** Name of the target, for the first line. */
  readonly target: string;
  /** What the file is and what to do with it. */
  readonly header: readonly string[];
}

function comment(node: { commentBefore?: string | null }, path: string, file: Annotations): void {
  const lines = file.comments?.get(path);
  if (lines !== undefined) {
    node.commentBefore = lines.map((line) => ` ${yamlComment(line)}`).join('\n');
  }
}

/** Puts the comments above their keys and entries; `first` is the index of a list's first entry. */
function annotate(node: unknown, path: string, file: Annotations, first = 0): void {
  if (isSeq(node)) {
    node.items.forEach((item, index) => {
      const here = pathTo(path, first + index);
      if (isNode(item)) comment(item, here, file);
      annotate(item, here, file);
    });
  }
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (!isScalar(key)) continue;
    const here = pathTo(path, String(key.value));
    comment(key, here, file);
    annotate(value, here, file);
  }
}

/** As YAML 1.1 readers understand it too. */
const { schema } = new Document(null, { compat: 'yaml-1.1' });

function newDocument(value: unknown): Document {
  return new Document(value, { schema, compat: 'yaml-1.1', aliasDuplicateObjects: false });
}

/** Quotes what some YAML reader would stumble over: `=` is a type of its own in YAML 1.1. */
function quoteTheUnusual(document: Document, value: unknown): void {
  const json = JSON.stringify(value);
  if (!json.includes('"="') && !mayNeedEscapes(json)) return;
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return;
      if (node.value === '=') node.type = Scalar.QUOTE_SINGLE;
      if (needsEscapes(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
}

/**
 * A whole document without header. Strings that YAML 1.1 readers (AWS's among them) would take for
 * a date, a number or a boolean are quoted; no anchors; no line is folded.
 */
export function toYamlText(text: YamlText, memory: RunMemory): string {
  return escapedYaml(documentText(text.value, { ...text, texts: textsOf(memory) }));
}

/** A whole file, header included; see `toYamlText`. */
export function toYaml(file: YamlFile, memory: RunMemory): string {
  const remembered = { ...file, texts: textsOf(memory) };
  const documents = [file.value, ...(file.further ?? [])].map((value) =>
    documentText(value, remembered),
  );
  const header = templates['file-header']({
    commentPrefix: '#',
    target: yamlComment(file.target),
    lines: file.header.map(yamlComment),
  });
  return `${header}\n${escapedYaml(documents.join('---\n'))}`;
}

/** Texts of entries by what they are made of: a thousand targets have the same resources. */
function textsOf(memory: RunMemory): Memo<string> {
  return memory.table('YAML');
}

function documentText(value: object, annotations: Remembered): string {
  return mapText(value, '', annotations);
}

/** Entry by entry, with empty lines between those that are set apart. */
function mapText(map: object, path: string, annotations: Remembered): string {
  const texts = Object.entries(map).map(([key, value]) =>
    entryText(key, value, path, under(path, key, annotations)),
  );
  return texts.join(annotations.spaced?.includes(path) === true ? '\n' : '');
}

function pathTo(path: string, name: string | number): string {
  return path === '' ? String(name) : `${path}/${name}`;
}

/** What concerns a key or an entry of a list, and what lies in it. */
function under(
  path: string,
  name: string | number,
  { comments, spaced, texts }: Remembered,
): Remembered {
  const here = pathTo(path, name);
  const isHere = (place: string): boolean => place === here || place.startsWith(`${here}/`);
  const own = comments && [...comments].filter(([place]) => isHere(place));
  const apart = spaced?.filter(isHere);
  return {
    texts,
    ...(own === undefined || own.length === 0 ? {} : { comments: new Map(own) }),
    ...(apart === undefined || apart.length === 0 ? {} : { spaced: apart }),
  };
}

/** Characters, as JSON, up to which an entry is written in one piece. */
const ONE_PIECE = 250;

function entryText(key: string, value: unknown, path: string, annotations: Remembered): string {
  return piece({ [key]: value }, { path }, annotations, () => {
    const here = pathTo(path, key);
    const inner = isFilled(value) ? innerText(value, here, annotations) : undefined;
    if (inner === undefined) return undefined;
    const own = annotations.comments?.get(here);
    const head = own === undefined ? {} : { comments: new Map([[here, own]]) };
    const text = wholeText({ [key]: null }, path, head);
    // A very long key, or one of several lines, is written in another way.
    if (!/^(#.*\n)*[^?#\n].*: null\n$/.test(text)) return undefined;
    return text.replace(/ null\n$/, () => `\n${indented(inner)}`);
  });
}

/** An entry of a list, without its key there would be none; comments are left to the library. */
function itemText(item: unknown, index: number, path: string, annotations: Remembered): string {
  return piece([item], { path, index }, annotations, () => {
    const isSimple = annotations.comments === undefined && annotations.spaced === undefined;
    if (!isSimple || !isFilled(item) || Array.isArray(item)) return undefined;
    return indented(mapText(item, pathTo(path, index), annotations)).replace(/^ {2}/, '- ');
  });
}

/** Returns undefined for small inputs, where calling the library directly is faster. */
function innerText(value: object, path: string, annotations: Remembered): string | undefined {
  if (!Array.isArray(value)) return mapText(value, path, annotations);
  if (value.every(isNeverQuoted) && annotations.comments === undefined) {
    return value.map((text) => `- ${text}\n`).join('');
  }
  if (value.every((item) => !isFilled(item))) return undefined;
  return value
    .map((item, index) => itemText(item, index, path, under(path, index, annotations)))
    .join('');
}

/**
 * Actions and ARNs: nearly all the text there is. They begin with a letter and hold a colon with
 * something behind it, so they are never quoted; the library would find that out for each.
 */
function isNeverQuoted(item: unknown): boolean {
  return (
    typeof item === 'string' && /^[A-Za-z][A-Za-z0-9-]*:[A-Za-z0-9*:/._-]*[A-Za-z0-9*]$/.test(item)
  );
}

/** A map or a list with something in it. */
function isFilled(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** Two spaces before each line; only a line feed ends one, whatever else a text holds. */
function indented(text: string): string {
  return text.replace(/(^|\n)(?=[^\n])/g, (start) => `${start}  `);
}

/** The path of a map or list, and the index of an entry of a list. */
interface Position {
  readonly path: string;
  readonly index?: number;
}

/**
 * One entry, as it is known, in one piece, or put together: those that differ from target to target
 * differ in one small part.
 */
function piece(
  entry: object,
  { path, index = 0 }: Position,
  annotations: Remembered,
  together: () => string | undefined,
): string {
  const { comments, spaced, texts } = annotations;
  const json = JSON.stringify(entry);
  const apart =
    comments === undefined && spaced === undefined
      ? ''
      : JSON.stringify([path, index, [...(comments ?? [])], spaced]);
  return texts.get(`${json}\n${apart}`, () => {
    const pieces = json.length > ONE_PIECE || spaced !== undefined ? together() : undefined;
    return pieces ?? wholeText(entry, path, annotations, index);
  });
}

function wholeText(entry: object, path: string, annotations: Annotations, index = 0): string {
  const document = newDocument(entry);
  if (annotations.comments !== undefined) annotate(document.contents, path, annotations, index);
  quoteTheUnusual(document, entry);
  return document.toString({ lineWidth: 0, singleQuote: true });
}

/** How the lines around a piece of YAML are laid out. */
export interface YamlLayout {
  /** Spaces per level, at least 1. */
  readonly indent: number;
  /** Whether lists are indented deeper than their key. */
  readonly indentSeq: boolean;
}

/**
 * A map as block lines, to be put into a file of somebody else's; quoted as `toYaml` does.
 * @param path of the map in its file, for the comments: `` at the top, else `managedMachinePool`
 */
export function yamlLines(
  value: object,
  path: string,
  comments: ReadonlyMap<string, readonly string[]>,
  { indent, indentSeq }: YamlLayout,
): readonly string[] {
  const document = newDocument(value);
  annotate(document.contents, path, { comments });
  quoteTheUnusual(document, value);
  const text = document.toString({ lineWidth: 0, singleQuote: true, indent, indentSeq });
  return escapedYaml(text).trimEnd().split('\n');
}

export type QuoteStyle = 'plain' | 'single' | 'double';

/** A value on one line that is valid anywhere, flow collections included. */
export function yamlInline(value: unknown, quotes: QuoteStyle = 'plain'): string {
  const document = newDocument([value]);
  visit(document, {
    Collection(_, node) {
      node.flow = true;
    },
    Scalar(_, node) {
      if (typeof node.value !== 'string' || quotes === 'plain') return;
      node.type = quotes === 'single' ? Scalar.QUOTE_SINGLE : Scalar.QUOTE_DOUBLE;
    },
  });
  quoteTheUnusual(document, value);
  const text = document.toString({ lineWidth: 0, singleQuote: true });
  return escapedYaml(text).trim().slice(1, -1).trim();
}
