/**
 * Targets that change one group at a time, over many steps: each step is composed beside the one
 * before, never fails where composing afresh does not, stays within the quota, is proven, and
 * changes nothing when composed once more.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import type { IamBundle, MergeMode } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Statement } from '../../src/model/policy.ts';
import type { PreviousRun } from '../../src/model/previous-run.ts';
import { atLeast, runs } from '../support/fast.ts';
import { asPrevious, composeSettled, type OwnGroup, specOf } from '../support/own-groups.ts';
import { targetOf } from '../support/target.ts';

const RUNS = { seed: 20250525, includeErrorInReport: true };
const SIZE = 900;

const numbers = (most: number) =>
  fc
    .uniqueArray(fc.nat({ max: most }), { minLength: 1, maxLength: 14 })
    .map((list) => list.sort((a, b) => a - b));

/** Few services and resources, so that groups repeat one another; some of every kind. */
const statement: fc.Arbitrary<Statement> = fc
  .record({
    kind: fc.constantFrom('allow', 'allow', 'allow', 'deny', 'notAction', 'notResource', 'if'),
    service: fc.constantFrom('s3', 'ec2', 'eks'),
    actions: numbers(30),
    resources: fc.uniqueArray(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ kind, service, actions, resources }): Statement => {
    const Action = actions.map((number) => `${service}:Action${number}`);
    const Resource = resources.includes(0)
      ? ['*']
      : resources.map((number) => `arn:aws:${service}:::thing-${number}/*`);
    if (kind === 'deny') return { Effect: 'Deny', Action, Resource };
    if (kind === 'notAction') return { Effect: 'Deny', NotAction: Action, Resource };
    if (kind === 'notResource') return { Effect: 'Allow', Action, NotResource: Resource };
    const Condition = { StringEquals: { 'aws:RequestedRegion': ['eu-west-1'] } };
    return { Effect: 'Allow', Action, Resource, ...(kind === 'if' ? { Condition } : {}) };
  });
const statements = fc.array(statement, { minLength: 1, maxLength: 4 });

interface Change {
  readonly what: 'add' | 'remove' | 'grow' | 'shrink';
  readonly at: number;
  readonly with: readonly Statement[];
}
const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom('add', 'add', 'remove', 'grow', 'grow', 'shrink'),
  at: fc.nat({ max: 99 }),
  with: statements,
});

const drawn = fc.record({
  quota: fc.integer({ min: 2, max: 10 }),
  groups: fc.array(statements, { minLength: 2, maxLength: 9 }),
  changes: fc.array(change, { minLength: 4, maxLength: 8 }),
});

const groupOf = (number: number, list: readonly Statement[]): OwnGroup => ({
  id: `g${number}`,
  policyName: `Group${number}`,
  statements: list,
});

function changed(groups: readonly OwnGroup[], { what, at, with: list }: Change, step: number) {
  const index = at % groups.length;
  if (what === 'add') return [...groups, groupOf(100 + step, list)];
  if (what === 'remove' && groups.length > 1) return groups.filter((_, other) => other !== index);
  return groups.map((group, other): OwnGroup => {
    if (other !== index) return group;
    const own = group.statements;
    if (what === 'grow') return { ...group, statements: [...own, ...list.slice(0, 1)] };
    return own.length > 1 ? { ...group, statements: own.slice(1) } : group;
  });
}

/** The bundle; undefined where it does not fit the quota. */
function tryTo<T>(compose: () => T): T | undefined {
  try {
    return compose();
  } catch (error) {
    if (!(error instanceof GenError) || error.exitCode !== 3) throw error;
    return undefined;
  }
}

const property = suite('targets that change step by step');

function check(mergeMode: MergeMode, numRuns: number): void {
  const seen = { steps: 0, refused: 0, merged: 0, cut: 0, several: 0 };
  fc.assert(
    fc.property(drawn, ({ quota, groups: first, changes }) => {
      const target = targetOf(['extra'], { mergeMode });
      let groups = first.map((list, number) => groupOf(number, list));
      let previous: PreviousRun | undefined;
      for (const [step, each] of changes.entries()) {
        const spec = specOf(groups, { quota, size: SIZE });
        const fresh = tryTo(() => composeBundle(spec, target));
        const bundle = tryTo(() => composeSettled(spec, target, { previous }));
        assert.is(bundle === undefined, fresh === undefined, `step ${step}`);
        seen.steps++;
        if (bundle === undefined) seen.refused++;
        else {
          assert.ok(bundle.policies.length <= quota);
          note(bundle, seen);
          previous = asPrevious(bundle);
        }
        groups = changed(groups, each, step);
      }
    }),
    { ...RUNS, numRuns },
  );
  if (mergeMode === 'auto') assert.ok(seen.several > atLeast(20), JSON.stringify(seen));
  assert.ok(seen.steps - seen.refused > atLeast(200), JSON.stringify(seen));
  assert.ok(seen.merged + seen.cut > atLeast(50), JSON.stringify(seen));
}

function note(
  { policies, packing }: IamBundle,
  seen: { merged: number; cut: number; several: number },
): void {
  const merged = policies.filter(({ stem }) => stem.startsWith('PaletteMerged'));
  if (merged.length > 0) seen.merged++;
  if (policies.some(({ stem }) => /-\d+$/.test(stem))) seen.cut++;
  if (packing.filter(({ groups }) => groups.length > 1).length > 1) seen.several++;
}

property('--merge auto', () => check('auto', runs(300)));
property('--merge all', () => check('all', runs(100)));
property('--merge none', () => check('none', runs(100)));

property.run();
