// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are meant literally.
/**
 * Covering is sound: where `wide` covers `narrow`, whatever `narrow` matches, `wide` matches too.
 * Judged by a matcher of the tests' own, in both ways in which services read `*`: over the whole
 * string, and within each part of an ARN.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  actionCovers,
  canonicalCondition,
  type Grant,
  GrantIndex,
  grantCovers,
  grantKey,
  resourceCovers,
} from '../../src/model/grant.ts';
import type { Condition } from '../../src/model/policy.ts';
import { atLeast, runs } from '../support/fast.ts';
import {
  matches,
  matchesByParts,
  type Pattern,
  sample,
  VARIABLES,
  write,
} from '../support/patterns.ts';

const RUNS = { seed: 20250525, numRuns: runs(5000), includeErrorInReport: true };

const plain = fc.constantFrom('a', 'b', '/', '-');
const inPart = fc.oneof(
  { weight: 6, arbitrary: plain },
  { weight: 2, arbitrary: fc.constantFrom('*', '?') },
  { weight: 1, arbitrary: fc.constantFrom(...VARIABLES) },
);
const anySymbol = fc.oneof({ weight: 9, arbitrary: inPart }, fc.constant(':'));

const arn: fc.Arbitrary<Pattern> = fc
  .tuple(
    fc.constantFrom(['a', 'w', 's'], ['*'], ['{{x}}'], ['?', 'w', '*']),
    fc.array(inPart, { maxLength: 3 }),
    fc.array(inPart, { maxLength: 2 }),
    fc.array(inPart, { maxLength: 2 }),
    fc.array(anySymbol, { maxLength: 6 }),
  )
  .map((parts) => ['a', 'r', 'n', ...parts.flatMap((part) => [':', ...part])]);
const pattern = fc.oneof(
  { weight: 5, arbitrary: arn },
  fc.array(anySymbol, { maxLength: 8 }),
  fc.constant(['*']),
);

/** The pattern with its wildcards replaced by something that they stand for. */
function narrowed(wide: Pattern, filling: fc.Arbitrary<string>): fc.Arbitrary<Pattern> {
  const narrower = wide.map((symbol) =>
    symbol === '*'
      ? fc.array(filling, { maxLength: 3 })
      : symbol === '?'
        ? fc.oneof(
            fc.constant(['?']),
            plain.map((one) => [one]),
          )
        : fc.constant([symbol]),
  );
  return fc.tuple(...narrower).map((parts) => parts.flat());
}

/** What may hold a colon and so shift the parts of an ARN. */
const mayHoldColon = (symbol: string): boolean => symbol.startsWith('${') || symbol.endsWith('!}}');

/** Related pairs mostly, and unrelated ones. */
const pair = pattern.chain((wide) =>
  fc.tuple(
    fc.constant(wide),
    fc.oneof({ weight: 4, arbitrary: narrowed(wide, anySymbol) }, pattern),
  ),
);
/** What the wildcards of a pattern are filled with to make one text that it matches. */
const fillings = fc.infiniteStream(fc.stringMatching(/^[ab:/*-]{0,4}$/));

const property = suite('what covers what');

property('a resource pattern covers nothing that it does not match', () => {
  let covered = 0;
  fc.assert(
    fc.property(pair, fillings, ([wide, narrow], fill) => {
      if (!resourceCovers(write(wide), write(narrow))) return;
      if (write(wide) !== write(narrow)) covered++;
      for (let number = 0; number < 8; number++) {
        const text = sample(narrow, fill);
        for (const reads of [matches, matchesByParts]) {
          if (!reads(narrow, text) || reads(wide, text)) continue;
          assert.unreachable(
            `${write(wide)} covers ${write(narrow)}, but not ${text} (${reads.name})`,
          );
        }
      }
    }),
    RUNS,
  );
  assert.ok(covered > atLeast(1000), `${covered} pairs`);
});

property('an ARN covers what is made of it by filling wildcards within their parts', () => {
  const pairs = arn
    .filter((wide) => !wide.slice(0, wide.lastIndexOf(':')).some(mayHoldColon))
    .chain((wide) =>
      fc.tuple(
        fc.constant(wide),
        narrowed(
          wide,
          inPart.filter((symbol) => !mayHoldColon(symbol)),
        ),
      ),
    );
  fc.assert(
    fc.property(pairs, ([wide, narrow]) => {
      assert.ok(resourceCovers(write(wide), write(narrow)), `${write(wide)} › ${write(narrow)}`);
    }),
    RUNS,
  );
});

const action = fc.oneof(
  fc
    .tuple(fc.constantFrom('e', 'E', '*', 'e*'), fc.array(fc.constantFrom(...'aAbB*?')))
    .map(([service, rest]) => [...service, ':', ...rest]),
  fc.constant(['*']),
);
const actionPair = action.chain((wide) =>
  fc.tuple(
    fc.constant(wide),
    fc.oneof({ weight: 4, arbitrary: narrowed(wide, fc.constantFrom(...'aAbB*?:')) }, action),
  ),
);
const lower = (symbols: Pattern): Pattern => symbols.map((symbol) => symbol.toLowerCase());

property('an action pattern covers nothing that it does not match, in any case of letters', () => {
  let covered = 0;
  fc.assert(
    fc.property(actionPair, fillings, ([wide, narrow], fill) => {
      const covers = actionCovers(write(wide), write(narrow));
      assert.is(actionCovers(write(wide).toUpperCase(), write(narrow).toLowerCase()), covers);
      if (!covers) return;
      covered++;
      const text = sample(narrow, fill).toLowerCase();
      assert.ok(matches(lower(narrow), text));
      assert.ok(
        matches(lower(wide), text),
        `${write(wide)} covers ${write(narrow)}, but not ${text}`,
      );
    }),
    RUNS,
  );
  assert.ok(covered > atLeast(1000), `${covered} pairs`);
});

/** Equal conditions stand in one row, spelled differently. */
const CONDITIONS: readonly (readonly (Condition | undefined)[])[] = [
  [undefined],
  [{ StringLike: { 'aws:X': ['a', 'b'] } }, { StringLike: { 'AWS:x': ['b', 'a', 'b'] } }],
  [{ StringLike: { 'aws:X': ['A', 'b'] } }],
  [{ StringEquals: { 'aws:X': ['a', 'b'] } }],
  [
    { StringEquals: { k: ['v'], l: ['{{x}}'] }, Bool: { m: ['true'] } },
    { Bool: { M: ['true'] }, StringEquals: { L: ['{{x}}'], k: ['v'] } },
  ],
  [{ StringEquals: { 'aws:ResourceTag/{{x}}': ['a,b'] } }],
  [{ StringEquals: { 'aws:ResourceTag/{{y}}': ['a', 'b'] } }],
];
const condition = fc
  .constantFrom(...CONDITIONS.keys())
  .chain((row) =>
    fc
      .constantFrom(...(CONDITIONS[row] as (Condition | undefined)[]))
      .map((block) => ({ row, block })),
  );

interface Drawn {
  readonly action: Pattern;
  readonly resource: Pattern;
  /** Row of CONDITIONS. */
  readonly row: number;
  readonly grant: Grant;
}
const drawn = (actions: fc.Arbitrary<Pattern>, resources: fc.Arbitrary<Pattern>) =>
  fc.tuple(actions, resources, condition).map(([action, resource, { row, block }]): Drawn => {
    const grant = {
      action: write(action),
      resource: write(resource),
      ...(block === undefined ? {} : { condition: block }),
      conditionKey: canonicalCondition(block),
    };
    return { action, resource, row, grant };
  });
const drawnPair = fc
  .tuple(actionPair, pair)
  .chain(([actions, resources]) =>
    fc.tuple(
      drawn(fc.constant(actions[0]), fc.constant(resources[0])),
      drawn(fc.constant(actions[1]), fc.constant(resources[1])),
    ),
  );

property('a grant covers nothing that it does not allow', () => {
  let covered = 0;
  fc.assert(
    fc.property(drawnPair, fillings, ([wide, narrow], fill) => {
      const conditionHolds = wide.row === 0 || wide.row === narrow.row;
      const partsCover =
        actionCovers(wide.grant.action, narrow.grant.action) &&
        resourceCovers(wide.grant.resource, narrow.grant.resource);
      assert.is(grantCovers(wide.grant, narrow.grant), conditionHolds && partsCover);
      if (!conditionHolds || !partsCover) return;
      covered++;
      assert.ok(matches(lower(wide.action), sample(narrow.action, fill).toLowerCase()));
      assert.ok(matches(wide.resource, sample(narrow.resource, fill)));
    }),
    RUNS,
  );
  assert.ok(covered > atLeast(200), `${covered} pairs`);
});

property('covering is reflexive and transitive', () => {
  let chains = 0;
  const triple = pair.chain(([a, b]) =>
    fc.tuple(fc.constant(a), fc.constant(b), fc.oneof(narrowed(b, anySymbol), pattern)),
  );
  fc.assert(
    fc.property(triple, actionPair, (resources, actions) => {
      const [a, b, c] = resources.map(write) as [string, string, string];
      for (const one of [a, b, c]) assert.ok(resourceCovers(one, one), one);
      for (const one of actions.map(write)) assert.ok(actionCovers(one, one), one);
      if (!resourceCovers(a, b) || !resourceCovers(b, c)) return;
      chains++;
      assert.ok(resourceCovers(a, c), `${a} › ${b} › ${c}`);
    }),
    RUNS,
  );
  assert.ok(chains > atLeast(1000), `${chains} chains`);
});

property('a parameter or policy variable is covered by itself and by *, and covers itself', () => {
  for (const variable of VARIABLES) {
    const at = (text: string) => `arn:aws:s3:::b/${text}/c`;
    assert.ok(resourceCovers(at('*'), at(variable)));
    assert.ok(resourceCovers('*', at(variable)));
    assert.ok(resourceCovers(`${at(variable)}*`, at(variable)));
    const others = VARIABLES.filter((other) => other !== variable);
    for (const other of ['?', '??', '?*', 'ab', '{*', '*}', '$*', ...others]) {
      assert.not.ok(resourceCovers(at(other), at(variable)), `${other} › ${variable}`);
      assert.not.ok(resourceCovers(`${at(variable)}*`, at(other)), `${variable} › ${other}`);
    }
  }
});

property('the colon of a policy variable is none of the ARN', () => {
  for (const part of ['${aws:username}', '${aws:userid}']) {
    assert.not.ok(resourceCovers('arn:aws:*:*:a:b:c', `arn:aws:${part}:a:b:c`));
    assert.not.ok(resourceCovers(`arn:aws:${part}:a:b:*`, `arn:aws:${part}:a:b:c`));
    assert.ok(resourceCovers('arn:aws:s3:::*', `arn:aws:s3:::${part}`));
  }
});

property('an index finds what looking at every grant finds', () => {
  let found = 0;
  const set = fc
    .tuple(fc.array(drawnPair, { minLength: 1, maxLength: 12 }), fc.array(drawn(action, pattern)))
    .map(([pairs, singles]) => [...pairs.flat(), ...singles].map(({ grant }) => grant));
  fc.assert(
    fc.property(set, (grants) => {
      const index = new GrantIndex(grants.filter((_, number) => number % 3 !== 0));
      const held = [...index.grants];
      assert.is(new Set(held.map(grantKey)).size, held.length);
      for (const grant of grants) {
        const expected = held.filter((wide) => grantCovers(wide, grant));
        assert.equal(
          [...index.coverers(grant)].map(grantKey).sort(),
          expected.map(grantKey).sort(),
        );
        assert.is(index.covers(grant), expected.length > 0);
        const same = held.find((other) => grantKey(other) === grantKey(grant));
        assert.is(index.get(grant), same);
        found += expected.length;
      }
    }),
    { ...RUNS, numRuns: runs(1500) },
  );
  assert.ok(found > atLeast(10_000), `${found}`);
});

property.run();
