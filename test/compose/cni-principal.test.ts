/** The VPC CNI plugin's own role (`--cni-principal`), in every format that creates roles. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { closeDefaults } from '../../src/compose/defaults.ts';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import { emitIamJson } from '../../src/emit/iam-json.ts';
import { emitTerraform } from '../../src/emit/terraform/index.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Target } from '../../src/model/target.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { parseCloudFormation } from '../support/cfn-documents.ts';
import { parseTerraform } from '../support/hcl-documents.ts';
import { ALL_VALUES, BUILT_IN, targetOf } from '../support/target.ts';
import { trustOf } from '../support/trust.ts';

const spec = loadSpec({ builtIn: BUILT_IN, overlays: [] });
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const SERVICE_ACCOUNT = 'system:serviceaccount:kube-system:aws-node';

const irsa = (issuer: string, account: string) => ({
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: [`arn:aws:iam::${account}:oidc-provider/${issuer}`] },
      Action: ['sts:AssumeRoleWithWebIdentity'],
      Condition: {
        StringEquals: {
          [`${issuer}:aud`]: ['sts.amazonaws.com'],
          [`${issuer}:sub`]: [SERVICE_ACCOUNT],
        },
      },
    },
  ],
});

const podIdentity = {
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: ['pods.eks.amazonaws.com'] },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    },
  ],
};

function bundleOf(features: readonly string[], changes: Partial<Target> = {}): IamBundle {
  return composeBundle(spec, targetOf(features, { parameters: ALL_VALUES, ...changes }));
}

const cniRole = ({ roles }: IamBundle) => roles.find(({ workload }) => workload);

test('the role holds the CNI policies, and no node role does', () => {
  const bundle = bundleOf(['eks-dynamic', 'cni-scoped', 'cni-ipv6'], {
    cniPrincipal: 'pod-identity',
  });
  const cni = bundle.policies.filter(({ groups }) => groups.some((id) => id.startsWith('cni-')));
  assert.is(cni.length, 2);
  for (const { attachTo } of cni) assert.equal(attachTo, ['vpc-cni']);
  const aws = bundle.roles.flatMap(({ awsManagedPolicies }) => awsManagedPolicies);
  assert.not.ok(aws.includes('AmazonEKS_CNI_Policy'));
  assert.equal(cniRole(bundle)?.trust, podIdentity);
});

test('without a CNI feature AWS’s own policy moves to the role', () => {
  const bundle = bundleOf(['eks-dynamic'], { cniPrincipal: 'pod-identity' });
  const holders = bundle.roles.filter(({ awsManagedPolicies }) =>
    awsManagedPolicies.includes('AmazonEKS_CNI_Policy'),
  );
  assert.equal(
    holders.map(({ principal }) => principal),
    ['vpc-cni'],
  );
});

test('on core, where Palette makes the node roles, the role is all that is created', () => {
  const parameters = new Map([...ALL_VALUES, ['oidcProvider', ISSUER]]);
  const bundle = bundleOf(['eks', 'cni-ipv4'], { cniPrincipal: 'irsa', parameters });
  assert.equal(
    bundle.roles.map(({ principal }) => principal),
    ['vpc-cni'],
  );
  assert.equal(cniRole(bundle)?.awsManagedPolicies, []);
});

test('trust by IRSA reads back from each format, given and open', async () => {
  const parameters = new Map([...ALL_VALUES, ['oidcProvider', ISSUER]]);
  const given = bundleOf(['eks-dynamic', 'cni-scoped'], { cniPrincipal: 'irsa', parameters });
  const open = bundleOf(['eks-dynamic', 'cni-scoped'], {
    cniPrincipal: 'irsa',
    parameters: new Map(),
    formats: ['cloudformation', 'terraform'],
  });
  const closed = irsa(ISSUER, '123456789012');
  const later = irsa('{{oidcProvider}}', '{{accountId}}');
  const file = emitIamJson(given).files.find(({ path }) =>
    path.endsWith('demo-vpc-cni.trust.json'),
  );
  assert.equal(trustOf(JSON.parse(file?.content ?? '')), closed);
  for (const [bundle, trust] of [
    [given, closed],
    [open, later],
  ] as const) {
    const template = emitCloudFormation(closeDefaults(bundle)).files.find(({ path }) =>
      path.endsWith('palette-policies.yaml'),
    );
    const role = parseCloudFormation(template?.content ?? '').roles.get(
      cniRole(bundle)?.name ?? '',
    );
    assert.equal(role?.trust, trust);
    const module = await parseTerraform(emitTerraform(bundle).files, [...spec.parameters.keys()]);
    assert.equal(
      module.roles.get(cniRole(bundle)?.name ?? '')?.trustPolicy,
      cniRole(bundle)?.trust,
    );
  }
});

test('the role is not one that Palette passes: its name is free', () => {
  const parameters = new Map([...ALL_VALUES, ['oidcProvider', ISSUER]]);
  const bundle = bundleOf(['eks-dynamic'], { cniPrincipal: 'irsa', parameters });
  assert.is(cniRole(bundle)?.inStack, false);
});

test('a feature that the partition has not is refused, and so is an issuer that is none', () => {
  const refused = (parameters: readonly (readonly [string, string])[]): string => {
    try {
      const changes = { parameters: new Map([...ALL_VALUES, ...parameters]) };
      bundleOf(['eks-dynamic', 'eks-fargate-role'], { ...changes, cniPrincipal: 'irsa' });
    } catch (error) {
      assert.instance(error, GenError);
      return (error as GenError).problems.map(({ code }) => code).join();
    }
    return '';
  };
  assert.is(refused([['partition', 'aws-iso']]), 'feature-not-in-partition');
  assert.is(refused([['oidcProvider', 'https://issuer']]), 'bad-value');
});

test.run();
