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
 * 6. Where no wildcard saves a document, none is written.
 * 7. Actions stand in the canonical order of merging again; everything else stays as it was, origins
 *    and Sid too, because the statement grants what it did.
 */
import type { Catalogue } from '../../catalogue.ts';
import type { ShrinkShape, Wildcard } from '../../model/bundle.ts';
import { isPlainAllow } from '../../model/grant.ts';
import { EMPTY_DOCUMENT_SIZE, type SizeModel, statementSize, textSize } from '../../model/size.ts';
import { byText, type SourcedStatement } from '../sourced.ts';
import { bestCover, type CoverSet } from './best-cover.ts';
import { exactWildcards } from './wildcards.ts';

export interface Shrinking {
  readonly statements: readonly SourcedStatement[];
  /** The wildcards written, sorted by pattern; one in several statements is listed once. */
  readonly wildcards: readonly Wildcard[];
  /** How often they are written: what was to be as few as can be. */
  readonly written: number;
  /**
   * Whether no fewer can do, which holds for one document where the search could end within its
   * bound of steps.
   */
  readonly provenFewest: boolean;
}

/**
 * The statements of one pool with the fewest exact wildcards that save documents; undefined where
 * no wildcard saves one.
 */
export function shrinkStatements(input: {
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
}): Shrinking | undefined {
  const { statements, limit, size, countDocuments } = input;
  const before = countDocuments(statements);
  if (before <= 1) return undefined;
  const { weights, options } = allOptions(input);
  const cover = bestCover(weights, options);
  const most = cover.saved.length - 1;
  const chosen = (count: number): Option[] =>
    cover.choice(count).map((at) => options[at] as Option);

  const fewest = countDocuments(replaced(statements, chosen(most)));
  if (fewest >= before) return undefined;
  const total = statements.reduce((sum, sourced) => sum + unnamedSize(sourced, size) + 1, 0);
  const needed = total - fewest * (limit - EMPTY_DOCUMENT_SIZE + 1);
  for (let count = 1; count <= most; count++) {
    if (count < most && (cover.saved[count] as number) < needed) continue;
    const taken = chosen(count);
    const shrunk = replaced(statements, taken);
    // That all of them reach it is known.
    if (count < most && countDocuments(shrunk) > fewest) continue;
    return {
      statements: shrunk,
      wildcards: distinctWildcards(taken),
      written: taken.length,
      provenFewest: fewest === 1 && cover.exact,
    };
  }
  return undefined;
}

interface Option extends CoverSet {
  /** Position of the statement. */
  readonly at: number;
  readonly wildcard: Wildcard;
}

/** Rules 1 to 3: what each written action weighs, and the wildcards that may stand for them. */
function allOptions({
  statements,
  size,
  catalogue,
  shape,
  isAsked = () => false,
}: Parameters<typeof shrinkStatements>[0]): { weights: number[]; options: Option[] } {
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
    /** The action in small letters → numbers of the entries that write it. */
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
      for (const wildcard of exactWildcards(service, granted, catalogue, shape)) {
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
