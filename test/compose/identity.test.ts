/** How add-ons get their permissions (`--identity`), and what the names of their roles hold. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { packValues } from '../../src/emit/pxk.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import { IDENTITIES, type Identity } from '../../src/model/identity.ts';
import type { Target } from '../../src/model/target.ts';
import { mergeValues } from '../../src/pack-values/merge.ts';
import { builtIn } from '../support/bundles.ts';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';
import { ALL_VALUES, OIDC_PROVIDER, targetOf } from '../support/target.ts';

const test = suite('identity of add-ons');

const ADD_ONS = ['efs-csi', 'cluster-autoscaler', 'external-dns', 'cert-manager-route53'];

function bundleOf(features: readonly string[], changes: Partial<Target> = {}): IamBundle {
  const parameters = new Map([
    ...ALL_VALUES,
    ...(changes.identity === 'irsa' ? [['oidcProvider', OIDC_PROVIDER] as const] : []),
    ...(changes.parameters ?? []),
  ]);
  return composeBundle(builtIn, targetOf(features, { ...changes, parameters }));
}

const holdersOf = ({ policies }: IamBundle, group: string): readonly string[] =>
  policies.filter(({ groups }) => groups.includes(group)).flatMap(({ attachTo }) => attachTo);

function refusal(features: readonly string[], changes: Partial<Target>): string {
  try {
    bundleOf(features, changes);
    return '';
  } catch (error) {
    assert.instance(error, GenError);
    return (error as GenError).problems.map(({ code }) => code).join();
  }
}

test('node: the policies are the nodes’, and no role is made', () => {
  const bundle = bundleOf(['none', ...ADD_ONS], { identity: 'node' });
  assert.equal(bundle.roles, []);
  assert.equal(holdersOf(bundle, 'external-dns'), ['worker-nodes']);
});

for (const identity of ['irsa', 'pod-identity'] as const) {
  test(`${identity}: each add-on has a role that trusts its service account alone`, () => {
    const bundle = bundleOf(['none', ...ADD_ONS], { identity });
    assert.is(bundle.roles.length, ADD_ONS.length);
    for (const { principal, trust, workload } of bundle.roles) {
      const { namespace, name } = builtIn.principals.get(principal)?.workload?.serviceAccount as {
        namespace: string;
        name: string;
      };
      assert.equal(workload?.serviceAccount, { namespace, name });
      assert.is(trust.Statement.length, 1);
      const [statement] = trust.Statement;
      if (identity === 'pod-identity') {
        assert.equal(statement?.Principal, { Service: ['pods.eks.amazonaws.com'] });
        assert.is(workload?.cluster, 'demo');
      } else {
        assert.equal(statement?.Condition, {
          StringEquals: {
            [`${OIDC_PROVIDER}:aud`]: ['sts.amazonaws.com'],
            [`${OIDC_PROVIDER}:sub`]: [`system:serviceaccount:${namespace}:${name}`],
          },
        });
      }
    }
  });

  test(`${identity}: two clusters of one account have no name in common`, () => {
    const namesOf = (cluster: string): Set<string> => {
      const parameters = new Map([['clusterName', cluster]]);
      const { roles, policies } = bundleOf(['none', 'karpenter', 'cni-scoped', ...ADD_ONS], {
        identity,
        parameters,
      });
      return new Set([...roles, ...policies].map(({ name }) => name));
    };
    const [one, other] = [namesOf('one'), namesOf('other')];
    assert.ok(one.size > 10);
    assert.equal(
      [...one].filter((name) => other.has(name)),
      [],
    );
  });
}

test('palette-irsa: no role of ours; each one in the pack’s values, with its service account', () => {
  const bundle = bundleOf(['eks', 'ebs-csi', ...ADD_ONS], { identity: 'palette-irsa' });
  assert.equal(bundle.roles, []);
  const [values] = packValues(bundle);
  const { irsaRoles } = (values?.value as { managedControlPlane: { irsaRoles: never[] } })
    .managedControlPlane;
  assert.equal(
    irsaRoles.map(({ name }) => name),
    ['ebs-csi', 'efs-csi', 'cluster-autoscaler', 'external-dns', 'cert-manager'].map(
      (id) => `demo-${id}`,
    ),
  );
  for (const { policies, serviceAccount } of irsaRoles as {
    policies: string[];
    serviceAccount: { name: string; namespace: string };
  }[]) {
    assert.ok(policies.length > 0 && policies.every((arn) => arn.startsWith('arn:aws:iam::')));
    assert.ok(serviceAccount.name && serviceAccount.namespace);
  }
});

test('pack values get irsaRoles in place, comments kept, twice without change', () => {
  const bundle = bundleOf(['eks', 'ebs-csi', 'external-dns'], { identity: 'palette-irsa' });
  const text = `managedControlPlane:
  # of others
  irsaRoles:
    - name: other   # stays
      policies: [arn:aws:iam::123456789012:policy/Other]
    - name: demo-ebs-csi
      policies:
        - arn:aws:iam::123456789012:policy/Mine
# end
managedMachinePool: {}
`;
  const once = mergeValues(text, 'values.yaml', packValues(bundle), { force: false });
  assert.equal(once.conflicts, []);
  for (const kept of ['# of others', '# stays', 'policy/Mine', '# end']) {
    assert.match(once.text, kept);
  }
  assert.match(
    once.text,
    '        - arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy\n',
  );
  assert.match(once.text, '    - name: demo-external-dns\n      policies:\n');
  const twice = mergeValues(once.text, 'values.yaml', packValues(bundle), { force: false });
  assert.is(twice.text, once.text);
  assert.equal(twice.merged, []);
});

test('one add-on may have another identity than the rest', () => {
  const identities = new Map<string, Identity>([['efs-csi', 'node']]);
  const bundle = bundleOf(['none', ...ADD_ONS], { identity: 'pod-identity', identities });
  assert.equal(holdersOf(bundle, 'efs-csi'), ['worker-nodes']);
  assert.equal(holdersOf(bundle, 'external-dns'), ['external-dns']);
});

test('left open, every policy of Karpenter fits with a cluster name of 100 characters', () => {
  const target = targetOf(['none', 'karpenter'], {
    identity: 'pod-identity',
    mergeMode: 'all',
    formats: ['terraform'],
  });
  const { policies } = composeBundle(builtIn, target);
  assert.ok(policies.length <= 2);
  for (const { worstSize } of policies) assert.ok(worstSize <= 6144);
});

test('a role under a name of its own leaves the names of policies in bounds', () => {
  const deployed = new Map([['load-balancer', 'role/mine']]);
  const target = targetOf(['none', 'aws-load-balancer-controller'], {
    deployed,
    formats: ['terraform'],
  });
  const { policies, openParameters } = composeBundle(builtIn, target);
  const longest = openParameters.find(({ name }) => name === 'clusterName')?.maxLength as number;
  const [name] = policies.map((policy) => policy.name.replace('{{clusterName}}', ''));
  assert.is((name as string).length + longest, 128);
});

test('what cannot be is refused', () => {
  assert.is(refusal(['iaas-dynamic', 'ebs-csi'], { identity: 'irsa' }), 'impossible-identity');
  assert.is(refusal(['none', 'karpenter'], { identity: 'node' }), 'impossible-identity');
  const identities = new Map<string, Identity>([['efs', 'irsa']]);
  assert.is(refusal(['none', 'efs-csi'], { identities }), 'unknown-add-on');
  assert.equal([...IDENTITIES], ['node', 'irsa', 'pod-identity', 'palette-irsa']);
});

test('flags and gen.yaml say the same', async () => {
  const flags =
    '--features none,efs-csi,external-dns --cluster-name demo --format iam-json --quiet --name a';
  const files = {
    'gen.yaml': `targets:
  b:
    features: [none, efs-csi, external-dns]
    cluster-name: demo
    format: iam-json
    identity: { efs-csi: node, external-dns: pod-identity }
`,
  };
  await inFolder(files, async () => {
    says(await gen(`${flags} --identity pod-identity --identity efs-csi=node`), 0);
    says(await gen('--quiet'), 0);
    const path = 'iam-json/roles/demo-external-dns.trust.json';
    const [a, b] = ['a', 'b'].map((name) => readFileSync(`out/${name}/${path}`, 'utf8'));
    assert.is(a, b);
    says(await gen(`${flags} --identity irsa --identity node`), 2, 'two identities');
    says(await gen(`${flags} --identity efs-cs=irsa`), 2, 'Did you mean efs-csi?');
  });
});

test('a region, an account and a bucket say what is meant', async () => {
  const flags = '--features none,karpenter,backup-location-s3 --format terraform --quiet';
  const cases = [
    ['--partition us-gov-west-1', 'us-gov-west-1 is a region; its partition is aws-us-gov.'],
    ['--account-id 1234-5678-9012', 'Leave out the hyphens.'],
    ['--region us-east-1a', 'its region is us-east-1.'],
    ['--region cn-north-1 --partition aws', 'is a region of the partition aws-cn'],
    ['--bucket-name a..b', 'two dots follow one another'],
    ['--external-id x', 'must be 2 to 1224'],
  ] as const;
  for (const [wrong, text] of cases) says(await gen(`${flags} ${wrong}`), 2, text);
});

test('actions that a partition lacks are left out there', () => {
  const actionsIn = (partition: string): readonly string[] => {
    const { policies } = bundleOf(['none', 'aws-load-balancer-controller'], {
      identity: 'pod-identity',
      parameters: new Map([
        ['partition', partition],
        ['region', regionOf[partition] as string],
        ['managementRegion', regionOf[partition] as string],
      ]),
    });
    return policies.flatMap(({ document }) =>
      document.Statement.flatMap(({ Action }) => Action ?? []),
    );
  };
  const regionOf: Readonly<Record<string, string>> = {
    aws: 'eu-west-1',
    'aws-iso': 'us-iso-east-1',
  };
  const missing = actionsIn('aws').filter((action) => !actionsIn('aws-iso').includes(action));
  assert.equal(missing.sort(), [
    'elasticloadbalancing:DescribeCapacityReservation',
    'elasticloadbalancing:DescribeListenerAttributes',
    'elasticloadbalancing:DescribeTrustStores',
    'elasticloadbalancing:ModifyCapacityReservation',
    'elasticloadbalancing:ModifyListenerAttributes',
  ]);
});

test.run();
