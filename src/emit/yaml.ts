/** YAML as the people and tools of this field read it; the only emitter file that knows `yaml`. */
import { Document, isMap, isScalar } from 'yaml';
import { templates } from '../generated/templates.js';

export interface YamlFile {
  readonly value: object;
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
      pair.key.commentBefore = comment.map((line) => ` ${line}`).join('\n');
    }
    if (index > 0 && file.spaced?.includes(path) === true) pair.key.spaceBefore = true;
    annotate(pair.value, here, file);
  });
}

/**
 * A whole file, header included. Strings that YAML 1.1 readers (AWS's among them) would take for
 * a date, a number or a boolean are quoted; no anchors; no line is folded.
 */
export function toYaml(file: YamlFile): string {
  const document = new Document(file.value, {
    compat: 'yaml-1.1',
    aliasDuplicateObjects: false,
  });
  annotate(document.contents, '', file);
  const header = templates['file-header']({
    commentPrefix: '#',
    target: file.target,
    lines: file.header,
  });
  return `${header}\n${document.toString({ lineWidth: 0, singleQuote: true })}`;
}
