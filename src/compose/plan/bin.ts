/**
 * A document being filled with statements and pieces of statements.
 *
 * 1. Pieces of one statement are joined again where they differ in one list only.
 * 2. A statement keeps its Sid only whole.
 * 3. Characters are kept up to date piece by piece: of a piece that comes or goes, only its own
 *    statement is written anew.
 */

import type { Statement } from '../../model/policy.ts';
import type { PreviousPolicy } from '../../model/previous-run.ts';
import { EMPTY_DOCUMENT_SIZE, type SizeModel, statementSize } from '../../model/size.ts';
import { joinOrigins, type SourcedStatement } from '../sourced.ts';

/** A statement, or a piece of it. */
export interface Piece {
  readonly sourced: SourcedStatement;
  /** Position of the statement in the input. */
  readonly order: number;
}

/** The pieces of one statement. */
interface Joined {
  readonly pieces: readonly Piece[];
  readonly statements: readonly SourcedStatement[];
  /** Characters, with a comma after each statement. */
  readonly size: number;
}

const NOTHING: Joined = { pieces: [], statements: [], size: 0 };

/** What all bins of one packing have in common. */
export interface Packing {
  readonly statements: readonly SourcedStatement[];
  readonly limit: number;
  readonly size: SizeModel;
}

export class Bin {
  readonly previous: PreviousPolicy | undefined;
  readonly #packing: Packing;
  readonly #byOrder = new Map<number, Joined>();
  /** By group, its statements here. */
  readonly #groups = new Map<string, number>();
  #size = EMPTY_DOCUMENT_SIZE - 1;

  constructor(packing: Packing, previous?: PreviousPolicy) {
    this.#packing = packing;
    this.previous = previous;
  }

  copy(): Bin {
    const copy = new Bin(this.#packing, this.previous);
    for (const [order, joined] of this.#byOrder) copy.#byOrder.set(order, joined);
    for (const [group, count] of this.#groups) copy.#groups.set(group, count);
    copy.#size = this.#size;
    return copy;
  }

  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#byOrder.size === 0;
  }

  get isTooLarge(): boolean {
    return this.#size > this.#packing.limit;
  }

  /** Characters that are left. */
  get free(): number {
    return this.#packing.limit - this.#size;
  }

  get pieces(): Piece[] {
    return [...this.#byOrder.values()].flatMap(({ pieces }) => pieces);
  }

  /** The document's statements, in the input's order. */
  get statements(): SourcedStatement[] {
    return [...this.#byOrder].sort(([a], [b]) => a - b).flatMap(([, { statements }]) => statements);
  }

  holdsStatement(order: number): boolean {
    return this.#byOrder.has(order);
  }

  holdsGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  add(piece: Piece): void {
    this.#replace(piece.order, this.#with(piece));
  }

  /** Adds the piece where there is room for it. */
  addIfFits(piece: Piece): boolean {
    const known = this.#byOrder.get(piece.order);
    const joined = this.#with(piece);
    if (joined.size - (known?.size ?? 0) > this.free) return false;
    this.#replace(piece.order, joined);
    return true;
  }

  /** Whether there is room for the piece. */
  fits(piece: Piece): boolean {
    const known = this.#byOrder.get(piece.order)?.size ?? 0;
    return this.#with(piece).size - known <= this.free;
  }

  remove(piece: Piece): void {
    const { pieces } = this.#byOrder.get(piece.order) ?? NOTHING;
    this.#replace(
      piece.order,
      this.#join(
        piece.order,
        pieces.filter((each) => each !== piece),
      ),
    );
  }

  #with(piece: Piece): Joined {
    const { pieces } = this.#byOrder.get(piece.order) ?? NOTHING;
    return this.#join(piece.order, [...pieces, piece]);
  }

  #replace(order: number, joined: Joined): void {
    const before = this.#byOrder.get(order) ?? NOTHING;
    for (const group of groupsOf(before.pieces)) {
      const count = (this.#groups.get(group) as number) - 1;
      if (count === 0) this.#groups.delete(group);
      else this.#groups.set(group, count);
    }
    for (const group of groupsOf(joined.pieces)) {
      this.#groups.set(group, (this.#groups.get(group) ?? 0) + 1);
    }
    if (joined.pieces.length === 0) this.#byOrder.delete(order);
    else this.#byOrder.set(order, joined);
    this.#size += joined.size - before.size;
  }

  #join(order: number, pieces: readonly Piece[]): Joined {
    const statements = joinPieces(pieces, this.#packing.statements[order] as SourcedStatement);
    const size = statements.reduce(
      (sum, { statement }) => sum + statementSize(statement, this.#packing.size) + 1,
      0,
    );
    return { pieces, statements, size };
  }
}

export function groupsOf(pieces: readonly Piece[]): Set<string> {
  return new Set(pieces.flatMap(({ sourced }) => sourced.origins.map(({ group }) => group)));
}

/** Rules 1 and 2 for pieces of one statement. */
function joinPieces(pieces: readonly Piece[], whole: SourcedStatement): SourcedStatement[] {
  let joined: readonly SourcedStatement[] = pieces.map(({ sourced }) => sourced);
  for (let before = 0; before !== joined.length; ) {
    before = joined.length;
    joined = joinAlong('Action', joinAlong('Resource', joined, whole), whole);
  }
  return joined.map((sourced) => {
    const isWhole = (['Action', 'Resource'] as const).every(
      (side) => sourced.statement[side]?.length === whole.statement[side]?.length,
    );
    if (isWhole) return whole;
    const { Sid: _, ...unnamed } = sourced.statement;
    return { ...sourced, statement: unnamed };
  });
}

/** Joins pieces that differ in one side only; entries in the statement's order. */
function joinAlong(
  side: 'Action' | 'Resource',
  pieces: readonly SourcedStatement[],
  whole: SourcedStatement,
): readonly SourcedStatement[] {
  if (pieces.length < 2) return pieces;
  const other = side === 'Action' ? 'Resource' : 'Action';
  const groups = new Map<string, SourcedStatement[]>();
  for (const piece of pieces) {
    const key = JSON.stringify(piece.statement[other] ?? null);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [piece]);
    else group.push(piece);
  }
  return [...groups.values()].map((list) => {
    const [first, ...more] = list as [SourcedStatement, ...SourcedStatement[]];
    if (more.length === 0) return first;
    const entries = new Set(list.flatMap(({ statement }) => statement[side] ?? []));
    const statement: Statement = {
      ...first.statement,
      [side]: (whole.statement[side] ?? []).filter((entry) => entries.has(entry)),
    };
    return { statement, origins: joinOrigins(list.map(({ origins }) => origins)) };
  });
}
