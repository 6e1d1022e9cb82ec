/** When one condition covers another, or several together do: tried with every context. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  canonicalCondition,
  conditionCovers,
  conditionsCover,
  familiesOf,
  termsOf,
  uniteConditions,
} from '../../src/model/condition.ts';
import type { Condition } from '../../src/model/policy.ts';
import { type Context, conditionHolds } from '../support/condition-evaluator.ts';
import { atLeast, runs } from '../support/fast.ts';

const VALUES = ['a', 'b', 'c'];

const term = fc.record({
  operator: fc.constantFrom(
    'StringEquals',
    'StringEquals',
    'StringEqualsIfExists',
    'StringNotEquals',
    'StringNotEqualsIfExists',
    'ForAnyValue:StringEquals',
    'ForAllValues:StringEquals',
    'ForAnyValue:StringNotEquals',
  ),
  key: fc.constantFrom('k', 'm'),
  values: fc.subarray(VALUES, { minLength: 1 }),
});

const condition = fc.array(term, { maxLength: 3 }).map((terms): Condition => {
  const block: Record<string, Record<string, string[]>> = {};
  for (const { operator, key, values } of terms) {
    block[operator] = { ...block[operator], [key]: values };
  }
  return block;
});

const GIVEN = [[], ['a'], ['b'], ['c'], ['d'], ['a', 'b'], ['a', 'd'], ['b', 'c', 'd']];
const CONTEXTS: readonly Context[] = GIVEN.flatMap((k) =>
  GIVEN.map((m) => {
    const keys: [string, string[]][] = [
      ['k', k],
      ['m', m],
    ];
    return new Map(keys.filter(([, values]) => values.length > 0));
  }),
);

test('a condition, or several together, cover only what they hold for', () => {
  const seen = { alone: 0, together: 0 };
  // A condition with others that have some of its values, and with others at random.
  const drawn = condition.chain((narrow) => {
    const part = fc.array(fc.subarray(VALUES, { minLength: 1 }), { minLength: 6, maxLength: 6 });
    const alike = part.map((lists): Condition => {
      let at = 0;
      return Object.fromEntries(
        Object.entries(narrow).map(([operator, keys]) => [
          operator,
          Object.fromEntries(Object.keys(keys).map((key) => [key, lists[at++ % 6] as string[]])),
        ]),
      );
    });
    const some = fc.array(fc.oneof(alike, alike, condition), { minLength: 1, maxLength: 4 });
    return fc.tuple(some, fc.constant(narrow));
  });
  fc.assert(
    fc.property(drawn, ([wide, narrow]) => {
      const keys = wide.map(canonicalCondition);
      const narrowKey = canonicalCondition(narrow);
      const alone = keys.some((key) => conditionCovers(key, narrowKey));
      const together = conditionsCover(keys, narrowKey);
      assert.ok(together || !alone);
      if (!together) return;
      seen[alone ? 'alone' : 'together']++;
      for (const context of CONTEXTS) {
        if (!conditionHolds(narrow, context)) continue;
        const held = wide.some((each) => conditionHolds(each, context));
        assert.ok(held, JSON.stringify([wide, narrow, [...context]]));
      }
    }),
    { numRuns: runs(10_000), seed: 1 },
  );
  assert.ok(seen.alone > atLeast(2000) && seen.together > atLeast(100), JSON.stringify(seen));
});

test('united, conditions of one family hold for just what each of them holds for', () => {
  let united = 0;
  fc.assert(
    fc.property(condition, fc.array(fc.subarray(VALUES, { minLength: 1 })), (first, lists) => {
      for (const family of familiesOf(canonicalCondition(first))) {
        const others = lists.map((values) => ({
          ...first,
          [family.operator]: { ...first[family.operator], [family.key]: values },
        }));
        const all: [Condition, ...Condition[]] = [first, ...others];
        const one = uniteConditions(all, family);
        for (const each of all) {
          const ids = familiesOf(canonicalCondition(each)).map(({ id }) => id);
          assert.ok(ids.includes(family.id));
          assert.ok(conditionCovers(canonicalCondition(one), canonicalCondition(each)));
        }
        for (const context of CONTEXTS) {
          const before = all.some((each) => conditionHolds(each, context));
          assert.is(conditionHolds(one, context), before, JSON.stringify([all, [...context]]));
        }
        const keys = all.map(canonicalCondition);
        assert.ok(conditionsCover(keys, canonicalCondition(one)));
        united++;
      }
    }),
    { numRuns: runs(3000), seed: 1 },
  );
  assert.ok(united > atLeast(1000), `${united}`);
});

test('values are not united where they do not OR one by one', () => {
  const families = (block: Condition): number => familiesOf(canonicalCondition(block)).length;
  assert.is(families({ StringEquals: { k: ['a'] }, ArnLike: { m: ['b'] } }), 2);
  for (const operator of ['ForAllValues:StringLike', 'StringNotLike', 'Null', 'Bool']) {
    assert.is(families({ [operator]: { k: ['a'] } }), 0, operator);
  }
});

test('a condition is read back from its canonical form', () => {
  const block = { StringLike: { 'AWS:x': ['b', 'a', 'a'] }, Bool: { m: ['true'] } };
  assert.equal(termsOf(canonicalCondition(block)), [
    { operator: 'Bool', key: 'm', values: ['true'] },
    { operator: 'StringLike', key: 'aws:x', values: ['a', 'b'] },
  ]);
  assert.equal(termsOf(''), []);
});

test('many conditions with many values are decided at once', () => {
  const values = Array.from({ length: 200 }, (_, at) => `value-${at}`);
  const narrow = canonicalCondition({ StringEquals: { k: values, m: values } });
  const wide = values.flatMap((value) =>
    ['k', 'm'].map((key) => canonicalCondition({ StringEquals: { [key]: [value], o: ['x'] } })),
  );
  assert.not.ok(conditionsCover(wide, narrow));
  const each = values.map((value) => canonicalCondition({ StringEquals: { k: [value] } }));
  assert.ok(conditionsCover(each, narrow));
});

test.run();
