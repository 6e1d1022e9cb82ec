/**
 * Shrinking: wildcards in place of granted actions, only where that saves a policy document.
 *
 * 1. Only statements that are plain Allow (`grant.ts`, rule 6) are touched, and in them only actions
 *    that the catalogue knows; all others stay as they are, in their place.
 * 2. A wildcard stands for actions of one statement. Which ones are allowed is said in
 *    `wildcards.ts`: each matches, in the whole catalogue, nothing but what its statement grants.
 * 3. One that equals, in whatever capitals, an action that somebody asks for is not used: what was
 *    asked for and what was shrunk must stay distinguishable for the proof.
 * 4. The fewest documents: as many as remain when as many characters are saved as can be.
 * 5. Then the fewest wildcards that reach that number. Of one, two, three … wildcards, those are
 *    tried that save the most characters (`best-cover.ts`; an action that two of them match is saved
 *    once), and the first that pack into that number of documents are taken. So where one document
 *    is reached, no fewer wildcards can reach it, and no other choice of as many has fewer
 *    characters. Where several are, how statements are cut may matter too, and is left to packing.
 * 6. Where no wildcard saves a document, none is written. Wildcards that are harder to read are used
 *    only where they save a document that simpler ones do not: first the shape `X*Y`; then the other
 *    shapes for one action alone, as a shorter way of writing it; then both.
 * 7. Actions are in the canonical order of merging again; everything else stays as it was, origins
 *    and Sid too, because the statement grants what it did.
 */

import type { ShrinkShape, Wildcard } from '../../model/bundle.ts';
import { isPlainAllow } from '../../model/grant.ts';
import { EMPTY_DOCUMENT_SIZE, type SizeModel, statementSize, textSize } from '../../model/size.ts';
import type { Catalogue } from '../catalogue.ts';
import { byText, type SourcedStatement } from '../sourced.ts';
import { bestCover, type CoverSet } from './best-cover.ts';
import { exactWildcards, type Latitude } from './wildcards.ts';

export interface Shrinking {
  readonly statements: readonly SourcedStatement[];
  /** The wildcards written, sorted by pattern; one in several statements is listed once. */
  readonly wildcards: readonly Wildcard[];
  /** How often they are written: what was to be as few as can be. */
  readonly written: number;
  /**
   * Whether no fewer of the kinds tried up to then (rule 6) can do, which holds for one document
   * where the search could end within its bound of steps.
   */
  readonly provenFewest: boolean;
}

interface ShrinkInput {
  /** As merged, canonical. */
  readonly statements: readonly SourcedStatement[];
  /** Characters that a document may have. */
  readonly limit: number;
  readonly size: SizeModel;
  readonly catalogue: Catalogue;
  readonly shape: ShrinkShape;
  /** Packs, and returns the number of documents. */
  readonly countDocuments: (statements: readonly SourcedStatement[]) => number;
  /** Whether the documents ask for this very action (rule 3); the statements' own are known. */
  readonly isAsked?: (action: string) => boolean;
}

/**
 * The statements of one pool with the fewest exact wildcards that save documents; undefined where
 * no wildcard saves one.
 */
export function shrinkStatements(input: ShrinkInput): Shrinking | undefined {
  const { statements, limit, size, countDocuments } = input;
  const before = countDocuments(statements);
  if (before <= 1) return undefined;
  const total = statements.reduce((sum, sourced) => sum + unnamedSize(sourced, size) + 1, 0);
  const room = limit - EMPTY_DOCUMENT_SIZE + 1;
  const tryWith = (latitude: Latitude, below: number): Attempt | undefined => {
    const choices = choicesOf(input, latitude);
    if (total - choices.saved(choices.most) > (below - 1) * room) return undefined;
    const documents = countDocuments(replaced(statements, choices.of(choices.most)));
    return documents < below ? { choices, documents } : undefined;
  };
  const best = firstOfBest(LATITUDES[input.shape], tryWith, before);
  if (best === undefined) return undefined;
  const fewest = best.documents;
  const { most, saved, of: chosen, exact } = best.choices;
  const needed = total - fewest * room;
  for (let count = 1; count <= most; count++) {
    if (count < most && saved(count) < needed) continue;
    const taken = chosen(count);
    const shrunk = replaced(statements, taken);
    // That all of them reach it is known.
    if (count < most && countDocuments(shrunk) > fewest) continue;
    return {
      statements: shrunk,
      wildcards: distinctWildcards(taken),
      written: taken.length,
      provenFewest: fewest === 1 && exact,
    };
  }
  return undefined;
}

interface Attempt {
  readonly choices: Choices;
  /** How many remain where all that saves characters is taken. */
  readonly documents: number;
}

/**
 * Rule 6: the first latitude that reaches the fewest documents. Most often the widest is no better
 * than the narrowest, so that those between need not be tried.
 */
function firstOfBest(
  latitudes: readonly [Latitude, ...Latitude[]],
  tryWith: (latitude: Latitude, below: number) => Attempt | undefined,
  before: number,
): Attempt | undefined {
  const [narrowest, ...wider] = latitudes;
  const first = tryWith(narrowest, before);
  const below = first?.documents ?? before;
  const widest = wider.pop();
  const most = widest === undefined || below === 1 ? undefined : tryWith(widest, below);
  if (most === undefined) return first;
  for (const latitude of wider) {
    const attempt = tryWith(latitude, most.documents + 1);
    if (attempt !== undefined) return attempt;
  }
  return most;
}

/** Rule 6, in turn. The validator understands no `X*Y`. */
const LATITUDES: Readonly<Record<ShrinkShape, readonly [Latitude, ...Latitude[]]>> = {
  exact: [
    { between: false, alone: false },
    { between: true, alone: false },
    { between: false, alone: true },
    { between: true, alone: true },
  ],
  validator: [{ between: false, alone: false }],
};

/** The best choices of wildcards, by number. */
interface Choices {
  /** Wildcards beyond which no more characters are saved. */
  readonly most: number;
  saved(count: number): number;
  of(count: number): readonly Option[];
  readonly exact: boolean;
}

function choicesOf(input: ShrinkInput, latitude: Latitude): Choices {
  const { weights, options } = allOptions(input, latitude);
  const cover = bestCover(weights, options);
  return {
    most: cover.saved.length - 1,
    saved: (count) => cover.saved[count] as number,
    of: (count) => cover.choice(count).map((at) => options[at] as Option),
    exact: cover.exact,
  };
}

interface Option extends CoverSet {
  /** Position of the statement. */
  readonly at: number;
  readonly wildcard: Wildcard;
}

/** Rules 1 to 3: what each written action weighs, and the wildcards that may stand for them. */
function allOptions(
  { statements, size, catalogue, shape, isAsked = () => false }: ShrinkInput,
  latitude: Latitude,
): { weights: number[]; options: Option[] } {
  const weights: number[] = [];
  const options: Option[] = [];
  const present = new Set(
    statements.flatMap(({ statement }) => statement.Action ?? []).map((each) => each.toLowerCase()),
  );
  // `"…",` around an entry of a list.
  const entrySize = (text: string): number => textSize(text, size) + 3;
  statements.forEach(({ statement }, at) => {
    if (!isPlainAllow(statement)) return;
    const actions = statement.Action ?? [];
    /** The action in lowercase → numbers of the entries that write it. */
    const entries = new Map<string, number[]>();
    const services = new Map<string, Set<string>>();
    for (const action of actions) {
      if (!catalogue.knows(action)) continue;
      const lower = action.toLowerCase();
      const numbers = entries.get(lower);
      if (numbers === undefined) entries.set(lower, [weights.length]);
      else numbers.push(weights.length);
      weights.push(entrySize(action));
      const service = lower.slice(0, lower.indexOf(':'));
      const known = services.get(service);
      if (known === undefined) services.set(service, new Set([lower]));
      else known.add(lower);
    }
    for (const [service, granted] of [...services].sort(([a], [b]) => byText(a, b))) {
      for (const wildcard of exactWildcards(service, granted, { catalogue, shape, ...latitude })) {
        if (present.has(wildcard.pattern.toLowerCase()) || isAsked(wildcard.pattern)) continue;
        const elements = wildcard.standsFor.flatMap(
          (action) => entries.get(action.toLowerCase()) as number[],
        );
        // A list of one is written without brackets.
        const alone = elements.length === actions.length ? 2 : 0;
        options.push({ at, wildcard, cost: entrySize(wildcard.pattern) - alone, elements });
      }
    }
  });
  return { weights, options };
}

/** Rule 7: the statements with the wildcards in place of what they stand for. */
function replaced(
  statements: readonly SourcedStatement[],
  taken: readonly Option[],
): SourcedStatement[] {
  return statements.map((sourced, at) => {
    const wildcards = taken.filter((option) => option.at === at).map((option) => option.wildcard);
    if (wildcards.length === 0) return sourced;
    const gone = new Set(
      wildcards.flatMap(({ standsFor }) => standsFor).map((action) => action.toLowerCase()),
    );
    const kept = (sourced.statement.Action ?? []).filter((each) => !gone.has(each.toLowerCase()));
    const actions = [...kept, ...wildcards.map(({ pattern }) => pattern)].sort(byActionName);
    return { ...sourced, statement: { ...sourced.statement, Action: actions } };
  });
}

function distinctWildcards(taken: readonly Option[]): Wildcard[] {
  const byPattern = new Map(taken.map(({ wildcard }) => [wildcard.pattern, wildcard]));
  return [...byPattern.values()].sort((a, b) => byActionName(a.pattern, b.pattern));
}

function byActionName(a: string, b: string): number {
  return byText(a.toLowerCase(), b.toLowerCase()) || byText(a, b);
}

/** Without its Sid, which packing may drop. */
function unnamedSize({ statement }: SourcedStatement, size: SizeModel): number {
  const { Sid: _, ...unnamed } = statement;
  return statementSize(unnamed, size);
}
