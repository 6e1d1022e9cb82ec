// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's and Terraform's words are meant literally.
/** Cases found by use: open parameters whose values may hold a colon. */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { differenceOf } from '../../src/diff/difference.ts';
import { sideOfManifest } from '../../src/diff/manifest-side.ts';
import type { Side } from '../../src/diff/side.ts';
import { type Generation, generate } from '../../src/generate.ts';
import {
  holdersOfColons,
  mayHold,
  type Parameter,
  wholePattern,
} from '../../src/model/parameter.ts';
import type { RequirementGroup, Spec } from '../../src/model/requirement.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { builtIn } from '../support/bundles.ts';
import { BUILT_IN } from '../support/target.ts';

const test = suite('cases: open parameters');

const WITHOUT_COLON = '^[a-z0-9-]{1,40}$';

const overlay = fileURLToPath(
  new URL('../cases/31-open-parameter-with-colon/spec', import.meta.url),
);
const spec = loadSpec({ builtIn: BUILT_IN, overlays: [overlay] });

/** The case's spec with other resources in its two groups, and another parameter. */
function variant(wide: string, narrow: string, changes: Partial<Parameter> = {}): Spec {
  const withResource = (id: string, resource: string): [string, RequirementGroup] => {
    const group = spec.groups.get(id) as RequirementGroup;
    const statements = group.statements.map((each) => ({ ...each, Resource: [resource] }));
    return [id, { ...group, statements }];
  };
  const p0 = { ...(spec.parameters.get('p0') as Parameter), ...changes };
  return {
    ...spec,
    groups: new Map([...spec.groups, withResource('g-w', wide), withResource('g-n', narrow)]),
    parameters: new Map([...spec.parameters, ['p0', p0]]),
  };
}

async function generated(
  from: Spec,
  parameters: ReadonlyMap<string, string> = new Map(),
): Promise<Generation> {
  const formats = ['cloudformation', 'terraform'] as const;
  return generate(from, { features: ['extra'], formats, mergeMode: 'all', parameters });
}

/** Resources as they are written. */
async function resourcesOf(
  from: Spec,
  parameters?: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const { bundle } = await generated(from, parameters);
  const statements = bundle.policies.flatMap(({ document }) => document.Statement);
  return statements.flatMap(({ Resource = [] }) => Resource);
}

const WIDE = 'arn:aws:s3:*:*:b*';
const NARROW = 'arn:aws:s3:{{p0}}:*:b1';

test('case 31-open-parameter-with-colon: what its values may shift is not dropped', async () => {
  const { files } = await generated(spec);
  const template = files.find(({ path }) => path.endsWith('palette-policies.yaml'))?.content ?? '';
  assert.match(template, '- arn:aws:s3:*:*:b*\n');
  assert.match(template, '- Fn::Sub: arn:aws:s3:${P0}:*:b1\n');
  const module = files.find(({ path }) => path.endsWith('main.tf'))?.content ?? '';
  assert.match(module, '"arn:aws:s3:*:*:b*",');
  assert.match(module, '"arn:aws:s3:${var.p0}:*:b1",');
});

test('case 31-open-parameter-with-colon: dropped where no value can hold a colon', async () => {
  assert.equal(await resourcesOf(variant(WIDE, NARROW, { pattern: WITHOUT_COLON })), [WIDE]);
});

test('case 31-open-parameter-with-colon: dropped with a value, which says where its parts are', async () => {
  const given = (value: string) => resourcesOf(spec, new Map([['p0', value]]));
  assert.equal(await given('eu-west-1'), [WIDE]);
  assert.equal(await given('eu-west-1:123456789012'), [
    WIDE,
    'arn:aws:s3:eu-west-1:123456789012:*:b1',
  ]);
  assert.equal(await resourcesOf(variant(WIDE, NARROW, { default: 'eu-west-1' })), [WIDE]);
});

test('case 31-open-parameter-with-colon: in every part before the last', async () => {
  for (const [wide, narrow] of [
    ['arn:*:s3:*:*:b*', 'arn:{{p0}}:s3:*:*:b1'],
    ['arn:aws:s3:*:*:b*', 'arn:aws:s3:*:{{p0}}:b1'],
    ['arn:aws:s3:*:1*:b*', 'arn:aws:s3:*:1{{p0}}:b1'],
    ['arn:aws:s3:{{p0}}:*:b*', 'arn:aws:s3:{{p0}}:*:b1'],
  ] as const) {
    const both = await resourcesOf(variant(wide, narrow));
    assert.is(both.length, 2, `${wide} and ${narrow}: ${both}`);
    const one = await resourcesOf(variant(wide, narrow, { pattern: WITHOUT_COLON }));
    assert.is(one.length, 1, `${wide} and ${narrow}: ${one}`);
  }
});

test('case 31-open-parameter-with-colon: the last part may hold colons', async () => {
  for (const [wide, narrow] of [
    ['arn:aws:s3:::b*', 'arn:aws:s3:::b{{p0}}'],
    ['arn:aws:s3:::{{p0}}/*', 'arn:aws:s3:::{{p0}}/a'],
    ['arn:aws:s3:::*:{{p0}}', 'arn:aws:s3:::a:{{p0}}'],
  ] as const) {
    const one = await resourcesOf(variant(wide, narrow));
    assert.is(one.length, 1, `${wide} and ${narrow}: ${one}`);
  }
});

test('case 31-open-parameter-with-colon: gen diff tells what is gone', async () => {
  const side = ({ manifest }: Generation): Side => ({
    ...sideOfManifest(manifest, builtIn),
    name: 'side',
    kind: 'folder',
  });
  const both = side(await generated(spec));
  const { narrowing, principals } = differenceOf(both, side(await generated(variant(WIDE, WIDE))));
  assert.ok(narrowing);
  assert.is(principals.length, 1);
  assert.not.ok(differenceOf(both, side(await generated(spec))).narrowing);
});

test('a pattern tells whether it allows a colon', () => {
  const holds = (pattern: string) => mayHold({ pattern } as Parameter, ':');
  for (const pattern of ['^.+$', '^[^a]$', '^\\S+$', '^\\W$', '^a:b$', '^[!-~]+$', '^(a|:)$']) {
    assert.ok(holds(pattern), pattern);
  }
  for (const pattern of ['^\\x3a$', '^\\u003A$', '^[\\x3a]$', '^\\:$']) {
    assert.ok(holds(pattern), pattern);
  }
  for (const pattern of ['^[a-z]+$', '^\\w{1,9}$', '^a|b$', '^(?:x)?$', '^\\d{12}$', '^\\x3b$']) {
    assert.not.ok(holds(pattern), pattern);
  }
});

test('no ARN of the built-in spec is affected', () => {
  const { parameters, groups } = loadSpec({ builtIn: BUILT_IN });
  const resources = [...groups.values()].flatMap(({ statements }) =>
    statements.flatMap(({ Resource }) => Resource ?? []),
  );
  for (const name of holdersOfColons(parameters)) {
    assert.not.ok(
      resources.some((each) => each.includes(`{{${name}}}`)),
      name,
    );
  }
});

test('case 31-open-parameter-with-colon: each alternative of a pattern is anchored where it is written', () => {
  for (const [pattern, whole] of [
    ['^a|b$', '^(?:^a|b$)$'],
    ['a|b', '^(?:a|b)$'],
    ['^(a|b)$', '^(a|b)$'],
    ['^[|]+$', '^[|]+$'],
    ['^a\\\\|b$', '^(?:^a\\\\|b$)$'],
    ['^a\\|b$', '^a\\|b$'],
    ['^a\\$', '^(?:^a\\$)$'],
  ] as const) {
    assert.is(wholePattern(pattern), whole);
  }
});

test.run();
