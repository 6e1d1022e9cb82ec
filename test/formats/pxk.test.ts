import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { emitPxk } from '../../src/emit/pxk.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import {
  allow,
  bundleOf,
  CLUSTER_NAME,
  capaStack,
  existingOf,
  policyOf,
  principalOf,
  roleOf,
} from '../support/bundle-builder.ts';

const NODE_GROUP_ROLE = 'eks-nodegroup.cluster-api-provider-aws.sigs.k8s.io';

const stack = capaStack();
const byHand = bundleOf({
  ...stack,
  roles: [...stack.roles, roleOf('eks-nodegroup', NODE_GROUP_ROLE)],
  activeFeatures: ['iaas-static', 'eks-static', 'stack-manual', 'eks-nodegroup-role'],
  bases: ['iaas-static', 'eks-static'],
});

const nodeGroup = principalOf('node-group', { node: true, name: 'ng-role_worker-pool-<random>' });
const onCore = bundleOf({
  principals: [principalOf('palette'), nodeGroup],
  policies: [
    policyOf('PaletteOne', [allow('ec2:*')]),
    policyOf('Cni', [allow('ec2:CreateTags')], { attachTo: ['node-group'] }),
  ],
  accountId: '123456789012',
});

const valuesOf = (bundle: IamBundle) =>
  Object.fromEntries(emitPxk(bundle).files.map(({ path, content }) => [path, parse(content)]));

function problemsOf(bundle: IamBundle): GenError {
  try {
    emitPxk(bundle);
  } catch (error) {
    assert.instance(error, GenError);
    return error as GenError;
  }
  throw new Error('no error');
}

test('a stack by hand: the documented values, for IaaS and EKS', () => {
  const documented = (name: string) =>
    parse(readFileSync(new URL(`../reference/pxk/${name}`, import.meta.url), 'utf8'));
  assert.equal(valuesOf(byHand), {
    'pxk/iaas.yaml': documented('iaas.yaml'),
    'pxk/eks.yaml': documented('eks.yaml'),
  });
  assert.equal(emitPxk(byHand).notes, []);
});

test('a stack by hand: only what the bases call for', () => {
  assert.equal(Object.keys(valuesOf({ ...byHand, bases: ['iaas-dynamic'] })), ['pxk/iaas.yaml']);
  assert.equal(Object.keys(valuesOf({ ...byHand, bases: ['eks-dynamic'] })), ['pxk/eks.yaml']);
});

test('a stack by hand: node policies are on the roles, never in the pack', () => {
  const bundle = {
    ...byHand,
    policies: [policyOf('Cni', [allow('ec2:*')], { attachTo: ['nodes', 'eks-nodegroup'] })],
  };
  assert.not.match(JSON.stringify(emitPxk(bundle)), 'roleAdditionalPolicies');
});

test('core with node policies: their ARNs for node groups, and where IaaS takes them', () => {
  const arn = 'arn:aws:iam::123456789012:policy/Cni';
  assert.equal(valuesOf(onCore), {
    'pxk/eks.yaml': { managedMachinePool: { roleAdditionalPolicies: [arn] } },
  });
  assert.match(emitPxk(onCore).notes[0] ?? '', `Add IAM policies: ${arn}.`);
});

test('core: path, partition, AWS managed policies and a created node-group role', () => {
  const csi = 'service-role/AmazonEBSCSIDriverPolicy';
  const bundle = {
    ...onCore,
    partition: 'aws-cn',
    path: '/palette/',
    roles: [roleOf('eks-nodegroup', NODE_GROUP_ROLE)],
    principals: [{ ...nodeGroup, awsManagedPolicies: [csi] }],
  };
  assert.equal(valuesOf(bundle)['pxk/eks.yaml'], {
    managedMachinePool: {
      roleName: NODE_GROUP_ROLE,
      roleAdditionalPolicies: [
        'arn:aws-cn:iam::123456789012:policy/palette/Cni',
        `arn:aws-cn:iam::aws:policy/${csi}`,
      ],
    },
  });
});

test('core: a created node-group role is named; what it holds already is not listed', () => {
  const csi = 'service-role/AmazonEBSCSIDriverPolicy';
  const attachTo = ['node-group', 'eks-nodegroup'];
  const { accountId: _, ...bundle } = {
    ...onCore,
    policies: [policyOf('Cni', [allow('ec2:*')], { attachTo })],
    roles: [roleOf('eks-nodegroup', NODE_GROUP_ROLE, { awsManagedPolicies: [csi] })],
    principals: [{ ...nodeGroup, awsManagedPolicies: [csi] }],
  };
  assert.equal(valuesOf(bundle), {
    'pxk/eks.yaml': { managedMachinePool: { roleName: NODE_GROUP_ROLE } },
  });
});

test('core without node policies: no file, and a note', () => {
  const emission = emitPxk(bundleOf({ policies: [policyOf('PaletteOne', [allow('ec2:*')])] }));
  assert.equal(emission.files, []);
  assert.is(emission.notes.length, 1);
});

test('an automatic stack under IaaS only: no file, but the note on Add IAM policies', () => {
  const emission = emitPxk({
    ...onCore,
    activeFeatures: ['iaas-static', 'stack-auto'],
    bases: ['iaas-static'],
  });
  assert.equal(emission.files, []);
  assert.ok(emission.notes.some((note) => note.includes('Add IAM policies')));
});

test('an automatic stack under EKS: the ARNs, as on core', () => {
  const bundle = { ...onCore, activeFeatures: ['eks-static', 'stack-auto'], bases: ['eks-static'] };
  assert.equal(Object.keys(valuesOf(bundle)), ['pxk/eks.yaml']);
});

test('names the flags that ARNs and names still need, each once', () => {
  const { accountId: _, ...noAccount } = onCore;
  const attachTo = ['node-group'];
  const { exitCode, problems } = problemsOf({
    ...noAccount,
    policies: [
      policyOf('Cni-{{clusterName}}', [allow('ec2:*')], { attachTo }),
      policyOf('Other', [allow('ec2:*')], { attachTo }),
    ],
    openParameters: [CLUSTER_NAME],
  });
  assert.is(exitCode, 2);
  assert.equal(
    problems.map(({ code }) => code),
    ['missing-parameter', 'missing-parameter'],
  );
  const advice = problems.map((problem) => problem.advice).join(' ');
  assert.is(advice.split('--cluster-name').length, 2);
  assert.is(advice.split('--account-id').length, 2);
});

test('an open document does not matter, since the pack holds names only', () => {
  const { accountId: _, ...noAccount } = byHand;
  const policies = [policyOf('Cni-{{clusterName}}', [allow('ec2:*')], { attachTo: ['nodes'] })];
  const bundle = { ...noAccount, policies, openParameters: [CLUSTER_NAME] };
  assert.is(emitPxk(bundle).files.length, 2);
});

test('AWS managed policies alone need no account', () => {
  const { accountId: _, ...noAccount } = onCore;
  const principals = [{ ...nodeGroup, awsManagedPolicies: ['AmazonEKS_CNI_Policy'] }];
  assert.is(emitPxk({ ...noAccount, policies: [], principals }).files.length, 1);
});

test('says where the snippet goes', () => {
  const [iaas, eks] = emitPxk(byHand).files.map((file) => file.content);
  assert.match(iaas ?? '', '# the keys below are siblings of `pack:` and `kubeadmconfig:`.');
  assert.match(eks ?? '', '  # The role of every node group.\n  roleName: eks-nodegroup.');
});

test('inline: AWS managed policies only, no account, and what is left to do', () => {
  const { accountId: _, ...noAccount } = onCore;
  const inline: IamBundle = { ...noAccount, policyType: 'inline' };
  const nothing = emitPxk(inline);
  assert.equal(nothing.files, []);
  assert.is(nothing.notes.length, 1);
  assert.match(nothing.notes[0] ?? '', 'can list Cni.');
  assert.match(nothing.notes[0] ?? '', '--policy-type managed. No file written.');

  const csi = 'service-role/AmazonEBSCSIDriverPolicy';
  const principals = [{ ...nodeGroup, awsManagedPolicies: [csi] }];
  assert.equal(valuesOf({ ...inline, principals })['pxk/eks.yaml'], {
    managedMachinePool: { roleAdditionalPolicies: [`arn:aws:iam::aws:policy/${csi}`] },
  });
  assert.not.match(emitPxk({ ...inline, principals }).notes.join(), 'No file written');
});

test('inline: nothing is left to do for node roles that are given by name', () => {
  const { notes } = emitPxk({
    ...onCore,
    policyType: 'inline',
    existing: [existingOf('node-group', 'role', 'my-nodes')],
  });
  assert.not.match(notes.join(), 'no ARN');
});

test.run();
