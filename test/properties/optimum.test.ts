/**
 * On small instances merging and packing reach the optimum: the fewest documents, then the fewest
 * characters. The optimum is found here by exhausting everything, without the program's idea of
 * what covers what: every statement that can be written is asked, request by request, what it
 * allows.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mergeStatements } from '../../src/compose/merge/merge.ts';
import { rememberingMerge } from '../../src/compose/merge/remembered.ts';
import { packExactly } from '../../src/compose/plan/pack-exactly.ts';
import { planPolicies } from '../../src/compose/plan/plan.ts';
import type { Requirement } from '../../src/compose/plan/planned.ts';
import type { SourcedStatement } from '../../src/compose/sourced.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Condition, Statement } from '../../src/model/policy.ts';
import { type Context, isAllowed, type Request } from '../support/evaluator.ts';
import { FAST, runs } from '../support/fast.ts';
import { documentOf, lengthOf, PLAIN_SIZE, sourced } from '../support/small-groups.ts';

const RUNS = { seed: 20250525, numRuns: runs(1200), includeErrorInReport: true };

const ACTIONS = ['s3:Get', 'S3:G*', 's3:PutObject', 'ec2:DescribeSecurityGroups', '*', 's3:?ut*'];
const RESOURCES = [
  '*',
  'arn:aws:s3:::a',
  'arn:aws:s3:::a*',
  'arn:aws:s3:::b',
  'arn:aws:ec2:*:*:network-interface/*',
];
const CONDITIONS: readonly (Condition | undefined)[] = [
  undefined,
  { StringLike: { 'aws:X': ['a', 'b'] } },
  { Bool: { m: ['true'] } },
];

interface Cell {
  readonly action: string;
  readonly resource: string;
  readonly condition: Condition | undefined;
}

/** 1–8 grants over at most 4 actions, 3 resources and 2 conditions, and a way to share them out. */
const instance = fc
  .tuple(
    fc.shuffledSubarray(ACTIONS, { minLength: 2, maxLength: 4 }),
    fc.shuffledSubarray(RESOURCES, { minLength: 2, maxLength: 3 }),
    fc.constantFrom([0], [1], [0, 1], [0, 1, 2]),
  )
  .chain(([actions, resources, conditions]) =>
    fc.record({
      cells: fc.shuffledSubarray(
        conditions.flatMap((index) =>
          actions.flatMap((action) =>
            resources.map((resource): Cell => ({ action, resource, condition: CONDITIONS[index] })),
          ),
        ),
        {
          minLength: 2,
          maxLength: Math.min(8, conditions.length * actions.length * resources.length),
        },
      ),
      /** Which grants together just fill a document, and how much more room there is. */
      full: fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 })).map(([a, b]) => a & b),
      slack: fc.constantFrom(-1, 0, 0, 0, 0, 0, 1, 1, 9, 30),
    }),
  );

/** A context in which only this one of the conditions holds. */
function contextOf(condition: Condition | undefined): Context {
  return new Map(
    Object.values(condition ?? {}).flatMap((keys) =>
      Object.entries(keys).map(([key, [value]]) => [key.toLowerCase(), [value as string]] as const),
    ),
  );
}

/** A request that only patterns at least as wide as the cell's allow. */
function requestOf({ action, resource, condition }: Cell): Request {
  const fill = (pattern: string) => pattern.replaceAll('*', 'xyzzy').replaceAll('?', 'q');
  return { action: fill(action), resource: fill(resource), context: contextOf(condition) };
}

function statementOf(
  Action: string[],
  Resource: string[],
  condition: Condition | undefined,
): Statement {
  const statement: Statement = { Effect: 'Allow', Action, Resource };
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

const EMPTY = lengthOf({ Version: '2012-10-17', Statement: [] });
const sizeOf = (statement: Statement): number =>
  lengthOf({ Version: '2012-10-17', Statement: [statement] }) - EMPTY + 1;

function someOf<T>(items: readonly T[]): T[][] {
  return Array.from({ length: 2 ** items.length - 1 }, (_, set) =>
    items.filter((_item, bit) => (set + 1) & (1 << bit)),
  );
}

/**
 * For every set of the cells (as bits): the least characters, a comma after each statement, of
 * statements that allow at least these cells, and nothing that the cells together do not allow.
 */
function cheapestCovers(cells: readonly Cell[]): number[] {
  const asked = cells.map(({ action, resource, condition }) =>
    statementOf([action], [resource], condition),
  );
  const requests = cells.map(requestOf);
  const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)];
  const resources = someOf(distinct(cells.map(({ resource }) => resource)));
  const cheapestOf = new Map<number, number>();
  for (const condition of distinct(cells.map((cell) => cell.condition))) {
    for (const Action of someOf(distinct(cells.map(({ action }) => action)))) {
      for (const Resource of resources) {
        const sound = Action.every((action) =>
          Resource.every((resource) =>
            isAllowed(asked, requestOf({ action, resource, condition })),
          ),
        );
        if (!sound) continue;
        const statement = statementOf(Action, Resource, condition);
        const holds = requests.reduce(
          (set, request, bit) => (isAllowed([statement], request) ? set | (1 << bit) : set),
          0,
        );
        const size = sizeOf(statement);
        cheapestOf.set(holds, Math.min(size, cheapestOf.get(holds) ?? Number.POSITIVE_INFINITY));
      }
    }
  }
  // Every set that statements hold together, one statement after the other.
  const exactly = new Array<number>(2 ** cells.length).fill(Number.POSITIVE_INFINITY);
  exactly[0] = 0;
  exactly.forEach((_, set) => {
    for (const [holds, size] of cheapestOf) {
      const both = set | holds;
      exactly[both] = Math.min(exactly[both] as number, (exactly[set] as number) + size);
    }
  });
  return exactly.map((_, set) =>
    Math.min(...exactly.filter((_size, other) => (other & set) === set)),
  );
}

interface Score {
  readonly documents: number;
  readonly characters: number;
}

/** The best of all ways to share the cells out among documents; undefined if there is none. */
function optimum(count: number, covers: readonly number[], limit: number): Score | undefined {
  const room = limit - EMPTY + 1;
  let best: Score | undefined;
  const place = (cell: number, documents: readonly number[]): void => {
    if (documents.some((set) => (covers[set] as number) > room)) return;
    if (best !== undefined && documents.length > best.documents) return;
    if (cell < count) {
      documents.forEach((set, at) => {
        place(cell + 1, documents.with(at, set | (1 << cell)));
      });
      place(cell + 1, [...documents, 1 << cell]);
      return;
    }
    const characters = documents.reduce((sum, set) => sum + (covers[set] as number) + EMPTY - 1, 0);
    const better =
      best === undefined ||
      documents.length < best.documents ||
      (documents.length === best.documents && characters < best.characters);
    if (better) best = { documents: documents.length, characters };
  };
  place(0, []);
  return best;
}

function scoreOf(documents: readonly (readonly SourcedStatement[])[]): Score {
  const sizes = documents.map((document) => lengthOf(documentOf(document)));
  return { documents: sizes.length, characters: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Every limit kept, and every request that tells cells apart answered as before. */
function assertSound(
  cells: readonly Cell[],
  documents: readonly (readonly SourcedStatement[])[],
  limit: number,
): void {
  const asked = cells.map(({ action, resource, condition }) =>
    statementOf([action], [resource], condition),
  );
  const written = documents.flat().map(({ statement }) => statement);
  for (const document of documents) assert.ok(lengthOf(documentOf(document)) <= limit);
  for (const { action } of cells) {
    for (const { resource } of cells) {
      for (const condition of CONDITIONS) {
        const request = requestOf({ action, resource, condition });
        assert.is(isAllowed(written, request), isAllowed(asked, request), JSON.stringify(request));
      }
    }
  }
}

const property = suite('the optimum of small instances');

/** The drawn instance with its optimum and a limit that just holds some of its cells. */
function prepare({ cells, full, slack }: { cells: Cell[]; full: number; slack: number }) {
  const covers = cheapestCovers(cells);
  const all = covers.length - 1;
  const needed = Math.max(...cells.map((_, bit) => covers[1 << bit] as number));
  const limit = EMPTY - 1 + Math.max(needed, covers[full & all] as number) + slack;
  /** Two groups, one grant in each statement. */
  const groups = [0, 1].map((rest) => {
    const own = cells.filter((_, index) => index % 2 === rest);
    const list = own.map((cell) => statementOf([cell.action], [cell.resource], cell.condition));
    return sourced(`g${rest}`, list);
  });
  return { cells, covers, all, limit, groups, best: optimum(cells.length, covers, limit) };
}

const times = new Map<number, number>();

property('fewest documents, then fewest characters', () => {
  fc.assert(
    fc.property(instance, (drawn) => {
      const { cells, covers, all, limit, groups, best } = prepare(drawn);
      const pool = { principals: ['p'], statements: groups.flat() };
      const merged = mergeStatements([pool], PLAIN_SIZE)[0] as SourcedStatement[];
      assertSound(cells, [merged], Number.POSITIVE_INFINITY);
      assert.is(scoreOf([merged]).characters, (covers[all] as number) + EMPTY - 1, 'merged');

      const packed = packExactly(merged, limit, PLAIN_SIZE);
      times.set(best?.documents ?? 0, (times.get(best?.documents ?? 0) ?? 0) + 1);
      assert.equal(packed && scoreOf(packed), best, `packed into documents of ${limit}`);
      if (packed !== undefined) assertSound(cells, packed, limit);
    }),
    RUNS,
  );
});

property('the same through a plan that merges all', () => {
  fc.assert(
    fc.property(instance, (drawn) => {
      const { cells, limit, groups, best } = prepare(drawn);
      const requirements = groups.map((statements, number): Requirement => {
        return { group: `g${number}`, stem: `G${number}`, principals: ['p'], statements };
      });
      const capacities = new Map([
        ['p', { unit: 'policies' as const, limit: 20, taken: 0, reserve: 0 }],
      ]);
      const plan = () =>
        planPolicies({
          requirements,
          capacities,
          mode: 'all',
          limitOf: () => limit,
          size: PLAIN_SIZE,
          merge: rememberingMerge(PLAIN_SIZE),
          previous: [],
        });
      if (best === undefined) {
        assert.throws(plan, (error: unknown) => error instanceof GenError && error.exitCode === 3);
        return;
      }
      const planned = plan();
      const documents = planned.flatMap((each) => each.documents.map((one) => one.statements));
      assert.equal(scoreOf(documents), best, `planned in documents of ${limit}`);
      assertSound(cells, documents, limit);
      const lowerBound = planned.reduce((sum, each) => sum + each.lowerBound, 0);
      assert.ok(lowerBound <= best.documents, `lower bound ${lowerBound}`);
    }),
    RUNS,
  );
});

property('the instances need from none to four documents and more', () => {
  for (const documents of FAST ? [] : [0, 1, 2, 3, 4]) {
    assert.ok((times.get(documents) ?? 0) > 20, JSON.stringify([...times]));
  }
});

property.run();
