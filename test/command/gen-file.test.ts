/** gen.yaml: many targets in one run. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import schema from '../../spec/schema/gen.schema.json' with { type: 'json' };
import { TARGET_OPTIONS } from '../../src/cli/arguments/flags.ts';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';

const FILE = `
defaults:
  format: iam-json
  account-id: "012345678901"
  tag: { team: platform }
targets:
  prod:
    features: [eks, cni-scoped]
    cluster-name: prod
    vpc-id: vpc-0abc1234def567890
  plain:
    features: core
    out: elsewhere
`;

const manifest = (path: string) => JSON.parse(readFileSync(`${path}/manifest.json`, 'utf8'));

test('every flag that describes a target is a key of it, and no other is', () => {
  // A name is the target's key; packing afresh is said once, not written down.
  const flags = Object.keys(TARGET_OPTIONS).filter((flag) => !['name', 'repack'].includes(flag));
  // A reason is worth writing down, so warnings are accepted in the file only.
  assert.equal(Object.keys(schema.$defs.target.properties).sort(), [...flags, 'accept'].sort());
});

test('each target is what its flags would give', async () => {
  await inFolder({ 'gen.yaml': FILE }, async () => {
    says(await gen(''), 0, '2 of 2 targets generated: 2 changed, 0 unchanged.');
    const words =
      '--features eks,cni-scoped --cluster-name prod --vpc-id vpc-0abc1234def567890 --format iam-json --account-id 012345678901 --tag team=platform --name prod --out flags';
    says(await gen(words), 0);
    const files = (folder: string) =>
      (readdirSync(folder, { recursive: true }) as string[])
        .filter((path) => statSync(`${folder}/${path}`).isFile())
        .map((path) => [path, readFileSync(`${folder}/${path}`, 'utf8')]);
    assert.equal(files('out/prod'), files('flags/prod'));
    assert.ok(existsSync('elsewhere/plain/manifest.json'));
    says(await gen(''), 0, '0 changed, 2 unchanged');
    says(await gen('check'), 0, '2 of 2 targets checked: 2 fresh, 0 not fresh.');
  });
});

const SCOPED = (accept: string): string => `targets:
  scoped:
    features: [eks, cni-scoped]
    format: terraform
    accept: ${accept}
`;

test('a warning that is accepted is a note, with the reason', async () => {
  const entry = '{ code: ineffective-scoping, group: cni-scoped-ipv4, reason: until we detach it }';
  await inFolder({ 'gen.yaml': SCOPED(`[${entry}]`) }, async () => {
    const brief = await gen('');
    says(brief, 0, 'scoped/');
    assert.not.match(brief.stderr, 'warning:');
    const verbose = await gen('--verbose');
    says(verbose, 0, 'note: ', 'Accepted (until we detach it): nodes and node-group:');
    assert.not.match(JSON.stringify(manifest('out/scoped').warnings), 'cni-scoped-ipv4');
  });
});

test('an acceptance of nothing is a warning, and a wrong one is refused', async () => {
  const unused = '[{ code: no-principal, reason: x }]';
  await inFolder({ 'gen.yaml': SCOPED(unused) }, async () => {
    says(await gen(''), 0, 'The target accepts no-principal, and there is no such warning.');
  });
  const wrong: readonly (readonly [string, string, string])[] = [
    [
      '[{ code: ineffective-scope, reason: x }]',
      'unknown-warning',
      'Did you mean ineffective-scoping?',
    ],
    ['[{ code: no-principal, reason: " " }]', 'empty-value', 'has no reason'],
    ['[{ code: no-principal }]', 'missing-key', 'The key reason is missing.'],
    ['[{ code: no-principal, reason: x, groups: y }]', 'unknown-key', 'Did you mean group?'],
  ];
  for (const [accept, code, says_] of wrong) {
    await inFolder({ 'gen.yaml': SCOPED(accept) }, async () => {
      says(await gen(''), 2, code, says_, /^gen\.yaml:5:/m);
    });
  }
});

test('a flag goes before the file, and --target chooses', async () => {
  await inFolder({ 'gen.yaml': FILE }, async () => {
    says(await gen('--target prod --merge all --out here'), 0, 'here/prod');
    assert.equal(readdirSync('.').sort(), ['gen.yaml', 'here']);
    assert.is(manifest('here/prod').mergeMode, 'all');
    says(await gen('--target pord'), 2, 'Did you mean prod?', 'Targets: prod, plain.');
    says(await gen('--stdout'), 2, '--target: prod, plain');
    says(await gen('howto'), 2, 'gen howto is about one target');
    assert.match((await gen('howto --target plain')).stdout, 'PaletteNodesPolicy');
  });
});

test('paths are relative to the file, wherever it is run from', async () => {
  const files = {
    'iam/gen.yaml': 'targets: { mine: { features: [mine], spec: own, format: iam-json } }\n',
    'iam/own/features.yaml': 'mine: { description: Mine., base: true, groups: [mine] }\n',
    'iam/own/groups/mine.yaml':
      'id: mine\npolicyName: Mine\ndescription: Mine.\nattachTo: [palette]\nstatements: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]\n',
  };
  await inFolder(files, async () => {
    says(await gen('--config iam/gen.yaml'), 0);
    assert.ok(existsSync('iam/out/mine/iam-json/Mine.json'));
  });
});

test('without the file, and with --features, everything is as it was', async () => {
  await inFolder({}, async () => {
    says(await gen('--target prod'), 2, 'There is no file gen.yaml.');
    says(await gen('--format iam-json'), 0);
    assert.equal(readdirSync('out'), ['core']);
  });
  await inFolder({ 'gen.yaml': FILE }, async () => {
    says(await gen('--features core --format iam-json'), 0);
    assert.equal(readdirSync('out'), ['core']);
  });
});

const WRONG: readonly (readonly [string, string, ...string[]])[] = [
  [
    'a typo in a key',
    'targets: { a: { feature: core } }',
    'gen.yaml:1:17  unknown-key',
    'features',
  ],
  ['a typo at the top', 'target: { a: {} }', 'gen.yaml:1:1  unknown-key', 'targets'],
  ['no target', 'targets: {}', 'targets is empty'],
  ['not YAML', 'targets: [', 'gen.yaml:2:1', 'not YAML'],
  [
    'an account that is a number',
    'targets: { a: { account-id: 012345678901 } }',
    'in quotes: "012345678901"',
  ],
  ['a name that is a path', 'targets: { a/b: {} }', 'the name of a single folder'],
  [
    'a wrong value',
    'targets: { a: { tag: { "aws:x": y } } }',
    'gen.yaml:1:17  bad-tag  targets.a.tag',
  ],
  [
    'a wrong default, once',
    'defaults: { path: x }\ntargets: { a: {}, b: {} }',
    'gen.yaml:1:13  bad-path  defaults.path  "x" is not',
  ],
  [
    'an unknown format',
    'targets: { a: { format: yaml } }',
    'gen.yaml:1:17',
    'Unknown format "yaml"',
  ],
  [
    'two targets in one folder',
    'targets: { Prod: {}, prod: {} }',
    'gen.yaml:1:22  shared-folder',
    'Prod is written there',
  ],
  ['a target inside another', 'targets: { a: {}, b: { out: out/a } }', "it lies inside a's"],
  [
    'an overlay that is not there',
    'targets: { a: { spec: nowhere } }',
    'gen.yaml:1:17  no-spec-folder',
    'no folder nowhere',
  ],
];
for (const [what, text, ...said] of WRONG) {
  test(`wrong, and nothing is written: ${what}`, async () => {
    await inFolder({ 'gen.yaml': `${text}\n` }, async () => {
      const outcome = await gen('');
      says(outcome, 2, ...said);
      assert.is(outcome.stderr.split('bad-path').length <= 2, true);
      assert.equal(readdirSync('.'), ['gen.yaml']);
    });
  });
}

test('one target that fails does not stop the others; the exit code and the sum say so', async () => {
  const text = `
defaults: { format: iam-json }
targets:
  first: { features: core }
  unknown: { features: nope }
  full: { features: [core, eks], max-policies: 1, merge: none }
  last: { features: [core, eks] }
`;
  await inFolder({ 'gen.yaml': text }, async () => {
    const outcome = await gen('');
    says(outcome, 3, 'gen.yaml:5:3', 'unknown: ', 'full: ', '2 of 4 targets generated');
    says(outcome, 3, '2 failed');
    assert.equal(readdirSync('out').sort(), ['first', 'last']);
    says(await gen('check'), 3, '2 fresh, 0 not fresh, 2 failed');
  });
});

test('check tells which targets are stale, edited, missing', async () => {
  await inFolder({ 'gen.yaml': FILE }, async () => {
    says(await gen('check'), 1, 'out/prod/ is not fresh', '0 fresh, 2 not fresh');
    says(await gen(''), 0);
    writeFileSync('elsewhere/plain/iam-json/PaletteNodesPolicy.json', '{}\n');
    const outcome = await gen('check');
    says(outcome, 1, 'elsewhere/plain/ is not fresh: 1 edited', '1 fresh, 1 not fresh');
    assert.match(outcome.stdout, '--- a/elsewhere/plain/iam-json/PaletteNodesPolicy.json');
    const listed = JSON.parse((await gen('check --json')).stdout);
    assert.equal(
      listed.map(({ folder, fresh }: { folder: string; fresh: boolean }) => [folder, fresh]),
      [
        ['prod', true],
        ['plain', false],
      ],
    );
  });
});

test('diff and outdated know the targets by their names', async () => {
  const text =
    'targets: { now: { features: [core, eks] }, then: { features: [core, eks], as-of: latest } }\n';
  await inFolder({ 'gen.yaml': text }, async () => {
    const differs = await gen('diff now then --fail-on widening');
    says(differs, 1, 'then allows more than now');
    says(await gen('diff now now --fail-on widening'), 0);
    says(await gen('diff now nowhere'), 2, 'nowhere');
    const outdated = await gen('outdated');
    says(
      outdated,
      1,
      /now: \d+ additions since/,
      'then: no additions since the latest that gen knows',
    );
    const listed = JSON.parse((await gen('outdated --json')).stdout);
    assert.equal(
      listed.map(({ target }: { target: string }) => target),
      ['now', 'then'],
    );
    says(await gen('outdated --target then'), 0);
  });
});

test('a bar on a terminal, gone at the end; none in a pipe', async () => {
  await inFolder({ 'gen.yaml': FILE }, async () => {
    const shown = await gen('', { isTerminal: true });
    assert.match(shown.stderr, /█|░/);
    assert.not.match((await gen('check')).stderr, /█|░|\r/);
    assert.is((await gen('--quiet', { isTerminal: true })).stderr, '');
  });
});

test.run();
