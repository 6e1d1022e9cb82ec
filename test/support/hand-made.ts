/**
 * What somebody has made by hand before gen came, for a bundle: its roles, policies and attachments,
 * each in another state than gen would have made it, and not all of them.
 */

import { heldPolicies } from '../../src/emit/inline.ts';
import {
  awsManagedPolicyArn,
  type IamBundle,
  managedPolicyArn,
  pathOf,
} from '../../src/model/bundle.ts';
import { ACCOUNT_ID } from './account.ts';
import type { Emulator, Parameters } from './moto.ts';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});
const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' }],
});

/** What every second thing looks like, so that each state meets each kind of thing. */
const DESCRIPTIONS = [undefined, 'Made by hand.', 'x'.repeat(1000)] as const;
const TAGS: readonly Parameters[] = [
  {},
  { 'Tags.member.1.Key': 'owner', 'Tags.member.1.Value': 'somebody' },
];

export interface HandMade {
  /** Ids as Terraform's import blocks take them. */
  readonly ids: ReadonlySet<string>;
}

/**
 * Makes it.
 * @param turn with another one, other things are missing
 * @param viaCli by the AWS CLI, as a person does; else by the query protocol, which is quicker
 */
export async function makeByHand(
  aws: Emulator,
  bundle: IamBundle,
  { turn: first, viaCli }: { readonly turn: number; readonly viaCli: boolean },
): Promise<HandMade> {
  const ids = new Set<string>();
  let turn = first;
  const next = <T>(values: readonly T[]): T => values[turn++ % values.length] as T;
  const call = async (action: string, parameters: Parameters): Promise<void> => {
    if (!viaCli) return void (await aws.query('iam', action, parameters));
    const dashed = (text: string) => text.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();
    const flags = Object.entries(parameters).filter(([name]) => !name.startsWith('Tags.'));
    aws.cli(
      'iam',
      dashed(action),
      ...flags.flatMap(([name, value]) => [`--${dashed(name)}`, value]),
      ...(parameters['Tags.member.1.Key'] === undefined
        ? []
        : [
            '--tags',
            `Key=${parameters['Tags.member.1.Key']},Value=${parameters['Tags.member.1.Value']}`,
          ]),
    );
  };
  const described = (): Parameters => {
    const Description = next(DESCRIPTIONS);
    return Description === undefined ? {} : { Description };
  };
  const attach = async (entity: 'role' | 'user' | 'group', name: string, arn: string) => {
    // Every second attachment is missing.
    if (next([true, false])) return;
    const word = entity.charAt(0).toUpperCase() + entity.slice(1);
    await call(`Attach${word}Policy`, { [`${word}Name`]: name, PolicyArn: arn });
    ids.add(`${name}/${arn}`);
  };

  const names = new Set(bundle.existing.map((each) => `${each.entity} ${each.name}`));
  for (const [index, made] of bundle.roles.entries()) {
    const { name, awsManagedPolicies, instanceProfile } = made;
    // One in three does not exist yet.
    if ((first + index) % 3 === 2) continue;
    names.add(`role ${name}`);
    const role = { RoleName: name, Path: pathOf(bundle, made), AssumeRolePolicyDocument: TRUST };
    await call('CreateRole', { ...role, ...described(), ...next(TAGS) });
    ids.add(name);
    for (const managed of awsManagedPolicies) {
      await attach('role', name, awsManagedPolicyArn(bundle.partition, managed));
    }
    if (instanceProfile === undefined) continue;
    const profile = { InstanceProfileName: instanceProfile.name };
    await call('CreateInstanceProfile', { ...profile, Path: pathOf(bundle, instanceProfile) });
    ids.add(instanceProfile.name);
    await call('AddRoleToInstanceProfile', { ...profile, RoleName: name });
  }
  for (const [index, made] of bundle.users.entries()) {
    // Every second one exists.
    if ((first + index) % 2 === 1) continue;
    names.add(`user ${made.name}`);
    await call('CreateUser', { UserName: made.name, Path: pathOf(bundle, made), ...next(TAGS) });
    ids.add(made.name);
    for (const managed of made.awsManagedPolicies) {
      await attach('user', made.name, awsManagedPolicyArn(bundle.partition, managed));
    }
  }
  const holders = [
    ...bundle.roles.map((role) => ({ ...role, entity: 'role' as const })),
    ...bundle.users.map((user) => ({ ...user, entity: 'user' as const })),
    ...bundle.existing,
  ];
  for (const { entity, name, awsManagedPolicies } of bundle.existing) {
    for (const managed of awsManagedPolicies) {
      const arn = awsManagedPolicyArn(bundle.partition, managed);
      if (!ids.has(`${name}/${arn}`)) await attach(entity, name, arn);
    }
  }
  if (bundle.policyType === 'inline') {
    for (const { policy, holders: all } of heldPolicies(bundle)) {
      for (const { entity, name } of all) {
        if (!names.has(`${entity} ${name}`) || next([true, false])) continue;
        const word = entity.charAt(0).toUpperCase() + entity.slice(1);
        const put = { [`${word}Name`]: name, PolicyName: policy.name, PolicyDocument: DOCUMENT };
        await call(`Put${word}Policy`, put);
        ids.add(`${name}:${policy.name}`);
      }
    }
    return { ids };
  }
  for (const [index, policy] of bundle.policies.entries()) {
    // One in four does not exist yet.
    if ((first + index) % 4 === 3) continue;
    const arn = managedPolicyArn(bundle, ACCOUNT_ID, policy);
    const path = pathOf(bundle, policy);
    const own = { PolicyName: policy.name, Path: path, PolicyDocument: DOCUMENT };
    await call('CreatePolicy', { ...own, ...described(), ...next(TAGS) });
    ids.add(arn);
    const held = holders.filter(({ principal }) => policy.attachTo.includes(principal));
    for (const { entity, name } of held) {
      if (names.has(`${entity} ${name}`) && !ids.has(`${name}/${arn}`)) {
        await attach(entity, name, arn);
      }
    }
  }
  return { ids };
}
