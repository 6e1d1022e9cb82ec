/**
 * Parameters: values the spec leaves open, written `{{name}}` anywhere in a string.
 * `${aws:…}` is an IAM policy variable, not a parameter, and is never touched here.
 *
 * Composing writes `{{name!}}` where a parameter stays open before the last part of an ARN and its
 * value may hold a colon, which shifts the parts (`pattern.ts`).
 */

export interface Parameter {
  readonly name: string;
  readonly description: string;
  /** A regular expression over the whole value, anchored with ^ and $. */
  readonly pattern: string;
  /** The longest allowed value, in characters. */
  readonly maxLength: number;
  readonly default?: string;
  /** What goes wrong for a value that does not match, for CloudFormation and error messages. */
  readonly constraint: string;
  /** The command-line flag that gives the value, e.g. `--cluster-name`. */
  readonly flag?: string;
  /** How the documentation writes the parameter, e.g. `${CLUSTER_NAME}`. */
  readonly documentedAs?: string;
  /** Of a kind of thing there may be many of, e.g. `clusters`: what tells one from another. */
  readonly keyOf?: string;
  /** The kind of thing that it belongs to: each one has a value of its own. */
  readonly attributeOf?: string;
}

/**
 * A parameter's pattern for whoever looks for a match anywhere in a value: one of its alternatives
 * alone, as in `^a|b$`, is anchored on one side only.
 */
export function wholePattern(pattern: string): string {
  const isAnchored = pattern.startsWith('^') && /(?<!\\)(?:\\\\)*\$$/.test(pattern);
  return isAnchored && !hasAlternatives(pattern) ? pattern : `^(?:${pattern})$`;
}

/** Whether a `|` stands outside of groups and character classes. */
function hasAlternatives(pattern: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const symbol = pattern[at];
    if (symbol === '\\') at++;
    else if (inClass) inClass = symbol !== ']';
    else if (symbol === '[') inClass = true;
    else if (symbol === '(') depth++;
    else if (symbol === ')') depth--;
    else if (symbol === '|' && depth === 0) return true;
  }
  return false;
}

/** A stretch of literal text or one parameter. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string };

const PLACEHOLDER = /\{\{\s*([A-Za-z][A-Za-z0-9]*)\s*(!?)\}\}/g;

/** Cuts a string into literal text and parameters, in order; neighbouring text is one piece. */
export function parsePieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) });
    pieces.push({ kind: 'parameter', name: match[1] as string });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}

/** Names of the parameters in a string, in order of appearance. */
export function parameterNames(text: string): readonly string[] {
  if (!text.includes('{{')) return [];
  return Array.from(text.matchAll(PLACEHOLDER), (match) => match[1] as string);
}

/** Classes, escapes, dots and plain characters of a regular expression; beginnings of groups too. */
const PATTERN_ATOM =
  /\(\?(?:[:=!]|<[=!]|<\w+>)|\[(?:\\[\s\S]|[^\]\\])*\]|\\(?:x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|[\s\S])|[^()|?*+{}^$]/g;

/**
 * Whether a value that the parameter's pattern allows may hold one of the characters. Looks at what
 * the pattern is made of, so it may say yes where the pattern as a whole says no; never the reverse.
 */
export function mayHold({ pattern }: Pick<Parameter, 'pattern'>, characters: string): boolean {
  return (pattern.match(PATTERN_ATOM) ?? []).some((atom) => {
    if (atom.startsWith('(?')) return false;
    if (atom.length === 1 && atom !== '.') return characters.includes(atom);
    const one = /^\\[bB0-9k]/.test(atom) ? null : new RegExp(`^(?:${atom})$`, 's');
    return one === null ? false : [...characters].some((character) => one.test(character));
  });
}

/** Puts values in; a parameter without a value stays open, as `{{name}}` or `{{name!}}`. */
export function render(text: string, values: ReadonlyMap<string, string>): string {
  if (!text.includes('{{')) return text;
  return text.replace(
    PLACEHOLDER,
    (_, name: string, mark: string) => values.get(name) ?? `{{${name}${mark}}}`,
  );
}

/** Names of the parameters whose values may hold a colon. */
export function holdersOfColons(parameters: ReadonlyMap<string, Parameter>): ReadonlySet<string> {
  return new Set(
    [...parameters.values()].filter((each) => mayHold(each, ':')).map(({ name }) => name),
  );
}

/** Writes each piece in a target language's way and joins them. */
export function translate(
  text: string,
  onText: (text: string) => string,
  onParameter: (name: string) => string,
): string {
  return parsePieces(text)
    .map((piece) => (piece.kind === 'text' ? onText(piece.text) : onParameter(piece.name)))
    .join('');
}
