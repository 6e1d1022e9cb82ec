/** Suggestions for a misspelt word. The only file that knows `fastest-levenshtein`. */
import { closest, distance } from 'fastest-levenshtein';

/** The candidate that was probably meant: a third of the word may be wrong, at least 2 letters. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const folded = candidates.map((candidate) => candidate.toLowerCase());
  const best = closest(word.toLowerCase(), folded);
  const allowed = Math.max(2, Math.floor(word.length / 3));
  if (distance(word.toLowerCase(), best) > allowed) return undefined;
  return candidates[folded.indexOf(best)];
}

/** What would be right: the nearest candidate, or all of them. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const near = nearest(word, candidates);
  if (near !== undefined) return `Did you mean ${near}?`;
  return candidates.length === 0 ? undefined : `Known are: ${candidates.join(', ')}.`;
}

/** Up to three candidates, the nearest first: those that may have been meant. */
export function nearestFew(word: string, candidates: readonly string[]): string[] {
  const folded = word.toLowerCase();
  return candidates
    .map((candidate, order) => {
      const name = candidate.toLowerCase();
      // A part of the right name is as good a hint as a misspelling.
      const within = name.includes(folded) || folded.includes(name);
      return { candidate, order, far: within ? 1 : distance(folded, name) };
    })
    .sort((a, b) => a.far - b.far || a.order - b.order)
    .filter(({ far }, index) => index === 0 || far <= Math.max(2, Math.floor(word.length / 2)))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
