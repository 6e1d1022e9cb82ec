/** Packing that ends: one group of many statements, fresh, beside its manifest, and grown. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import type { Statement } from '../../src/model/policy.ts';
import type { Spec } from '../../src/model/requirement.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { ROOT } from '../support/built-program.ts';
import { gen } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';
import { asPrevious, composeSettled, specOf } from '../support/own-groups.ts';
import { BUILT_IN, targetOf } from '../support/target.ts';

const SLUG = '46-one-group-steady-packing-slow';
const cases = suite('packing that ends');

/** Seconds of the processor: what other processes do meanwhile counts little. */
function secondsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const range = (count: number): number[] => [...Array(count).keys()];
const action = (number: number): string => `s3:Get${number}Object`;
const bucket = (number: number): string => `arn:aws:s3:::bucket${number}`;
const allow = (Action: string[], Resource: string[]): Statement => {
  return { Effect: 'Allow', Action, Resource };
};

/** Statements of the kinds that took long; each number of them makes a group. */
const KINDS: Readonly<Record<string, (count: number) => Statement[]>> = {
  random: (count) => {
    const next = random(7);
    const some = (most: number, of: number, name: (number: number) => string): string[] => [
      ...new Set(range(most).map(() => name(Math.floor(next() * of)))),
    ];
    return range(count).map(() => allow(some(20, 200, action), some(5, 50, bucket)));
  },
  crown: (count) =>
    range(count).map((row) =>
      allow(
        [action(row)],
        range(count)
          .filter((each) => each !== row)
          .map(bucket),
      ),
    ),
  triangle: (count) => range(count).map((row) => allow([action(row)], range(row + 1).map(bucket))),
  'near-full': (count) =>
    range(count).map((service) =>
      allow(
        range(260).map((number) => `svc${service}:Action${1000 + number}`),
        [`arn:aws:svc${service}:::x/*`],
      ),
    ),
};

const target = targetOf(['extra'], { mergeMode: 'all' });
const oneGroup = (statements: readonly Statement[]): Spec =>
  specOf([{ id: 'g', policyName: 'G', statements }], { quota: 1000 });

for (const [kind, statementsOf] of Object.entries(KINDS)) {
  cases(
    `case ${SLUG}: ${kind}: twice as many statements take no more than three times as long`,
    () => {
      // Warm, and longer than what is measured of it.
      composeBundle(oneGroup(statementsOf(30)), target);
      const [few, many] = [40, 80].map((count) => {
        const spec = oneGroup(statementsOf(count));
        return secondsOf(() => composeSettled(spec, target));
      }) as [number, number];
      assert.ok(many < 10, `${many} s`);
      assert.ok(many < 3 * few + 2, `${few} s, then ${many} s`);
    },
  );
}

cases(`case ${SLUG}: 525 real statements, fresh and beside their manifest`, () => {
  const spec = loadSpec({
    builtIn: BUILT_IN,
    overlays: [new URL(`../cases/${SLUG}/real-525`, import.meta.url).pathname],
  });
  for (const mergeMode of ['all', 'auto'] as const) {
    const options = targetOf([...spec.features.keys()].slice(-1), { mergeMode });
    const seconds = secondsOf(() => {
      const { policies } = composeSettled(spec, options);
      assert.ok(policies.length <= 10, `${policies.length} policies`);
    });
    assert.ok(seconds < 15, `--merge ${mergeMode}: ${seconds} s`);
  }
});

/** A spec folder's files: one group of statements that are granted most of 1,000 × 1,000 cells. */
function denseSpec(statements: number): Readonly<Record<string, string>> {
  const next = random(7);
  const most = (name: (number: number) => string): string[] =>
    range(1000)
      .filter(() => next() < 0.9)
      .map(name);
  const group = {
    id: 'g',
    policyName: 'G',
    attachTo: ['palette'],
    statements: range(statements).map(() => allow(most(action), most(bucket))),
  };
  return {
    's/groups/g.yaml': JSON.stringify(group),
    's/features.yaml': JSON.stringify({
      extra: { base: true, description: 'x', groups: ['g'] },
    }),
    's/quotas.yaml': JSON.stringify({ principals: { palette: 1000 } }),
  };
}

const DENSE = '--spec s --features extra --format iam-json --name t --merge all';

cases(`case ${SLUG}: a dense matrix of 1,000 × 1,000, in 500 MB, fresh and again`, async () => {
  await inFolder(denseSpec(20), async () => {
    for (const _ of ['fresh', 'beside its manifest']) {
      const words = ['--max-old-space-size=500', join(ROOT, 'dist/cli.js'), ...DENSE.split(' ')];
      const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
      assert.is(status, 0, stderr.slice(-500));
    }
  });
});

cases('at a terminal, long packing says what it does, and wipes that out again', async () => {
  await inFolder(denseSpec(1), async () => {
    const { code, stderr } = await gen(DENSE, { isTerminal: true });
    assert.is(code, 0, stderr);
    const [before, first = '', ...others] = stderr.split('\r\u001b[K');
    assert.is(before, '');
    assert.match(first, /^Packing 8\d\d,\d{3} grants …$/);
    assert.ok(others.length > 0);
    assert.not.match(others.at(-1) ?? '', 'grants …');
    const { stderr: quiet } = await gen(`${DENSE} --quiet`, { isTerminal: true });
    assert.is(quiet, '');
  });
});

cases(`case ${SLUG}: one statement that grows beside its manifest`, () => {
  const grown = (count: number) =>
    oneGroup([allow(['s3:GetObject', 's3:PutObject'], range(count).map(bucket))]);
  const before = composeBundle(grown(2000), target);
  const seconds = secondsOf(() => {
    const after = composeSettled(grown(4000), target, { previous: asPrevious(before) });
    const fresh = composeBundle(grown(4000), target);
    assert.is(after.policies.length, fresh.policies.length);
    assert.equal(after.moves, []);
  });
  assert.ok(seconds < 10, `${seconds} s`);
});

cases.run();
