import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { differenceOf, type GrantChange } from '../../src/diff/difference.ts';
import { type Being, NAMELESS, NOTHING_ELSE, type Side } from '../../src/diff/side.ts';
import { fromStatementJson, type Statement } from '../../src/model/policy.ts';
import { isAllowed, tellingRequests } from '../support/evaluator.ts';
import { atLeast, runs } from '../support/fast.ts';
import { CONTEXTS, plainStatement, REQUESTS, someStatements } from '../support/small-groups.ts';

const test = suite('diff');

type Json = Record<string, unknown>;

function side(principals: Record<string, readonly Json[]>, being: Partial<Being> = {}): Side {
  return {
    name: 'side',
    kind: 'folder',
    principals: new Map(
      Object.entries(principals).map(([id, statements]) => [
        id,
        {
          statements: statements.map((each) => fromStatementJson({ Effect: 'Allow', ...each })),
          being: { ...NOTHING_ELSE, ...being },
        },
      ]),
    ),
    unread: [],
    tellsBeing: true,
    notes: [],
  };
}

/** The difference of what one principal holds. */
function changes(before: readonly Json[], after: readonly Json[]) {
  const difference = differenceOf(side({ p: before }), side({ p: after }));
  const { widening = [], narrowing = [] } = difference.principals[0] ?? {};
  assert.is(difference.widening, widening.length > 0);
  assert.is(difference.narrowing, narrowing.length > 0);
  return { widening, narrowing };
}

const allow = (actions: string[], resources: string[], more: Partial<GrantChange> = {}) => ({
  kind: 'allow',
  actions,
  resources,
  within: [],
  ...more,
});
const onA = { Action: 's3:Get', Resource: 'arn:aws:s3:::a' };

test('the same permissions, written otherwise, are no difference', () => {
  const before = [
    { Sid: 'One', Action: ['s3:Get', 's3:Put'], Resource: ['*'] },
    { Action: 'ec2:X', Resource: '*', Condition: { StringLike: { 'aws:X': ['b', 'a'] } } },
  ];
  const after = [
    { Action: 'S3:put', Resource: '*' },
    { Action: ['s3:get'], Resource: ['*', 'arn:aws:s3:::a'] },
    { Action: 'ec2:X', Resource: '*', Condition: { StringLike: { 'AWS:x': ['a', 'b'] } } },
  ];
  assert.equal(differenceOf(side({ p: before }), side({ p: after })).principals, []);
});

test('what became allowed and what no longer is, by service', () => {
  const { widening, narrowing } = changes(
    [{ Action: ['s3:Get', 'ec2:Old'], Resource: '*' }],
    [{ Action: ['s3:Get', 'iam:B', 'ec2:New', 'iam:A'], Resource: '*' }],
  );
  assert.equal(widening, [allow(['ec2:New'], ['*']), allow(['iam:A', 'iam:B'], ['*'])]);
  assert.equal(narrowing, [allow(['ec2:Old'], ['*'])]);
});

test('a resource made wider says what was allowed before; made narrower, what still is', () => {
  const everywhere = { Action: 's3:Get', Resource: '*' };
  const within = [{ resources: ['arn:aws:s3:::a'] }];
  assert.equal(changes([onA], [everywhere]), {
    widening: [allow(['s3:Get'], ['*'], { within })],
    narrowing: [],
  });
  assert.equal(changes([everywhere], [onA]), {
    widening: [],
    narrowing: [allow(['s3:Get'], ['*'], { within })],
  });
});

test('a condition added narrows, and so does a stricter one; the reverse widens', () => {
  const loose = { StringLike: { k: ['a', 'b'] } };
  const strict = { StringLike: { k: ['a'] }, Bool: { m: 'true' } };
  const under = (Condition: object) => ({ ...onA, Condition });
  const steps: [object, object][] = [
    [onA, under(loose)],
    [under(loose), under(strict)],
    [under({ StringNotEquals: { k: ['a', 'b'] } }), under({ StringNotEquals: { k: ['c'] } })],
  ];
  for (const [wide, narrow] of steps.slice(0, 2)) {
    const { widening, narrowing } = changes([wide as Json], [narrow as Json]);
    assert.equal(widening, []);
    assert.is(narrowing.length, 1);
    assert.is((narrowing[0] as GrantChange).within.length, 1);
    assert.is(changes([narrow as Json], [wide as Json]).widening.length, 1);
    assert.is(changes([narrow as Json], [wide as Json]).narrowing.length, 0);
  }
  // Values of a negated operator AND; which is the stricter is not guessed.
  const [one, other] = steps[2] as [Json, Json];
  assert.is(changes([one], [other]).widening.length, 1);
  assert.is(changes([other], [one]).widening.length, 1);
});

test('a condition on other values of the same key is both', () => {
  const under = (value: string) => ({ ...onA, Condition: { StringEquals: { k: value } } });
  const { widening, narrowing } = changes([under('a')], [under('b')]);
  assert.is(widening.length, 1);
  assert.is(narrowing.length, 1);
});

test('a Deny that is gone widens, a new one narrows, each by what it denies', () => {
  const everything = { Action: 's3:*', Resource: '*' };
  const deny = (Action: string[]) => ({ Effect: 'Deny', Action, Resource: '*' });
  assert.equal(changes([everything, deny(['s3:A', 's3:B'])], [everything, deny(['s3:A'])]), {
    widening: [{ ...allow(['s3:B'], ['*']), kind: 'deny' }],
    narrowing: [],
  });
  assert.equal(changes([everything], [everything, deny(['s3:A'])]), {
    widening: [],
    narrowing: [{ ...allow(['s3:A'], ['*']), kind: 'deny' }],
  });
});

test('what is allowed beside a Deny of the same does not become allowed', () => {
  const deny = { Effect: 'Deny', Action: 's3:*', Resource: '*' };
  assert.equal(changes([deny], [deny, onA]), { widening: [], narrowing: [] });
  const conditional = { ...deny, Condition: { Bool: { m: 'false' } } };
  assert.is(changes([conditional], [conditional, onA]).widening.length, 1);
});

test('NotAction and NotResource are compared whole', () => {
  const allBut = (NotAction: string[]) => ({ Effect: 'Allow', NotAction, Resource: '*' });
  const { widening, narrowing } = changes([allBut(['iam:*', 'sts:*'])], [allBut(['iam:*'])]);
  assert.is(widening[0]?.kind, 'statement');
  assert.is(narrowing[0]?.kind, 'statement');
  assert.equal(changes([allBut(['a:*', 'b:*'])], [allBut(['B:*', 'a:*'])]), {
    widening: [],
    narrowing: [],
  });
  // All that it may reach is allowed already.
  assert.equal(
    changes([{ Action: '*', Resource: '*' }], [{ Action: '*', Resource: '*' }, allBut(['iam:*'])]),
    {
      widening: [],
      narrowing: [],
    },
  );
  const denyAllBut = { Effect: 'Deny', NotAction: 'iam:*', Resource: '*' };
  assert.is(changes([onA, denyAllBut], [onA]).widening[0]?.kind, 'statement');
  assert.equal(changes([onA, denyAllBut], [onA]).narrowing, []);
});

test('principals apart: those that gain first, new and gone ones told', () => {
  const difference = differenceOf(
    side({ same: [onA], less: [onA], gone: [onA] }),
    side({ fresh: [onA], same: [onA], less: [] }),
  );
  assert.equal(
    difference.principals.map(({ principal, presence }) => [principal, presence]),
    [
      ['fresh', 'added'],
      ['less', 'both'],
      ['gone', 'removed'],
    ],
  );
});

test('trust, boundary, AWS managed policies and attachments', () => {
  const trust = (who: string[], condition?: Json): Statement[] => [
    fromStatementJson({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: who,
      ...(condition === undefined ? {} : { Condition: condition }),
    }),
  ];
  const before = side(
    { p: [] },
    {
      trust: trust(['Service ec2.amazonaws.com']),
      permissionsBoundary: 'arn:aws:iam::123456789012:policy/B',
      awsManagedPolicies: ['Old'],
      entities: ['role A'],
    },
  );
  const after = side(
    { p: [] },
    {
      trust: trust(['Service ec2.amazonaws.com', 'Service eks.amazonaws.com']),
      awsManagedPolicies: ['New'],
      entities: ['role A', 'user U'],
    },
  );
  const [told] = differenceOf(before, after).principals;
  assert.equal(told?.widening, [
    {
      kind: 'trust',
      actions: ['sts:AssumeRole'],
      resources: ['Service eks.amazonaws.com'],
      within: [],
    },
    { kind: 'permissions-boundary', arn: 'arn:aws:iam::123456789012:policy/B' },
    { kind: 'aws-managed-policy', policy: 'New' },
    { kind: 'entity', entity: 'user U' },
  ]);
  assert.equal(told?.narrowing, [{ kind: 'aws-managed-policy', policy: 'Old' }]);
  // A role that is no longer ours to create has lost neither its boundary nor its trust.
  const [elsewhere] = differenceOf(before, side({ p: [] })).principals;
  assert.equal(elsewhere?.widening, []);
  assert.equal(
    elsewhere?.narrowing.map(({ kind }) => kind),
    ['aws-managed-policy', 'entity'],
  );
  const [gone] = differenceOf(before, side({})).principals;
  assert.equal(gone?.widening, []);
  assert.is(gone?.narrowing[0]?.kind, 'trust');
  const silent = differenceOf(before, { ...after, name: 'silent', tellsBeing: false });
  assert.equal(silent.principals, []);
  assert.match(silent.notes.join(), 'silent does not tell trust policies');
});

test('a side that does not say who holds its policies makes unions of both', () => {
  const difference = differenceOf(
    side({ p: [onA], q: [{ Action: 's3:Put', Resource: '*' }] }),
    side({
      [NAMELESS]: [onA, { Action: 's3:Put', Resource: '*' }, { Action: 'ec2:X', Resource: '*' }],
    }),
  );
  assert.equal(difference.principals, [
    { principal: '', presence: 'both', widening: [allow(['ec2:X'], ['*'])], narrowing: [] },
  ]);
  assert.match(difference.notes.join(), 'not say who holds');
});

const several = fc.array(plainStatement, { maxLength: 4 });

test('plain Allow: something became allowed exactly where a request says so', () => {
  let widenings = 0;
  fc.assert(
    fc.property(several, several, (before, after) => {
      const requests = [...REQUESTS, ...tellingRequests([...before, ...after])];
      const gained = requests.some((each) => isAllowed(after, each) && !isAllowed(before, each));
      const difference = changes(before as unknown as Json[], after as unknown as Json[]);
      assert.is(difference.widening.length > 0, gained);
      if (gained) widenings++;
    }),
    { numRuns: runs(600), seed: 1 },
  );
  assert.ok(widenings > atLeast(150), `${widenings}`);
});

test('any statements: no request is newly allowed, or newly refused, without being told', () => {
  let silent = 0;
  fc.assert(
    fc.property(someStatements, someStatements, (before, after) => {
      const requests = [...REQUESTS, ...tellingRequests([...before, ...after])];
      const { widening, narrowing } = changes(
        before as unknown as Json[],
        after as unknown as Json[],
      );
      for (const each of requests) {
        const [was, is] = [isAllowed(before, each), isAllowed(after, each)];
        if (is && !was) assert.ok(widening.length > atLeast(0), JSON.stringify(each));
        if (was && !is) assert.ok(narrowing.length > atLeast(0), JSON.stringify(each));
      }
      if (widening.length === 0) silent++;
    }),
    { numRuns: runs(600), seed: 1 },
  );
  assert.ok(silent > atLeast(15), `${silent}`);
});

/** Without ForAllValues, which what has no such key passes: others may then cover it together. */
const singleValued = fc.array(
  plainStatement.filter(
    ({ Condition = {} }) => !Object.keys(Condition).some((operator) => /^ForAll/.test(operator)),
  ),
  { maxLength: 4 },
);

test('what is told holds: each grant that became allowed is covered on the later side only', () => {
  fc.assert(
    fc.property(singleValued, singleValued, (before, after) => {
      for (const change of changes(before as unknown as Json[], after as unknown as Json[])
        .widening) {
        const { actions, resources, condition } = change as GrantChange;
        const told = {
          Effect: 'Allow',
          Action: actions,
          Resource: resources,
          Condition: condition ?? {},
        };
        const requests = tellingRequests([told])
          .flatMap((each) => CONTEXTS.map((context) => ({ ...each, context })))
          .filter((each) => isAllowed([told], each));
        for (const each of requests) assert.ok(isAllowed(after, each), JSON.stringify(each));
        assert.ok(
          requests.some((each) => !isAllowed(before, each)),
          JSON.stringify(change),
        );
      }
    }),
    { numRuns: runs(400), seed: 1 },
  );
});

test('a condition covers only what it holds for, tried with every context', () => {
  const term = fc.record({
    operator: fc.constantFrom('StringEquals', 'StringNotEquals', 'StringEqualsIfExists'),
    key: fc.constantFrom('k', 'm'),
    values: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
  });
  const condition = fc.array(term, { maxLength: 3 }).map((terms) => {
    const block: Record<string, Record<string, string[]>> = {};
    for (const { operator, key, values } of terms) {
      block[operator] = { ...block[operator], [key]: values };
    }
    return block;
  });
  const contexts = [undefined, 'a', 'b', 'c', 'd'].flatMap((k) =>
    [undefined, 'a', 'b', 'c', 'd'].map((m) => ({ k, m }) as Record<string, string | undefined>),
  );
  const holds = (block: Record<string, Record<string, string[]>>, context: (typeof contexts)[0]) =>
    Object.entries(block).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => {
        const value = context[key];
        if (operator === 'StringNotEquals') return value === undefined || !values.includes(value);
        if (value === undefined) return operator === 'StringEqualsIfExists';
        return values.includes(value);
      }),
    );
  let covered = 0;
  fc.assert(
    fc.property(condition, condition, (wide, narrow) => {
      const { widening } = changes([{ ...onA, Condition: wide }], [{ ...onA, Condition: narrow }]);
      if (widening.length > 0) return;
      covered++;
      for (const context of contexts) {
        assert.ok(!holds(narrow, context) || holds(wide, context), JSON.stringify(context));
      }
    }),
    { numRuns: runs(3000), seed: 1 },
  );
  assert.ok(covered > atLeast(300), `${covered}`);
});

test('thousands of grants take no time', () => {
  const many = (from: number) => [
    {
      Action: Array.from({ length: 60 }, (_, at) => `s3:Action${at}`),
      Resource: Array.from({ length: 200 }, (_, at) => `arn:aws:s3:::bucket${from + at}/*`),
    },
  ];
  const start = performance.now();
  const { widening, narrowing } = changes(many(0), many(100));
  assert.is(widening.length, 1);
  assert.is((widening[0] as GrantChange).resources.length, 100);
  assert.is(narrowing.length, 1);
  assert.ok(performance.now() - start < 2000);
});

test.run();
