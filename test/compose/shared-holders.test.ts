/** A role given for several principals has one quota; one that is created is not given. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Target } from '../../src/model/target.ts';
import { builtIn } from '../support/bundles.ts';
import { ALL_VALUES, targetOf } from '../support/target.ts';

function refusal(features: readonly string[], changes: Partial<Target>): readonly [number, string] {
  try {
    composeBundle(builtIn, targetOf(features, { parameters: ALL_VALUES, ...changes }));
  } catch (error) {
    assert.instance(error, GenError);
    const { exitCode, problems } = error as GenError;
    return [exitCode, problems.map(({ code }) => code).join()];
  }
  return [0, ''];
}

const FULL = ['core', 'eks', 'host-groups', 'cni-ipv4', 'cni-ipv6'];

test('what both principals hold has to fit the one role', () => {
  const both = { paletteRoles: ['R'], nodeRoles: ['r'] };
  assert.equal(refusal(FULL, both), [3, 'over-quota']);
  assert.equal(refusal(FULL, { paletteRoles: ['R'], nodeRoles: ['other'] }), [0, '']);
  assert.equal(refusal(FULL, { ...both, mergeMode: 'all' }), [0, '']);
});

test('so do the characters of inline policies', () => {
  const inline = { policyType: 'inline' as const, paletteRoles: ['R'] };
  assert.equal(refusal(FULL, { ...inline, nodeRoles: ['R'] }), [3, 'over-quota']);
  assert.equal(refusal(FULL, { ...inline, nodeRoles: ['other'] }), [0, '']);
});

test('a role that is created here is refused', () => {
  const name = 'controllers.cluster-api-provider-aws.sigs.k8s.io';
  assert.equal(refusal(['iaas-dynamic'], { paletteRoles: [name] }), [2, 'created-role-given']);
});

test.run();
