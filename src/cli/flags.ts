/** The commands and their flags, as yargs declares them and `--help` prints them. */
import type { Options } from 'yargs';
import { FORMATS } from '../model/bundle.ts';

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
] as const;
export type Command = (typeof COMMANDS)[number];

/** Arguments without dashes, by their names; all of them are needed. */
export const POSITIONALS: Readonly<Partial<Record<Command, Readonly<Record<string, string>>>>> = {
  diff: {
    A: 'Target, folder of policies, REV:folder in git, YYYY-MM-DD, `documented` or `latest`',
    B: 'What to compare it with, likewise',
  },
};

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

export const TARGET_OPTIONS: Readonly<Record<string, Options>> = {
  features: many(WHAT, 'Features, comma-separated (repeatable); `gen features` lists them', {
    defaultDescription: 'core',
  }),
  format: many(WHAT, `${FORMATS.join(', ')}; comma-separated, or all`, {
    defaultDescription: 'all',
  }),
  merge: one(WHAT, 'auto: only as far as quotas ask; all: the fewest policies; none: never', {
    defaultDescription: 'auto',
  }),
  shrink: one(WHAT, 'off; exact: wildcards that save a policy; validator: simpler ones', {
    defaultDescription: 'off',
  }),
  'policy-type': one(WHAT, 'managed, or inline: in the roles, users and groups', {
    defaultDescription: 'managed',
  }),
  stackset: yes(WHAT, 'With cloudformation: also a StackSet, for accounts of organizational units'),
  'as-of': one(WHAT, 'Apply amendments up to YYYY-MM-DD, or `latest`'),
  reserve: one(WHAT, 'Policy slots of every principal to keep free for others', {
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
  path: one(VALUES, 'IAM path of what is created', { defaultDescription: '/' }),
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
  'cni-principal': one(
    ATTACH,
    "Who holds the VPC CNI plugin's policies: node, irsa, pod-identity",
    {
      defaultDescription: 'node',
    },
  ),
  'oidc-provider': one(ATTACH, "With irsa: ARN or URL of the EKS cluster's OIDC provider"),
  out: one(OUTPUT, 'Parent folder of the output', { defaultDescription: 'out' }),
  name: one(OUTPUT, 'Name of the output folder; the features joined with - if absent'),
  values: many(OUTPUT, 'Pack values file of yours to merge the pxk snippet into (repeatable)'),
};

/** Which targets of a file, where none is described by flags. */
const FILE_OPTIONS: Readonly<Record<string, Options>> = {
  config: one(WHAT, 'File with targets; read where --features is not given', {
    defaultDescription: GEN_FILE,
  }),
  target: many(WHAT, 'Only this target of the file (repeatable)'),
};

const PRINT_OPTIONS: Readonly<Record<string, Options>> = {
  quiet: yes(OUTPUT, 'Print nothing but errors'),
  json: yes(OUTPUT, 'Print the manifest (check: the findings) as JSON on stdout'),
};

const WRITE_OPTIONS: Readonly<Record<string, Options>> = {
  stdout: yes(OUTPUT, 'Print the one file instead of writing'),
  only: one(OUTPUT, 'With --stdout: which file, e.g. terraform/main.tf'),
  force: yes(OUTPUT, 'Overwrite edited and foreign files, and other values in --values files'),
};

const INIT_OPTIONS: Readonly<Record<string, Options>> = {
  config: one(OUTPUT, 'File to write', { defaultDescription: GEN_FILE }),
  force: yes(OUTPUT, 'Overwrite a file that is there'),
  quiet: yes(OUTPUT, 'Print nothing but errors'),
};

const LIST_OPTIONS: Readonly<Record<string, Options>> = {
  ...SPEC_OPTION,
  json: yes(OUTPUT, 'Print as JSON'),
};

const COMPARE = 'Comparing:';

/** What a date stands for is composed with the same flags as when generating. */
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

export const OPTIONS: Readonly<Record<Command, Readonly<Record<string, Options>>>> = {
  generate: { ...TARGET_OPTIONS, ...FILE_OPTIONS, ...WRITE_OPTIONS, ...PRINT_OPTIONS },
  // Flags that only say how to write are accepted, so that `gen …` becomes `gen check …` by one word.
  check: { ...TARGET_OPTIONS, ...FILE_OPTIONS, ...WRITE_OPTIONS, ...PRINT_OPTIONS },
  howto: { ...TARGET_OPTIONS, ...FILE_OPTIONS, ...WRITE_OPTIONS, ...PRINT_OPTIONS },
  init: { ...TARGET_OPTIONS, ...INIT_OPTIONS },
  features: LIST_OPTIONS,
  groups: LIST_OPTIONS,
  diff: {
    ...COMPOSED,
    config: FILE_OPTIONS.config as Options,
    'fail-on': one(COMPARE, 'widening: exit 1 where anything became allowed'),
    json: yes(OUTPUT, 'Print as JSON'),
    ...MARKDOWN_OPTION,
  },
  // All flags of a target, so that `gen …` becomes `gen outdated …` by one word.
  outdated: { ...TARGET_OPTIONS, ...FILE_OPTIONS, json: yes(OUTPUT, 'Print as JSON') },
  changelog: {
    features: many(WHAT, 'Only the groups of these features; all groups if absent'),
    from: one(COMPARE, 'First day, YYYY-MM-DD'),
    to: one(COMPARE, 'Last day, YYYY-MM-DD'),
    ...SPEC_OPTION,
    ...MARKDOWN_OPTION,
  },
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
};

/** Not yargs' examples: those wrap in the middle of a command. */
export const EXAMPLES = `Examples:
  gen --features eks,cni-scoped --format terraform             a Terraform module
  gen --features iaas-dynamic --account-id 123456789012        minimum permissions for IaaS
  gen --features core,eks,host-groups --merge all              as few policies as possible
  gen --features core --format terraform --stdout --only terraform/main.tf
  gen check --features eks,cni-scoped --format terraform       are those files still right?
  gen && gen check                                             the targets that gen.yaml lists
  gen diff HEAD~1:out/core out/core --fail-on widening         what became allowed?

Exit codes: 0 done or fresh; 1 findings, e.g. edited or stale files, other values in a --values
file; 2 wrong usage or a wrong spec; 3 does not fit the quotas. DEBUG=gen shows where in the program an error comes from.`;
