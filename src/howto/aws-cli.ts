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
import { command, quoted } from './step.ts';

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
  const arn = `arn:${partition}:iam::${accountId ?? '${ACCOUNT_ID}'}:${shown(resource)}`;
  if (accountId !== undefined) return quoted(arn);
  // A path may hold what double quotes do not keep: that part is quoted by itself.
  const end = arn.indexOf('}') + 1;
  const [account, rest] = [arn.slice(0, end), arn.slice(end)];
  return quoted(rest) === rest ? `"${arn}"` : `"${account}"${quoted(rest)}`;
}

/** ARN of a created role as a word of a shell command. */
export function roleArn(bundle: IamBundle, role: Role): string {
  return iamArn(bundle, `role${pathOf(bundle, role)}${role.name}`);
}

/** `aws iam attach-role-policy …` or its sibling for users or groups. */
export function attach(entity: Entity, name: string, arn: string): readonly string[] {
  return command(
    `aws iam attach-${entity}-policy`,
    `--${entity}-name ${shown(name)}`,
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
    `--${entity}-name ${shown(name)}`,
    `--policy-name ${shown(policy.name)}`,
    `--policy-document file://${shown(documentPath(bundle, policy, principal))}`,
  );
}

/** AWS managed policies on existing roles, users and groups. */
export function attachAwsManaged(bundle: IamBundle): readonly string[] {
  return bundle.existing.flatMap(({ entity, name, awsManagedPolicies }) =>
    awsManagedPolicies.flatMap((policy) =>
      attach(entity, name, awsManagedPolicyArn(bundle.partition, policy)),
    ),
  );
}
