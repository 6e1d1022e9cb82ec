// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables and the shell's are meant literally.
/** The script that howto prints for iam-json, run against an emulator of AWS, again and again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emitIamJson } from '../src/emit/iam-json.ts';
import { renderHowto } from '../src/howto.ts';
import type { IamBundle } from '../src/model/bundle.ts';
import { type PolicyDocument, toPolicyJson } from '../src/model/policy.ts';
import { allow, bundleOf, policyOf, roleOf } from './support/bundle-builder.ts';

const howto = suite('howto for iam-json, run');

const missing = ['aws', 'moto_server', 'bash'].filter(
  (program) => spawnSync(program, ['--help']).error !== undefined,
);

/** The same roles and policies each time, but for a resource in the document. */
function version(bucket: string, service = 'ec2.amazonaws.com'): IamBundle {
  return bundleOf({
    roles: [
      roleOf('nodes', 'nodes.capa', {
        trust: { services: [service] },
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

/** An emulator on a port of its choice, once it answers. */
function startEmulator(): Promise<{ process: ChildProcess; url: string }> {
  const child = spawn('moto_server', ['-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (text: string): void => {
      said += text;
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (url !== undefined) resolve({ process: child, url });
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(said)));
  });
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

howto(
  'creates, then changes nothing, then only what differs, with room for each version',
  async () => {
    if (missing.length > 0) {
      console.log(`skipped: without ${missing.join(' and ')}, howto's script was not run`);
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'gen-howto-'));
    const emulator = await startEmulator();
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_CONFIG_FILE: join(folder, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    };
    const run = (bundle: IamBundle, shell: string) => {
      for (const { path, content } of emitIamJson(bundle).files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      const input = scriptOf(bundle);
      return spawnSync(shell, [], { cwd: folder, env, input, encoding: 'utf8' });
    };
    const ask = (...args: string[]): unknown => {
      const command = ['iam', ...args, '--output', 'json'];
      return JSON.parse(spawnSync('aws', command, { env, encoding: 'utf8' }).stdout);
    };
    const account = (): Account => {
      const { Policies, RoleDetailList } = ask('get-account-authorization-details') as Account;
      // The emulator counts what is attached a second time twice, though it is attached once.
      const uncounted = Policies.map((policy) => ({ ...policy, AttachmentCount: undefined }));
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

      for (const bucket of ['v2', 'v3', 'v4', 'v5', 'v6', 'v7']) {
        const service = bucket > 'v4' ? 'eks.amazonaws.com' : 'ec2.amazonaws.com';
        // Without tags, and with the account told: fewer calls, since each takes half a second.
        const bundle = { ...version(bucket, service), tags: new Map(), accountId: '123456789012' };
        const changed = run(bundle, 'sh');
        assert.is(changed.status, 0, `${bucket}: ${changed.stderr}`);
        const { Policies, RoleDetailList } = account();
        const versions = Policies[0]?.PolicyVersionList ?? [];
        const current = versions.find(({ IsDefaultVersion }) => IsDefaultVersion);
        const [policy] = bundle.policies;
        assert.is(current?.VersionId, bucket);
        assert.equal(current?.Document, toPolicyJson(policy?.document as PolicyDocument));
        assert.is(versions.length, Math.min(5, Number(bucket.slice(1))));
        assert.equal(RoleDetailList[0]?.AssumeRolePolicyDocument.Statement[0]?.Principal, {
          Service: bundle.roles[0]?.trust.services[0],
        });
      }
      const kept = account().Policies[0]?.PolicyVersionList.map(({ VersionId }) => VersionId) ?? [];
      assert.equal([...kept].sort(), ['v3', 'v4', 'v5', 'v6', 'v7'], 'the oldest made room');

      rmSync(join(folder, 'iam-json/Palette_One.json'));
      const input = scriptOf(version('v7'));
      const stopped = spawnSync('sh', [], { cwd: folder, env, input, encoding: 'utf8' });
      assert.is.not(stopped.status, 0, 'an error is the exit code of the script');
    } finally {
      emulator.process.kill();
      rmSync(folder, { recursive: true });
    }
  },
);

howto.run();
