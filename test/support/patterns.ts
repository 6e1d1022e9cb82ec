// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are meant literally.
/**
 * Resource and action patterns as lists of symbols, and a matcher that shares no code with the
 * program, in both ways in which services read `*`: over the whole string, and within each part of
 * an ARN.
 */

/** Each one a character, a wildcard, a parameter or a policy variable. */
export type Pattern = readonly string[];

/** What stands for parameters and policy variables when a request comes; no wildcard works there. */
const VALUES: ReadonlyMap<string, string> = new Map([
  ['{{x}}', 'ab'],
  ['{{y}}', 'a'],
  ['{{clusterName}}', 'a-*b'],
  ['{{z!}}', 'b:a'],
  ['${aws:username}', 'b'],
  ['${aws:userid}', 'a:b'],
  ['${*}', '*'],
]);
export const VARIABLES = [...VALUES.keys()];

export const write = (pattern: Pattern): string => pattern.join('');

/** Whole-string matching, by keeping every place in the text that the pattern can have reached. */
export function matches(pattern: Pattern, text: string): boolean {
  let reached = new Set([0]);
  for (const symbol of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      if (symbol === '*') for (let end = at; end <= text.length; end++) next.add(end);
      else if (symbol === '?') next.add(at + 1);
      else {
        const literal = VALUES.get(symbol) ?? symbol;
        if (text.startsWith(literal, at)) next.add(at + literal.length);
      }
    }
    reached = next;
  }
  return reached.has(text.length);
}

/** Six parts; the last keeps its colons. */
function cut<T>(symbols: readonly T[]): T[][] {
  const parts: T[][] = [[]];
  for (const symbol of symbols) {
    if (symbol === ':' && parts.length < 6) parts.push([]);
    else parts.at(-1)?.push(symbol);
  }
  return parts;
}

/** A parameter's value is in the text before AWS cuts it into parts. */
function deployed(pattern: Pattern): Pattern {
  return pattern.flatMap((symbol) =>
    symbol.endsWith('!}}') ? [...(VALUES.get(symbol) as string)] : [symbol],
  );
}

/** Matching within the parts of an ARN; what is no ARN is matched whole. */
export function matchesByParts(pattern: Pattern, text: string): boolean {
  const wide = cut(deployed(pattern));
  if (wide.length < 6) return matches(pattern, text);
  const parts = cut([...text]);
  return (
    parts.length === 6 && wide.every((part, index) => matches(part, (parts[index] ?? []).join('')))
  );
}

/** A text that the pattern matches: each wildcard stands for the next filling. */
export function sample(narrow: Pattern, fill: Iterator<string>): string {
  return narrow
    .map((symbol) => {
      if (symbol === '*') return fill.next().value as string;
      if (symbol === '?') return (fill.next().value as string)[0] ?? 'a';
      return VALUES.get(symbol) ?? symbol;
    })
    .join('');
}
