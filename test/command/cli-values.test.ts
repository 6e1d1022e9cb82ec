import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gen } from '../support/cli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const test = suite<{ folder: string }>('gen --values');

test.before.each((context) => {
  context.folder = realpathSync(mkdtempSync(join(tmpdir(), 'gen-values-')));
  process.chdir(context.folder);
});
test.after.each((context) => {
  process.chdir(ROOT);
  rmSync(context.folder, { recursive: true, force: true });
});

const IAAS = '--features iaas-dynamic --format pxk';
const EKS = '--features eks-dynamic --format pxk';
const PXK = 'pack:\n  k8sHardening: True\nkubeadmconfig:\n  apiServer: {}\n';
const MERGED = `${PXK}# The CAPA stack exists already: use it.\nmanageCloudFormationStackManually:\n  enabled: true\n`;

test('merges in place, keeps the mode, and writes nothing the second time', async () => {
  writeFileSync('values.yaml', PXK);
  chmodSync('values.yaml', 0o640);
  const first = await gen(`${IAAS} --values values.yaml`);
  assert.is(first.code, 0, first.stderr);
  assert.match(first.stderr, '+ values.yaml: manageCloudFormationStackManually');
  assert.is(readFileSync('values.yaml', 'utf8'), MERGED);
  assert.is(statSync('values.yaml').mode & 0o777, 0o640);
  assert.equal(readdirSync('.').sort(), ['out', 'values.yaml']);
  assert.not.match(readFileSync('out/iaas-dynamic/manifest.json', 'utf8'), 'values.yaml');

  const { mtimeMs, ino } = statSync('values.yaml');
  const second = await gen(`${IAAS} --values values.yaml`);
  assert.is(second.code, 0);
  assert.match(second.stderr, 'values.yaml: unchanged');
  assert.not.match(second.stderr, 'written');
  assert.equal([statSync('values.yaml').mtimeMs, statSync('values.yaml').ino], [mtimeMs, ino]);
});

test('a link is followed, and stays one', async () => {
  mkdirSync('real');
  writeFileSync('real/values.yaml', PXK);
  symlinkSync('real/values.yaml', 'link.yaml');
  assert.is((await gen(`${IAAS} --values link.yaml`)).code, 0);
  assert.is(readFileSync('real/values.yaml', 'utf8'), MERGED);
  assert.equal(readdirSync('real'), ['values.yaml']);
});

test('--stdout prints the merged text and writes nothing', async () => {
  writeFileSync('values.yaml', PXK);
  const outcome = await gen(`${IAAS} --values values.yaml --stdout --quiet`);
  assert.equal(outcome, { code: 0, stdout: MERGED, stderr: '' });
  assert.is(readFileSync('values.yaml', 'utf8'), PXK);
  assert.not(existsSync('out'));
});

test('check: a diff and exit 1 until the file is merged; writes nothing', async () => {
  writeFileSync('values.yaml', PXK);
  await gen(IAAS);
  const stale = await gen(`check ${IAAS} --values values.yaml`);
  assert.is(stale.code, 1);
  assert.match(stale.stdout, '--- a/values.yaml\n+++ b/values.yaml\n');
  assert.match(stale.stdout, '+manageCloudFormationStackManually:');
  assert.match(stale.stderr, 'out/iaas-dynamic/ is fresh');
  assert.match(stale.stderr, 'values.yaml lacks what gen would merge into it');
  assert.is(readFileSync('values.yaml', 'utf8'), PXK);
  const found = JSON.parse((await gen(`check ${IAAS} --values values.yaml --json`)).stdout);
  assert.equal([found.fresh, found.unmerged], [false, ['values.yaml']]);

  writeFileSync('values.yaml', MERGED);
  const fresh = await gen(`check ${IAAS} --values values.yaml`);
  assert.equal([fresh.code, fresh.stdout], [0, '']);
});

test('another value: exit 1 and its place, nothing written; --force writes over it', async () => {
  const text = `${PXK}manageCloudFormationStackManually:\n  enabled: false # for now\n`;
  writeFileSync('values.yaml', text);
  for (const command of ['', 'check ']) {
    const outcome = await gen(`${command}${IAAS} --values values.yaml`);
    assert.is(outcome.code, 1);
    assert.match(
      outcome.stderr,
      'values.yaml:6:12  other-value  manageCloudFormationStackManually.enabled  manageCloudFormationStackManually.enabled is false; gen would set true.',
    );
    assert.not(existsSync('out'));
    assert.is(readFileSync('values.yaml', 'utf8'), text);
  }
  assert.is((await gen(`${IAAS} --values values.yaml --force`)).code, 0);
  assert.is(readFileSync('values.yaml', 'utf8'), text.replace('false', 'true'));
});

test('several files, each with the snippet of its pack', async () => {
  writeFileSync('iaas.yaml', PXK);
  writeFileSync('eks.yaml', 'managedControlPlane: {}\n');
  const outcome = await gen(
    '--features iaas-static,eks-static --format pxk --values iaas.yaml --values eks.yaml',
  );
  assert.is(outcome.code, 0, outcome.stderr);
  assert.is(readFileSync('iaas.yaml', 'utf8'), MERGED);
  assert.match(readFileSync('eks.yaml', 'utf8'), /managedMachinePool:\n.*\n {2}roleName: eks-node/);
});

test('all or nothing: one wrong file keeps the others as they are', async () => {
  writeFileSync('good.yaml', PXK);
  writeFileSync('bad.yaml', 'managedMachinePool: []\n');
  writeFileSync('worse.yaml', 'a: [\n');
  const outcome = await gen(
    `${EKS} --values good.yaml --values bad.yaml --values worse.yaml --values none.yaml`,
  );
  assert.is(outcome.code, 2);
  for (const said of [
    'good.yaml:1:1  other-pack',
    'bad.yaml:1:21  wrong-type',
    'worse.yaml:',
    'none.yaml does not exist',
  ]) {
    assert.match(outcome.stderr, said);
  }
  assert.equal(readdirSync('.').sort(), ['bad.yaml', 'good.yaml', 'worse.yaml']);
  assert.is(readFileSync('good.yaml', 'utf8'), PXK);
});

test('an edited file in the output folder keeps the values as they are, too', async () => {
  writeFileSync('values.yaml', PXK);
  await gen(IAAS);
  writeFileSync('out/iaas-dynamic/pxk/iaas.yaml', '# by hand\n');
  const outcome = await gen(`${IAAS} --values values.yaml`);
  assert.is(outcome.code, 1);
  assert.match(outcome.stderr, 'pxk/iaas.yaml was edited');
  assert.is(readFileSync('values.yaml', 'utf8'), PXK);
});

test('an output folder that cannot be written keeps the values as they are', async () => {
  writeFileSync('values.yaml', PXK);
  writeFileSync('file', '');
  assert.is((await gen(`${IAAS} --values values.yaml --out file`)).code, 2);
  assert.is(readFileSync('values.yaml', 'utf8'), PXK);
  assert.equal(readdirSync('.').sort(), ['file', 'values.yaml']);
});

test('refused: no file, no text, twice, our own, nothing to merge', async () => {
  writeFileSync('values.yaml', PXK);
  writeFileSync('latin1.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xe9, 0x0a]));
  mkdirSync('folder');
  for (const [flags, says] of [
    [`${IAAS} --values folder`, 'is not a file'],
    [`${IAAS} --values latin1.yaml`, 'is not UTF-8'],
    [`${IAAS} --values values.yaml --values ./values.yaml`, 'is the same file as'],
    ['--features core --format pxk --values values.yaml', 'need nothing in'],
    ['--features iaas-static --format terraform --values values.yaml', 'Add pxk to the formats'],
  ] as const) {
    const outcome = await gen(flags);
    assert.is(outcome.code, 2);
    assert.match(outcome.stderr, says);
    assert.not(existsSync('out'));
  }
  await gen(IAAS);
  const own = await gen(`${IAAS} --values out/iaas-dynamic/pxk/iaas.yaml`);
  assert.is(own.code, 2);
  assert.match(own.stderr, 'is in the folder that gen writes itself');
});

test.run();
