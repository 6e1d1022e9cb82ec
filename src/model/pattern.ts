/**
 * Patterns of actions and resources, and when one covers another.
 *
 * The rules (AWS IAM User Guide, "JSON policy elements"):
 * 1. `*` stands for any run of characters and `?` for one. A pattern covers another when its
 *    wildcards can absorb the other's text, wildcards included.
 * 2. An open parameter and an IAM policy variable are one symbol each, which only itself or `*`
 *    absorbs.
 * 3. ARNs are compared part by part, because not every service lets a wildcard cross a colon.
 *    Not so those with a policy variable, or an open parameter whose value may hold a colon
 *    (`{{name!}}`), before the last part: the value may shift the parts.
 * 4. Actions are case-insensitive; resources are compared as they are written.
 * 5. When unsure: not covered.
 */

export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

const SYMBOL = /\{\{[A-Za-z][A-Za-z0-9]*!?\}\}|\$\{(?!\{)[^}]*\}|[\s\S]/g;

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

/** What a value with colons may come in place of. */
const MAY_HOLD_COLON = /\$\{|!\}\}/;

/** The six parts of an ARN; the last keeps its colons. Undefined where rule 3 forbids to compare. */
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
  const brace = pattern.indexOf('{');
  if (brace >= 0 && brace < from && MAY_HOLD_COLON.test(pattern.slice(0, from))) return undefined;
  parts.push(pattern.slice(from));
  return parts;
}

/** The resource with the open parameters marked whose values may shift its parts (rule 3). */
export function markColons(resource: string, holders: ReadonlySet<string>): string {
  if (holders.size === 0 || !resource.startsWith('arn:')) return resource;
  const [last = ''] = /^(?:[^:]*:){5}(.*)$/s.exec(resource)?.slice(1) ?? [];
  const before = resource.slice(0, resource.length - last.length);
  return (
    before.replace(/\{\{([A-Za-z][A-Za-z0-9]*)\}\}/g, (open, name: string) =>
      holders.has(name) ? `{{${name}!}}` : open,
    ) + last
  );
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

const NONE: readonly string[] = [];
const ALL: readonly string[] = ['*'];

/**
 * Resource patterns arranged so that those which cover a given one are found without looking at
 * all: by service, and below it by a text that whatever they cover must contain. Each answer is
 * kept.
 */
export class PatternIndex {
  /** `*` covers everything; where it is here, and nothing else that is wide, this is the answer. */
  readonly #always: readonly string[];
  readonly #byService = new Map<string, ByText>();
  /** Those whose service has a wildcard. */
  readonly #anyService: ByText | undefined;
  readonly #known = new Map<string, readonly string[]>();

  constructor(patterns: Iterable<string>) {
    let always = NONE;
    const byService = new Map<string, Wide[]>();
    for (const pattern of patterns) {
      if (pattern === '*') always = ALL;
      // What has no wildcard covers only itself.
      const parts = hasWildcard(pattern) ? arnParts(pattern) : undefined;
      if (parts === undefined) continue;
      const service = hasWildcard(parts[SERVICE] as string) ? '*' : (parts[SERVICE] as string);
      const wide = byService.get(service);
      if (wide === undefined) byService.set(service, [{ pattern, parts }]);
      else wide.push({ pattern, parts });
    }
    this.#always = always;
    for (const [service, wide] of byService) this.#byService.set(service, new ByText(wide));
    this.#anyService = this.#byService.get('*');
  }

  /** Patterns here that cover the given one, but for itself; `*` first. */
  wider(pattern: string): readonly string[] {
    if (pattern === '*') return NONE;
    if (this.#byService.size === 0) return this.#always;
    let found = this.#known.get(pattern);
    if (found === undefined) {
      found = this.#find(pattern);
      this.#known.set(pattern, found);
    }
    return found;
  }

  #find(pattern: string): readonly string[] {
    const parts = arnParts(pattern);
    if (parts === undefined) return this.#always;
    const service = parts[SERVICE] as string;
    const found = [...this.#always];
    this.#anyService?.collect({ pattern, parts }, found);
    if (!hasWildcard(service)) this.#byService.get(service)?.collect({ pattern, parts }, found);
    return found.length === this.#always.length ? this.#always : found;
  }
}

/** A pattern in its parts. */
interface Wide {
  readonly pattern: string;
  readonly parts: readonly string[];
}

/** Patterns by a text between the wildcards of their last part, which they share with fewest. */
class ByText {
  /** Those with nothing but wildcards there. */
  readonly #textless: readonly Wide[];
  /** First character of the text → length of the text → text. */
  readonly #byFirst = new Map<string, Map<number, Map<string, Wide[]>>>();

  constructor(patterns: readonly Wide[]) {
    const uses = new Map<string, number>();
    const texts = patterns.map(({ parts }) => (parts[LAST] as string).split(/[*?]+/));
    for (const text of texts.flat()) uses.set(text, (uses.get(text) ?? 0) + 1);
    const textless: Wide[] = [];
    patterns.forEach((wide, at) => {
      const [first, ...others] = (texts[at] as string[]).filter((text) => text !== '');
      if (first === undefined) {
        textless.push(wide);
        return;
      }
      const usesOf = (text: string): number => uses.get(text) as number;
      this.#add(
        others.reduce((a, b) => (usesOf(b) < usesOf(a) ? b : a), first),
        wide,
      );
    });
    this.#textless = textless;
  }

  #add(text: string, wide: Wide): void {
    const first = text.charAt(0);
    const byLength = this.#byFirst.get(first) ?? new Map<number, Map<string, Wide[]>>();
    this.#byFirst.set(first, byLength);
    const byText = byLength.get(text.length) ?? new Map<string, Wide[]>();
    byLength.set(text.length, byText);
    const alike = byText.get(text);
    if (alike === undefined) byText.set(text, [wide]);
    else alike.push(wide);
  }

  /** Adds to `found` what covers the pattern, but not the pattern itself. */
  collect(narrow: Wide, found: string[]): void {
    const keep = (candidates: readonly Wide[]): void => {
      for (const { pattern, parts } of candidates) {
        if (pattern !== narrow.pattern && partsCover(parts, narrow.parts)) found.push(pattern);
      }
    };
    keep(this.#textless);
    const last = narrow.parts[LAST] as string;
    for (let from = 0; from < last.length; from++) {
      const byLength = this.#byFirst.get(last.charAt(from));
      if (byLength === undefined) continue;
      for (const [length, byText] of byLength) {
        const candidates = byText.get(last.slice(from, from + length));
        // What contains the text twice is found where it begins first.
        if (candidates !== undefined && last.indexOf(last.slice(from, from + length)) === from) {
          keep(candidates);
        }
      }
    }
  }
}
