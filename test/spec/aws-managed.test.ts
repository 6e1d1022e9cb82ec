/** AWS managed policies as documents: what is there, and who reads it. */
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { differenceOf } from '../../src/diff/difference.ts';
import { sideOfManifest } from '../../src/diff/manifest-side.ts';
import { buildManifest } from '../../src/files/manifest.ts';
import { renderHowto } from '../../src/howto/howto.ts';
import { withDefaults } from '../../src/model/validated-target.ts';
import { builtIn } from '../support/bundles.ts';
import { targetOf } from '../support/target.ts';

const FOLDER = new URL('../../spec/aws-managed/', import.meta.url);
const V2 = new Map([['ebsCsiPolicy', 'AmazonEBSCSIDriverPolicyV2']]);

test('every AWS managed policy that the spec attaches is known, with version and date', () => {
  const attached = [
    ...[...builtIn.features.values()].flatMap(({ awsManagedPolicies }) => awsManagedPolicies),
  ].map(({ policy }) => policy);
  const ofPrincipals = [...builtIn.principals.values()].flatMap(
    ({ creations, workload, existing }) => [
      ...creations.flatMap(({ role, user }) => (role ?? user)?.awsManagedPolicies ?? []),
      ...(workload?.role.awsManagedPolicies ?? []),
      ...(existing?.attached.filter((name) => !builtIn.groups.has(name)) ?? []),
    ],
  );
  const values = (name: string): readonly string[] =>
    builtIn.parameters
      .get(name)
      ?.pattern.replace(/^\^\(|\)\$$/g, '')
      .split('|') ?? [];
  const names = [...attached, ...ofPrincipals].flatMap((name) =>
    name.startsWith('{{') ? values(name.slice(2, -2)) : [name],
  );
  assert.ok(names.includes('AmazonEBSCSIDriverEKSClusterScopedPolicy'));
  for (const name of names) {
    const known = builtIn.awsManaged.get(name);
    assert.match(known?.version ?? name, /^v\d+$/);
    assert.match(known?.date ?? name, /^\d{4}-\d{2}-\d{2}$/);
    assert.ok((known?.statements.length ?? 0) > 0, name);
  }
});

test('the files are named like their policies, and hold no partition but aws', () => {
  for (const file of readdirSync(FOLDER)) {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    const { policy } = JSON.parse(text);
    assert.is(`${policy.split('/').at(-1)}.json`, file);
    assert.ok(builtIn.awsManaged.has(policy), policy);
    assert.not.match(text, /arn:aws-|\{\{/);
  }
  assert.not.match(JSON.stringify([...builtIn.awsManaged]), '"arn:aws:');
});

test('the EBS CSI driver gets the policy that is asked for, and howto says what it asks for', () => {
  const features = ['none', 'ebs-csi'];
  const bundleOf = (parameters: ReadonlyMap<string, string>) =>
    composeBundle(builtIn, targetOf(features, { parameters, nodeRoles: ['nodes'] }));
  const attached = (parameters: ReadonlyMap<string, string>) =>
    bundleOf(parameters).existing.flatMap(({ awsManagedPolicies }) => awsManagedPolicies);
  assert.equal(attached(new Map()), ['service-role/AmazonEBSCSIDriverPolicy']);
  assert.equal(attached(V2), ['AmazonEBSCSIDriverPolicyV2']);
  assert.match(
    renderHowto(bundleOf(V2), ['iam-json']).replace(/\s+/g, ' '),
    'tag volumes that were',
  );
  assert.not.match(renderHowto(bundleOf(new Map()), ['iam-json']), 'tag volumes');
  assert.throws(
    () => attached(new Map([['ebsCsiPolicy', 'AmazonS3FullAccess']])),
    'must be one of',
  );
});

test('what an AWS managed policy holds is not lost when it takes the place of a policy of ours', () => {
  const sideOf = (features: readonly string[], name: string) => {
    const target = targetOf(features, { parameters: new Map([['partition', 'aws']]) });
    const manifest = buildManifest(composeBundle(builtIn, target), withDefaults(target), []);
    return { name, kind: 'folder' as const, ...sideOfManifest(manifest, builtIn) };
  };
  const base = ['iaas-dynamic', 'stack-manual'];
  const nodes = differenceOf(sideOf([...base, 'cni-ipv4'], 'a'), sideOf(base, 'b')).principals.find(
    ({ principal }) => principal === 'nodes',
  );
  // AmazonEKS_CNI_Policy is on the nodes of the stack and grants the same as cni-ipv4.
  assert.equal(nodes?.narrowing ?? [], []);
  const without = differenceOf(sideOf([...base, 'cni-ipv4'], 'a'), {
    ...sideOf(base, 'b'),
    tellsBeing: false,
  }).principals.find(({ principal }) => principal === 'nodes');
  assert.ok((without?.narrowing.length ?? 0) > 0);
});

test.run();
