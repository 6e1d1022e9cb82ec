/**
 * Covering a matrix of required cells by rectangles at the least cost.
 *
 * A statement allows every one of its actions on every one of its resources: a rectangle in the
 * matrix of actions × resources. Writing the required grants in the fewest characters is choosing
 * rectangles that together hold every required cell and no cell that is not allowed, where a
 * rectangle costs its overhead plus the lengths of its rows and columns. Cells that are allowed but
 * not required (because a wider grant covers them) may be used where that joins rectangles.
 *
 * 1. Rows with the same cells act as one; so do columns. Most real inputs become tiny by this.
 * 2. Parts of the matrix that share no row and no column are solved each on its own.
 * 3. A small part is solved exactly, by dynamic programming over sets of required cells.
 * 4. A larger part starts from the cheaper of "one rectangle per distinct row" and "one per
 *    distinct column" and is improved by joining, dissolving and trimming rectangles until none of
 *    these saves a character.
 */

export interface Matrix {
  /** What writing each row costs, in characters. */
  readonly rowCosts: readonly number[];
  readonly columnCosts: readonly number[];
  /** For each row, its required columns, ascending. */
  readonly required: readonly (readonly number[])[];
  /** For each row, the columns that may be written, the required ones among them, ascending. */
  readonly usable: () => readonly (readonly number[])[];
}

export interface Rectangle {
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

/** Above this many cells, cells that are merely allowed are not looked for. */
const MAX_CELLS_FOR_ALLOWED = 40_000;
/** Bounds of the exact solution: subsets of required cells × candidate rectangles. */
const MAX_EXACT_WORK = 1_000_000;
const MAX_EXACT_LINES = 7;
/** Above this many rectangles the pairwise improvements are left out: they are quadratic. */
const MAX_IMPROVED = 160;

/** Rows and columns joined into classes, with the cells between classes. */
interface Part {
  readonly rowClasses: readonly (readonly number[])[];
  readonly columnClasses: readonly (readonly number[])[];
  readonly rowCosts: readonly number[];
  readonly columnCosts: readonly number[];
  readonly required: readonly (readonly boolean[])[];
  readonly allowed: readonly (readonly boolean[])[];
}

interface Block {
  readonly rows: ReadonlySet<number>;
  readonly columns: ReadonlySet<number>;
}

/** Chooses the rectangles; rows and columns in each ascending, rectangles in a canonical order. */
export function coverByRectangles(matrix: Matrix, costs: RectangleCosts): Rectangle[] {
  const rectangles = splitIntoParts(matrix).flatMap((part) => {
    const blocks = solveExactly(part, costs) ?? solveByImprovement(part, costs);
    return blocks.map((block) => ({
      rows: ascending([...block.rows].flatMap((row) => part.rowClasses[row] as number[])),
      columns: ascending(
        [...block.columns].flatMap((column) => part.columnClasses[column] as number[]),
      ),
    }));
  });
  return rectangles.sort(
    (a, b) => compareLists(a.columns, b.columns) || compareLists(a.rows, b.rows),
  );
}

function ascending(numbers: number[]): number[] {
  return numbers.sort((a, b) => a - b);
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Classes of equal lines, then connected parts (rules 1 and 2). */
function splitIntoParts(matrix: Matrix): Part[] {
  const rowCount = matrix.rowCosts.length;
  const columnCount = matrix.columnCosts.length;
  const seekAllowed = rowCount * columnCount <= MAX_CELLS_FOR_ALLOWED;

  // Usable cells of each row: required ones, and allowed ones where they are looked for.
  const usable = seekAllowed ? matrix.usable() : matrix.required;

  const rowGroups = groupBy(
    matrix.required.map((required, row) => `${required.join(' ')}|${usable[row]?.join(' ')}`),
  );
  const columnMembers: number[][] = Array.from({ length: columnCount }, () => []);
  const columnRequired: number[][] = Array.from({ length: columnCount }, () => []);
  rowGroups.forEach((rows, rowClass) => {
    const row = rows[0] as number;
    for (const column of usable[row] as number[]) columnMembers[column]?.push(rowClass);
    for (const column of matrix.required[row] as number[]) columnRequired[column]?.push(rowClass);
  });
  const columnGroups = groupBy(
    columnMembers.map(
      (members, column) => `${columnRequired[column]?.join(' ')}|${members.join(' ')}`,
    ),
  );

  // Connected parts over the classes, by union-find.
  const parent = rowGroups.map((_, index) => index);
  const find = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root] as number;
    for (let at = index; parent[at] !== root; ) {
      const next = parent[at] as number;
      parent[at] = root;
      at = next;
    }
    return root;
  };
  for (const columns of columnGroups) {
    const members = columnMembers[columns[0] as number] as number[];
    for (const member of members) parent[find(member)] = find(members[0] as number);
  }

  const parts = new Map<number, { rows: number[]; columns: number[] }>();
  rowGroups.forEach((_, rowClass) => {
    const root = find(rowClass);
    const part = parts.get(root);
    if (part === undefined) parts.set(root, { rows: [rowClass], columns: [] });
    else part.rows.push(rowClass);
  });
  columnGroups.forEach((columns, columnClass) => {
    const first = columnMembers[columns[0] as number]?.[0];
    // A column that no row may use has no place in any statement.
    if (first !== undefined) parts.get(find(first))?.columns.push(columnClass);
  });

  const sum = (costs: readonly number[], lines: readonly number[]): number =>
    lines.reduce((total, line) => total + (costs[line] as number), 0);
  return [...parts.values()].map(({ rows, columns }) => {
    const rowClasses = rows.map((rowClass) => rowGroups[rowClass] as number[]);
    const columnClasses = columns.map((columnClass) => columnGroups[columnClass] as number[]);
    const cells = (of: readonly (readonly number[])[]): boolean[][] =>
      rowClasses.map((members) => {
        const present = new Set(of[members[0] as number]);
        return columnClasses.map((lines) => present.has(lines[0] as number));
      });
    return {
      rowClasses,
      columnClasses,
      rowCosts: rowClasses.map((lines) => sum(matrix.rowCosts, lines)),
      columnCosts: columnClasses.map((lines) => sum(matrix.columnCosts, lines)),
      required: cells(matrix.required),
      allowed: cells(usable),
    };
  });
}

/** Indexes with equal keys, in order of first appearance. */
function groupBy(keys: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  keys.forEach((key, index) => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  });
  return [...groups.values()];
}

function listCost(
  classes: readonly (readonly number[])[],
  costs: readonly number[],
  chosen: Iterable<number>,
  brackets: number,
): number {
  let total = 0;
  let lines = 0;
  for (const line of chosen) {
    total += costs[line] as number;
    lines += (classes[line] as readonly number[]).length;
  }
  return total + (lines > 1 ? brackets : 0);
}

function blockCost(
  part: Part,
  costs: RectangleCosts,
  rows: Iterable<number>,
  columns: Iterable<number>,
): number {
  return (
    costs.overhead +
    listCost(part.rowClasses, part.rowCosts, rows, costs.brackets) +
    listCost(part.columnClasses, part.columnCosts, columns, costs.brackets)
  );
}

/** Rule 3; undefined when the part is too large for it. */
function solveExactly(part: Part, costs: RectangleCosts): Block[] | undefined {
  const rowCount = part.rowClasses.length;
  const columnCount = part.columnClasses.length;
  if (rowCount === 1 || columnCount === 1) {
    const rows = new Set(part.rowClasses.keys());
    const columns = new Set(part.columnClasses.keys());
    // One line of classes: a single rectangle, unless some cell of it is neither required nor allowed.
    const whole = [...rows].every((row) =>
      [...columns].every((column) => part.required[row]?.[column]),
    );
    if (whole) return [{ rows, columns }];
  }
  if (rowCount > MAX_EXACT_LINES || columnCount > MAX_EXACT_LINES) return undefined;
  const cellNumber = new Map<number, number>();
  part.required.forEach((cells, row) => {
    cells.forEach((required, column) => {
      if (required) cellNumber.set(row * columnCount + column, cellNumber.size);
    });
  });
  const cellCount = cellNumber.size;
  if (2 ** cellCount * 8 > MAX_EXACT_WORK) return undefined;

  const candidates: { mask: number; cost: number; rows: number[]; columns: number[] }[] = [];
  const bits = (set: number): number[] =>
    Array.from({ length: 32 - Math.clz32(set) }, (_, bit) => bit).filter((bit) => set & (1 << bit));
  for (let rowSet = 1; rowSet < 1 << rowCount; rowSet++) {
    const rows = bits(rowSet);
    for (let columnSet = 1; columnSet < 1 << columnCount; columnSet++) {
      const columns = bits(columnSet);
      let mask = 0;
      let fits = true;
      for (const row of rows) {
        for (const column of columns) {
          if (!part.allowed[row]?.[column]) fits = false;
          const cell = cellNumber.get(row * columnCount + column);
          if (cell !== undefined) mask |= 1 << cell;
        }
        if (!fits) break;
      }
      if (fits && mask !== 0) {
        candidates.push({ mask, cost: blockCost(part, costs, rows, columns), rows, columns });
      }
    }
  }
  if (2 ** cellCount * candidates.length > MAX_EXACT_WORK) return undefined;

  const full = 2 ** cellCount - 1;
  const best = new Float64Array(full + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(full + 1).fill(-1);
  const chosen = new Int32Array(full + 1).fill(-1);
  const byCell: number[][] = Array.from({ length: cellCount }, (_, cell) =>
    [...candidates.keys()].filter((index) => ((candidates[index]?.mask ?? 0) >> cell) & 1),
  );
  best[0] = 0;
  for (let covered = 0; covered < full; covered++) {
    if (best[covered] === Number.POSITIVE_INFINITY) continue;
    const open = Math.clz32(1) - Math.clz32(~covered & -~covered);
    for (const index of byCell[open] as number[]) {
      const candidate = candidates[index] as (typeof candidates)[number];
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
    const candidate = candidates[chosen[at] as number] as (typeof candidates)[number];
    blocks.push({ rows: new Set(candidate.rows), columns: new Set(candidate.columns) });
  }
  return blocks;
}

/** Rule 4. */
function solveByImprovement(part: Part, costs: RectangleCosts): Block[] {
  const cost = (block: Block): number => blockCost(part, costs, block.rows, block.columns);
  const total = (blocks: readonly Block[]): number =>
    blocks.reduce((sum, block) => sum + cost(block), 0);
  const perRow = joinEqual(
    part.required.map((cells, row) => ({ rows: new Set([row]), columns: indexesOf(cells) })),
    'columns',
  );
  const perColumn = joinEqual(
    part.columnClasses
      .map((_, column) => ({
        rows: indexesOf(part.required.map((cells) => cells[column] as boolean)),
        columns: new Set([column]),
      }))
      .filter((block) => block.rows.size > 0),
    'rows',
  );
  const start = total(perColumn) < total(perRow) ? perColumn : perRow;
  if (start.length > MAX_IMPROVED) return start;
  let blocks = start;
  for (;;) {
    const better =
      joinPair(part, blocks, cost) ??
      dissolve(part, blocks, cost, 'rows') ??
      dissolve(part, blocks, cost, 'columns') ??
      trim(part, blocks, cost);
    if (better === undefined) return blocks;
    blocks = better;
  }
}

function indexesOf(cells: readonly boolean[]): Set<number> {
  return new Set([...cells.keys()].filter((index) => cells[index]));
}

/** Blocks with the same lines on one side become one. */
function joinEqual(blocks: readonly Block[], side: 'rows' | 'columns'): Block[] {
  const other = side === 'rows' ? 'columns' : 'rows';
  return groupBy(blocks.map((block) => ascending([...block[side]]).join(' '))).map((members) => {
    const joined = new Set(members.flatMap((index) => [...(blocks[index] as Block)[other]]));
    const same = (blocks[members[0] as number] as Block)[side];
    return side === 'rows' ? { rows: same, columns: joined } : { rows: joined, columns: same };
  });
}

function allAllowed(part: Part, rows: Iterable<number>, columns: ReadonlySet<number>): boolean {
  for (const row of rows) {
    for (const column of columns) if (!part.allowed[row]?.[column]) return false;
  }
  return true;
}

/** Two blocks become one where that is allowed and saves. */
function joinPair(
  part: Part,
  blocks: readonly Block[],
  cost: (block: Block) => number,
): Block[] | undefined {
  for (let i = 0; i < blocks.length; i++) {
    for (let j = i + 1; j < blocks.length; j++) {
      const a = blocks[i] as Block;
      const b = blocks[j] as Block;
      const joined = { rows: union(a.rows, b.rows), columns: union(a.columns, b.columns) };
      if (cost(joined) >= cost(a) + cost(b)) continue;
      if (!allAllowed(part, joined.rows, joined.columns)) continue;
      return [...blocks.filter((_, index) => index !== i && index !== j), joined];
    }
  }
  return undefined;
}

function union(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a, ...b]);
}

/**
 * A block goes, its lines of one side joining other blocks that together hold its lines of the
 * other side, where that is allowed and saves.
 */
function dissolve(
  part: Part,
  blocks: readonly Block[],
  cost: (block: Block) => number,
  side: 'rows' | 'columns',
): Block[] | undefined {
  const other = side === 'rows' ? 'columns' : 'rows';
  for (let i = 0; i < blocks.length; i++) {
    const gone = blocks[i] as Block;
    const hosts = blocks
      .map((block, index) => ({ block, index }))
      .filter(({ block, index }) => {
        if (index === i) return false;
        return side === 'rows'
          ? allAllowed(part, gone.rows, block.columns)
          : allAllowed(part, block.rows, gone.columns);
      });
    const missing = new Set(gone[other]);
    const grown = new Map<number, Block>();
    let saved = cost(gone);
    while (missing.size > 0) {
      let best: { index: number; block: Block; gain: number } | undefined;
      for (const { block, index } of hosts) {
        if (grown.has(index)) continue;
        const gain = [...block[other]].filter((line) => missing.has(line)).length;
        if (gain > (best?.gain ?? 0)) best = { index, block, gain };
      }
      if (best === undefined) break;
      const wider =
        side === 'rows'
          ? { rows: union(best.block.rows, gone.rows), columns: best.block.columns }
          : { rows: best.block.rows, columns: union(best.block.columns, gone.columns) };
      saved -= cost(wider) - cost(best.block);
      grown.set(best.index, wider);
      for (const line of best.block[other]) missing.delete(line);
    }
    if (missing.size > 0 || saved <= 0) continue;
    return blocks.flatMap((block, index) => (index === i ? [] : [grown.get(index) ?? block]));
  }
  return undefined;
}

/** A line leaves a block where other blocks hold all its required cells. */
function trim(
  part: Part,
  blocks: readonly Block[],
  cost: (block: Block) => number,
): Block[] | undefined {
  const elsewhere = (row: number, column: number, without: number): boolean =>
    !part.required[row]?.[column] ||
    blocks.some(
      (block, index) => index !== without && block.rows.has(row) && block.columns.has(column),
    );
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i] as Block;
    const rows = new Set(
      [...block.rows].filter((row) => ![...block.columns].every((c) => elsewhere(row, c, i))),
    );
    const columns = new Set(
      [...block.columns].filter((column) => ![...block.rows].every((r) => elsewhere(r, column, i))),
    );
    for (const slimmer of [
      { rows, columns: block.columns },
      { rows: block.rows, columns },
    ]) {
      const empty = slimmer.rows.size === 0 || slimmer.columns.size === 0;
      if (!empty && cost(slimmer) >= cost(block)) continue;
      return blocks.flatMap((each, index) => (index !== i ? [each] : empty ? [] : [slimmer]));
    }
  }
  return undefined;
}
