/** Ids of what a team has made by hand already, as `import` blocks and the provider want them. */
import {
  type AwsManagedPolicy,
  awsManagedPolicyArn,
  type IamBundle,
  type ManagedPolicy,
  managedPolicyArn,
} from '../../model/bundle.ts';
import { render } from '../../model/parameter.ts';
import { shown } from '../open-parameters.ts';

/**
 * Names and ARNs to make ids of; what is not known is a placeholder in `<…>`.
 * Attachments are `holder/arn`, inline policies `holder:policy`, everything else its name or ARN:
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs (section Import of each).
 */
export function importIds(bundle: IamBundle) {
  const name = (text: string): string => shown(render(text, bundle.defaults));
  const partition = name(bundle.partition);
  const account = bundle.accountId ?? '<account-id>';
  return {
    name,
    arn: (policy: ManagedPolicy): string =>
      managedPolicyArn({ partition, path: bundle.path }, account, {
        ...policy,
        name: name(policy.name),
      }),
    awsManaged: (managed: AwsManagedPolicy): string => awsManagedPolicyArn(partition, managed),
  };
}

/** What a reader has to know before the blocks are of use. */
export const IMPORTS_HEADER: readonly string[] = [
  'For what was made by hand already: Terraform 1.5 or newer takes it over, instead of failing with',
  'EntityAlreadyExists.',
  '1. Copy this file as imports.tf into your root module, the only place for import blocks, and put',
  '   `module.palette_iam.` (or what you call the module) before each address behind `to =`.',
  '2. Replace the placeholders in <angle brackets>, and `aws` in the ARNs where the partition is another;',
  '   repeat a block for every further cluster or holder, and delete those of what does not exist.',
  '   Users and groups: aws_iam_user_policy_attachment, aws_iam_group_policy_attachment.',
  '3. `terraform plan` must say `0 to destroy`. It changes in place: policy documents, trust policies,',
  '   role descriptions, permissions boundaries, session durations and tags. Descriptions of policies',
  '   stay as they are. Names and paths must match what exists: see the README.',
  '4. After the apply the file may go.',
  'What Terraform manages already, under another address, takes `moved { from = ... to = ... }`.',
];
