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
import { Bits, transposed } from './bits.ts';
import { type Block, groupBy, listCost, type Part, type RectangleCosts } from './blocks.ts';

/** Above this many blocks the pairwise improvements are left out: they are quadratic. */
const MAX_IMPROVED = 1000;

/** Some rows or columns, and what they take to write. */
interface Lines {
  readonly classes: Bits;
  /** The same, ascending. */
  readonly members: readonly number[];
  /** Lines of the other side that are allowed with every one of these. */
  readonly reach: Bits;
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
  const perRow = work.joinEqual(
    part.required.map((columns, row) => ({ rows: [row], columns: columns.members() })),
    'columns',
  );
  const perColumn = work.joinEqual(
    transposed(part.required, part.columnCosts.length)
      .map((rows, column) => ({ rows: rows.members(), columns: [column] }))
      .filter(({ rows }) => rows.length > 0),
    'rows',
  );
  const improve = (start: readonly Weighed[]): readonly Weighed[] =>
    start.length > MAX_IMPROVED ? start : work.improve(start);
  const simple = improve(total(perColumn) < total(perRow) ? perColumn : perRow);
  const known = work.weighKnown();
  const better = known === undefined ? simple : improve(known);
  return (total(better) < total(simple) ? better : simple).map(asBlock);
}

function total(blocks: readonly Weighed[]): number {
  return blocks.reduce((sum, { cost }) => sum + cost, 0);
}

function asBlock({ rows, columns }: Weighed): Block {
  return { rows: rows.members, columns: columns.members };
}

class Improvement {
  readonly #part: Part;
  readonly #costs: RectangleCosts;
  /** For each row the columns allowed with it, and for each column the rows. */
  readonly #allowed: Readonly<Record<Side, readonly Bits[]>>;

  constructor(part: Part, costs: RectangleCosts) {
    this.#part = part;
    this.#costs = costs;
    this.#allowed = {
      rows: part.allowed,
      columns: transposed(part.allowed, part.columnCosts.length),
    };
  }

  /** Blocks with the same lines on one side become one. */
  joinEqual(blocks: readonly Block[], side: Side): Weighed[] {
    const other = side === 'rows' ? 'columns' : 'rows';
    return groupBy(blocks.map((block) => block[side].join(' '))).map((members) => {
      const joined = members.flatMap((index) => (blocks[index] as Block)[other]);
      const same = (blocks[members[0] as number] as Block)[side];
      const rows = this.#lines('rows', side === 'rows' ? same : joined);
      return this.#weighed(rows, this.#lines('columns', side === 'rows' ? joined : same));
    });
  }

  /** The known blocks in canonical order; undefined where they are no solution. */
  weighKnown(): Weighed[] | undefined {
    const { known, required } = this.#part;
    if (known.length === 0) return undefined;
    const order = (lines: readonly number[]): string =>
      lines.map((line) => String(line).padStart(6, '0')).join(' ');
    const inOrder = known
      .map((block) => ({ block, text: `${order(block.rows)}|${order(block.columns)}` }))
      .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
      .map(({ block }) => block);
    const blocks = this.joinEqual(this.joinEqual(inOrder, 'rows').map(asBlock), 'columns');
    if (!blocks.every(({ rows, columns }) => rows.reach.holdsAll(columns.classes))) {
      return undefined;
    }
    const missing = [...required];
    for (const { rows, columns } of blocks) {
      for (const row of rows.members) {
        missing[row] = (missing[row] as Bits).without(columns.classes);
      }
    }
    return missing.every((columns) => columns.isEmpty) ? blocks : undefined;
  }

  improve(start: readonly Weighed[]): readonly Weighed[] {
    const search = new Search(start);
    for (;;) {
      const better =
        this.#joinPair(search) ??
        this.#dissolve(search, 'rows') ??
        this.#dissolve(search, 'columns') ??
        this.#trim(search.blocks);
      if (better === undefined) return search.blocks;
      search.goOnWith(better);
    }
  }

  #lines(side: Side, classes: readonly number[]): Lines {
    const { rowCosts, rowCounts, columnCosts, columnCounts } = this.#part;
    const own = Bits.of(classes, side === 'rows' ? rowCosts.length : columnCosts.length);
    const members = own.members();
    const sum = (of: readonly number[]): number =>
      members.reduce((result, each) => result + (of[each] as number), 0);
    const [first, ...others] = members.map((each) => this.#allowed[side][each]) as [
      Bits,
      ...Bits[],
    ];
    return {
      classes: own,
      members,
      reach: first.intersection(others),
      characters: sum(side === 'rows' ? rowCosts : columnCosts),
      count: sum(side === 'rows' ? rowCounts : columnCounts),
    };
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
    return this.#lines(side, a.classes.union([b.classes]).members());
  }

  /** Two blocks become one where that is allowed and saves. */
  #joinPair(search: Search): Weighed[] | undefined {
    const { blocks } = search;
    for (let i = 0; i < blocks.length; i++) {
      const a = blocks[i] as Weighed;
      for (const j of search.untriedAfter(i)) {
        const b = blocks[j] as Weighed;
        // The cells of each are allowed; whether those between them are is what mostly decides.
        if (!a.rows.reach.holdsAll(b.columns.classes)) continue;
        if (!b.rows.reach.holdsAll(a.columns.classes)) continue;
        const joined = this.#weighed(
          this.#union('rows', a.rows, b.rows),
          this.#union('columns', a.columns, b.columns),
        );
        if (joined.cost >= a.cost + b.cost) continue;
        return [...blocks.filter((_, index) => index !== i && index !== j), joined];
      }
    }
    search.allTried();
    return undefined;
  }

  /**
   * A block goes, its lines of one side joining other blocks that together hold its lines of the
   * other side, where that is allowed and saves.
   */
  #dissolve(search: Search, side: Side): Weighed[] | undefined {
    const { blocks } = search;
    for (let i = 0; i < blocks.length; i++) {
      const hosts = search.newHostsOf(i, side);
      if (hosts === undefined) continue;
      const grown = this.#shareOut(blocks[i] as Weighed, hosts, blocks, side);
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
    let missing = gone[other].classes;
    const grown = new Map<number, Weighed>();
    let saved = gone.cost;
    while (!missing.isEmpty) {
      let best: number | undefined;
      let most = 0;
      for (const index of hosts) {
        if (grown.has(index)) continue;
        const gain = missing.countOf((blocks[index] as Weighed)[other].classes);
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
      missing = missing.without(host[other].classes);
    }
    return saved > 0 ? grown : undefined;
  }

  /** A line leaves a block where other blocks hold all its required cells. */
  #trim(blocks: readonly Weighed[]): Weighed[] | undefined {
    const { required } = this.#part;
    const nothing = (): Bits => Bits.of([], this.#part.columnCosts.length);
    const held = required.map(nothing);
    const heldTwice = required.map(nothing);
    for (const { rows, columns } of blocks) {
      for (const row of rows.members) {
        held[row]?.addAll(columns.classes, heldTwice[row] as Bits);
      }
    }
    const needed = required.map((cells, row) => cells.without(heldTwice[row] as Bits));
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i] as Weighed;
      const rows = block.rows.members.filter(
        (row) => block.columns.classes.countOf(needed[row] as Bits) > 0,
      );
      const columns = nothing()
        .union(rows.map((row) => needed[row] as Bits))
        .intersection([block.columns.classes])
        .members();
      if (rows.length === 0) return blocks.filter((_, index) => index !== i);
      for (const slimmer of [
        this.#weighed(this.#lines('rows', rows), block.columns),
        this.#weighed(block.rows, this.#lines('columns', columns)),
      ]) {
        if (slimmer.cost >= block.cost) continue;
        return blocks.map((each, index) => (index === i ? slimmer : each));
      }
    }
    return undefined;
  }
}

/**
 * The blocks, and what of them is known to save nothing: while a pair stays as it is, so does what
 * came of it, and a block that could not be dissolved into its hosts cannot until these change.
 */
class Search {
  blocks: readonly Weighed[];
  /** Blocks that may still be joined with another. */
  #untried: ReadonlySet<Weighed>;
  readonly #hosts: Readonly<Record<Side, Map<Weighed, Set<Weighed>>>>;
  /** Blocks whose hosts have changed since they were last tried. */
  readonly #changed: Readonly<Record<Side, Set<Weighed>>>;

  constructor(start: readonly Weighed[]) {
    this.blocks = [];
    this.#untried = new Set();
    this.#hosts = { rows: new Map(), columns: new Map() };
    this.#changed = { rows: new Set(), columns: new Set() };
    this.goOnWith(start);
  }

  goOnWith(blocks: readonly Weighed[]): void {
    const previous = new Set(this.blocks);
    const own = new Set(blocks);
    const fresh = blocks.filter((block) => !previous.has(block));
    const gone = this.blocks.filter((block) => !own.has(block));
    this.blocks = blocks;
    this.#untried = new Set([...this.#untried].filter((block) => own.has(block)).concat(fresh));
    for (const side of ['rows', 'columns'] as const) this.#renewHosts(side, fresh, gone);
  }

  #renewHosts(side: Side, fresh: readonly Weighed[], gone: readonly Weighed[]): void {
    const other = side === 'rows' ? 'columns' : 'rows';
    const hosts = this.#hosts[side];
    const changed = this.#changed[side];
    const add = (block: Weighed, host: Weighed): void => {
      if (block === host || !block[side].reach.holdsAll(host[other].classes)) return;
      hosts.get(block)?.add(host);
      changed.add(block);
    };
    for (const block of gone) {
      hosts.delete(block);
      changed.delete(block);
    }
    for (const [block, own] of hosts) {
      for (const host of gone) if (own.delete(host)) changed.add(block);
    }
    for (const block of fresh) hosts.set(block, new Set());
    const isFresh = new Set(fresh);
    for (const block of this.blocks) {
      for (const each of fresh) {
        add(block, each);
        if (!isFresh.has(block)) add(each, block);
      }
    }
  }

  /** Positions after one, of the blocks that the one there may still be joined with. */
  untriedAfter(position: number): number[] {
    const all = this.#untried.has(this.blocks[position] as Weighed);
    const positions: number[] = [];
    for (let at = position + 1; at < this.blocks.length; at++) {
      if (all || this.#untried.has(this.blocks[at] as Weighed)) positions.push(at);
    }
    return positions;
  }

  /** No two blocks can be joined as they are. */
  allTried(): void {
    this.#untried = new Set();
  }

  /** Positions of the hosts of a block, ascending; undefined where they are those tried before. */
  newHostsOf(position: number, side: Side): number[] | undefined {
    const block = this.blocks[position] as Weighed;
    if (!this.#changed[side].delete(block)) return undefined;
    const hosts = this.#hosts[side].get(block) as ReadonlySet<Weighed>;
    return [...this.blocks.keys()].filter((at) => hosts.has(this.blocks[at] as Weighed));
  }
}
