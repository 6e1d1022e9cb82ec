/** `gen init`: what it writes is what `gen` reads. */
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';

const written = () => parse(readFileSync('gen.yaml', 'utf8'));

test('from flags, in a script', async () => {
  await inFolder({}, async () => {
    const flags =
      '--features eks,cni-scoped --format iam-json --cluster-name demo --vpc-id vpc-12345678 --account-id 012345678901 --tag team=a=b --name demo';
    says(
      await gen(`init ${flags} --reserve 1 --max-policies 9`),
      0,
      'gen.yaml is written, with the target demo.',
    );
    assert.equal(written(), {
      targets: {
        demo: {
          features: ['eks', 'cni-scoped'],
          format: 'iam-json',
          'cluster-name': 'demo',
          'vpc-id': 'vpc-12345678',
          'account-id': '012345678901',
          tag: { team: 'a=b' },
          reserve: 1,
          'max-policies': 9,
        },
      },
    });
    assert.match(readFileSync('gen.yaml', 'utf8'), /^# yaml-language-server: \$schema=/);
    says(await gen(''), 0);
    assert.ok(existsSync('out/demo/iam-json/PaletteCniScoped-demo.json'));
  });
});

test('without flags and nobody to ask: core', async () => {
  await inFolder({}, async () => {
    says(await gen('init'), 0);
    assert.equal(written(), { targets: { core: { features: 'core' } } });
  });
});

test('by asking; a wrong answer is explained and asked again', async () => {
  await inFolder({}, async () => {
    const answers = [
      'eks,cni-scopd',
      'eks,cni-scoped',
      '',
      '12',
      '123456789012',
      '',
      'demo',
      'vpc-12345678',
      'iam',
      '',
    ];
    const asked: string[] = [];
    const ask = async (question: string): Promise<string> => {
      asked.push(question);
      return answers.shift() as string;
    };
    const outcome = await gen('init', { ask });
    says(outcome, 0, 'Nearest: cni-scoped', '12 digits');
    assert.is(asked.length, 10);
    assert.equal(written(), {
      targets: {
        'eks-cni-scoped': {
          features: ['eks', 'cni-scoped'],
          format: 'all',
          'account-id': '123456789012',
          'cluster-name': 'demo',
          'vpc-id': 'vpc-12345678',
          out: 'iam',
        },
      },
    });
  });
});

test('nothing is overwritten, and nothing wrong is written', async () => {
  await inFolder({ 'gen.yaml': 'mine' }, async () => {
    says(await gen('init --features core'), 1, 'gen.yaml exists already.', '--force');
    assert.is(readFileSync('gen.yaml', 'utf8'), 'mine');
    says(await gen('init --features core --config other.yaml'), 0, 'gen --config other.yaml');
    says(await gen('init --features core --force'), 0);
    assert.equal(written(), { targets: { core: { features: 'core' } } });
  });
  await inFolder({}, async () => {
    says(await gen('init --features nope'), 2);
    says(await gen('init --features core --account-id 12'), 2, '12 digits');
    assert.not.ok(existsSync('gen.yaml'));
  });
});

test.run();
