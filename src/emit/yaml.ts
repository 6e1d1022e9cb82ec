/** YAML as the people and tools of this field read it; the only emitter file that knows `yaml`. */
import { Document, isMap, isScalar, Scalar, visit } from 'yaml';
import { templates } from '../generated/templates.js';

export interface YamlFile {
  readonly value: object;
  /** Documents after the first, of the same shape: the file is a stream then. */
  readonly further?: readonly object[];
  /** Name of the target, for the first line. */
  readonly target: string;
  /** What the file is and what to do with it. */
  readonly header: readonly string[];
  /** Lines to stand above a key, by the path of the key: `Resources/Nodes`. */
  readonly comments?: ReadonlyMap<string, readonly string[]>;
  /** Paths of maps whose entries are set apart by an empty line. */
  readonly spaced?: readonly string[];
}

/** Puts the comments above their keys and the empty lines between entries. */
function annotate(node: unknown, path: string, file: YamlFile): void {
  if (!isMap(node)) return;
  node.items.forEach((pair, index) => {
    if (!isScalar(pair.key)) return;
    const here = path === '' ? String(pair.key.value) : `${path}/${String(pair.key.value)}`;
    const comment = file.comments?.get(here);
    if (comment !== undefined) {
      pair.key.commentBefore = comment.map((line) => ` ${inComment(line)}`).join('\n');
    }
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
 * A whole file, header included. Strings that YAML 1.1 readers (AWS's among them) would take for
 * a date, a number or a boolean are quoted; no anchors; no line is folded.
 */
export function toYaml(file: YamlFile): string {
  const documents = [file.value, ...(file.further ?? [])].map((value) => documentText(value, file));
  const header = templates['file-header']({
    commentPrefix: '#',
    target: inComment(file.target),
    lines: file.header.map(inComment),
  });
  return `${header}\n${escapeControls(documents.join('---\n'))}`;
}

function documentText(value: object, file: YamlFile): string {
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  annotate(document.contents, '', file);
  quoteTheUnusual(document);
  return document.toString({ lineWidth: 0, singleQuote: true });
}
