/**
 * Steadiness: against the policies of a former run, every grant stays where it is.
 *
 * 1. A grant's home is the former policy that holds it. Statements are cut along actions, and where
 *    need be along resources, so that every piece has one home.
 * 2. What is new goes where it fits: first to a policy that holds part of the same statement, then
 *    to one that holds grants of the same groups, then to the one with most room.
 * 3. Where a policy has become too full, its smallest pieces leave it, as if they were new.
 * 4. What fits nowhere is packed into further documents.
 * 5. If that takes more documents than packing afresh, the policies are dissolved, smallest first,
 *    as long as their pieces fit into the others.
 */
import type { FormerPolicy } from '../../model/former.ts';
import { canonicalStatement, expandGrants, GrantIndex, isPlainAllow } from '../../model/grant.ts';
import type { Statement } from '../../model/policy.ts';
import { documentSize, type SizeModel } from '../../model/size.ts';
import { joinOrigins, type SourcedStatement } from '../sourced.ts';
import { packStatements } from './pack.ts';

/** A document, and the former policy that it goes on with. */
export interface SteadyDocument {
  readonly statements: readonly SourcedStatement[];
  readonly former?: FormerPolicy;
}

interface Piece {
  readonly sourced: SourcedStatement;
  /** The statement of the input that it is a part of. */
  readonly order: number;
}

/** A document being filled. */
interface Bin {
  readonly former: FormerPolicy | undefined;
  readonly pieces: Piece[];
}

export interface SteadyInput {
  readonly statements: readonly SourcedStatement[];
  readonly former: readonly FormerPolicy[];
  readonly limit: number;
  readonly size: SizeModel;
  /** Documents that packing afresh takes. */
  readonly fewest: number;
}

/** Documents as steady as can be; undefined where they would be more than packing afresh takes. */
export function packSteadily(input: SteadyInput): SteadyDocument[] | undefined {
  const { bins, homeless } = sendHome(input);
  for (const bin of bins) homeless.push(...relieve(bin, input));
  const unplaced = homeless
    .sort((a, b) => a.order - b.order)
    .flatMap((piece) => place(piece, bins, input));
  if (unplaced.length > 0) {
    const packed = packStatements(
      unplaced.map(({ sourced }) => sourced),
      input.limit,
      input.size,
    );
    for (const document of packed) {
      const pieces = document.map((sourced) => ({ sourced, order: orderOf(sourced, unplaced) }));
      bins.push({ former: undefined, pieces });
    }
  }
  const full = dissolve(
    bins.filter((bin) => bin.pieces.length > 0),
    input,
  );
  if (full.length > input.fewest) return undefined;
  return full.map((bin) => ({
    statements: joined(bin.pieces, input.statements),
    ...(bin.former === undefined ? {} : { former: bin.former }),
  }));
}

function orderOf(sourced: SourcedStatement, pieces: readonly Piece[]): number {
  const content = expandGrants(sourced.statement);
  const index = new GrantIndex(content);
  const parent = pieces.find(
    (piece) =>
      canonicalStatement(piece.sourced.statement) === canonicalStatement(sourced.statement) ||
      expandGrants(piece.sourced.statement).some((grant) => index.get(grant) !== undefined),
  );
  return parent?.order ?? 0;
}

/** Rule 1. */
function sendHome({ statements, former }: SteadyInput): { bins: Bin[]; homeless: Piece[] } {
  const bins: Bin[] = former.map((policy) => ({ former: policy, pieces: [] }));
  const indexes = former.map(
    (policy) => new GrantIndex(policy.statements.filter(isPlainAllow).flatMap(expandGrants)),
  );
  const wholes = former.map(
    (policy) =>
      new Set(policy.statements.filter((each) => !isPlainAllow(each)).map(canonicalStatement)),
  );
  const homeless: Piece[] = [];
  const put = (home: number, piece: Piece): void => {
    (home < 0 ? homeless : (bins[home] as Bin).pieces).push(piece);
  };
  statements.forEach((sourced, order) => {
    const { statement } = sourced;
    if (!isPlainAllow(statement)) {
      const content = canonicalStatement(statement);
      put(
        wholes.findIndex((set) => set.has(content)),
        { sourced, order },
      );
      return;
    }
    const byHome = new Map<string, { home: number; actions: string[]; resources: string[] }>();
    for (const action of statement.Action ?? []) {
      const rows = { ...statement, Action: [action] };
      const grants = expandGrants(rows);
      const together = indexes.findIndex((index) => grants.every((grant) => index.covers(grant)));
      const homes =
        together >= 0
          ? grants.map(() => together)
          : grants.map((grant) => indexes.findIndex((index) => index.covers(grant)));
      for (const home of new Set(homes)) {
        const resources = grants
          .filter((_, at) => homes[at] === home)
          .map(({ resource }) => resource);
        const key = JSON.stringify([home, resources]);
        const entry = byHome.get(key);
        if (entry === undefined) byHome.set(key, { home, actions: [action], resources });
        else entry.actions.push(action);
      }
    }
    for (const { home, actions, resources } of byHome.values()) {
      put(home, {
        sourced: { ...sourced, statement: { ...statement, Action: actions, Resource: resources } },
        order,
      });
    }
  });
  return { bins, homeless };
}

function fits(pieces: readonly Piece[], input: SteadyInput): boolean {
  return sizeOf(pieces, input) <= input.limit;
}

function sizeOf(pieces: readonly Piece[], { statements, size }: SteadyInput): number {
  const Statement = joined(pieces, statements).map(({ statement }) => statement);
  return documentSize({ Version: '2012-10-17', Statement }, size);
}

/** Rule 3: takes pieces out of a document until it fits. */
function relieve(bin: Bin, input: SteadyInput): Piece[] {
  const left: Piece[] = [];
  while (bin.pieces.length > 0 && !fits(bin.pieces, input)) {
    const single = bin.pieces.length === 1 ? halve(bin.pieces[0] as Piece) : undefined;
    if (single !== undefined) {
      bin.pieces.splice(0, 1, ...single);
      continue;
    }
    const smallest = bin.pieces.reduce((a, b) => (textOf(b).length < textOf(a).length ? b : a));
    bin.pieces.splice(bin.pieces.indexOf(smallest), 1);
    left.push(smallest);
  }
  return left;
}

function textOf(piece: Piece): string {
  return JSON.stringify(piece.sourced.statement);
}

/** A piece in two, where it can be cut. */
function halve({ sourced, order }: Piece): [Piece, Piece] | undefined {
  for (const side of ['Action', 'Resource'] as const) {
    const entries = sourced.statement[side];
    if (entries === undefined || entries.length < 2) continue;
    const middle = entries.length >> 1;
    const part = (list: readonly string[]): Piece => ({
      sourced: { ...sourced, statement: { ...sourced.statement, [side]: list } },
      order,
    });
    return [part(entries.slice(0, middle)), part(entries.slice(middle))];
  }
  return undefined;
}

/** Rule 2; what fits nowhere comes back, in the smallest parts that were tried. */
function place(piece: Piece, bins: readonly Bin[], input: SteadyInput): Piece[] {
  const groups = new Set(piece.sourced.origins.map(({ group }) => group));
  const ranked = bins
    .filter((bin) => bin.pieces.length > 0)
    .map((bin, position) => ({
      bin,
      position,
      sameStatement: bin.pieces.some(({ order }) => order === piece.order),
      sameGroups: bin.pieces.some(({ sourced }) =>
        sourced.origins.some(({ group }) => groups.has(group)),
      ),
      size: sizeOf(bin.pieces, input),
    }))
    .sort(
      (a, b) =>
        Number(b.sameGroups) - Number(a.sameGroups) ||
        Number(b.sameStatement) - Number(a.sameStatement) ||
        a.size - b.size ||
        a.position - b.position,
    );
  for (const { bin } of ranked) {
    if (!fits([...bin.pieces, piece], input)) continue;
    bin.pieces.push(piece);
    return [];
  }
  const halves = isPlainAllow(piece.sourced.statement) ? halve(piece) : undefined;
  if (halves === undefined || bins.length === 0) return [piece];
  return halves.flatMap((half) => place(half, bins, input));
}

/** Rule 5. */
function dissolve(bins: Bin[], input: SteadyInput): Bin[] {
  let current = bins;
  while (current.length > input.fewest) {
    const bySize = [...current].sort((a, b) => sizeOf(a.pieces, input) - sizeOf(b.pieces, input));
    const next = bySize
      .map((gone) => {
        const others = current
          .filter((bin) => bin !== gone)
          .map((bin) => ({ ...bin, pieces: [...bin.pieces] }));
        const left = gone.pieces.flatMap((piece) => place(piece, others, input));
        return left.length === 0 ? others : undefined;
      })
      .find((others) => others !== undefined);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

/** Pieces of one statement joined again; statements and their entries in the input's order. */
function joined(
  pieces: readonly Piece[],
  statements: readonly SourcedStatement[],
): SourcedStatement[] {
  const byOrder = new Map<number, Piece[]>();
  for (const piece of pieces) {
    const list = byOrder.get(piece.order);
    if (list === undefined) byOrder.set(piece.order, [piece]);
    else list.push(piece);
  }
  return [...byOrder]
    .sort(([a], [b]) => a - b)
    .flatMap(([order, list]) => {
      const whole = (statements[order] as SourcedStatement).statement;
      return joinAlong('Action', joinAlong('Resource', list, whole), whole);
    })
    .map(({ sourced }) => sourced);
}

/** Joins pieces that differ in one side only. */
function joinAlong(
  side: 'Action' | 'Resource',
  pieces: readonly Piece[],
  whole: Statement,
): readonly Piece[] {
  if (pieces.length < 2 || !isPlainAllow(whole)) return pieces;
  const other = side === 'Action' ? 'Resource' : 'Action';
  const groups = new Map<string, Piece[]>();
  for (const piece of pieces) {
    const key = JSON.stringify(piece.sourced.statement[other]);
    groups.set(key, [...(groups.get(key) ?? []), piece]);
  }
  return [...groups.values()].map((list) => {
    const first = list[0] as Piece;
    if (list.length === 1) return first;
    const entries = new Set(list.flatMap(({ sourced }) => sourced.statement[side] ?? []));
    return {
      order: first.order,
      sourced: {
        statement: {
          ...first.sourced.statement,
          [side]: (whole[side] ?? []).filter((entry) => entries.has(entry)),
        },
        origins: joinOrigins(list.map(({ sourced }) => sourced.origins)),
      },
    };
  });
}

/**
 * Which former policy each document goes on with: the one that shares most grants with it, each at
 * most once. For documents that were packed afresh.
 */
export function matchFormer(
  documents: readonly (readonly SourcedStatement[])[],
  former: readonly FormerPolicy[],
): SteadyDocument[] {
  const indexes = former.map(
    (policy) => new GrantIndex(policy.statements.filter(isPlainAllow).flatMap(expandGrants)),
  );
  const pairs = documents.flatMap((statements, document) =>
    indexes.map((index, policy) => ({
      document,
      policy,
      shared: statements
        .filter(({ statement }) => isPlainAllow(statement))
        .flatMap(({ statement }) => expandGrants(statement))
        .filter((grant) => index.covers(grant)).length,
    })),
  );
  const chosen = new Map<number, number>();
  const taken = new Set<number>();
  for (const { document, policy, shared } of pairs.sort((a, b) => b.shared - a.shared)) {
    if (shared === 0 || chosen.has(document) || taken.has(policy)) continue;
    chosen.set(document, policy);
    taken.add(policy);
  }
  return documents.map((statements, document) => {
    const policy = former[chosen.get(document) ?? -1];
    return policy === undefined ? { statements } : { statements, former: policy };
  });
}
