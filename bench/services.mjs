// Actions and resource shapes that generated statements are made of. `read` and `write` go with the
// service's resources, `list` with `*`. In a resource, `#` stands for an application's name.
const ACCOUNT = '123456789012';

export const SERVICES = [
  {
    prefix: 's3',
    read: ['GetObject', 'GetObjectVersion', 'GetObjectTagging', 'ListBucket', 'GetBucketLocation'],
    write: ['PutObject', 'PutObjectTagging', 'DeleteObject', 'AbortMultipartUpload'],
    list: ['ListAllMyBuckets', 'GetAccountPublicAccessBlock'],
    resources: ['arn:aws:s3:::#', 'arn:aws:s3:::#/*', 'arn:aws:s3:::#-logs/*'],
    wide: 'arn:aws:s3:::#*',
  },
  {
    prefix: 'dynamodb',
    read: ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'DescribeTable', 'ConditionCheckItem'],
    write: ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'],
    list: ['ListTables', 'DescribeLimits', 'ListBackups'],
    resources: [
      `arn:aws:dynamodb:*:${ACCOUNT}:table/#`,
      `arn:aws:dynamodb:*:${ACCOUNT}:table/#/index/*`,
    ],
    wide: `arn:aws:dynamodb:*:${ACCOUNT}:table/#*`,
  },
  {
    prefix: 'sqs',
    read: ['ReceiveMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ListQueueTags'],
    write: ['SendMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'PurgeQueue'],
    list: ['ListQueues'],
    resources: [`arn:aws:sqs:*:${ACCOUNT}:#`, `arn:aws:sqs:*:${ACCOUNT}:#-dead-letters`],
    wide: `arn:aws:sqs:*:${ACCOUNT}:#*`,
  },
  {
    prefix: 'ec2',
    read: ['GetConsoleOutput', 'GetPasswordData'],
    write: [
      'RunInstances',
      'TerminateInstances',
      'StartInstances',
      'StopInstances',
      'CreateTags',
      'AttachVolume',
      'DetachVolume',
      'ModifyInstanceAttribute',
    ],
    list: [
      'DescribeInstances',
      'DescribeVolumes',
      'DescribeSubnets',
      'DescribeVpcs',
      'DescribeSecurityGroups',
      'DescribeImages',
      'DescribeTags',
      'DescribeAvailabilityZones',
      'DescribeNetworkInterfaces',
      'DescribeRouteTables',
    ],
    resources: [
      `arn:aws:ec2:*:${ACCOUNT}:instance/*`,
      `arn:aws:ec2:*:${ACCOUNT}:volume/*`,
      `arn:aws:ec2:*:${ACCOUNT}:security-group/sg-#`,
    ],
    wide: `arn:aws:ec2:*:${ACCOUNT}:*`,
  },
  {
    prefix: 'eks',
    read: ['DescribeCluster', 'ListNodegroups', 'DescribeNodegroup', 'ListAddons'],
    write: ['UpdateClusterConfig', 'CreateNodegroup', 'DeleteNodegroup', 'CreateAddon'],
    list: ['ListClusters', 'DescribeAddonVersions'],
    resources: [
      `arn:aws:eks:*:${ACCOUNT}:cluster/#`,
      `arn:aws:eks:*:${ACCOUNT}:nodegroup/#/*`,
      `arn:aws:eks:*:${ACCOUNT}:addon/#/*`,
    ],
    wide: `arn:aws:eks:*:${ACCOUNT}:*/#*`,
  },
  {
    prefix: 'iam',
    read: ['GetRole', 'ListAttachedRolePolicies', 'ListRolePolicies', 'GetRolePolicy'],
    write: ['PassRole', 'CreateRole', 'DeleteRole', 'AttachRolePolicy', 'DetachRolePolicy'],
    list: ['ListRoles', 'ListPolicies', 'GetAccountSummary'],
    resources: [`arn:aws:iam::${ACCOUNT}:role/#`, `arn:aws:iam::${ACCOUNT}:role/#/nodes`],
    wide: `arn:aws:iam::${ACCOUNT}:role/#*`,
  },
  {
    prefix: 'kms',
    read: ['Decrypt', 'DescribeKey', 'GetKeyPolicy'],
    write: ['Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo', 'CreateGrant'],
    list: ['ListKeys', 'ListAliases'],
    resources: [`arn:aws:kms:*:${ACCOUNT}:key/#`, `arn:aws:kms:*:${ACCOUNT}:alias/#`],
    wide: `arn:aws:kms:*:${ACCOUNT}:*/#*`,
  },
  {
    prefix: 'logs',
    read: ['GetLogEvents', 'FilterLogEvents', 'DescribeLogStreams'],
    write: ['CreateLogStream', 'PutLogEvents', 'PutRetentionPolicy', 'CreateLogGroup'],
    list: ['DescribeLogGroups', 'DescribeDestinations'],
    resources: [
      `arn:aws:logs:*:${ACCOUNT}:log-group:/aws/#`,
      `arn:aws:logs:*:${ACCOUNT}:log-group:/aws/#:log-stream:*`,
    ],
    wide: `arn:aws:logs:*:${ACCOUNT}:log-group:/aws/#*`,
  },
  {
    prefix: 'secretsmanager',
    read: ['GetSecretValue', 'DescribeSecret', 'ListSecretVersionIds'],
    write: ['CreateSecret', 'PutSecretValue', 'DeleteSecret', 'TagResource'],
    list: ['ListSecrets', 'GetRandomPassword'],
    resources: [`arn:aws:secretsmanager:*:${ACCOUNT}:secret:#-??????`],
    wide: `arn:aws:secretsmanager:*:${ACCOUNT}:secret:#*`,
  },
  {
    prefix: 'elasticloadbalancing',
    read: ['DescribeTags'],
    write: [
      'AddTags',
      'RegisterTargets',
      'DeregisterTargets',
      'ModifyListener',
      'ModifyTargetGroup',
      'DeleteLoadBalancer',
    ],
    list: [
      'DescribeLoadBalancers',
      'DescribeListeners',
      'DescribeTargetGroups',
      'DescribeTargetHealth',
    ],
    resources: [
      `arn:aws:elasticloadbalancing:*:${ACCOUNT}:loadbalancer/net/#/*`,
      `arn:aws:elasticloadbalancing:*:${ACCOUNT}:targetgroup/#/*`,
    ],
    wide: `arn:aws:elasticloadbalancing:*:${ACCOUNT}:*/#*`,
  },
];

export const CONDITIONS = [
  { StringEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1'] } },
  { StringEquals: { 'aws:ResourceTag/environment': ['production'] } },
  { StringEquals: { 'aws:ResourceTag/environment': ['staging'] } },
  { StringLike: { 'aws:ResourceTag/sigs.k8s.io/cluster-api-provider-aws/role': ['*'] } },
  { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com'] } },
  { Bool: { 'aws:SecureTransport': ['true'] } },
];
