// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's variables are meant literally.
/** Commands of the AWS CLI that more than one step prints. */
import { documentPath } from '../emit/iam-json.ts';
import type { Holder } from '../emit/inline.ts';
import { shown } from '../emit/open-parameters.ts';
import {
  awsManagedPolicyArn,
  type IamBundle,
  type ManagedPolicy,
  managedPolicyArn,
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
  const { accountId } = bundle;
  const name = shown(policy.name);
  if (accountId !== undefined) return quoted(managedPolicyArn(bundle, accountId, name));
  const arn = managedPolicyArn(bundle, '${ACCOUNT_ID}', name);
  // A path may hold what double quotes do not keep: that part is quoted by itself.
  const [account, rest] = [arn.slice(0, arn.indexOf(':policy')), arn.slice(arn.indexOf(':policy'))];
  return quoted(rest) === rest ? `"${arn}"` : `"${account}"${quoted(rest)}`;
}

/** `aws iam attach-role-policy …` or its sibling for users. */
export function attach(entity: 'role' | 'user', name: string, arn: string): readonly string[] {
  return command(
    `aws iam attach-${entity}-policy`,
    `--${entity}-name ${shown(name)}`,
    `--policy-arn ${arn}`,
  );
}

/** `aws iam put-role-policy …` or its sibling for users; the document is that of the principal. */
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

/** AWS managed policies on existing roles and users. */
export function attachAwsManaged(bundle: IamBundle): readonly string[] {
  return bundle.existing.flatMap(({ entity, name, awsManagedPolicies }) =>
    awsManagedPolicies.flatMap((policy) =>
      attach(entity, name, awsManagedPolicyArn(bundle.partition, policy)),
    ),
  );
}
