/**
 * The pairwise selection in an emulator of AWS: stacks are created and policies put there as a
 * person would, and what stands in the account afterwards is what the bundle says. Parameters are
 * given as literals: the emulator takes no document that is text in `Fn::Sub`.
 */
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import { emitIamJson } from '../../src/emit/iam-json.ts';
import { awsManagedPolicyArn, type EmittedFile, type IamBundle } from '../../src/model/bundle.ts';
import { render } from '../../src/model/parameter.ts';
import { ACCOUNT_ID, accountOf, documentOf, expectedAccount } from '../support/account.ts';
import { type ParsedTemplate, parseCloudFormation } from '../support/cfn-documents.ts';
import { bundleOfCase, conformanceCases, REGIONS } from '../support/conformance-cases.ts';
import { withFolder, writeFiles } from '../support/folders.ts';
import { type Emulator, withEmulator } from '../support/moto.ts';
import { progress, testWith } from '../support/tools.ts';

const TOOLS = ['moto_server', 'aws'];
const NOBODY = JSON.stringify({ Version: '2012-10-17', Statement: [] });

const emulator = suite('emulator of AWS');

testWith(emulator, TOOLS, 'stacks: the account is the bundle', () =>
  withFolder((folder) =>
    withEmulator(async (aws) => {
      const cases = conformanceCases();
      for (const [index, each] of cases.entries()) {
        progress(`stacks ${index + 1} of ${cases.length}: ${each.name}`);
        const bundle = bundleOfCase(each, 'given');
        await aws.reset(REGIONS[each.partition]);
        const existing = await createExisting(aws, bundle);
        const files = emitCloudFormation(bundle).files.filter(({ path }) => path.endsWith('.yaml'));
        // The order in which they are emitted: policies of the second are attached to the first's roles.
        for (const file of writeFiles(join(folder, each.name), files)) {
          createStack(aws, file, index === 0 ? 'deploy' : 'create-stack');
        }
        const { Stacks } = await aws.query('cloudformation', 'DescribeStacks');
        for (const { StackName, StackStatus } of Stacks) {
          assert.is(StackStatus, 'CREATE_COMPLETE', `${each.name}: ${StackName}`);
        }
        assert.is(Stacks.length, files.length, each.name);
        for (const { content } of files) {
          await createWhatTheEmulatorLeavesOut(aws, bundle, parseCloudFormation(content));
        }
        assertSame(each.name, accountOf(await details(aws), existing), expectedAccount(bundle));
      }
    }),
  ),
);

testWith(emulator, TOOLS, 'iam-json: IAM takes every document, and gives it back', () =>
  withFolder((folder) =>
    withEmulator(async (aws) => {
      await refusesWhatIamRefuses(aws);
      let count = 0;
      for (const [partition, region] of Object.entries(REGIONS)) {
        await aws.reset(region);
        const roles: Record<string, unknown> = {};
        const policies: Record<string, unknown> = {};
        const cases = conformanceCases().filter((each) => each.partition === partition);
        for (const [index, each] of cases.entries()) {
          progress(`documents: ${each.name}`);
          const bundle = bundleOfCase(each, 'given');
          const files = emitIamJson(bundle).files.filter(({ path }) => path.endsWith('.json'));
          const paths = writeFiles(join(folder, each.name), files);
          for (const [at, { path, content }] of files.entries()) {
            const viaCli = index === 0 ? paths[at] : undefined;
            const name = basename(path).replace(/(\.trust)?\.json$/, '');
            if (path.endsWith('.trust.json')) {
              // The names of roles are unique in an account, whatever their paths.
              const roleName = `${index}-${name}`;
              await createRole(aws, roleName, content, viaCli);
              roles[roleName] = documentOf(content);
            } else {
              // A path for each folder of files, so that names may recur.
              const iamPath = `/${index}/${path.slice('iam-json/'.length, -basename(path).length)}`;
              await createPolicy(aws, { name, path: iamPath, content }, viaCli);
              const arn = `arn:${partition}:iam::${ACCOUNT_ID}:policy${iamPath}${name}`;
              policies[arn] = documentOf(content);
            }
          }
          for (const policy of awsManagedPolicies(bundle)) {
            await aws.query('iam', 'GetPolicy', {
              PolicyArn: awsManagedPolicyArn(partition, policy),
            });
          }
        }
        const account = accountOf(await details(aws), new Set());
        const trusts = Object.entries(account.roles).map(([name, { trust }]) => [name, trust]);
        assertSame(partition, { roles: Object.fromEntries(trusts) }, { roles });
        const documents = Object.entries(account.policies).map(([arn, { document }]) => [
          arn,
          document,
        ]);
        assertSame(partition, { policies: Object.fromEntries(documents) }, { policies });
        count += documents.length;
      }
      assert.ok(count > 50, `${count}`);
    }),
  ),
);

/** So that its taking the others means something. */
async function refusesWhatIamRefuses(aws: Emulator): Promise<void> {
  const statement = { Sid: 'Twice', Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
  for (const [statements, why] of [
    [[statement, statement], 'must be unique'],
    [[{ ...statement, Effect: 'Permit' }], 'Syntax errors'],
    [[{ ...statement, Resource: 'bucket' }], 'must be in ARN format'],
    [[{ ...statement, Action: 'GetObject' }], 'must be prefaced by a vendor'],
  ] as const) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    const refusal = await aws
      .query('iam', 'CreatePolicy', { PolicyName: 'wrong', PolicyDocument })
      .then(() => 'taken', String);
    assert.match(refusal, why);
  }
}

/** `deploy` is what people use; it asks several times, and so takes its time. */
function createStack(aws: Emulator, file: string, command: 'deploy' | 'create-stack'): void {
  const template =
    command === 'deploy' ? ['--template-file', file] : ['--template-body', `file://${file}`];
  aws.cli(
    ...['cloudformation', command, '--stack-name', basename(file, '.yaml'), ...template],
    ...['--capabilities', 'CAPABILITY_NAMED_IAM'],
  );
}

/** The roles and users that the bundle takes for granted. */
async function createExisting(aws: Emulator, bundle: IamBundle): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const { entity, name } of bundle.existing) {
    if (names.has(name)) continue;
    names.add(name);
    if (entity === 'role') await createRole(aws, name, NOBODY);
    else await aws.query('iam', 'CreateUser', { UserName: name });
  }
  return names;
}

/**
 * moto 5.2 passes over two things in a template without a word: `ManagedPolicyArns` of a role, and
 * resources of the types `AWS::IAM::RolePolicy` and `AWS::IAM::UserPolicy`. They are put there by
 * IAM's own API, as the template has them, and judged by IAM all the same.
 */
async function createWhatTheEmulatorLeavesOut(
  aws: Emulator,
  bundle: IamBundle,
  template: ParsedTemplate,
): Promise<void> {
  const values = new Map([...bundle.values, ['partition', bundle.partition] as const]);
  for (const [RoleName, { managedPolicyArns }] of template.roles) {
    for (const arn of managedPolicyArns) {
      await aws.query('iam', 'AttachRolePolicy', { RoleName, PolicyArn: render(arn, values) });
    }
  }
  for (const { entity, holder, name, document } of template.inline) {
    const PolicyDocument = render(JSON.stringify(document), values);
    await (entity === 'role'
      ? aws.query('iam', 'PutRolePolicy', { RoleName: holder, PolicyName: name, PolicyDocument })
      : aws.query('iam', 'PutUserPolicy', { UserName: holder, PolicyName: name, PolicyDocument }));
  }
}

function details(aws: Emulator) {
  return aws.query('iam', 'GetAccountAuthorizationDetails', {
    'Filter.member.1': 'Role',
    'Filter.member.2': 'User',
    'Filter.member.3': 'LocalManagedPolicy',
  });
}

/** @param file by the AWS CLI from there, where given. */
async function createRole(
  aws: Emulator,
  name: string,
  trust: string,
  file?: string,
): Promise<void> {
  if (file === undefined) {
    await aws.query('iam', 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: trust });
  } else {
    const document = `file://${file}`;
    aws.cli('iam', 'create-role', '--role-name', name, '--assume-role-policy-document', document);
  }
}

/** @param file by the AWS CLI from there, where given. */
async function createPolicy(
  aws: Emulator,
  { name, path, content }: EmittedFile & { readonly name: string },
  file?: string,
): Promise<void> {
  if (file === undefined) {
    const parameters = { PolicyName: name, Path: path, PolicyDocument: content };
    await aws.query('iam', 'CreatePolicy', parameters);
  } else {
    aws.cli(
      ...['iam', 'create-policy', '--policy-name', name, '--path', path],
      ...['--policy-document', `file://${file}`],
    );
  }
}

/** Entry by entry: a whole account would not be read by anyone. */
function assertSame(where: string, actual: object, expected: object): void {
  const wanted = new Map<string, object>(Object.entries(expected));
  for (const [kind, found] of Object.entries(actual) as [string, Record<string, unknown>][]) {
    const entries = (wanted.get(kind) ?? {}) as Record<string, unknown>;
    assert.equal(Object.keys(found).sort(), Object.keys(entries).sort(), `${where}: ${kind}`);
    for (const [name, entry] of Object.entries(entries)) {
      assert.equal(found[name], entry, `${where}: ${name}`);
    }
  }
}

function awsManagedPolicies({ roles, users, existing }: IamBundle): ReadonlySet<string> {
  return new Set([...roles, ...users, ...existing].flatMap((each) => each.awsManagedPolicies));
}

emulator.run();
