/** The commands and their flags, as yargs declares them and `--help` prints them. */
import type { Options } from 'yargs';
import { FORMATS } from '../model/bundle.ts';

export const COMMANDS = ['generate', 'check', 'features', 'groups', 'howto'] as const;
export type Command = (typeof COMMANDS)[number];

/** Flags that are values of parameters of the built-in spec. */
export const PARAMETER_FLAGS = {
  'cluster-name': 'clusterName',
  'vpc-id': 'vpcId',
  partition: 'partition',
  'name-suffix': 'nameSuffix',
  'account-id': 'accountId',
} as const;

const one = (group: string, describe: string, more: Options = {}): Options => ({
  type: 'string',
  requiresArg: true,
  nargs: 1,
  group,
  describe,
  ...more,
});
const many = (group: string, describe: string, more: Options = {}): Options =>
  one(group, describe, { array: true, ...more });
const yes = (group: string, describe: string): Options => ({ type: 'boolean', group, describe });

const WHAT = 'What to generate:';
const VALUES = 'Values:';
const ATTACH = 'Whom to attach to:';
const OUTPUT = 'Output:';

const SPEC_OPTION = {
  spec: many(WHAT, 'Folder with a spec of your own, added to the built-in one (repeatable)'),
};

const TARGET_OPTIONS: Readonly<Record<string, Options>> = {
  features: many(WHAT, 'Features, comma-separated (repeatable); `gen features` lists them', {
    default: ['core'],
    defaultDescription: 'core',
  }),
  format: many(WHAT, `${FORMATS.join(', ')}; comma-separated, or all`, {
    default: ['all'],
    defaultDescription: 'all',
  }),
  merge: one(WHAT, 'auto: only as far as quotas ask; all: the fewest policies; none: never', {
    default: 'auto',
    defaultDescription: 'auto',
  }),
  shrink: one(WHAT, 'off; exact: wildcards that save a policy; validator: simpler ones', {
    default: 'off',
    defaultDescription: 'off',
  }),
  'policy-type': one(WHAT, 'managed, or inline: in the roles, users and groups', {
    default: 'managed',
    defaultDescription: 'managed',
  }),
  'as-of': one(WHAT, 'Apply amendments up to YYYY-MM-DD, or `latest`'),
  reserve: one(WHAT, 'Policy slots of every principal to keep free for others', {
    default: '0',
    defaultDescription: '0',
  }),
  'max-policies': one(WHAT, 'At most so many generated policies on every principal'),
  repack: yes(WHAT, 'Pack afresh, whatever the former manifest.json says'),
  ...SPEC_OPTION,
  'cluster-name': one(VALUES, 'Name of the EKS cluster'),
  'vpc-id': one(VALUES, 'Id of the VPC that the scoped CNI policy is for'),
  partition: one(VALUES, 'aws, aws-us-gov, aws-cn, …'),
  'account-id': one(VALUES, 'AWS account number, 12 digits'),
  'name-prefix': one(VALUES, 'Goes before every policy and role name'),
  'name-suffix': one(VALUES, 'Suffix of the CAPA names'),
  path: one(VALUES, 'IAM path of what is created', { default: '/', defaultDescription: '/' }),
  'permissions-boundary': one(VALUES, 'ARN of the boundary of every role created'),
  tag: many(VALUES, 'Tag k=v on what is created (repeatable)'),
  param: many(VALUES, 'Parameter name=value of a spec of your own (repeatable)'),
  'palette-role': many(ATTACH, "Role of Palette's cloud account, by name (repeatable)"),
  'palette-user': many(ATTACH, "User of Palette's cloud account, by name (repeatable)"),
  'palette-group': many(ATTACH, "Group of Palette's user, by name (repeatable)"),
  'node-role': many(ATTACH, 'Existing role of worker nodes, by name (repeatable)'),
  out: one(OUTPUT, 'Parent folder of the output', { default: 'out', defaultDescription: 'out' }),
  name: one(OUTPUT, 'Name of the output folder; the features joined with - if absent'),
};

const PRINT_OPTIONS: Readonly<Record<string, Options>> = {
  quiet: yes(OUTPUT, 'Print nothing but errors'),
  json: yes(OUTPUT, 'Print the manifest (check: the findings) as JSON on stdout'),
};

const WRITE_OPTIONS: Readonly<Record<string, Options>> = {
  stdout: yes(OUTPUT, 'Print the one file instead of writing'),
  only: one(OUTPUT, 'With --stdout: which file, e.g. terraform/main.tf'),
  force: yes(OUTPUT, 'Overwrite edited and foreign files'),
};

const LIST_OPTIONS: Readonly<Record<string, Options>> = {
  ...SPEC_OPTION,
  json: yes(OUTPUT, 'Print as JSON'),
};

export const OPTIONS: Readonly<Record<Command, Readonly<Record<string, Options>>>> = {
  generate: { ...TARGET_OPTIONS, ...WRITE_OPTIONS, ...PRINT_OPTIONS },
  // Flags that only say how to write are accepted, so that `gen …` becomes `gen check …` by one word.
  check: { ...TARGET_OPTIONS, ...WRITE_OPTIONS, ...PRINT_OPTIONS },
  howto: { ...TARGET_OPTIONS, ...WRITE_OPTIONS, ...PRINT_OPTIONS },
  features: LIST_OPTIONS,
  groups: LIST_OPTIONS,
};

export const DESCRIPTIONS: Readonly<Record<Command, string>> = {
  generate: 'Generate AWS IAM artefacts for the selected features',
  check: 'Compare the files on disk with what would be written; write nothing',
  features: 'List the features',
  groups: 'List the requirement groups with their sources',
  howto: 'Print what is left to do by hand, for the selected features and formats',
};

/** Not yargs' examples: those wrap in the middle of a command. */
export const EXAMPLES = `Examples:
  gen --features eks,cni-scoped --format terraform             a Terraform module
  gen --features iaas-dynamic --account-id 123456789012        minimum permissions for IaaS
  gen --features core,eks,host-groups --merge all              as few policies as possible
  gen --features core --format terraform --stdout --only terraform/main.tf
  gen check --features eks,cni-scoped --format terraform       are those files still right?

Exit codes: 0 done or fresh; 1 findings, e.g. edited or stale files; 2 wrong usage or a wrong spec;
3 does not fit the quotas. DEBUG=gen shows where in the program an error comes from.`;
