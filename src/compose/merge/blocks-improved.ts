/**
 * Covering a large part well: a simple solution that is improved as long as that saves characters.
 *
 * 1. One start is the cheaper of "one block per distinct row" and "one per distinct column", the
 *    other the blocks that are known already, so that the result is never longer than these. The
 *    better of the two results is taken.
 * 2. Two blocks are joined where that is allowed and saves; else a block is dissolved into others
 *    along its rows, or its columns; else a line that other blocks hold leaves a block. The first
 *    improvement found is made, and the search begins anew.
 */
import { type Block, groupBy, listCost, type Part, type RectangleCosts } from './blocks.ts';

/** Above this many blocks the pairwise improvements are left out: they are quadratic. */
const MAX_IMPROVED = 160;

/** Some rows or columns, and what they take to write. */
interface Lines {
  readonly classes: ReadonlySet<number>;
  readonly characters: number;
  readonly count: number;
}

interface Weighed {
  readonly rows: Lines;
  readonly columns: Lines;
  readonly cost: number;
}

type Side = 'rows' | 'columns';

export function improvedBlocks(part: Part, costs: RectangleCosts): readonly Block[] {
  const work = new Improvement(part, costs);
  const columnsOf = part.rowCosts.map(() => new Set<number>());
  const rowsOf = part.columnCosts.map(() => new Set<number>());
  part.required.forEach((cells, row) => {
    cells.forEach((required, column) => {
      if (!required) return;
      columnsOf[row]?.add(column);
      rowsOf[column]?.add(row);
    });
  });
  const perRow = work.joinEqual(
    columnsOf.map((columns, row) => ({ rows: new Set([row]), columns })),
    'columns',
  );
  const perColumn = work.joinEqual(
    rowsOf
      .map((rows, column) => ({ rows, columns: new Set([column]) }))
      .filter(({ rows }) => rows.size > 0),
    'rows',
  );
  const improve = (start: readonly Weighed[]): readonly Weighed[] =>
    start.length > MAX_IMPROVED ? start : work.improve(start);
  const simple = improve(total(perColumn) < total(perRow) ? perColumn : perRow);
  const known = work.weighKnown();
  const better = known === undefined ? simple : improve(known);
  const blocks = total(better) < total(simple) ? better : simple;
  return blocks.map(({ rows, columns }) => ({ rows: rows.classes, columns: columns.classes }));
}

function total(blocks: readonly Weighed[]): number {
  return blocks.reduce((sum, { cost }) => sum + cost, 0);
}

class Improvement {
  readonly #part: Part;
  readonly #costs: RectangleCosts;

  constructor(part: Part, costs: RectangleCosts) {
    this.#part = part;
    this.#costs = costs;
  }

  /** Blocks with the same lines on one side become one. */
  joinEqual(blocks: readonly Block[], side: Side): Weighed[] {
    const other = side === 'rows' ? 'columns' : 'rows';
    const keys = blocks.map((block) => [...block[side]].sort((a, b) => a - b).join(' '));
    return groupBy(keys).map((members) => {
      const joined = new Set(members.flatMap((index) => [...(blocks[index] as Block)[other]]));
      const same = (blocks[members[0] as number] as Block)[side];
      const rows = this.#lines('rows', side === 'rows' ? same : joined);
      return this.#weighed(rows, this.#lines('columns', side === 'rows' ? joined : same));
    });
  }

  /** The known blocks in canonical order; undefined where they are no solution. */
  weighKnown(): Weighed[] | undefined {
    const { known, required } = this.#part;
    if (known.length === 0) return undefined;
    const order = (lines: ReadonlySet<number>): string =>
      [...lines]
        .sort((a, b) => a - b)
        .map((line) => String(line).padStart(6, '0'))
        .join(' ');
    const inOrder = known
      .map((block) => ({ block, text: `${order(block.rows)}|${order(block.columns)}` }))
      .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
      .map(({ block }) => block);
    const blocks = this.joinEqual(
      this.joinEqual(inOrder, 'rows').map(({ rows, columns }) => ({
        rows: rows.classes,
        columns: columns.classes,
      })),
      'columns',
    );
    if (!blocks.every(({ rows, columns }) => this.#allAllowed(rows, columns))) return undefined;
    const held = required.map(() => new Set<number>());
    for (const { rows, columns } of blocks) {
      for (const row of rows.classes) {
        for (const column of columns.classes) held[row]?.add(column);
      }
    }
    const holdsAll = required.every((cells, row) =>
      cells.every((needed, column) => !needed || held[row]?.has(column)),
    );
    return holdsAll ? blocks : undefined;
  }

  improve(start: readonly Weighed[]): readonly Weighed[] {
    let blocks = start;
    for (;;) {
      const better =
        this.#joinPair(blocks) ??
        this.#dissolve(blocks, 'rows') ??
        this.#dissolve(blocks, 'columns') ??
        this.#trim(blocks);
      if (better === undefined) return blocks;
      blocks = better;
    }
  }

  #lines(side: Side, classes: ReadonlySet<number>): Lines {
    const { rowCosts, rowCounts, columnCosts, columnCounts } = this.#part;
    const costs = side === 'rows' ? rowCosts : columnCosts;
    const counts = side === 'rows' ? rowCounts : columnCounts;
    let characters = 0;
    let count = 0;
    for (const each of classes) {
      characters += costs[each] as number;
      count += counts[each] as number;
    }
    return { classes, characters, count };
  }

  #weighed(rows: Lines, columns: Lines): Weighed {
    const { overhead, brackets } = this.#costs;
    const cost =
      overhead +
      listCost(rows.characters, rows.count, brackets) +
      listCost(columns.characters, columns.count, brackets);
    return { rows, columns, cost };
  }

  #union(side: Side, a: Lines, b: Lines): Lines {
    return this.#lines(side, new Set([...a.classes, ...b.classes]));
  }

  #allAllowed(rows: Lines, columns: Lines): boolean {
    for (const row of rows.classes) {
      const cells = this.#part.allowed[row] as readonly boolean[];
      for (const column of columns.classes) if (!cells[column]) return false;
    }
    return true;
  }

  /** Two blocks become one where that is allowed and saves. */
  #joinPair(blocks: readonly Weighed[]): Weighed[] | undefined {
    for (let i = 0; i < blocks.length; i++) {
      const a = blocks[i] as Weighed;
      for (let j = i + 1; j < blocks.length; j++) {
        const b = blocks[j] as Weighed;
        // The cells of each are allowed; whether those between them are is what mostly decides.
        if (!this.#allAllowed(a.rows, b.columns) || !this.#allAllowed(b.rows, a.columns)) continue;
        const joined = this.#weighed(
          this.#union('rows', a.rows, b.rows),
          this.#union('columns', a.columns, b.columns),
        );
        if (joined.cost >= a.cost + b.cost) continue;
        return [...blocks.filter((_, index) => index !== i && index !== j), joined];
      }
    }
    return undefined;
  }

  /**
   * A block goes, its lines of one side joining other blocks that together hold its lines of the
   * other side, where that is allowed and saves.
   */
  #dissolve(blocks: readonly Weighed[], side: Side): Weighed[] | undefined {
    for (let i = 0; i < blocks.length; i++) {
      const gone = blocks[i] as Weighed;
      const hosts: number[] = [];
      blocks.forEach((block, index) => {
        if (index === i) return;
        const allowed =
          side === 'rows'
            ? this.#allAllowed(gone.rows, block.columns)
            : this.#allAllowed(block.rows, gone.columns);
        if (allowed) hosts.push(index);
      });
      const grown = this.#shareOut(gone, hosts, blocks, side);
      if (grown === undefined) continue;
      return blocks.flatMap((block, index) => (index === i ? [] : [grown.get(index) ?? block]));
    }
    return undefined;
  }

  /** The hosts as they become in place of the block that goes; undefined where that saves nothing. */
  #shareOut(
    gone: Weighed,
    hosts: readonly number[],
    blocks: readonly Weighed[],
    side: Side,
  ): ReadonlyMap<number, Weighed> | undefined {
    const other = side === 'rows' ? 'columns' : 'rows';
    const missing = new Set(gone[other].classes);
    const grown = new Map<number, Weighed>();
    let saved = gone.cost;
    while (missing.size > 0) {
      let best: number | undefined;
      let most = 0;
      for (const index of hosts) {
        if (grown.has(index)) continue;
        let gain = 0;
        for (const line of (blocks[index] as Weighed)[other].classes) {
          if (missing.has(line)) gain++;
        }
        if (gain > most) {
          most = gain;
          best = index;
        }
      }
      if (best === undefined) return undefined;
      const host = blocks[best] as Weighed;
      const wider =
        side === 'rows'
          ? this.#weighed(this.#union('rows', host.rows, gone.rows), host.columns)
          : this.#weighed(host.rows, this.#union('columns', host.columns, gone.columns));
      saved -= wider.cost - host.cost;
      grown.set(best, wider);
      for (const line of host[other].classes) missing.delete(line);
    }
    return saved > 0 ? grown : undefined;
  }

  /** A line leaves a block where other blocks hold all its required cells. */
  #trim(blocks: readonly Weighed[]): Weighed[] | undefined {
    const { required, columnClasses } = this.#part;
    // How many blocks hold each cell.
    const holders = new Uint8Array(required.length * columnClasses.length);
    for (const { rows, columns } of blocks) {
      for (const row of rows.classes) {
        for (const column of columns.classes) {
          const cell = row * columnClasses.length + column;
          holders[cell] = (holders[cell] as number) + 1;
        }
      }
    }
    const isNeeded = (row: number, column: number): boolean =>
      required[row]?.[column] === true && holders[row * columnClasses.length + column] === 1;
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i] as Weighed;
      const rows = [...block.rows.classes];
      const columns = [...block.columns.classes];
      const neededRows = rows.filter((row) => columns.some((column) => isNeeded(row, column)));
      const neededColumns = columns.filter((column) => rows.some((row) => isNeeded(row, column)));
      for (const slimmer of [
        this.#weighed(this.#lines('rows', new Set(neededRows)), block.columns),
        this.#weighed(block.rows, this.#lines('columns', new Set(neededColumns))),
      ]) {
        const empty = slimmer.rows.count === 0 || slimmer.columns.count === 0;
        if (!empty && slimmer.cost >= block.cost) continue;
        return blocks.flatMap((each, index) => (index !== i ? [each] : empty ? [] : [slimmer]));
      }
    }
    return undefined;
  }
}
