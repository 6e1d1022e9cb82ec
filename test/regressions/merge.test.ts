/** Merging: small inputs that came out longer than needed, and others of their kind. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mergeStatements } from '../../src/compose/merge/merge.ts';
import { provePermissions } from '../../src/compose/prove.ts';
import type { Statement } from '../../src/model/policy.ts';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';
import { documentOf, lengthOf, PLAIN_SIZE, sourced } from '../support/small-groups.ts';

const CASES = fileURLToPath(new URL('../cases', import.meta.url));

/** The policies that a case's spec becomes, and what was said. */
async function generated(spec: string): Promise<{ policies: string[]; stderr: string }> {
  const policies: string[] = [];
  let stderr = '';
  await inFolder({}, async () => {
    const flags = '--features extra --merge all --format iam-json --out . --name t';
    const outcome = await gen(`--spec ${join(CASES, spec)} ${flags}`);
    says(outcome, 0);
    stderr = outcome.stderr;
    for (const name of readdirSync('t/iam-json')) {
      policies.push(JSON.stringify(JSON.parse(readFileSync(`t/iam-json/${name}`, 'utf8'))));
    }
  });
  return { policies, stderr };
}

test('case 25-equal-deny-written-often: equal guards of many groups stand once', async () => {
  const { policies } = await generated('25-equal-deny-written-often/spec');
  assert.is(policies.length, 1);
  assert.is(policies[0]?.match(/"Deny"/g)?.length, 2);
  assert.ok((policies[0] as string).length <= 870, `${policies[0]?.length}`);
});

test('case 26-merge-longer-than-cdk: no longer than the documents group it', async () => {
  const { policies } = await generated('26-merge-longer-than-cdk/spec');
  assert.is(policies.length, 1);
  assert.ok((policies[0] as string).length <= 589, `${policies[0]?.length}`);
});

for (const kind of ['values', 'covered', 'stricter']) {
  const title = `case 32-fewer-cannot-hold-them-is-false: ${kind}: one policy holds everything`;
  test(title, async () => {
    const { policies } = await generated(`32-fewer-cannot-hold-them-is-false/${kind}/spec`);
    assert.is(policies.length, 1);
  });
}

/** The statements as they are merged, proven to say the same. */
function merged(statements: readonly Statement[]): readonly Statement[] {
  const pool = { principals: ['p'], statements: sourced('g', statements) };
  const [result = []] = mergeStatements([pool], PLAIN_SIZE);
  provePermissions([{ principal: 'p', asked: statements, written: [documentOf(result)] }]);
  return result.map(({ statement }) => statement);
}

const A = 'arn:aws:s3:::a';
const B = 'arn:aws:s3:::b';
const allow = (more: Partial<Statement>): Statement => ({
  Effect: 'Allow',
  Action: ['s3:GetObject'],
  Resource: ['*'],
  ...more,
});
const deny = (more: Partial<Statement>): Statement => allow({ Effect: 'Deny', ...more });
const only = ({ Action: _, ...rest }: Statement, ...NotAction: string[]): Statement => ({
  ...rest,
  NotAction,
});
const outside = ({ Resource: _, ...rest }: Statement, ...NotResource: string[]): Statement => ({
  ...rest,
  NotResource,
});
const inRegion = (...regions: string[]) => ({ StringEquals: { 'aws:RequestedRegion': regions } });

const kinds: Readonly<Record<string, readonly [before: Statement[], after: Statement[]]>> = {
  'equal NotAction': [
    [only(allow({ Resource: [A] }), 'iam:*'), only(allow({ Resource: [B] }), 'IAM:*')],
    [only(allow({ Resource: [A, B] }), 'IAM:*')],
  ],
  'equal NotResource': [
    [outside(allow({}), A), outside(allow({ Action: ['s3:PutObject'] }), A)],
    [outside(allow({ Action: ['s3:GetObject', 's3:PutObject'] }), A)],
  ],
  'NotAction and NotResource at once': [
    [outside(only(deny({}), 'iam:*'), A), outside(only(deny({}), 'iam:*'), A)],
    [outside(only(deny({}), 'iam:*'), A)],
  ],
  'other NotAction lists stay apart': [
    [only(deny({}), 'iam:*'), only(deny({}), 'sts:*')],
    [only(deny({}), 'iam:*'), only(deny({}), 'sts:*')],
  ],
  'Deny of the same resources': [
    [deny({}), deny({ Action: ['s3:PutObject'] })],
    [deny({ Action: ['s3:GetObject', 's3:PutObject'] })],
  ],
  'Deny of the same action': [
    [deny({ Resource: [A] }), deny({ Resource: [B] })],
    [deny({ Resource: [A, B] })],
  ],
  'Deny within a wider Deny': [
    [deny({ Action: ['s3:*'] }), deny({ Condition: inRegion('eu-west-1') })],
    [deny({ Action: ['s3:*'] })],
  ],
  'Deny and Allow never meet': [
    [deny({}), allow({})],
    [allow({}), deny({})],
  ],
  'Allow under the same negated condition': [
    ['s3:GetObject', 's3:PutObject'].map((action) =>
      allow({ Action: [action], Condition: { StringNotEquals: { 'aws:X': ['a', 'b'] } } }),
    ),
    [
      allow({
        Action: ['s3:GetObject', 's3:PutObject'],
        Condition: { StringNotEquals: { 'aws:X': ['a', 'b'] } },
      }),
    ],
  ],
  'a negated condition with more values is stricter': [
    [['a'], ['a', 'b']].map((values) =>
      allow({ Condition: { StringNotEquals: { 'aws:X': values } } }),
    ),
    [allow({ Condition: { StringNotEquals: { 'aws:X': ['a'] } } })],
  ],
  'a negated condition beside none': [
    [allow({ Condition: { StringNotEquals: { 'aws:X': ['a'] } } }), allow({})],
    [allow({})],
  ],
  'fewer values, and a key more, are stricter': [
    [
      allow({ Condition: inRegion('a', 'b') }),
      allow({ Condition: inRegion('b') }),
      allow({ Condition: { ...inRegion('a'), Bool: { 'aws:SecureTransport': ['true'] } } }),
    ],
    [allow({ Condition: inRegion('a', 'b') })],
  ],
  'values of one key are united': [
    [allow({ Condition: inRegion('b') }), allow({ Condition: inRegion('a') })],
    [allow({ Condition: inRegion('a', 'b') })],
  ],
  'values are united for those grants only that have both': [
    [
      allow({ Action: ['s3:GetObject', 's3:PutObject'], Condition: inRegion('a') }),
      allow({ Action: ['s3:PutObject', 's3:ListBucket'], Condition: inRegion('b') }),
    ],
    [
      allow({ Action: ['s3:GetObject', 's3:PutObject'], Condition: inRegion('a') }),
      allow({ Action: ['s3:ListBucket', 's3:PutObject'], Condition: inRegion('b') }),
    ],
  ],
  'values of ForAllValues stay apart': [
    ['a', 'b'].map((value) =>
      allow({ Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': [value] } } }),
    ),
    ['a', 'b'].map((value) =>
      allow({ Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': [value] } } }),
    ),
  ],
  'values of two keys stay apart': [
    [
      allow({ Condition: { StringEquals: { k: ['a'], m: ['a'] } } }),
      allow({ Condition: { StringEquals: { k: ['b'], m: ['b'] } } }),
    ],
    [
      allow({ Condition: { StringEquals: { k: ['a'], m: ['a'] } } }),
      allow({ Condition: { StringEquals: { k: ['b'], m: ['b'] } } }),
    ],
  ],
  'covered by two conditions together': [
    [
      allow({ Condition: inRegion('a', 'b'), Resource: [A] }),
      allow({ Condition: inRegion('a'), Action: ['s3:*'] }),
      allow({ Condition: inRegion('b'), Action: ['*'] }),
    ],
    [
      allow({ Condition: inRegion('a'), Action: ['s3:*'] }),
      allow({ Condition: inRegion('b'), Action: ['*'] }),
    ],
  ],
};

for (const [kind, [before, after]] of Object.entries(kinds)) {
  test(`merging exactly: ${kind}`, () => {
    assert.equal(merged(before), after);
    assert.equal(merged(after), after, 'merging again');
  });
}

test('merging exactly: never longer than what was asked for', () => {
  const Resource = ['a', 'b', 'c', 'd'].map((name) => `arn:aws:s3:::${name}`);
  const statements = Array.from({ length: 40 }, (_, number) =>
    allow({
      Effect: number % 5 === 0 ? 'Deny' : 'Allow',
      Action: ['Get', 'Put', 'List', 'Tag', 'Copy', 'Move']
        .filter((_name, at) => (number * 7) & (1 << at))
        .map((name) => `s3:${name}`),
      Resource: Resource.filter((_name, at) => (number * 11) & (1 << at)),
    }),
  ).filter(({ Action, Resource: on }) => (Action?.length ?? 0) > 0 && (on?.length ?? 0) > 0);
  for (let count = 1; count <= statements.length; count++) {
    const some = statements.slice(0, count);
    const length = (list: readonly Statement[]): number =>
      lengthOf({ Version: '2012-10-17', Statement: list });
    assert.ok(length(merged(some)) <= length(some), `${count} statements`);
  }
});

test.run();
