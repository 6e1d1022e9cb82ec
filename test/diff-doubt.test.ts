/** When unsure, `gen diff --fail-on widening` says so. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gen, inFolder, says } from './support/cli.ts';

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

test.run();
