import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gen, says } from '../support/cli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Context {
  folder: string;
}

const test = suite<Context>('cli');

test.before.each((context) => {
  context.folder = realpathSync(mkdtempSync(join(tmpdir(), 'gen-cli-')));
  process.chdir(context.folder);
});
test.after.each((context) => {
  process.chdir(ROOT);
  rmSync(context.folder, { recursive: true, force: true });
});

/** A real process. */
function genProcess(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(ROOT, 'src/cli.ts'), ...args],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '', ...env } },
  );
}

const TERRAFORM = '--features eks,cni-scoped --format terraform';

test('writes files, a summary on stderr and nothing on stdout', async ({ folder }) => {
  const outcome = await gen(TERRAFORM);
  says(outcome, 0, 'PaletteControllersEKSPolicy', '/6144', 'out/eks-cni-scoped/  7 new');
  assert.is(outcome.stdout, '');
  assert.equal(readdirSync('out'), ['eks-cni-scoped']);
  assert.ok(existsSync('out/eks-cni-scoped/terraform/main.tf'));
  assert.not.match(outcome.stderr, '\u001b');
  for (const line of outcome.stderr.split('\n')) {
    assert.ok(line.length <= 80, line);
    assert.is(line, line.trimEnd());
  }
  const files = readdirSync('out', { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    assert.not.match(readFileSync(join(file.parentPath, file.name), 'utf8'), folder);
  }
});

test('all features at once: a summary that fits a screen, and all of it when asked', async () => {
  const words = '--features eks-dynamic,iaas-dynamic,host-groups,cni-ipv4,cni-ipv6 --format all';
  const outcome = await gen(`${words} --account-id 123456789012`);
  says(outcome, 0, 'Next: gen howto', '--verbose also shows');
  assert.ok(outcome.stderr.trimEnd().split('\n').length <= 24, outcome.stderr);
  assert.not.match(outcome.stderr, 'note:');
  const verbose = await gen(`${words} --account-id 123456789012 --verbose`);
  says(verbose, 0, 'Principal', 'note: ', 'unchanged');
  assert.not.match(verbose.stderr, 'Not shown');
  says(await gen(`${words} --quiet --verbose`), 2, '--quiet and --verbose contradict each other.');
});

test('a second run writes nothing', async () => {
  await gen(TERRAFORM);
  const file = 'out/eks-cni-scoped/terraform/main.tf';
  const before = statSync(file).mtimeMs;
  const outcome = await gen(TERRAFORM);
  says(outcome, 0, 'out/eks-cni-scoped/  7 unchanged');
  assert.is(statSync(file).mtimeMs, before);
});

test('--out and --name; fewer formats remove the files of the others', async () => {
  says(await gen('--features core --format iam-json,terraform --out a/b --name x'), 0);
  assert.ok(existsSync('a/b/x/terraform/main.tf'));
  const outcome = await gen('--features core --format iam-json --out a/b --name x');
  says(outcome, 0, '- terraform/ 6');
  assert.not(existsSync('a/b/x/terraform'));
});

test('--quiet prints nothing; --json prints the manifest and nothing else', async () => {
  const quiet = await gen('--features core --format iam-json --quiet');
  assert.equal(quiet, { code: 0, stdout: '', stderr: '' });
  const json = await gen('--features core --format iam-json --json --quiet');
  assert.is(json.stderr, '');
  assert.equal(JSON.parse(json.stdout), JSON.parse(readFileSync('out/core/manifest.json', 'utf8')));
});

test('--stdout prints the one file, or the one that --only names, and writes nothing', async () => {
  const several = await gen('--features core --format terraform --stdout');
  says(several, 2, '--only', 'terraform/main.tf', 'terraform/variables.tf');
  assert.is(several.stdout, '');
  const named = await gen('--features core --format terraform --stdout --only terraform/main.tf');
  says(named, 0);
  assert.match(named.stdout, 'aws_iam_policy');
  const single = await gen('--features core --format cloudformation --stdout --quiet');
  assert.match(single.stdout, 'AWSTemplateFormatVersion');
  assert.is(single.stderr, '');
  says(await gen('--features core --stdout --only nothing.tf'), 2, 'nothing.tf', 'manifest.json');
  assert.equal(readdirSync('.'), []);
});

test('check: missing, fresh, stale, edited; writes nothing', async () => {
  const missing = await gen(`check ${TERRAFORM}`);
  says(missing, 1, 'is not fresh', 'missing');
  assert.equal(readdirSync('.'), []);

  await gen(TERRAFORM);
  const fresh = await gen(`check ${TERRAFORM}`);
  says(fresh, 0, 'out/eks-cni-scoped/ is fresh');
  assert.is(fresh.stdout, '');

  const stale = await gen(`check ${TERRAFORM} --name-prefix Own-`);
  says(stale, 1, 'stale');
  assert.match(stale.stdout, '--- a/out/eks-cni-scoped/terraform/');
  assert.match(stale.stdout, /^\+.*Own-/m);

  const file = 'out/eks-cni-scoped/terraform/main.tf';
  writeFileSync(file, `${readFileSync(file, 'utf8')}# by hand\n`);
  const edited = await gen(`check ${TERRAFORM}`);
  says(edited, 1, '1 edited');
  assert.match(edited.stdout, '-# by hand');
  const findings = JSON.parse((await gen(`check ${TERRAFORM} --json`)).stdout);
  assert.equal(findings.edited, ['terraform/main.tf']);
  assert.is(findings.fresh, false);

  says(await gen(TERRAFORM), 1, 'terraform/main.tf was edited', '--force');
  assert.match(readFileSync(file, 'utf8'), '# by hand');
  says(await gen(`${TERRAFORM} --force`), 0);
  says(await gen(`check ${TERRAFORM}`), 0);
});

test('features, groups and howto', async () => {
  const features = await gen('features');
  says(features, 0);
  for (const id of ['core', 'iaas-dynamic', 'stack-manual', 'cni-scoped', 'eks-fargate-role']) {
    assert.match(features.stdout, new RegExp(`^${id} `, 'm'));
  }
  const groups = await gen('groups');
  says(groups, 0);
  assert.match(groups.stdout, 'palette-controllers');
  assert.match(groups.stdout, 'Pending amendments');
  assert.match(groups.stdout, 'iam:ListRolePolicies');
  assert.match(groups.stdout, 'Errata');
  for (const line of `${features.stdout}${groups.stdout}`.split('\n')) {
    assert.ok(line.length <= 120, line);
    assert.is(line, line.trimEnd());
  }
  assert.ok(JSON.parse((await gen('features --json')).stdout).length >= 14);
  const listed = JSON.parse((await gen('groups --json')).stdout);
  const controllers = listed.find(({ id }: { id: string }) => id === 'palette-controllers');
  assert.is(controllers.lastUpdate, '2025-12-09');
  assert.is(controllers.section, 'Core IAM Policies');

  const howto = await gen('howto --features eks,cni-scoped --format terraform');
  says(howto, 0);
  assert.match(howto.stdout, 'CLUSTER_NAME');
  assert.equal(readdirSync('.'), []);
});

/** [flags, exit code, what stderr says]; none of them writes anything. */
const REFUSED: readonly [flags: string, code: number, ...texts: (string | RegExp)[]][] = [
  ['--features ekss', 2, 'ekss', 'Nearest: eks', 'iaas-dynamic'],
  ['--features eks,cni-scopd,cor', 2, 'cni-scopd', 'cni-scoped', 'cor', 'core'],
  ['--format terrafrom', 2, 'terrafrom', 'Did you mean terraform?', 'cloudformation'],
  ['--features cni-scoped,cni-ipv4 --format terraform', 2, 'cni-scoped', 'cni-ipv4'],
  ['--features core,iaas-dynamic', 2, 'core', 'iaas-dynamic'],
  ['--features core,stack-manual', 2, 'core', 'stack-manual'],
  ['--features iaas-dynamic,eks', 2, 'eks-dynamic', 'eks-static'],
  ['--features eks,cni-scoped --cluster-name -bad --format terraform', 2, 'cluster-name'],
  ['--features eks,cni-scoped --cluster-name=-bad --format terraform', 2, '-bad', 'cluster'],
  ['--features eks,cni-scoped --cluster-name a_b.c --format terraform', 2, 'a_b.c'],
  ['--features eks,cni-scoped --vpc-id vpc-123 --format terraform', 2, 'vpc-123', '17'],
  ['--features eks,cni-scoped --format iam-json', 2, '--cluster-name', '--vpc-id'],
  ['--features core --partition aws-mars', 2, 'aws-mars'],
  ['--features core --account-id 1234', 2, '1234'],
  ['--features core --param unknown=1', 2, 'unknown'],
  ['--features core,eks --merge none --reserve 9', 3, 'palette', /\b10\b/],
  ['--features core --spec nowhere', 2, 'nowhere'],
  ['--featuers core', 2, 'Did you mean --features?'],
];
for (const [flags, code, ...texts] of REFUSED) {
  test(`refused with ${code}: ${flags}`, async () => {
    const outcome = await gen(flags);
    says(outcome, code, ...texts);
    assert.is(outcome.stdout, '');
    assert.equal(readdirSync('.'), []);
  });
}

test('a wrong spec: all mistakes at once, each with its place', async () => {
  mkdirSync('mine/groups', { recursive: true });
  writeFileSync(
    'mine/groups/own.yaml',
    [
      'id: own',
      'policyName: Own',
      'descripton: misspelt',
      'description: Own group.',
      'attachTo: [palette]',
      'statements:',
      '  - Effect: Allow',
      '    Action: [ec2DescribeInstances]',
      '    Resource: "arn:aws:s3:::{{bucket"',
      '',
    ].join('\n'),
  );
  writeFileSync(
    'mine/groups/other.yaml',
    [
      'id: other',
      'policyName: Other',
      'description: Another group.',
      'attachTo: [nobody]',
      'statements:',
      '  - { Effect: Allow, Action: ec2:DescribeVpcs, Resource: "*" }',
      '',
    ].join('\n'),
  );
  const outcome = await gen('--features core --spec mine');
  says(outcome, 2, /mine\/groups\/own\.yaml:3:1 .*descripton/, /\n\d+ problems\n/);
  assert.match(outcome.stderr, /mine\/groups\/other\.yaml:4:\d+ .*"nobody"/);
  assert.match(outcome.stderr, /own\.yaml:8:\d+ .*ec2DescribeInstances/);
  assert.match(outcome.stderr, /own\.yaml:9:\d+ /);
  assert.not(existsSync('out'));
});

test('an output folder that cannot be written: exit 2, nothing half-written', async () => {
  writeFileSync('file', '');
  for (const out of ['file', 'file/deeper']) {
    says(await gen(`--features core --format iam-json --out ${out}`), 2, 'is a file');
  }
  assert.equal(readdirSync('.'), ['file']);
});

test('somebody else has files there', async () => {
  mkdirSync('out/core/iam-json', { recursive: true });
  writeFileSync('out/core/iam-json/PaletteControllerPolicy.json', '{}');
  says(await gen('--features core --format iam-json'), 1, 'was not written by gen', '--force');
  writeFileSync('out/core/manifest.json', '{ "manifestVersion": 99, "files": [] }');
  says(await gen('--features core --format iam-json'), 2, 'newer gen');
  writeFileSync('out/core/manifest.json', '<<<<<<< HEAD');
  says(await gen('--features core --format iam-json'), 2, 'is not JSON');
});

test('DEBUG=gen shows where it happened', async () => {
  const outcome = await gen('--features nonsense', { env: { DEBUG: 'gen' } });
  assert.is(outcome.code, 2);
  assert.match(outcome.stderr, /^\s+at /m);
});

test('a process of its own: exit codes, streams, no colour in a pipe', () => {
  const done = genProcess(['--features', 'core', '--format', 'iam-json', '--json']);
  assert.is(done.status, 0, done.stderr);
  assert.is(JSON.parse(done.stdout).manifestVersion, 1);
  assert.not.match(done.stderr, '\u001b');
  const refused = genProcess(['--features', 'nonsense']);
  assert.is(refused.status, 2);
  assert.is(refused.stdout, '');
  assert.not.match(refused.stderr, /^\s+at /m);
  const version = genProcess(['--version']);
  assert.is(version.status, 0);
  const { version: packaged } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  assert.is(version.stdout, `${packaged}\n`);
});

const FULL = '/dev/full';
(existsSync(FULL) ? test : test.skip)(`a disk that is full for what is printed: ${FULL}`, () => {
  const command = `exec "$@" > ${FULL}`;
  const words = ['--import', import.meta.resolve('tsx'), join(ROOT, 'src/cli.ts'), 'features'];
  const { status, stderr } = spawnSync('sh', ['-c', command, 'sh', process.execPath, ...words], {
    encoding: 'utf8',
  });
  assert.is(stderr, 'gen: cannot print: no space left on the device.\n');
  assert.is(status, 2);
});

test.run();
