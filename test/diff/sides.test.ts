import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { differenceOf, type GrantChange } from '../../src/diff/difference.ts';
import { readSide, readSides } from '../../src/diff/read-side.ts';
import { GenError } from '../../src/model/errors.ts';
import { builtIn } from '../support/bundles.ts';
import { gen } from '../support/cli.ts';
import { ALL_VALUES, targetOf } from '../support/target.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Context {
  folder: string;
}

const test = suite<Context>('diff sides');

test.before.each((context) => {
  context.folder = realpathSync(mkdtempSync(join(tmpdir(), 'gen-diff-')));
  process.chdir(context.folder);
});
test.after.each((context) => {
  process.chdir(ROOT);
  rmSync(context.folder, { recursive: true, force: true });
});

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com'];
  execFileSync('git', [...identity, '-c', 'commit.gpgsign=false', ...args], { stdio: 'pipe' });
}

function write(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value, null, 2));
}

const policy = (...Action: string[]) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action, Resource: '*' },
});

for (const group of builtIn.groups.values()) {
  // Releases of Cluster API Provider AWS go by their version, not by a day.
  const dated = group.amendments.filter(({ release }) => release === undefined);
  for (const date of new Set(dated.map((each) => each.date))) {
    test(`the day of ${date} adds to ${group.id} exactly its amendments`, async () => {
      const feature = [...builtIn.features.values()].find(({ groups }) =>
        groups.includes(group.id),
      );
      const dayBefore = new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10);
      const target = targetOf([feature?.id as string], { parameters: ALL_VALUES });
      const [from, to] = await readSides([dayBefore, date], { spec: builtIn, target });
      const difference = differenceOf(from, to);
      const wanted = builtIn.groups
        .get(group.id)
        ?.amendments.filter((each) => each.date === date)
        .flatMap(({ actions, newStatement }) => actions ?? newStatement?.Action ?? []);
      assert.ok(difference.principals.length > 0);
      for (const { widening, narrowing } of difference.principals) {
        assert.equal(narrowing, []);
        const told = widening.flatMap((change) => (change as GrantChange).actions);
        assert.equal(told.sort(), [...(wanted ?? [])].sort());
      }
    });
  }
}

test('a target by its name, where somebody knows it', async () => {
  const sources = {
    spec: builtIn,
    target: targetOf(['core']),
    targetNamed: async (name: string) =>
      name === 'prod' ? { spec: builtIn, target: targetOf(['core', 'eks']) } : undefined,
  };
  const [from, to] = await readSides(['documented', 'prod'], sources);
  assert.is(to.kind, 'target');
  const difference = differenceOf(from, to);
  assert.equal(
    difference.principals.map(({ principal }) => principal),
    ['palette'],
  );
  assert.not.ok(difference.narrowing);
});

test('what is generated is what is composed, in every format and merge mode, shrunk or not', async () => {
  for (const flags of [
    '--format terraform',
    '--format iam-json --merge all',
    '--format cloudformation --merge all --shrink exact',
  ]) {
    await gen(`--features core,eks,host-groups --name x --quiet --force ${flags}`);
    const shrink = flags.includes('shrink') ? ' --merge all --shrink exact' : '';
    const outcome = await gen(`diff out/x documented --features core,eks,host-groups${shrink}`);
    // Only the documents of format iam-json are read.
    const source = flags.includes('iam-json') ? '' : ', according to manifest.json';
    const stdout = `out/x and documented allow the same${source}.\n`;
    assert.equal(outcome, { code: 0, stdout, stderr: '' });
  }
});

test('trust, boundaries and attachments are in the manifest', async () => {
  const account = '--account-id 123456789012 --format terraform --quiet';
  const boundary = '--permissions-boundary arn:aws:iam::123456789012:policy/B';
  await gen(`--features iaas-dynamic --name bound ${account} ${boundary}`);
  await gen(`--features iaas-dynamic --name free ${account} --palette-role Another`);
  const outcome = await gen('diff out/bound out/free --fail-on widening');
  assert.is(outcome.code, 1);
  assert.match(outcome.stdout, 'no longer bounded by');
  assert.match(outcome.stdout, 'attached now to\n    role Another');
  assert.is(outcome.stderr, 'out/free allows more than out/bound\n');
  assert.is((await gen('diff out/free out/bound --fail-on widening')).code, 0);
});

test('a document edited by hand is read; another edited file is told', async () => {
  await gen('--features core --format iam-json,terraform --name a --quiet');
  await gen('--features core --format iam-json,terraform --name b --quiet');
  const file = 'out/b/iam-json/PaletteNodesPolicy.json';
  const document = JSON.parse(readFileSync(file, 'utf8'));
  document.Statement.push({ Effect: 'Allow', Action: 'iam:*', Resource: '*' });
  write(file, document);
  write('out/b/terraform/main.tf', '# by hand\n');
  const outcome = await gen('diff out/a out/b');
  assert.match(outcome.stdout, /palette: widened\n {2}\+ became allowed\n {4}iam:\*\n/);
  assert.match(outcome.stdout, 'out/a and out/b are not comparable: 2 files were not compared');
  assert.match(outcome.stderr, 'out/b: not compared: terraform/ (may say other than iam-json/');
  assert.match(outcome.stderr, 'terraform/main.tf (edited)');
  assert.not.match(outcome.stderr, 'PaletteNodesPolicy');
});

test('foreign policies, as IAM takes them and as the AWS CLI prints them, are a union', async () => {
  write('old/one.json', policy('s3:GetObject', 's3:PutObject'));
  write('new/deep/version.json', { PolicyVersion: { Document: policy('s3:GetObject') } });
  write('new/inline.json', { RoleName: 'R', PolicyDocument: policy('s3:PutObject', 'ec2:X') });
  write('new/package.json', { name: 'no policy' });
  write('new/node_modules/evil.json', policy('*'));
  write('new/role.trust.json', {
    Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
  });
  const outcome = await gen('diff old new');
  assert.match(outcome.stdout, 'all policies together: widened\n  + became allowed\n    ec2:X\n');
  assert.not.match(outcome.stdout, 's3:');
  assert.match(outcome.stderr, 'role.trust.json');
  assert.match(outcome.stderr, 'as if one principal held them');
  assert.match((await gen('diff old/one.json new/inline.json')).stdout, '- no longer allowed');
});

test('a folder of targets compares each with its like', async () => {
  await gen('--features core --format iam-json --out before --quiet');
  await gen('--features core,eks --format iam-json --out before --quiet');
  await gen('--features core --format iam-json --out after --quiet --as-of latest');
  await gen('--features core,eks --format terraform --out after --quiet --as-of latest');
  write('after/policy.json', policy('s3:GetObject'));
  const { stdout, stderr } = await gen('diff before after');
  assert.match(stderr, 'after: not compared: policy.json (in no target)');
  assert.match(stdout, 'core-eks/palette: widened');
  assert.match(stdout, 'iam:ListRoles');
  assert.not.match(stdout, /^core\/palette/m);
});

test('git revisions: from the root, from here, a file, what was before', async ({ folder }) => {
  git('init', '-q');
  await gen('--features core --format iam-json --quiet');
  write('sub/policies/p.json', policy('s3:GetObject'));
  git('add', '-A');
  git('commit', '-qm', 'first');
  await gen('--features core --format iam-json --quiet --as-of latest --spec .');
  await gen('--features core,host-groups --name core --format iam-json --quiet');
  write('sub/policies/p.json', policy('s3:GetObject', 's3:PutObject'));
  write('sub/policies/ü q.json', policy('s3:ListBucket'));
  git('add', '-A');
  git('commit', '-qm', 'second');
  const before = await gen('diff HEAD~1:out/core out/core --json');
  const difference = JSON.parse(before.stdout);
  assert.equal(difference.from, { name: 'HEAD~1:out/core', kind: 'revision' });
  assert.is(difference.widening, true);
  assert.is(difference.narrowing, false);
  assert.is((await gen('diff HEAD:out/core out/core')).stdout.split('\n').length, 2);
  process.chdir(join(folder, 'sub'));
  for (const side of ['HEAD~1:./policies', 'HEAD~1:sub/policies/', 'HEAD~1:./policies/p.json']) {
    const { stdout } = await gen(`diff ${side} policies`);
    assert.match(stdout, 's3:ListBucket, s3:PutObject', side);
  }
  assert.match((await gen('diff HEAD~1: HEAD:')).stdout, 'out/core/palette: widened');
});

/** The problems of a side that cannot be read. */
async function refusal(name: string): Promise<GenError> {
  try {
    await readSide(name, { spec: builtIn, target: targetOf(['core']) });
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
  return assert.unreachable(`accepted: ${name}`) as never;
}

test('git says no: clear messages, exit 2', async () => {
  process.env.GIT_CEILING_DIRECTORIES = dirname(process.cwd());
  const codeOf = async (name: string) => (await refusal(name)).problems[0]?.code;
  assert.is(await codeOf('HEAD:out'), 'no-repository');
  git('init', '-q');
  assert.is(await codeOf('HEAD:out'), 'unknown-revision');
  write('a/p.json', policy('s3:GetObject'));
  git('add', '-A');
  git('commit', '-qm', 'first');
  assert.is(await codeOf('HEAD~1:a'), 'unknown-revision');
  assert.is(await codeOf('nonsense:a'), 'unknown-revision');
  assert.is(await codeOf('HEAD:b'), 'no-such-path');
  assert.is(await codeOf('-n:a'), 'bad-revision');
  assert.is(await codeOf('--output=x:a'), 'bad-revision');
  assert.is(await codeOf(':a'), 'bad-revision');
  assert.is(await codeOf('nowhere'), 'unknown-side');
  const both = await gen('diff HEAD~1:a nowhere');
  assert.is(both.code, 2);
  assert.match(both.stderr, 'no revision "HEAD~1"');
  assert.match(both.stderr, 'no folder "nowhere"');
});

test('broken input: exit 2, the place, the rule', async () => {
  await gen('--features core --format iam-json --name cut --quiet');
  const manifest = readFileSync('out/cut/manifest.json', 'utf8');
  const first = async (name: string) => (await refusal(name)).problems[0];

  write('out/cut/manifest.json', manifest.slice(0, manifest.length / 2));
  const cut = await first('out/cut');
  assert.is(cut?.code, 'broken-json');
  assert.is(cut?.place?.file, 'out/cut/manifest.json');
  assert.ok((cut?.place?.line ?? 0) > 10);

  write('out/cut/manifest.json', manifest.replace('"manifestVersion": 1', '"manifestVersion": 2'));
  const newer = await first('out/cut');
  assert.is(newer?.code, 'newer-manifest');
  assert.equal(newer?.place, { file: 'out/cut/manifest.json', line: 2, column: 22 });
  assert.match(newer?.message ?? '', 'version 2');

  write('out/cut/manifest.json', manifest.replace('"Effect": "Allow"', '"Effect": "Perhaps"'));
  assert.is((await first('out/cut'))?.code, 'broken-manifest');

  write('foreign/a.json', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*' }],
  });
  write('foreign/b.json', '{ "Statement": [,] }');
  const foreign = await refusal('foreign');
  assert.equal(
    foreign.problems.map(({ code, place, path }) => [code, place?.file, place?.line, path]),
    [
      ['no-statement', 'foreign/a.json', 4, 'Statement[0]'],
      ['broken-json', 'foreign/b.json', 1, undefined],
    ],
  );
  write('empty/readme.json', {});
  assert.is((await first('empty'))?.code, 'no-policies');
});

test('Markdown: what widens is open, the rest folded; nothing breaks out of its cell', async () => {
  const odd = (Resource: string, k: string) => ({
    Statement: {
      Effect: 'Allow',
      Action: 's3:Get`Object',
      Resource,
      Condition: { StringLike: { k } },
    },
  });
  write('old/p.json', odd('arn:aws:s3:::a', 'x|y'));
  write('new/p.json', odd('*', 'x|y'));
  const { stdout } = await gen('diff old new --markdown');
  assert.match(stdout, '| Actions | Resources | Condition | Before only |\n|---|---|---|---|\n');
  assert.match(
    stdout,
    '| `` s3:Get`Object `` | `*` | `StringLike k x\\|y` | `arn:aws:s3:::a` if `StringLike k x\\|y` |',
  );
  assert.not.match(stdout, '<details>');
  const reverse = await gen('diff new old --markdown');
  assert.match(reverse.stdout, 'Nothing became allowed.');
  assert.match(reverse.stdout, '<details><summary>No longer allowed (1)</summary>\n\n| Actions |');
  assert.match((await gen('diff old old --markdown')).stdout, 'Both allow the same.');
  for (const line of (await gen('diff old new')).stdout.split('\n')) {
    assert.is(line, line.trimEnd());
  }
});

test('wrong usage', async () => {
  const refused: [string, RegExp][] = [
    ['diff', /compares two sides; none is given/],
    ['diff one', /one is given/],
    ['diff a b c', /Unexpected argument "c"/],
    ['diff 2025-13-01 latest', /no day "2025-13-01"/],
    ['diff documented latest --fail-on wideing', /Did you mean widening\?/],
    ['diff documented latest --json --markdown', /two ways to print/],
    ['diff documented latest --as-of latest', /gen diff does not take --as-of/],
    ['diff documented latest --features nothing', /nothing/],
    ['diff out/a out/b --features eks --merge all', /--features is for sides[\s\S]*--merge is for/],
  ];
  for (const [command, says] of refused) {
    const outcome = await gen(command);
    assert.is(outcome.code, 2, command);
    assert.match(outcome.stderr, says);
    assert.is(outcome.stdout, '');
  }
});

test.run();
