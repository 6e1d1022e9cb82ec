/**
 * A pairwise selection: few rows in which every two values that stand together in some row stand
 * together at least once.
 *
 * Most faults need one value or two at once; a selection that tries all pairs finds those with some
 * dozens of rows in place of thousands.
 * https://csrc.nist.gov/projects/automated-combinatorial-testing-for-software
 *
 * 1. Pairs are taken in the order of the factors and of their values.
 * 2. For the first pair that no chosen row has, the row is chosen that has it and the most other
 *    pairs not had yet; among equals the first.
 * 3. A row that is refused is left out for good; its pairs wait for another row.
 */

/** One value of each factor, by its number, always in the same order of factors. */
export type Row = readonly number[];

/**
 * @param rows every row that may be chosen.
 * @param accepts asked once for each row that would be chosen, since asking may be dear.
 * @returns the chosen rows. The same rows in the same order always give the same selection. A pair
 *   of which every row is refused stays out of it.
 */
export function choosePairwise(
  rows: readonly Row[],
  accepts: (row: Row) => boolean = () => true,
): readonly Row[] {
  const table = new PairTable(rows);
  for (const row of rows) table.mark(row, WANTED);
  const chosen: Row[] = [];
  const refused = new Set<Row>();
  for (let pair = table.next(WANTED); pair !== undefined; pair = table.next(WANTED)) {
    const { i, a, j, b } = pair;
    let best: Row | undefined;
    let most = 0;
    for (const row of rows) {
      if (row[i] !== a || row[j] !== b || refused.has(row)) continue;
      const count = table.count(row, WANTED);
      if (count > most) [best, most] = [row, count];
    }
    if (best === undefined) table.giveUp(pair);
    else if (accepts(best)) {
      chosen.push(best);
      table.mark(best, DONE);
    } else refused.add(best);
  }
  return chosen;
}

const WANTED = 1;
const DONE = 2;

interface Pair {
  readonly i: number;
  readonly a: number;
  readonly j: number;
  readonly b: number;
}

/** A mark for every pair of values: value `a` of factor `i` with value `b` of a later factor `j`. */
class PairTable {
  readonly #factors: number;
  /** Values per factor at most. */
  readonly #width: number;
  readonly #marks: Uint8Array;
  /** No pair before it is wanted any more. */
  #at = 0;

  constructor(rows: readonly Row[]) {
    this.#factors = rows[0]?.length ?? 0;
    this.#width = 1 + rows.reduce((most, row) => Math.max(most, ...row), 0);
    this.#marks = new Uint8Array((this.#factors * this.#width) ** 2);
  }

  mark(row: Row, mark: number): void {
    const [width, line] = [this.#width, this.#width * this.#factors];
    for (let i = 0; i < row.length; i++) {
      const from = (i * width + (row[i] as number)) * line;
      for (let j = i + 1; j < row.length; j++) {
        this.#marks[from + j * width + (row[j] as number)] = mark;
      }
    }
  }

  count(row: Row, mark: number): number {
    const [width, line, marks] = [this.#width, this.#width * this.#factors, this.#marks];
    let count = 0;
    for (let i = 0; i < row.length; i++) {
      const from = (i * width + (row[i] as number)) * line;
      for (let j = i + 1; j < row.length; j++) {
        if (marks[from + j * width + (row[j] as number)] === mark) count++;
      }
    }
    return count;
  }

  /** The first pair that has the mark. */
  next(mark: number): Pair | undefined {
    this.#at = this.#marks.indexOf(mark, this.#at);
    if (this.#at === -1) return undefined;
    const line = this.#width * this.#factors;
    const [one, other] = [Math.floor(this.#at / line), this.#at % line];
    return {
      i: Math.floor(one / this.#width),
      a: one % this.#width,
      j: Math.floor(other / this.#width),
      b: other % this.#width,
    };
  }

  giveUp({ i, a, j, b }: Pair): void {
    this.#marks[(i * this.#width + a) * this.#width * this.#factors + j * this.#width + b] = DONE;
  }
}
