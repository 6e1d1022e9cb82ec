// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL's references look like that
/** What the Terraform module takes from its caller: variables, partition, clusters; README, imports. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { closeDefaults } from '../../src/compose/defaults.ts';
import { emitTerraform } from '../../src/emit/terraform/index.ts';
import { previousRun } from '../../src/files/manifest.ts';
import { generate } from '../../src/generate.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { toPolicyJson } from '../../src/model/policy.ts';
import type { Target } from '../../src/model/target.ts';
import { holderNames } from '../support/bundle-builder.ts';
import { builtIn } from '../support/bundles.ts';
import { parseTerraform } from '../support/hcl-documents.ts';
import { ALL_VALUES, targetOf } from '../support/target.ts';

const compose = (features: string[], changes: Partial<Target> = {}): IamBundle =>
  composeBundle(builtIn, targetOf(features, { formats: ['terraform'], ...changes }));
const PARAMETERS = [...builtIn.parameters.keys()];
const readBack = (bundle: IamBundle) => parseTerraform(emitTerraform(bundle).files, PARAMETERS);
const file = (bundle: IamBundle, name: string): string =>
  emitTerraform(bundle).files.find(({ path }) => path === `terraform/${name}`)?.content ?? '';
const block = (content: string, head: string): string =>
  content.slice(content.indexOf(head)).split(/(?<=^}\n)/m)[0] ?? '';

const hasTerraform = spawnSync('terraform', ['version']).status === 0;

/** What terraform says of the module's variables with these values, wrapped lines joined. */
const plan = (bundle: IamBundle, values: Record<string, unknown>, more = ''): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-variables-'));
  try {
    writeFileSync(join(folder, 'variables.tf'), file(bundle, 'variables.tf'));
    // Terraform checks only what something refers to.
    const names = [...file(bundle, 'variables.tf').matchAll(/^variable "(\w+)"/gm)];
    const refs = names.map(([, name]) => `    ${name} = var.${name}\n`).join('');
    writeFileSync(join(folder, 'out.tf'), `output "all" {\n  value = {\n${refs}  }\n}\n${more}`);
    writeFileSync(join(folder, 'terraform.tfvars.json'), JSON.stringify(values));
    const run = spawnSync('terraform', ['plan', '-input=false', '-no-color'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    });
    const said = run.stderr.replace(/[\s│╷╵]+/g, ' ');
    return run.status === 0 ? `planned ${said}` : said;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const BOUNDARY = 'arn:aws:iam::123456789012:policy/Boundary';

const inputs = suite('terraform module: variables');

inputs(
  'each has the given value as default, so that a plain call gives what was asked for',
  async () => {
    const bundle = compose(['iaas-static', 'cni-scoped'], {
      parameters: ALL_VALUES,
      namePrefix: 'P-',
      path: '/palette/',
      permissionsBoundary: BOUNDARY,
      tags: new Map([['costCenter', '42']]),
      paletteRoles: ['R'],
      paletteUsers: ['U'],
      paletteGroups: ['G'],
    });
    const { variables, policies, roles } = await readBack(bundle);
    assert.equal(
      Object.fromEntries([...variables].map(([name, variable]) => [name, variable.default])),
      {
        name_prefix: 'P-',
        path: '/palette/',
        permissions_boundaries: {
          controllers: BOUNDARY,
          'control-plane': BOUNDARY,
          nodes: BOUNDARY,
          'eks-controlplane': BOUNDARY,
        },
        tags: { costCenter: '42' },
        palette_role_names: ['R'],
        palette_user_names: ['U'],
        palette_group_names: ['G'],
      },
    );
    for (const policy of bundle.policies) {
      const read = policies.get(policy.name);
      assert.equal(read?.document, policy.document, policy.name);
      assert.equal(
        [read?.roles, read?.users, read?.groups],
        [
          holderNames(bundle, policy, 'role'),
          ...(policy.attachTo.includes('palette') ? [['U'], ['G']] : [[], []]),
        ],
        policy.name,
      );
    }
    for (const role of bundle.roles) assert.is(roles.get(role.name)?.permissionsBoundary, BOUNDARY);
  },
);

inputs('none is declared that nothing refers to', () => {
  for (const bundle of [
    compose(['core']),
    compose(['core', 'cni-ipv4']),
    compose(['iaas-static']),
    compose(['iaas-static'], { policyType: 'inline', paletteRoles: ['R'] }),
    compose(['host-groups'], { policyType: 'inline', mergeMode: 'all', paletteRoles: ['R'] }),
  ]) {
    const main = file(bundle, 'main.tf');
    for (const [, name] of file(bundle, 'variables.tf').matchAll(/^variable "(\w+)"/gm)) {
      assert.match(main, new RegExp(`var\\.${name}\\b`), name);
    }
  }
  assert.not.match(file(compose(['core']), 'variables.tf'), 'node_role_names');
  assert.match(file(compose(['core', 'cni-ipv4']), 'variables.tf'), 'node_role_names');
  assert.not.match(file(compose(['core']), 'variables.tf'), 'permissions_boundaries');
});

inputs('terraform refuses every value that AWS would refuse, all at once', () => {
  if (!hasTerraform) return console.log('skipped: terraform is not on PATH');
  const bundle = compose(['iaas-static', 'cni-scoped', 'eks-nodegroup-role']);
  const vpc_id = 'vpc-0123456789abcdef0';
  const good = {
    clusters: { demo: { vpc_id }, 'my-cluster': { vpc_id: 'vpc-01234567' } },
    name_prefix: 'x'.repeat(11),
    path: '/a/b/',
    permissions_boundaries: { nodes: BOUNDARY },
    tags: { 'team:größe': 'é 1' },
    palette_role_names: ['SpectroCloudRole'],
    palette_group_names: ['x'.repeat(128)],
  };
  assert.match(plan(bundle, good), /^planned/);
  const wrong = plan(bundle, {
    clusters: { '-x': { vpc_id: 'vpc-0' }, Demo: { vpc_id }, demo: { vpc_id } },
    name_prefix: 'é'.repeat(12),
    path: 'a',
    permissions_boundaries: { nobody: 'x' },
    tags: { 'aws:x': '"', 'x!': 'y' },
    palette_role_names: ['arn:aws:iam::123456789012:role/x'],
    palette_user_names: ['x'.repeat(65)],
    palette_group_names: ['x'.repeat(129)],
  });
  for (const says of [
    'Invalid key of clusters: 1 to 100 letters',
    'The keys of clusters must differ by more than letter case',
    'Invalid vpc_id of a cluster: vpc- and 8 or 17 hexadecimal digits',
    'Invalid name_prefix: letters, digits and',
    'The value of name_prefix must have at most 11 characters',
    'Invalid path: it must begin and end with /',
    'The keys of permissions_boundaries must be among controllers,',
    'The values of permissions_boundaries must be ARNs of managed policies',
    'A key of tags must have 1 to 128',
    'A value of tags must have at most 256',
    'The values of palette_role_names must be names, not ARNs',
    'The values of palette_user_names must be names, not ARNs: 1 to 64',
    'The values of palette_group_names must be names, not ARNs: 1 to 128',
  ]) {
    assert.ok(wrong.includes(says), `${says}\n${wrong}`);
  }
});

inputs('the longest prefix still fits into every name, a longer one into none', () => {
  const bundle = compose(['eks-dynamic', 'cni-scoped']);
  const { maxLength } = bundle.namePrefix;
  const longest = (prefix: string) => () =>
    compose(['eks-dynamic', 'cni-scoped'], { namePrefix: prefix });
  longest('x'.repeat(maxLength))();
  assert.throws(longest('x'.repeat(maxLength + 1)), /AWS allows/);
  assert.is(
    compose(['core'], { namePrefix: 'Team-' }).namePrefix.maxLength,
    128 - 'PaletteControlPlanePolicy'.length,
  );
});

inputs.run();

const clusters = suite('terraform module: clusters');

clusters('a map of clusters where the cluster is open, literals where it is given', async () => {
  const open = compose(['core', 'cni-scoped']);
  const { policies, variables } = await readBack(open);
  assert.is(
    variables.get('clusters')?.type,
    'map(object({ vpc_id = string, node_role_names = optional(set(string)) }))',
  );
  assert.not.ok(variables.has('cluster_name') || variables.has('vpc_id'));
  for (const { name, document } of open.policies) {
    assert.is(policies.get(name)?.repeated, name.includes('{{clusterName}}'), name);
    assert.equal(policies.get(name)?.document, document, name);
  }
  const given = compose(['core', 'cni-scoped'], { parameters: ALL_VALUES });
  assert.not.match(file(given, 'main.tf'), /each\.(key|value\.vpc_id)/);
  assert.not.match(file(given, 'variables.tf'), 'clusters');
  const halfOpen = compose(['core', 'cni-scoped'], { parameters: new Map([['clusterName', 'a']]) });
  assert.ok((await readBack(halfOpen)).variables.has('vpc_id'));
});

clusters('as many as fit on the roles that the module creates, and no more', () => {
  const reserve = 2;
  const bundle = compose(['iaas-static', 'cni-scoped', 'cni-ipv6'], { reserve });
  const { attached, limit } = bundle.principals.find(({ id }) => id === 'nodes') ?? {
    attached: 0,
    limit: 0,
  };
  const most = limit - reserve - attached + 1;
  assert.match(file(bundle, 'variables.tf'), `length(var.clusters) <= ${most}\n`);
  if (!hasTerraform) return console.log('skipped: terraform is not on PATH');
  const named = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`c${n}`, { vpc_id: 'vpc-01234567' }]),
    );
  assert.match(plan(bundle, { clusters: named(most) }), /^planned/);
  assert.match(plan(bundle, { clusters: named(most + 1) }), `At most ${most} clusters fit`);
});

clusters(
  'on existing node roles a precondition bounds them, roles of two lists get it once',
  async () => {
    const bundle = compose(['core', 'cni-scoped'], { nodeRoles: ['A', 'B'] });
    const main = file(bundle, 'main.tf');
    const attachment = block(
      main,
      'resource "aws_iam_role_policy_attachment" "palette_cni_scoped"',
    );
    const free = bundle.principals.find(({ id }) => id === 'node-group')?.free ?? 0;
    assert.match(attachment, `each.value.role)]) <= ${free + 1}\n`);
    assert.match(attachment, 'coalesce(cluster.node_role_names, var.node_role_names)');
    const { policies } = await readBack(bundle);
    assert.equal(policies.get('PaletteCniScoped-{{clusterName}}')?.roles, ['A', 'B']);
    assert.not.match(file(bundle, 'variables.tf'), 'length(var.clusters) <=');

    const shared = {
      ...bundle,
      policies: bundle.policies.map((p) => ({ ...p, attachTo: ['palette', 'node-group'] })),
    };
    assert.match(
      file(shared, 'main.tf'),
      'for_each = setunion(var.palette_role_names, var.node_role_names)',
    );
  },
);

clusters('a role takes so many clusters; with roles of their own there may be more', () => {
  if (!hasTerraform) return console.log('skipped: terraform is not on PATH');
  const bundle = compose(['core', 'cni-scoped'], { nodeRoles: ['A'] });
  const most = 1 + (bundle.principals.find(({ id }) => id === 'node-group')?.free ?? 0);
  const named = (own: boolean) =>
    Object.fromEntries(
      Array.from({ length: most + 1 }, (_, n) => [
        `c${n}`,
        { vpc_id: 'vpc-01234567', ...(own && { node_role_names: [`nodes-${n}`] }) },
      ]),
    );
  // A resource that needs no provider, under the same checks.
  const attachment = block(
    file(bundle, 'main.tf'),
    'resource "aws_iam_role_policy_attachment" "palette_cni_scoped"',
  );
  const checked = attachment
    .replace('aws_iam_role_policy_attachment', 'terraform_data')
    .replace(/^ {2}(role|policy_arn) .*\n/gm, '');
  assert.match(plan(bundle, { clusters: named(true) }, checked), /^planned/);
  const refused = plan(bundle, { clusters: named(false) }, checked);
  assert.match(refused, `The role A would serve too many clusters. At most ${most} clusters fit`);
});

clusters('one where the name is the same for all; at least one where policies hold more', () => {
  const bundle = compose(['core', 'cni-scoped']);
  const renamed = bundle.policies.map((policy) => ({ ...policy, name: policy.stem }));
  const same = { ...bundle, policies: renamed };
  assert.match(file(same, 'variables.tf'), 'length(var.clusters) <= 1\n');
  assert.not.match(file(same, 'variables.tf'), 'length(var.clusters) > 0');
  const wider = bundle.policies.map((policy) => ({ ...policy, groups: ['a', 'b'] }));
  const merged = { ...bundle, policies: wider };
  assert.match(file(merged, 'variables.tf'), 'length(var.clusters) > 0');
});

clusters('inline: bounded by the characters that are left', () => {
  const bundle = compose(['iaas-static', 'cni-scoped'], {
    policyType: 'inline',
    paletteRoles: ['R'],
  });
  const { size, limit } = bundle.principals.find(({ id }) => id === 'nodes')?.inline ?? {
    size: 0,
    limit: 0,
  };
  const scoped = bundle.policies.find(({ name }) => name.includes('{{clusterName}}'));
  const most = 1 + Math.floor((limit - size) / (scoped?.worstSize ?? 1));
  assert.match(file(bundle, 'variables.tf'), `length(var.clusters) <= ${most}\n`);
});

clusters('outputs: a map for each policy of a cluster', async () => {
  const { outputs } = await readBack(compose(['core', 'cni-scoped']));
  assert.equal(
    [...(outputs.get('cluster_policy_arns') ?? [])],
    [
      [
        'PaletteCniScoped',
        '${{ for key, policy in aws_iam_policy.palette_cni_scoped : key => policy.arn }}',
      ],
    ],
  );
  assert.not.ok(outputs.get('policy_arns')?.has('PaletteCniScoped'));
});

clusters.run();

const partition = suite('terraform module: partition');

partition('is found out where none is given, and a literal where one is', () => {
  const open = file(compose(['iaas-static', 'cni-ipv4']), 'main.tf');
  assert.match(open, 'data "aws_partition" "current" {}\n');
  assert.not.match(open, 'arn:aws:');
  assert.match(open, 'identifiers = [local.ec2_service_principal]');
  const given = compose(['iaas-static', 'cni-ipv4'], {
    parameters: new Map([['partition', 'aws-cn']]),
  });
  const china = file(given, 'main.tf');
  assert.not.match(china, 'aws_partition');
  assert.not.match(china, 'local.');
  assert.match(china, 'identifiers = ["ec2.amazonaws.com.cn"]');
  assert.match(china, 'arn:aws-cn:iam::aws:policy/AmazonEKSWorkerNodePolicy');
});

partition('the account is found out where an ARN needs it', () => {
  const bundle = compose(['core']);
  const [first, ...others] = bundle.policies;
  const statement = {
    Effect: 'Allow',
    Action: ['s3:*'],
    Resource: ['arn:aws:x::{{accountId}}:y'],
  } as const;
  const document = { Version: '2012-10-17', Statement: [statement] } as const;
  const main = file(
    { ...bundle, policies: [{ ...(first as (typeof bundle.policies)[0]), document }, ...others] },
    'main.tf',
  );
  assert.match(main, 'data "aws_caller_identity" "current" {}');
  assert.match(main, 'arn:aws:x::${data.aws_caller_identity.current.account_id}:y');
});

partition('no policy is larger than counted in any partition', () => {
  const open = compose(['core', 'eks', 'cni-ipv4']);
  for (const name of ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b']) {
    const { policies } = closeDefaults({ ...open, defaults: new Map([['partition', name]]) });
    const sizes = policies.map(({ document }) => JSON.stringify(toPolicyJson(document)).length);
    sizes.forEach((size, n) => {
      const counted = open.policies[n]?.worstSize ?? 0;
      assert.ok(size <= counted, `${size} in ${name}, ${counted} counted`);
      if (name === 'aws-us-gov') assert.is(size, counted);
    });
  }
});

partition('other formats of the same run say what they say alone', async () => {
  const target = targetOf(['core', 'eks', 'cni-ipv4'], { formats: ['iam-json'] });
  const alone = await generate(builtIn, target);
  const beside = await generate(builtIn, { ...target, formats: ['iam-json', 'terraform'] });
  const files = ({ files: all }: typeof alone) =>
    all.filter(({ path }) => path.startsWith('iam-json/'));
  assert.equal(files(beside), files(alone));
  assert.is(beside.manifest.parameters.partition, 'aws');
  assert.equal(beside.manifest.openParameters, ['partition']);
  const statements = (manifest: typeof alone.manifest) =>
    manifest.policies.map((policy) => policy.statements);
  assert.equal(statements(beside.manifest), statements(alone.manifest));
});

partition('grants stay where they are when terraform is asked for, too', async () => {
  const target = targetOf(['core', 'eks', 'cni-ipv4', 'cni-ipv6'], {
    formats: ['iam-json'],
    mergeMode: 'all',
  });
  const previous = previousRun((await generate(builtIn, target)).manifest);
  const next = await generate(builtIn, { ...target, formats: ['iam-json', 'terraform'] }, previous);
  assert.equal(next.bundle.moves, []);
  const again = await generate(
    builtIn,
    { ...target, formats: ['iam-json', 'terraform'] },
    previousRun(next.manifest),
  );
  assert.equal(again.files, next.files);
});

partition.run();

const beside = suite('terraform module: README and imports');

beside('the README lists every variable and output, and calls with what is required', () => {
  const bundle = compose(['iaas-static', 'cni-scoped', 'ebs-csi']);
  const readme = file(bundle, 'README.md');
  for (const name of ['variables.tf', 'outputs.tf']) {
    for (const [, label] of file(bundle, name).matchAll(/^(?:variable|output) "(\w+)"/gm)) {
      assert.match(readme, `\n| ${label} |`);
    }
  }
  assert.match(readme, '| clusters | `map(object({ vpc_id = string }))` | required |');
  const call = /```hcl\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  assert.match(call, '"<clusterName>" = {\n      vpc_id = "<vpcId>"');
  if (!hasTerraform) return console.log('skipped: terraform is not on PATH');
  const fmt = spawnSync('terraform', ['fmt', '-check', '-'], { input: call, encoding: 'utf8' });
  assert.is(fmt.status, 0, fmt.stdout);
});

beside('an import block for every resource, with the id that the provider wants', () => {
  const bundle = compose(['iaas-static', 'cni-scoped'], {
    parameters: new Map([['accountId', '123456789012']]),
    paletteUsers: ['U'],
    path: '/p/',
  });
  const ids = new Map(
    [...file(bundle, 'imports.tf.example').matchAll(/ {2}to = (.*)\n {2}id = "(.*)"/g)].map(
      ([, to, id]) => [to as string, id as string],
    ),
  );
  const policy = 'arn:aws:iam::123456789012:policy/p/PaletteMinimumIaaSStaticPolicy';
  const scoped = 'arn:aws:iam::123456789012:policy/p/PaletteCniScoped-<clusterName>';
  const nodes = 'nodes.cluster-api-provider-aws.sigs.k8s.io';
  for (const [to, id] of [
    ['aws_iam_policy.palette_minimum_iaas_static_policy', policy],
    ['aws_iam_user_policy_attachment.palette_minimum_iaas_static_policy["U"]', `U/${policy}`],
    ['aws_iam_policy.palette_cni_scoped["<clusterName>"]', scoped],
    [
      'aws_iam_role_policy_attachment.nodes_palette_cni_scoped["<clusterName>"]',
      `${nodes}/${scoped}`,
    ],
    ['aws_iam_role.nodes', nodes],
    ['aws_iam_instance_profile.nodes', nodes],
    [
      'aws_iam_role_policy_attachment.nodes_amazon_eks_worker_node_policy',
      `${nodes}/arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy`,
    ],
  ] as const) {
    assert.is(ids.get(to), id, to);
  }
  const labels = [...file(bundle, 'main.tf').matchAll(/^resource "(\w+)" "(\w+)"/gm)];
  for (const [, type, label] of labels) {
    // Where users are named, nobody needs a place for a role or a group.
    if (/_(role|group)_policy_attachment/.test(`${type}`) && /^palette_minimum/.test(`${label}`))
      continue;
    assert.ok(
      [...ids.keys()].some((to) => to.split('[')[0] === `${type}.${label}`),
      label,
    );
  }
  const inline = compose(['iaas-static'], { policyType: 'inline', paletteGroups: ['G'] });
  assert.match(file(inline, 'imports.tf.example'), 'id = "G:PaletteMinimumIaaSStaticPolicy"');
});

beside.run();
