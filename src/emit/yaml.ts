/** YAML as the people and tools of this field read it; the only emitter file that knows `yaml`. */
import { Document, isMap, isNode, isScalar, isSeq, Scalar, visit } from 'yaml';
import { templates } from '../generated/templates.js';
import { Known } from '../model/known.ts';

interface Annotations {
  /** Lines to stand above a key or an entry of a list, by its path: `Resources/Nodes`, `Tags/0`. */
  readonly comments?: ReadonlyMap<string, readonly string[]>;
  /** Paths of maps whose entries are set apart by an empty line. */
  readonly spaced?: readonly string[];
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
    node.commentBefore = lines.map((line) => ` ${inComment(line)}`).join('\n');
  }
}

/** Puts the comments above their keys and entries, and the empty lines between entries. */
function annotate(node: unknown, path: string, file: Annotations): void {
  const under = (name: unknown): string => (path === '' ? String(name) : `${path}/${String(name)}`);
  if (isSeq(node)) {
    node.items.forEach((item, index) => {
      if (isNode(item)) comment(item, under(index), file);
      annotate(item, under(index), file);
    });
  }
  if (!isMap(node)) return;
  node.items.forEach((pair, index) => {
    if (!isScalar(pair.key)) return;
    const here = under(pair.key.value);
    comment(pair.key, here, file);
    if (index > 0 && file.spaced?.includes(path) === true) pair.key.spaceBefore = true;
    annotate(pair.value, here, file);
  });
}

/** Tab, DEL and the C1 controls: IAM takes them, YAML readers take them only as escapes. */
const CONTROLS = /[\t\u007f-\u009f]/g;

/** Quotes what some YAML reader would stumble over: `=` is a type of its own in YAML 1.1. */
function quoteTheUnusual(document: Document): void {
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return;
      if (node.value === '=') node.type = Scalar.QUOTE_SINGLE;
      if (node.value.search(CONTROLS) >= 0) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
}

function escapeControls(yaml: string): string {
  return yaml.replace(
    CONTROLS,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Comments end at what any reader takes for a line's end. */
function inComment(line: string): string {
  return line.replace(CONTROLS, ' ');
}

/**
 * A whole document without header. Strings that YAML 1.1 readers (AWS's among them) would take for
 * a date, a number or a boolean are quoted; no anchors; no line is folded.
 */
export function toYamlText(text: YamlText): string {
  return escapeControls(documentText(text.value, text));
}

/** A whole file, header included; see `toYamlText`. */
export function toYaml(file: YamlFile): string {
  const documents = [file.value, ...(file.further ?? [])].map((value) => documentText(value, file));
  const header = templates['file-header']({
    commentPrefix: '#',
    target: inComment(file.target),
    lines: file.header.map(inComment),
  });
  return `${header}\n${escapeControls(documents.join('---\n'))}`;
}

function documentText(value: object, annotations: Annotations): string {
  return mapText(value, '', annotations);
}

/** Entry by entry; a map whose own entries are set apart is written the same way, one level deeper. */
function mapText(map: object, path: string, annotations: Annotations): string {
  const spaced = annotations.spaced ?? [];
  const texts = Object.entries(map).map(([key, value]) => {
    const here = path === '' ? key : `${path}/${key}`;
    if (!spaced.includes(here) || Object.keys(value).length === 0) {
      return entryText(key, value, path, annotations);
    }
    const entries = mapText(value, here, annotations).replace(/^(?=[^\n])/gm, '  ');
    return entryText(key, null, path, annotations).replace(/ null\n$/, `\n${entries}`);
  });
  return texts.join(spaced.includes(path) ? '\n' : '');
}

/** Texts of entries by what they are made of: a thousand targets have the same resources. */
const known = new Known<string>();

function entryText(key: string, value: unknown, path: string, annotations: Annotations): string {
  const here = path === '' ? key : `${path}/${key}`;
  const comments = [...(annotations.comments ?? [])].filter(
    ([place]) => place === here || place.startsWith(`${here}/`),
  );
  const parts = JSON.stringify([path, key, value, comments, annotations.spaced]);
  return known.get(parts, () => {
    const entry = { [key]: value };
    const document = new Document(entry, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
    annotate(document.contents, path, annotations);
    quoteTheUnusual(document);
    return document.toString({ lineWidth: 0, singleQuote: true });
  });
}

/** How the lines around a piece of YAML are laid out. */
export interface YamlLayout {
  /** Blanks per level, at least 1. */
  readonly indent: number;
  /** Whether lists stand deeper than the key they belong to. */
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
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  annotate(document.contents, path, { comments });
  quoteTheUnusual(document);
  const text = document.toString({ lineWidth: 0, singleQuote: true, indent, indentSeq });
  return escapeControls(text).trimEnd().split('\n');
}

export type QuoteStyle = 'plain' | 'single' | 'double';

/** A value on one line that can stand anywhere, flow collections included. */
export function yamlInline(value: unknown, quotes: QuoteStyle = 'plain'): string {
  const document = new Document([value], { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  visit(document, {
    Collection(_, node) {
      node.flow = true;
    },
    Scalar(_, node) {
      if (typeof node.value !== 'string' || quotes === 'plain') return;
      node.type = quotes === 'single' ? Scalar.QUOTE_SINGLE : Scalar.QUOTE_DOUBLE;
    },
  });
  quoteTheUnusual(document);
  const text = document.toString({ lineWidth: 0, singleQuote: true });
  return escapeControls(text).trim().slice(1, -1).trim();
}
