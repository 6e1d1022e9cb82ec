/**
 * Regular expressions that specs bring along, matched in linear time.
 *
 * JavaScript's own matching may take exponential time: `^(a+)+$` on 40 letters never ends. So a
 * pattern is read here and run as a nondeterministic automaton (Thompson 1968; see
 * https://swtch.com/~rsc/regexp/regexp1.html): all states at once, character by character.
 *
 * 1. The language is what JavaScript, Terraform (RE2) and CloudFormation (Java) have in common:
 *    characters, classes, groups, alternatives, repetition, ^, $ and \b. What a pattern of it
 *    matches is what JavaScript says.
 * 2. Back references and lookaround are refused: no automaton has them, nor has Terraform.
 * 3. The automaton has at most so many states: `{1,100}` counts a hundred times.
 * 4. A character or class means what JavaScript takes it for: it is asked, one character at a time.
 */

/** Characters of a pattern. */
const LONGEST_PATTERN = 2_000;
/** States of an automaton; the longest pattern of the built-in spec has 260. */
const MOST_STATES = 5_000;
/** Groups within groups. */
const DEEPEST = 50;
/** Of a value: no policy that could hold it is longer. */
export const LONGEST_VALUE = 10_240;

export class UnsupportedPattern extends Error {}

type Node =
  | { readonly kind: 'atom'; readonly source: string }
  | { readonly kind: 'assertion'; readonly source: string }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

/**
 * Whether the whole value matches. Both are of a spec or a flag, so neither is trusted.
 * @throws UnsupportedPattern with what is wrong with the pattern
 */
export function matchesWhole(pattern: string, value: string): boolean {
  return value.length <= LONGEST_VALUE && new Automaton(parse(pattern)).accepts(value);
}

/** What keeps a pattern from being used; undefined where nothing does. */
export function patternFault(pattern: string): string | undefined {
  try {
    new Automaton(parse(pattern));
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedPattern) return error.message;
    throw error;
  }
}

/** @throws UnsupportedPattern */
function parse(pattern: string): Node {
  if (pattern.length > LONGEST_PATTERN) {
    throw new UnsupportedPattern(`it is longer than ${LONGEST_PATTERN} characters`);
  }
  try {
    new RegExp(pattern);
  } catch (error) {
    throw new UnsupportedPattern((error as Error).message);
  }
  return new Parser(pattern).whole();
}

const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/y;
/** As in JavaScript without its u flag: a brace that begins no quantifier is a character. */
const ATOM = /\[(?:\\[\s\S]|[^\]\\])*\]|\\(?:x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|[\s\S])|[^()|\\]/y;
const GROUP = /\((?:\?(?::|<[A-Za-z_$][\w$]*>))?/y;

/** Of a pattern that JavaScript takes. */
class Parser {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  whole(): Node {
    return this.#alternatives();
  }

  #alternatives(): Node {
    const parts = [this.#sequence()];
    while (this.#pattern[this.#at] === '|') {
      this.#at += 1;
      parts.push(this.#sequence());
    }
    return { kind: 'any', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] as string)) {
      parts.push(this.#repeated());
    }
    return { kind: 'all', parts };
  }

  #repeated(): Node {
    const part = this.#pattern[this.#at] === '(' ? this.#group() : this.#atom();
    const found = this.#taken(QUANTIFIER);
    if (found === undefined) return part;
    const [text, from, comma, to] = found;
    if (from === undefined) {
      const [least, most] = text[0] === '?' ? [0, 1] : [text[0] === '+' ? 1 : 0, Infinity];
      return { kind: 'repeat', part, least: least as number, most: most as number };
    }
    const least = Number(from);
    const most = comma === undefined ? least : to === '' ? Infinity : Number(to);
    return { kind: 'repeat', part, least, most };
  }

  #group(): Node {
    const [opener] = this.#taken(GROUP) ?? [''];
    if (this.#pattern[this.#at] === '?') {
      throw new UnsupportedPattern(
        'lookahead, lookbehind and flags in groups, (?…), are not supported, nor are they in Terraform',
      );
    }
    this.#depth += 1;
    if (opener === '' || this.#depth > DEEPEST) {
      throw new UnsupportedPattern(`its groups are nested more than ${DEEPEST} deep`);
    }
    const inside = this.#alternatives();
    this.#at += 1;
    this.#depth -= 1;
    return inside;
  }

  #atom(): Node {
    const [source] = this.#taken(ATOM) ?? [this.#pattern[this.#at++] as string];
    if (/^(?:[$^]|\\[bB])$/.test(source)) return { kind: 'assertion', source };
    if (/^\\[1-9k]/.test(source)) {
      throw new UnsupportedPattern(
        `back references such as ${source} are not supported, nor are they in Terraform`,
      );
    }
    if (/^\\(?:[0c]|$)/.test(source)) {
      throw new UnsupportedPattern(`${source} is not supported; write the character as \\xHH`);
    }
    return { kind: 'atom', source };
  }

  #taken(what: RegExp): RegExpExecArray | undefined {
    what.lastIndex = this.#at;
    const found = what.exec(this.#pattern) ?? undefined;
    if (found !== undefined) this.#at = what.lastIndex;
    return found;
  }
}

/** Reads a character, asserts something of the place, or is passed at once; then goes on. */
interface State {
  readonly reads?: string;
  readonly asserts?: string;
  readonly next: number[];
}

class Automaton {
  readonly #states: State[] = [{ next: [] }];
  readonly #start: number;
  /** Whether a character is one that an atom stands for, by both. */
  readonly #answers = new Map<string, boolean>();

  /** State 0 accepts. */
  constructor(pattern: Node) {
    this.#start = this.#build(pattern, 0);
  }

  accepts(value: string): boolean {
    let current = this.#passed([this.#start], value, 0);
    for (let at = 0; at < value.length && current.size > 0; at += 1) {
      const next: number[] = [];
      for (const each of current) {
        const state = this.#states[each] as State;
        if (state.reads !== undefined && this.#isOf(state.reads, value[at] as string)) {
          next.push(...state.next);
        }
      }
      current = this.#passed(next, value, at + 1);
    }
    return current.has(0);
  }

  /** The state before a part, from the one after it. */
  #build(node: Node, after: number): number {
    switch (node.kind) {
      case 'atom':
        return this.#add({ reads: node.source, next: [after] });
      case 'assertion':
        return this.#add({ asserts: node.source, next: [after] });
      case 'all':
        return node.parts.reduceRight((then, part) => this.#build(part, then), after);
      case 'any':
        return this.#add({ next: node.parts.map((part) => this.#build(part, after)) });
      case 'repeat':
        return this.#repeat(node, after);
    }
  }

  #repeat({ part, least, most }: Node & { kind: 'repeat' }, after: number): number {
    let start = after;
    if (most === Number.POSITIVE_INFINITY) {
      const loop: State = { next: [after] };
      start = this.#add(loop);
      loop.next.push(this.#build(part, start));
    } else {
      for (let count = least; count < most; count += 1) {
        start = this.#add({ next: [after, this.#build(part, start)] });
      }
    }
    for (let count = 0; count < least; count += 1) {
      // A state for each, so that repeating what is empty is bounded too.
      start = this.#add({ next: [this.#build(part, start)] });
    }
    return start;
  }

  #add(state: State): number {
    if (this.#states.length >= MOST_STATES) {
      throw new UnsupportedPattern(
        `its repetitions come to more than ${MOST_STATES.toLocaleString('en')} characters`,
      );
    }
    return this.#states.push(state) - 1;
  }

  /** All states that are reached without reading. */
  #passed(from: readonly number[], value: string, at: number): ReadonlySet<number> {
    const reached = new Set(from);
    for (const each of reached) {
      const { reads, asserts, next } = this.#states[each] as State;
      if (reads !== undefined || (asserts !== undefined && !holds(asserts, value, at))) continue;
      for (const one of next) reached.add(one);
    }
    return reached;
  }

  #isOf(atom: string, character: string): boolean {
    const key = `${character}${atom}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = new RegExp(`^(?:${isBrace(atom) ? `\\${atom}` : atom})$`).test(character);
    this.#answers.set(key, answer);
    return answer;
  }
}

function isBrace(atom: string): boolean {
  return atom === '{' || atom === '}' || atom === ']';
}

function holds(assertion: string, value: string, at: number): boolean {
  if (assertion === '^') return at === 0;
  if (assertion === '$') return at === value.length;
  const isWord = (index: number): boolean => /^\w$/.test(value[index] ?? '');
  return (isWord(at - 1) !== isWord(at)) === (assertion === '\\b');
}
