/**
 * The best packing of few grants, by exhausting all of them.
 *
 * 1. A document is a set of rectangles (`rectangles.ts`); what it must hold is a set of required
 *    grants. The least characters for every set are found by dynamic programming over sets.
 * 2. The sets of one packing share out the required grants among the documents; the fewest
 *    documents are found, and of these the fewest characters, again over all sets.
 * 3. Statements that are carried whole take part as one grant each.
 *
 * This is the best of what can be written with the actions, resources and conditions given; it proves
 * nothing about other ways of writing the same permissions, so no lower bound comes of it.
 */
import {
  expandGrants,
  type Grant,
  GrantIndex,
  grantCovers,
  grantKey,
  isPlainAllow,
} from '../../model/grant.ts';
import type { Condition, Statement } from '../../model/policy.ts';
import { EMPTY_DOCUMENT_SIZE, type SizeModel, statementSize } from '../../model/size.ts';
import { byText, joinOrigins, type SourcedStatement } from '../sourced.ts';

/** Above this many required grants and whole statements the sets are too many. */
const MAX_ELEMENTS = 10;
/** Actions or resources under one condition; beyond it the rectangles are too many. */
const MAX_LINES = 6;

/** A statement that may be written, and the required elements that it holds. */
interface Candidate {
  readonly mask: number;
  /** With the comma that follows. */
  readonly size: number;
  readonly sourced: SourcedStatement;
}

/**
 * Documents of at most `limit` characters that hold the statements' permissions: fewest documents,
 * then fewest characters. Undefined where there are too many grants to try everything, or where a
 * grant does not fit at all.
 */
export function packExactly(
  statements: readonly SourcedStatement[],
  limit: number,
  size: SizeModel,
): SourcedStatement[][] | undefined {
  const candidates = findCandidates(statements, size);
  if (candidates === undefined) return undefined;
  const full = candidates.reduce((mask, candidate) => mask | candidate.mask, 0);
  const room = limit - EMPTY_DOCUMENT_SIZE + 1;
  const cover = cheapestCovers(candidates, full);
  const documents = fewestDocuments(cover.cost, full, room);
  return documents
    ?.map((set) => statementsFor(set, cover, candidates))
    .sort((a, b) => byText(JSON.stringify(a), JSON.stringify(b)));
}

/** Every statement worth writing; undefined above the bounds. */
function findCandidates(
  statements: readonly SourcedStatement[],
  size: SizeModel,
): Candidate[] | undefined {
  const plain = statements.filter(({ statement }) => isPlainAllow(statement));
  const whole = statements.filter(({ statement }) => !isPlainAllow(statement));
  const grantCount = plain.reduce(
    (sum, { statement }) =>
      sum + (statement.Action?.length ?? 0) * (statement.Resource?.length ?? 0),
    0,
  );
  if (grantCount > MAX_ELEMENTS ** 2) return undefined;
  const index = new GrantIndex(plain.flatMap(({ statement }) => expandGrants(statement)));
  const required = [...index.grants].filter((grant) => !isDominated(grant, index));
  if (required.length + whole.length > MAX_ELEMENTS) return undefined;

  const candidates: Candidate[] = whole.map((sourced, at) => ({
    mask: 1 << (required.length + at),
    size: statementSize(sourced.statement, size) + 1,
    sourced,
  }));
  for (const conditionKey of new Set(required.map((grant) => grant.conditionKey))) {
    const own = required.filter((grant) => grant.conditionKey === conditionKey);
    const actions = distinct(own.map(({ action }) => action));
    const resources = distinct(own.map(({ resource }) => resource));
    if (actions.length > MAX_LINES || resources.length > MAX_LINES) return undefined;
    const condition = own[0]?.condition;
    for (const Action of subsets(actions)) {
      for (const Resource of subsets(resources)) {
        const statement = withCondition({ Effect: 'Allow', Action, Resource }, condition);
        const grants = expandGrants(statement);
        if (!grants.every((grant) => index.covers(grant))) continue;
        const mask = maskOf(grants, required);
        if (mask === 0) continue;
        const origins = originsOf(grants, plain);
        const sourced = { statement, origins };
        candidates.push({ mask, size: statementSize(statement, size) + 1, sourced });
      }
    }
  }
  return candidates;
}

/** Whether another grant covers it; of two that cover each other, the first by name is kept. */
function isDominated(grant: Grant, index: GrantIndex): boolean {
  for (const wide of index.coverers(grant)) {
    if (grantKey(wide) === grantKey(grant)) continue;
    if (!grantCovers(grant, wide) || byText(grantKey(wide), grantKey(grant)) < 0) return true;
  }
  return false;
}

function withCondition(statement: Statement, condition: Condition | undefined): Statement {
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(
    (a, b) => byText(a.toLowerCase(), b.toLowerCase()) || byText(a, b),
  );
}

/** All but the empty one, each in the order given. */
function subsets(texts: readonly string[]): string[][] {
  return Array.from({ length: 2 ** texts.length - 1 }, (_, set) =>
    texts.filter((_text, bit) => (set + 1) & (1 << bit)),
  );
}

function maskOf(grants: readonly Grant[], required: readonly Grant[]): number {
  const keys = new Set(grants.map(grantKey));
  return required.reduce(
    (mask, each, bit) => (keys.has(grantKey(each)) ? mask | (1 << bit) : mask),
    0,
  );
}

function originsOf(grants: readonly Grant[], statements: readonly SourcedStatement[]) {
  const keys = new Set(grants.map(grantKey));
  return joinOrigins(
    statements
      .filter(({ statement }) => expandGrants(statement).some((grant) => keys.has(grantKey(grant))))
      .map(({ origins }) => origins),
  );
}

interface Covers {
  /** By set: least characters of statements that hold at least the set. */
  readonly cost: Float64Array;
  /** By set: the candidate written for its lowest element. */
  readonly first: Int32Array;
}

/** Rule 1. */
function cheapestCovers(candidates: readonly Candidate[], full: number): Covers {
  const cost = new Float64Array(full + 1).fill(Number.POSITIVE_INFINITY);
  const first = new Int32Array(full + 1).fill(-1);
  cost[0] = 0;
  for (let set = 1; set <= full; set++) {
    const lowest = set & -set;
    candidates.forEach((candidate, index) => {
      if (!(candidate.mask & lowest)) return;
      const total = candidate.size + (cost[set & ~candidate.mask] as number);
      if (total < (cost[set] as number)) {
        cost[set] = total;
        first[set] = index;
      }
    });
  }
  return { cost, first };
}

/** Rule 2: the sets of the documents; undefined where an element fits into none. */
function fewestDocuments(cost: Float64Array, full: number, room: number): number[] | undefined {
  const count = new Float64Array(full + 1).fill(Number.POSITIVE_INFINITY);
  const characters = new Float64Array(full + 1).fill(Number.POSITIVE_INFINITY);
  const chosen = new Int32Array(full + 1);
  count[0] = 0;
  characters[0] = 0;
  for (let set = 1; set <= full; set++) {
    const lowest = set & -set;
    for (let part = set; part > 0; part = (part - 1) & set) {
      if (!(part & lowest) || (cost[part] as number) > room) continue;
      const documents = (count[set & ~part] as number) + 1;
      const total = (characters[set & ~part] as number) + (cost[part] as number);
      const better =
        documents < (count[set] as number) ||
        (documents === count[set] && total < (characters[set] as number));
      if (!better) continue;
      count[set] = documents;
      characters[set] = total;
      chosen[set] = part;
    }
  }
  if (count[full] === Number.POSITIVE_INFINITY) return undefined;
  const sets: number[] = [];
  for (let set = full; set > 0; set &= ~(chosen[set] as number)) sets.push(chosen[set] as number);
  return sets;
}

function statementsFor(
  set: number,
  { first }: Covers,
  candidates: readonly Candidate[],
): SourcedStatement[] {
  const statements: SourcedStatement[] = [];
  for (let rest = set; rest > 0; ) {
    const candidate = candidates[first[rest] as number] as Candidate;
    statements.push(candidate.sourced);
    rest &= ~candidate.mask;
  }
  return statements;
}
