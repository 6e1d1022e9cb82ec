/**
 * Prints blocks as `terraform fmt` would leave them.
 * The layout rules are those of hclwrite's formatter: two spaces per level, and the `=` of
 * neighbouring attributes aligned where each fits on one line.
 * https://github.com/hashicorp/hcl/blob/main/hclwrite/format.go
 */
import { hclComment, hclLiteral } from '../../text/hcl.ts';
import { parseSegments, unprotect } from './literal.ts';

/** A body as cdktf synthesizes it: strings hold protected text and `${…}` references. */
export type HclValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly HclValue[]
  | { readonly [key: string]: HclValue };
export type HclBody = { readonly [key: string]: HclValue };

export interface Block {
  readonly keyword:
    | 'terraform'
    | 'variable'
    | 'locals'
    | 'data'
    | 'resource'
    | 'output'
    | 'import'
    | 'module';
  readonly labels: readonly string[];
  readonly body: HclBody;
  /** Lines above the block. */
  readonly comment: readonly string[];
  /** Lines above the n-th nested `statement` block. */
  readonly statementComments?: readonly (readonly string[])[];
}

/** Attributes in the order in which a reader wants them; others follow as they come. */
const ORDER = [
  ...[
    'for_each',
    'source',
    'required_version',
    'required_providers',
    'type',
    'name',
    'path',
    'description',
    'default',
    'nullable',
  ],
  ...['sid', 'effect', 'actions', 'not_actions', 'resources', 'not_resources', 'principals'],
  ...['test', 'variable', 'identifiers', 'values', 'condition', 'error_message', 'validation'],
  ...[
    'role',
    'user',
    'group',
    'assume_role_policy',
    'permissions_boundary',
    'policy_arn',
    'policy',
  ],
  ...['cluster_name', 'namespace', 'service_account', 'role_arn'],
  ...['value', 'tags'],
];

/** A whole file: a header, then the blocks, one empty line between them. */
export function printFile(header: string, blocks: readonly Block[]): string {
  return `${[header.trimEnd(), ...blocks.map(printBlock)].join('\n\n')}\n`;
}

/** Texts of blocks that many targets share. */
const printed = new WeakMap<Block, string>();

/** One block, without an empty line at its end. */
export function printBlock(block: Block): string {
  const known = printed.get(block);
  if (known !== undefined) return known;
  const text = blockText(block);
  printed.set(block, text);
  return text;
}

function blockText(block: Block): string {
  const labels = block.labels.map((label) => ` "${label}"`).join('');
  const lines = bodyLines(block.body, block).map(indent);
  const head = `${block.keyword}${labels} {`;
  return [
    ...block.comment.map(hclComment),
    ...(lines.length === 0 ? [`${head}}`] : [head, ...lines, '}']),
  ].join('\n');
}

function indent(line: string): string {
  return line === '' ? '' : `  ${line}`;
}

/** An item of a body: an attribute's lines, key apart, or a nested block. */
type Item =
  | { readonly kind: 'attribute'; readonly key: string; readonly lines: readonly string[] }
  | { readonly kind: 'block'; readonly lines: readonly string[] };

function bodyLines(body: HclBody, block?: Block): readonly string[] {
  const items = Object.entries(body)
    .filter(([key, value]) => key !== '//' && value !== undefined && value !== null)
    .sort(([a], [b]) => rank(a) - rank(b))
    .flatMap(([key, value]): readonly Item[] => {
      // A list of maps is how Terraform's JSON form, and so cdktf, spells nested blocks.
      if (Array.isArray(value) && value.length > 0 && value.every(isMap)) {
        return value.map((nested, index) => ({
          kind: 'block',
          lines: [
            ...(key === 'statement' ? (block?.statementComments?.[index] ?? []) : []).map(
              hclComment,
            ),
            `${key} {`,
            ...bodyLines(nested as HclBody).map(indent),
            '}',
          ],
        }));
      }
      const isType = block?.keyword === 'variable' && key === 'type';
      const lines = isType ? [unprotect(value as string)] : valueLines(value);
      return [{ kind: 'attribute', key, lines }];
    });
  return layOut(items);
}

/**
 * Aligns runs of one-line attributes; nested blocks are set off by empty lines, and meta-arguments
 * apart: https://developer.hashicorp.com/terraform/language/style
 */
function layOut(items: readonly Item[]): readonly string[] {
  const lines: string[] = [];
  let run: (Item & { kind: 'attribute' })[] = [];
  const flush = () => {
    const width = Math.max(0, ...run.map((item) => columns(item.key)));
    for (const { key, lines: value } of run) {
      lines.push(`${key}${' '.repeat(width - columns(key))} = ${value[0]}`);
    }
    run = [];
  };
  for (const item of items) {
    if (item.kind === 'attribute' && item.key !== 'for_each' && item.lines.length === 1) {
      run.push(item);
      continue;
    }
    flush();
    if (item.kind === 'attribute') {
      lines.push(`${item.key} = ${item.lines[0]}`, ...item.lines.slice(1));
      if (item.key === 'for_each') lines.push('');
    } else {
      if (lines.length > 0 && lines.at(-1) !== '') lines.push('');
      lines.push(...item.lines);
    }
  }
  flush();
  return lines;
}

function rank(key: string): number {
  const place = ORDER.indexOf(key);
  return place === -1 ? ORDER.length : place;
}

function isMap(value: HclValue): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value's lines: a list of several, and a map, one element per line. */
function valueLines(value: HclValue): readonly string[] {
  // Only expressions hold a line break: that of a text is escaped.
  if (typeof value === 'string') return stringExpression(value).split('\n');
  if (Array.isArray(value)) {
    const elements = (value as readonly HclValue[]).map(valueLines);
    if (elements.length === 0) return ['[]'];
    if (elements.length === 1 && elements[0]?.length === 1) return [`[${elements[0][0]}]`];
    return ['[', ...elements.flatMap((lines) => closeElement(lines).map(indent)), ']'];
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as HclBody).filter(([, item]) => item !== undefined);
    if (entries.length === 0) return ['{}'];
    const keyText = keyTexts(entries);
    const items = entries.map(([key, item]): Item => {
      return { kind: 'attribute', key: keyText(key), lines: valueLines(item) };
    });
    return ['{', ...layOut(items).map(indent), '}'];
  }
  return [String(value)];
}

/** A value on one line, for a table. */
export function oneLine(value: HclValue): string {
  if (typeof value === 'string') return stringExpression(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value);
  const keyText = keyTexts(entries);
  const items = entries.map(([key, item]) => `${keyText(key)} = ${oneLine(item)}`);
  return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`;
}

/** Keys of one map are all bare or all in quotes. */
function keyTexts(entries: readonly (readonly [string, unknown])[]): (key: string) => string {
  const bare = entries.every(([key]) => /^[A-Za-z_]\w*$/.test(key) && !KEYWORDS.has(key));
  return (key) => (bare ? key : quote(key));
}

function closeElement(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => (index === lines.length - 1 ? `${line},` : line));
}

/** Words that mean something else than a key at the start of a map. */
const KEYWORDS = new Set(['for', 'if', 'in', 'null', 'true', 'false']);

/** Text without a reference, in which nothing is escaped. */
const PLAIN = /^[A-Za-z0-9:/*._ -]*$/;

/** A bare expression where the string is nothing else, a quoted template where it is. */
function stringExpression(synthesized: string): string {
  if (PLAIN.test(synthesized)) return `"${synthesized}"`;
  const segments = parseSegments(synthesized);
  const only = segments[0];
  if (segments.length === 1 && only?.kind === 'expression') return expression(only.text);
  return quote(synthesized);
}

function quote(synthesized: string): string {
  const segments = parseSegments(synthesized);
  const parts = segments.map((segment, index) =>
    segment.kind === 'expression'
      ? `\${${expression(segment.text)}}`
      : hclLiteral(segment.text, index < segments.length - 1),
  );
  return `"${parts.join('')}"`;
}

/** cdktf's operators come in parentheses; its string arguments as protected text in quotes. */
function expression(text: string): string {
  const open = /^\(([^()]*(?:\([^()]*\)[^()]*)*)\)$/.exec(text)?.[1] ?? text;
  return open.replace(/"([^"]*)"/g, (_, inner: string) => {
    return `"${hclLiteral(unprotect(inner), false)}"`;
  });
}

/** Width as the formatter counts it: grapheme clusters. */
function columns(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].length;
}
