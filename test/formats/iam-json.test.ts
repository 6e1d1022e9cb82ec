import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitIamJson } from '../../src/emit/iam-json.ts';
import { GenError } from '../../src/model/errors.ts';
import {
  allow,
  bundleOf,
  CLUSTER_NAME,
  capaStack,
  existingOf,
  inlineBundle,
  policyOf,
  VARIABLES,
  VARIABLES_AND_PARAMETER_IN_KEY,
  VPC_ID,
} from '../support/bundle-builder.ts';
import { normalDocument } from '../support/cfn-documents.ts';

test('a policy is a readable document with a final newline', () => {
  const { files } = emitIamJson(
    bundleOf({ policies: [policyOf('One', [allow('ec2:RunInstances')])] }),
  );
  assert.equal(files, [
    {
      path: 'iam-json/One.json',
      content: `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "ec2:RunInstances",
      "Resource": "*"
    }
  ]
}
`,
    },
  ]);
});

test('policies and trust policies read back as the bundle has them', () => {
  const stack = capaStack();
  const policies = [...stack.policies, policyOf('Variables', VARIABLES)];
  const { files } = emitIamJson(bundleOf({ ...stack, policies }));
  assert.is(files.length, policies.length + stack.roles.length);
  for (const policy of policies) {
    const file = files.find(({ path }) => path === `iam-json/${policy.name}.json`);
    assert.equal(normalDocument(JSON.parse(file?.content ?? '{}')), policy.document);
  }
  const trust = files.find(({ path }) =>
    path.endsWith('roles/eks-controlplane.cluster-api-provider-aws.sigs.k8s.io.trust.json'),
  );
  assert.equal(JSON.parse(trust?.content ?? '{}').Statement[0].Principal, {
    Service: 'eks.amazonaws.com',
  });
});

test('names every missing flag once, with the format', () => {
  const bundle = bundleOf({
    policies: [policyOf('Cni-{{clusterName}}', VARIABLES_AND_PARAMETER_IN_KEY)],
    openParameters: [CLUSTER_NAME, VPC_ID],
  });
  try {
    emitIamJson(bundle);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, GenError);
    const { exitCode, problems } = error as GenError;
    assert.is(exitCode, 2);
    assert.equal(
      problems.map(({ code }) => code),
      ['missing-parameter', 'missing-parameter'],
    );
    assert.match(problems[0]?.advice ?? '', '--cluster-name');
    assert.match(problems[1]?.advice ?? '', '--param vpcId=…');
    assert.ok(problems.every(({ message }) => message.includes('iam-json')));
  }
});

test('a parameter that is open elsewhere only does not matter here', () => {
  const bundle = bundleOf({
    policies: [policyOf('One', [allow('ec2:*')], { description: 'For {{clusterName}}.' })],
    openParameters: [CLUSTER_NAME],
  });
  assert.is(emitIamJson(bundle).files.length, 1);
});

test('inline: a document once, in a folder of its principal only where the name says two things', () => {
  const open = inlineBundle();
  const bundle = {
    ...open,
    policies: open.policies.filter(({ document }) => !JSON.stringify(document).includes('{{')),
  };
  const files = new Map(emitIamJson(bundle).files.map(({ path, content }) => [path, content]));
  assert.is(files.size, [...files.keys()].length);
  for (const policy of bundle.policies) {
    const merged = policy.name === 'Merged';
    const folders = merged ? policy.attachTo.map((id) => `${id}/`) : [''];
    for (const folder of folders) {
      const text = files.get(`iam-json/${folder}${policy.name}.json`);
      assert.equal(normalDocument(JSON.parse(text ?? '{}')), policy.document, policy.name);
    }
  }
  assert.not.ok(files.has('iam-json/Merged.json'));
  assert.is(files.size, bundle.policies.length + 1 + bundle.roles.length);
});

test('inline: one name for the same document is one file', () => {
  const policies = ['palette', 'nodes'].map((id) =>
    policyOf('Same', [allow('ec2:*')], { attachTo: [id] }),
  );
  const { files } = emitIamJson(bundleOf({ policyType: 'inline', policies }));
  assert.equal(
    files.map(({ path }) => path),
    ['iam-json/Same.json'],
  );
});

test('inline: nobody has to be known by name', () => {
  const policies = [policyOf('One', [allow('ec2:*')])];
  assert.is(emitIamJson(bundleOf({ policyType: 'inline', policies })).files.length, 1);
});

test('inline: one role for two principals cannot hold two policies of one name', () => {
  const bundle = bundleOf({
    policyType: 'inline',
    policies: [
      policyOf('Merged', [allow('ec2:*')], { attachTo: ['palette'] }),
      policyOf('Merged', [allow('s3:*')], { attachTo: ['node-group'] }),
    ],
    existing: [existingOf('palette', 'role', 'Shared'), existingOf('node-group', 'role', 'Shared')],
  });
  try {
    emitIamJson(bundle);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, GenError);
    const { exitCode, problems } = error as GenError;
    assert.is(exitCode, 2);
    assert.is(problems[0]?.code, 'inline-name-clash');
    assert.match(problems[0]?.message ?? '', 'role Shared');
    assert.match(problems[0]?.message ?? '', 'that of palette and that of node-group');
  }
});

test.run();
