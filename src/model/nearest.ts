/**
 * Suggestions for a misspelt word. The only file that knows `fastest-levenshtein`.
 *
 * A candidate is suggested when it has something in common with what was typed: at most a third of
 * the letters are wrong, where two neighbours in the wrong order count as one.
 */
import { distance } from 'fastest-levenshtein';

/** Longer words are not worth the time. */
const LONGEST = 64;

/** The candidate that was probably meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  let best: { readonly candidate: string; readonly far: number } | undefined;
  for (const candidate of candidates) {
    const far = mistakes(typed, candidate.toLowerCase());
    const isNear = far * 3 <= Math.max(typed.length, candidate.length);
    if (isNear && far < (best?.far ?? Number.POSITIVE_INFINITY)) best = { candidate, far };
  }
  return best?.candidate;
}

/**
 * The candidate that was probably meant, other names and beginnings of words included.
 * @param aliases what people call a candidate elsewhere, e.g. `tf` for `terraform`
 */
export function meant(
  word: string,
  candidates: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string | undefined {
  const typed = word.toLowerCase();
  const alias = Object.entries(aliases).find(([name]) => name === typed)?.[1];
  if (alias !== undefined && candidates.includes(alias)) return alias;
  const near = nearest(word, candidates);
  if (near !== undefined || typed.length < 3) return near;
  return candidates.find((candidate) => candidate.toLowerCase().startsWith(typed));
}

/** What would be right: the nearest candidate, or all of them. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const near = nearest(word, candidates);
  if (near !== undefined) return `Did you mean ${near}?`;
  return candidates.length === 0 ? undefined : `Known are: ${candidates.join(', ')}.`;
}

/**
 * Up to three candidates, the nearest first; none where none has anything in common. A part of the
 * right name is as good a hint as a misspelling.
 */
export function nearestFew(word: string, candidates: readonly string[]): string[] {
  const typed = word.toLowerCase();
  return candidates
    .map((candidate) => {
      const name = candidate.toLowerCase();
      return { candidate, far: contains(typed, name) ? 1 : mistakes(typed, name) };
    })
    .filter(({ candidate, far }) => far * 3 <= Math.max(typed.length, candidate.length))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function contains(one: string, other: string): boolean {
  const [short = '', long = ''] = one.length < other.length ? [one, other] : [other, one];
  return short.length > 2 && long.includes(short);
}

function mistakes(typed: string, name: string): number {
  const plain = distance(typed, name);
  if (plain < 2 || typed.length > LONGEST) return plain;
  const swapped = Array.from({ length: typed.length - 1 }, (_, at) =>
    distance(
      typed.slice(0, at) + typed.charAt(at + 1) + typed.charAt(at) + typed.slice(at + 2),
      name,
    ),
  );
  return Math.min(plain, ...swapped.map((far) => far + 1));
}
