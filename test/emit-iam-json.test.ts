import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitIamJson } from '../src/emit/iam-json.ts';
import { GenError } from '../src/model/errors.ts';
import {
  allow,
  bundleOf,
  CLUSTER_NAME,
  capaStack,
  policyOf,
  VARIABLES,
  VARIABLES_AND_PARAMETER_IN_KEY,
  VPC_ID,
} from './support/bundle-builder.ts';
import { normalDocument } from './support/cfn-documents.ts';

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

test.run();
