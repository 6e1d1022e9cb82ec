/**
 * Which wildcards may stand for granted actions of one service?
 *
 * 1. The shapes are `service:X*`, `service:*X` and `service:*X*`, and `service:*` where every action
 *    of the service is granted; `service:X*Y` only where it is asked for.
 * 2. X and Y are runs of whole words (`action-words.ts`) of at least one granted action.
 * 3. The wildcard is exact: every action in the catalogue that it matches, the way IAM matches
 *    (capitals like lowercase), is granted. It matches two of them at least, or only one where
 *    that is asked for.
 * 4. It reads as it matches: in every action that it matches, X begins where a word begins and ends
 *    where a word ends, plurals aside, and so does Y. `*Port*`, which would match Import, is not
 *    offered.
 * 5. For Spectro Cloud's validator, which tells capitals from lowercase, X also stands in the
 *    very same spelling in every action that the wildcard matches. It understands no other shapes
 *    than the first four (https://github.com/validator-labs/validator-plugin-aws).
 * 6. Of wildcards for the same actions the shortest is offered, and of those the first by text.
 */

import type { ShrinkShape, Wildcard } from '../../model/bundle.ts';
import type { Catalogue } from '../catalogue.ts';
import { byText } from '../sourced.ts';
import { type WordBounds, wordBounds } from './action-words.ts';

interface Name {
  readonly action: string;
  readonly text: string;
  readonly lower: string;
  readonly bounds: WordBounds;
}

type Shape = readonly [before: '' | '*', after: '' | '*'];
const PREFIX: Shape = ['', '*'];
const SUFFIX: Shape = ['*', ''];
const INFIX: Shape = ['*', '*'];

/** What wildcards may be beyond the usual. */
export interface Latitude {
  /** Of the shape `X*Y` too. */
  readonly between: boolean;
  /** For one action alone too, as a shorter way of writing it. */
  readonly alone: boolean;
}

interface WildcardRules extends Latitude {
  readonly catalogue: Catalogue;
  readonly shape: ShrinkShape;
}

/**
 * All wildcards by the rules above, sorted by text; `service` and the `granted` actions of it are in
 * lowercase.
 */
export function exactWildcards(
  service: string,
  granted: ReadonlySet<string>,
  { catalogue, shape, between, alone }: WildcardRules,
): Wildcard[] {
  const fewest = alone ? 1 : 2;
  if (granted.size < fewest) return [];
  const all = catalogue.actionsOf(service);
  const names = all.filter((action) => granted.has(action.toLowerCase())).map(toName);
  const others = all.filter((action) => !granted.has(action.toLowerCase()));
  // One text to search, each name between line feeds, which no name holds.
  const otherNames = `\n${others.map((action) => `${nameOf(action).toLowerCase()}\n`).join('')}`;
  const byActions = new Map<string, Wildcard>();
  const offer = (wildcard: Wildcard): void => {
    const key = wildcard.standsFor.join('\n');
    const known = byActions.get(key);
    if (known === undefined || byLengthThenText(wildcard, known) < 0) byActions.set(key, wildcard);
  };

  const tried = new Map<string, boolean>();
  const tryShape = ([before, after]: Shape, run: string): boolean => {
    const glob = `${before}${run}${after}`;
    const known = tried.get(glob);
    if (known !== undefined) return known;
    const standsFor = exactly(before, after, run);
    tried.set(glob, standsFor !== undefined);
    if (standsFor !== undefined) offer({ pattern: `${service}:${glob}`, standsFor });
    return standsFor !== undefined;
  };
  const exactly = (before: string, after: string, run: string): string[] | undefined => {
    const lower = run.toLowerCase();
    const inOther = `${before === '' ? '\n' : ''}${lower}${after === '' ? '\n' : ''}`;
    if (otherNames.includes(inOther)) return undefined;
    const matched = names.filter(
      (name) =>
        (before !== '' || name.lower.startsWith(lower)) &&
        (after !== '' || name.lower.endsWith(lower)) &&
        name.lower.includes(lower),
    );
    if (matched.length < fewest) return undefined;
    if (!matched.every((name) => standsAtWords(name, lower, before, after))) return undefined;
    const sameSpelling =
      shape !== 'validator' ||
      matched.every(
        ({ text }) =>
          (before !== '' || text.startsWith(run)) &&
          (after !== '' || text.endsWith(run)) &&
          text.includes(run),
      );
    return sameSpelling ? matched.map(({ action }) => action) : undefined;
  };

  for (const { text, bounds } of names) {
    const { starts, ends } = bounds;
    starts.forEach((start, first) => {
      for (let last = first; last < ends.length; last++) {
        const run = text.slice(start, ends[last]);
        if (first === 0) tryShape(PREFIX, run);
        if (last === ends.length - 1) tryShape(SUFFIX, run);
        // Whatever a longer run would match, this one does, in no more characters.
        if (tryShape(INFIX, run)) break;
      }
    });
  }
  if (between) {
    for (const wildcard of withinNames(names, others.map(toLowerName), tried, fewest)) {
      offer({ ...wildcard, pattern: `${service}:${wildcard.pattern}` });
    }
  }
  if (others.length === 0) offer({ pattern: `${service}:*`, standsFor: all });
  return [...byActions.values()].sort((a, b) => byText(a.pattern, b.pattern));
}

/**
 * Shape `X*Y`, without its service. A longer X or Y matches less in more characters, so none is
 * looked for once a shorter one is exact, nor where `X*` or `*Y` is.
 */
function withinNames(
  names: readonly Name[],
  others: readonly string[],
  exact: ReadonlyMap<string, boolean>,
  fewest: number,
): Wildcard[] {
  const found: Wildcard[] = [];
  const tried = new Map<string, boolean>();
  const byPrefix = new Map<string, { names: readonly Name[]; others: readonly string[] }>();
  const startingWith = (prefix: string) => {
    let both = byPrefix.get(prefix);
    if (both === undefined) {
      both = {
        names: names.filter(({ lower }) => lower.startsWith(prefix)),
        others: others.filter((lower) => lower.startsWith(prefix)),
      };
      byPrefix.set(prefix, both);
    }
    return both;
  };
  const isExact = (x: string, y: string): boolean => {
    const [prefix, suffix] = [x.toLowerCase(), y.toLowerCase()];
    const matches = (lower: string): boolean =>
      lower.endsWith(suffix) && lower.length >= prefix.length + suffix.length;
    const both = startingWith(prefix);
    if (both.others.some(matches)) return false;
    const matched = both.names.filter(({ lower }) => matches(lower));
    const readsSo = ({ bounds: { starts, ends, singularEnds }, lower }: Name): boolean =>
      (ends.includes(prefix.length) || singularEnds.includes(prefix.length)) &&
      starts.includes(lower.length - suffix.length);
    if (matched.length < fewest || !matched.every(readsSo)) return false;
    found.push({ pattern: `${x}*${y}`, standsFor: matched.map(({ action }) => action) });
    return true;
  };

  for (const { text, bounds } of names) {
    const { starts, ends } = bounds;
    for (let first = 0; first + 2 < starts.length; first++) {
      const x = text.slice(0, ends[first]);
      if (exact.get(`${x}*`) === true) break;
      for (let last = starts.length - 1; last > first + 1; last--) {
        const y = text.slice(starts[last]);
        const glob = `${x}*${y}`;
        if (exact.get(`*${y}`) === true) break;
        const known = tried.get(glob) ?? isExact(x, y);
        tried.set(glob, known);
        if (known) break;
      }
    }
  }
  return found;
}

/** Rule 4: whether some occurrence that the shape allows stands between word bounds. */
function standsAtWords(name: Name, lower: string, before: string, after: string): boolean {
  const { starts, ends, singularEnds } = name.bounds;
  return starts.some((start) => {
    if (before === '' && start !== 0) return false;
    const end = start + lower.length;
    if (after === '' && end !== name.lower.length) return false;
    return (
      name.lower.startsWith(lower, start) && (ends.includes(end) || singularEnds.includes(end))
    );
  });
}

function toName(action: string): Name {
  const text = nameOf(action);
  return { action, text, lower: text.toLowerCase(), bounds: wordBounds(text) };
}

function toLowerName(action: string): string {
  return nameOf(action).toLowerCase();
}

function nameOf(action: string): string {
  return action.slice(action.indexOf(':') + 1);
}

function byLengthThenText(a: Wildcard, b: Wildcard): number {
  return a.pattern.length - b.pattern.length || byText(a.pattern, b.pattern);
}
