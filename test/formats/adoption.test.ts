/**
 * Names, paths and descriptions that AWS cannot change in place: what is deployed already can be
 * adopted in every format, and a later run replaces no live policy.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { composeBundle } from '../../src/compose/compose.ts';
import { previousRun } from '../../src/files/manifest.ts';
import { type Generation, generate } from '../../src/generate.ts';
import { renderHowto } from '../../src/howto/howto.ts';
import { parseDeployed } from '../../src/model/deployed.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Spec } from '../../src/model/requirement.ts';
import type { TargetOptions } from '../../src/model/target.ts';
import { builtIn } from '../support/bundles.ts';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';
import { ALL_VALUES } from '../support/target.ts';

const CORE = { features: ['core'], name: 'core', parameters: ALL_VALUES } as const;

/** The spec with other descriptions of all groups. */
const redescribed: Spec = {
  ...builtIn,
  groups: new Map(
    [...builtIn.groups].map(([id, group]) => [id, { ...group, description: `New: ${id}.` }]),
  ),
};

function fileOf(generation: Generation, path: string): string {
  const file = generation.files.find((each) => each.path === path);
  assert.ok(file, `${path} in ${generation.files.map((each) => each.path)}`);
  return file?.content ?? '';
}

/** The same files but for comments, which tell what groups say of themselves; the manifest aside. */
function assertSame(one: Generation, other: Generation): void {
  const [a, b] = [one, other].map(({ files }) =>
    files
      .filter(({ path }) => path !== 'manifest.json')
      .map(({ path, content }) => `${path}\n${content.replace(/^ *# .*\n/gm, '')}`),
  );
  const different = a?.filter((text, index) => text !== b?.[index]) ?? [];
  assert.is(different.map((text) => text.split('\n')[0]).join(), '');
  assert.is(a?.length, b?.length);
}

const manifestOf = (generation: Generation) =>
  JSON.parse(fileOf(generation, 'manifest.json')) as {
    policies: Record<string, unknown>[];
    roles: Record<string, unknown>[];
  };

/** A run after another, by the manifest that the other wrote. */
function again(before: Generation, spec: Spec, options: TargetOptions): Promise<Generation> {
  return generate(spec, options, previousRun(manifestOf(before)));
}

const TARGETS: readonly TargetOptions[] = [
  CORE,
  { features: ['core', 'eks', 'host-groups'], mergeMode: 'all', parameters: ALL_VALUES },
  { features: ['iaas-dynamic', 'eks-dynamic', 'cni-scoped'], parameters: ALL_VALUES },
  // The partition stays open here, and the manifest has it closed.
  { features: ['core', 'eks', 'cni-scoped'], formats: ['terraform', 'cloudformation'] },
];

for (const options of TARGETS) {
  test(`a policy that keeps its name keeps its description: ${options.features}`, async () => {
    const first = await generate(builtIn, options);
    for (const changes of [{}, { repack: true }] as const) {
      const later = await again(first, redescribed, { ...options, ...changes });
      assertSame(later, first);
      const [was, is] = [first, later].map(({ manifest }) =>
        manifest.policies.map(({ name, description }) => ({ name, description })),
      );
      assert.equal(is, was);
    }
  });
}

test('without a previous run, or under another name, the description is that of the spec', async () => {
  const first = await generate(builtIn, CORE);
  const fresh = await generate(redescribed, CORE);
  const renamed = await again(first, redescribed, { ...CORE, namePrefix: 'Team-' });
  for (const { bundle } of [fresh, renamed]) {
    for (const { description } of bundle.policies) assert.match(description, /^New: /);
  }
});

test('a manifest from before descriptions were recorded still reads', async () => {
  const first = await generate(builtIn, CORE);
  const old = manifestOf(first);
  for (const each of [...old.policies, ...old.roles]) {
    delete each.description;
    delete each.path;
  }
  const { bundle } = await generate(redescribed, CORE, previousRun(old));
  assert.match(bundle.policies[0]?.description ?? '', /^New: /);
  for (const wrong of [7, null, ['x']]) {
    const damaged = {
      ...old,
      policies: old.policies.map((each) => ({ ...each, description: wrong })),
    };
    assert.throws(() => previousRun(damaged), isGenError('broken-manifest'));
  }
});

test('the manifest says the description and path of policies, and the path of roles', async () => {
  const { manifest } = await generate(builtIn, {
    features: ['iaas-dynamic'],
    path: '/palette/',
    parameters: ALL_VALUES,
  });
  for (const { name, description, path } of manifest.policies) {
    assert.ok(description.length > 20, name);
    assert.is(path, '/palette/');
  }
  assert.ok(manifest.roles.length > 0);
  for (const { path } of manifest.roles) assert.is(path, '/palette/');
});

test('a description that is given is taken, whatever the previous run had', async () => {
  const first = await generate(builtIn, CORE);
  const policyDescriptions = new Map([
    ['PaletteControllerPolicy', 'Made by hand: "it\'s".'],
    ['PaletteNodesPolicy', ''],
  ]);
  const given = await again(first, builtIn, { ...CORE, policyDescriptions });
  const template = parse(fileOf(given, 'cloudformation/palette-policies.yaml'));
  const { PaletteControllerPolicy: one, PaletteNodesPolicy: none } = template.Resources;
  assert.is(one.Properties.Description, 'Made by hand: "it\'s".');
  assert.not.ok('Description' in none.Properties);
  // The next run keeps it without being told again.
  const later = await again(given, redescribed, CORE);
  assertSame(later, given);
});

test('another path than the previous run had is obeyed, with a warning', async () => {
  const first = await generate(builtIn, { ...CORE, path: '/a/' });
  const moved = await again(first, builtIn, { ...CORE, path: '/b/' });
  const warning = moved.bundle.replacements.find(({ code }) => code === 'path-changed');
  assert.match(warning?.message ?? '', '/a/');
  assert.match(warning?.message ?? '', 'PaletteNodesPolicy');
  // The step is over then: generating again changes nothing.
  assertSame(await again(moved, builtIn, { ...CORE, path: '/b/' }), moved);
  const same = await again(first, builtIn, { ...CORE, path: '/a/' });
  assert.not.ok(same.bundle.replacements.some(({ code }) => code === 'path-changed'));
});

const DEPLOYED = new Map([
  ['PaletteControllerPolicy', 'arn:aws:iam::123456789012:policy/team/x/spectro-controller'],
  ['PaletteNodesPolicy', 'policy/SpectroNodes'],
]);

test('what is deployed under another name or path has it in every format', async () => {
  const generation = await generate(builtIn, {
    ...CORE,
    path: '/palette/',
    namePrefix: 'Team-',
    paletteRoles: ['SpectroCloudRole'],
    deployed: DEPLOYED,
  });
  const arn = 'arn:aws:iam::123456789012:policy/team/x/spectro-controller';
  const main = fileOf(generation, 'terraform/main.tf');
  assert.match(main, /name += "spectro-controller"\n +path += "\/team\/x\/"/);
  assert.match(main, /name += "SpectroNodes"\n +path += "\/"/);
  assert.match(main, /name += "\$\{var.name_prefix\}PaletteDeploymentPolicy"\n +path += var.path/);
  assert.match(fileOf(generation, 'terraform/imports.tf.example'), `id = "${arn}"`);
  const template = parse(fileOf(generation, 'cloudformation/palette-policies.yaml'));
  const { PaletteControllerPolicy: one, PaletteNodesPolicy: nodes } = template.Resources;
  assert.is(one.Properties.ManagedPolicyName, 'spectro-controller');
  assert.is(one.Properties.Path, '/team/x/');
  assert.is(nodes.Properties.ManagedPolicyName, 'SpectroNodes');
  assert.not.ok('Path' in nodes.Properties);
  fileOf(generation, 'iam-json/spectro-controller.json');
  assert.match(fileOf(generation, 'validator/rules.yaml'), 'name: spectro-controller');
  for (const format of ['iam-json', 'cloudformation'] as const) {
    assert.match(renderHowto(generation.bundle, [format]), arn);
  }
  const manifest = generation.manifest.policies.find(({ name }) => name === 'spectro-controller');
  assert.is(manifest?.path, '/team/x/');
  // A name of its own takes no prefix, so it does not bound the prefix.
  const prefix = await generate(builtIn, {
    ...CORE,
    deployed: new Map([['PaletteNodesPolicy', `policy/${'n'.repeat(128)}`]]),
  });
  assert.ok(prefix.bundle.namePrefix.maxLength > 50);
});

test('a module of nothing but what has names of its own takes no prefix and no path', async () => {
  const bare = { features: ['core'], formats: ['terraform'] } as const;
  const { bundle } = await generate(builtIn, bare);
  const deployed = new Map(bundle.policies.map(({ name }) => [name, `policy/hand/${name}`]));
  const generation = await generate(builtIn, { ...bare, deployed });
  const variables = fileOf(generation, 'terraform/variables.tf');
  assert.not.match(variables, /variable "(name_prefix|path)"/);
  assert.match(variables, 'variable "tags"');
});

test('names that are deployed stay in their policies, and nothing moves', async () => {
  const options = { ...CORE, features: ['core', 'eks', 'host-groups'], mergeMode: 'all' } as const;
  const deployed = new Map([['PaletteMerged1', 'policy/All']]);
  const first = await generate(builtIn, { ...options, deployed });
  const later = await again(first, builtIn, { ...options, deployed });
  assert.equal(later.files, first.files);
  assert.equal(later.bundle.moves, []);
});

test('roles and instance profiles are adopted by name and path, each by its own', async () => {
  const suffix = '.cluster-api-provider-aws.sigs.k8s.io';
  const generation = await generate(builtIn, {
    features: ['iaas-dynamic'],
    parameters: ALL_VALUES,
    path: '/palette/',
    deployed: new Map([
      ['role/nodes', `arn:aws:iam::123456789012:role/nodes${suffix}`],
      [`instance-profile/nodes${suffix}`, `instance-profile/hand/nodes${suffix}`],
    ]),
  });
  const template = parse(
    fileOf(generation, 'cloudformation/palette-cloudformation-input-template.yaml'),
  );
  const { AWSIAMRoleNodes: role, AWSIAMInstanceProfileNodes: profile } = template.Resources;
  assert.is(role.Properties.RoleName, `nodes${suffix}`);
  assert.not.ok('Path' in role.Properties);
  assert.is(profile.Properties.Path, '/hand/');
  assert.is(template.Resources.AWSIAMRoleControllers.Properties.Path, '/palette/');
  const main = fileOf(generation, 'terraform/main.tf');
  assert.match(main, /aws_iam_role" "nodes" \{\n +name += "nodes\.[^\n]+\n +path += "\/"\n/);
  assert.match(main, /instance_profile" "nodes" \{\n[^\n]+\n +path += "\/hand\/"\n/);
});

test('what is wrong in deployed and in descriptions is said, all at once', () => {
  const wrong = (options: Partial<TargetOptions>): string => {
    try {
      composeBundle(builtIn, { ...CORE, ...options });
      return '';
    } catch (error) {
      if (!(error instanceof GenError)) throw error;
      assert.is(error.exitCode, 2);
      return error.problems.map(({ message, advice }) => `${message} ${advice}`).join('\n');
    }
  };
  const deployed = (key: string, text: string) => wrong({ deployed: new Map([[key, text]]) });
  assert.match(
    deployed('PaletteControlerPolicy', 'policy/X'),
    'Did you mean PaletteControllerPolicy',
  );
  assert.match(deployed('PaletteControllerPolicy', 'role/X'), 'creates no role');
  assert.match(deployed('PaletteControllerPolicy', 'user/X'), 'creates no user');
  for (const text of ['X', 'policy/', 'policy//X', 'policy/a b/X', 'group/X', '', 'policy/é']) {
    assert.match(deployed('PaletteControllerPolicy', text), 'is not the ARN of a policy', text);
  }
  assert.match(deployed('PaletteControllerPolicy', `policy/${'x'.repeat(129)}`), 'is not the ARN');
  const arn = 'arn:aws:iam::210987654321:policy/X';
  assert.match(deployed('PaletteControllerPolicy', arn), '--account-id is 123456789012');
  const both = wrong({
    deployed: new Map([['Nobody', 'policy/X']]),
    policyDescriptions: new Map([
      ['Nothing', 'x'],
      ['PaletteNodesPolicy', 'x'.repeat(1001)],
    ]),
  });
  assert.match(both, /Nobody[\s\S]*Nothing[\s\S]*1001 characters/);
  assert.match(deployed('PaletteNodesPolicy', 'policy/PaletteControllerPolicy'), 'Two policies');
});

test('ARNs are read by kind, path and name', () => {
  assert.equal(parseDeployed('arn:aws-us-gov:iam::123456789012:role/a/b/N'), {
    kind: 'role',
    partition: 'aws-us-gov',
    accountId: '123456789012',
    path: '/a/b/',
    name: 'N',
  });
  assert.equal(parseDeployed('policy/N'), { kind: 'policy', path: '/', name: 'N' });
  // A role's path may hold what a policy's may not.
  assert.is(parseDeployed('policy/a:b/N'), undefined);
  assert.is(parseDeployed('role/a:b/N')?.path, '/a:b/');
  assert.is(parseDeployed(`role/${'x'.repeat(65)}`), undefined);
});

test('flags and gen.yaml say the same', async () => {
  const arn = 'arn:aws:iam::123456789012:policy/team/Nodes';
  const file = `targets:
  core:
    features: core
    deployed:
      PaletteNodesPolicy: ${arn}
    policy-description:
      PaletteNodesPolicy: By-hand
`;
  const flags = `--features core --name core --deployed PaletteNodesPolicy=${arn} --policy-description PaletteNodesPolicy=By-hand`;
  const printed: string[] = [];
  await inFolder({ 'gen.yaml': file }, async () => {
    const only = '--format cloudformation --stdout';
    for (const words of [only, `${flags} ${only}`]) {
      const outcome = await gen(words);
      says(outcome, 0);
      printed.push(outcome.stdout);
    }
    says(await gen('--features core --deployed PaletteNodesPolicy'), 2, 'NAME=ARN');
    says(await gen('--features core --deployed Nobody=policy/X'), 2, 'no policy of that name');
  });
  assert.is(printed[0], printed[1]);
  assert.match(
    printed[0] ?? '',
    /ManagedPolicyName: Nodes\n +Description: By-hand\n +Path: \/team\//,
  );
});

/** What the step prints before it talks to CloudFormation, run with the AWS CLI answered here. */
function importFiles(generation: Generation): readonly { template: Json; resources: Json[] }[] {
  const page = renderHowto(generation.bundle, ['cloudformation']);
  // Pasted as it is printed, indentation included.
  const scripts = [...page.matchAll(/^ {5}awk [\s\S]*? >resources-to-import\.json\n/gm)].map(
    ([script]) => script,
  );
  return scripts.map((script) => {
    for (const { path, content } of generation.files) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const run = spawnSync('sh', ['-eu'], {
      input: `ACCOUNT_ID=123456789012\n${script}`,
      encoding: 'utf8',
    });
    assert.is(run.stderr, '');
    return {
      template: parse(readFileSync('import.yaml', 'utf8')),
      resources: JSON.parse(readFileSync('resources-to-import.json', 'utf8')),
    };
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a template is looked into, key by key
type Json = any;

const IMPORTED: readonly TargetOptions[] = [
  { features: ['core'] },
  { features: ['core'], parameters: ALL_VALUES, deployed: DEPLOYED, path: '/palette/' },
  { features: ['iaas-dynamic', 'cni-scoped'] },
  {
    features: ['eks-dynamic', 'cni-scoped'],
    parameters: ALL_VALUES,
    policyType: 'inline',
    paletteRoles: ['P'],
  },
];

for (const options of IMPORTED) {
  test(`howto: what CloudFormation imports keeps its rules: ${JSON.stringify({ ...options, deployed: undefined })}`, () =>
    inFolder({}, async () => {
      const generation = await generate(builtIn, { ...options, formats: ['cloudformation'] });
      const templates = generation.files.filter(({ path }) => path.endsWith('.yaml'));
      const imports = importFiles(generation);
      assert.is(imports.length, templates.length);
      for (const [index, { template, resources }] of imports.entries()) {
        const { Outputs, Resources, ...rest } = parse(templates[index]?.content ?? '');
        assert.ok(options.policyType === 'inline' || Outputs !== undefined);
        // No output, everything else as it is deployed, and a DeletionPolicy on each resource.
        assert.equal(Object.keys(template), [...Object.keys(rest), 'Resources']);
        for (const [id, resource] of Object.entries(Resources as Record<string, object>)) {
          const { DeletionPolicy, UpdateReplacePolicy, ...imported } = template.Resources[id];
          assert.is(DeletionPolicy, 'Retain');
          assert.is(UpdateReplacePolicy, 'Retain');
          assert.equal(imported, resource);
        }
        assert.equal(
          resources.map(({ LogicalResourceId }) => LogicalResourceId),
          Object.keys(Resources),
        );
        for (const { ResourceType, LogicalResourceId, ResourceIdentifier } of resources) {
          const { Type, Properties } = Resources[LogicalResourceId];
          assert.is(ResourceType, Type);
          const expected = identifierOf(Type, Properties, Resources);
          assert.equal(ResourceIdentifier, expected, LogicalResourceId);
        }
      }
    }));
}

/** By the primary identifiers of CloudFormation's resource types. */
function identifierOf(type: string, properties: Json, resources: Json): object {
  const text = (value: Json): string => {
    if (typeof value === 'string') return value;
    if (value.Ref !== undefined) return resources[value.Ref].Properties.RoleName;
    return value['Fn::Sub'].replace(
      /\$\{(\w)(\w+)\}/g,
      (_: string, first: string, more: string) => `<${first.toLowerCase()}${more}>`,
    );
  };
  if (type === 'AWS::IAM::ManagedPolicy') {
    const { Path: path = '/', ManagedPolicyName: name } = properties;
    return { PolicyArn: `arn:aws:iam::123456789012:policy${path}${text(name)}` };
  }
  const keys: Readonly<Record<string, readonly string[]>> = {
    'AWS::IAM::Role': ['RoleName'],
    'AWS::IAM::InstanceProfile': ['InstanceProfileName'],
    'AWS::IAM::RolePolicy': ['PolicyName', 'RoleName'],
  };
  return Object.fromEntries((keys[type] ?? []).map((key) => [key, text(properties[key])]));
}

function isGenError(code: string) {
  return (error: unknown): boolean =>
    error instanceof GenError && error.problems.some((problem) => problem.code === code);
}

test.run();
