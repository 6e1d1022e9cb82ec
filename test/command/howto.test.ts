// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables and the shell's are meant literally.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderHowto } from '../../src/howto/howto.ts';
import { FORMATS, type IamBundle } from '../../src/model/bundle.ts';
import {
  allow,
  bundleOf,
  CLUSTER_NAME,
  capaStack,
  existingOf,
  inlineBundle,
  policyOf,
  principalOf,
  roleOf,
  VARIABLES_AND_PARAMETER_IN_KEY,
  VPC_ID,
} from '../support/bundle-builder.ts';

const palette = principalOf('palette', {
  description: "the role or user of Palette's cloud account",
});
const nodeGroup = principalOf('node-group', {
  description: 'EKS node groups',
  node: true,
  name: 'ng-role_worker-pool-<random>',
  attached: 5,
  attachedByOthers: ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy'],
});

const core = bundleOf({
  principals: [palette],
  policies: [policyOf('PaletteControllerPolicy', [allow('ec2:*')])],
});

const stack = capaStack();
const minimum = bundleOf({
  ...stack,
  activeFeatures: ['iaas-static', 'eks-static', 'stack-manual', 'ebs-csi', 'host-groups'],
  bases: ['iaas-static', 'eks-static'],
  principals: [palette, ...stack.principals],
  policies: [...stack.policies, policyOf('PaletteMinimumEKSStaticPolicy', [allow('ec2:*')])],
});

const scoped = bundleOf({
  activeFeatures: ['core', 'cni-scoped'],
  principals: [palette, nodeGroup],
  policies: [
    policyOf('PaletteControllerPolicy', [allow('ec2:*')]),
    policyOf('PaletteCniScoped-{{clusterName}}', VARIABLES_AND_PARAMETER_IN_KEY, {
      attachTo: ['node-group'],
    }),
  ],
  openParameters: [CLUSTER_NAME, VPC_ID],
});

/** The words without their line breaks. */
const words = (text: string) => text.replace(/\s+/g, ' ');

const cases: readonly [
  name: string,
  given: { bundle: IamBundle; formats: Parameters<typeof renderHowto>[1] },
  want: { has: readonly string[]; hasNot?: readonly string[] },
][] = [
  [
    'core with cloudformation',
    { bundle: core, formats: ['cloudformation'] },
    {
      has: [
        'aws cloudformation deploy --template-file cloudformation/palette-policies.yaml',
        '--capabilities CAPABILITY_NAMED_IAM',
        'aws iam attach-role-policy',
        'arn:aws:iam::${ACCOUNT_ID}:policy/PaletteControllerPolicy',
        'palette validate-auth',
      ],
      hasNot: [
        'cluster-api-provider-aws-sigs-k8s-io',
        'CLUSTER_NAME=',
        'terraform',
        'PXK',
        'create-policy',
        'Dedicated Hosts',
        'alternatives',
      ],
    },
  ],
  [
    'minimum permissions: the stack first, then the policies, then the pack',
    { bundle: minimum, formats: ['cloudformation', 'pxk'] },
    {
      has: [
        '--template-file cloudformation/palette-cloudformation-input-template.yaml',
        '--stack-name cluster-api-provider-aws-sigs-k8s-io',
        'Palette eXtended Kubernetes (PXK) pack',
        'merge pxk/iaas.yaml',
        'merge pxk/eks.yaml',
        'gen with --values FILE does this',
        'do not provide permissions" is expected',
        'does not require it with minimum permissions',
        'EC2 Dedicated Hosts',
      ],
      hasNot: ['Add IAM policies'],
    },
  ],
  [
    'scoped CNI on core: prerequisites, additional node policies, detaching',
    { bundle: scoped, formats: ['cloudformation'] },
    {
      has: [
        '--parameter-overrides ClusterName=<clusterName> VpcId=<vpcId>',
        'Tenant Settings › Cloud Accounts › the AWS account › Add IAM policies',
        'managedMachinePool.roleAdditionalPolicies',
        'VPC CNI v1.8.0 or later',
        'recycle the worker nodes',
        'kubectl set env daemonset aws-node -n kube-system CLUSTER_NAME=<clusterName>',
        'aws iam detach-role-policy',
        'ng-role_worker-pool-<random>',
      ],
    },
  ],
  [
    'the values that were given stand in the commands',
    {
      bundle: { ...scoped, openParameters: [], values: new Map([['clusterName', 'prod-1']]) },
      formats: ['iam-json'],
    },
    {
      has: [
        'CLUSTER_NAME=prod-1',
        'put_policy "arn:aws:iam::${ACCOUNT_ID}:policy/PaletteControllerPolicy" \'The policy PaletteControllerPolicy.\'',
        '--set-as-default',
      ],
      hasNot: ['CLUSTER_NAME=<'],
    },
  ],
  [
    "Palette's role and user by name, account, path and tags",
    {
      bundle: {
        ...core,
        existing: [
          existingOf('palette', 'role', 'SpectroCloudRole'),
          existingOf('palette', 'user', 'spectro'),
        ],
        accountId: '123456789012',
        path: '/palette/',
        roles: [
          roleOf('eks-nodegroup', 'eks-nodegroup', {
            awsManagedPolicies: ['AmazonEKS_CNI_Policy'],
          }),
        ],
        tags: new Map([['cost center', "it's"]]),
      },
      formats: ['iam-json'],
    },
    {
      has: [
        '--role-name SpectroCloudRole',
        'aws iam attach-user-policy --user-name spectro',
        'arn:aws:iam::123456789012:policy/palette/PaletteControllerPolicy',
        'put_role eks-nodegroup',
        'tagged create-policy',
        'put_policy arn:aws:iam::123456789012:policy/palette/PaletteControllerPolicy',
        '--path /palette/',
        "--tags 'Key=cost center,Value=it'\\''s'",
      ],
      hasNot: ['ACCOUNT_ID=', '<palette-role>'],
    },
  ],
  [
    'terraform',
    { bundle: scoped, formats: ['terraform'] },
    { has: ['terraform init && terraform plan', 'export TF_VAR_cluster_name=<clusterName>'] },
  ],
  [
    'several formats are alternatives',
    { bundle: minimum, formats: FORMATS },
    {
      has: [
        'cloudformation, terraform, iam-json are alternatives',
        'Create the policies (with cloudformation)',
        'Create or update the roles and policies (with iam-json)',
        'add-role-to-instance-profile',
      ],
    },
  ],
  [
    'more policies than the default quota',
    {
      bundle: { ...core, principals: [{ ...palette, attached: 14, limit: 20 }] },
      formats: ['cloudformation'],
    },
    {
      has: [
        'aws service-quotas request-service-quota-increase',
        '--quota-code L-0DA4ABF3',
        '--desired-value 14',
        '--merge all',
      ],
    },
  ],
  [
    'a StackSet: one command for all accounts, in place of the stacks',
    {
      bundle: {
        ...minimum,
        stackset: true,
        policies: [
          ...minimum.policies,
          policyOf('PaletteCniScoped-{{clusterName}}', VARIABLES_AND_PARAMETER_IN_KEY, {
            attachTo: ['nodes'],
          }),
        ],
        openParameters: [CLUSTER_NAME, VPC_ID],
      },
      formats: ['cloudformation'],
    },
    {
      has: [
        '1. Create the roles and policies in the accounts of organizational units',
        'aws cloudformation activate-organizations-access',
        'aws cloudformation deploy --template-file cloudformation/palette.stackset.yaml --stack-name palette-iam --parameter-overrides OrganizationalUnitIds=<organizationalUnitIds> ClusterName=<clusterName> VpcId=<vpcId>',
        'CallAs=DELEGATED_ADMIN',
        '2. Attach the policies to',
      ],
      hasNot: ['palette-policies.yaml', '--capabilities', '--s3-bucket'],
    },
  ],
  [
    'a template too large for a request goes by a bucket',
    {
      bundle: {
        ...core,
        policies: Array.from({ length: 200 }, (_, index) =>
          policyOf(`Policy${index}`, [allow('ec2:*')]),
        ),
      },
      formats: ['cloudformation'],
    },
    { has: ['--s3-bucket <bucket>'] },
  ],
  [
    'inline policies with iam-json: put, never created or attached',
    {
      bundle: {
        ...core,
        policyType: 'inline',
        principals: [{ ...palette, attached: 0, inline: { size: 84, limit: 2048 } }],
        existing: [existingOf('palette', 'user', 'spectro', ['ReadOnlyAccess'])],
      },
      formats: ['iam-json'],
    },
    {
      has: [
        'aws iam put-user-policy --user-name spectro --policy-name PaletteControllerPolicy --policy-document file://iam-json/PaletteControllerPolicy.json',
        'aws iam attach-user-policy --user-name spectro --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess',
        'Characters of inline policies: palette 84 of 2048.',
      ],
      hasNot: [
        'create-policy',
        'put_policy',
        'attach-role-policy',
        'ACCOUNT_ID',
        '--merge all',
        'Managed pol',
      ],
    },
  ],
  [
    'inline policies of whoever has no name, beside templates',
    { bundle: { ...scoped, policyType: 'inline' }, formats: ['terraform'] },
    {
      has: [
        'Create the inline policies',
        "Put the inline policies into the role or user of Palette's cloud account",
        'aws iam put-role-policy --role-name <palette-role> --policy-name PaletteControllerPolicy',
        'Put the inline policies into EKS node groups',
        "--role-name 'ng-role_worker-pool-<random>'",
        'The documents are those of gen --format iam-json.',
        'For a user: put-user-policy and --user-name; for a group: put-group-policy and --group-name.',
      ],
      hasNot: ['Add IAM policies', 'attach-role-policy', 'roleAdditionalPolicies'],
    },
  ],
  [
    'inline policies with every format: the file of the right principal',
    { bundle: inlineBundle(), formats: FORMATS },
    {
      has: [
        'node policies go into roles of this stack',
        'Create the roles and inline policies (with cloudformation)',
        '--role-name SpectroCloudRole --policy-name Merged --policy-document file://iam-json/palette/Merged.json',
        '--policy-name Merged --policy-document file://iam-json/control-plane/Merged.json',
        '--policy-document file://iam-json/PaletteOne.json',
        'merge pxk/iaas.yaml',
      ],
      hasNot: ['create-policy', 'iam-json/Merged.json', 'gen --format iam-json'],
    },
  ],
];

test('the rules of the validator are for use, where there are any', () => {
  const command = 'validator rules check --custom-resources validator/rules.yaml';
  assert.match(renderHowto(minimum, ['validator']), command);
  assert.not.match(renderHowto(minimum, ['terraform']), command);
  assert.not.match(renderHowto(core, ['validator']), command);
});

for (const [name, { bundle, formats }, want] of cases) {
  test(name, () => {
    const page = words(renderHowto(bundle, formats).replaceAll('\\\n', ''));
    for (const text of want.has) assert.ok(page.includes(text), `has ${text}\n${page}`);
    for (const text of want.hasNot ?? []) assert.not.ok(page.includes(text), `has not ${text}`);
  });
}

test('the stack comes before the policies that attach to its roles', () => {
  const page = renderHowto(minimum, ['cloudformation', 'pxk']);
  const places = [
    'palette-cloudformation-input-template.yaml',
    'cloudformation/palette-policies.yaml',
    'merge pxk/iaas.yaml',
    'palette validate-auth',
  ].map((text) => page.indexOf(text));
  assert.equal(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.ok(places.every((place) => place > 0));
});

test('steps are numbered without a gap, lines are short, nothing trails', () => {
  for (const bundle of [core, minimum, scoped, inlineBundle()]) {
    const page = renderHowto(bundle, FORMATS);
    const numbers = [...page.matchAll(/^(\d+)\. /gm)].map((match) => Number(match[1]));
    assert.equal(
      numbers,
      numbers.map((_, index) => index + 1),
    );
    for (const line of page.split('\n')) {
      // A flag with its value is one word: breaking it would break the command.
      assert.ok(line.length <= 100 || /^ +(--[a-z-]+ )?\S+( \\)?$/.test(line), line);
      assert.is(line, line.trimEnd());
    }
    assert.ok(page.endsWith('\n') && !page.endsWith('\n\n'));
  }
});

test.run();
