// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables and the shell's are meant literally.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import { type Statement, trustedBy, trustOfServices } from '../../src/model/policy.ts';
import {
  allow,
  bundleOf,
  CAPA_TEMPLATE,
  CLUSTER_NAME,
  capaStack,
  existingOf,
  holderNames,
  inlineBundle,
  policyOf,
  principalOf,
  roleOf,
  VARIABLES,
  VARIABLES_AND_PARAMETER,
  VARIABLES_AND_PARAMETER_IN_KEY,
  VPC_ID,
} from '../support/bundle-builder.ts';
import { parseCloudFormation, policiesOf } from '../support/cfn-documents.ts';

const POLICIES = 'cloudformation/palette-policies.yaml';
const STACK = 'cloudformation/palette-cloudformation-input-template.yaml';

function fileOf(bundle: IamBundle, path: string): string {
  const file = emitCloudFormation(bundle).files.find((candidate) => candidate.path === path);
  assert.ok(file, `${path} is emitted`);
  return file?.content ?? '';
}

/** A list of one is its value; a date is a string. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.length === 1 ? canonical(value[0]) : value.map(canonical);
  }
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, canonical(inner)]));
}

/** Every kind of thing that a template can hold. */
const everything = bundleOf({
  ...capaStack(),
  policies: [
    ...capaStack().policies,
    policyOf('PaletteOne', VARIABLES, { attachTo: ['palette', 'nodes', 'eks-nodegroup'] }),
    policyOf('PaletteTwo-{{clusterName}}', VARIABLES_AND_PARAMETER, { attachTo: ['nodes'] }),
    policyOf('PaletteThree-{{clusterName}}', VARIABLES_AND_PARAMETER_IN_KEY),
  ],
  roles: [
    ...capaStack().roles,
    roleOf('eks-nodegroup', 'eks-nodegroup.cluster-api-provider-aws.sigs.k8s.io', {
      description: 'Node groups.',
      awsManagedPolicies: ['AmazonEKSWorkerNodePolicy'],
      trust: trustOfServices(['ec2.amazonaws.com', 'eks.amazonaws.com']),
    }),
  ],
  existing: [
    existingOf('palette', 'role', 'SpectroCloudRole'),
    existingOf('palette', 'user', 'spectro', ['ReadOnlyAccess']),
  ],
  openParameters: [CLUSTER_NAME, VPC_ID],
  groups: [
    {
      id: 'sample',
      description: 'A sample.',
      source: {
        document: 'Required IAM Policies',
        section: 'Core IAM Policies',
        lastUpdate: '2025-12-09',
      },
      amendments: [],
    },
  ],
  path: '/palette/',
  permissionsBoundary: 'arn:aws:iam::123456789012:policy/Boundary',
  tags: new Map([
    ['team', 'platform'],
    ['on', 'yes'],
  ]),
});

test('the CAPA stack is the documented template, resource by resource', () => {
  const written = parse(fileOf(bundleOf(capaStack()), STACK)).Resources;
  const documented = parse(CAPA_TEMPLATE).Resources;
  assert.equal(Object.keys(written).sort(), Object.keys(documented).sort());
  for (const id of Object.keys(documented)) {
    assert.equal(canonical(written[id]), canonical(documented[id]), id);
  }
});

test('every document, attachment and role of the bundle is read back', () => {
  for (const [path, inStack] of [
    [STACK, true],
    [POLICIES, false],
  ] as const) {
    const parsed = parseCloudFormation(fileOf(everything, path));
    const policies = everything.policies.filter((policy) => policy.inStack === inStack);
    assert.equal(
      [...parsed.policies.keys()],
      policies.map((policy) => policy.name),
    );
    for (const policy of policies) {
      const read = parsed.policies.get(policy.name);
      assert.equal(read?.document, policy.document, policy.name);
      assert.is(read?.description, policy.description);
      assert.is(read?.path, '/palette/');
      const roles = everything.roles.filter((role) => policy.attachTo.includes(role.principal));
      const palette = policy.attachTo.includes('palette');
      assert.equal(
        [...(read?.roles ?? [])].sort(),
        [...roles.map((role) => role.name), ...(palette ? ['SpectroCloudRole'] : [])].sort(),
      );
      assert.equal(read?.users, palette ? ['spectro'] : []);
    }
    for (const role of everything.roles.filter((candidate) => candidate.inStack === inStack)) {
      const read = parsed.roles.get(role.name);
      assert.equal(read?.services, trustedBy(role.trust, 'Service'));
      assert.equal(
        read?.managedPolicyArns,
        role.awsManagedPolicies.map((name) => `arn:aws:iam::aws:policy/${name}`),
      );
      assert.is(read?.permissionsBoundary, everything.permissionsBoundary);
      assert.equal(read?.tags, everything.tags);
      if (role.instanceProfile === undefined) continue;
      const profile = parsed.instanceProfiles.get(role.instanceProfile.name);
      assert.equal(profile?.roles, [role.name]);
    }
  }
});

const intrinsicCases: readonly [name: string, given: string, want: unknown][] = [
  ['literal', 'arn:*:s3:::x', 'arn:*:s3:::x'],
  ['policy variable outside Fn::Sub', 'a/${aws:username}', 'a/${aws:username}'],
  ['one parameter', '{{clusterName}}', { Ref: 'ClusterName' }],
  ['text around it', 'a-{{clusterName}}/*', { 'Fn::Sub': 'a-${ClusterName}/*' }],
  [
    'policy variable beside it',
    '${aws:username}-{{clusterName}}-${*}',
    { 'Fn::Sub': '${!aws:username}-${ClusterName}-${!*}' },
  ],
  [
    'inside a policy variable',
    'x/${aws:PrincipalTag/{{clusterName}}}/y',
    { 'Fn::Join': ['', ['x/${aws:PrincipalTag/', { Ref: 'ClusterName' }, '}/y']] },
  ],
  ['pseudo parameter', 'arn:{{partition}}:s3:::x', { 'Fn::Sub': 'arn:${AWS::Partition}:s3:::x' }],
];

for (const [name, given, want] of intrinsicCases) {
  test(`a parameter in CloudFormation's words: ${name}`, () => {
    const statements: Statement[] = [allow('s3:GetObject', given)];
    const bundle = bundleOf({
      policies: [policyOf('One', statements)],
      openParameters: [CLUSTER_NAME],
    });
    const content = fileOf(bundle, POLICIES);
    const template = parse(content);
    assert.equal(template.Resources.One.Properties.PolicyDocument.Statement[0].Resource, want);
    assert.equal(parseCloudFormation(content).policies.get('One')?.document.Statement, statements);
  });
}

test('a parameter in a condition key makes the whole document an Fn::Sub of JSON', () => {
  const content = fileOf(everything, POLICIES);
  const template = parse(content);
  const sub = template.Resources.PaletteThree.Properties.PolicyDocument['Fn::Sub'];
  assert.type(sub, 'string');
  assert.match(sub, '"aws:ResourceTag/kubernetes.io/cluster/${ClusterName}": "owned"');
  assert.match(sub, '${!aws:username}');
  // A document without such a key stays a map.
  assert.is(template.Resources.PaletteTwo.Properties.PolicyDocument.Version, '2012-10-17');
  assert.match(JSON.stringify(template.Resources.PaletteOne), '${aws:username}');
});

test('only the template that uses a parameter declares it', () => {
  assert.is(parse(fileOf(everything, STACK)).Parameters, undefined);
  assert.equal(parse(fileOf(everything, POLICIES)).Parameters.ClusterName, {
    Type: 'String',
    Description: CLUSTER_NAME.description,
    AllowedPattern: CLUSTER_NAME.pattern,
    MinLength: 1,
    MaxLength: 100,
    ConstraintDescription: CLUSTER_NAME.constraint,
  });
});

test('a parameter left open keeps its default, an empty one too', () => {
  const suffix = { ...CLUSTER_NAME, name: 'suffix', pattern: '^[a-z]*$', default: '' };
  const bundle = bundleOf({
    policies: [policyOf('One{{suffix}}', VARIABLES)],
    openParameters: [suffix],
  });
  const { Suffix } = parse(fileOf(bundle, POLICIES)).Parameters;
  assert.is(Suffix.Default, '');
  assert.is(Suffix.MinLength, 0);
});

test('readers of YAML 1.1 see strings where strings are meant', () => {
  for (const path of [STACK, POLICIES]) {
    const content = fileOf(everything, path);
    assert.equal(parse(content, { version: '1.1' }), parse(content));
    assert.match(content, "AWSTemplateFormatVersion: '2010-09-09'");
    assert.match(content, "Version: '2012-10-17'");
    assert.not.match(content, /[&*][a-z]\d+\b/, 'no anchors');
  }
});

test('roles are referred to where the template has them and named where it has not', () => {
  const resources = parse(fileOf(everything, POLICIES)).Resources;
  assert.equal(resources.PaletteOne.Properties.Roles, [
    'nodes.cluster-api-provider-aws.sigs.k8s.io',
    { Ref: 'Roleeksnodegroup' },
    'SpectroCloudRole',
  ]);
});

test("a stack policy on a role of the other template is attached from the role's side", () => {
  const bundle = bundleOf({
    policies: [policyOf('InStack', [allow('ec2:*')], { attachTo: ['late'], inStack: true })],
    roles: [roleOf('late', 'late')],
  });
  assert.is(parse(fileOf(bundle, STACK)).Resources.InStack.Properties.Roles, undefined);
  assert.equal(parse(fileOf(bundle, POLICIES)).Resources.Rolelate.Properties.ManagedPolicyArns, [
    { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/InStack' },
  ]);
});

test('every policy and role has its ARN as an output, none is exported', () => {
  const { Outputs: outputs, Resources: resources } = parse(fileOf(everything, POLICIES));
  assert.equal(outputs.PaletteOneArn.Value, { Ref: 'PaletteOne' });
  assert.equal(outputs.RoleeksnodegroupArn.Value, { 'Fn::GetAtt': ['Roleeksnodegroup', 'Arn'] });
  assert.is(Object.keys(outputs).length, Object.keys(resources).length);
  assert.not.match(JSON.stringify(outputs), 'Export');
  assert.ok(
    Object.values(outputs).every((output) => (output as { Description?: string }).Description),
  );
});

test('above each policy stands where it comes from', () => {
  const content = fileOf(everything, POLICIES);
  assert.match(
    content,
    '\n\n  # sample: Required IAM Policies, Core IAM Policies, last updated 2025-12-09\n  PaletteOne:\n',
  );
  assert.match(content, /^# Generated by gen .* for target sample\./);
});

/** Three policies of two groups each: their documents are a map, a text, a map in a role. */
const twoGroups = bundleOf({
  policies: [
    policyOf('Merged', [allow('ec2:*'), allow('s3:*')]),
    policyOf('Text-{{clusterName}}', VARIABLES_AND_PARAMETER_IN_KEY, { attachTo: ['nodes'] }),
  ].map((policy) => ({
    ...policy,
    groups: ['sample', 'other'],
    origins: policy.document.Statement.map((_, index) => [
      { group: 'sample', statements: [index, index + 3] },
      ...(index === 0 ? [] : [{ group: 'other', statements: [0] }]),
    ]),
  })),
  roles: [roleOf('nodes', 'nodes')],
  principals: [principalOf('nodes', { description: 'The role of worker nodes.', node: true })],
  groups: ['sample', 'other'].map((id) => ({
    id,
    description: id,
    source: { document: 'Page', section: id, lastUpdate: '2026-01-01', url: 'https://example.com' },
    amendments: id === 'other' ? ['2026-02-02 (upstream)'] : [],
  })),
  openParameters: [CLUSTER_NAME, VPC_ID],
});

test('above each statement of several groups stands its origin; a page shared is named once', () => {
  const lines = fileOf(twoGroups, POLICIES).split('\n');
  const at = lines.indexOf('  Merged:');
  assert.equal(lines.slice(at - 6, at), [
    '  # sample: Page, sample, last updated 2026-01-01',
    '  # other: Page, other, last updated 2026-01-01',
    '  #   amended: 2026-02-02 (upstream)',
    '  #   https://example.com',
    '  # Above each statement: the groups it comes from and their statements, from 0.',
    '  # Left to attach by hand: palette.',
  ]);
  const statement = lines.indexOf('          # sample: 1, 4; other: 0');
  assert.is(lines[statement + 1], '          - Effect: Allow');
  assert.is(lines[statement + 2], '            Action: s3:*');
});

test('a document that is a text has the origins of its statements above it', () => {
  const lines = fileOf(twoGroups, POLICIES).split('\n');
  const at = lines.indexOf('  Text:');
  assert.equal(lines.slice(at - 4, at), [
    '  # Its statements, from 0, and the statements of the groups that they come from:',
    '  #   0. sample: 0, 3',
    '  #   1. sample: 1, 4; other: 0',
    '  #   2. sample: 2, 5; other: 0',
  ]);
  assert.not.match(
    parse(lines.join('\n')).Resources.Text.Properties.PolicyDocument['Fn::Sub'],
    '#',
  );
  assert.ok(lines.includes('  # The role of worker nodes.'));
});

test('the console groups the parameters and labels them', () => {
  const bundle = bundleOf({
    policies: [policyOf('One-{{clusterName}}', VARIABLES_AND_PARAMETER)],
    openParameters: [CLUSTER_NAME, VPC_ID],
  });
  const template = parse(fileOf(bundle, POLICIES));
  assert.equal(Object.keys(template), [
    'AWSTemplateFormatVersion',
    'Description',
    'Metadata',
    'Parameters',
    'Resources',
    'Outputs',
  ]);
  assert.equal(template.Metadata['AWS::CloudFormation::Interface'], {
    ParameterGroups: [
      { Label: { default: 'Scope of the policies' }, Parameters: ['ClusterName', 'VpcId'] },
    ],
    ParameterLabels: {
      ClusterName: { default: 'Cluster name' },
      VpcId: { default: 'VPC ID' },
    },
  });
  assert.is(parse(fileOf(everything, STACK)).Metadata, undefined);
});

const patterns: readonly [pattern: string, isJava: boolean][] = [
  ['^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$', true],
  ['^vpc-([0-9a-f]{8}|[0-9a-f]{17})$', true],
  ['^[\\w.\\-]{1,}\\u0041(?=x)(?:\\/|\\[)$', true],
  // A class in a class, and an intersection, where JavaScript sees characters.
  ['^[a[b]$', false],
  ['^[a-z&&b]$', false],
  // Any character in JavaScript; an unclosed class in Java.
  ['^[^]+$', false],
  // The letter p here, a property there; one character here, vertical space there.
  ['^\\p{L}$', false],
  ['^\\v$', false],
  // A brace that repeats nothing is an error in Java.
  ['^{x}$', false],
  ['^a{,3}$', false],
  ['^[{]$', true],
  // Names of groups hold no underscore in Java.
  ['^(?<a_b>x)$', false],
];
for (const [pattern, isJava] of patterns) {
  test(`Java reads as JavaScript does: ${pattern} ${isJava ? 'yes' : 'no'}`, () => {
    const bundle = bundleOf({
      policies: [policyOf('One-{{clusterName}}', VARIABLES)],
      openParameters: [{ ...CLUSTER_NAME, pattern }],
    });
    const declared = parse(fileOf(bundle, POLICIES)).Parameters.ClusterName.AllowedPattern;
    assert.is(declared, isJava ? pattern : undefined);
    const told = emitCloudFormation(bundle).notes.filter((note) => note.includes(pattern));
    assert.is(told.length, isJava ? 0 : 1);
  });
}

test('the header says for which partition, where an ARN does', () => {
  const literal = bundleOf({ policies: [policyOf('One', VARIABLES)], partition: 'aws' });
  assert.match(fileOf(literal, POLICIES), '# For accounts of the partition aws; gen --partition');
  const any = bundleOf({ policies: [policyOf('One', [allow('s3:*', 'arn:*:s3:::x')])] });
  assert.not.match(fileOf(any, POLICIES), 'partition');
});

test('no template without resources; a description within 1,024 bytes', () => {
  assert.equal(emitCloudFormation(bundleOf({})).files, []);
  const many = bundleOf({
    policies: [policyOf('One', VARIABLES)],
    activeFeatures: Array.from({ length: 200 }, (_, index) => `feature-${index}`),
  });
  assert.equal(
    emitCloudFormation(many).files.map(({ path }) => path),
    [POLICIES],
  );
  assert.ok(Buffer.byteLength(parse(fileOf(many, POLICIES)).Description) <= 1024);
});

test('notes say what CloudFormation cannot do, and at which size it stops', () => {
  const [note] = emitCloudFormation(everything).notes;
  assert.match(
    note ?? '',
    'aws iam attach-user-policy --user-name spectro --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess',
  );
  const large = bundleOf({
    policies: Array.from({ length: 501 }, (_, index) => policyOf(`Policy${index}`, VARIABLES)),
  });
  const { notes } = emitCloudFormation(large);
  assert.ok(notes.some((text) => text.includes('--s3-bucket')));
  assert.ok(notes.some((text) => text.includes('501 resources')));
});

test('the same bundle gives the same bytes and is left as it was', () => {
  const before = JSON.stringify(everything);
  assert.equal(emitCloudFormation(everything), emitCloudFormation(everything));
  assert.is(JSON.stringify(everything), before);
});

test('inline: every document is read back in every role and user that holds it', () => {
  const bundle = inlineBundle();
  const files = emitCloudFormation(bundle).files;
  const policies = policiesOf(files.map(({ content }) => parseCloudFormation(content)));
  for (const policy of bundle.policies) {
    const [roles, users] = (['role', 'user'] as const).map((entity) =>
      holderNames(bundle, policy, entity),
    );
    const holders = [...(roles ?? []), ...(users ?? [])];
    const keys = policy.name === 'Merged' ? holders.map((each) => `${each}/Merged`) : [policy.name];
    for (const key of keys) {
      assert.equal(policies.get(key)?.document, policy.document, key);
      assert.ok(policies.get(key)?.inline);
    }
    const read = keys.map((key) => policies.get(key));
    assert.equal(read.flatMap((each) => each?.roles ?? []).sort(), roles, policy.name);
    assert.equal(read.flatMap((each) => each?.users ?? []).sort(), users, policy.name);
  }
  assert.is(policies.size, bundle.policies.length + 2);
});

test('a group holds managed and inline policies as roles and users do', () => {
  const managed = bundleOf({
    policies: [policyOf('One', [allow('s3:GetObject')])],
    existing: [existingOf('palette', 'group', 'Spectro+Cloud', ['ReadOnlyAccess'])],
  });
  const read = parseCloudFormation(fileOf(managed, POLICIES)).policies.get('One');
  assert.equal([read?.roles, read?.users, read?.groups], [[], [], ['Spectro+Cloud']]);
  assert.ok(
    emitCloudFormation(managed).notes.some((note) =>
      note.includes('aws iam attach-group-policy --group-name Spectro+Cloud'),
    ),
  );
  const inline = { ...managed, policyType: 'inline' as const };
  const put = parseCloudFormation(fileOf(inline, POLICIES)).policies.get('One');
  assert.equal([put?.roles, put?.users, put?.groups], [[], [], ['Spectro+Cloud']]);
  assert.ok(put?.inline);
});

test('inline: in the template of its role, which goes by Ref; no ARN, path, tags', () => {
  const bundle = inlineBundle();
  const stack = parse(fileOf(bundle, STACK));
  const beside = parse(fileOf(bundle, POLICIES));
  assert.equal(stack.Resources.InStackAWSIAMRoleNodes.Properties.RoleName, {
    Ref: 'AWSIAMRoleNodes',
  });
  assert.equal(beside.Resources.InStackRoleeksnodegroup.Properties.RoleName, {
    Ref: 'Roleeksnodegroup',
  });
  assert.equal(Object.keys(beside.Resources), [
    'Roleeksnodegroup',
    'PaletteOneAWSIAMRoleNodes',
    'PaletteOneRoleeksnodegroup',
    'PaletteOneRoleSpectroCloudRole',
    'PaletteOneUserSpectroExampleCom',
    'PaletteTwoAWSIAMRoleNodes',
    'PaletteThreeRoleSpectroCloudRole',
    'PaletteThreeUserSpectroExampleCom',
    'MergedRoleSpectroCloudRole',
    'MergedUserSpectroExampleCom',
    'Merged2AWSIAMRoleNodes',
    'Merged2AWSIAMRoleControlPlane',
    'InStackRoleeksnodegroup',
  ]);
  assert.equal(beside.Resources.MergedUserSpectroExampleCom.Properties, {
    PolicyName: 'Merged',
    UserName: 'spectro@example.com',
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
    },
  });
  for (const template of [stack, beside]) {
    assert.not.match(JSON.stringify(template.Resources), 'AWS::IAM::ManagedPolicy');
    for (const value of Object.values(template.Outputs)) {
      assert.match(JSON.stringify(value), 'ARN of the role');
    }
  }
  assert.match(stack.Description, 'inline policies');
});

test('inline: no section of outputs without outputs', () => {
  const bundle = bundleOf({
    policyType: 'inline',
    policies: [policyOf('One', VARIABLES)],
    existing: [existingOf('palette', 'role', 'SpectroCloudRole')],
  });
  assert.equal(Object.keys(parse(fileOf(bundle, POLICIES))), [
    'AWSTemplateFormatVersion',
    'Description',
    'Resources',
  ]);
});

test('inline: holders that fall together in a logical id stay apart', () => {
  const names = ['a.b', 'a-b', 'AB'];
  const bundle = bundleOf({
    policyType: 'inline',
    policies: [policyOf('One', VARIABLES)],
    existing: names.map((name) => existingOf('palette', 'role', name)),
  });
  const { policies } = parseCloudFormation(fileOf(bundle, POLICIES));
  assert.equal(policies.get('One')?.roles, [...names].sort());
});

test('inline: one role given for two principals holds a policy once', () => {
  const attachTo = ['palette', 'node-group'];
  const bundle = bundleOf({
    policyType: 'inline',
    policies: [
      policyOf('One', VARIABLES, { attachTo }),
      policyOf('Two', VARIABLES, { attachTo: ['palette'] }),
      policyOf('Two', VARIABLES, { attachTo: ['node-group'], logicalId: 'Two2' }),
    ],
    existing: attachTo.map((id) => existingOf(id, 'role', 'Shared')),
  });
  const { policies } = parseCloudFormation(fileOf(bundle, POLICIES));
  assert.equal([...policies.keys()], ['One', 'Two']);
});

test('inline: whoever is given no name is told of, with the flag that gives it', () => {
  const bundle = bundleOf({
    policyType: 'inline',
    policies: [
      policyOf('One', VARIABLES),
      policyOf('Two-{{clusterName}}', VARIABLES),
      policyOf('Nodes', VARIABLES, { attachTo: ['nodes', 'node-group'] }),
      policyOf('Own', VARIABLES, { attachTo: ['cluster'] }),
      policyOf('Held', VARIABLES, { attachTo: ['cluster', 'control-plane'] }),
    ],
    roles: [roleOf('control-plane', 'control-plane')],
    principals: ['nodes', 'node-group'].map((id) => principalOf(id, { node: true })),
  });
  try {
    emitCloudFormation(bundle);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, GenError);
    const { exitCode, problems } = error as GenError;
    assert.is(exitCode, 2);
    assert.ok(problems.every(({ code }) => code === 'inline-without-holder'));
    const otherwise = 'take --policy-type managed, or leave cloudformation out of --format.';
    assert.equal(
      problems.map(({ message, advice }) => [message, advice]),
      [
        [
          'Format cloudformation cannot write the inline policies One, Two-<clusterName>: no role, user or group of palette is given by name.',
          `Give --palette-role, --palette-user or --palette-group for palette; otherwise ${otherwise}`,
        ],
        [
          'Format cloudformation cannot write the inline policy Nodes: no role, user or group of nodes, node-group is given by name.',
          `Give --node-role for nodes, node-group; otherwise ${otherwise}`,
        ],
        [
          'Format cloudformation cannot write the inline policy Own: no role, user or group of cluster is given by name.',
          `T${otherwise.slice(1)}`,
        ],
      ],
    );
  }
});

test('inline: a note where some of the principals are given no name', () => {
  const { notes } = emitCloudFormation(inlineBundle());
  assert.ok(
    notes.includes(
      'No role of node-group is given by name: put the inline policy PaletteTwo-<clusterName> in by hand, as `gen howto` says.',
    ),
  );
});

test('cfn-lint finds nothing', () => {
  if (spawnSync('cfn-lint', ['--version']).status !== 0) {
    console.log('skipped: cfn-lint is not on PATH');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'gen-cfn-'));
  try {
    const bundles = [everything, inlineBundle(), twoGroups];
    const texts = bundles.flatMap((each) => {
      const { files } = emitCloudFormation({ ...each, stackset: true });
      const stackSet = files.find(({ path }) => path.endsWith('.stackset.yaml'));
      const { StackSet: resource } = parse(stackSet?.content ?? '').Resources;
      return [...files.map(({ content }) => content), resource.Properties.TemplateBody];
    });
    const paths = texts.map((text, index) => {
      const path = join(folder, `${index}.yaml`);
      writeFileSync(path, text);
      return path;
    });
    const run = spawnSync('cfn-lint', paths, { encoding: 'utf8' });
    assert.is(run.status, 0, `${run.stdout}${run.stderr}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
