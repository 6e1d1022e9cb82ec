/**
 * What YAML may hold, so that reading it takes time linear in its size. The `yaml` package parses
 * brackets that are never closed in the fifth power of their number, resolves each alias by a walk
 * over the document, and overflows the stack on deep nesting; so the tokens are counted first.
 */
import { CST, Lexer } from 'yaml';

/** Levels of nesting; a group has 9, the values of a pack seldom more than 12. */
export const DEEPEST = 64;
/** Of each, in one file. One anchor may be used a hundred times, which `yaml` sees to. */
export const MOST_ANCHORS = 1_000;
/** Words, marks, line breaks and spaces: some 50,000 lines. */
export const MOST_TOKENS = 250_000;
/** Characters of one text in a spec or gen.yaml; all of a role's inline policies have 10,240. */
export const LONGEST_TEXT = 20_000;

export interface BoundsFault {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
  readonly line: number;
  readonly column: number;
}

/** Where the text goes beyond the bounds first. Stops reading there. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one bound after another, on each token
export function boundsFault(
  text: string,
  longestText = Number.POSITIVE_INFINITY,
): BoundsFault | undefined {
  const here = new Position();
  const nesting = new Nesting();
  const anchors = { anchor: 0, alias: 0 };
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token) ?? 'scalar';
    // What the lexer inserts has no place in the text.
    const isMark = token === CST.DOCUMENT || token === CST.SCALAR || token === CST.FLOW_END;
    const fault = (code: string, message: string, advice: string): BoundsFault => ({
      code,
      message,
      advice,
      line: here.line,
      column: here.column,
    });
    tokens += 1;
    if (tokens > MOST_TOKENS) {
      const most = MOST_TOKENS.toLocaleString('en');
      return fault('too-large', `The file has more than ${most} parts up to here.`, SPLIT);
    }
    if (type === 'anchor' || type === 'alias') {
      anchors[type] += 1;
      if (anchors[type] > MOST_ANCHORS) {
        const what = type === 'anchor' ? 'anchors (&name)' : 'aliases (*name)';
        const most = MOST_ANCHORS.toLocaleString('en');
        return fault('too-many-aliases', `The file has more than ${most} ${what}.`, WRITE_OUT);
      }
    }
    if (!isMark && token.length > longestText) {
      const isText = type !== 'comment' && type !== 'newline' && type !== 'space';
      const most = longestText.toLocaleString('en');
      if (isText)
        return fault('too-long', `A text is longer than ${most} characters.`, 'Shorten it.');
    }
    nesting.take(type, here.column);
    if (nesting.depth > DEEPEST) {
      return fault('too-deep', `This is nested more than ${DEEPEST} levels deep.`, FLATTEN);
    }
    if (nesting.unclosed > DEEPEST) {
      const message = `More than ${DEEPEST} brackets ({ or [) up to here are never closed.`;
      return fault('yaml-syntax', message, 'Close them, or put text that holds them in quotes.');
    }
    if (!isMark) here.pass(token);
  }
  return undefined;
}

const SPLIT = 'Is it the right file? If it is, split it.';
const WRITE_OUT = 'Write the values out where they are used.';
const FLATTEN = 'No file that gen reads needs that many levels.';

/** From 1, both. */
class Position {
  line = 1;
  column = 1;

  pass(token: string): void {
    const last = token.lastIndexOf('\n');
    if (last < 0) {
      this.column += token.length;
      return;
    }
    for (let at = token.indexOf('\n'); at >= 0; at = token.indexOf('\n', at + 1)) this.line += 1;
    this.column = token.length - last;
  }
}

/** Levels that are open: columns at which blocks begin, and brackets. */
class Nesting {
  /** Brackets that are open no longer, though nothing closed them. */
  unclosed = 0;
  readonly #columns: number[] = [];
  #brackets = 0;
  /** Nothing but indicators (`-`, `?`, `:`) has come in this line. */
  #isFresh = true;

  get depth(): number {
    return this.#columns.length + this.#brackets;
  }

  take(type: string, column: number): void {
    switch (type) {
      case 'flow-error-end':
      case 'doc-mode':
        this.unclosed += this.#brackets;
        this.#brackets = 0;
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        this.#brackets = Math.max(this.#brackets - 1, 0);
        break;
      case 'newline':
        this.#isFresh = true;
        break;
      case 'space':
      case 'comment':
        break;
      default:
        if (this.#brackets === 0) this.#begin(type, column);
        if (type === 'flow-map-start' || type === 'flow-seq-start') this.#brackets += 1;
    }
  }

  #begin(type: string, column: number): void {
    const isIndicator = /^(seq-item|explicit-key|map-value)-ind$/.test(type);
    if (this.#isFresh) {
      while ((this.#columns.at(-1) ?? 0) > column) this.#columns.pop();
      if ((this.#columns.at(-1) ?? 0) < column) this.#columns.push(column);
    }
    this.#isFresh = isIndicator;
  }
}
