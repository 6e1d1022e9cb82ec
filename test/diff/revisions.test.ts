import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { groupStories, outdatedGroups } from '../../src/diff/revisions.ts';
import { builtIn } from '../support/bundles.ts';
import { gen } from '../support/cli.ts';

const test = suite('revisions');

test('outdated: what the selected groups lack, by what the target has', () => {
  const told = (features: string[], asOf?: string) =>
    outdatedGroups(builtIn, features, { asOf }).map(({ id, additions }) => [
      id,
      additions.map(
        ({ date, adds }) => `${date} ${adds.Action?.join()} on ${adds.Resource?.join()}`,
      ),
    ]);
  assert.equal(told(['core']), []);
  assert.equal(told(['core', 'eks']), [
    [
      'palette-controllers-eks',
      ['2026-10-09 iam:ListRolePolicies on arn:*:iam::*:role/*', '2026-10-09 iam:ListRoles on *'],
    ],
  ]);
  assert.equal(told(['core', 'cni-ipv4'], '2024-07-22'), [
    ['cni-ipv4', ['2026-06-01 ec2:DescribeSecurityGroups on *']],
  ]);
  assert.is(told(['core', 'cni-ipv4'], '2024-07-21')[0]?.[1]?.length, 2);
  assert.equal(told(['core', 'eks', 'cni-ipv4', 'cni-ipv6'], 'latest'), []);
});

test('releases of Cluster API Provider AWS are a stream of their own', () => {
  const left = (revision: Parameters<typeof outdatedGroups>[2]) =>
    outdatedGroups(builtIn, ['iaas-dynamic'], revision).flatMap(({ additions }) =>
      additions.map(({ release }) => release),
    );
  const releases = ['v2.3.0', 'v2.5.0', 'v2.7.1', 'v2.9.0', 'v2.10.0', 'v2.10.0', 'v2.11.0'];
  assert.equal(left({ asOf: 'latest' }), [...releases, 'v2.7.1']);
  assert.equal(left({ capaRelease: 'v2.9.1' }), ['v2.10.0', 'v2.10.0', 'v2.11.0']);
  assert.equal(left({ capaRelease: 'latest' }), []);
});

test('what is outdated, taken in, is outdated no more: for every amendment of the spec', () => {
  const dates = [...builtIn.groups.values()].flatMap(({ amendments }) => amendments);
  assert.ok(dates.length > 0);
  const features = ['core', 'eks', 'cni-ipv4', 'cni-ipv6'];
  for (const { date } of dates) {
    const left = outdatedGroups(builtIn, features, { asOf: date }).flatMap(
      ({ additions }) => additions,
    );
    assert.ok(left.every((each) => each.date > date));
  }
});

test('stories: every group once, in order of dates, both ends of the period included', () => {
  const all = groupStories(builtIn, undefined, {});
  assert.equal(
    all.map(({ id }) => id),
    [...builtIn.groups.keys()],
  );
  const day = groupStories(builtIn, undefined, { from: '2026-06-01', to: '2026-06-01' });
  assert.equal(
    day.map(({ id }) => id),
    ['cni-ipv4', 'cni-ipv6'],
  );
  assert.ok(day.every(({ revision }) => revision === undefined));
  assert.equal(groupStories(builtIn, ['core'], { from: '2026-06-01' }), []);
});

test('gen outdated: 1 where something was added, 0 where nothing was', async () => {
  const outdated = await gen('outdated --features eks');
  assert.is(outdated.code, 1);
  assert.match(outdated.stdout, 'iam:ListRolePolicies on arn:*:iam::*:role/* (statement 5)');
  assert.match(outdated.stdout, 'commit 072ee97e');
  assert.match(outdated.stderr, '2 additions since the documented revision; --as-of latest');
  const upToDate = await gen('outdated --features eks --as-of latest');
  assert.equal(upToDate, {
    code: 0,
    stdout: '',
    stderr: 'no additions since the latest that gen knows\n',
  });
  const json = JSON.parse((await gen('outdated --features eks --json')).stdout);
  assert.is(json.asOf, 'documented');
  assert.equal(json.groups[0].additions[1].adds.Action, ['iam:ListRoles']);
  assert.is((await gen('outdated --features nothing')).code, 2);
});

test('gen changelog: plain, Markdown, a period, features', async () => {
  const all = await gen('changelog');
  assert.is(all.code, 0);
  assert.match(all.stdout, /^cni-ipv4 .*\n {2}2022-01-31 {2}the documented revision/m);
  for (const line of all.stdout.split('\n')) {
    assert.ok(line.length <= 120, line);
    assert.is(line, line.trimEnd());
  }
  const order = /2022-01-31[\s\S]*2024-07-22[\s\S]*2026-06-01/;
  assert.match((await gen('changelog --features core,cni-ipv4')).stdout, order);
  const markdown = await gen('changelog --from 2026-10-01 --markdown');
  assert.match(markdown.stdout, '### `palette-controllers-eks`');
  assert.match(markdown.stdout, '- 2026-10-09: `iam:ListRoles` on `*` (librarium');
  assert.not.match(markdown.stdout, 'cni');
  assert.match((await gen('changelog --to 2000-01-01')).stdout, 'No changes in this period.');
});

test('gen changelog: wrong days', async () => {
  const refused: [string, RegExp][] = [
    ['changelog --from 2026-02-30 --to yesterday', /2026-02-30[\s\S]*yesterday/],
    ['changelog --from 2026-02-02 --to 2026-02-01', /is later than/],
    ['changelog --features nothing', /nothing/],
    ['changelog --json', /does not take --json/],
  ];
  for (const [command, says] of refused) {
    const outcome = await gen(command);
    assert.is(outcome.code, 2, command);
    assert.match(outcome.stderr, says);
    assert.is(outcome.stdout, '');
  }
});

test.run();
