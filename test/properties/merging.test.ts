/**
 * Merging and packing change not one answer: random groups over a small universe, judged request by
 * request by the brute-force evaluator.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mergeStatements, type Pool } from '../../src/compose/merge/merge.ts';
import { rememberingMerge } from '../../src/compose/merge/remembered.ts';
import { planPolicies } from '../../src/compose/plan/plan.ts';
import type { PlanInput, PlannedPolicies } from '../../src/compose/plan/planned.ts';
import { type Obligation, provePermissions } from '../../src/compose/prove.ts';
import type { MergeMode } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import { canonicalStatement, isPlainAllow } from '../../src/model/grant.ts';
import type { PolicyDocument, Statement } from '../../src/model/policy.ts';
import { MERGE_MODES } from '../support/bundles.ts';
import { atLeast, runs } from '../support/fast.ts';
import { deepFreeze } from '../support/sample-bundle.ts';
import {
  askedFor,
  capacities,
  firstDifference,
  lengthOf,
  PLAIN_SIZE,
  PRINCIPALS,
  plainStatement,
  requirements,
  sourced,
  writtenFor,
} from '../support/small-groups.ts';

const RUNS = { seed: 20250525, numRuns: runs(1000), includeErrorInReport: true };

/** Limits at which a group or two fill a document. */
const planInput = fc.record({
  requirements,
  capacities,
  limit: fc.integer({ min: 170, max: 600 }),
});
type Drawn = typeof planInput extends fc.Arbitrary<infer T> ? T : never;

/** The plan, or undefined where it is refused for not fitting. */
function tryPlan(drawn: Drawn, mode: MergeMode): PlannedPolicies[] | undefined {
  const { limit, ...rest } = drawn;
  const input: PlanInput = deepFreeze({
    ...rest,
    limitOf: () => limit,
    mode,
    size: PLAIN_SIZE,
    merge: rememberingMerge(PLAIN_SIZE),
    previous: [],
  });
  try {
    return planPolicies(input);
  } catch (error) {
    if (!(error instanceof GenError) || error.exitCode !== 3) throw error;
    return undefined;
  }
}

function slots(drawn: Drawn, principal: string): number {
  const { limit, taken, reserve } = drawn.capacities.get(principal) as {
    limit: number;
    taken: number;
    reserve: number;
  };
  return limit - taken - reserve;
}

const statementsOf = (documents: readonly PolicyDocument[]): Statement[] =>
  documents.flatMap(({ Statement }) => Statement);

const property = suite('merging and packing random groups');

property('every principal gets the same answers, within size and count, in every mode', () => {
  const seen = { planned: 0, split: 0, merged: 0, refused: 0 };
  fc.assert(
    fc.property(planInput, (drawn) => {
      const fits = new Map<MergeMode, boolean>();
      for (const mode of MERGE_MODES) {
        const planned = tryPlan(drawn, mode);
        fits.set(mode, planned !== undefined);
        if (planned === undefined) {
          seen.refused++;
          continue;
        }
        seen.planned++;
        if (planned.some(({ documents }) => documents.length > 1)) seen.split++;
        if (planned.some(({ requirements: groups }) => groups.length > 1)) seen.merged++;
        for (const principal of PRINCIPALS) {
          const asked = askedFor(principal, drawn.requirements);
          const written = writtenFor(principal, planned);
          assert.is(firstDifference(asked, statementsOf(written)), undefined, `${mode}`);
          assert.ok(written.length <= slots(drawn, principal), `${mode} ${principal}: count`);
          for (const document of written) {
            assert.ok(lengthOf(document) <= drawn.limit, `${mode}: ${JSON.stringify(document)}`);
            const sids = document.Statement.flatMap(({ Sid }) => Sid ?? []);
            assert.is(new Set(sids).size, sids.length, `${mode}: ${sids}`);
          }
          provePermissions([{ principal, asked, written }]);
        }
      }
      // What fits without merging fits with it.
      assert.ok(!fits.get('none') || fits.get('auto'), 'none fits, auto does not');
      assert.ok(!fits.get('auto') || fits.get('all'), 'auto fits, all does not');
    }),
    RUNS,
  );
  for (const [what, times] of Object.entries(seen))
    assert.ok(times > atLeast(150), `${what}: ${times}`);
});

const oneIn = <T>(list: readonly T[], number: number): T => list[number % list.length] as T;

/** The documents without one grant, written as AWS would have to be told. */
function withoutOneGrant(documents: readonly PolicyDocument[], number: number): PolicyDocument[] {
  const grants = statementsOf(documents).flatMap((statement) =>
    (statement.Action ?? []).flatMap((action) =>
      (statement.Resource ?? []).map((resource) => ({ statement, action, resource })),
    ),
  );
  if (grants.length === 0) return [...documents];
  const gone = oneIn(grants, number);
  return documents.map((document) => ({
    ...document,
    Statement: document.Statement.flatMap((statement) => {
      if (statement !== gone.statement) return [statement];
      const Action = (statement.Action ?? []).filter((action) => action !== gone.action);
      const Resource = (statement.Resource ?? []).filter((one) => one !== gone.resource);
      return [
        { ...statement, Action },
        { ...statement, Action: [gone.action], Resource },
      ].filter((part) => part.Action.length > 0 && (part.Resource ?? []).length > 0);
    }),
  }));
}

function isRefused(obligation: Obligation): boolean {
  try {
    provePermissions([obligation]);
    return false;
  } catch (error) {
    if (error instanceof GenError && error.exitCode === 1) return true;
    throw error;
  }
}

property('the proof refuses every change of one grant that changes an answer', () => {
  const seen = { removed: 0, added: 0, whole: 0 };
  const change = fc.record({ number: fc.nat({ max: 1000 }), statement: plainStatement });
  fc.assert(
    fc.property(
      planInput,
      fc.constantFrom(...MERGE_MODES),
      change,
      (drawn, mode, { number, statement }) => {
        const planned = tryPlan(drawn, mode);
        if (planned === undefined) return;
        for (const principal of PRINCIPALS) {
          const asked = askedFor(principal, drawn.requirements);
          const written = writtenFor(principal, planned);
          if (written.length === 0) continue;
          const one: Statement = {
            ...statement,
            Action: [oneIn(statement.Action ?? [], number)],
            Resource: [oneIn(statement.Resource ?? [], number)],
          };
          const [first, ...rest] = written as [PolicyDocument, ...PolicyDocument[]];
          const at = number % first.Statement.length;
          const mutants = {
            removed: withoutOneGrant(written, number),
            added: [{ ...first, Statement: [...first.Statement, one] }, ...rest],
            whole: [{ ...first, Statement: first.Statement.toSpliced(at, 1) }, ...rest],
          };
          for (const [kind, mutant] of Object.entries(mutants)) {
            if (isRefused({ principal, asked, written: mutant })) {
              seen[kind as keyof typeof seen]++;
              continue;
            }
            const difference = firstDifference(asked, statementsOf(mutant));
            assert.is(difference, undefined, `${kind}: ${JSON.stringify(mutant)}`);
          }
        }
      },
    ),
    RUNS,
  );
  for (const [what, times] of Object.entries(seen))
    assert.ok(times > atLeast(500), `${what}: ${times}`);
});

/** Pools as a plan makes them: one for each set of principals. */
const pools = requirements.map((all): Pool[] => {
  const keys = new Set(all.map(({ principals }) => principals.join(' ')));
  return [...keys].map((key) => ({
    principals: key.split(' '),
    statements: all
      .filter(({ principals }) => principals.join(' ') === key)
      .flatMap(({ statements }) => statements),
  }));
});

const merge = (list: readonly Pool[]): Statement[][] =>
  mergeStatements(list, PLAIN_SIZE).map((pool) => pool.map(({ statement }) => statement));

property('merging what is merged changes nothing, and inputs stay as they are', () => {
  fc.assert(
    fc.property(pools, (drawn) => {
      const once = merge(deepFreeze(drawn));
      const again = merge(
        drawn.map((pool, index) => ({ ...pool, statements: sourced('g', once[index] ?? []) })),
      );
      assert.equal(again, once);
    }),
    RUNS,
  );
});

/** The pools with everything in another order that may stand in any order. */
function shuffled(list: readonly Pool[]): fc.Arbitrary<Pool[]> {
  const turn = <T>(items: readonly T[]) =>
    fc.shuffledSubarray([...items], { minLength: items.length });
  const statement = ({ Action, Resource, ...rest }: Statement): fc.Arbitrary<Statement> =>
    fc.tuple(turn(Action ?? []), turn(Resource ?? [])).map(([actions, resources]) => ({
      ...rest,
      ...(Action === undefined ? {} : { Action: actions }),
      ...(Resource === undefined ? {} : { Resource: resources }),
    }));
  const pool = ({ principals, statements }: Pool): fc.Arbitrary<Pool> =>
    fc
      .tuple(
        ...statements.map((one) => statement(one.statement).map((s) => ({ ...one, statement: s }))),
      )
      .chain((list) => turn(list))
      .map((list) => ({ principals, statements: list }));
  return fc.tuple(...list.map(pool)).chain((list) => turn(list));
}

property('the order of groups, statements, actions and resources changes nothing', () => {
  /** By principals: plain statements as they stand, what is carried whole in any order. */
  const result = (list: readonly Pool[]): object =>
    Object.fromEntries(
      merge(list)
        .map((merged, index): [string, object] => [
          (list[index] as Pool).principals.join(' '),
          [
            merged.filter(isPlainAllow),
            merged
              .filter((one) => !isPlainAllow(one))
              .map(canonicalStatement)
              .sort(),
          ],
        ])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const both = pools.chain((list) => fc.tuple(fc.constant(list), shuffled(list)));
  fc.assert(
    fc.property(both, ([one, other]) => assert.equal(result(other), result(one))),
    RUNS,
  );
});

/** Lists of what is not meant. */
const exceptions = (list: readonly Statement[]): Set<string> =>
  new Set(
    list.flatMap(({ NotAction, NotResource }) =>
      [NotAction?.map((each) => each.toLowerCase()), NotResource].flatMap((each) =>
        each === undefined ? [] : [[...new Set(each)].sort().join(' ')],
      ),
    ),
  );

property(
  'merging keeps the answers of every principal, and whole what may not be taken apart',
  () => {
    fc.assert(
      fc.property(pools, (drawn) => {
        const merged = merge(drawn);
        drawn.forEach(({ statements }, index) => {
          const before = exceptions(statements.map(({ statement }) => statement));
          for (const each of exceptions(merged[index] ?? [])) assert.ok(before.has(each), each);
        });
        for (const principal of PRINCIPALS) {
          const held = drawn.map(({ principals }) => principals.includes(principal));
          const before = drawn.flatMap(({ statements }, index) =>
            held[index] ? statements.map(({ statement }) => statement) : [],
          );
          const after = merged.flatMap((statements, index) => (held[index] ? statements : []));
          assert.is(firstDifference(before, after), undefined);
        }
      }),
      RUNS,
    );
  },
);

property.run();
