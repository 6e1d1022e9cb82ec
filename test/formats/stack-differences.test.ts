/** The template that keeps the documented file name: the documented one, or what differs is told. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { composeBundle } from '../../src/compose/compose.ts';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import { STACK_FILE } from '../../src/emit/cloudformation/template.ts';
import type { RequirementGroup, Spec } from '../../src/model/requirement.ts';
import type { Target } from '../../src/model/target.ts';
import { CAPA_TEMPLATE } from '../support/bundle-builder.ts';
import { builtIn } from '../support/bundles.ts';
import { targetOf } from '../support/target.ts';

const compose = (features: readonly string[], changes: Partial<Target> = {}) =>
  composeBundle(builtIn, targetOf(features, { formats: ['cloudformation'], ...changes }));

function stackOf(features: readonly string[], changes: Partial<Target> = {}): string {
  const { files } = emitCloudFormation(compose(features, changes));
  return files.find(({ path }) => path === STACK_FILE)?.content ?? '';
}

/** A list of one is its value; an unquoted date is a string. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? canonical(value[0]) : value.map(canonical);
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, canonical(inner)]));
}

const documented = parse(CAPA_TEMPLATE).Resources;

for (const base of ['iaas-dynamic', 'iaas-static']) {
  test(`${base} with defaults: the documented template, resource by resource`, () => {
    const content = stackOf([base]);
    const written = parse(content).Resources;
    assert.equal(Object.keys(written).sort(), Object.keys(documented).sort());
    for (const id of Object.keys(documented)) {
      assert.equal(canonical(written[id]), canonical(documented[id]), id);
    }
    assert.match(content, 'Its resources are those of the documented template, one by one');
    assert.equal(compose([base]).stackDifferences, []);
  });
}

const cases: readonly [
  name: string,
  given: readonly [features: readonly string[], changes?: Partial<Target>],
  want: readonly string[],
][] = [
  [
    'an EKS base',
    [['eks-static']],
    ['AWSIAMRoleEKSNodegroup is added: the role of worker nodes of EKS clusters.'],
  ],
  [
    'policies of the CNI and the CSI driver',
    [['iaas-static', 'cni-scoped', 'ebs-csi']],
    [
      'AWSIAMRoleNodes is without AmazonEKS_CNI_Policy, and with service-role/AmazonEBSCSIDriverPolicy.',
    ],
  ],
  ['policies beside the stack', [['iaas-static', 'host-groups', 'cni-ipv6']], []],
  [
    'merging',
    [['iaas-static'], { mergeMode: 'all' }],
    [
      'SharedMerged1 is merged from capa-controllers, capa-controllers-eks, capa-control-plane.',
      'SharedMerged2 is merged from capa-controllers, capa-controllers-eks.',
    ],
  ],
  [
    'what the target sets',
    [
      ['iaas-static'],
      {
        namePrefix: 'X-',
        parameters: new Map([['nameSuffix', '.y']]),
        path: '/p/',
        permissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess',
        tags: new Map([['team', 'platform']]),
        policyType: 'inline',
        paletteRoles: ['SpectroCloudRole'],
      },
    ],
    [
      'All names begin with X-.',
      'Names end with .y',
      'What has an IAM path has /p/',
      'Every role has the permissions boundary arn:aws:iam::aws:policy/PowerUserAccess',
      'Every role has the tags team.',
      'The policies are inline in their roles, not managed.',
    ],
  ],
  [
    'China',
    [['iaas-static'], { parameters: new Map([['partition', 'aws-cn']]) }],
    ['ARNs are of the partition aws-cn, and EC2 is ec2.amazonaws.com.cn.'],
  ],
  [
    'GovCloud',
    [['iaas-static'], { parameters: new Map([['partition', 'aws-us-gov']]) }],
    ['ARNs are of the partition aws-us-gov.'],
  ],
];

for (const [name, [features, changes], want] of cases) {
  test(`told: ${name}`, () => {
    const { stackDifferences: told } = compose(features, changes);
    assert.equal(told, want);
    const header = stackOf(features, changes).split('\n\n')[0]?.replace(/\n# +/g, ' ');
    for (const sentence of told) assert.ok(header?.includes(`- ${sentence}`), sentence);
  });
}

/** The built-in spec with one group changed. */
function specWith(id: string, change: Partial<RequirementGroup>): Spec {
  const group = builtIn.groups.get(id) as RequirementGroup;
  return { ...builtIn, groups: new Map(builtIn.groups).set(id, { ...group, ...change }) };
}

const specCases: readonly [name: string, spec: Spec, target: Target, want: readonly string[]][] = [
  [
    'an amended group',
    specWith('capa-nodes', {
      amendments: [{ date: '2026-10-09', addTo: 0, actions: ['ec2:DescribeVpcs'], source: 'CAPA' }],
    }),
    targetOf(['iaas-static'], { asOf: 'latest' }),
    ['AWSIAMManagedPolicyCloudProviderNodes is amended: 2026-10-09 (CAPA).'],
  ],
  [
    'a group of a spec of its own on a role of the stack',
    specWith('palette-host-resource-groups', { attachTo: ['nodes'] }),
    targetOf(['iaas-static', 'host-groups']),
    ['PaletteHostResourceGroupsPolicy is added: palette-host-resource-groups.'],
  ],
  [
    'a policy that had to be split',
    { ...builtIn, quotas: { ...builtIn.quotas, managedPolicySize: 3000 } },
    targetOf(['iaas-static']),
    [
      'AWSIAMManagedPolicyControllers1 holds statements of capa-controllers in another form.',
      'AWSIAMManagedPolicyControllers2 holds statements of capa-controllers in another form.',
    ],
  ],
];

for (const [name, spec, target, want] of specCases) {
  test(`told: ${name}`, () => {
    assert.equal(composeBundle(spec, target).stackDifferences, want);
  });
}

test('no stack, nothing to tell', () => {
  assert.equal(compose(['core', 'eks']).stackDifferences, []);
});

test.run();
