/** Each key of quotas.yaml has an effect: lowered, it refuses what AWS's own value accepts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Quotas, Spec } from '../../src/model/requirement.ts';
import type { TargetOptions } from '../../src/model/target.ts';
import { builtIn } from '../support/bundles.ts';
import { targetOf } from '../support/target.ts';

const test = suite('quotas');

type Key = keyof Quotas;

const manual = ['iaas-dynamic', 'stack-manual'];
const host = targetOf(['iaas-static', 'host-groups']);

/** A lower limit, and a target that it makes too large. */
const LOWERED: Readonly<Record<Key, readonly [value: unknown, target: TargetOptions]>> = {
  managedPolicySize: [200, host],
  managedPoliciesPerRole: [1, { ...host, mergeMode: 'none', paletteRoles: ['R'] }],
  managedPoliciesPerUser: [1, { ...host, mergeMode: 'none', paletteUsers: ['U'] }],
  managedPoliciesPerGroup: [1, { ...host, mergeMode: 'none', paletteGroups: ['G'] }],
  inlinePoliciesSizePerRole: [100, { ...host, policyType: 'inline', paletteRoles: ['R'] }],
  inlinePoliciesSizePerUser: [100, { ...host, policyType: 'inline', paletteUsers: ['U'] }],
  inlinePoliciesSizePerGroup: [100, { ...host, policyType: 'inline', paletteGroups: ['G'] }],
  trustPolicySize: [100, targetOf(manual)],
  policyName: [10, host],
  roleName: [10, targetOf(manual)],
  userName: [10, { ...targetOf(['none', 'cloud-account-user', 'eks-secrets-encryption']) }],
  instanceProfileName: [10, targetOf(manual)],
  path: [5, { ...host, path: '/platform/' }],
  description: [10, host],
  principals: [new Map([['palette', 1]]), { ...host, mergeMode: 'none' }],
};

function refusal(spec: Spec, target: TargetOptions): GenError | undefined {
  try {
    composeBundle(spec, target);
    return undefined;
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
}

for (const [key, [value, target]] of Object.entries(LOWERED)) {
  test(`${key} counts`, () => {
    const generous = { ...builtIn.quotas, inlinePoliciesSizePerUser: 10_000 };
    assert.is(refusal({ ...builtIn, quotas: generous }, target), undefined);
    const refused = refusal({ ...builtIn, quotas: { ...generous, [key]: value } }, target);
    assert.ok(refused, `lowering ${key} changes nothing`);
  });
}

test('no key is left out', () => {
  assert.equal(Object.keys(LOWERED).sort(), Object.keys(builtIn.quotas).sort());
});

test.run();
