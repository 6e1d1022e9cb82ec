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
 * 3. A small part is solved exactly (`blocks-exactly.ts`).
 * 4. A larger part is solved by improving simple solutions, and the known one
 *    (`blocks-improved.ts`).
 */
import { Bits } from './bits.ts';
import { type Block, groupBy, type Part, type RectangleCosts } from './blocks.ts';
import { exactBlocks } from './blocks-exactly.ts';
import { improvedBlocks } from './blocks-improved.ts';

export interface Matrix {
  /** What writing each row costs, in characters, and the number of its entries. */
  readonly rowCosts: readonly number[];
  readonly rowCounts: readonly number[];
  readonly columnCosts: readonly number[];
  /** For each row, its required columns, ascending. */
  readonly required: readonly (readonly number[])[];
  /** For each row, the columns that may be written, the required ones among them, ascending. */
  readonly usable: () => readonly (readonly number[])[];
  /** Rectangles that hold all required cells: one way to write them, where one is known. */
  readonly known: readonly KnownRectangle[];
}

interface KnownRectangle {
  readonly rows: ReadonlySet<number>;
  readonly columns: ReadonlySet<number>;
}

export interface Rectangle {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Above this many cells, cells that are merely allowed are not looked for. */
const MAX_CELLS_FOR_ALLOWED = 40_000;
/** Chooses the rectangles; rows and columns in each ascending, rectangles in a canonical order. */
export function coverByRectangles(matrix: Matrix, costs: RectangleCosts): Rectangle[] {
  const rectangles = splitIntoParts(matrix).flatMap((part) => {
    const blocks: readonly Block[] = exactBlocks(part, costs) ?? improvedBlocks(part, costs);
    return blocks.map((block) => ({
      rows: ascending(block.rows.flatMap((row) => part.rowClasses[row] as number[])),
      columns: ascending(block.columns.flatMap((column) => part.columnClasses[column] as number[])),
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
  const seekAllowed = matrix.rowCosts.length * matrix.columnCosts.length <= MAX_CELLS_FOR_ALLOWED;
  // Usable cells of each row: required ones, and allowed ones where they are looked for.
  const usable = seekAllowed ? matrix.usable() : matrix.required;
  const classes = classesOf(matrix, usable);
  const known = knownBlocks(matrix.known, classes.rowGroups, classes.columnGroups);
  return connected(classes).map((lines) => partOf(lines, { matrix, usable, classes, known }));
}

/** Lines with the same cells, by class. */
interface Classes {
  readonly rowGroups: readonly (readonly number[])[];
  readonly columnGroups: readonly (readonly number[])[];
  /** For each column, the classes of rows that may use it. */
  readonly columnMembers: readonly (readonly number[])[];
}

function classesOf(
  { required, columnCosts }: Matrix,
  usable: readonly (readonly number[])[],
): Classes {
  const rowGroups = groupBy(
    required.map((columns, row) => `${columns.join(' ')}|${usable[row]?.join(' ')}`),
  );
  const columnMembers: number[][] = columnCosts.map(() => []);
  const columnRequired: number[][] = columnCosts.map(() => []);
  rowGroups.forEach((rows, rowClass) => {
    const row = rows[0] as number;
    for (const column of usable[row] as number[]) columnMembers[column]?.push(rowClass);
    for (const column of required[row] as number[]) columnRequired[column]?.push(rowClass);
  });
  const columnGroups = groupBy(
    columnMembers.map(
      (members, column) => `${columnRequired[column]?.join(' ')}|${members.join(' ')}`,
    ),
  );
  return { rowGroups, columnGroups, columnMembers };
}

/** Classes of rows and of columns that hang together. */
interface ConnectedLines {
  readonly rows: number[];
  readonly columns: number[];
}

/** By union-find over the classes of rows. */
function connected({ rowGroups, columnGroups, columnMembers }: Classes): readonly ConnectedLines[] {
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
  const parts = new Map<number, ConnectedLines>();
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
  return [...parts.values()];
}

function partOf(
  { rows, columns }: ConnectedLines,
  {
    matrix,
    usable,
    classes,
    known,
  }: {
    readonly matrix: Matrix;
    readonly usable: readonly (readonly number[])[];
    readonly classes: Classes;
    readonly known: readonly Block[];
  },
): Part {
  const sum = (costs: readonly number[], lines: readonly number[]): number =>
    lines.reduce((total, line) => total + (costs[line] as number), 0);
  const rowClasses = rows.map((rowClass) => classes.rowGroups[rowClass] as number[]);
  const columnClasses = columns.map((each) => classes.columnGroups[each] as number[]);
  const rowPlaces = placesOf(rows);
  const columnPlaces = placesOf(columns);
  // Whichever line of a class stands for it: the cells are the same.
  const placeOf = new Map(columnClasses.map((lines, place) => [lines[0] as number, place]));
  const cells = (of: readonly (readonly number[])[]): Bits[] =>
    rowClasses.map(([first]) =>
      Bits.of(
        (of[first as number] as number[]).flatMap((column) => placeOf.get(column) ?? []),
        columns.length,
      ),
    );
  return {
    rowClasses,
    columnClasses,
    rowCosts: rowClasses.map((lines) => sum(matrix.rowCosts, lines)),
    rowCounts: rowClasses.map((lines) => sum(matrix.rowCounts, lines)),
    columnCosts: columnClasses.map((lines) => sum(matrix.columnCosts, lines)),
    columnCounts: columnClasses.map((lines) => lines.length),
    required: cells(matrix.required),
    allowed: cells(usable),
    known: known.flatMap((block) => within(block, rowPlaces, columnPlaces)),
  };
}

/**
 * Known rectangles in numbers of classes. The lines of a class have the same cells, so all of them
 * may do as one of them does; the one that is written least often is followed.
 */
function knownBlocks(
  known: readonly KnownRectangle[],
  rowGroups: readonly (readonly number[])[],
  columnGroups: readonly (readonly number[])[],
): Block[] {
  if (known.length === 0) return [];
  const classes = (side: 'rows' | 'columns', groups: readonly (readonly number[])[]) => {
    const uses = new Map<number, number>();
    for (const rectangle of known) {
      for (const line of rectangle[side]) uses.set(line, (uses.get(line) ?? 0) + 1);
    }
    const usesOf = (line: number): number => uses.get(line) ?? 0;
    const classOf = new Map<number, number>();
    groups.forEach((lines, number) => {
      classOf.set(
        lines.reduce((a, b) => (usesOf(b) < usesOf(a) ? b : a)),
        number,
      );
    });
    return (lines: ReadonlySet<number>): number[] =>
      ascending([...lines].flatMap((line) => classOf.get(line) ?? []));
  };
  const rowsOf = classes('rows', rowGroups);
  const columnsOf = classes('columns', columnGroups);
  return known.map(({ rows, columns }) => ({ rows: rowsOf(rows), columns: columnsOf(columns) }));
}

/** What of a block lies in some classes of rows and columns, by their places there. */
function within(
  block: Block,
  rows: ReadonlyMap<number, number>,
  columns: ReadonlyMap<number, number>,
): Block[] {
  const part = {
    rows: block.rows.flatMap((line) => rows.get(line) ?? []),
    columns: block.columns.flatMap((line) => columns.get(line) ?? []),
  };
  return part.rows.length === 0 || part.columns.length === 0 ? [] : [part];
}

function placesOf(lines: readonly number[]): ReadonlyMap<number, number> {
  return new Map(lines.map((line, place) => [line, place]));
}
