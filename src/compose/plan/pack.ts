/**
 * Packing statements into documents of limited size.
 *
 * 1. The fewest documents: the number that the statements' characters call for is tried first.
 * 2. For a number of documents: first with every statement whole (the largest first into the
 *    emptiest document, or into the first with room, then an exact search within a bound of steps).
 * 3. Where that fails, one statement is cut, the one that costs the fewest additional characters;
 *    then several. A cut goes through the list of actions or of resources, which is exact for
 *    Allow and for Deny; never through NotAction, NotResource or a condition.
 * 4. What is not plain Allow is cut only where it is too large for a document of its own.
 * 5. Statements keep their order in a document, and documents the order of their first statements.
 */
import { GenError } from '../../model/errors.ts';
import { isPlainAllow } from '../../model/grant.ts';
import type { Statement } from '../../model/policy.ts';
import { EMPTY_DOCUMENT_SIZE, type SizeModel, statementSize, textSize } from '../../model/size.ts';
import type { SourcedStatement } from '../sourced.ts';

type Side = 'Action' | 'Resource';

interface Item {
  readonly sourced: SourcedStatement;
  /** Position in the input. */
  readonly order: number;
  /** Characters with the comma that follows. */
  readonly size: number;
  readonly sides: readonly Side[];
}

/** A piece of a cut statement in the document where it goes. */
interface Poured {
  readonly pieces: readonly { readonly bin: number; readonly sourced: SourcedStatement }[];
  readonly extra: number;
}

/** Steps of the exact search; beyond it the first fit stands. */
const MAX_SEARCH_STEPS = 20_000;
/** Statements up to which it is tried; it goes as deep as there are statements. */
const MAX_SEARCHED = 500;
/** Statements tried for cutting one. */
const MAX_CUT_TRIES = 64;
/** Pairs of statements tried for cutting both. */
const MAX_CUT_PAIRS = 300;

/**
 * Packs statements into as few documents of at most `limit` characters as can be found.
 * @throws GenError (exit 3) for a statement that cannot fit even when cut.
 */
export function packStatements(
  statements: readonly SourcedStatement[],
  limit: number,
  size: SizeModel,
): SourcedStatement[][] {
  const room = limit - EMPTY_DOCUMENT_SIZE + 1;
  const items = statements
    .flatMap((sourced) => pourable(sourced, room, size))
    .map((part, order) => toItem(part, order, room, size));
  const total = items.reduce((sum, item) => sum + item.size, 0);
  for (let count = Math.max(1, Math.ceil(total / room)); ; count++) {
    const bins = fitWhole(items, count, room) ?? fitCutting(items, count, room, size);
    if (bins !== undefined) return inOrder(bins);
  }
}

const SIDES = ['Action', 'Resource'] as const;

function toItem(sourced: SourcedStatement, order: number, room: number, size: SizeModel): Item {
  const { statement } = sourced;
  const characters = statementSize(statement, size) + 1;
  const cuttable = isPlainAllow(statement) || characters > room;
  const sides = SIDES.filter((side) => cuttable && (statement[side]?.length ?? 0) > 1);
  return { sourced, order, size: characters, sides };
}

/**
 * The statement, or parts of it, each of which fits into an empty document when cut along one
 * side: where neither side's single entries fit beside the whole other side, the longer is halved.
 * @throws GenError (exit 3) naming what is too long, and by how much.
 */
function pourable(sourced: SourcedStatement, room: number, size: SizeModel): SourcedStatement[] {
  const { statement } = sourced;
  const characters = statementSize(statement, size) + 1;
  if (characters <= room) return [sourced];
  const long = SIDES.filter((side) => (statement[side]?.length ?? 0) > 1);
  if (long.length === 0) throw tooLarge(sourced, characters, room);
  const { Sid: _, ...unnamed } = statement;
  const fitsAlone = (side: Side): boolean => {
    const entries = statement[side] as readonly string[];
    const frame = statementSize({ ...unnamed, [side]: [''] }, size) + 1;
    return entries.every((entry) => frame + textSize(entry, size) <= room);
  };
  if (long.some(fitsAlone)) return [sourced];
  const text = (side: Side): number =>
    (statement[side] ?? []).reduce((sum, entry) => sum + entry.length, 0);
  const side = long.reduce((a, b) => (text(b) > text(a) ? b : a));
  const entries = statement[side] as readonly string[];
  const half = entries.length >> 1;
  return [entries.slice(0, half), entries.slice(half)].flatMap((part) =>
    pourable({ ...sourced, statement: { ...unnamed, [side]: part } }, room, size),
  );
}

/** Each document's items, and pieces in place of cut ones, in the input's order. */
function inOrder(
  bins: readonly (readonly { readonly order: number; readonly sourced: SourcedStatement }[])[],
): SourcedStatement[][] {
  return bins
    .filter((bin) => bin.length > 0)
    .map((bin) => [...bin].sort((a, b) => a.order - b.order))
    .sort((a, b) => (a[0]?.order ?? 0) - (b[0]?.order ?? 0))
    .map((bin) => bin.map((entry) => entry.sourced));
}

function bySizeDescending(a: Item, b: Item): number {
  return b.size - a.size || a.order - b.order;
}

/** Rule 2: a document number for each item, or undefined. Items come sorted, the largest first. */
function assign(sorted: readonly Item[], count: number, room: number): number[] | undefined {
  const place = new Array<number>(sorted.length);
  const free = new Array<number>(count).fill(room);
  const putAll = (choose: (item: Item) => number): boolean => {
    free.fill(room);
    return sorted.every((item, index) => {
      const bin = choose(item);
      if (bin < 0 || (free[bin] as number) < item.size) return false;
      free[bin] = (free[bin] as number) - item.size;
      place[index] = bin;
      return true;
    });
  };
  // Into the emptiest first: room left in every document lets later additions stay small changes.
  const emptiest = (): number => {
    let best = 0;
    for (let bin = 1; bin < count; bin++) {
      if ((free[bin] as number) > (free[best] as number)) best = bin;
    }
    return best;
  };
  const firstFitting = (item: Item): number => free.findIndex((left) => left >= item.size);
  if (putAll(emptiest) || putAll(firstFitting)) return place;

  const rest = new Array<number>(sorted.length + 1).fill(0);
  for (let at = sorted.length - 1; at >= 0; at--) {
    rest[at] = (rest[at + 1] as number) + (sorted[at]?.size ?? 0);
  }
  if ((rest[0] as number) > room * count || sorted.length > MAX_SEARCHED) return undefined;
  free.fill(room);
  let steps = 0;
  const search = (at: number): boolean => {
    if (at === sorted.length) return true;
    if (++steps > MAX_SEARCH_STEPS) return false;
    const item = sorted[at] as Item;
    const tried = new Set<number>();
    for (let bin = 0; bin < count; bin++) {
      const left = free[bin] as number;
      // Documents with equal room are alike; one of them is enough to try.
      if (left < item.size || tried.has(left)) continue;
      tried.add(left);
      free[bin] = left - item.size;
      place[at] = bin;
      if (search(at + 1)) return true;
      free[bin] = left;
    }
    return false;
  };
  return search(0) ? place : undefined;
}

function fitWhole(items: readonly Item[], count: number, room: number): Item[][] | undefined {
  const sorted = [...items].sort(bySizeDescending);
  const place = assign(sorted, count, room);
  if (place === undefined) return undefined;
  const bins: Item[][] = Array.from({ length: count }, () => []);
  for (const [index, item] of sorted.entries()) bins[place[index] as number]?.push(item);
  return bins;
}

type Bins = { order: number; sourced: SourcedStatement }[][];

/** Rule 3. */
function fitCutting(
  items: readonly Item[],
  count: number,
  room: number,
  size: SizeModel,
): Bins | undefined {
  if (count === 1) return undefined;
  const cuttable = items.filter((item) => item.sides.length > 0);
  const sorted = [...items].sort(bySizeDescending);
  let best: { bins: Bins; extra: number } | undefined;
  const consider = (cut: readonly Item[]): void => {
    const whole = sorted.filter((item) => !cut.includes(item));
    const place = assign(whole, count, room);
    if (place === undefined) return;
    const free = new Array<number>(count).fill(room);
    const bins: Bins = Array.from({ length: count }, () => []);
    whole.forEach((item, index) => {
      const bin = place[index] as number;
      free[bin] = (free[bin] as number) - item.size;
      bins[bin]?.push(item);
    });
    let extra = 0;
    for (const item of cut) {
      const poured = pour(item, free, size);
      if (poured === undefined) return;
      extra += poured.extra;
      for (const { bin, sourced } of poured.pieces) {
        bins[bin]?.push({ order: item.order, sourced });
        free[bin] = (free[bin] as number) - statementSize(sourced.statement, size) - 1;
      }
    }
    if (best === undefined || extra < best.extra) best = { bins, extra };
  };
  for (const item of cheapestToCut(cuttable, size)) consider([item]);
  if (best !== undefined) return best.bins;
  let pairs = 0;
  for (let i = 0; i < cuttable.length; i++) {
    for (let j = i + 1; j < cuttable.length && pairs < MAX_CUT_PAIRS; j++, pairs++) {
      consider([cuttable[i] as Item, cuttable[j] as Item]);
    }
  }
  if (best !== undefined) return (best as { bins: Bins }).bins;
  return fitGreedily(items, count, room, size);
}

/** Those in which a further piece takes the fewest characters, where there are too many to try. */
function cheapestToCut(cuttable: readonly Item[], size: SizeModel): readonly Item[] {
  if (cuttable.length <= MAX_CUT_TRIES) return cuttable;
  return cuttable
    .map((item) => ({
      item,
      frame: Math.min(...item.sides.map((side) => frameOf(item.sourced.statement, side, size))),
    }))
    .sort((a, b) => a.frame - b.frame || a.item.order - b.item.order)
    .slice(0, MAX_CUT_TRIES)
    .map(({ item }) => item);
}

/** Characters of a piece, with the comma that follows, but for its entries of one side. */
function frameOf(statement: Statement, side: Side, size: SizeModel): number {
  const { Sid: _, ...unnamed } = statement;
  return statementSize({ ...unnamed, [side]: [''] }, size) - 2 + 1;
}

/** Every item in turn goes whole where it fits, and else is cut into what room there is. */
function fitGreedily(
  items: readonly Item[],
  count: number,
  room: number,
  size: SizeModel,
): Bins | undefined {
  const free = new Array<number>(count).fill(room);
  const bins: Bins = Array.from({ length: count }, () => []);
  // What cannot be cut first, as long as all documents are empty.
  const sorted = [...items].sort(
    (a, b) => Number(a.sides.length > 0) - Number(b.sides.length > 0) || bySizeDescending(a, b),
  );
  for (const item of sorted) {
    const bin = free.findIndex((left) => left >= item.size);
    if (bin >= 0) {
      free[bin] = (free[bin] as number) - item.size;
      bins[bin]?.push(item);
      continue;
    }
    const poured = item.sides.length > 0 ? pour(item, free, size) : undefined;
    if (poured === undefined) return undefined;
    for (const piece of poured.pieces) {
      bins[piece.bin]?.push({ order: item.order, sourced: piece.sourced });
      free[piece.bin] =
        (free[piece.bin] as number) - statementSize(piece.sourced.statement, size) - 1;
    }
  }
  return bins;
}

/** Cuts an item into the free room, the roomiest documents first; the cheaper side of it. */
function pour(item: Item, free: readonly number[], size: SizeModel): Poured | undefined {
  let best: Poured | undefined;
  for (const side of item.sides) {
    const poured = pourBySide(item, side, free, size);
    if (poured !== undefined && (best === undefined || poured.extra < best.extra)) best = poured;
  }
  return best;
}

function pourBySide(
  item: Item,
  side: Side,
  free: readonly number[],
  size: SizeModel,
): Poured | undefined {
  const entries = item.sourced.statement[side] as readonly string[];
  const { Sid: _, ...unnamed } = item.sourced.statement;
  const frame = frameOf(item.sourced.statement, side, size);
  const bins = [...free.keys()].sort((a, b) => (free[b] as number) - (free[a] as number) || a - b);
  const pieces: { bin: number; sourced: SourcedStatement }[] = [];
  let next = 0;
  let written = 0;
  for (const bin of bins) {
    if (next === entries.length) break;
    let used = frame;
    const start = next;
    while (next < entries.length) {
      const entry = textSize(entries[next] as string, size) + 2;
      // The first entry stands alone; the second brings brackets, and each a comma.
      const more = next === start ? entry : entry + 1 + (next === start + 1 ? 2 : 0);
      if (used + more > (free[bin] as number)) break;
      used += more;
      next++;
    }
    if (next === start) continue;
    const statement: Statement = { ...unnamed, [side]: entries.slice(start, next) };
    pieces.push({ bin, sourced: { ...item.sourced, statement } });
    written += used;
  }
  return next === entries.length ? { pieces, extra: written - item.size } : undefined;
}

function tooLarge(sourced: SourcedStatement, characters: number, room: number): GenError {
  const where = sourced.origins
    .map(({ group, statements }) => `${group}, statement ${statements.join(', ')}`)
    .join('; ');
  return new GenError(3, {
    code: 'statement-too-large',
    message: `A statement of ${where} fits into no policy: its smallest part takes ${characters - 1} characters, a document has room for ${room - 1}; that is ${characters - room} too many.`,
    advice: `It begins ${JSON.stringify(sourced.statement).slice(0, 100)}… Shorten its resource or its condition.`,
  });
}
