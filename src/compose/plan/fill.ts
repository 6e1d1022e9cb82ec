/**
 * Filling documents one after the other, to the brim.
 *
 * 1. A document takes the largest statement left, or not, and then those that together leave the
 *    least of its room, by all sums that statements can have (subset sums). Of equal sums the one
 *    of larger statements is taken: small ones fill gaps later.
 * 2. Where cutting is allowed, a statement is cut instead if the first piece, what further
 *    characters the cut brings included, leaves less; the rest of it stays for later documents.
 * 3. A statement larger than a document is cut: at once, or where its pieces fill gaps best.
 */
import { entriesOf, halfSizes, halvesOf, type Item, leastExtra, leastFrame } from './cut.ts';

export interface Filling {
  /** The largest statement left goes into the next document; one too large for it is cut at once. */
  readonly largestFirst: boolean;
  /** Which statements may be cut, beside those that are larger than a document. */
  readonly cutting: 'none' | 'plain' | 'any';
  /** Characters that each document may leave empty before a cut is tried. */
  readonly spare: number;
}

/** Statements whose sums are looked at: so many of the largest, and of the smallest. */
const MAX_SUMMED = 64;
/** Statements tried for cutting, for each document. */
const MAX_CUT = 8;

/** Characters by which a cut must be able to be better than the best so far. */
const WORTH_TRYING = 16;

/** @param items the largest first; each can be cut until it fits into a document. */
export function fillInTurn(items: readonly Item[], room: number, how: Filling): Item[][] {
  const bins: Item[][] = [];
  let left = [...items];
  let total = left.reduce((sum, { size }) => sum + size, 0);
  while (left.length > 0) {
    if (total <= room) {
      bins.push(left);
      break;
    }
    const { taken, rest } = nextDocument(left, room, how);
    bins.push(taken);
    const gone = new Set(taken);
    left = left.filter((item) => !gone.has(item) && item !== rest?.of);
    if (rest !== undefined) {
      const at = left.findIndex(({ size }) => size < rest.item.size);
      left.splice(at < 0 ? left.length : at, 0, rest.item);
    }
    total = left.reduce((sum, { size }) => sum + size, 0);
  }
  return bins;
}

interface Document {
  readonly taken: Item[];
  /** What is left of the item that was cut. */
  readonly rest?: { readonly of: Item; readonly item: Item };
}

interface CutChoice {
  readonly item: Item;
  readonly cut: Item['cuts'][number];
  readonly count: number;
  /** Characters that the cut brings, and those left empty. */
  readonly cost: number;
  readonly others: () => Item[];
}

function nextDocument(left: readonly Item[], room: number, how: Filling): Document {
  const [largest] = left as readonly [Item, ...Item[]];
  const mustCut =
    largest.size > room && (how.largestFirst || left.every((each) => each.size > room));
  const fixed = how.largestFirst && !mustCut ? [largest] : [];
  const others = left.slice(mustCut || fixed.length > 0 ? 1 : 0);
  const gap = room - fixed.reduce((sum, { size }) => sum + size, 0);
  const sums = new Sums(others, gap);
  const waste = gap - sums.most(gap);
  const candidates = mustCut
    ? [largest]
    : waste > how.spare
      ? cuttable(others, room, how.cutting)
      : [];
  let best: CutChoice | undefined;
  let least = mustCut ? Number.POSITIVE_INFINITY : waste;
  for (const item of candidates) {
    if (leastExtra(item) + WORTH_TRYING > least) continue;
    // Beside fewer items no cut gets cheaper.
    if (cutsOf(item, gap, sums).every(({ cost }) => cost >= least)) continue;
    for (const choice of cutsOf(item, gap, sums.without(item))) {
      if (choice.cost >= least) continue;
      best = choice;
      least = choice.cost;
    }
  }
  if (best === undefined) return { taken: [...fixed, ...sums.items(gap)] };
  const { first, rest } = halvesOf(best.item, best.cut, best.count);
  return {
    taken: [...fixed, first, ...best.others()],
    rest: { of: best.item, item: rest },
  };
}

/** Statements to cut: those larger than a document, and those that take the fewest characters. */
function cuttable(items: readonly Item[], room: number, cutting: Filling['cutting']): Item[] {
  const mayCut = ({ cuts, plain, size }: Item): boolean =>
    size > room || (cuts.length > 0 && (cutting === 'any' || (cutting === 'plain' && plain)));
  return items
    .filter(mayCut)
    .map((item) => ({ item, frame: leastFrame(item) }))
    .sort((a, b) => a.frame - b.frame || b.item.size - a.item.size || a.item.order - b.item.order)
    .slice(0, MAX_CUT)
    .map(({ item }) => item);
}

/** The best cut along each side. */
function cutsOf(item: Item, gap: number, sums: Sums): CutChoice[] {
  return item.cuts.flatMap((cut) => {
    let best: CutChoice | undefined;
    for (let count = 1; count < entriesOf(cut); count++) {
      const { first, rest } = halfSizes(item, cut, count);
      if (first > gap) break;
      const beside = gap - first;
      const most = sums.most(beside);
      const cost = first + rest - item.size + beside - most;
      // Of equal costs the longest piece: the less is left to place.
      if (best !== undefined && cost > best.cost) continue;
      best = { item, cut, count, cost, others: () => sums.items(beside) };
    }
    return best === undefined ? [] : [best];
  });
}

/** Every sum up to `room` that some of the items have together. */
class Sums {
  readonly #items: readonly Item[];
  /** By sum: the item that completes it; -1 where nothing has that sum. */
  readonly #last: Int32Array;
  /** By number: the largest sum up to it. */
  readonly #most: Int32Array;

  constructor(items: readonly Item[], room: number) {
    const small = items.filter(({ size }) => size <= room);
    this.#items =
      small.length <= 2 * MAX_SUMMED
        ? small
        : [...small.slice(0, MAX_SUMMED), ...small.slice(-MAX_SUMMED)];
    this.#last = new Int32Array(room + 1).fill(-1);
    const words = (room >> 5) + 1;
    const reached = new Uint32Array(words);
    reached[0] = 1;
    let copies = 0;
    this.#items.forEach(({ size }, at) => {
      copies = size === this.#items[at - 1]?.size ? copies + 1 : 1;
      // As many of one size as there is room for have all the sums that more of them could have.
      if (copies * size > room) return;
      const shift = size >> 5;
      const bits = size & 31;
      for (let word = words - 1; word >= shift; word--) {
        let moved = (reached[word - shift] as number) << bits;
        if (bits > 0 && word > shift)
          moved |= (reached[word - shift - 1] as number) >>> (32 - bits);
        const fresh = (moved & ~(reached[word] as number)) >>> 0;
        if (fresh === 0) continue;
        reached[word] = (reached[word] as number) | fresh;
        for (let rest = fresh; rest !== 0; ) {
          const bit = 31 - Math.clz32(rest & -rest);
          if ((word << 5) + bit <= room) this.#last[(word << 5) + bit] = at;
          rest &= rest - 1;
        }
      }
    });
    this.#most = new Int32Array(room + 1);
    for (let sum = 1; sum <= room; sum++) {
      this.#most[sum] = (this.#last[sum] as number) < 0 ? (this.#most[sum - 1] as number) : sum;
    }
  }

  /** The sums of the other items. */
  without(item: Item): Sums {
    if (!this.#items.includes(item)) return this;
    const others = this.#items.filter((other) => other !== item);
    return new Sums(others, this.#last.length - 1);
  }

  /** The largest sum up to `room`. */
  most(room: number): number {
    return this.#most[room] as number;
  }

  /** Items of that sum. */
  items(room: number): Item[] {
    const chosen: Item[] = [];
    for (let sum = this.most(room); sum > 0; ) {
      const item = this.#items[this.#last[sum] as number] as Item;
      chosen.push(item);
      sum -= item.size;
    }
    return chosen;
  }
}
