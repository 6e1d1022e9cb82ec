/** IAM users that the artefacts create, from the spec to every format. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { closeDefaults } from '../../src/compose/defaults.ts';
import { claimsOf } from '../../src/diff/claims.ts';
import { documentsInCloudFormation } from '../../src/diff/cloudformation-check.ts';
import { documentsInTerraform } from '../../src/diff/terraform-check.ts';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import { emitTerraform } from '../../src/emit/terraform/index.ts';
import { emitValidator } from '../../src/emit/validator.ts';
import { buildManifest } from '../../src/files/manifest.ts';
import { renderHowto } from '../../src/howto/howto.ts';
import { resourcesToImport } from '../../src/howto/import-cloudformation.ts';
import { GenError } from '../../src/model/errors.ts';
import { withDefaults } from '../../src/model/validated-target.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { builtIn } from '../support/bundles.ts';
import { parseCloudFormation } from '../support/cfn-documents.ts';
import { inFolder } from '../support/folders.ts';
import { parseTerraform } from '../support/hcl-documents.ts';
import { targetOf } from '../support/target.ts';

const BOUNDARY = 'arn:aws:iam::123456789012:policy/Boundary';
const ACCOUNT = targetOf(['core', 'cloud-account-user'], {
  mergeMode: 'all',
  path: '/team/',
  permissionsBoundary: BOUNDARY,
  tags: new Map([['owner', 'team']]),
});
const NAME = 'SpectroCloudUser';

function refusal(options: Parameters<typeof composeBundle>[1], spec = builtIn): GenError {
  try {
    composeBundle(spec, options);
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
  throw new Error('not refused');
}

test('the user holds what palette holds, in every format, without a key or password', async () => {
  const bundle = composeBundle(builtIn, ACCOUNT);
  const policies = bundle.policies.map(({ name }) => name).sort();
  const [template] = emitCloudFormation(bundle).files.map(({ content }) =>
    parseCloudFormation(content),
  );
  assert.equal(
    [...(template?.users ?? [])],
    [
      [
        NAME,
        {
          managedPolicyArns: [],
          path: '/team/',
          permissionsBoundary: BOUNDARY,
          tags: new Map([['owner', 'team']]),
        },
      ],
    ],
  );
  for (const { users } of template?.policies.values() ?? []) assert.equal(users, [NAME]);
  const module = await parseTerraform(emitTerraform(bundle).files);
  assert.equal(module.users.get(NAME), {
    label: 'spectro_cloud_user',
    path: '/team/',
    permissionsBoundary: BOUNDARY,
    tags: new Map([['owner', 'team']]),
  });
  for (const { users } of module.policies.values()) assert.equal(users, [NAME]);
  assert.match(emitValidator(bundle).files[0]?.content ?? '', `iamUserName: ${NAME}`);
  const howto = renderHowto(bundle, ['iam-json']);
  assert.match(howto, `put_user ${NAME}\n`);
  assert.match(howto, `aws iam create-access-key --user-name ${NAME}\n`);
  for (const name of policies)
    assert.match(howto, new RegExp(`--user-name ${NAME} .*\\n.*${name}`));
  assert.equal(buildManifest(bundle, withDefaults(ACCOUNT), []).users, [
    { principal: 'palette', name: NAME, path: '/team/', permissionsBoundary: BOUNDARY },
  ]);
  const files = [...emitCloudFormation(bundle).files, ...emitTerraform(bundle).files];
  const all = files.map(({ content }) => content).join('\n');
  assert.not.match(all, /LoginProfile|AccessKey|aws_iam_access_key|login_profile/);
});

test('gen diff reads the artefacts with a user, and finds one that the manifest does not tell', () => {
  const bundle = closeDefaults(composeBundle(builtIn, ACCOUNT));
  const manifest = buildManifest(bundle, withDefaults(ACCOUNT), []);
  const claims = claimsOf(manifest as never);
  const [template] = emitCloudFormation(bundle).files.map(({ content }) => content);
  const module = emitTerraform(bundle).files.find(({ path }) => path.endsWith('main.tf'))?.content;
  for (const [text, read] of [
    [template, documentsInCloudFormation],
    [module, documentsInTerraform],
  ] as const) {
    assert.ok(read(text ?? '', claims), text);
    assert.is(read((text ?? '').replaceAll(NAME, 'Somebody'), claims), undefined);
    assert.is(read(text ?? '', { ...claims, users: [] }), undefined);
  }
  const inGroup = template?.replace(
    `UserName: ${NAME}`,
    `UserName: ${NAME}\n      Groups: [admins]`,
  );
  assert.is(documentsInCloudFormation(inGroup ?? '', claims), undefined);
});

test('a user that is deployed under another name and path is taken over', () => {
  const deployed = new Map([[NAME, 'arn:aws:iam::123456789012:user/old/palette-bot']]);
  const bundle = composeBundle(builtIn, { ...ACCOUNT, deployed, namePrefix: 'Team-' });
  assert.equal(
    bundle.users.map(({ name, deployedPath }) => [name, deployedPath]),
    [['palette-bot', '/old/']],
  );
  assert.equal(
    resourcesToImport(bundle, false, '123456789012').find(
      ({ ResourceType }) => ResourceType === 'AWS::IAM::User',
    )?.ResourceIdentifier,
    { UserName: 'palette-bot' },
  );
  const imports = emitTerraform(bundle).files.find(({ path }) => path.endsWith('.example'));
  assert.match(
    imports?.content ?? '',
    'to = aws_iam_user.spectro_cloud_user\n  id = "palette-bot"',
  );
});

test('inline policies of a user have 2,048 characters together', () => {
  const kms = ['none', 'cloud-account-user', 'eks-secrets-encryption'];
  const { policies } = composeBundle(builtIn, targetOf(kms, { policyType: 'inline' }));
  assert.is(policies[0]?.limit, 2048);
  const refused = refusal({ ...ACCOUNT, policyType: 'inline' });
  assert.is(refused.exitCode, 3);
  const raised = { ...builtIn, quotas: { ...builtIn.quotas, managedPoliciesPerUser: 1 } };
  assert.is(refusal({ ...ACCOUNT, mergeMode: 'none' }, raised).exitCode, 3);
});

test('a user that is created is not given as an existing one', () => {
  const refused = refusal({ ...ACCOUNT, paletteUsers: [NAME.toLowerCase()] });
  assert.equal(
    refused.problems.map(({ code }) => code),
    ['created-user-given'],
  );
});

test('a spec of the user creates users too, each either a role or a user', async () => {
  const specOf = (created: string) => ({
    's/features.yaml': 'bot:\n  description: A bot.\n',
    's/principals.yaml': `bot:\n  description: A bot.\n  created:\n    - with: bot\n${created}`,
  });
  await inFolder(
    specOf('      user: { name: "{{clusterName}}-bot", awsManagedPolicies: [ReadOnlyAccess] }\n'),
    async () => {
      const target = targetOf(['none', 'karpenter', 'bot'], { parameters: new Map() });
      const bundle = composeBundle(loadSpec({ overlays: ['s'] }), {
        ...target,
        formats: ['terraform', 'cloudformation'],
      });
      assert.equal(
        bundle.users.map(({ name, stem, logicalId }) => [name, stem, logicalId]),
        [['{{clusterName}}-bot', 'bot', 'UserBot']],
      );
      const module = await parseTerraform(emitTerraform(bundle).files, [
        ...builtIn.parameters.keys(),
      ]);
      assert.equal(module.awsManaged.get('user {{clusterName}}-bot'), [
        'arn:{{partition}}:iam::aws:policy/ReadOnlyAccess',
      ]);
    },
  );
  for (const [created, code, path] of [
    ['', 'missing-key', 'bot.created[0]'],
    ['      user: { name: "{{nmae}}" }\n', 'unknown-parameter', 'bot.created[0].user.name'],
    [
      '      user: { name: bot }\n      role: { name: bot, trust: ec2.amazonaws.com }\n',
      'conflicting-keys',
      'bot.created[0].user',
    ],
  ] as const) {
    await inFolder(specOf(created), async () => {
      try {
        loadSpec({ overlays: ['s'] });
        assert.unreachable();
      } catch (error) {
        assert.instance(error, GenError);
        const { problems } = error as GenError;
        assert.equal(
          problems.map((each) => [each.code, each.path]),
          [[code, path]],
        );
      }
    });
  }
});

test.run();
