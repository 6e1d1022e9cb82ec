/**
 * Patterns of actions and resources, and when one covers another.
 *
 * The rules (AWS IAM User Guide, "JSON policy elements"):
 * 1. `*` stands for any run of characters and `?` for one. A pattern covers another when its
 *    wildcards can absorb the other's text, wildcards included.
 * 2. An open parameter and an IAM policy variable are one symbol each, which only itself or `*`
 *    absorbs.
 * 3. ARNs are compared part by part, because not every service lets a wildcard cross a colon.
 * 4. Actions are case-insensitive; resources are compared as they are written.
 * 5. When unsure: not covered.
 */

export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

const SYMBOL = /\{\{[A-Za-z][A-Za-z0-9]*\}\}|\$\{[^}]*\}|[\s\S]/g;

/** Characters, parameters and policy variables of a pattern, as separate symbols. */
function symbols(pattern: string): readonly string[] {
  return pattern.includes('{') ? (pattern.match(SYMBOL) ?? []) : [...pattern];
}

/** What may make a symbol longer than one code unit. */
const LONG = /[{\ud800-\udfff]/;

/** Where every symbol is one code unit, the text is its own list of symbols: no need to split it. */
function listed(pattern: string): ArrayLike<string> {
  return LONG.test(pattern) ? symbols(pattern) : pattern;
}

/** Whether `wide` absorbs `narrow` symbol by symbol (rules 1 and 2), in linear time for one `*`. */
function absorbs(wide: string, narrow: string): boolean {
  if (wide === narrow || wide === '*') return true;
  if (!hasWildcard(wide)) return false;
  const w = listed(wide);
  const n = listed(narrow);
  let i = 0;
  let j = 0;
  let star = -1;
  let mark = 0;
  while (j < n.length) {
    if (i < w.length && w[i] === '*') {
      star = i++;
      mark = j;
    } else if (
      i < w.length &&
      (w[i] === n[j] || (w[i] === '?' && n[j] !== '*' && (n[j] as string).length === 1))
    ) {
      i++;
      j++;
    } else if (star >= 0) {
      i = star + 1;
      j = ++mark;
    } else {
      return false;
    }
  }
  while (i < w.length && w[i] === '*') i++;
  return i === w.length;
}

const SERVICE = 2;
const LAST = 5;

/**
 * The six parts of an ARN; the last keeps its colons. Undefined for anything else, and where a
 * policy variable stands before the last part: its value may hold a colon and shift the parts.
 */
function arnParts(pattern: string): readonly string[] | undefined {
  if (!pattern.startsWith('arn:')) return undefined;
  const parts: string[] = [];
  let from = 0;
  for (let part = 0; part < LAST; part++) {
    const colon = pattern.indexOf(':', from);
    if (colon < 0) return undefined;
    parts.push(pattern.slice(from, colon));
    from = colon + 1;
  }
  const variable = pattern.indexOf('${');
  if (variable >= 0 && variable < from) return undefined;
  parts.push(pattern.slice(from));
  return parts;
}

function partsCover(wide: readonly string[], narrow: readonly string[]): boolean {
  for (let part = LAST; part >= 0; part--) {
    if (!absorbs(wide[part] as string, narrow[part] as string)) return false;
  }
  return true;
}

/** Whether every resource that `narrow` matches is matched by `wide` (rule 3). */
export function resourceCovers(wide: string, narrow: string): boolean {
  if (wide === narrow || wide === '*') return true;
  if (!hasWildcard(wide)) return false;
  const w = arnParts(wide);
  const n = arnParts(narrow);
  return w !== undefined && n !== undefined && partsCover(w, n);
}

/** Whether every action that `narrow` matches is matched by `wide` (rule 4). */
export function actionCovers(wide: string, narrow: string): boolean {
  return absorbs(wide.toLowerCase(), narrow.toLowerCase());
}

/** The text before the first wildcard; whatever the pattern covers begins with it. */
function literalPrefix(pattern: string): string {
  return pattern.slice(0, pattern.search(/[*?]|$/));
}

/** A pattern in its parts. */
interface Wide {
  readonly pattern: string;
  readonly parts: readonly string[];
}

/** Patterns by the literal beginning of their last part. */
class ByBeginning {
  readonly #wide = new Map<string, Wide[]>();
  /** Lengths of the beginnings, ascending. */
  #lengths: number[] = [];

  add(wide: Wide): void {
    const beginning = literalPrefix(wide.parts[LAST] as string);
    const alike = this.#wide.get(beginning);
    if (alike === undefined) this.#wide.set(beginning, [wide]);
    else alike.push(wide);
    if (this.#lengths.includes(beginning.length)) return;
    this.#lengths = [...this.#lengths, beginning.length].sort((a, b) => a - b);
  }

  /** Adds to `found` what covers the pattern, which itself is not told. */
  collect(narrow: Wide, found: string[]): void {
    const last = narrow.parts[LAST] as string;
    for (const length of this.#lengths) {
      if (length > last.length) return;
      for (const wide of this.#wide.get(last.slice(0, length)) ?? []) {
        if (wide.pattern !== narrow.pattern && partsCover(wide.parts, narrow.parts)) {
          found.push(wide.pattern);
        }
      }
    }
  }
}

const NONE: readonly string[] = [];
const ALL: readonly string[] = ['*'];

/**
 * Resource patterns arranged so that those which cover a given one are found without looking at
 * all: by service, and below it by how the last part begins. Each answer is kept.
 */
export class PatternIndex {
  /** What `*` alone covers has these wider ones. */
  readonly #least: readonly string[];
  readonly #byService = new Map<string, ByBeginning>();
  readonly #anyService = new ByBeginning();
  readonly #empty: boolean;
  readonly #known = new Map<string, readonly string[]>();

  constructor(patterns: Iterable<string>) {
    let least = NONE;
    let empty = true;
    for (const pattern of patterns) {
      if (pattern === '*') {
        least = ALL;
        continue;
      }
      // What has no wildcard covers only itself.
      const parts = hasWildcard(pattern) ? arnParts(pattern) : undefined;
      if (parts === undefined) continue;
      empty = false;
      this.#of(parts[SERVICE] as string).add({ pattern, parts });
    }
    this.#least = least;
    this.#empty = empty;
  }

  /** Patterns here that cover the given one, but for itself; the widest beginnings first. */
  wider(pattern: string): readonly string[] {
    if (pattern === '*') return NONE;
    if (this.#empty) return this.#least;
    let found = this.#known.get(pattern);
    if (found === undefined) {
      found = this.#find(pattern);
      this.#known.set(pattern, found);
    }
    return found;
  }

  #of(service: string): ByBeginning {
    if (hasWildcard(service)) return this.#anyService;
    let patterns = this.#byService.get(service);
    if (patterns === undefined) {
      patterns = new ByBeginning();
      this.#byService.set(service, patterns);
    }
    return patterns;
  }

  #find(pattern: string): readonly string[] {
    const parts = arnParts(pattern);
    if (parts === undefined) return this.#least;
    const found = [...this.#least];
    this.#anyService.collect({ pattern, parts }, found);
    this.#byService.get(parts[SERVICE] as string)?.collect({ pattern, parts }, found);
    return found.length === this.#least.length ? this.#least : found;
  }
}
