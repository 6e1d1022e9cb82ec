/** The pairwise selection has every pair; counted here from the cases' own words, in another way. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { selectFeatures } from '../../src/compose/select.ts';
import { MERGE_MODES } from '../../src/model/bundle.ts';
import { builtIn } from '../support/bundles.ts';
import { conformanceCombinations } from '../support/combinations.ts';
import { bundleOfCase, conformanceCases, REGIONS } from '../support/conformance-cases.ts';
import { choosePairwise, type Row } from '../support/pairwise.ts';

/** Every two of the words, each pair once, whatever the order. */
function addPairs(pairs: Set<string>, words: readonly string[]): void {
  for (const one of words) for (const other of words) if (one < other) pairs.add(`${one} ${other}`);
}

const pairwise = suite('pairwise selection');

pairwise('has every pair that some row has, and no row of its own', () => {
  const pairsOf = (rows: readonly Row[]): Set<string> => {
    const pairs = new Set<string>();
    for (const row of rows) {
      const words = row.map((value, factor) => `${String.fromCharCode(97 + factor)}${value}`);
      addPairs(pairs, words);
    }
    return pairs;
  };
  const rows = fc
    .array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 6 })
    .chain((tops) =>
      fc.array(fc.tuple(...tops.map((max) => fc.nat({ max }))), { minLength: 1, maxLength: 60 }),
    );
  fc.assert(
    fc.property(rows, (all) => {
      const chosen = choosePairwise(all);
      assert.equal([...pairsOf(chosen)].sort(), [...pairsOf(all)].sort());
      assert.ok(chosen.every((row) => all.includes(row as number[])));
      assert.equal(choosePairwise(all), chosen);
    }),
  );
});

pairwise('is small: 4 rows for three factors of two values, not 8', () => {
  const all = [0, 1].flatMap((a) => [0, 1].flatMap((b) => [0, 1].map((c) => [a, b, c])));
  assert.is(choosePairwise(all).length, 4);
});

pairwise('does without a refused row where another has its pairs, else without the pair', () => {
  const [first, second] = [
    [0, 0, 0],
    [0, 0, 1],
  ] as const;
  assert.equal(
    choosePairwise([first, second, [1, 1, 1]], (row) => row !== first),
    [second, [1, 1, 1]],
  );
});

pairwise('the cases for the real tools: every pair of values that can stand together', () => {
  const features = [...builtIn.features.keys()];
  const wordsOf = (typed: readonly string[]): string[] => {
    const { active } = selectFeatures(builtIn, typed);
    return features.map((id) => (active.includes(id) ? id : `no-${id}`));
  };
  const settings = [
    Object.keys(REGIONS),
    [...MERGE_MODES],
    ['managed', 'inline'],
    ['given', 'open'],
    ['role', 'user', 'unnamed'],
    ['nodes', 'irsa', 'pod-identity'],
  ].map((values, factor) => values.map((value) => `${factor}:${value}`));
  const wanted = new Set<string>();
  for (const typed of conformanceCombinations(builtIn)) addPairs(wanted, wordsOf(typed));
  for (const value of settings.flat()) {
    for (const id of features) for (const word of [id, `no-${id}`]) addPairs(wanted, [value, word]);
    const others = settings.filter((values) => !values.includes(value)).flat();
    for (const other of others) addPairs(wanted, [value, other]);
  }
  // An inline policy is part of a holder with a name, and a user holds 2,048 characters at most.
  for (const palette of ['4:user', '4:unnamed']) wanted.delete(`2:inline ${palette}`);
  wanted.delete('2:inline cloud-account-user');

  const had = new Set<string>();
  const cases = conformanceCases();
  for (const { features: typed, ...each } of cases) {
    const { partition, mergeMode, policyType, parameters, palette, cni } = each;
    const values = [partition, mergeMode, policyType, parameters, palette, cni];
    addPairs(had, [...wordsOf(typed), ...values.map((value, factor) => `${factor}:${value}`)]);
  }
  assert.ok(wanted.size > 500, `${wanted.size}`);
  assert.equal(
    [...wanted].filter((pair) => !had.has(pair)),
    [],
  );
  assert.ok(cases.length < 40, `${cases.length}`);
  assert.is(new Set(cases.map(({ name }) => name)).size, cases.length);
  for (const each of cases) assert.is(bundleOfCase(each).partition, each.partition);
});

pairwise.run();
