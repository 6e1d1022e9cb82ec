/**
 * Steadiness: against the policies of a previous run, every grant stays where it is.
 *
 * 1. A grant's home is the previous policy that holds it (`homes.ts`). Statements are cut along
 *    actions, and where need be along resources, so that every piece has one home; a piece knows
 *    the statement that it is of.
 * 2. What is new goes where it fits: first to a policy that holds grants of the same groups, then
 *    to one that holds part of the same statement, then to the one with most room.
 * 3. Where a policy has become too full, its smallest pieces leave it, as if they were new.
 * 4. What fits nowhere is packed into further documents.
 * 5. If that takes more documents than packing afresh, what is new is cut to fill the room there
 *    is; then policies are dissolved, smallest first, as long as their pieces fit into the others.
 */
import type { PreviousPolicy } from '../../model/previous-run.ts';
import type { SizeModel } from '../../model/size.ts';
import { textSize } from '../../model/size.ts';
import type { SourcedStatement } from '../sourced.ts';
import { Bin, groupsOf, type Piece } from './bin.ts';
import { Homes } from './homes.ts';
import { packPieces } from './pack.ts';

/** A document, and the previous policy that it goes on with. */
export interface SteadyDocument {
  readonly statements: readonly SourcedStatement[];
  readonly previous?: PreviousPolicy;
}

export interface SteadyInput {
  readonly statements: readonly SourcedStatement[];
  readonly previous: readonly PreviousPolicy[];
  readonly limit: number;
  readonly size: SizeModel;
}

/** A packing beside previous policies. */
export interface Steady {
  /** By rules 1 to 4. */
  readonly documents: readonly SteadyDocument[];
  /** With rule 5, where these are more than `fewest`; undefined where even that does not do. */
  readonly within: (fewest: number) => readonly SteadyDocument[] | undefined;
}

/** Documents that are tried, in each round, for sharing them out among the others. */
const MAX_DISSOLVED = 12;

type Side = 'Action' | 'Resource';

/** @throws GenError (exit 3) for a statement that fits nowhere */
export function packSteadily(input: SteadyInput): Steady {
  const { bins, unplaced } = assignToPreviousPolicies(input);
  for (const bin of bins) unplaced.push(...relieve(bin, input));
  unplaced.sort((a, b) => a.order - b.order);
  const full = placed(unplaced, bins, input, false);
  return {
    documents: asDocuments(full),
    within: (fewest) => {
      if (full.length <= fewest) return asDocuments(full);
      const cut = unplaced.length > 0 ? placed(unplaced, bins, input, true) : full;
      const fewer = dissolve(cut, input, fewest);
      return fewer.length > fewest ? undefined : asDocuments(fewer);
    },
  };
}

function asDocuments(bins: readonly Bin[]): SteadyDocument[] {
  return bins.map(({ previous, statements }) =>
    previous === undefined ? { statements } : { statements, previous },
  );
}

/** Rule 1. */
function assignToPreviousPolicies(input: SteadyInput): { bins: Bin[]; unplaced: Piece[] } {
  const homes = new Homes(input.previous);
  const bins = input.previous.map((policy) => new Bin(input, policy));
  const unplaced: Piece[] = [];
  input.statements.forEach((sourced, order) => {
    for (const { home, statement } of homes.partsOf(sourced.statement)) {
      const piece = { sourced: { ...sourced, statement }, order };
      const bin = bins[home];
      if (bin === undefined) unplaced.push(piece);
      else bin.add(piece);
    }
  });
  return { bins, unplaced };
}

/** Rule 3: takes pieces out of a document until it fits. */
function relieve(bin: Bin, input: SteadyInput): Piece[] {
  const left: Piece[] = [];
  if (!bin.isTooLarge) return left;
  const smallest = bin.pieces
    .map((piece) => ({ piece, characters: JSON.stringify(piece.sourced.statement).length }))
    .sort((a, b) => a.characters - b.characters);
  for (const { piece } of smallest) {
    if (!bin.isTooLarge) return left;
    bin.remove(piece);
    const rest = bin.isEmpty ? pourInto(piece, [bin], input) : piece;
    if (rest !== undefined) left.push(rest);
  }
  return left;
}

/** Rules 2 and 4: copies of the documents with the pieces in them or in further ones. */
function placed(
  pieces: readonly Piece[],
  bins: readonly Bin[],
  input: SteadyInput,
  cutting: boolean,
): Bin[] {
  const full = bins.filter((bin) => !bin.isEmpty).map((bin) => bin.copy());
  const unplaced = pieces.flatMap((piece) => place(piece, full, input, cutting) ?? []);
  const packed = packPieces(
    unplaced.map(({ sourced }) => sourced),
    input.limit,
    input.size,
  );
  for (const document of packed) {
    const bin = new Bin(input);
    for (const { sourced, order } of document) {
      bin.add({ sourced, order: (unplaced[order] as Piece).order });
    }
    full.push(bin);
  }
  return full.filter((bin) => !bin.isEmpty);
}

/** Rule 2; what fits nowhere comes back: all of it, or where it may be cut, what is left of it. */
function place(
  piece: Piece,
  bins: readonly Bin[],
  input: SteadyInput,
  cutting: boolean,
): Piece | undefined {
  const groups = [...groupsOf([piece])];
  const ranked = bins
    .map((bin, position) => ({
      bin,
      position,
      sameGroups: Number(groups.some((group) => bin.holdsGroup(group))),
      sameStatement: Number(bin.holdsStatement(piece.order)),
    }))
    .sort(
      (a, b) =>
        b.sameGroups - a.sameGroups ||
        b.sameStatement - a.sameStatement ||
        a.bin.size - b.bin.size ||
        a.position - b.position,
    )
    .map(({ bin }) => bin);
  if (ranked.some((bin) => mayFit(piece, bin, input) && bin.addIfFits(piece))) return undefined;
  return cutting ? pourInto(piece, ranked, input) : piece;
}

/** Characters of a list's entries with their quotes, a comma between each two. */
function textOf(list: readonly string[], { size }: SteadyInput): number {
  return list.reduce((sum, entry) => sum + textSize(entry, size) + 3, -1);
}

/** Whether there may be room for the piece, as far as is seen at once. */
function mayFit({ sourced, order }: Piece, bin: Bin, input: SteadyInput): boolean {
  if (bin.free <= 0) return false;
  const { Action, Resource } = sourced.statement;
  const actions = Action === undefined ? 0 : textOf(Action, input);
  const resources = Resource === undefined ? 0 : textOf(Resource, input);
  // Beside pieces of the same statement one of the lists may be there already.
  const least = bin.holdsStatement(order) ? Math.min(actions, resources) : actions + resources;
  return least <= bin.free;
}

/** Cuts the piece into the documents, the first one first; what is left of it comes back. */
function pourInto(piece: Piece, bins: readonly Bin[], input: SteadyInput): Piece | undefined {
  let left: Piece | undefined = piece;
  for (const side of ['Action', 'Resource'] as const) {
    for (const bin of bins) {
      if (left !== undefined) left = pourAlong(side, left, bin, input);
    }
  }
  return left;
}

/** Adds as many of the first entries of that side as there is room for; the rest comes back. */
function pourAlong(side: Side, piece: Piece, bin: Bin, input: SteadyInput): Piece | undefined {
  const entries = piece.sourced.statement[side] ?? [];
  if (entries.length < 2 || !mayFit(entriesOf(piece, side, 0, 1), bin, input)) return piece;
  let low = 0;
  let high = entries.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (bin.fits(entriesOf(piece, side, 0, middle))) low = middle;
    else high = middle - 1;
  }
  if (low === 0) return piece;
  bin.add(entriesOf(piece, side, 0, low));
  return entriesOf(piece, side, low, entries.length);
}

function entriesOf({ sourced, order }: Piece, side: Side, from: number, to: number): Piece {
  const entries = (sourced.statement[side] as readonly string[]).slice(from, to);
  return { sourced: { ...sourced, statement: { ...sourced.statement, [side]: entries } }, order };
}

/** Rule 5. */
function dissolve(bins: readonly Bin[], input: SteadyInput, fewest: number): readonly Bin[] {
  let current = bins;
  while (current.length > fewest) {
    const next = [...current]
      .sort((a, b) => a.size - b.size)
      .slice(0, MAX_DISSOLVED)
      .reduce<Bin[] | undefined>(
        (found, gone) => found ?? without(gone, current, input),
        undefined,
      );
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

/** The other documents with one document's pieces in them; undefined where there is no room. */
function without(gone: Bin, bins: readonly Bin[], input: SteadyInput): Bin[] | undefined {
  const others = bins.filter((bin) => bin !== gone);
  const { pieces } = gone;
  const least = pieces.reduce((sum, { sourced, order }) => {
    const { Action, Resource } = sourced.statement;
    const actions = Action === undefined ? 0 : textOf(Action, input);
    const resources = Resource === undefined ? 0 : textOf(Resource, input);
    const isElsewhere = others.some((bin) => bin.holdsStatement(order));
    return sum + (isElsewhere ? Math.min(actions, resources) : actions + resources);
  }, 0);
  if (least > others.reduce((sum, { free }) => sum + Math.max(0, free), 0)) return undefined;
  const copies = others.map((bin) => bin.copy());
  const isPlaced = (piece: Piece): boolean => place(piece, copies, input, true) === undefined;
  return pieces.every(isPlaced) ? copies : undefined;
}

/**
 * Which previous policy each document goes on with: the one that shares most grants with it, each at
 * most once. For documents that were packed afresh.
 */
export function matchPrevious(
  documents: readonly (readonly SourcedStatement[])[],
  previous: readonly PreviousPolicy[],
): SteadyDocument[] {
  const homes = new Homes(previous);
  const pairs = documents.flatMap((statements, document) => {
    const shared = previous.map(() => 0);
    for (const { statement } of statements) {
      for (const { home, grants } of homes.partsOf(statement)) {
        if (home >= 0) shared[home] = (shared[home] as number) + grants;
      }
    }
    return shared.map((count, policy) => ({ document, policy, count }));
  });
  const chosen = new Map<number, number>();
  const taken = new Set<number>();
  for (const { document, policy, count } of pairs.sort((a, b) => b.count - a.count)) {
    if (count === 0 || chosen.has(document) || taken.has(policy)) continue;
    chosen.set(document, policy);
    taken.add(policy);
  }
  return documents.map((statements, document) => {
    const policy = previous[chosen.get(document) ?? -1];
    return policy === undefined ? { statements } : { statements, previous: policy };
  });
}
