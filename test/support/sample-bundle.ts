// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM policy variables look like that
/** A complete bundle made by hand: everything an emitter must carry, the awkward things above all. */
import type { IamBundle, ManagedPolicy } from '../../src/model/bundle.ts';
import type { Parameter } from '../../src/model/parameter.ts';
import {
  type PolicyDocument,
  type Statement,
  toPolicyJson,
  trustOfServices,
} from '../../src/model/policy.ts';

export const CLUSTER_NAME: Parameter = {
  name: 'clusterName',
  description: 'Name of the EKS cluster.',
  pattern: '^[0-9A-Za-z][A-Za-z0-9_-]*$',
  maxLength: 100,
  constraint: 'must be letters, digits, hyphens and underscores, and begin with a letter or digit',
  flag: '--cluster-name',
  documentedAs: '${CLUSTER_NAME}',
};

export const VPC_ID: Parameter = {
  name: 'vpcId',
  description: 'Id of the VPC.',
  pattern: '^vpc-([0-9a-f]{8}|[0-9a-f]{17})$',
  maxLength: 21,
  constraint: 'must be vpc- and 8 or 17 hexadecimal digits',
};

export function documentOf(...statements: Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/** A policy of one statement; what is given replaces what stands here. */
export function samplePolicy(changes: Partial<ManagedPolicy> = {}): ManagedPolicy {
  const document =
    changes.document ??
    documentOf({ Effect: 'Allow', Action: ['ec2:DescribeInstances'], Resource: ['*'] });
  const size = JSON.stringify(toPolicyJson(document)).length;
  const name = changes.name ?? 'PaletteSamplePolicy';
  return {
    name,
    stem: name,
    logicalId: name.replace(/[^A-Za-z0-9]/g, ''),
    description: 'A policy to try things with.',
    document,
    origins: document.Statement.map((_, index) => [{ group: 'sample', statements: [index] }]),
    groups: ['sample'],
    attachTo: ['palette'],
    inStack: false,
    size,
    worstSize: size,
    limit: 6144,
    ...changes,
  };
}

/** A small bundle: one policy and nothing else. */
export function sampleBundle(changes: Partial<IamBundle> = {}): IamBundle {
  return {
    target: 'sample',
    features: ['sample'],
    activeFeatures: ['core', 'sample'],
    bases: ['core'],
    mergeMode: 'auto',
    policyType: 'managed',
    stackset: false,
    policies: [samplePolicy()],
    roles: [],
    users: [],
    paletteIrsaRoles: [],
    existing: [],
    principals: [],
    groups: [{ id: 'sample', description: 'Lets one try things.', amendments: [] }],
    openParameters: [],
    values: new Map(),
    defaults: new Map(),
    partition: 'aws',
    namePrefix: { value: '', maxLength: 28 },
    path: '/',
    longestPath: 512,
    tags: new Map(),
    packing: [],
    moves: [],
    replacements: [],
    stackDifferences: [],
    pendingPermissions: 0,
    warnings: [],
    notes: [],
    ...changes,
  };
}

/** Strings that one quoting rule or another gets wrong. */
export const AWKWARD = [
  'plain',
  '${aws:username}',
  '$${aws:username}',
  '%{if}',
  '$%{x}',
  '%${aws:userid}',
  'cost$',
  '100%',
  'quote " and ${*} together',
  'C:\\dir\\${aws:username}',
  'line\nbreak\ttab',
  'größe → 世界 🧭',
  '{"json": "${x}"}',
  '~0041 ${TfToken[TOKEN.0]} #{Token[x.1]}',
  '<a&b>',
  "it's $( fine ) $& $1",
] as const;

/** The bundle with everything: roles, existing holders, open parameters, tags, a boundary. */
export function fullBundle(): IamBundle {
  const scoped = samplePolicy({
    name: 'PaletteCniScopedIPv4Policy',
    groups: ['cni-scoped-ipv4', 'palette-nodes'],
    attachTo: ['nodes', 'node-group'],
    document: documentOf(
      {
        Sid: 'ScopedCreate',
        Effect: 'Allow',
        Action: ['ec2:CreateNetworkInterface', 'ec2:CreateTags'],
        Resource: ['arn:aws:ec2:*:*:vpc/{{vpcId}}', 'arn:aws:ec2:*:*:network-interface/*'],
        Condition: {
          StringEquals: { 'aws:RequestTag/cluster.k8s.amazonaws.com/name': ['{{clusterName}}'] },
          StringLike: {
            'aws:ResourceTag/kubernetes.io/cluster/{{clusterName}}': ['owned', 'shared'],
            'ec2:Vpc': ['arn:*:ec2:*:*:vpc/{{vpcId}}'],
          },
        },
      },
      {
        Effect: 'Allow',
        Action: ['ec2:CreateTags', 'ec2:DescribeInstances'],
        Resource: ['*'],
      },
    ),
    origins: [
      [{ group: 'cni-scoped-ipv4', statements: [0] }],
      [
        { group: 'cni-scoped-ipv4', statements: [2, 3] },
        { group: 'palette-nodes', statements: [0] },
      ],
    ],
  });
  const awkward = samplePolicy({
    name: '7-Awkward.Policy+Name',
    description: `First "line", a \\ and é,\nthen \${aws:username} and %{ if }.`,
    document: documentOf(
      {
        Sid: 'Own',
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: AWKWARD.map((text) => `arn:aws:s3:::bucket/${text}`),
        Condition: {
          'ForAnyValue:StringLike': { 'aws:TagKeys': ['${aws:username}', '{{clusterName}}-"x"'] },
          Null: { 'aws:TokenIssueTime': ['false'] },
        },
      },
      { Effect: 'Deny', NotAction: ['iam:*', 'sts:*'], Resource: ['*'] },
      { Effect: 'Deny', Action: ['s3:*'], NotResource: ['arn:aws:s3:::bucket/${aws:username}/*'] },
    ),
  });
  return sampleBundle({
    target: 'everything',
    features: ['iaas-dynamic', 'cni-scoped'],
    activeFeatures: ['iaas-dynamic', 'stack-manual', 'cni-scoped'],
    bases: ['iaas-dynamic'],
    mergeMode: 'auto',
    policies: [
      samplePolicy({ name: 'PaletteControllerPolicy', attachTo: ['palette', 'control-plane'] }),
      samplePolicy({
        name: 'PaletteControllersEKSPolicy{{nameSuffix}}',
        stem: 'PaletteControllersEKSPolicy',
        logicalId: 'PaletteControllersEKSPolicy',
      }),
      scoped,
      awkward,
      samplePolicy({
        name: 'nodes.cluster-api-provider-aws.sigs.k8s.io',
        stem: 'nodes',
        logicalId: 'AWSIAMManagedPolicyNodes',
        attachTo: ['control-plane', 'nodes'],
        inStack: true,
      }),
      samplePolicy({ name: 'Loose', attachTo: ['cluster'] }),
    ],
    roles: [
      {
        principal: 'control-plane',
        name: 'control-plane.cluster-api-provider-aws.sigs.k8s.io',
        stem: 'control-plane',
        logicalId: 'AWSIAMRoleControlPlane',
        trust: trustOfServices(['ec2.amazonaws.com']),

        awsManagedPolicies: [],
        instanceProfile: {
          name: 'control-plane.cluster-api-provider-aws.sigs.k8s.io',
          logicalId: 'AWSIAMInstanceProfileControlPlane',
        },
        inStack: true,
      },
      {
        principal: 'nodes',
        name: 'nodes.cluster-api-provider-aws.sigs.k8s.io{{nameSuffix}}',
        stem: 'nodes',
        logicalId: 'AWSIAMRoleNodes',
        description: 'Role of "worker" nodes.',
        trust: trustOfServices(['ec2.amazonaws.com', 'eks.amazonaws.com']),

        awsManagedPolicies: ['AmazonEKSWorkerNodePolicy', 'service-role/AmazonEBSCSIDriverPolicy'],
        inStack: true,
      },
    ],
    existing: [
      { principal: 'palette', entity: 'user', name: 'palette@example.com', awsManagedPolicies: [] },
      { principal: 'palette', entity: 'role', name: 'SpectroCloudRole', awsManagedPolicies: [] },
      {
        principal: 'node-group',
        entity: 'role',
        name: 'custom-ng-role',
        awsManagedPolicies: ['service-role/AmazonEBSCSIDriverPolicy'],
      },
    ],
    principals: [
      {
        id: 'nodes',
        description: 'Worker nodes of the CAPA stack.',
        created: true,
        node: true,
        attached: 4,
        limit: 10,
        free: 6,
        awsManagedPolicies: ['AmazonEKSWorkerNodePolicy'],
        attachedByOthers: [],
      },
    ],
    groups: [
      { id: 'sample', description: 'Lets one try things.', amendments: [] },
      {
        id: 'cni-scoped-ipv4',
        description: 'Lets the VPC CNI work\nin one cluster.',
        source: {
          document: 'Amazon VPC CNI',
          section: 'Scope-down IAM policy',
          lastUpdate: '2025-05-25',
          url: 'https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md',
        },
        amendments: ['2026-10-09: ec2:DescribeSubnets in statement 2'],
      },
      { id: 'palette-nodes', description: 'Lets nodes join.', amendments: [] },
    ],
    openParameters: [
      CLUSTER_NAME,
      VPC_ID,
      {
        name: 'nameSuffix',
        description: 'Behind every name, "as is".',
        pattern: '^[\\w+=,.@-]*$',
        maxLength: 20,
        default: '',
        constraint: 'Must be characters of an IAM name.',
      },
    ],
    values: new Map([['partition', 'aws']]),
    path: '/palette/',
    permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
    tags: new Map([
      ['costCenter', '42 / x'],
      ['team:größe', 'é = 1'],
    ]),
  });
}

/** Freezes a bundle through and through, maps included: an emitter that writes to it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    for (const [key, item] of value) deepFreeze([key, item]);
    const refuse = () => {
      throw new TypeError('a frozen map was written to');
    };
    Object.assign(value, { set: refuse, delete: refuse, clear: refuse });
  }
  for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}
