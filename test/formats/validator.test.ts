// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are meant literally.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { emitValidator, RULES_FILE } from '../../src/emit/validator.ts';
import { generate } from '../../src/generate.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Statement } from '../../src/model/policy.ts';
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
} from '../support/bundle-builder.ts';
import { builtIn } from '../support/bundles.ts';
import { ALL_VALUES, targetOf } from '../support/target.ts';
import type { AwsValidator } from '../support/validator-documents.ts';
import { failures } from '../support/validator-plugin.ts';

function resourcesOf(bundle: IamBundle): readonly AwsValidator[] {
  const { files } = emitValidator(bundle);
  assert.ok(files.length <= 1);
  return files.flatMap(({ path, content }) => {
    assert.is(path, RULES_FILE);
    return parseAllDocuments(content).map((document) => {
      assert.equal(document.errors, []);
      return document.toJS() as AwsValidator;
    });
  });
}

const specOf = (bundle: IamBundle) => resourcesOf(bundle)[0]?.spec;
const notesOf = (bundle: IamBundle) => emitValidator(bundle).notes.join('\n');

const named = bundleOf({
  policies: [policyOf('PaletteOne', [allow('ec2:RunInstances')])],
  principals: [principalOf('palette')],
  existing: [existingOf('palette', 'role', 'SpectroCloudRole')],
});

test('a role by name: the documented resource, whole', () => {
  assert.equal(resourcesOf(named), [
    {
      apiVersion: 'validation.spectrocloud.labs/v1alpha1',
      kind: 'AwsValidator',
      metadata: { name: 'sample' },
      spec: {
        auth: { implicit: true },
        defaultRegion: 'us-east-1',
        iamRoleRules: [
          {
            iamRoleName: 'SpectroCloudRole',
            iamPolicies: [
              {
                name: 'PaletteOne',
                version: '2012-10-17',
                statements: [{ effect: 'Allow', actions: ['ec2:RunInstances'], resources: ['*'] }],
              },
            ],
          },
        ],
      },
    },
  ]);
  assert.is(notesOf(named), '');
});

test('the version is quoted, and the header says how to use the file', () => {
  const content = emitValidator(named).files[0]?.content ?? '';
  assert.match(content, "version: '2012-10-17'");
  assert.match(content, 'validator rules check --custom-resources validator/rules.yaml');
  assert.match(content, 'kubectl apply --namespace validator');
});

test('conditions are lists; policy variables stay', () => {
  const statement: Statement = {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject'],
    Resource: ['arn:*:s3:::home/${aws:username}/*'],
    Condition: { StringLike: { 'aws:PrincipalTag/team': ['${aws:username}'] } },
  };
  const spec = specOf({ ...named, policies: [policyOf('Home', [statement])] });
  assert.equal(spec?.iamRoleRules?.[0]?.iamPolicies[0]?.statements, [
    {
      effect: 'Allow',
      actions: statement.Action,
      resources: statement.Resource,
      condition: statement.Condition,
    },
  ]);
});

test('created roles, existing roles and users: each name one rule, with all that it holds', () => {
  const bundle = {
    ...named,
    policies: [
      policyOf('PaletteOne', [allow('ec2:RunInstances')]),
      policyOf('Shared', [allow('ec2:CreateTags')], { attachTo: ['palette', 'nodes'] }),
    ],
    roles: [roleOf('nodes', 'nodes.capa')],
    existing: [
      existingOf('palette', 'role', 'SpectroCloudRole'),
      existingOf('palette', 'user', 'spectro'),
      existingOf('palette', 'group', 'operators'),
      existingOf('node-group', 'role', 'SpectroCloudRole'),
    ],
  };
  const spec = specOf(bundle);
  const names = (policies: readonly { readonly name: string }[]) => policies.map((p) => p.name);
  assert.equal(
    spec?.iamRoleRules?.map((rule) => [rule.iamRoleName, names(rule.iamPolicies)]),
    [
      ['nodes.capa', ['Shared']],
      ['SpectroCloudRole', ['PaletteOne', 'Shared']],
    ],
  );
  assert.equal(
    spec?.iamUserRules?.map((rule) => [rule.iamUserName, names(rule.iamPolicies)]),
    [['spectro', ['PaletteOne', 'Shared']]],
  );
  assert.equal(
    spec?.iamGroupRules?.map((rule) => [rule.iamGroupName, names(rule.iamPolicies)]),
    [['operators', ['PaletteOne', 'Shared']]],
  );
  assert.is(spec?.iamPolicyRules, undefined);
});

test('no holder by name: the policy by its ARN, once the account is given', () => {
  const unnamed = { ...named, existing: [], partition: 'aws-cn', path: '/palette/' };
  assert.equal(emitValidator(unnamed).files, []);
  assert.is(
    notesOf(unnamed),
    'validator: no file written: no role, user or group of palette is given by name. Give --palette-role, --palette-user or --palette-group for palette, or --account-id for rules about the policies themselves.',
  );
  const withAccount = { ...unnamed, accountId: '123456789012' };
  const spec = specOf(withAccount);
  assert.is(spec?.defaultRegion, 'cn-north-1');
  assert.equal(
    spec?.iamPolicyRules?.map(({ iamPolicyArn }) => iamPolicyArn),
    ['arn:aws-cn:iam::123456789012:policy/palette/PaletteOne'],
  );
  assert.is(spec?.iamRoleRules, undefined);
  assert.is(
    notesOf(withAccount),
    'validator: no role, user or group of palette is given by name, so no rule looks there for the policy PaletteOne. Give --palette-role, --palette-user or --palette-group for palette.',
  );
});

test('more than five rules of a kind: further resources with names of their own', () => {
  const attachTo = Array.from({ length: 12 }, (_, index) => `p${index}`);
  const resources = resourcesOf(
    bundleOf({
      target: 'Many_roles!',
      policies: [policyOf('Shared', [allow('ec2:CreateTags')], { attachTo })],
      roles: attachTo.slice(1).map((id) => roleOf(id, `role-${id}`)),
      existing: [existingOf('p0', 'user', 'one')],
    }),
  );
  assert.equal(
    resources.map(({ metadata, spec }) => [
      metadata.name,
      spec.iamRoleRules?.length,
      spec.iamUserRules?.length,
    ]),
    [
      ['many-roles', 5, 1],
      ['many-roles-2', 5, undefined],
      ['many-roles-3', 1, undefined],
    ],
  );
});

test('any target gives a name that Kubernetes takes', () => {
  for (const target of ['eks,cni', '世界', '-a-', 'x'.repeat(255), `${'y'.repeat(231)}__z`, '9']) {
    const name = resourcesOf({ ...named, target })[0]?.metadata.name ?? '';
    assert.match(name, /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, target);
    assert.ok(`validator-plugin-aws-${name}`.length <= 253);
  }
});

test('what the validator has no words for is left out and told, whatever stands beside it', () => {
  const bundle = {
    ...named,
    policies: [
      policyOf('Mixed', [
        allow('ec2:RunInstances'),
        { Sid: 'NoRoot', Effect: 'Deny', Action: ['iam:*'], Resource: ['*'] },
        { Effect: 'Allow', NotAction: ['iam:*'], Resource: ['*'] },
        { Effect: 'Allow', Action: ['s3:GetObject'], NotResource: ['arn:aws:s3:::x/*'] },
        { Effect: 'Allow', Action: ['s3:Get*Acl', 's3:Get?cl', 's3:PutObject'], Resource: ['*'] },
      ]),
      policyOf('DenyOnly', [{ Effect: 'Deny', Action: ['s3:*'], Resource: ['*'] }]),
    ],
  };
  const policies = specOf(bundle)?.iamRoleRules?.[0]?.iamPolicies;
  assert.equal(
    policies?.map(({ name, statements }) => [name, statements.map(({ actions }) => actions)]),
    [['Mixed', [['ec2:RunInstances'], ['s3:PutObject']]]],
  );
  assert.match(
    notesOf(bundle),
    'validator: the validator cannot look for Mixed NoRoot (Deny); Mixed statement 3 (NotAction); Mixed statement 4 (NotResource); Mixed statement 5 (s3:Get*Acl, s3:Get?cl); DenyOnly statement 1 (Deny).',
  );
  assert.match(notesOf(bundle), 'takes a Deny for one without a condition');
});

test('nothing but a Deny: no file, and why', () => {
  const bundle = {
    ...named,
    policies: [policyOf('DenyOnly', [{ Effect: 'Deny', Action: ['s3:*'], Resource: ['*'] }])],
  };
  assert.equal(emitValidator(bundle).files, []);
  assert.match(
    notesOf(bundle),
    'validator: no file written: the validator cannot look for DenyOnly',
  );
});

test("wildcards of a spec stay in the validator's shapes, with a word on AWS's simulator", () => {
  const actions = ['*', 's3:*', 's3:Get*', 's3:*Acl', 's3:*Object*'];
  const statement: Statement = { Effect: 'Allow', Action: actions, Resource: ['*'] };
  const bundle = { ...named, policies: [policyOf('Wide', [statement])] };
  assert.equal(specOf(bundle)?.iamRoleRules?.[0]?.iamPolicies[0]?.statements[0]?.actions, actions);
  assert.match(notesOf(bundle), `may refuse the wildcards ${actions.join(', ')}`);
});

test('wildcards of shrinking are spelled out, but for what their spelling hides', () => {
  const bundle: IamBundle = {
    ...named,
    policies: [policyOf('Small', [allow('ec2:*Tags'), allow('ec2:Create*')])],
    shrink: {
      shape: 'exact',
      catalogueDate: '2026-01-01',
      wildcards: [
        { pattern: 'ec2:*Tags', standsFor: ['ec2:CreateTags', 'ec2:DeleteTags', 'ec2:Sometags'] },
        { pattern: 'ec2:Create*', standsFor: ['ec2:CreateTags', 'ec2:CreateVpc'] },
      ],
    },
  };
  const policies = specOf(bundle)?.iamRoleRules?.[0]?.iamPolicies ?? [];
  assert.equal(
    policies[0]?.statements.map(({ actions }) => actions),
    [
      ['ec2:CreateTags', 'ec2:DeleteTags'],
      ['ec2:CreateTags', 'ec2:CreateVpc'],
    ],
  );
  assert.is(
    notesOf(bundle),
    'validator: the validator cannot look for Small statement 1 (ec2:Sometags).',
  );
  assert.equal(
    failures(
      policies,
      bundle.policies.map(({ document }) => document),
    ),
    [],
  );
});

test('inline policies: no file, and a note that names them', () => {
  const { files, notes } = emitValidator({ ...named, policyType: 'inline' });
  assert.equal(files, []);
  assert.is(notes.length, 1);
  assert.match(notes[0] ?? '', 'attached managed policies only');
  assert.match(notes[0] ?? '', 'PaletteOne');
  assert.is(emitValidator(inlineBundle()).files.length, 0);
});

test('no policy at all: no file, and a note', () => {
  const { files, notes } = emitValidator(bundleOf({}));
  assert.equal(files, []);
  assert.is(notes.length, 1);
});

test('an open parameter is a usage error that names the flag', () => {
  const bundle = {
    ...named,
    policies: [policyOf('Cni-{{clusterName}}', [allow('ec2:CreateTags')])],
    openParameters: [CLUSTER_NAME],
  };
  try {
    emitValidator(bundle);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, GenError);
    assert.is((error as GenError).exitCode, 2);
    assert.equal(
      (error as GenError).problems.map(({ code }) => code),
      ['missing-parameter'],
    );
    assert.match((error as GenError).problems[0]?.advice ?? '', '--cluster-name');
  }
});

test('the CAPA stack: the validator finds what the roles hold, and misses what one lacks', () => {
  const stack = bundleOf(capaStack());
  const rules = resourcesOf(stack).flatMap(({ spec }) => spec.iamRoleRules ?? []);
  assert.is(rules.length, 3);
  for (const { iamRoleName, iamPolicies } of rules) {
    const principal = stack.roles.find(({ name }) => name === iamRoleName)?.principal as string;
    const attached = stack.policies
      .filter(({ attachTo }) => attachTo.includes(principal))
      .map(({ document }) => document);
    assert.equal(failures(iamPolicies, attached), [], iamRoleName);
    assert.ok(failures(iamPolicies, attached.slice(1)).length > 0, iamRoleName);
  }
});

test('shrunk for real, in either shape: no wildcard in a rule, and nothing is missed', async () => {
  for (const shrink of ['exact', 'validator'] as const) {
    const { bundle, notes } = await generate(
      builtIn,
      targetOf(['core', 'eks', 'host-groups'], {
        formats: ['validator'],
        mergeMode: 'all',
        shrink,
        parameters: ALL_VALUES,
        paletteRoles: ['SpectroCloudRole'],
      }),
    );
    assert.ok((bundle.shrink?.wildcards.length ?? 0) > 0);
    const rules = resourcesOf(bundle).flatMap(({ spec }) => spec.iamRoleRules ?? []);
    const policies = rules.flatMap(({ iamPolicies }) => iamPolicies);
    const actions = policies.flatMap(({ statements }) => statements.flatMap((s) => s.actions));
    assert.ok(actions.length > 100);
    assert.equal(
      actions.filter((action) => action.includes('*')),
      [],
    );
    assert.equal(
      failures(
        policies,
        bundle.policies.map(({ document }) => document),
      ),
      [],
    );
    assert.equal(
      notes.filter((note) => note.includes('cannot look for')),
      [],
    );
  }
});

test.run();
