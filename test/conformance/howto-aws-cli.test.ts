// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables and the shell's are meant literally.
/** The script that howto prints for iam-json, run against an emulator of AWS, again and again. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emitIamJson } from '../../src/emit/iam-json.ts';
import { renderHowto } from '../../src/howto/howto.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { type PolicyDocument, toPolicyJson, trustOfServices } from '../../src/model/policy.ts';
import { allow, bundleOf, policyOf, roleOf } from '../support/bundle-builder.ts';
import { type Emulator, withEmulator } from '../support/moto.ts';
import { runTool, testWith } from '../support/tools.ts';

const howto = suite('howto for iam-json, run');

/** The same roles and policies each time, but for a resource in the document. */
function version(bucket: string, service = 'ec2.amazonaws.com'): IamBundle {
  return bundleOf({
    roles: [
      roleOf('nodes', 'nodes.capa', {
        trust: trustOfServices([service]),
        instanceProfile: { name: 'nodes-profile', logicalId: 'Profile' },
      }),
    ],
    policies: [
      policyOf(
        'Palette_One',
        [
          allow('s3:GetObject', `arn:aws:s3:::${bucket}/\${aws:username}/"a b"\\*`),
          { ...allow('ec2:*'), Condition: { StringLike: { 'aws:PrincipalTag/a b': ['x  y'] } } },
        ],
        { attachTo: ['nodes'], description: 'It\'s "one": $HOME, `pwd`.' },
      ),
    ],
    path: "/it's/$HOME/",
    tags: new Map([
      ['cost center', 'a=b'],
      ['empty', ''],
    ]),
  });
}

/** The script as the page prints it, indentation and all. */
function scriptOf(bundle: IamBundle): string {
  const page = renderHowto(bundle, ['iam-json']);
  const script = /^ {5}\(\n[\s\S]*?^ {5}\)\n/m.exec(page)?.[0];
  assert.ok(script, page);
  return script as string;
}

interface Account {
  readonly Policies: readonly {
    readonly Arn: string;
    readonly PolicyVersionList: readonly {
      VersionId: string;
      IsDefaultVersion: boolean;
      Document: PolicyDocument;
    }[];
  }[];
  readonly RoleDetailList: readonly {
    readonly Path: string;
    readonly AssumeRolePolicyDocument: { Statement: readonly { Principal: object }[] };
    readonly AttachedManagedPolicies: readonly { PolicyArn: string }[];
    readonly InstanceProfileList: readonly { InstanceProfileName: string }[];
  }[];
}

testWith(
  howto,
  ['aws', 'moto_server', 'bash'],
  'creates, then changes nothing, then only what differs, with room for each version',
  async () => await withEmulator(tryScript),
);

async function tryScript(emulator: Emulator): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gen-howto-'));
  const env = emulator.env();
  const shell = (name: string, bundle: IamBundle) =>
    runTool(name, [], { cwd: folder, env, input: scriptOf(bundle) });
  const run = (bundle: IamBundle, name: string) => {
    for (const { path, content } of emitIamJson(bundle).files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return shell(name, bundle);
  };
  const ask = (...args: string[]): unknown =>
    JSON.parse(runTool('aws', ['iam', ...args, '--output', 'json'], { env }).stdout);
  const account = (): Account => {
    const { Policies, RoleDetailList } = ask('get-account-authorization-details') as Account;
    // AWS's own policies are there too. The emulator counts what is attached a second time twice.
    const own = Policies.filter(({ Arn }) => !Arn.includes(':iam::aws:'));
    const uncounted = own.map((policy) => ({ ...policy, AttachmentCount: undefined }));
    return { Policies: uncounted, RoleDetailList };
  };
  try {
    const first = run(version('v1'), 'sh');
    assert.is(first.status, 0, first.stderr);
    const created = account();
    const arn = "arn:aws:iam::123456789012:policy/it's/$HOME/Palette_One";
    assert.equal(
      created.Policies.map(({ Arn }) => Arn),
      [arn],
    );
    assert.equal(ask('list-policy-tags', '--policy-arn', arn, '--query', 'Tags'), [
      { Key: 'cost center', Value: 'a=b' },
      { Key: 'empty', Value: '' },
    ]);
    const [role] = created.RoleDetailList;
    assert.is(role?.Path, "/it's/$HOME/");
    assert.equal(
      role?.AttachedManagedPolicies.map(({ PolicyArn }) => PolicyArn),
      [arn],
    );
    assert.equal(
      role?.InstanceProfileList.map(({ InstanceProfileName }) => InstanceProfileName),
      ['nodes-profile'],
    );

    const second = run(version('v1'), 'bash');
    assert.is(second.status, 0, second.stderr);
    assert.is(second.stdout, '', 'nothing was created or changed');
    assert.equal(account(), created);

    const change = (bucket: string, service?: string): void => {
      // Without tags, and with the account told: fewer calls, since each takes half a second.
      const bundle = { ...version(bucket, service), tags: new Map(), accountId: '123456789012' };
      const changed = run(bundle, 'sh');
      assert.is(changed.status, 0, `${bucket}: ${changed.stderr}`);
      const { Policies, RoleDetailList } = account();
      const current = Policies[0]?.PolicyVersionList.find(
        ({ IsDefaultVersion }) => IsDefaultVersion,
      );
      assert.is(current?.VersionId, bucket);
      assert.equal(current?.Document, toPolicyJson(bundle.policies[0]?.document as PolicyDocument));
      assert.equal(RoleDetailList[0]?.AssumeRolePolicyDocument.Statement[0]?.Principal, {
        Service: bundle.roles[0]?.trust.Statement[0]?.Principal.Service?.[0],
      });
    };
    change('v2');
    for (const bucket of ['v3', 'v4', 'v5']) {
      const document = toPolicyJson(version(bucket).policies[0]?.document as PolicyDocument);
      await emulator.query('iam', 'CreatePolicyVersion', {
        PolicyArn: arn,
        PolicyDocument: JSON.stringify(document),
        SetAsDefault: 'true',
      });
    }
    change('v6', 'eks.amazonaws.com');
    const kept = account().Policies[0]?.PolicyVersionList.map(({ VersionId }) => VersionId) ?? [];
    assert.equal([...kept].sort(), ['v2', 'v3', 'v4', 'v5', 'v6'], 'the oldest made room');

    rmSync(join(folder, 'iam-json/Palette_One.json'));
    assert.is.not(shell('sh', version('v6')).status, 0, 'an error is the exit code of the script');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

howto.run();
