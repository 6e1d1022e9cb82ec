/**
 * Parts of a matrix of required cells, and the blocks that cover them: rectangles of classes, where
 * a class is all rows, or all columns, with the same cells (`rectangles.ts`).
 */
import type { Bits } from './bits.ts';

/** Rows and columns joined into classes, with the cells between classes. */
export interface Part {
  readonly rowClasses: readonly (readonly number[])[];
  readonly columnClasses: readonly (readonly number[])[];
  /** What writing each class costs, in characters, and the number of its entries. */
  readonly rowCosts: readonly number[];
  readonly rowCounts: readonly number[];
  readonly columnCosts: readonly number[];
  readonly columnCounts: readonly number[];
  /** For each class of rows, the classes of columns that are required, and those that are allowed. */
  readonly required: readonly Bits[];
  readonly allowed: readonly Bits[];
  /** Blocks that may hold all required cells; empty where none are known. */
  readonly known: readonly Block[];
}

/** Numbers of classes, ascending. */
export interface Block {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Costs beside the rows and columns themselves. */
export interface RectangleCosts {
  /** Of every rectangle. */
  readonly overhead: number;
  /** Of a list of more than one: its brackets. */
  readonly brackets: number;
}

/** What a list costs to write, by the cost and the number of its entries. */
export function listCost(cost: number, count: number, brackets: number): number {
  return cost + (count > 1 ? brackets : 0);
}

/** Indexes with equal keys, in order of first appearance. */
export function groupBy(keys: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  keys.forEach((key, index) => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  });
  return [...groups.values()];
}
