/**
 * A target's values are judged alike at every entrance: the library, the flags and gen.yaml refuse
 * the same ones, with the same code, and each says where the value came from.
 */
import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { OPTION_FLAGS } from '../../src/cli/arguments/flags.ts';
import { parseCommandLine } from '../../src/cli/arguments/options.ts';
import {
  composeBundle,
  GenError,
  generate,
  loadSpec,
  type Problem,
  type TargetOptions,
} from '../../src/index.ts';
import { targetFaults } from '../../src/model/target-rules.ts';
import { gen } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';

const test = suite('library options');
const spec = loadSpec();

async function refused(options: unknown): Promise<readonly Problem[]> {
  try {
    await generate(spec, options as TargetOptions);
  } catch (error) {
    assert.instance(error, GenError);
    assert.is((error as GenError).exitCode, 2);
    assert.throws(
      () => composeBundle(spec, options as TargetOptions),
      (thrown: unknown) => thrown instanceof GenError && thrown.exitCode === 2,
    );
    return (error as GenError).problems;
  }
  return assert.unreachable('it was taken') as never;
}

const BOUNDARY = 'arn:aws:iam::123456789012:policy/Boundary';
const long = (length: number) => 'x'.repeat(length);
const tags = (...pairs: readonly (readonly [string, string])[]) => ({
  options: { tags: new Map(pairs) },
  flags: pairs.flatMap(([key, value]) => ['--tag', `${key}=${value}`]),
  file: { tag: Object.fromEntries(pairs) },
});

interface Case {
  readonly code: string;
  /** The option as the library says it. */
  readonly option: string;
  readonly options: object;
  readonly flags: readonly string[];
  /** Undefined where the file cannot say it. */
  readonly file?: object;
}
const one = (code: string, option: string, value: unknown, flag: string): Case => ({
  code,
  option,
  options: { [option]: value },
  flags: [value].flat().map((each) => `--${flag}=${each}`),
  file: { [flag]: value },
});

const SHARED: readonly Case[] = [
  one('unknown-format', 'formats', ['tf'], 'format'),
  one('unknown-merge-mode', 'mergeMode', 'al', 'merge'),
  one('unknown-merge-mode', 'mergeMode', '', 'merge'),
  one('unknown-policy-type', 'policyType', 'both', 'policy-type'),
  one('unknown-shrink-mode', 'shrink', 'much', 'shrink'),
  one('unknown-cni-principal', 'cniPrincipal', 'pods', 'cni-principal'),
  one('unknown-identity', 'identity', 'pods', 'identity'),
  {
    code: 'unknown-identity',
    option: 'identities',
    options: { identities: new Map([['vpc-cni', 'pods']]) },
    flags: ['--identity', 'vpc-cni=pods'],
    file: { identity: ['vpc-cni=pods'] },
  },
  one('bad-reserve', 'reserve', -1, 'reserve'),
  one('bad-reserve', 'reserve', 1.5, 'reserve'),
  one('bad-max-policies', 'maxPolicies', 0, 'max-policies'),
  one('bad-max-policies', 'maxPolicies', -2, 'max-policies'),
  one('bad-max-policies', 'maxPolicies', 2.5, 'max-policies'),
  one('bad-date', 'asOf', '2026-02-30', 'as-of'),
  one('bad-release', 'capaRelease', '2.9', 'capa-release'),
  one('bad-release', 'capaRelease', 'v2.1.0', 'capa-release'),
  one('bad-name', 'namePrefix', 'a/b', 'name-prefix'),
  one('bad-name', 'paletteRoles', ['arn:aws:iam::123456789012:role/p/R'], 'palette-role'),
  one('bad-name', 'paletteRoles', ['a b'], 'palette-role'),
  one('bad-name', 'paletteUsers', [long(65)], 'palette-user'),
  one('bad-name', 'paletteGroups', [long(129)], 'palette-group'),
  one('bad-name', 'nodeRoles', ['a/b'], 'node-role'),
  one('unknown-narrowing', 'narrow', ['regions'], 'narrow'),
  one('bad-role-pattern', 'allowRolePatterns', ['*'], 'allow-role-pattern'),
  one('bad-role-pattern', 'allowRolePatterns', ['a,b/c'], 'allow-role-pattern'),
  one('bad-arn', 'permissionsBoundary', 'Boundary', 'permissions-boundary'),
  one('bad-arn', 'permissionsBoundary', `${BOUNDARY}/`, 'permissions-boundary'),
  one('bad-arn', 'permissionsBoundary', 'arn:aws:iam::12:policy/B', 'permissions-boundary'),
  one('bad-value', 'namePrefix', 'a{{b}}', 'name-prefix'),
  one('bad-path', 'path', 'team/', 'path'),
  one('bad-path', 'path', `/${long(512)}/`, 'path'),
  {
    code: 'bad-arn',
    option: 'permissionsBoundary',
    options: {
      permissionsBoundary: BOUNDARY,
      parameters: new Map([['accountId', '210987654321']]),
    },
    flags: ['--permissions-boundary', BOUNDARY, '--account-id', '210987654321'],
    file: { 'permissions-boundary': BOUNDARY, 'account-id': '210987654321' },
  },
  {
    code: 'bad-arn',
    option: 'permissionsBoundary',
    options: { permissionsBoundary: BOUNDARY, parameters: new Map([['partition', 'aws-cn']]) },
    flags: ['--permissions-boundary', BOUNDARY, '--partition', 'aws-cn'],
    file: { 'permissions-boundary': BOUNDARY, partition: 'aws-cn' },
  },
  {
    code: 'clashing-flags',
    option: 'stackset',
    options: { stackset: true, formats: ['terraform'] },
    flags: ['--stackset', '--format', 'terraform'],
    file: { stackset: true, format: 'terraform' },
  },
  {
    code: 'bad-value',
    option: 'parameters',
    options: { parameters: new Map([['clusterName', '{{x}}']]) },
    flags: ['--cluster-name', '{{x}}'],
    file: { 'cluster-name': '{{x}}' },
  },
  { code: 'bad-tag', option: 'tags', ...tags(['aws:x', 'y']) },
  { code: 'bad-tag', option: 'tags', ...tags(['x', 'AWS:y']) },
  { code: 'bad-tag', option: 'tags', ...tags([long(129), 'y']) },
  { code: 'bad-tag', option: 'tags', ...tags(['x', long(257)]) },
  { code: 'bad-tag', option: 'tags', ...tags(['x', 'a!']) },
  { code: 'bad-tag', option: 'tags', ...tags(['team', 'a'], ['Team', 'b']) },
  {
    code: 'bad-tag',
    option: 'tags',
    ...tags(...Array.from({ length: 51 }, (_, at) => [`k${at}`, 'v'] as const)),
  },
];
for (const { code, option, options, flags, file } of SHARED) {
  const label = flags.join(' ').slice(0, 70);
  test(`the library, the flags and gen.yaml refuse alike: ${label}`, async () => {
    const [problem, ...others] = await refused({ features: ['core'], ...options });
    assert.equal(others, []);
    assert.is(problem?.code, code);
    assert.match(problem?.message ?? '', `\`${option}\`: `);
    assert.not.match(`${problem?.message} ${problem?.advice}`, '--');
    const said = problem?.message.slice(`\`${option}\`: `.length) as string;

    const flagged = (() => {
      try {
        parseCommandLine(['--features', 'core', ...flags], () => '');
      } catch (error) {
        return (error as GenError).problems;
      }
      return assert.unreachable('the flags were taken') as never;
    })();
    assert.is(flagged.length, 1);
    assert.is(flagged[0]?.code, code);
    assert.match(flagged[0]?.message ?? '', /^--[a-z-]+: /);
    assert.ok(flagged[0]?.message.toLowerCase().endsWith(said.toLowerCase()), flagged[0]?.message);

    const text = stringify({ targets: { t: { features: 'core', ...file } } });
    await inFolder({ 'gen.yaml': text }, async () => {
      const { code: exit, stderr } = await gen('');
      assert.is(exit, 2, stderr);
      const flag = /^--([a-z-]+)/.exec(flagged[0]?.message ?? '')?.[1];
      assert.match(stderr, new RegExp(`^gen\\.yaml:\\d+:\\d+  ${code}  targets\\.t\\.${flag}  `));
      assert.ok(stderr.includes(said), stderr);
      assert.equal(readdirSync('.'), ['gen.yaml']);
    });
  });
}

/** Options without a row above, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  features: 'the file cannot leave them out, by its schema',
  name: 'it is the key of the target in the file; below',
  deployed: 'judged once the target is composed: test/formats/adoption.test.ts',
  policyDescriptions: 'judged once the target is composed: test/formats/adoption.test.ts',
  repack: 'it is true or false',
  accept: 'there is no flag for it; below, and test/command/gen-file.test.ts',
};

test('every option has a row, or a reason for having none', () => {
  const rows = new Set(SHARED.map(({ option }) => option));
  for (const option of Object.keys(OPTION_FLAGS)) {
    assert.is(rows.has(option), !(option in ELSEWHERE), option);
  }
});

for (const name of ['../evil', 'a/b', 'a\\b', '.', '..', '', 'a\u0000b']) {
  test(`a name that leaves the output folder is refused: ${JSON.stringify(name)}`, async () => {
    const [problem] = await refused({ features: ['core'], name });
    assert.is(problem?.code, 'bad-name');
    assert.match(problem?.message ?? '', '`name`: ');
  });
}

for (const [option, value] of [
  ['features', 'core'],
  ['features', [1]],
  ['features', undefined],
  ['features', null],
  ['formats', 'pxk'],
  ['mergeMode', 1],
  ['stackset', 'yes'],
  ['name', 7],
  ['parameters', { a: 'b' }],
  ['parameters', new Map([['a', 1]])],
  ['tags', { a: 'b' }],
  ['tags', new Map([[1, 'b']])],
  ['paletteRoles', 'Role'],
  ['path', 3],
  ['reserve', null],
  ['repack', 'no'],
  ['asOf', new Date(0)],
] as const) {
  test(`of a wrong kind: ${option} ${String(value)}`, async () => {
    const problems = await refused({ features: ['core'], [option]: value });
    assert.equal(
      problems.map(({ code }) => code),
      ['bad-option'],
    );
    assert.match(problems[0]?.message ?? '', `\`${option}\`: `);
    assert.ok(problems[0]?.advice);
  });
}

test('accept: warnings that there are, with a reason', async () => {
  for (const [accept, code] of [
    [[{ code: 'x', reason: 'y' }], 'unknown-warning'],
    [[{ code: 'no-principal', reason: '' }], 'empty-value'],
    [[{ code: 'no-principal' }], 'bad-option'],
    [{ code: 'no-principal', reason: 'y' }, 'bad-option'],
  ] as const) {
    const [problem] = await refused({ features: ['core'], accept });
    assert.is(problem?.code, code);
    assert.match(problem?.message ?? '', '`accept`: ');
  }
});

test('no options at all', async () => {
  for (const options of [undefined, null, {}, 'core']) await refused(options);
});

test('an option that there is not', async () => {
  const [problem] = await refused({ features: ['core'], mergemode: 'all' });
  assert.is(problem?.code, 'unknown-option');
  assert.match(problem?.message ?? '', 'Did you mean mergeMode?');
  const [far] = await refused({ features: ['core'], toString: 'x' });
  assert.is(far?.code, 'unknown-option');
  assert.not.match(far?.message ?? '', 'Did you mean');
});

test('numbers that are none', async () => {
  for (const reserve of [Number.NaN, Number.POSITIVE_INFINITY, '2', 'two']) {
    const [problem] = await refused({ features: ['core'], reserve });
    assert.is(problem?.code, 'bad-reserve', String(reserve));
  }
});

test('tags: an empty key', async () => {
  const [problem] = await refused({ features: ['core'], tags: new Map([['', 'v']]) });
  assert.is(problem?.code, 'bad-tag');
});

test('everything wrong is said at once', async () => {
  const problems = await refused({ features: [], formats: ['x'], mergeMode: 'y', reserve: -1 });
  assert.is(problems.length, 4);
});

test('what AWS takes is taken', () => {
  const options = {
    features: ['core'],
    name: 'mine',
    formats: ['pxk', 'pxk'],
    permissionsBoundary: 'arn:aws-us-gov:iam::123456789012:policy/a/b/B@1',
    tags: new Map([
      ['a=b', 'c'],
      [`k${long(127)}`, `v${long(255)}`],
      ['Ünï cödé', ''],
      ['\u{20000}'.repeat(128), '\u{20000}'.repeat(256)],
    ]),
    shrink: 'off',
    cniPrincipal: 'node',
    paletteRoles: ['a+=,.@-_'],
  };
  assert.equal(targetFaults(options), []);
});

test('what is left out, or undefined, is as on the command line; twins count once', async () => {
  const { files, manifest } = await generate(spec, {
    features: ['core'],
    formats: ['pxk', 'pxk'],
    mergeMode: undefined,
    name: undefined,
    shrink: 'off',
    paletteRoles: ['One', 'one'],
  } as unknown as TargetOptions);
  assert.ok(files.length > 0);
  assert.equal([manifest.formats, manifest.mergeMode, manifest.target], [['pxk'], 'auto', 'core']);
  assert.equal(
    manifest.existing.map(({ name }) => name),
    ['one'],
  );
});

/** Keys and values that hold `=`, as AWS allows, in a file and as flags. */
for (const [what, file, expected] of [
  ['a key', { tag: { 'a=b': 'c' } }, [['a=b', 'c']]],
  ['key and value', { tag: { 'a=b': 'c=d', '=': '=' } }, [['a=b', 'c=d'], ['=', '=']]], // biome-ignore format: a table
  ['a value', { tag: { team: 'x=y' } }, [['team', 'x=y']]],
  ['an empty value', { tag: { team: '' } }, [['team', '']]],
] as const) {
  test(`gen.yaml is not parsed again as flags: ${what} with =`, async () => {
    const text = stringify({
      targets: { t: { features: 'iaas-dynamic', 'account-id': '123456789012', format: ['cloudformation'], ...file } }, // biome-ignore format: one line
    });
    await inFolder({ 'gen.yaml': text }, async () => {
      const { stdout, code, stderr } = await gen(
        '--stdout --only cloudformation/palette-cloudformation-input-template.yaml',
      );
      assert.is(code, 0, stderr);
      const { parseDocument } = await import('yaml');
      const { Resources } = parseDocument(stdout, { logLevel: 'silent' }).toJS();
      const role = Object.values(Resources as Record<string, { Type: string; Properties: { Tags?: unknown } }>).find(({ Type }) => Type === 'AWS::IAM::Role'); // biome-ignore format: one line
      assert.equal(
        role?.Properties.Tags,
        expected.map(([Key, Value]) => ({ Key, Value })),
      );
    });
  });
}

test('gen.yaml is not parsed again as flags: parameters, patterns and paths', async () => {
  const own = {
    'own/features.yaml': 'mine: { description: Mine., base: true, groups: [mine] }\n',
    'own/parameters.yaml':
      'bucket: { description: A bucket., pattern: "^.*$", maxLength: 20, constraint: a bucket }\n',
    'own/groups/mine.yaml':
      'id: mine\npolicyName: Mine\ndescription: Mine.\nattachTo: [palette]\nstatements: [{ Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::{{bucket}}" }]\n',
  };
  const target = { features: 'mine', spec: 'own', format: 'iam-json' };
  const text = stringify({
    targets: { t: { ...target, out: 'o=1,2', param: { bucket: 'a=b,c' } } },
  });
  await inFolder({ 'gen.yaml': text, ...own }, async () => {
    const { code, stderr } = await gen('');
    assert.is(code, 0, stderr);
    assert.ok(readdirSync('o=1,2').includes('t'));
    assert.match((await gen('--stdout --only iam-json/Mine.json')).stdout, 'arn:aws:s3:::a=b,c');
  });
  const wrong = stringify({ targets: { t: { ...target, param: { 'bucket=x': 'y' } } } });
  await inFolder({ 'gen.yaml': wrong, ...own }, async () => {
    const { code, stderr } = await gen('');
    assert.is(code, 2);
    assert.match(stderr, 'There is no parameter "bucket=x"');
  });
});

test.run();
