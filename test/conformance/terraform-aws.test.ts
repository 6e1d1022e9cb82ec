/**
 * Terraform with the real AWS provider, against an emulator of AWS, over the pairwise selection: the
 * modules create what the bundle says and then change nothing more, and they take over what was made
 * by hand without replacing it. All cases are modules of one root, told apart by a prefix of their
 * names: the provider takes seconds to start.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { closeDefaults } from '../../src/compose/defaults.ts';
import { emitTerraform } from '../../src/emit/terraform/index.ts';
import { inputsOf } from '../../src/emit/terraform/inputs.ts';
import { nameListsOf, namesToImport, placeholder } from '../../src/emit/terraform/name-lists.ts';
import { variableName } from '../../src/emit/terraform/names.ts';
import type { ExistingAttachment, IamBundle } from '../../src/model/bundle.ts';
import { ACCOUNT_ID, type Account, accountOf, expectedAccount } from '../support/account.ts';
import {
  bundleOfCase,
  conformanceCases,
  OPEN_VALUES,
  REGIONS,
} from '../support/conformance-cases.ts';
import { withFolder } from '../support/folders.ts';
import { type HandMade, makeByHand } from '../support/hand-made.ts';
import { type Emulator, type Json, withEmulator } from '../support/moto.ts';
import { AWS_PROVIDER, provider, RootModule, withProvider } from '../support/terraform-provider.ts';
import { progress, testWith } from '../support/tools.ts';

const TOOLS = ['terraform', 'moto_server', 'aws', AWS_PROVIDER];

/** A case as a module of the root. */
interface Deployment {
  readonly module: string;
  readonly prefix: string;
  readonly name: string;
  readonly region: string;
  /** As the module is made of it. */
  readonly open: IamBundle;
  /** With the values that the root gives. */
  readonly bundle: IamBundle;
}

function deployments(): readonly Deployment[] {
  return conformanceCases().map((each, index) => {
    const prefix = `c${String(index).padStart(2, '0')}-`;
    const plain = bundleOfCase(each, each.parameters, prefix);
    const open = bundleOfCase(each, each.parameters, prefix, deployedElsewhere(plain, prefix));
    const values = new Map([...OPEN_VALUES, ['accountId', ACCOUNT_ID]]);
    return {
      module: `c${index}`,
      prefix,
      name: each.name,
      region: REGIONS[each.partition],
      open,
      bundle: closeDefaults({
        ...open,
        existing: [...open.existing, ...unnamedRoles(open, prefix)],
        defaults: values,
      }),
    };
  });
}

/** The first policy, and the role of the VPC CNI plugin, have names and paths of their own. */
function deployedElsewhere(bundle: IamBundle, prefix: string): ReadonlyMap<string, string> {
  const [policy] = bundle.policyType === 'managed' ? bundle.policies : [];
  const role = bundle.roles.findLast(({ workload }) => workload);
  return new Map([
    ...(policy === undefined ? [] : [[policy.stem, `policy/hand/made/${prefix}Policy`] as const]),
    ...(role === undefined ? [] : [[role.stem, `role/hand/${prefix}Role`] as const]),
  ]);
}

/** Roles for the lists that the bundle leaves empty, named as the import ids leave a place for. */
function unnamedRoles(bundle: IamBundle, prefix: string): readonly ExistingAttachment[] {
  const lists = nameListsOf(bundle);
  return lists
    .filter((list) => namesToImport(list, lists)[0] === placeholder(list))
    .flatMap((list) =>
      list.principals.map((principal) => ({
        principal,
        entity: list.entity,
        name: nameFor(placeholder(list), prefix),
        awsManagedPolicies: list.awsManagedPolicies,
      })),
    );
}

/** `<palette-role-name>` → `c00-palette-role-name`. */
function nameFor(place: string, prefix: string): string {
  return prefix + place.slice(1, -1);
}

/** The root module; `imports` is what stands in its imports.tf. */
function rootOf(
  folder: string,
  aws: Emulator,
  env: Readonly<Record<string, string>>,
  all: readonly Deployment[],
  imports = '',
): RootModule {
  const root = new RootModule(folder, env);
  const calls = all.map(
    (each) => `module "${each.module}" {
  source = "./${each.module}"
${argumentsOf(each)
  .map(([name, value]) => `  ${name} = ${JSON.stringify(value)}\n`)
  .join('')}}
`,
  );
  root.write([
    { path: 'main.tf', content: [provider(aws.url, all[0]?.region ?? ''), ...calls].join('\n') },
    { path: 'imports.tf', content: imports },
    ...all.flatMap(({ module, open }) =>
      emitTerraform(open).files.map(({ path, content }) => ({
        path: path.replace(/^terraform/, module),
        content,
      })),
    ),
  ]);
  return root;
}

/** Values of the variables that have to be given, and of lists that are empty otherwise. */
function argumentsOf({ open, prefix }: Deployment): readonly (readonly [string, unknown])[] {
  const { variables, repetition, parameterOf } = inputsOf(open);
  const valueFor = (parameter: string): string => {
    const value = OPEN_VALUES.get(parameter);
    if (value === undefined) throw new Error(`no value for ${parameter}`);
    return value;
  };
  const required = variables
    .filter((variable) => variable.default === undefined)
    .map(({ name }): [string, unknown] => {
      if (name !== repetition?.name) return [name, valueFor(parameterOf.get(name) ?? name)];
      const key = valueFor(repetition.key.name);
      const attributes = repetition.attributes.map(
        (each) => [variableName(each.name), valueFor(each.name)] as const,
      );
      return [name, attributes.length === 0 ? [key] : { [key]: Object.fromEntries(attributes) }];
    });
  const lists = nameListsOf(open);
  const unnamed = lists
    .filter((list) => namesToImport(list, lists)[0] === placeholder(list))
    .map((list): [string, unknown] => [list.variable, [nameFor(placeholder(list), prefix)]]);
  return [...required, ...unnamed];
}

/** The roles and users that the bundle takes for granted. */
async function createExisting(aws: Emulator, { existing }: IamBundle): Promise<void> {
  const trust = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  const names = new Set(existing.map(({ entity, name }) => `${entity} ${name}`));
  for (const [entity, name] of [...names].map((each) => each.split(' ') as [string, string])) {
    await (entity === 'role'
      ? aws.query('iam', 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: trust })
      : aws.query('iam', 'CreateUser', { UserName: name }));
  }
}

/** Of all cases in one partition. */
function detailsOf(aws: Emulator): Promise<Json> {
  return aws.query('iam', 'GetAccountAuthorizationDetails', {
    'Filter.member.1': 'Role',
    'Filter.member.2': 'User',
    'Filter.member.3': 'LocalManagedPolicy',
  });
}

/** What stands in the account is what the bundles say; policies' descriptions aside. */
async function assertDeployed(aws: Emulator, all: readonly Deployment[]): Promise<void> {
  const details = await detailsOf(aws);
  const existing = new Set(all.flatMap(({ bundle }) => bundle.existing.map(({ name }) => name)));
  for (const { prefix, name, bundle } of all) {
    const found = readAccount(accountOf(details, existing), prefix);
    assert.equal(found, readAccount(expectedAccount(bundle, true), prefix), name);
  }
}

/** The part with the prefix, each set in one order: the provider sorts what has none. */
function readAccount({ roles, users, policies }: Account, prefix: string): object {
  const own = <T>(entries: Readonly<Record<string, T>>, map: (value: T) => unknown): object =>
    Object.fromEntries(
      Object.entries(entries)
        .filter(([key]) => key.replace(/^.*[/]/, '').startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [key, sorted(map(value))]),
    );
  return {
    roles: own(roles, (role) => role),
    users: own(users, (user) => user),
    policies: own(policies, ({ document }) => document),
  };
}

/** Lists of strings as sets, sorted, at any depth; keys too. The documents name some action twice. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    return items.every((each) => typeof each === 'string') ? [...new Set(items)].sort() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

let isSaid = false;

/** The emulator has no EKS Pod Identity: those resources are validated, and not applied. */
function leaveOutAssociations(root: RootModule, all: readonly Deployment[]): void {
  if (!isSaid) console.log('skipped: applying aws_eks_pod_identity_association: not emulated');
  isSaid = true;
  root.write(
    all.flatMap(({ module, open }) =>
      emitTerraform(open)
        .files.filter(({ path }) => path.endsWith('/main.tf'))
        .map(({ content }) => ({
          path: `${module}/main.tf`,
          content: content.replace(
            /^resource "aws_eks_pod_identity_association" [\s\S]*?^\}\n/gm,
            '',
          ),
        })),
    ),
  );
}

const real = suite('terraform with the AWS provider');

testWith(real, TOOLS, 'creates what the bundle says, and then changes nothing', () =>
  inEachRegion(async ({ folder, aws, env, all }) => {
    // One in each partition, from nothing; below, all of them from whatever exists.
    const some = all.slice(0, 1);
    const root = rootOf(folder, aws, env, some);
    for (const { bundle } of some) await createExisting(aws, bundle);
    await root.run(['init', '-input=false']);
    await root.run(['validate']);
    leaveOutAssociations(root, some);
    await root.plan();
    await root.apply();
    await assertSettled(root, aws, some);
  }),
);

testWith(real, TOOLS, 'takes over what was made by hand, creates the rest, replaces nothing', () =>
  inEachRegion(async ({ folder, aws, env, all, first }) => {
    const made: HandMade[] = [];
    for (const [turn, { bundle }] of all.entries()) {
      await createExisting(aws, bundle);
      const viaCli = all[turn] === first;
      made.push(await makeByHand(aws, bundle, { turn, viaCli }));
    }
    const imports = all.map((each, index) => importsOf(each, (made[index] as HandMade).ids));
    const root = rootOf(folder, aws, env, all, imports.join('\n'));
    const before = await identities(aws);
    await root.run(['init', '-input=false']);
    await root.run(['validate']);
    leaveOutAssociations(root, all);
    const messages = await root.plan();
    const destroyed = messages.flatMap(({ change }) =>
      change !== undefined && /delete|replace|remove/.test(change.action)
        ? [`${change.action} ${change.resource.addr}`]
        : [],
    );
    assert.equal(destroyed, []);
    const { changes } = messages.find(({ type }) => type === 'change_summary') ?? {};
    const { add = 0, import: imported = 0, remove } = changes ?? {};
    assert.is(remove, 0);
    assert.is(imported, imports.join('').split('import {').length - 1);
    assert.ok(imported > 20 && add > 20, `${imported} imported, ${add} added`);
    await root.apply();
    root.write([{ path: 'imports.tf', content: '' }]);
    await assertSettled(root, aws, all);
    const after = await identities(aws);
    for (const [arn, id] of before) assert.is(after.get(arn), id, arn);
  }),
);

interface Place {
  readonly folder: string;
  readonly aws: Emulator;
  /** For Terraform. */
  readonly env: Readonly<Record<string, string>>;
  /** The deployments of the region. */
  readonly all: readonly Deployment[];
  /** Of all regions. */
  readonly first: Deployment | undefined;
}

/** One region of each partition, with a root module for all of its cases. */
async function inEachRegion(use: (place: Place) => Promise<void>): Promise<void> {
  await withEmulator((aws) =>
    withProvider(async (running) => {
      const everywhere = deployments();
      const first = everywhere[0];
      for (const region of Object.values(REGIONS)) {
        const all = everywhere.filter((each) => each.region === region);
        progress(`${all.length} modules in ${region}`);
        await aws.reset(region);
        const env = { ...aws.env(), ...running };
        await withFolder((folder) => use({ folder, aws, env, all, first }));
      }
    }),
  );
}

/** A second plan changes nothing, and the account is what the bundles say. */
async function assertSettled(
  root: RootModule,
  aws: Emulator,
  all: readonly Deployment[],
): Promise<void> {
  await root.run(['plan', '-input=false', '-detailed-exitcode']);
  await assertDeployed(aws, all);
}

/** Unique ids by ARN, and policies' descriptions: what is made anew has others. */
async function identities(aws: Emulator): Promise<ReadonlyMap<string, string>> {
  const { RoleDetailList: roles, Policies: policies } = await detailsOf(aws);
  return new Map([
    ...roles.map(({ Arn, RoleId }: Json) => [Arn, RoleId]),
    ...policies.map(({ Arn, PolicyId, Description }: Json) => [Arn, `${PolicyId} ${Description}`]),
  ]);
}

/**
 * The imports file as its header says: each address behind the module's name, the places in angle
 * brackets filled, blocks of what does not exist deleted.
 */
function importsOf({ module, open, prefix }: Deployment, ids: ReadonlySet<string>): string {
  const file = emitTerraform(open).files.find(({ path }) => path.endsWith('imports.tf.example'));
  const values = new Map([...OPEN_VALUES, ['account-id', ACCOUNT_ID]]);
  const filled = (file?.content ?? '')
    .replace(/<([\w-]+)>/g, (place, name: string) => values.get(name) ?? nameFor(place, prefix))
    .replaceAll('to = ', `to = module.${module}.`);
  return filled
    .split(/(?=^import )/m)
    .filter((block) => ids.has(/^ {2}id = "(.*)"$/m.exec(block)?.[1] ?? ''))
    .join('');
}

real.run();
