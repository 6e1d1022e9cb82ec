import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { composeBundle } from '../../src/compose/compose.ts';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { trustedBy } from '../../src/model/policy.ts';
import type { Target } from '../../src/model/target.ts';
import {
  allow,
  bundleOf,
  CLUSTER_NAME,
  existingOf,
  inlineBundle,
  policyOf,
  roleOf,
  VARIABLES,
  VARIABLES_AND_PARAMETER_IN_KEY,
  VPC_ID,
} from '../support/bundle-builder.ts';
import { builtIn } from '../support/bundles.ts';
import { parseCloudFormation } from '../support/cfn-documents.ts';
import { targetOf } from '../support/target.ts';

const FILE = 'cloudformation/palette.stackset.yaml';
const STACKSET = 'AWS::CloudFormation::StackSet';

const compose = (features: readonly string[], changes: Partial<Target> = {}) =>
  composeBundle(
    builtIn,
    targetOf(features, { formats: ['cloudformation'], stackset: true, ...changes }),
  );

interface Read {
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template as it is read.
  readonly template: any;
  // biome-ignore lint/suspicious/noExplicitAny: a template as it is read.
  readonly properties: any;
  readonly body: string;
}

function read(bundle: IamBundle): Read {
  const file = emitCloudFormation(bundle).files.find(({ path }) => path === FILE);
  const text = file?.content ?? '';
  const template = parse(text);
  // biome-ignore lint/suspicious/noExplicitAny: a template as it is read.
  const resources: any[] = Object.values(template.Resources);
  assert.equal(
    resources.map(({ Type }) => Type),
    [STACKSET],
  );
  const properties = resources[0]?.Properties;
  return { text, template, properties, body: properties.TemplateBody };
}

const scoped = () => compose(['iaas-dynamic', 'eks-dynamic', 'cni-scoped']);

test('only where it is asked for', () => {
  const without = emitCloudFormation({ ...scoped(), stackset: false }).files;
  const paths = emitCloudFormation(scoped()).files.map(({ path }) => path);
  assert.equal(
    paths.filter((path) => path !== FILE),
    without.map(({ path }) => path),
  );
  assert.is(paths.length, without.length + 1);
  assert.equal(emitCloudFormation(bundleOf({ stackset: true })).files, []);
});

for (const [name, bundle] of [
  ['with the stack', scoped],
  ['core, merged', () => compose(['core', 'eks', 'cni-scoped'], { mergeMode: 'all' })],
  ['China', () => compose(['eks-static'], { parameters: new Map([['partition', 'aws-cn']]) })],
] as const) {
  test(`every account gets every document, attachment and role: ${name}`, () => {
    const given = bundle();
    const { roles, policies } = parseCloudFormation(read(given).body);
    assert.equal(
      [...policies].map(([key, { document }]) => [key, document]),
      given.policies.map((policy) => [policy.name, policy.document]),
    );
    for (const policy of given.policies) {
      const holders = given.roles.filter((role) => policy.attachTo.includes(role.principal));
      assert.equal(
        [...(policies.get(policy.name)?.roles ?? [])].sort(),
        holders.map((role) => role.name).sort(),
      );
    }
    assert.equal(
      [...roles].map(([key, role]) => [key, role.services]),
      given.roles.map((role) => [role.name, trustedBy(role.trust, 'Service')]),
    );
  });
}

test('inline policies too, in each of their holders', () => {
  const bundle = { ...inlineBundle(), stackset: true };
  const { inline, roles } = parseCloudFormation(read(bundle).body);
  const apart = emitCloudFormation(bundle).files.filter(({ path }) => path !== FILE);
  const expected = apart.flatMap(({ content }) => parseCloudFormation(content).inline);
  const key = (each: { entity: string; holder: string; name: string }) =>
    `${each.entity} ${each.holder} ${each.name}`;
  assert.equal(inline.map(key).sort(), expected.map(key).sort());
  assert.is(roles.size, bundle.roles.length);
});

test('a role of the template goes by Ref, so that CloudFormation makes it first', () => {
  const { Resources: resources } = parse(read(scoped()).body);
  const names = scoped().roles.map(({ name }) => name);
  // biome-ignore lint/suspicious/noExplicitAny: a template as it is read.
  for (const { Type: type, Properties: properties } of Object.values<any>(resources)) {
    if (type !== 'AWS::IAM::ManagedPolicy') continue;
    for (const role of properties.Roles ?? []) assert.not.ok(names.includes(role), role);
  }
  assert.equal(resources.PaletteCniScoped.Properties.Roles, [
    { Ref: 'AWSIAMRoleNodes' },
    { Ref: 'AWSIAMRoleEKSNodegroup' },
  ]);
});

test("Organizations' permissions, accounts that join, one region, failures that stop it", () => {
  const { properties, template, text } = read(scoped());
  assert.is(properties.PermissionModel, 'SERVICE_MANAGED');
  assert.equal(properties.AutoDeployment, { Enabled: true, RetainStacksOnAccountRemoval: true });
  assert.equal(properties.ManagedExecution, { Active: true });
  assert.equal(properties.Capabilities, ['CAPABILITY_NAMED_IAM']);
  assert.equal(properties.CallAs, { Ref: 'CallAs' });
  assert.equal(properties.StackInstancesGroup, [
    {
      DeploymentTargets: { OrganizationalUnitIds: { Ref: 'OrganizationalUnitIds' } },
      Regions: [{ Ref: 'AWS::Region' }],
    },
  ]);
  assert.ok(properties.OperationPreferences.FailureTolerancePercentage < 100);
  assert.is(template.Parameters.OrganizationalUnitIds.Type, 'CommaDelimitedList');
  const pattern = new RegExp(template.Parameters.OrganizationalUnitIds.AllowedPattern);
  for (const id of ['ou-ab12-cdefgh34', 'r-ab12']) assert.match(id, pattern);
  for (const id of ['123456789012', 'ou-ab12-cdefgh34,r-ab12']) assert.not.match(id, pattern);
  assert.equal(template.Parameters.CallAs.AllowedValues, ['SELF', 'DELEGATED_ADMIN']);
  assert.match(text, '# Accounts that join the units get everything');
});

test('parameters are declared once more and passed through', () => {
  const { properties, template, body } = read(scoped());
  const inner = parse(body).Parameters;
  const { OrganizationalUnitIds, CallAs, ...own } = template.Parameters;
  assert.ok(OrganizationalUnitIds && CallAs);
  assert.equal(own, inner);
  assert.equal(properties.Parameters, [
    { ParameterKey: 'ClusterName', ParameterValue: { Ref: 'ClusterName' } },
    { ParameterKey: 'VpcId', ParameterValue: { Ref: 'VpcId' } },
  ]);
  assert.is(read(compose(['iaas-static'])).properties.Parameters, undefined);
});

test("a spec's own parameter of the same name keeps it", () => {
  const names = ['callAs', 'callAs2', 'stackSet', 'organizationalUnitIds'];
  const bundle = bundleOf({
    stackset: true,
    policies: names.map((name) => policyOf(`P-${name}-{{${name}}}`, VARIABLES)),
    openParameters: names.map((name) => ({ ...CLUSTER_NAME, name })),
  });
  const { template, properties, body } = read(bundle);
  assert.equal(Object.keys(parse(body).Parameters), [
    'CallAs',
    'CallAs2',
    'StackSet',
    'OrganizationalUnitIds',
  ]);
  assert.equal(Object.keys(template.Resources), ['StackSet2']);
  assert.equal(properties.CallAs, { Ref: 'CallAs22' });
  assert.is(template.Parameters[properties.CallAs.Ref].Default, 'SELF');
  const group = properties.StackInstancesGroup[0].DeploymentTargets.OrganizationalUnitIds;
  assert.is(template.Parameters[group.Ref].Type, 'CommaDelimitedList');
});

test("a boundary is each account's own; one of AWS stays", () => {
  const boundaryIn = (permissionsBoundary: string) => {
    const bundle = compose(['iaas-static'], { permissionsBoundary });
    const { Resources: resources } = parse(read(bundle).body);
    return [
      resources.AWSIAMRoleNodes.Properties.PermissionsBoundary,
      emitCloudFormation(bundle).notes.some((note) => note.includes("each account's own")),
    ];
  };
  assert.equal(boundaryIn('arn:aws:iam::123456789012:policy/x/B'), [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's.
    { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/x/B' },
    true,
  ]);
  const aws = 'arn:aws:iam::aws:policy/PowerUserAccess';
  assert.equal(boundaryIn(aws), [aws, false]);
});

test('notes say what is of one account', () => {
  const bundle = bundleOf({
    stackset: true,
    accountId: '123456789012',
    values: new Map([
      ['vpcId', 'vpc-0123456789abcdef0'],
      ['partition', 'aws'],
      ['unused', 'nowhere'],
    ]),
    policies: [
      policyOf('One-{{clusterName}}', VARIABLES_AND_PARAMETER_IN_KEY),
      policyOf('Two', [
        allow('s3:*', 'arn:aws:s3:::123456789012'),
        allow('ec2:*', 'arn:aws:ec2:*:*:vpc/vpc-0123456789abcdef0'),
      ]),
    ],
    existing: [existingOf('palette', 'role', 'SpectroCloudRole')],
    openParameters: [CLUSTER_NAME],
  });
  assert.equal(
    emitCloudFormation(bundle).notes.filter((note) => note.startsWith('--stackset')),
    [
      "--stackset: every account must have the role SpectroCloudRole beforehand; where one is missing, the account's stack fails.",
      '--stackset: every account gets the same value of clusterName, vpcId; for accounts that need another, generate a target of their own.',
      '--stackset: the account 123456789012 is named in the template of every account.',
    ],
  );
  assert.equal(emitCloudFormation(compose(['iaas-static'])).notes, []);
});

test('a template too large for TemplateBody is told of, with the way out', () => {
  const many = Array.from({ length: 300 }, (_, index) => policyOf(`Policy${index}`, VARIABLES));
  const { notes } = emitCloudFormation(bundleOf({ stackset: true, policies: many }));
  assert.ok(notes.some((note) => note.includes('TemplateURL')));
});

test('descriptions stay within 1,024 bytes; tags are those of the bundle', () => {
  const bundle = bundleOf({
    stackset: true,
    policies: [policyOf('One', VARIABLES)],
    roles: [roleOf('late', 'late')],
    activeFeatures: Array.from({ length: 76 }, (_, index) => `feature-${index}`),
    tags: new Map([['team', 'platform']]),
  });
  const { template, properties } = read(bundle);
  assert.ok(Buffer.byteLength(template.Description) <= 1024);
  assert.ok(Buffer.byteLength(properties.Description) <= 1024);
  assert.match(properties.Description, 'feature-75');
  assert.equal(properties.Tags, [{ Key: 'team', Value: 'platform' }]);
});

test('the same bundle gives the same bytes, and readers of YAML 1.1 the same template', () => {
  const bundle = { ...inlineBundle(), stackset: true, openParameters: [CLUSTER_NAME, VPC_ID] };
  const { text, body } = read(bundle);
  assert.is(read(bundle).text, text);
  assert.equal(parse(text, { version: '1.1' }), parse(text));
  assert.equal(parse(body, { version: '1.1' }), parse(body));
});

test.run();
