/** Cases found by use, at the command line: values streams, line ends, suggestions, `~`. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { COMMANDS } from '../../src/cli/arguments/flags.ts';
import { contentHash } from '../../src/files/manifest.ts';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';

const EKS_STREAM = readFileSync(
  fileURLToPath(new URL('../cases/03-values-eks-stream/values.yaml', import.meta.url)),
  'utf8',
);
const EKS = '--features eks-dynamic --format pxk --account-id 123456789012 --name o';

const documentsOf = (text: string) => parseAllDocuments(text).map((each) => each.toJS());

/** [what, values, the document that gets the switch, the key that the note names] */
const STREAMS: readonly (readonly [string, string, number, string | undefined])[] = [
  ['as found', EKS_STREAM, 0, 'managedControlPlane'],
  [
    'the other way round',
    'managedMachinePool: {}\n---\nmanagedControlPlane: {}\n',
    1,
    'managedControlPlane',
  ],
  [
    'comments and end markers',
    '# top\n---\n# cp\nmanagedControlPlane:\n  a: 1 # x\n# tail\n...\n---\nmanagedMachinePool:\n  b: 1\n...\n',
    0,
    'managedControlPlane',
  ],
  [
    'pack: in a third document',
    'managedControlPlane: {}\n---\nmanagedMachinePool: {}\n---\npack: {}\n',
    2,
    'pack',
  ],
  [
    'two with pack:, one with more of the keys',
    'pack: {}\nmanagedMachinePool: {}\n---\npack: {}\nmanagedControlPlane: {}\n',
    1,
    'managedControlPlane',
  ],
  [
    'documents of others around them',
    'other: 1\n---\nmanagedControlPlane:\n---\nmanagedMachinePool:\n---\nmore: 2\n',
    1,
    'managedControlPlane',
  ],
  [
    'one with keys of the pack: no choice, no note',
    'a: 1\n---\nmanagedMachinePool:\n',
    1,
    undefined,
  ],
  ['empty documents do not count', '---\n---\nmanagedControlPlane: {}\n', 1, undefined],
];
for (const [what, values, index, beside] of STREAMS) {
  for (const text of [values, values.replaceAll('\n', '\r\n')]) {
    const ends = text.includes('\r') ? ', CRLF' : '';
    test(`case 03-values-eks-stream: ${what}${ends}`, async () => {
      await inFolder({ 'values.yaml': text }, async () => {
        const outcome = await gen(`${EKS} --values values.yaml`);
        says(outcome, 0, 'manageCloudFormationStackManually');
        const count = documentsOf(text).length;
        const note = `note: manageCloudFormationStackManually was added to document ${index + 1} of ${count}, beside ${beside}.`;
        assert.is(outcome.stderr.replaceAll(/\s+/g, ' ').includes(note), beside !== undefined);
        const merged = readFileSync('values.yaml', 'utf8');
        const documents = documentsOf(merged);
        assert.is(documents.length, count);
        assert.equal(documents[index].manageCloudFormationStackManually, { enabled: true });
        const roles = documents.flatMap((each) => [
          each?.managedControlPlane?.roleName,
          each?.managedMachinePool?.roleName,
        ]);
        assert.is(roles.filter(Boolean).length, 2);
        for (const line of text.split(/\r?\n/)) {
          if (line.includes('#') || /^(---|\.\.\.)/.test(line)) assert.ok(merged.includes(line));
        }
        if (text.includes('\r')) assert.not.match(merged, /[^\r]\n/);
        says(await gen(`${EKS} --values values.yaml`), 0, 'values.yaml: unchanged');
        assert.is(readFileSync('values.yaml', 'utf8'), merged);
      });
    });
  }
}

for (const text of [
  'managedControlPlane: {}\n---\nmanagedControlPlane: {}\nmanagedMachinePool: {}\n',
  'managedMachinePool: {}\n---\nmanagedControlPlane: {}\n---\nmanagedMachinePool: {}\n',
  'managedControlPlane: {}\nmanageCloudFormationStackManually: {}\n---\nmanageCloudFormationStackManually: {}\n',
]) {
  test(`case 03-values-eks-stream: a key in two documents is ambiguous: ${JSON.stringify(text)}`, async () => {
    await inFolder({ 'values.yaml': text }, async () => {
      says(await gen(`${EKS} --values values.yaml`), 2, 'ambiguous-document', 'is in 2 documents');
      assert.is(readFileSync('values.yaml', 'utf8'), text);
    });
  });
}

test('case 03-values-eks-stream: the note is there with many targets, too', async () => {
  const text = `targets:
  a: { features: eks-dynamic, format: pxk, account-id: "123456789012", values: v.yaml }
  b: { features: core, format: iam-json }
`;
  await inFolder({ 'gen.yaml': text, 'v.yaml': EKS_STREAM }, async () => {
    says(
      await gen(''),
      0,
      'note: v.yaml: manageCloudFormationStackManually was added to document 1',
    );
  });
});

test('case 03-values-eks-stream: PXK values in two documents', async () => {
  await inFolder({ 'v.yaml': 'kubeadmconfig: {}\n---\npack: {}\n' }, async () => {
    says(await gen('--features iaas-dynamic --format pxk --values v.yaml'), 0, 'beside pack.');
  });
});

const CORE = '--features core --format iam-json,terraform --name core';
const FILES = (): string[] =>
  (readdirSync('out', { recursive: true }) as string[])
    .map((path) => join('out', path))
    .filter((path) => statSync(path).isFile());

function toCrlf(path: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
}

test('case 04-check-crlf: line ends alone are no edit, and nothing is written', async () => {
  await inFolder({}, async () => {
    says(await gen(CORE), 0);
    for (const path of FILES()) toCrlf(path);
    const before = FILES().map((path) => [path, statSync(path).mtimeMs, statSync(path).ino]);
    const check = await gen(`check ${CORE}`);
    says(check, 0, 'out/core/ is fresh');
    assert.is(check.stdout, '');
    says(await gen(CORE), 0, /\d+ unchanged/);
    assert.equal(
      FILES().map((path) => [path, statSync(path).mtimeMs, statSync(path).ino]),
      before,
    );
  });
});

test('case 04-check-crlf: an edit is an edit with either line end', async () => {
  await inFolder({}, async () => {
    says(await gen(CORE), 0);
    for (const path of FILES()) toCrlf(path);
    const main = 'out/core/terraform/main.tf';
    writeFileSync(main, `${readFileSync(main, 'utf8')}# by hand\r\n`);
    const check = await gen(`check ${CORE}`);
    says(check, 1, '1 edited');
    assert.equal(
      check.stdout.split('\n').filter((line) => /^[-+](?![-+])/.test(line)),
      ['-# by hand'],
    );
    says(await gen(CORE), 1, 'out/core/terraform/main.tf was edited since gen wrote it.');
    says(await gen(`${CORE} --force`), 0, '1 changed');
    assert.not.match(readFileSync(main, 'utf8'), '\r');
  });
});

test('case 04-check-crlf: what git checks out with core.autocrlf is updated without --force', async () => {
  await inFolder({}, async () => {
    says(await gen(CORE), 0);
    for (const path of FILES()) toCrlf(path);
    says(await gen(`${CORE} --name-prefix P-`), 0, '4 new, 4 removed');
    says(await gen(`check ${CORE} --name-prefix P-`), 0, 'is fresh');
  });
});

test('case 04-check-crlf: as git writes it', async () => {
  if (spawnSync('git', ['--version']).error) return console.log('skipped: git is not on the PATH');
  await inFolder({}, async () => {
    const git = (...words: string[]) => {
      const { status, stderr } = spawnSync('git', words, { encoding: 'utf8' });
      assert.is(status, 0, stderr);
    };
    says(await gen(CORE), 0);
    git('init', '-q', '.');
    git('add', '-A');
    git('-c', 'user.email=a@b', '-c', 'user.name=n', 'commit', '-qm', 'x');
    git('config', 'core.autocrlf', 'true');
    for (const path of FILES()) writeFileSync(path, '');
    git('checkout', '-q', '--', '.');
    assert.match(readFileSync('out/core/manifest.json', 'utf8'), '\r\n');
    says(await gen(`check ${CORE}`), 0, 'out/core/ is fresh');
  });
});

test('case 04-check-crlf: the hash reads CRLF as LF, and nothing else', () => {
  assert.is(contentHash('a\r\nb\r\n'), contentHash('a\nb\n'));
  assert.is(contentHash(Buffer.from('ä\r\n')), contentHash('ä\n'));
  assert.is.not(contentHash('a\rb'), contentHash('a\nb'));
  assert.is.not(contentHash(Buffer.from([0xff, 10])), contentHash(Buffer.from([0xfe, 10])));
});

for (const command of COMMANDS) {
  test(`case 18-short-help: gen ${command} -h is --help`, async () => {
    const words = command === 'generate' ? '' : command;
    const [short, long] = [await gen(`${words} -h`), await gen(`${words} --help`)];
    assert.equal(short, long);
    assert.is(short.code, 0);
    assert.match(short.stdout, /^Usage: gen/);
  });
}

/** [words, code, what is suggested; undefined where nothing has anything in common] */
const SUGGESTED: readonly (readonly [string, string, string | undefined])[] = [
  ['--format yaml', 'format "yaml"', undefined],
  ['--format tf', 'format "tf"', 'terraform'],
  ['--format TF', 'format "TF"', 'terraform'],
  ['--format hcl', 'format "hcl"', 'terraform'],
  ['--format cfn', 'format "cfn"', 'cloudformation'],
  ['--format cf', 'format "cf"', 'cloudformation'],
  ['--format json', 'format "json"', 'iam-json'],
  ['--format iam', 'format "iam"', 'iam-json'],
  ['--format helm', 'format "helm"', 'pxk'],
  ['--format values', 'format "values"', 'pxk'],
  ['--format cloud', 'format "cloud"', 'cloudformation'],
  ['--format terrafrom', 'format "terrafrom"', 'terraform'],
  ['--format xml', 'format "xml"', undefined],
  ['--merge some', 'merge mode "some"', undefined],
  ['--merge al', 'merge mode "al"', 'all'],
  ['--merge atuo', 'merge mode "atuo"', 'auto'],
  ['--merge yes', 'merge mode "yes"', undefined],
  ['--shrink no', 'shrink mode "no"', undefined],
  ['--policy-type customer', 'policy type "customer"', undefined],
  ['--cni-principal pods', 'CNI principal "pods"', undefined],
  ['--cni-principal pod', 'CNI principal "pod"', 'pod-identity'],
  ['--tf x', 'no flag --tf', undefined],
  ['--featuers core', 'no flag --featuers', '--features'],
  ['--xyz', 'no flag --xyz', undefined],
  ['-f', 'no flag -f', undefined],
  ['chekc', 'argument "chekc"', 'gen check'],
  ['run', 'argument "run"', undefined],
  ['plan', 'argument "plan"', undefined],
  ['completion fihs', 'shell "fihs"', undefined],
  ['completion bsah', 'shell "bsah"', 'bash'],
];
for (const [words, said, suggested] of SUGGESTED) {
  test(`case 18-short-help: ${words} → ${suggested ?? 'nothing'}`, async () => {
    const outcome = await gen(words);
    says(outcome, 2, said);
    const found = /Did you mean (.+)\?/.exec(outcome.stderr)?.[1];
    assert.is(found, suggested);
  });
}

test('case 18-short-help: features alike', async () => {
  const said = async (feature: string) => (await gen(`--features ${feature}`)).stderr;
  assert.match(await said('eks-dynamc'), 'Nearest: eks-dynamic');
  assert.match(await said('cni'), 'Nearest: cni-');
  assert.not.match(await said('yaml'), 'Nearest');
  assert.not.match(await said('e'), 'Nearest');
});

/** With a home folder of one's own. */
async function atHome(
  files: Readonly<Record<string, string>>,
  body: () => Promise<void>,
): Promise<void> {
  await inFolder({ 'home/.keep': '', ...files }, async () => {
    const before = process.env.HOME;
    process.env.HOME = join(process.cwd(), 'home');
    try {
      await body();
    } finally {
      if (before === undefined) delete process.env.HOME;
      else process.env.HOME = before;
    }
  });
}

const VALUES = 'pack: {}\nkubeadmconfig: {}\n';
const OWN = {
  'home/own/features.yaml': 'mine: { description: Mine., base: true, groups: [mine] }\n',
  'home/own/groups/mine.yaml':
    'id: mine\npolicyName: Mine\ndescription: Mine.\nattachTo: [palette]\nstatements: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]\n',
};

test('case 19-tilde-out: every path flag, with = and with a space', async () => {
  for (const between of ['=', ' ']) {
    await atHome({ 'home/v.yaml': VALUES, ...OWN }, async () => {
      const flag = (name: string, value: string) => `--${name}${between}${value}`;
      says(await gen(`--features core --format iam-json --name o ${flag('out', '~/iam')}`), 0);
      assert.ok(existsSync('home/iam/o/manifest.json'));
      says(await gen(`--features core --format iam-json --name o ${flag('out', '~')}`), 0);
      assert.ok(existsSync('home/o/manifest.json'));
      says(await gen(`--features mine --format iam-json --quiet ${flag('spec', '~/own')}`), 0);
      const values = flag('values', '~/v.yaml');
      says(await gen(`--features iaas-dynamic --format pxk ${values}`), 0);
      assert.match(readFileSync('home/v.yaml', 'utf8'), 'manageCloudFormationStackManually');
      const init = `init --features core --format iam-json ${flag('config', '~/gen.yaml')}`;
      says(await gen(`${init} ${flag('out', '~/x')}`), 0);
      assert.match(readFileSync('home/gen.yaml', 'utf8'), 'out: ~/x');
      says(await gen(flag('config', '~/gen.yaml')), 0);
      assert.ok(existsSync('home/x/core/manifest.json'));
      says(await gen('diff ~/x/core ~/iam/o'), 0);
      assert.not(readdirSync('.').includes('~'));
    });
  }
});

test('case 19-tilde-out: gen.yaml', async () => {
  const text = `
targets:
  mine: { features: mine, spec: ~/own, format: iam-json, out: ~/a }
  pack: { features: iaas-dynamic, format: pxk, values: [~/v.yaml], out: "~" }
`;
  await atHome({ 'sub/gen.yaml': text, 'home/v.yaml': VALUES, ...OWN }, async () => {
    says(await gen('--config sub/gen.yaml'), 0);
    assert.ok(existsSync('home/a/mine/iam-json/Mine.json'));
    assert.ok(existsSync('home/pack/manifest.json'));
    assert.match(readFileSync('home/v.yaml', 'utf8'), 'manageCloudFormationStackManually');
    assert.equal(readdirSync('sub'), ['gen.yaml']);
  });
});

test('case 19-tilde-out: the home folder of another user is refused, a folder so called is not', async () => {
  await atHome({ 'gen.yaml': 'targets: { a: { features: core, out: ~bob/x } }\n' }, async () => {
    for (const flag of ['out=~bob/x', 'spec=~bob', 'values=~bob/v.yaml', 'config=~bob/gen.yaml']) {
      const words = flag.startsWith('config') ? '' : '--features core --format iam-json,pxk';
      says(await gen(`${words} --${flag}`), 2, `--${flag.split('=')[0]}: "~bob`, '"./~bob');
    }
    says(await gen(''), 2, /gen\.yaml:1:\d+ {2}unknown-home {2}targets\.a\.out {2}"~bob\/x"/);
    says(await gen('--features core --format iam-json --out=./~bob'), 0);
    assert.ok(existsSync('~bob/core/manifest.json'));
    says(await gen('--features core --format iam-json --out=a~b'), 0);
  });
});

test.run();
