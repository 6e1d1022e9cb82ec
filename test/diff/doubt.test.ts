/** When unsure, `gen diff --fail-on widening` says so. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';

test('a trust document that was edited, or a document that is gone, may allow more', async () => {
  await inFolder({}, async () => {
    says(await gen('--features iaas-dynamic --format iam-json --name one'), 0);
    says(await gen('--features iaas-dynamic --format iam-json --name other'), 0);
    says(await gen('diff out/one out/other --fail-on widening'), 0);
    const roles = 'out/other/iam-json/roles';
    const file = `${roles}/${readdirSync(roles).find((name) => name.startsWith('nodes'))}`;
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('ec2.amazonaws.com', 'evil.amazonaws.com'));
    says(await gen('diff out/one out/other --fail-on widening'), 1, 'may allow more');
    says(await gen('diff out/one out/other'), 0);
    assert.equal(JSON.parse((await gen('diff out/one out/other --json')).stdout).unread, [file]);
    writeFileSync(file, before);
    rmSync('out/other/iam-json/PaletteMinimumIaaSDynamicPolicy.json', { force: true });
    const policy = readdirSync('out/other/iam-json').find((name) => name.endsWith('.json'));
    rmSync(`out/other/iam-json/${policy}`);
    says(await gen('diff out/one out/other --fail-on widening'), 1, 'may allow more');
  });
});

test('of policies of which nobody knows who holds them, a Deny hides no Allow', async () => {
  const policy = (Effect: string, Action: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*' }] });
  const deny = policy('Deny', 's3:*');
  const files = {
    'a/deny.json': deny,
    'b/deny.json': deny,
    'b/allow.json': policy('Allow', 's3:GetObject'),
  };
  await inFolder(files, async () => {
    says(await gen('diff a b --fail-on widening'), 1, 'b allows more than a');
    says(await gen('diff b a --fail-on widening'), 0);
  });
});

test('a date stands for the target of gen.yaml, and never silently for another', async () => {
  const prod = '  prod: { features: [core, eks] }\n';
  await inFolder({ 'gen.yaml': `targets:\n${prod}` }, async () => {
    const outcome = await gen('diff documented latest --fail-on widening');
    says(outcome, 1, 'latest allows more than documented');
    assert.match(outcome.stdout, 'iam:ListRoles');
    assert.equal(
      await gen('diff documented latest --features core,eks --fail-on widening'),
      outcome,
    );
    says(await gen('diff documented latest --features core --fail-on widening'), 0);
    says(await gen('diff documented prod --fail-on widening'), 0);
    says(await gen('diff prod latest --fail-on widening'), 1, 'latest allows more than prod');
  });
  const both = `targets:\n${prod}  sandbox: { features: core }\n`;
  await inFolder({ 'gen.yaml': both, 'x/a.json': '{}', 'y/a.json': '{}' }, async () => {
    const outcome = await gen('diff documented latest');
    says(outcome, 2, 'documented stands for one target', '--target: prod, sandbox');
    says(await gen('diff documented latest --target prod --fail-on widening'), 1);
    says(await gen('diff documented latest --target sandbox --fail-on widening'), 0);
    says(await gen('diff prod latest --fail-on widening'), 1);
    says(await gen('diff documented latest --target nope'), 2, 'no target "nope"');
    says(await gen('diff x y --target prod'), 2, '--target is for sides that are dates');
    says(await gen('diff documented latest --config other.yaml'), 2, 'other.yaml');
  });
});

test.run();
