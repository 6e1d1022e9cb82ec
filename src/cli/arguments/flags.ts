/** The commands and their flags, as yargs declares them, `--help` prints them and TAB completes them. */
import type { Options } from 'yargs';
import { FORMATS, MERGE_MODES } from '../../model/bundle.ts';
import { IDENTITIES } from '../../model/identity.ts';
import { NARROWINGS, type Target } from '../../model/target.ts';
import { CNI_PRINCIPALS, POLICY_TYPES, SHRINK_MODES } from '../../model/target-rules.ts';

/** The file with targets, where --config names no other. */
export const GEN_FILE = 'gen.yaml';

export const COMMANDS = [
  'generate',
  'check',
  'init',
  'diff',
  'outdated',
  'changelog',
  'howto',
  'features',
  'groups',
  'completion',
] as const;
export type Command = (typeof COMMANDS)[number];

export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];
/** As spec/parameters.yaml has them. */
export const PARTITIONS: readonly string[] = [
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
];

/** What a value is: one of these words, or of a kind; a path is one inside the target's folder. */
export type Values = readonly string[] | 'feature' | 'file' | 'folder' | 'path' | 'number' | 'date';

/** A flag, and what its value is; anything where `takes` is absent. */
export type Flag = Options & { readonly takes?: Values };

/** An argument without dashes. */
export interface Positional {
  readonly describe: string;
  readonly takes?: Values;
}

/** The newer ones; the documented one is the default. */
const EBS_CSI_POLICIES = ['AmazonEBSCSIDriverPolicyV2', 'AmazonEBSCSIDriverEKSClusterScopedPolicy'];

/** Flags that are values of parameters of the built-in spec. */
export const PARAMETER_FLAGS = {
  'cluster-name': 'clusterName',
  'vpc-id': 'vpcId',
  partition: 'partition',
  'name-suffix': 'nameSuffix',
  'account-id': 'accountId',
  region: 'region',
  'bucket-name': 'bucketName',
  'ebs-csi-policy': 'ebsCsiPolicy',
  'palette-account-id': 'paletteAccountId',
  'external-id': 'externalId',
  'target-account-id': 'targetAccountId',
  'management-account-id': 'managementAccountId',
} as const;

/** The flag, and the key of gen.yaml, of each option of a target. */
export const OPTION_FLAGS: Readonly<Record<keyof Target, string>> = {
  features: 'features',
  formats: 'format',
  mergeMode: 'merge',
  policyType: 'policy-type',
  stackset: 'stackset',
  name: 'name',
  parameters: 'param',
  namePrefix: 'name-prefix',
  paletteRoles: 'palette-role',
  paletteUsers: 'palette-user',
  paletteGroups: 'palette-group',
  nodeRoles: 'node-role',
  identity: 'identity',
  identities: 'identity',
  cniPrincipal: 'cni-principal',
  path: 'path',
  allowRolePatterns: 'allow-role-pattern',
  narrow: 'narrow',
  deployed: 'deployed',
  policyDescriptions: 'policy-description',
  permissionsBoundary: 'permissions-boundary',
  tags: 'tag',
  reserve: 'reserve',
  maxPolicies: 'max-policies',
  shrink: 'shrink',
  repack: 'repack',
  asOf: 'as-of',
  capaRelease: 'capa-release',
  // In gen.yaml only: a reason is worth writing down.
  accept: 'accept',
};

const one = (group: string, describe: string, more: Flag = {}): Flag => ({
  type: 'string',
  requiresArg: true,
  nargs: 1,
  group,
  describe,
  ...more,
});
const many = (group: string, describe: string, more: Flag = {}): Flag =>
  one(group, describe, { array: true, ...more });
const yes = (group: string, describe: string): Flag => ({ type: 'boolean', group, describe });

const WHAT = 'What to generate:';
const VALUES = 'Values:';
const ATTACH = 'Whom to attach to:';
const OUTPUT = 'Output:';

const SPEC_OPTION = {
  spec: many(WHAT, 'Folder with a spec of your own, added to the built-in one (repeatable)', {
    takes: 'folder',
  }),
};

export const TARGET_OPTIONS: Readonly<Record<string, Flag>> = {
  features: many(WHAT, 'Features, comma-separated (repeatable); `gen features` lists them', {
    defaultDescription: 'core',
    takes: 'feature',
  }),
  format: many(WHAT, `${FORMATS.join(', ')}; comma-separated, or all`, {
    defaultDescription: 'all',
    takes: [...FORMATS, 'all'],
  }),
  merge: one(WHAT, 'auto: only as far as quotas ask; all: the fewest policies; none: never', {
    defaultDescription: 'auto',
    takes: MERGE_MODES,
  }),
  shrink: one(WHAT, 'off; exact: wildcards that save a policy; validator: simpler ones', {
    defaultDescription: 'off',
    takes: SHRINK_MODES,
  }),
  'policy-type': one(WHAT, 'managed, or inline: in the roles, users and groups', {
    defaultDescription: 'managed',
    takes: POLICY_TYPES,
  }),
  narrow: many(WHAT, 'Limit ARNs to the given region and account: region,account', {
    takes: NARROWINGS,
  }),
  stackset: yes(WHAT, 'With cloudformation: also a StackSet, for accounts of organizational units'),
  'as-of': one(WHAT, 'Apply amendments up to YYYY-MM-DD, or `latest`', { takes: 'date' }),
  'capa-release': one(
    WHAT,
    'What the Cluster API stack needs at release vX.Y.Z, or `latest`; as documented if absent',
  ),
  reserve: one(WHAT, 'Policy slots to keep free on every principal, for policies of yours', {
    defaultDescription: '0',
    takes: 'number',
  }),
  'max-policies': one(WHAT, 'The most policies that gen may attach to one principal', {
    takes: 'number',
  }),
  repack: yes(WHAT, 'Pack anew; grants need not stay in the policies they are in'),
  ...SPEC_OPTION,
  'cluster-name': one(VALUES, 'Name of the EKS cluster'),
  'vpc-id': one(VALUES, 'Id of the VPC that the scoped CNI policy is for'),
  partition: one(VALUES, 'aws, aws-us-gov, aws-cn, …', { takes: PARTITIONS }),
  'account-id': one(VALUES, 'AWS account number, 12 digits'),
  region: one(VALUES, 'AWS region of the cluster'),
  'bucket-name': one(VALUES, 'Name of the S3 bucket for backups'),
  'ebs-csi-policy': one(
    VALUES,
    'AWS managed policy of the EBS CSI driver, e.g. AmazonEBSCSIDriverPolicyV2',
    { takes: EBS_CSI_POLICIES },
  ),
  'palette-account-id': one(VALUES, 'AWS account that Palette assumes the role from'),
  'external-id': one(VALUES, 'External id that Palette shows for your tenant'),
  'target-account-id': one(VALUES, 'Cross-account Pod Identity: account of the clusters'),
  'management-account-id': one(VALUES, 'Cross-account Pod Identity: account of Palette'),
  'name-prefix': one(VALUES, 'Prefix for every policy and role name'),
  'name-suffix': one(
    VALUES,
    'Ending of Cluster API role names, instead of .cluster-api-provider-aws.sigs.k8s.io',
  ),
  path: one(VALUES, 'IAM path of what is created', { defaultDescription: '/' }),
  deployed: many(
    VALUES,
    'NAME=ARN of what is deployed already under another name or path (repeatable)',
  ),
  'policy-description': many(
    VALUES,
    'NAME=TEXT: a description as it is deployed; AWS cannot change one (repeatable)',
  ),
  'allow-role-pattern': many(
    VALUES,
    'Role names that the minimum policies let Palette pass too, * and ? in them (repeatable)',
  ),
  'permissions-boundary': one(VALUES, 'ARN of the boundary of every role created'),
  tag: many(VALUES, 'Tag k=v on what is created (repeatable)'),
  param: many(VALUES, 'Parameter name=value of a spec of your own (repeatable)'),
  'palette-role': many(ATTACH, "Role of Palette's cloud account, by name (repeatable)"),
  'palette-user': many(ATTACH, "User of Palette's cloud account, by name (repeatable)"),
  'palette-group': many(ATTACH, "Group of Palette's user, by name (repeatable)"),
  'node-role': many(ATTACH, 'Existing role of worker nodes, by name (repeatable)'),
  identity: many(
    ATTACH,
    'How add-ons get permissions: node, irsa, pod-identity, palette-irsa; ADDON=HOW for one (repeatable)',
    { takes: IDENTITIES },
  ),
  'cni-principal': one(ATTACH, 'The same as --identity vpc-cni=…: node, irsa, pod-identity', {
    defaultDescription: 'node',
    takes: CNI_PRINCIPALS,
  }),
  'oidc-provider': one(ATTACH, "ARN or URL of the EKS cluster's OIDC provider, for IRSA roles"),
  out: one(OUTPUT, 'Parent folder of the output', {
    defaultDescription: 'out',
    takes: 'folder',
  }),
  name: one(OUTPUT, 'Name of the output folder; the features joined with - if absent'),
  values: many(OUTPUT, 'Pack values file of yours to merge the pxk snippet into (repeatable)', {
    takes: 'file',
  }),
};

/** Which targets of a file, where none is described by flags. */
const FILE_OPTIONS: Readonly<Record<string, Flag>> = {
  config: one(WHAT, 'File with targets; read where --features is not given', {
    defaultDescription: GEN_FILE,
    takes: 'file',
  }),
  target: many(WHAT, 'Only this target of the file (repeatable)'),
};

const PRINT_OPTIONS: Readonly<Record<string, Flag>> = {
  quiet: yes(OUTPUT, 'Print nothing but errors'),
  verbose: yes(OUTPUT, 'Print all there is to tell: principals, notes, every warning and file'),
  json: yes(OUTPUT, 'Print the manifest (check: the findings) as JSON on stdout'),
};

const WRITE_OPTIONS: Readonly<Record<string, Flag>> = {
  stdout: yes(OUTPUT, 'Print the one file instead of writing'),
  only: one(OUTPUT, 'With --stdout: which file, e.g. terraform/main.tf', { takes: 'path' }),
  force: yes(OUTPUT, 'Overwrite edited and foreign files, and other values in --values files'),
};

const INIT_OPTIONS: Readonly<Record<string, Flag>> = {
  config: one(OUTPUT, 'File to write', { defaultDescription: GEN_FILE, takes: 'file' }),
  force: yes(OUTPUT, 'Overwrite a file that is there'),
  quiet: yes(OUTPUT, 'Print nothing but errors'),
};

const LIST_OPTIONS: Readonly<Record<string, Flag>> = {
  ...SPEC_OPTION,
  json: yes(OUTPUT, 'Print as JSON'),
};

const COMPARE = 'Comparing:';

/** `gen diff` composes what a date stands for from these. */
const {
  'as-of': _asOf,
  repack: _repack,
  format: _format,
  out: _out,
  name: _name,
  stackset: _stackset,
  values: _values,
  ...COMPOSED
} = TARGET_OPTIONS;

const MARKDOWN_OPTION = { markdown: yes(OUTPUT, 'Print as Markdown, e.g. for a pull request') };

export const OPTIONS: Readonly<Record<Command, Readonly<Record<string, Flag>>>> = {
  generate: { ...TARGET_OPTIONS, ...FILE_OPTIONS, ...WRITE_OPTIONS, ...PRINT_OPTIONS },
  // Flags that only say how to write are accepted, so that `gen …` becomes `gen check …` by one word.
  check: { ...TARGET_OPTIONS, ...FILE_OPTIONS, ...WRITE_OPTIONS, ...PRINT_OPTIONS },
  howto: { ...TARGET_OPTIONS, ...FILE_OPTIONS, ...WRITE_OPTIONS, ...PRINT_OPTIONS },
  init: { ...TARGET_OPTIONS, ...INIT_OPTIONS },
  features: LIST_OPTIONS,
  groups: LIST_OPTIONS,
  diff: {
    ...COMPOSED,
    config: FILE_OPTIONS.config as Flag,
    target: many(WHAT, 'The target of the file that dates refer to'),
    'fail-on': one(COMPARE, 'widening: exit 1 where anything became allowed', {
      takes: ['widening'],
    }),
    json: yes(OUTPUT, 'Print as JSON'),
    ...MARKDOWN_OPTION,
  },
  // All flags of a target, so that `gen …` becomes `gen outdated …` by one word.
  outdated: { ...TARGET_OPTIONS, ...FILE_OPTIONS, json: yes(OUTPUT, 'Print as JSON') },
  changelog: {
    features: many(WHAT, 'Only the groups of these features; all groups if absent', {
      takes: 'feature',
    }),
    from: one(COMPARE, 'First day, YYYY-MM-DD', { takes: 'date' }),
    to: one(COMPARE, 'Last day, YYYY-MM-DD', { takes: 'date' }),
    ...SPEC_OPTION,
    ...MARKDOWN_OPTION,
  },
  completion: {},
};

/** By their names, in their order. */
export const POSITIONALS: Readonly<Partial<Record<Command, Readonly<Record<string, Positional>>>>> =
  {
    diff: {
      A: {
        describe:
          'Target, folder of policies, REV:folder in git, YYYY-MM-DD, `documented` or `latest`',
        takes: 'folder',
      },
      B: { describe: 'What to compare it with, likewise', takes: 'folder' },
    },
    completion: { shell: { describe: 'bash or zsh; that of $SHELL if absent', takes: SHELLS } },
  };

export const DESCRIPTIONS: Readonly<Record<Command, string>> = {
  generate: 'Generate AWS IAM artefacts for the selected features',
  check: 'Compare the files on disk with what would be written; write nothing',
  init: 'Write a gen.yaml with one target, from flags or by asking',
  features: 'List the features',
  groups: 'List the requirement groups with their sources',
  howto: 'Print what is left to do by hand, for the selected features and formats',
  diff: 'Compare permissions: what B allows and A does not, and the other way round',
  outdated: 'List what the sources have added since the target (exit 1 where there is any)',
  changelog: 'Tell what the sources of every group have changed, and when',
  completion: 'Print a script that completes commands, flags and values at TAB',
};
