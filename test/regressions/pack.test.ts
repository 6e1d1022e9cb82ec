/** Packing: what is cut, what goes on under which name, and how many policies it takes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCatalogue } from '../../src/compose/catalogue.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import type { Statement } from '../../src/model/policy.ts';
import type { PreviousRun } from '../../src/model/previous-run.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { MERGE_MODES } from '../support/bundles.ts';
import { asPrevious, composeSettled, type OwnGroup, specOf } from '../support/own-groups.ts';
import { BUILT_IN, targetOf } from '../support/target.ts';

const cases = suite('cases of packing');
const catalogue = await loadCatalogue();

const specIn = (folder: string) =>
  loadSpec({
    builtIn: BUILT_IN,
    overlays: [new URL(`../cases/${folder}/spec`, import.meta.url).pathname],
  });

const ofPalette = ({ policies }: IamBundle) =>
  policies.filter(({ attachTo }) => attachTo.includes('palette'));

const CUT = '21-cut-notresource-proof-fails';

for (const folder of ['.', 'b', 'real']) {
  for (const mergeMode of MERGE_MODES) {
    for (const shrink of [undefined, 'exact', 'validator'] as const) {
      cases(`case ${CUT}: ${folder}, --merge ${mergeMode}, --shrink ${shrink}`, () => {
        const target = targetOf(['extra'], { mergeMode, ...(shrink ? { shrink } : {}) });
        const bundle = composeSettled(specIn(`${CUT}/${folder}`), target, { catalogue });
        assert.ok(ofPalette(bundle).length >= 2);
      });
    }
  }
}

const numbered = (count: number, name: (number: string) => string): string[] =>
  Array.from({ length: count }, (_, number) => name(String(number).padStart(3, '0')));
const actions = (count: number, service = 's3') => numbered(count, (n) => `${service}:Act${n}`);
const resources = (count: number) => numbered(count, (n) => `arn:aws:s3:::bucket-${n}/*`);
const NEGATED = { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'eu-central-1'] } };

/** A statement of each kind that is cut, of two documents and more. */
const KINDS: Readonly<Record<string, (more: number) => Statement>> = {
  'Allow and NotResource': (more) => ({
    Effect: 'Allow',
    Action: actions(80 + more),
    NotResource: ['arn:aws:s3:::secret/*'],
  }),
  'Allow and NotAction': (more) => ({
    Effect: 'Allow',
    NotAction: ['iam:*', 'sts:*'],
    Resource: resources(50 + more),
  }),
  'Deny along actions': (more) => ({ Effect: 'Deny', Action: actions(80 + more), Resource: ['*'] }),
  'Deny along resources': (more) => ({
    Effect: 'Deny',
    Action: ['s3:*'],
    Resource: resources(50 + more),
  }),
  'Deny along both': (more) => ({
    Effect: 'Deny',
    Action: actions(70 + more),
    Resource: resources(40 + more),
  }),
  'Deny and NotResource under a condition': (more) => ({
    Effect: 'Deny',
    Action: actions(80 + more),
    NotResource: ['arn:aws:s3:::mine/*'],
    Condition: { Bool: { 'aws:SecureTransport': ['false'] } },
  }),
  'a negated condition': (more) => ({
    Sid: 'Negated',
    Effect: 'Allow',
    Action: actions(80 + more),
    Resource: resources(2),
    Condition: NEGATED,
  }),
};

/** The statement between two others, in a group of its own or beside one of them. */
function groupsWith(statement: Statement, alone: boolean): OwnGroup[] {
  const first: Statement = { Effect: 'Allow', Action: actions(20, 'ec2'), Resource: ['*'] };
  const last: Statement = { Effect: 'Allow', Action: actions(9, 'eks'), Resource: resources(2) };
  return [
    { id: 'a', policyName: 'A', statements: alone ? [first] : [first, statement] },
    { id: 'b', policyName: 'B', statements: alone ? [statement] : [last] },
    { id: 'c', policyName: 'C', statements: [last] },
  ];
}

for (const [kind, statementOf] of Object.entries(KINDS)) {
  for (const mergeMode of MERGE_MODES) {
    cases(`case ${CUT}: ${kind}, as it grows and shrinks, --merge ${mergeMode}`, () => {
      const target = targetOf(['extra'], { mergeMode });
      for (const alone of [true, false]) {
        let previous: PreviousRun | undefined;
        for (const more of [0, 1, 30, 29, -20]) {
          const spec = specOf(groupsWith(statementOf(more), alone), { quota: 20, size: 1200 });
          const fresh = composeSettled(spec, target);
          const bundle = composeSettled(spec, target, { previous });
          assert.ok(ofPalette(bundle).length <= ofPalette(fresh).length, `${alone} ${more}`);
          previous = asPrevious(bundle);
        }
      }
    });
  }

  // One entry more in both lists makes every piece larger than its document.
  if (kind === 'Deny along both') continue;

  cases(`case ${CUT}: ${kind}, pieces stay where they are`, () => {
    const target = targetOf(['extra'], { mergeMode: 'all' });
    const options = { quota: 20, size: 1200 };
    const before = composeSettled(specOf(groupsWith(statementOf(0), true), options), target);
    const after = composeSettled(specOf(groupsWith(statementOf(1), true), options), target, {
      previous: asPrevious(before),
    });
    assert.is(after.policies.length, before.policies.length);
    assert.equal(after.moves, []);
    const changed = after.policies.filter(({ document }, index) => {
      return JSON.stringify(document) !== JSON.stringify(before.policies[index]?.document);
    });
    assert.is(changed.length, 1);
  });
}

const PREVIOUS = '24-auto-former-duplicate-name';

cases(`case ${PREVIOUS}: one group more`, () => {
  const target = targetOf(['extra']);
  const before = composeSettled(specIn(`${PREVIOUS}/before`), target);
  const after = composeSettled(specIn(`${PREVIOUS}/after`), target, {
    previous: asPrevious(before),
  });
  assert.ok(ofPalette(after).length <= 3);
});

for (const shrink of [undefined, 'exact'] as const) {
  cases(`case ${PREVIOUS}: AWS's own quota, step by step, --shrink ${shrink}`, () => {
    const target = targetOf(['extra'], shrink ? { shrink } : {});
    let previous: PreviousRun | undefined;
    for (const step of [0, 1, 2, 3]) {
      const bundle = composeSettled(specIn(`${PREVIOUS}/quota10/${step}`), target, {
        catalogue,
        previous,
      });
      assert.ok(ofPalette(bundle).length <= 10, `step ${step}`);
      previous = asPrevious(bundle);
    }
  });
}

cases(`case ${PREVIOUS}: names that a split or merged policy could get are taken`, () => {
  const big = (service: string): Statement[] => [
    { Effect: 'Allow', Action: actions(80, service), Resource: ['*'] },
  ];
  const small: Statement[] = [{ Effect: 'Allow', Action: ['ec2:Small'], Resource: ['*'] }];
  const own = [
    { id: 'a', policyName: 'Foo', statements: big('s3') },
    { id: 'b', policyName: 'foo-1', statements: small },
    { id: 'c', policyName: 'palettemerged1', statements: big('eks').slice(0, 1) },
  ];
  for (const mergeMode of MERGE_MODES) {
    const target = targetOf(['extra'], { mergeMode });
    let previous: PreviousRun | undefined;
    for (const quota of [20, 20, 4]) {
      if (mergeMode === 'none' && quota < 20) continue;
      const bundle = composeSettled(specOf(own, { quota, size: 1200 }), target, { previous });
      previous = asPrevious(bundle);
    }
  }
});

const TOO_MANY = '28-packing-one-policy-too-many';

for (const [folder, most] of [
  ['small', 3],
  ['real-32', 3],
] as const) {
  cases(`case ${TOO_MANY}: ${folder} in ${most} policies`, () => {
    const target = targetOf(['extra'], { mergeMode: 'all' });
    const bundle = composeSettled(specIn(`${TOO_MANY}/${folder}`), target);
    assert.ok(ofPalette(bundle).length <= most, `${ofPalette(bundle).length}`);
  });
}

cases.run();
