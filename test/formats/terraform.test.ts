// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL and IAM policy variables look like that
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTerraform } from '../../src/emit/terraform/index.ts';
import { snakeCase, variableName } from '../../src/emit/terraform/names.ts';
import { isPortablePattern } from '../../src/emit/terraform/regex.ts';
import { awsManagedPolicyArn, type IamBundle } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import { trustedBy } from '../../src/model/policy.ts';
import { holderNames, inlineBundle } from '../support/bundle-builder.ts';
import { parseTerraform } from '../support/hcl-documents.ts';
import {
  AWKWARD,
  CLUSTER_NAME,
  deepFreeze,
  documentOf,
  fullBundle,
  sampleBundle,
  samplePolicy,
  VPC_ID,
} from '../support/sample-bundle.ts';
import { findTool, runTool, skipped } from '../support/tools.ts';

/** Maps compare by their order in uvu; hcl2json has none to give back. */
const sorted = <T>(entries: Iterable<readonly [string, T]>) =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
const parameterNames = (bundle: IamBundle) => bundle.openParameters.map(({ name }) => name);
const readBack = (bundle: IamBundle) =>
  parseTerraform(emitTerraform(bundle).files, parameterNames(bundle));
const file = (bundle: IamBundle, name: string) =>
  emitTerraform(bundle).files.find(({ path }) => path === `terraform/${name}.tf`)?.content ?? '';

/** Runs terraform; undefined, with a visible line, where there is none. */
const terraform = (args: string[], options: { input?: string; cwd?: string } = {}) => {
  if (findTool('terraform') !== undefined) return runTool('terraform', args, options);
  skipped(`terraform ${args[0]}`, ['terraform']);
  return undefined;
};

const codeOf = (bundle: IamBundle) => {
  try {
    emitTerraform(bundle);
    return undefined;
  } catch (error) {
    return error instanceof GenError ? error.problems[0]?.code : error;
  }
};

const inFolder = (files: Record<string, string>, use: (folder: string) => void) => {
  const folder = mkdtempSync(join(tmpdir(), 'emit-terraform-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const roundTrip = suite('emit terraform: round trip');

roundTrip('documents, names and descriptions come back', async () => {
  const bundle = fullBundle();
  const { policies } = await readBack(bundle);
  const path = bundle.path;
  const tags = sorted(bundle.tags);
  assert.equal(
    sorted(policies).map(([name, policy]) => {
      const { document, description } = policy;
      return { name, document, description, path: policy.path, tags: sorted(policy.tags) };
    }),
    sorted(bundle.policies.map((policy) => [policy.name, policy])).map(([name, policy]) => {
      const { document, description } = policy;
      return { name, document, description, path, tags };
    }),
  );
});

roundTrip(
  'every policy is attached to whom it is for, as far as the module knows them',
  async () => {
    const bundle = fullBundle();
    const { policies } = await readBack(bundle);
    for (const policy of bundle.policies) {
      const held = (holders: readonly { principal: string; name: string }[]) =>
        holders
          .filter(({ principal }) => policy.attachTo.includes(principal))
          .map(({ name }) => name);
      const existing = (entity: string) => held(bundle.existing.filter((e) => e.entity === entity));
      assert.equal(
        policies.get(policy.name)?.roles,
        [...held(bundle.roles), ...existing('role')].sort(),
      );
      assert.equal(policies.get(policy.name)?.users, existing('user').sort());
    }
  },
);

roundTrip('roles come back, with trust, boundary, profile and AWS managed policies', async () => {
  const bundle = fullBundle();
  const { roles, awsManaged } = await readBack(bundle);
  assert.equal([...roles.keys()].sort(), bundle.roles.map(({ name }) => name).sort());
  for (const role of bundle.roles) {
    const parsed = roles.get(role.name);
    assert.equal(parsed?.trust, trustedBy(role.trust, 'Service'));
    assert.is(parsed?.description, role.description);
    assert.is(parsed?.instanceProfile, role.instanceProfile?.name);
    assert.is(parsed?.permissionsBoundary, bundle.permissionsBoundary);
    assert.is(parsed?.path, bundle.path);
    assert.equal(sorted(parsed?.tags ?? []), sorted(bundle.tags));
  }
  const holders = [
    ...bundle.roles.map((role) => ({ ...role, entity: 'role' })),
    ...bundle.existing,
  ];
  for (const { entity, name, awsManagedPolicies } of holders) {
    assert.equal(
      awsManaged.get(`${entity} ${name}`) ?? [],
      awsManagedPolicies.map((policy) => awsManagedPolicyArn(bundle.partition, policy)).sort(),
    );
  }
});

roundTrip('any text comes back', async () => {
  const sign = fc.constantFrom(...'$%{}\\"~&#\n\t\'`a: é🧭');
  const text = fc
    .oneof(fc.string({ unit: sign }), fc.string({ unit: 'binary' }))
    // Terraform normalizes strings to NFC; `{{name}}` is a parameter; `&{` is refused, see below;
    // `%%{` is ambiguous in hcl2json's answer.
    .map((value) =>
      value.normalize('NFC').replaceAll('{{', '{').replaceAll('&{', '&').replace(/%+\{/g, '%{'),
    );
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
      const document = documentOf({
        Effect: 'Allow',
        Action: texts,
        Resource: texts,
        Condition: { StringLike: { 'aws:x': texts } },
      });
      const { policies } = await readBack(sampleBundle({ policies: [samplePolicy({ document })] }));
      assert.equal(policies.get('PaletteSamplePolicy')?.document, document);
    }),
    { numRuns: 50 },
  );
});

roundTrip('terraform itself reads awkward text as it was meant', () => {
  const document = documentOf({
    Effect: 'Allow',
    Action: ['s3:GetObject'],
    Resource: AWKWARD.flatMap((text) => [text, `${text}{{clusterName}}${text}`]),
  });
  const bundle = sampleBundle({
    policies: [samplePolicy({ document })],
    openParameters: [CLUSTER_NAME],
  });
  const list = /resources = (\[[\s\S]*?\n {4}\])/.exec(file(bundle, 'main'))?.[1] ?? '';
  inFolder(
    {
      'locals.tf': `locals {\n  texts = ${list}\n}\n`,
      'variables.tf': file(bundle, 'variables'),
      'terraform.tfvars': 'cluster_name = "NAME"\n',
    },
    (cwd) => {
      const run = terraform(['console'], { cwd, input: 'jsonencode(local.texts)' });
      if (run === undefined) return;
      assert.equal(
        JSON.parse(JSON.parse(run.stdout)),
        AWKWARD.flatMap((text) => [text, `${text}NAME${text}`]),
        run.stderr,
      );
    },
  );
});

roundTrip.run();

const layout = suite('emit terraform: layout');

layout(
  'four files and a README, whatever there is to say; imports where there is something',
  () => {
    const empty = sampleBundle({ policies: [] });
    for (const bundle of [fullBundle(), sampleBundle(), empty]) {
      assert.equal(
        emitTerraform(bundle).files.map(({ path }) => path),
        [
          ...['main', 'variables', 'outputs', 'versions'].map((name) => `terraform/${name}.tf`),
          ...(bundle === empty ? [] : ['terraform/imports.tf.example']),
          'terraform/README.md',
        ],
      );
    }
    assert.is(
      file(empty, 'variables'),
      '# Generated by gen (palette-iam-gen) for target sample. Do not edit: `gen check` reports edits.\n' +
        '# The module creates nothing that could be varied.\n',
    );
  },
);

layout('a policy of one group', () => {
  const bundle = sampleBundle({
    groups: [
      {
        id: 'sample',
        description: 'Lets one try\nthings.',
        source: { document: 'Required IAM Policies', section: 'Sample', lastUpdate: '2025-05-25' },
        amendments: ['2026-10-09: iam:ListRoles'],
      },
    ],
  });
  assert.is(
    file(bundle, 'main'),
    `# Generated by gen (palette-iam-gen) for target sample. Do not edit: \`gen check\` reports edits.
# Features: core, sample. Statements are counted from 0.
# A module: the caller configures the AWS provider and its account.

# sample: Lets one try things.
# Source: Required IAM Policies, Sample, last update 2025-05-25
# Amended: 2026-10-09: iam:ListRoles
data "aws_iam_policy_document" "palette_sample_policy" {
  # sample, statement 0
  statement {
    effect    = "Allow"
    actions   = ["ec2:DescribeInstances"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "palette_sample_policy" {
  name        = "\${var.name_prefix}PaletteSamplePolicy"
  path        = var.path
  description = "A policy to try things with."
  policy      = data.aws_iam_policy_document.palette_sample_policy.json
  tags        = var.tags

  lifecycle {
    ignore_changes = [description]
  }
}

resource "aws_iam_role_policy_attachment" "palette_sample_policy" {
  for_each = var.palette_role_names

  role       = each.value
  policy_arn = aws_iam_policy.palette_sample_policy.arn
}

resource "aws_iam_user_policy_attachment" "palette_sample_policy" {
  for_each = var.palette_user_names

  user       = each.value
  policy_arn = aws_iam_policy.palette_sample_policy.arn
}

resource "aws_iam_group_policy_attachment" "palette_sample_policy" {
  for_each = var.palette_group_names

  group      = each.value
  policy_arn = aws_iam_policy.palette_sample_policy.arn
}
`,
  );
});

layout('a statement of a merged policy says where it comes from', () => {
  assert.match(
    file(fullBundle(), 'main'),
    '  # cni-scoped-ipv4, statements 2 and 3\n  # palette-nodes, statement 0\n  statement {',
  );
});

layout('references stand bare, text and references mixed in a template', () => {
  const main = file(fullBundle(), 'main');
  assert.match(main, 'values   = [var.cluster_name]');
  assert.match(main, 'variable = "aws:ResourceTag/kubernetes.io/cluster/${var.cluster_name}"');
  assert.match(main, 'arn:aws:s3:::bucket/$${aws:username}');
  for (const { content } of emitTerraform(fullBundle()).files) {
    assert.not.match(content, /"\$\{[^}"]*\}"/);
  }
});

layout('nothing of cdktf, of this machine or of the caller is left', () => {
  for (const { content } of emitTerraform(fullBundle()).files) {
    assert.not.match(
      content,
      /cdktf|TOKEN\.\d+\](?!\})|backend|provider "|metadata|uniqueId|"\/\/"/,
    );
    assert.not.match(content, /^\s*\/\//m);
    assert.not.ok(content.includes(process.cwd()));
    assert.ok(content.endsWith('\n') && !content.endsWith('\n\n'));
  }
});

layout('terraform fmt changes nothing', () => {
  for (const bundle of [fullBundle(), sampleBundle(), inlineBundle()]) {
    for (const { path, content } of emitTerraform(bundle).files) {
      if (path.endsWith('.md')) continue;
      const run = terraform(['fmt', '-check', '-diff', '-'], { input: content });
      if (run === undefined) return;
      assert.is(run.status, 0, `${path}\n${run.stdout}${run.stderr}`);
    }
  }
});

layout(
  'the same bundle gives the same bytes, is not written to, and nothing touches the disk',
  () => {
    const bundle = deepFreeze(fullBundle());
    const before = readdirSync('.');
    assert.equal(emitTerraform(bundle), emitTerraform(bundle));
    assert.equal(readdirSync('.'), before);
    assert.not.ok(existsSync('cdktf.out'));
  },
);

layout.run();

const variables = suite('emit terraform: variables and outputs');

variables('open parameters are typed, documented, checked variables', async () => {
  const parsed = await readBack(fullBundle());
  assert.equal([...parsed.variables.keys()].sort(), [
    'cluster_name',
    'name_prefix',
    'name_suffix',
    'node_role_names',
    'palette_group_names',
    'palette_role_names',
    'palette_user_names',
    'path',
    'permissions_boundaries',
    'tags',
    'vpc_id',
  ]);
  assert.equal(parsed.variables.get('cluster_name'), {
    type: 'string',
    description: 'Name of the EKS cluster.',
    validations: [
      {
        condition: '${can(regex("^[0-9A-Za-z][A-Za-z0-9_-]*$", var.cluster_name))}',
        error:
          'Invalid cluster_name: must be letters, digits, hyphens and underscores, and begin with a letter or digit.',
      },
      {
        condition: '${length(var.cluster_name) <= 100}',
        error: 'The value of cluster_name must have at most 100 characters.',
      },
    ],
  });
  assert.is(parsed.variables.get('name_suffix')?.default, '');
});

variables('a parameter that Terraform does not need becomes no variable', () => {
  const bundle = sampleBundle({ openParameters: [CLUSTER_NAME, VPC_ID] });
  assert.not.match(file(bundle, 'variables'), /variable "(cluster_name|vpc_id)"/);
});

variables('a pattern beyond RE2 leaves the length check, and a note', () => {
  const parameter = { ...CLUSTER_NAME, pattern: '^(?!aws).*$' };
  const policies = [samplePolicy({ name: 'P-{{clusterName}}', stem: 'P' })];
  const bundle = sampleBundle({ policies, openParameters: [parameter] });
  assert.not.match(file(bundle, 'variables'), /regex\(.*var\.cluster_name/);
  assert.match(file(bundle, 'variables'), 'length(var.cluster_name) <= 100');
  assert.is(emitTerraform(bundle).notes.length, 1);
  assert.not.ok(isPortablePattern('^a{1001}$'));
  assert.not.ok(isPortablePattern('^\\u00e9$'));
  assert.ok(isPortablePattern('^\\\\u{2,5}[^a]\\d+$'));
});

variables('terraform refuses what the pattern or the length refuses', () => {
  const content = file(fullBundle(), 'variables');
  inFolder(
    { 'variables.tf': content, 'outputs.tf': 'output "x" {\n  value = var.vpc_id\n}\n' },
    (cwd) => {
      const plan = (clusterName: string, vpcId: string) =>
        terraform(
          [
            'plan',
            '-input=false',
            '-no-color',
            `-var=cluster_name=${clusterName}`,
            `-var=vpc_id=${vpcId}`,
          ],
          { cwd },
        );
      const good = plan('my-cluster', 'vpc-0123456789abcdef0');
      if (good === undefined) return;
      assert.is(good.status, 0, good.stderr);
      // Terraform wraps what it says.
      const refusal = (...values: [string, string]) =>
        plan(...values)?.stderr.replace(/\s+/g, ' ') ?? '';
      assert.match(refusal('-x', 'vpc-01234567'), 'begin with a letter or digit.');
      assert.match(refusal('x'.repeat(101), 'vpc-01234567'), 'at most 100 characters.');
      assert.match(refusal('x', 'vpc-0'), 'hexadecimal digits.');
    },
  );
});

variables('outputs name every policy, role and instance profile', async () => {
  const { outputs } = await readBack(fullBundle());
  assert.equal([...outputs.keys()].sort(), ['instance_profile_names', 'policy_arns', 'role_arns']);
  assert.is(
    outputs.get('policy_arns')?.get('PaletteControllersEKSPolicy'),
    '${aws_iam_policy.palette_controllers_eks_policy.arn}',
  );
  assert.is(outputs.get('role_arns')?.get('nodes'), '${aws_iam_role.nodes.arn}');
  assert.equal([...(await readBack(sampleBundle())).outputs.keys()], ['policy_arns']);
});

variables.run();

const names = suite('emit terraform: names');

for (const [text, want] of [
  ['PaletteControllerPolicy', 'palette_controller_policy'],
  ['PaletteControllersEKSPolicy', 'palette_controllers_eks_policy'],
  ['PaletteCniIPv4Policy', 'palette_cni_ipv4_policy'],
  ['PaletteMinimumIaaSStaticPolicy', 'palette_minimum_iaas_static_policy'],
  ['PaletteMerged1', 'palette_merged1'],
  ['PaletteControllerPolicy-2', 'palette_controller_policy_2'],
  ['control-plane', 'control_plane'],
  ['AmazonEKS_CNI_Policy', 'amazon_eks_cni_policy'],
  ['AmazonEKSVPCResourceController', 'amazon_eks_vpc_resource_controller'],
  ['AmazonEC2ContainerRegistryReadOnly', 'amazon_ec2_container_registry_read_only'],
  ['AmazonEBSCSIDriverPolicy', 'amazon_ebs_csi_driver_policy'],
  ['+a.b=c,d@e+', 'a_b_c_d_e'],
  ['2nd', 'policy_2nd'],
  ['+', 'policy'],
] as const) {
  names(`${text} → ${want}`, () => assert.is(snakeCase(text, 'policy'), want));
}

names('variables avoid what Terraform reserves', () => {
  assert.is(variableName('clusterName'), 'cluster_name');
  assert.is(variableName('version'), 'version_value');
});

names('names that fall together stay apart, and each policy keeps its own document', async () => {
  const policies = ['a.b', 'a-b', 'A_B', 'a-b-2'].map((name, index) =>
    samplePolicy({
      name,
      document: documentOf({ Effect: 'Allow', Action: [`s3:Get${index}`], Resource: ['*'] }),
    }),
  );
  const parsed = await readBack(sampleBundle({ policies }));
  assert.equal(
    sorted(parsed.policies).map(([name, { document }]) => [name, document]),
    sorted(policies.map(({ name, document }) => [name, document] as const)),
  );
  assert.equal(
    policies.map(({ name }) => parsed.policies.get(name)?.label),
    ['a_b', 'a_b_2', 'a_b_3', 'a_b_2_2'],
  );
});

names('one role given for two principals gets each attachment once', async () => {
  const existing = ['palette', 'node-group'].map((principal) => ({
    principal,
    entity: 'role' as const,
    name: 'Shared',
    awsManagedPolicies: ['AmazonEKS_CNI_Policy'],
  }));
  const policies = [samplePolicy({ attachTo: ['palette', 'node-group'] })];
  const parsed = await readBack(sampleBundle({ policies, existing }));
  assert.equal(parsed.policies.get('PaletteSamplePolicy')?.roles, ['Shared']);
  assert.is(parsed.awsManaged.get('role Shared')?.length, 1);
});

names.run();

const inline = suite('emit terraform: inline policies');

/** The bundle with everything, its policies inline; what nobody holds left out. */
const fullInline = (): IamBundle => {
  const bundle = fullBundle();
  const policies = bundle.policies.filter(({ name }) => name !== 'Loose');
  return { ...bundle, policyType: 'inline', policies };
};

for (const [name, bundle] of [
  ['awkward text', fullInline()],
  ['every kind of holder', inlineBundle()],
] as const) {
  inline(`every document is read back in every role and user: ${name}`, async () => {
    const { policies } = await readBack(bundle);
    let size = 0;
    for (const policy of bundle.policies) {
      const [roles, users] = (['role', 'user'] as const).map((entity) =>
        holderNames(bundle, policy, entity),
      );
      const holders = [...(roles ?? []), ...(users ?? [])];
      const merged = policy.name === 'Merged';
      const keys = merged ? holders.map((each) => `${each}/Merged`) : [policy.name];
      size += keys.length;
      for (const key of keys) {
        assert.equal(policies.get(key)?.document, policy.document, key);
        assert.ok(policies.get(key)?.inline);
      }
      const read = keys.map((key) => policies.get(key));
      assert.equal(read.flatMap((each) => each?.roles ?? []).sort(), roles, policy.name);
      assert.equal(read.flatMap((each) => each?.users ?? []).sort(), users, policy.name);
    }
    assert.is(policies.size, size);
  });
}

inline('one document for all holders, no ARN, AWS managed policies attached as ever', async () => {
  const main = file(inlineBundle(), 'main');
  assert.is(main.split('data "aws_iam_policy_document" "palette_one"').length, 2);
  assert.is(main.split('data.aws_iam_policy_document.palette_one.json').length, 5);
  assert.not.match(main, '"aws_iam_policy"');
  assert.not.match(file(inlineBundle(), 'outputs'), 'policy_arns');
  assert.match(
    main,
    `resource "aws_iam_user_policy" "spectro_example_com_palette_one" {
  name   = "\${var.name_prefix}PaletteOne"
  user   = "spectro@example.com"
  policy = data.aws_iam_policy_document.palette_one.json
}
`,
  );
  assert.match(main, '# Left to put in by hand: node-group.\ndata "aws_iam_policy_document" "pal');
  const { awsManaged } = await readBack(inlineBundle());
  assert.equal(awsManaged.get('user spectro@example.com'), [
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
  ]);
  assert.ok(emitTerraform(inlineBundle()).notes.some((note) => note.includes('by hand')));
});

inline('another holder, or another document of the name, renames no resource', () => {
  const bundle = inlineBundle();
  const labels = (part: Partial<IamBundle>) =>
    [...file({ ...bundle, ...part }, 'main').matchAll(/"aws_iam_\w+_policy" "(\w+)"/g)].map(
      ([, label]) => label,
    );
  const all = labels({});
  assert.is(new Set(all).size, all.length);
  const fewer = labels({ policies: [...bundle.policies].reverse().slice(0, 3) });
  assert.ok(fewer.every((label) => all.includes(label)));
});

inline('refused where nobody holds it', () => {
  const bundle = sampleBundle({ policyType: 'inline' });
  assert.is(codeOf(bundle), 'inline-without-holder');
  assert.not.ok(codeOf({ ...bundle, policies: [] }));
});

inline.run();

const refusals = suite('emit terraform: refusals');

refusals('a literal &{ that the provider would turn into ${', () => {
  const document = documentOf({ Effect: 'Allow', Action: ['s3:*'], Resource: ['a&{b}'] });
  const bundle = sampleBundle({ policies: [samplePolicy({ document })] });
  assert.is(codeOf(bundle), 'terraform-ampersand-brace');
});

refusals('a parameter that is not open', () => {
  const bundle = sampleBundle({ policies: [samplePolicy({ name: 'P-{{nobody}}' })] });
  assert.is(codeOf(bundle), 'unknown-parameter');
});

refusals.run();
