/** Inputs that never end or crash a reader: each is refused at once, with its place. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { matchesWhole, patternFault } from '../../src/model/value-pattern.ts';
import { readValues } from '../../src/pack-values/read.ts';
import { parseYaml } from '../../src/spec/yaml-file.ts';
import { gen, type Outcome, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';
import { randomFrom } from '../support/random.ts';

const inputs = suite('inputs');

const FEATURES = 'a:\n  base: true\n  description: x\n  groups: [a]\n';
const groupOf = (statements: string): string =>
  `id: a\npolicyName: A\nattachTo: [palette]\nstatements:\n${statements}\n`;
const GROUP = groupOf('  - { Effect: Allow, Action: "s3:GetObject", Resource: "*" }');

/** Milliseconds that no hostile input may take; one that is not bounded takes minutes or for ever. */
const LONGEST_RUN = 20_000;

async function timed(words: string): Promise<Outcome> {
  const start = performance.now();
  const outcome = await gen(words);
  assert.ok(performance.now() - start < LONGEST_RUN, `${words} takes too long`);
  return outcome;
}

async function withGroup(text: string, ...said: readonly (string | RegExp)[]): Promise<void> {
  await inFolder({ 's/features.yaml': FEATURES, 's/groups/a.yaml': text }, async () => {
    says(await timed('--spec s --features a --format iam-json'), 2, ...said);
  });
}

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join('');

inputs('case 49-internal-errors: flags named like members of every object', async () => {
  const names = Object.getOwnPropertyNames(Object.prototype);
  for (const command of ['', 'diff', 'features']) {
    for (const name of names) {
      says(await gen(`${command} --${name}=1`), 2, `There is no flag --${name}.`);
    }
    says(await gen(`${command} --no-toString`), 2, 'There is no flag --toString.');
    says(await gen(`${command} --toString 1`), 2, 'There is no flag --toString.');
    says(await gen(`${command} ---- 0=`), 2, 'There is no flag ----.');
    says(await gen(`${command} ----\n0=`), 2, 'There is no flag ----');
    says(await gen(`${command} --toString\n0=`), 2, 'There is no flag --toString');
  }
});

inputs('case 49-internal-errors: a map where a word belongs', async () => {
  for (const map of [
    '{ toString: 1 }',
    '{ valueOf: 1, toString: 2 }',
    '{ toJSON: 1 }',
    '[toString]',
  ]) {
    const statement = `  - { Effect: ${map}, Action: "s3:GetObject", Resource: "*" }`;
    await withGroup(groupOf(statement), 's/groups/a.yaml:5:15', 'must be a word');
  }
});

inputs('case 49-internal-errors: an alias within its own anchor', async () => {
  await withGroup(
    groupOf('  - &s { Effect: Allow, Action: "s3:GetObject", Resource: *s }'),
    's/groups/a.yaml:5:59',
    '*s refers to what it is in',
  );
  await withGroup('a: &a\n  b: &b [*a, *b]\n', 's/groups/a.yaml:2:10', 's/groups/a.yaml:2:14');
  await withGroup('a: &a { ? *a : b }\n', 'refers to what it is in');
  assert.throws(() => readValues('a: &a [*a]\n', 'v.yaml'), /refers to what it is in/);
});

inputs('case 49-internal-errors: keys within keys', async () => {
  await withGroup('? '.repeat(250), /s\/groups\/a\.yaml:1:\d+ {2}too-deep/);
  await withGroup('? '.repeat(40), 's/groups/a.yaml:1:5', 'A key holds a key that is a map');
  await withGroup('{? '.repeat(20) + '}'.repeat(20), 'A key holds a key that is a map');
  await withGroup('a: &a [x]\n*a : b\n', 's/groups/a.yaml:2:1', 'The key *a is a map or list');
});

inputs('case 49-internal-errors: gen init where no folder is', async () => {
  await inFolder({ file: '' }, async () => {
    says(
      await gen('init --config nowhere/gen.yaml'),
      2,
      'cannot write nowhere/gen.yaml',
      '--config',
    );
    says(await gen('init --config file/gen.yaml'), 2, 'cannot write file/gen.yaml');
    says(await gen('init --config . --force'), 2, 'cannot write .: it is a folder');
  });
});

inputs('case 49-internal-errors: gen diff of 200,000 resources', async () => {
  const policy = (name: (index: number) => string): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 's3:GetObject',
          Resource: Array.from({ length: 200_000 }, (_, index) => `arn:aws:s3:::${name(index)}`),
        },
      ],
    });
  const files = { 'a/p.json': policy((i) => `b${i}`), 'b/p.json': policy((i) => `c${i}*`) };
  await inFolder(files, async () => {
    says(await gen('diff a b'), 0);
  });
});

inputs('case 49-internal-errors: policies with 200,000 faults', async () => {
  const text = JSON.stringify({ Statement: Array.from({ length: 200_000 }, () => ({ Efect: 1 })) });
  await inFolder({ 'a.json': text }, async () => {
    assert.is((await timed('diff a.json a.json')).code, 2);
  });
});

inputs('case 52-yaml-and-regex-bombs: patterns of parameters', async () => {
  const files = (pattern: string, value: string): Record<string, string> => ({
    's/features.yaml': FEATURES,
    's/groups/a.yaml': groupOf(
      '  - { Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::{{p}}" }',
    ),
    's/parameters.yaml': `p: { description: x, pattern: '${pattern}', maxLength: 9999, constraint: x${value} }\n`,
  });
  const long = 'a'.repeat(5_000);
  for (const pattern of [
    '^(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '^a*a*a*a*a*b$',
    '^(([a-z])+.)+[A-Z]$',
    '^(?:(?:a*)*)*$',
  ]) {
    await inFolder(files(pattern, `, default: "${long}!"`), async () => {
      says(
        await timed('--spec s --features a --format iam-json'),
        2,
        'wrong-default',
        's/parameters.yaml:1:',
      );
    });
    await inFolder(files(pattern, ''), async () => {
      says(
        await timed(`--spec s --features a --format iam-json --param p=${long}!`),
        2,
        'is refused',
      );
    });
  }
  for (const pattern of [
    '^(?=a)a$',
    '^(?!b)a$',
    '^(?<=a)a$',
    '^(?<!a)a$',
    '^(a)\\1$',
    '^a{1,1000000}$',
    '^((a{99}){99}){99}$',
    '^(a$',
  ]) {
    await inFolder(files(pattern, ''), async () => {
      const outcome = await timed('--spec s --features a --format iam-json --param p=a');
      says(
        outcome,
        2,
        /s\/parameters\.yaml:1:\d+ {2}malformed-value {2}p\.pattern/,
        'cannot be used',
      );
    });
  }
});

inputs('case 52-yaml-and-regex-bombs: patterns mean what they mean to JavaScript', () => {
  const random = randomFrom(52);
  const one = (items: readonly string[]): string => items[random(items.length)] as string;
  const atoms = [
    'a',
    'b',
    '1',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\w',
    '\\.',
    '{',
    ']',
    '\\x61',
    '{1a}',
    '[\\]a]',
    '^',
    '$',
    '\\b',
    '\\B',
  ];
  const pattern = (depth: number): string => {
    switch (depth === 0 ? 0 : random(5)) {
      case 0:
        return one(atoms);
      case 1:
        return `(${pattern(depth - 1)})${one(['', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?', '{0}'])}`;
      case 2:
        return `${pattern(depth - 1)}|${pattern(depth - 1)}`;
      case 3:
        return `(?:${pattern(depth - 1)}|)${one(['*', '{2,3}', '+?'])}`;
      default:
        return pattern(depth - 1) + pattern(depth - 1);
    }
  };
  let compared = 0;
  let matching = 0;
  for (let round = 0; round < 5_000; round += 1) {
    const text = pattern(4);
    let expected: RegExp;
    try {
      new RegExp(text);
      expected = new RegExp(`^(?:${text})$`);
    } catch {
      continue;
    }
    assert.is(patternFault(text), undefined, text);
    for (let count = 0; count < 4; count += 1) {
      const value = times(random(6), () => one(['a', 'a', 'b', '1', '{', '}', ']', '.']));
      assert.is(matchesWhole(text, value), expected.test(value), `${text} on ${value}`);
      compared += 1;
      if (expected.test(value)) matching += 1;
    }
  }
  assert.ok(compared > 15_000 && matching > 1_000, `${compared} compared, ${matching} match`);
});

const BOMBS: readonly (readonly [name: string, text: string, code: string])[] = [
  ['braces', '{'.repeat(500), 'too-deep'],
  ['brackets', '['.repeat(500), 'too-deep'],
  ['both', '[{'.repeat(250), 'too-deep'],
  ['explicit keys', '{? '.repeat(250), 'too-deep'],
  ['dashes', '- '.repeat(5_000), 'too-deep'],
  ['levels', times(5_000, (i) => `${' '.repeat(i)}a:\n`), 'too-deep'],
  ['brackets that are closed', '['.repeat(9_000) + ']'.repeat(9_000), 'too-deep'],
  ['brackets never closed', '- {\n'.repeat(20_000), 'yaml-syntax'],
  [
    'aliases in a chain',
    `a0: &a0 [x]\n${times(4_000, (i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`)}`,
    'too-many-aliases',
  ],
  [
    'a shorter chain',
    `a0: &a0 [x]\n${times(900, (i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`)}`,
    'yaml-syntax',
  ],
  [
    'a chain of single aliases',
    `a0: &a0 [x]\n${times(90, (i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`)}`,
    'yaml-syntax',
  ],
  ['aliases of one anchor', `a: &a [x]\nb:\n${'- *a\n'.repeat(8_000)}`, 'too-many-aliases'],
  [
    'billion laughs',
    `a0: &a0 [x, x]\n${times(40, (i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`)}`,
    'yaml-syntax',
  ],
  ['anchors', times(32_000, (i) => `k${i}: &k${i} a\n`), 'too-many-aliases'],
  ['parts', 'a: b\n'.repeat(100_000), 'too-large'],
  ['a long text', `a: ${'x'.repeat(100_000)}\n`, 'too-long'],
];

inputs('case 52-yaml-and-regex-bombs: YAML is read in linear time, or refused at its place', () => {
  for (const [name, text, code] of BOMBS) {
    const start = performance.now();
    const file = parseYaml(text, 'a.yaml');
    assert.ok(performance.now() - start < LONGEST_RUN, `${name}: takes too long`);
    assert.ok(file.broken, name);
    assert.ok(
      file.problems.some((problem) => problem.code === code && problem.place !== undefined),
      `${name}: ${JSON.stringify(file.problems.slice(0, 3))}`,
    );
  }
});

inputs('case 52-yaml-and-regex-bombs: many keys, and many lines that tabs indent', async () => {
  await withGroup(
    GROUP + times(15_000, (i) => `k${i}: a\n`),
    's/groups/a.yaml:6:1',
    'unknown-key',
    '15000 problems',
  );
  await withGroup(`{ "id": [\n${'\t\t"b",\n'.repeat(15_000)}]`, 'yaml-syntax');
});

inputs('case 52-yaml-and-regex-bombs: gen.yaml and values files', async () => {
  const bomb = '{'.repeat(500);
  const values = 'eks-dynamic --format pxk,iam-json --account-id 123456789012 --values v.yaml';
  await inFolder({ 'gen.yaml': bomb, 'v.yaml': `a: ${bomb}` }, async () => {
    says(await timed(''), 2, 'gen.yaml:1:64  too-deep');
    says(await timed(`--features ${values}`), 2, /v\.yaml:1:6\d {2}too-deep/);
    writeFileSync('v.yaml', `a: &a [x]\nb: [${'*a, '.repeat(8_000)}]\n`);
    says(await timed(`--features ${values}`), 2, 'too-many-aliases');
  });
});

inputs('case 52-yaml-and-regex-bombs: manifests and policies nested without end', async () => {
  const deep = '['.repeat(5_000) + ']'.repeat(5_000);
  const manifest = `{"manifestVersion":1,"files":[],"policies":${deep}}`;
  await inFolder({ 'out/core/manifest.json': manifest, 'p.json': deep }, async () => {
    says(await timed('--features core'), 2, 'manifest.json is nested too deeply');
    says(await timed('check --features core'), 2, 'manifest.json is nested too deeply');
    says(await timed('diff out/core out/core'), 2, 'nested too deeply');
    says(await timed('diff p.json p.json'), 2, 'nested too deeply');
  });
});

inputs('case 52-yaml-and-regex-bombs: files that are no regular files', async () => {
  const eks = '--features eks-dynamic --format pxk,iam-json --account-id 123456789012';
  await inFolder({ 's/features.yaml': FEATURES, 's/groups/.keep': '' }, async () => {
    mkdirSync('folder');
    symlinkSync('/dev/zero', 'device');
    symlinkSync('folder', 'link');
    execFileSync('mkfifo', ['fifo', 's/groups/a.yaml']);
    says(await timed('--spec s --features a'), 2, 's/groups/a.yaml is not a regular file');
    for (const path of ['folder', 'device', 'link', 'fifo']) {
      says(await timed(`--config ${path}`), 2, `${path} is not a`, 'regular files');
      says(await timed(`${eks} --values ${path}`), 2, `${path} is not a`, 'regular files');
    }
    for (const path of ['device', 'fifo']) {
      says(await timed(`diff ${path} ${path}`), 2, `${path} is not a regular file`);
    }
    mkdirSync('out/core', { recursive: true });
    execFileSync('mkfifo', ['out/core/manifest.json']);
    says(await timed('--features core'), 2, 'manifest.json is not a regular file');
    says(await timed('check --features core'), 2, 'manifest.json is not a regular file');
  });
});

inputs(
  'case 52-yaml-and-regex-bombs: a file that is too large is refused with the limit',
  async () => {
    const large = 'x: y\n'.repeat(1_100_000);
    const files = {
      's/features.yaml': FEATURES,
      's/groups/a.yaml': large,
      'gen.yaml': large,
      'out/core/manifest.json': large.repeat(4),
    };
    await inFolder(files, async () => {
      says(await timed('--spec s --features a'), 2, 's/groups/a.yaml is larger than 5 MB');
      says(await timed(''), 2, 'gen.yaml is larger than 5 MB');
      says(await timed('--features core'), 2, 'manifest.json is larger than 20 MB');
    });
  },
);

inputs.run();
