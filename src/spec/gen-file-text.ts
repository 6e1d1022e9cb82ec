/** A new gen.yaml as text. */
import { Document, isScalar, isSeq, Scalar, visit } from 'yaml';
import { escapedYaml, needsEscapes } from '../text/yaml.ts';
import type { Settings } from './gen-file.ts';

const HEADER = ` yaml-language-server: $schema=node_modules/palette-iam-gen/spec/schema/gen.schema.json

 What gen writes in this repository: gen generates it, gen check compares. The keys of a target are
 gen's flags without their dashes; what several targets share goes under defaults:.`;

/** One target; settings in the order given, features first. */
export function genFileText(name: string, { features, ...settings }: Settings): string {
  const target = Object.fromEntries(
    Object.entries({ features, ...settings }).map(([flag, value]) => [
      flag,
      shortened(flag, value),
    ]),
  );
  const document = new Document({ targets: { [name]: target } }, { compat: 'yaml-1.1' });
  visit(document, {
    Seq(_, node) {
      node.flow = isSeq(node) && node.items.every(isScalar);
    },
    Scalar(_, node) {
      if (typeof node.value === 'string' && needsEscapes(node.value)) {
        node.type = Scalar.QUOTE_DOUBLE;
      }
    },
  });
  document.commentBefore = HEADER;
  return escapedYaml(document.toString({ lineWidth: 0, flowCollectionPadding: false }));
}

/** `name=value` pairs as a map, a comma-separated list as a list, a list of one as its entry. */
function shortened(flag: string, value: unknown): unknown {
  if (flag === 'reserve' || flag === 'max-policies') return Number(value);
  if (!Array.isArray(value)) return value;
  const texts = value.map(String);
  if (['tag', 'param', 'deployed', 'policy-description'].includes(flag)) {
    return Object.fromEntries(
      texts.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
    );
  }
  const lists = ['features', 'format'].includes(flag)
    ? texts.flatMap((text) => text.split(','))
    : texts;
  const entries = lists.map((text) => text.trim());
  return entries.length === 1 ? entries[0] : entries;
}
