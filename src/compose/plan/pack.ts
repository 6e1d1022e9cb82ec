/**
 * Packing statements into documents of limited size.
 *
 * 1. The fewest documents: the number that the statements' characters call for is tried first.
 * 2. For a number of documents: first with every statement whole (the largest first into the
 *    emptiest document, or into the first with room, or filling one document after the other
 *    (`fill.ts`), then an exact search within a bound of steps).
 * 3. Where that fails, one statement is cut (`cut.ts`), the one that costs the fewest additional
 *    characters; then as many as it takes to fill one document after the other.
 * 4. What is not plain Allow is cut only where that saves a document, or where it is too large for
 *    a document of its own.
 * 5. Statements keep their order in a document, and documents the order of their first statements.
 */
import { EMPTY_DOCUMENT_SIZE, type SizeModel } from '../../model/size.ts';
import type { SourcedStatement } from '../sourced.ts';
import { type Item, itemsOf, leastExtra, leastFrame, pour, writtenOf } from './cut.ts';
import { type Filling, fillInTurn } from './fill.ts';

/** A statement, or a piece of one, in a document. */
export interface Piece {
  readonly sourced: SourcedStatement;
  /** Position of the statement among those that were packed. */
  readonly order: number;
}

/** Steps of the exact search; beyond it the first fit is used. */
const MAX_SEARCH_STEPS = 20_000;
/** Statements up to which it is tried; it goes as deep as there are statements. */
const MAX_SEARCHED = 500;
/** Statements tried for cutting one. */
const MAX_CUT_TRIES = 64;
/** Those beside which documents are filled to the brim, which takes longer. */
const MAX_FILL_TRIES = 8;
/** Statements placed in all of these tries, in documents that each may go to. */
const MAX_PLACINGS = 4_000_000;
/** Documents above which filling in turn is tried in one way only. */
const MAX_VARIED = 100;

/**
 * Packs statements into as few documents of at most `limit` characters as can be found.
 * @throws GenError (exit 3) for a statement that cannot fit even when cut.
 */
export function packStatements(
  statements: readonly SourcedStatement[],
  limit: number,
  size: SizeModel,
): SourcedStatement[][] {
  return packPieces(statements, limit, size).map((document) =>
    document.map(({ sourced }) => sourced),
  );
}

/** The same; each piece says which statement it was cut from. */
export function packPieces(
  statements: readonly SourcedStatement[],
  limit: number,
  size: SizeModel,
): Piece[][] {
  const room = limit - EMPTY_DOCUMENT_SIZE + 1;
  const items = itemsOf(statements, room, size).sort(bySizeDescending);
  let filled: Item[][] | undefined;
  for (let count = leastDocuments(items, room); ; count++) {
    const whole = fitWhole(items, count, room);
    if (whole !== undefined) return inOrder(whole);
    if (count === 1) continue;
    filled ??= fillBest(items, room);
    const bins = fitCuttingOne(items, count, room) ?? (filled.length <= count ? filled : undefined);
    if (bins !== undefined) return inOrder(bins);
  }
}

/** Documents that the characters call for; two halves of a document and more share none. */
function leastDocuments(items: readonly Item[], room: number): number {
  const total = items.reduce((sum, item) => sum + item.size, 0);
  const halves = items.filter(({ cuts, size }) => cuts.length === 0 && 2 * size > room).length;
  return Math.max(1, halves, Math.ceil(total / room));
}

/** Each document's items in the input's order. */
function inOrder(bins: readonly (readonly Item[])[]): Piece[][] {
  return bins
    .filter((bin) => bin.length > 0)
    .map((bin) => [...bin].sort((a, b) => a.order - b.order))
    .sort((a, b) => (a[0]?.order ?? 0) - (b[0]?.order ?? 0))
    .map((bin) => bin.map((item) => ({ sourced: writtenOf(item), order: item.order })));
}

function bySizeDescending(a: Item, b: Item): number {
  return b.size - a.size || a.order - b.order;
}

/** Where each item goes, or -1 where it fits nowhere. */
type Choose = (item: Item, free: readonly number[]) => number;

/** Into the emptiest first: room left in every document lets later additions stay small changes. */
const emptiest: Choose = ({ size }, free) => {
  let best = 0;
  for (let bin = 1; bin < free.length; bin++) {
    if ((free[bin] as number) > (free[best] as number)) best = bin;
  }
  return (free[best] as number) < size ? -1 : best;
};
const firstFitting: Choose = ({ size }, free) => free.findIndex((left) => left >= size);

/** Puts every item, the largest first, where it is chosen to go; undefined where one fits nowhere. */
function putAll(
  items: readonly Item[],
  count: number,
  room: number,
  choose: Choose,
): Item[][] | undefined {
  const free = new Array<number>(count).fill(room);
  const bins: Item[][] = Array.from({ length: count }, () => []);
  for (const item of items) {
    const bin = choose(item, free);
    if (bin < 0) return undefined;
    free[bin] = (free[bin] as number) - item.size;
    bins[bin]?.push(item);
  }
  return bins;
}

/** Every item whole, one document filled after the other. */
function fillWhole(
  items: readonly Item[],
  count: number,
  room: number,
  largestFirst: boolean,
): Item[][] | undefined {
  const bins = fillInTurn(items, room, { largestFirst, cutting: 'none', spare: 0 });
  if (bins.length > count) return undefined;
  return [...bins, ...Array.from({ length: count - bins.length }, () => [])];
}

/** Whether that many documents can hold the items whole, as far as is seen at once. */
function mayFitWhole(items: readonly Item[], count: number, room: number): boolean {
  let total = 0;
  let halves = 0;
  for (const { size } of items) {
    total += size;
    if (2 * size > room) halves++;
    if (size > room) return false;
  }
  return total <= room * count && halves <= count;
}

/** Rule 2. */
function fitWhole(items: readonly Item[], count: number, room: number): Item[][] | undefined {
  if (!mayFitWhole(items, count, room)) return undefined;
  return (
    putAll(items, count, room, emptiest) ??
    putAll(items, count, room, firstFitting) ??
    fillWhole(items, count, room, true) ??
    fillWhole(items, count, room, false) ??
    search(items, count, room)
  );
}

/** Every way of sharing the items out, within a bound of steps. */
function search(items: readonly Item[], count: number, room: number): Item[][] | undefined {
  if (items.length > MAX_SEARCHED) return undefined;
  const free = new Array<number>(count).fill(room);
  const place = new Array<number>(items.length);
  let steps = 0;
  const placeFrom = (at: number): boolean => {
    if (at === items.length) return true;
    if (++steps > MAX_SEARCH_STEPS) return false;
    const item = items[at] as Item;
    const tried = new Set<number>();
    for (let bin = 0; bin < count; bin++) {
      const left = free[bin] as number;
      // Documents with equal room are alike; one of them is enough to try.
      if (left < item.size || tried.has(left)) continue;
      tried.add(left);
      free[bin] = left - item.size;
      place[at] = bin;
      if (placeFrom(at + 1)) return true;
      free[bin] = left;
    }
    return false;
  };
  if (!placeFrom(0)) return undefined;
  return Array.from({ length: count }, (_, bin) => items.filter((_item, at) => place[at] === bin));
}

/** Rule 3 for one statement. */
function fitCuttingOne(items: readonly Item[], count: number, room: number): Item[][] | undefined {
  const tries = Math.floor(MAX_PLACINGS / (items.length * count));
  const spare = room * count - items.reduce((sum, { size }) => sum + size, 0);
  const sorted = cheapestToCut(items, Math.min(MAX_CUT_TRIES, tries));
  let best: { bins: Item[][]; extra: number; plain: boolean } | undefined;
  for (const [tried, cut] of sorted.entries()) {
    if (best?.plain && !cut.plain) break;
    if (leastExtra(cut) > spare) continue;
    const whole = items.filter((item) => item !== cut);
    if (!mayFitWhole(whole, count, room)) continue;
    const fill = tried < MAX_FILL_TRIES;
    for (const arrange of [
      () => putAll(whole, count, room, emptiest),
      () => putAll(whole, count, room, firstFitting),
      () => (fill ? fillWhole(whole, count, room, true) : undefined),
      () => (fill ? fillWhole(whole, count, room, false) : undefined),
    ]) {
      const bins = arrange();
      if (bins === undefined) continue;
      const free = bins.map((bin) => bin.reduce((left, { size }) => left - size, room));
      const poured = pour(cut, free);
      if (poured === undefined || poured.extra >= (best?.extra ?? Number.POSITIVE_INFINITY)) {
        continue;
      }
      for (const { bin, item } of poured.pieces) bins[bin]?.push(item);
      best = { bins, extra: poured.extra, plain: cut.plain };
    }
  }
  return best?.bins;
}

/** Those in which a further piece takes the fewest characters; plain Allow before all others. */
function cheapestToCut(items: readonly Item[], most: number): Item[] {
  return items
    .filter(({ cuts }) => cuts.length > 0)
    .map((item) => ({ item, frame: leastFrame(item) }))
    .sort(
      (a, b) =>
        Number(b.item.plain) - Number(a.item.plain) ||
        a.frame - b.frame ||
        a.item.order - b.item.order,
    )
    .slice(0, most)
    .map(({ item }) => item);
}

/** Rule 3 for several statements: the fewest documents, then the fewest characters. */
function fillBest(items: readonly Item[], room: number): Item[][] {
  const least = leastDocuments(items, room);
  const total = items.reduce((sum, { size }) => sum + size, 0);
  const fill = (how: Filling): { how: Filling; bins: Item[][] } => ({
    how,
    bins: fillInTurn(items, room, how),
  });
  let best = fill({ largestFirst: true, cutting: 'none', spare: 0 });
  const consider = (how: Filling): void => {
    const found = fill(how);
    if (isBetter(found.bins, best.bins)) best = found;
  };
  for (const cutting of ['none', 'plain', 'any'] as const) {
    for (const largestFirst of [true, false]) {
      const many = best.bins.length > MAX_VARIED && largestFirst;
      if (best.bins.length > least && !many) consider({ largestFirst, cutting, spare: 0 });
    }
  }
  const { how, bins } = best;
  if (how.cutting !== 'none' && bins.length <= MAX_VARIED) {
    // The same, cutting only where a document would be left emptier than it may.
    consider({ ...how, spare: Math.floor((bins.length * room - total) / bins.length) });
  }
  return best.bins;
}

function isBetter(a: readonly Item[][], b: readonly Item[][]): boolean {
  const characters = (bins: readonly Item[][]): number =>
    bins.flat().reduce((sum, { size }) => sum + size, 0);
  return a.length < b.length || (a.length === b.length && characters(a) < characters(b));
}
