/**
 * Statements as packing sees them: their characters, and how they can be cut.
 *
 * 1. A cut goes through the list of actions or of resources, which is exact for Allow and for Deny,
 *    beside NotAction and NotResource too; never through those two, or through a condition.
 * 2. A piece loses its Sid, and knows the statement that it was cut from.
 */
import { GenError } from '../../model/errors.ts';
import { isPlainAllow } from '../../model/grant.ts';
import { type SizeModel, statementSize, textSize } from '../../model/size.ts';
import type { SourcedStatement } from '../sourced.ts';

type Side = 'Action' | 'Resource';

const SIDES = ['Action', 'Resource'] as const;

/** A list that can be cut, or what a piece has of it: its entries from `from` up to `to`. */
interface Cut {
  readonly side: Side;
  /** Characters of the whole list's first n entries, each with its quotes and a comma. */
  readonly ends: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** Parts that a statement is taken in at most, where one list alone nearly fills a document. */
const MAX_PARTS = 32;

/** A statement, or a piece of one. */
export interface Item {
  /** The statement that it is, or is a piece of. */
  readonly whole: SourcedStatement;
  /** Position of the whole statement in the input. */
  readonly order: number;
  /** Characters with the comma that follows. */
  readonly size: number;
  /** The same without a Sid. */
  readonly unnamed: number;
  /** Lists of two entries or more. */
  readonly cuts: readonly Cut[];
  /** What it has of lists that were cut; empty where it is whole. */
  readonly pieceOf: readonly Cut[];
  /** Whether it is plain Allow, which is cut rather than anything else. */
  readonly plain: boolean;
}

/** An item in two. */
export interface Halves {
  readonly first: Item;
  readonly rest: Item;
}

/** Pieces of a cut item in the documents where they go. */
export interface Poured {
  readonly pieces: readonly { readonly bin: number; readonly item: Item }[];
  /** Characters beyond those of the whole. */
  readonly extra: number;
}

/**
 * The items of the statements. What is too large for a document is taken in as many parts along one
 * list as let its pieces, along the other, take the fewest characters.
 * @throws GenError (exit 3) naming what is too long, and by how much.
 */
export function itemsOf(
  statements: readonly SourcedStatement[],
  room: number,
  size: SizeModel,
): Item[] {
  return statements.flatMap((sourced, order) => pourable(toItem(sourced, order, size), room));
}

function toItem(sourced: SourcedStatement, order: number, size: SizeModel): Item {
  const { statement } = sourced;
  const { Sid: _, ...unnamed } = statement;
  const whole = statementSize(statement, size) + 1;
  return {
    whole: sourced,
    order,
    size: whole,
    unnamed: statement.Sid === undefined ? whole : statementSize(unnamed, size) + 1,
    cuts: SIDES.flatMap((side) => {
      const entries = statement[side] ?? [];
      if (entries.length < 2) return [];
      const ends = [0];
      for (const entry of entries) ends.push((ends.at(-1) as number) + textSize(entry, size) + 3);
      return [{ side, ends, from: 0, to: entries.length }];
    }),
    pieceOf: [],
    plain: isPlainAllow(statement),
  };
}

function pourable(item: Item, room: number): Item[] {
  if (item.size <= room) return [item];
  if (item.cuts.length === 0) throw tooLarge(item, room);
  const way = cheapestParts(item, room);
  if (way !== undefined) return way.parts === 1 ? [item] : partsOf(item, way.cut, way.parts);
  const text = (cut: Cut): number => listSize(cut, cut.from, cut.to) - 2 * entriesOf(cut);
  const cut = item.cuts.reduce((a, b) => (text(b) > text(a) ? b : a));
  return partsOf(item, cut, 2).flatMap((part) => pourable(part, room));
}

/** In how many parts, along which list, its pieces take the fewest characters in the end. */
function cheapestParts(
  item: Item,
  room: number,
): { readonly cut: Cut; readonly parts: number } | undefined {
  let best: { cut: Cut; parts: number; characters: number } | undefined;
  for (const cut of item.cuts) {
    const most = Math.min(MAX_PARTS, entriesOf(cut));
    for (let parts = 1; parts <= most; parts++) {
      const pieces = partsOf(item, cut, parts);
      const sizes = pieces.map((piece) => cutSize(piece, room));
      const characters = sizes.reduce((sum, size) => sum + size, 0);
      if (characters < (best?.characters ?? Number.POSITIVE_INFINITY)) {
        best = { cut, parts, characters };
      }
    }
  }
  return best;
}

/** Characters of the pieces that an item will be cut into, the cheaper way; infinite if there is none. */
function cutSize(item: Item, room: number): number {
  if (item.size <= room) return item.size;
  const sizes = item.cuts.map((cut) => {
    if (longestAlone(item, cut) > room) return Number.POSITIVE_INFINITY;
    const frame = frameOf(item, cut);
    const entries = item.unnamed - frame;
    return entries + Math.ceil(entries / (room - frame)) * frame;
  });
  return Math.min(Number.POSITIVE_INFINITY, ...sizes);
}

/** The item in parts of about as many characters each. */
function partsOf(item: Item, cut: Cut, parts: number): Item[] {
  if (parts === 1) return [item];
  const start = cut.ends[cut.from] as number;
  const length = (cut.ends[cut.to] as number) - start;
  const pieces: Item[] = [];
  for (let part = 1, from = cut.from; part <= parts; part++) {
    const end = start + (length * part) / parts;
    // At least one entry here, and one for each part that follows.
    let to = from + 1;
    while (to < cut.to - (parts - part) && (part === parts || (cut.ends[to] as number) < end)) to++;
    pieces.push(pieceOf(item, cut, from, to));
    from = to;
  }
  return pieces;
}

/** How many entries a list has. */
export function entriesOf({ from, to }: Cut): number {
  return to - from;
}

/** Characters of the longest piece with one entry of that side. */
function longestAlone(item: Item, cut: Cut): number {
  let longest = 0;
  for (let at = cut.from + 1; at <= cut.to; at++) {
    longest = Math.max(longest, (cut.ends[at] as number) - (cut.ends[at - 1] as number));
  }
  return frameOf(item, cut) + longest - 1;
}

/** Characters of a list of the entries from `from` up to `to`. */
function listSize({ ends }: Cut, from: number, to: number): number {
  return (ends[to] as number) - (ends[from] as number) - 1 + (to - from > 1 ? 2 : 0);
}

/** Characters of a piece, with the comma that follows, but for its entries of one side. */
export function frameOf(item: Item, cut: Cut): number {
  return item.unnamed - listSize(cut, cut.from, cut.to);
}

/** The fewest characters that a further piece brings along; none where it cannot be cut. */
export function leastFrame(item: Item): number {
  return Math.min(...item.cuts.map((cut) => frameOf(item, cut)));
}

/** Characters beyond its own that no way of cutting it in two goes below. */
export function leastExtra(item: Item): number {
  // A comma and the brackets of the list may go.
  return leastFrame(item) - 3 - (item.size - item.unnamed);
}

/** Characters of the pieces that a cut after `count` entries makes. */
export function halfSizes(item: Item, cut: Cut, count: number): { first: number; rest: number } {
  const frame = frameOf(item, cut);
  const middle = cut.from + count;
  return {
    first: frame + listSize(cut, cut.from, middle),
    rest: frame + listSize(cut, middle, cut.to),
  };
}

/** The item cut after `count` entries of a side. */
export function halvesOf(item: Item, cut: Cut, count: number): Halves {
  const middle = cut.from + count;
  return { first: pieceOf(item, cut, cut.from, middle), rest: pieceOf(item, cut, middle, cut.to) };
}

function pieceOf(item: Item, cut: Cut, from: number, to: number): Item {
  const characters = frameOf(item, cut) + listSize(cut, from, to);
  const piece = { ...cut, from, to };
  return {
    ...item,
    size: characters,
    unnamed: characters,
    cuts: item.cuts.flatMap((each) => (each !== cut ? [each] : to - from < 2 ? [] : [piece])),
    pieceOf: [...item.pieceOf.filter(({ side }) => side !== cut.side), piece],
  };
}

/** The statement, or the piece of it, as it is written. */
export function writtenOf({ whole, pieceOf }: Item): SourcedStatement {
  if (pieceOf.length === 0) return whole;
  const { Sid: _, ...unnamed } = whole.statement;
  const lists = pieceOf.map(({ side, from, to }) => [side, unnamed[side]?.slice(from, to)]);
  return { ...whole, statement: { ...unnamed, ...Object.fromEntries(lists) } };
}

/** Cuts an item into the free room, the roomiest documents first; the cheaper side of it. */
export function pour(item: Item, free: readonly number[]): Poured | undefined {
  let best: Poured | undefined;
  for (const cut of item.cuts) {
    const poured = pourAlong(item, cut, free);
    if (poured !== undefined && (best === undefined || poured.extra < best.extra)) best = poured;
  }
  return best;
}

function pourAlong(item: Item, cut: Cut, free: readonly number[]): Poured | undefined {
  const frame = frameOf(item, cut);
  const bins = [...free.keys()].sort((a, b) => (free[b] as number) - (free[a] as number) || a - b);
  const shares: { bin: number; from: number; to: number }[] = [];
  let written = 0;
  let { from } = cut;
  for (const bin of bins) {
    if (from === cut.to) break;
    const room = (free[bin] as number) - frame;
    let to = from;
    while (to < cut.to && listSize(cut, from, to + 1) <= room) to++;
    // The roomiest come first: where nothing fits into one, nothing fits into those after it.
    if (to === from) break;
    shares.push({ bin, from, to });
    written += frame + listSize(cut, from, to);
    from = to;
  }
  if (from < cut.to) return undefined;
  return {
    pieces: shares.map((share) => ({
      bin: share.bin,
      item: pieceOf(item, cut, share.from, share.to),
    })),
    extra: written - item.size,
  };
}

function tooLarge(item: Item, room: number): GenError {
  const { size } = item;
  const sourced = writtenOf(item);
  const where = sourced.origins
    .map(({ group, statements }) => `${group}, statement ${statements.join(', ')}`)
    .join('; ');
  return new GenError(3, {
    code: 'statement-too-large',
    message: `A statement of ${where} fits into no policy: its smallest part takes ${size - 1} characters, a document has room for ${room - 1}; that is ${size - room} too many.`,
    advice: `It begins ${JSON.stringify(sourced.statement).slice(0, 100)}… Shorten its resource or its condition.`,
  });
}
