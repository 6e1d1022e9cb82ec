/** What features beside the bases ask a person to do, as their documents tell it. */
import { shown } from '../emit/open-parameters.ts';
import type { IamBundle, User } from '../model/bundle.ts';
import { shellWord } from '../text/shell.ts';
import { code, command, list, type Step, text } from './step.ts';

/** In order; none where no such feature is selected. */
export function librarySteps(bundle: IamBundle): readonly Step[] {
  const has = (feature: string): boolean => bundle.activeFeatures.includes(feature);
  return [
    ...(has('cloud-account-role') ? [cloudAccountStep()] : []),
    ...bundle.users.map((user) => accessKeyStep(user)),
    ...(has('eks-disk-encryption') ? [diskEncryptionStep(bundle)] : []),
    ...(has('backup-location-s3') ? [backupStep('the ARN of the role (Dynamic Credentials)')] : []),
    ...(has('backup-location-s3-user')
      ? [backupStep('the access key of the user (Static Credentials)')]
      : []),
    ...(has('karpenter') || has('karpenter-palette') ? [karpenterStep(bundle)] : []),
    ...(has('pod-identity-management') || has('pod-identity-target') ? [crossAccountStep()] : []),
  ];
}

function cloudAccountStep(): Step {
  return {
    title: "Enter the role in Palette's cloud account",
    blocks: [
      text(
        'Palette: Tenant Settings › Cloud Accounts › Add AWS Account, credential type STS. It shows the account and the external id that the role trusts; enter the ARN of the role there.',
      ),
    ],
  };
}

/** Where the key of a user goes, by the principal that it is. */
const KEY_GOES: ReadonlyMap<string, string> = new Map([
  [
    'palette',
    'Palette: Tenant Settings › Cloud Accounts › Add AWS Account, credential type Credentials.',
  ],
  [
    'ecr-pack-pusher',
    'Where packs are pushed, configure the AWS CLI or ORAS with it; it is the only place that needs it.',
  ],
]);

/** No secret goes into a file that is committed, or into a state of Terraform. */
function accessKeyStep({ name, principal }: User): Step {
  const goes = KEY_GOES.get(principal);
  return {
    title: `Make an access key for the user ${shown(name)}`,
    blocks: [
      text(
        'No generated file holds one. AWS shows the secret once, and a user has at most two keys:',
      ),
      code(command('aws iam create-access-key', `--user-name ${shellWord(name)}`)),
      ...(goes === undefined ? [] : [text(goes)]),
    ],
  };
}

/** https://docs.spectrocloud.com/clusters/public-cloud/aws/enable-disk-encryption-eks-cluster/ */
function diskEncryptionStep({ partition, accountId }: IamBundle): Step {
  const AWS = `arn:${partition.includes('{{') ? 'aws' : partition}:iam::${accountId ?? '<account-id>'}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
  const statements = [
    {
      Effect: 'Allow',
      Principal: { AWS },
      Action: [
        'kms:Encrypt',
        'kms:Decrypt',
        'kms:ReEncrypt*',
        'kms:GenerateDataKey*',
        'kms:DescribeKey',
      ],
      Resource: '*',
    },
    {
      Effect: 'Allow',
      Principal: { AWS },
      Action: 'kms:CreateGrant',
      Resource: '*',
      Condition: { Bool: { 'kms:GrantIsForAWSResource': true } },
    },
  ];
  return {
    title: 'Let Auto Scaling use the key of the disks',
    blocks: [
      text('Add these statements to the key policy of the KMS key:'),
      code(JSON.stringify(statements, null, 2).split('\n')),
    ],
  };
}

function backupStep(credentials: string): Step {
  return {
    title: 'Add the backup location',
    blocks: [
      text(
        `Palette: Project or Tenant Settings › Backup Locations › Add New Backup Location, with the bucket, its region, and ${credentials}.`,
      ),
    ],
  };
}

function karpenterStep(bundle: IamBundle): Step {
  const cluster = bundle.values.get('clusterName') ?? '<clusterName>';
  return {
    title: 'Prepare the cluster for Karpenter',
    blocks: [
      list([
        `Nodes launched by Karpenter run as KarpenterNodeRole-${cluster}: let them join the cluster, with an access entry of the type EC2_LINUX or a mapRoles entry of aws-auth.`,
        `Karpenter reads interruption events from an SQS queue named ${cluster}, which is not made here.`,
        `Tag the subnets and security groups that it may use: karpenter.sh/discovery=${cluster}.`,
      ]),
    ],
  };
}

function crossAccountStep(): Step {
  return {
    title: 'Create the roles of the other account',
    blocks: [
      text(
        'pod-identity-management is for the account that Palette runs in, pod-identity-target for the account of the clusters. The roles name one another: create both before the cloud account is added.',
      ),
    ],
  };
}
