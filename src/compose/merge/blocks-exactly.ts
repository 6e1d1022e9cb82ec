/**
 * Covering a small part at the least cost, by dynamic programming over sets of required cells: for
 * every set that can be covered, the cheapest way to cover it.
 */
import { type Block, listCost, type Part, type RectangleCosts } from './blocks.ts';

/** Bounds: subsets of required cells × candidate blocks. */
const MAX_WORK = 1_000_000;
const MAX_LINES = 7;

/** Undefined where the part is too large. */
export function exactBlocks(part: Part, costs: RectangleCosts): Block[] | undefined {
  const rowCount = part.rowClasses.length;
  const columnCount = part.columnClasses.length;
  // One line of classes: a single block, unless some cell of it is not required.
  const cellCount = part.required.reduce((sum, cells) => sum + cells.members().length, 0);
  if ((rowCount === 1 || columnCount === 1) && cellCount === rowCount * columnCount) {
    return [{ rows: [...part.rowClasses.keys()], columns: [...part.columnClasses.keys()] }];
  }
  if (rowCount > MAX_LINES || columnCount > MAX_LINES) return undefined;
  if (2 ** cellCount * 8 > MAX_WORK) return undefined;
  const candidates = allBlocks(part, costs);
  if (2 ** cellCount * candidates.length > MAX_WORK) return undefined;
  return cheapest(candidates, cellCount);
}

interface Candidate {
  /** The required cells that it holds, as bits. */
  readonly mask: number;
  readonly cost: number;
  readonly rowSet: number;
  readonly columnSet: number;
}

/** Every block that is allowed and holds a required cell. Sets of lines are bits. */
function allBlocks(part: Part, costs: RectangleCosts): Candidate[] {
  const allowedColumns = part.allowed.map((cells) =>
    cells.members().reduce((set, column) => set | (1 << column), 0),
  );
  let cellCount = 0;
  const cellBits = part.required.map((cells) =>
    part.columnClasses.map((_, column) => (cells.has(column) ? 1 << cellCount++ : 0)),
  );
  const rowSetCosts = setCosts(part.rowCosts, part.rowCounts, costs.brackets);
  const columnSetCosts = setCosts(part.columnCosts, part.columnCounts, costs.brackets);
  const candidates: Candidate[] = [];
  for (let rowSet = 1; rowSet < rowSetCosts.length; rowSet++) {
    const rows = bitsOf(rowSet);
    const allowed = rows.reduce((set, row) => set & (allowedColumns[row] as number), -1);
    const columnMasks = part.columnClasses.map((_, column) =>
      rows.reduce((mask, row) => mask | (cellBits[row]?.[column] as number), 0),
    );
    for (let columnSet = 1; columnSet < columnSetCosts.length; columnSet++) {
      if ((columnSet & ~allowed) !== 0) continue;
      let mask = 0;
      for (let rest = columnSet; rest !== 0; rest &= rest - 1) {
        mask |= columnMasks[lowestBit(rest)] as number;
      }
      if (mask === 0) continue;
      const cost =
        costs.overhead + (rowSetCosts[rowSet] as number) + (columnSetCosts[columnSet] as number);
      candidates.push({ mask, cost, rowSet, columnSet });
    }
  }
  return candidates;
}

/** What each set of lines costs to write. */
function setCosts(costs: readonly number[], counts: readonly number[], brackets: number): number[] {
  return Array.from({ length: 1 << costs.length }, (_, set) => {
    const chosen = bitsOf(set);
    const sum = (of: readonly number[]): number =>
      chosen.reduce((total, line) => total + (of[line] as number), 0);
    return listCost(sum(costs), sum(counts), brackets);
  });
}

function cheapest(candidates: readonly Candidate[], cellCount: number): Block[] {
  const full = 2 ** cellCount - 1;
  const best = new Float64Array(full + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(full + 1).fill(-1);
  const chosen = new Int32Array(full + 1).fill(-1);
  const byCell: number[][] = Array.from({ length: cellCount }, () => []);
  candidates.forEach(({ mask }, index) => {
    for (const cell of bitsOf(mask)) byCell[cell]?.push(index);
  });
  best[0] = 0;
  for (let covered = 0; covered < full; covered++) {
    if (best[covered] === Number.POSITIVE_INFINITY) continue;
    for (const index of byCell[lowestBit(~covered)] as number[]) {
      const candidate = candidates[index] as Candidate;
      const next = covered | candidate.mask;
      const cost = (best[covered] as number) + candidate.cost;
      if (cost < (best[next] as number)) {
        best[next] = cost;
        from[next] = covered;
        chosen[next] = index;
      }
    }
  }
  const blocks: Block[] = [];
  for (let at = full; at !== 0; at = from[at] as number) {
    const { rowSet, columnSet } = candidates[chosen[at] as number] as Candidate;
    blocks.push({ rows: bitsOf(rowSet), columns: bitsOf(columnSet) });
  }
  return blocks;
}

function lowestBit(set: number): number {
  return 31 - Math.clz32(set & -set);
}

/** Numbers of the bits that are set, ascending. */
function bitsOf(set: number): number[] {
  const bits: number[] = [];
  for (let rest = set; rest !== 0; rest &= rest - 1) bits.push(lowestBit(rest));
  return bits;
}
