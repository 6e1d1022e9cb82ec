// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's variables are meant literally.
/** Commands of the AWS CLI that more than one step prints. */
import { documentPath } from '../emit/iam-json.ts';
import type { Holder } from '../emit/inline.ts';
import { shown } from '../emit/open-parameters.ts';
import {
  awsManagedPolicyArn,
  type Entity,
  type IamBundle,
  type ManagedPolicy,
  pathOf,
  type Role,
} from '../model/bundle.ts';
import { shellWord } from '../text/shell.ts';
import { command } from './step.ts';

/** Asked of AWS where the account was not given. */
const ACCOUNT_FROM_AWS = 'ACCOUNT_ID=$(aws sts get-caller-identity --query Account --output text)';

/** The line that `policyArn` relies on, where it does. */
export function accountLines(bundle: IamBundle): readonly string[] {
  return bundle.accountId === undefined ? [ACCOUNT_FROM_AWS] : [];
}

/** ARN of a generated policy as a word of a shell command. */
export function policyArn(bundle: IamBundle, policy: ManagedPolicy): string {
  return iamArn(bundle, `policy${pathOf(bundle, policy)}${policy.name}`);
}

function iamArn({ accountId, partition }: IamBundle, resource: string): string {
  const [before, after] = [`arn:${partition}:iam::`, `:${resource}`];
  if (accountId !== undefined) return shellWord(before + accountId + after);
  // Double quotes do not keep everything: what needs more is quoted by itself.
  const parts = [before, '${ACCOUNT_ID}', after];
  if ([before, after].every(isPlain)) return `"${shown(parts.join(''))}"`;
  return [shellWord(before), '"${ACCOUNT_ID}"', shellWord(after)].join('');
}

/** Whether double quotes keep it: names of IAM, and placeholders for them. */
function isPlain(text: string): boolean {
  return /^[\w+=,.@:/<>-]+$/.test(shown(text));
}

/** ARN of a created role as a word of a shell command. */
export function roleArn(bundle: IamBundle, role: Role): string {
  return iamArn(bundle, `role${pathOf(bundle, role)}${role.name}`);
}

/**
 * `aws iam attach-role-policy …` or its sibling for users or groups.
 * @param arn a word already
 */
export function attach(entity: Entity, name: string, arn: string): readonly string[] {
  return command(
    `aws iam attach-${entity}-policy`,
    `--${entity}-name ${shellWord(name)}`,
    `--policy-arn ${arn}`,
  );
}

/** `aws iam put-role-policy …` or its sibling for users or groups; the document is that of the principal. */
export function put(
  bundle: IamBundle,
  policy: ManagedPolicy,
  { principal, entity, name }: Holder,
): readonly string[] {
  return command(
    `aws iam put-${entity}-policy`,
    `--${entity}-name ${shellWord(name)}`,
    `--policy-name ${shellWord(policy.name)}`,
    `--policy-document ${shellWord(`file://${documentPath(bundle, policy, principal)}`)}`,
  );
}

/** AWS managed policies on existing roles, users and groups. */
export function attachAwsManaged(bundle: IamBundle): readonly string[] {
  return bundle.existing.flatMap(({ entity, name, awsManagedPolicies }) =>
    awsManagedPolicies.flatMap((policy) =>
      attach(entity, name, shellWord(awsManagedPolicyArn(bundle.partition, policy))),
    ),
  );
}
