/** What a newcomer meets: no gen.yaml, answers that are missing, targets that were never generated. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';

const FILE = 'targets: { prod: { features: core, format: iam-json } }\n';
const ASSUMED = 'Without gen.yaml and --features, this is for the feature core.';
const written = () => parse(readFileSync('gen.yaml', 'utf8'));

test('without gen.yaml and --features it is core, and that is said', async () => {
  await inFolder({}, async () => {
    says(await gen('--format iam-json'), 0, ASSUMED);
    says(await gen('check --format iam-json'), 0, ASSUMED);
    says(await gen('howto --format iam-json'), 0, ASSUMED);
    assert.is((await gen('--format iam-json --quiet')).stderr, '');
    assert.not.match((await gen('--features core --format iam-json')).stderr, ASSUMED);
    assert.equal(readdirSync('.'), ['out']);
  });
});

test('below a gen.yaml nothing is assumed', async () => {
  await inFolder({ 'gen.yaml': FILE, 'sub/deep/x': '', 'repo/.git/x': '' }, async () => {
    for (const [folder, up] of [
      ['sub', '..'],
      ['sub/deep', '../..'],
    ] as const) {
      process.chdir(folder);
      const advice = `Run gen in ${up}, or pass --config ${up}/gen.yaml.`;
      for (const command of ['', 'check', 'howto', 'outdated', '--target prod']) {
        says(await gen(command), 2, `but there is ${up}/gen.yaml.`, advice);
      }
      says(await gen(`--config ${up}/gen.yaml`), 0);
      says(await gen('--features core --format iam-json --stdout --only manifest.json'), 0);
      process.chdir(up);
    }
    assert.equal(readdirSync('sub'), ['deep']);
    // Another repository is not part of this one.
    process.chdir('repo');
    says(await gen('--format iam-json'), 0, ASSUMED);
    process.chdir('..');
  });
});

test('gen check of a target that was never generated: one line', async () => {
  await inFolder({ 'gen.yaml': FILE }, async () => {
    for (const command of ['check', 'check --features core']) {
      const { code, stdout, stderr } = await gen(command);
      assert.is(code, 1);
      assert.is(stdout, '');
      assert.match(
        stderr,
        /^out\/(prod|core)\/ is not fresh: it was never generated \(\d+ files missing\)\. Run gen first\.\n$/,
      );
    }
    const [found] = JSON.parse((await gen('check --json')).stdout);
    assert.equal([found.fresh, found.diff, found.missing.length > 1], [false, '', true]);
    says(await gen(''), 0);
    says(await gen('check'), 0);
  });
});

test('gen check where only the manifest is gone shows what differs', async () => {
  await inFolder({ 'out/core/iam-json/PaletteNodesPolicy.json': '{}\n' }, async () => {
    const { code, stdout } = await gen('check --features core --format iam-json');
    assert.is(code, 1);
    assert.match(stdout, '--- a/out/core/iam-json/PaletteNodesPolicy.json');
  });
});

test('gen init in a script keeps what was given where a value is missing', async () => {
  await inFolder({}, async () => {
    const outcome = await gen(
      'init --features eks,cni-scoped --tag team=a --vpc-id vpc-12345678 --format iam-json',
    );
    says(outcome, 1, 'gen.yaml is written with what was given', '--cluster-name', 'Add what is');
    assert.equal(written(), {
      targets: {
        'eks-cni-scoped': {
          features: ['eks', 'cni-scoped'],
          tag: { team: 'a' },
          'vpc-id': 'vpc-12345678',
          format: 'iam-json',
        },
      },
    });
    const text = readFileSync('gen.yaml', 'utf8');
    writeFileSync('gen.yaml', `${text.trimEnd()}\n    cluster-name: demo\n`);
    says(await gen(''), 0);
  });
});

/** Answers questions by what they ask for; an answer is used once. */
function answering(answers: Record<string, string>) {
  const asked: string[] = [];
  return {
    asked,
    ask: async (question: string): Promise<string> => {
      asked.push(question);
      if (asked.length > 20) throw new Error(`asked on and on: ${question}`);
      const key = Object.keys(answers).find((each) => question.includes(each)) ?? '';
      const answer = answers[key] ?? '';
      delete answers[key];
      return answer;
    },
  };
}

test('gen init asks again for what turns out to be missing, and keeps the other answers', async () => {
  await inFolder({}, async () => {
    // The account number is asked for first, and may be left open there.
    const first = answering({
      Features: 'eks,cni-scoped',
      'EKS cluster': 'demo',
      VPC: 'vpc-12345678',
      Folder: 'iam',
      '12 digits': '123456789012',
    });
    says(await gen('init --tag team=a', first), 0);
    assert.equal(written(), {
      targets: {
        'eks-cni-scoped': {
          features: ['eks', 'cni-scoped'],
          format: 'all',
          'account-id': '123456789012',
          'cluster-name': 'demo',
          'vpc-id': 'vpc-12345678',
          out: 'iam',
          tag: { team: 'a' },
        },
      },
    });
    says(await gen(''), 0);
  });
});

test('gen init with --features at a terminal asks only for what is missing', async () => {
  await inFolder({}, async () => {
    const { ask, asked } = answering({
      'EKS cluster': 'demo',
      VPC: 'vpc-12345678',
      account: '123456789012',
    });
    says(await gen('init --features eks,cni-scoped', { ask }), 0);
    assert.is(asked.length, 3);
    assert.is(written().targets['eks-cni-scoped']['cluster-name'], 'demo');
    says(await gen(''), 0);
  });
});

test('gen init writes down the answers even where they do not fit together', async () => {
  await inFolder({}, async () => {
    const { ask } = answering({ Features: 'core,eks' });
    says(
      await gen('init --merge none --max-policies 1', { ask }),
      1,
      'cannot generate from it yet',
    );
    assert.equal(written().targets['core-eks'].features, ['core', 'eks']);
  });
});

test('gen init writes nothing that gen.yaml does not take', async () => {
  await inFolder({}, async () => {
    says(await gen('init --features core --format iam-json --repack --stackset'), 2);
    assert.not(existsSync('gen.yaml'));
    says(await gen('init --features core --format iam-json --repack'), 0);
    assert.equal(written(), { targets: { core: { features: 'core', format: 'iam-json' } } });
    says(await gen(''), 0);
  });
});

test('messages name files with their folder', async () => {
  await inFolder({ 'gen.yaml': FILE }, async () => {
    says(await gen(''), 0);
    const file = 'out/prod/iam-json/PaletteNodesPolicy.json';
    writeFileSync(file, '{}\n');
    says(await gen(''), 1, `${file} was edited since gen wrote it.`);
    writeFileSync('out/prod/manifest.json', '{');
    says(await gen(''), 2, 'out/prod/manifest.json is not JSON.');
    writeFileSync('out/prod/manifest.json', '{"manifestVersion":1,"files":[]}');
    says(await gen(''), 2, 'out/prod/manifest.json does not say which permissions');
    const { stdout } = await gen('howto --features core --format iam-json --repack');
    assert.match(stdout.replaceAll(/\s+/g, ' '), "in the target's folder, out/core, with");
  });
  await inFolder({ 'out/core/iam-json': 'a file' }, async () => {
    says(await gen('--features core --format iam-json'), 2, 'out/core/iam-json is a file');
  });
});

test.run();
