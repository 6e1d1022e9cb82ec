/**
 * What the values of a target may be: one list of rules for the command line, gen.yaml and the
 * library. A fault names the option, and says what is wrong in words that suit all three; each of
 * them adds where the value came from: the flag, the place in the file, the option. What AWS allows
 * is in `limits.ts`.
 */
import { type Entity, FORMATS, MERGE_MODES, type PolicyType, type ShrinkShape } from './bundle.ts';
import { IDENTITIES } from './identity.ts';
import {
  isPath,
  isTagText,
  NAME_LENGTH,
  NAME_PART_PATTERN,
  NAME_RULE,
  namePattern,
  PATH_LENGTH,
  PATH_RULE,
  POLICY_ARN_PATTERN,
  TAGS,
} from './limits.ts';
import { meant } from './nearest.ts';
import { compareReleases, DOCUMENTED_CAPA_RELEASE, isRelease } from './release.ts';
import { type Acceptance, NARROWINGS, type Target, type TargetOptions } from './target.ts';

export const POLICY_TYPES: readonly PolicyType[] = ['managed', 'inline'];
export const SHRINK_MODES: readonly (ShrinkShape | 'off')[] = ['off', 'exact', 'validator'];
export const CNI_PRINCIPALS = ['node', 'irsa', 'pod-identity'] as const;

/** What people call a format elsewhere; good for a suggestion only. */
const FORMAT_ALIASES: Readonly<Record<string, string>> = {
  tf: 'terraform',
  hcl: 'terraform',
  tofu: 'terraform',
  opentofu: 'terraform',
  cf: 'cloudformation',
  cfn: 'cloudformation',
  cft: 'cloudformation',
  json: 'iam-json',
  iam: 'iam-json',
  values: 'pxk',
  helm: 'pxk',
  pack: 'pxk',
};

/** Something wrong with one option of a target. */
export interface TargetFault {
  /** Stable and kebab-case, the same for flags, gen.yaml and the library. */
  readonly code: string;
  /** Of `Target`; another name where there is no such option. */
  readonly option: string;
  /** Of `parameters` and `tags`: which of them. */
  readonly key?: string;
  /** A sentence that names neither a flag nor a key nor an option. */
  readonly message: string;
  readonly advice?: string;
}

type Fault = Omit<TargetFault, 'option'>;
type Kind = 'text' | 'texts' | 'number' | 'boolean' | 'map' | 'acceptances';

/** What an option holds, and what its value must be beyond that. */
interface Rule<T> {
  readonly kind: Kind;
  readonly faults?: (value: T, all: Partial<TargetOptions>) => readonly Fault[];
}

/** Every option of a target. */
const RULES: { readonly [Option in keyof Target]-?: Rule<NonNullable<TargetOptions[Option]>> } = {
  features: { kind: 'texts', faults: featureFaults },
  formats: { kind: 'texts', faults: formatFaults },
  mergeMode: { kind: 'text', faults: oneOf('merge mode', MERGE_MODES) },
  policyType: { kind: 'text', faults: oneOf('policy type', POLICY_TYPES) },
  stackset: { kind: 'boolean', faults: stackSetFaults },
  name: { kind: 'text', faults: folderNameFaults },
  parameters: { kind: 'map' },
  namePrefix: { kind: 'text', faults: namePrefixFaults },
  paletteRoles: { kind: 'texts', faults: entityNames('role') },
  paletteUsers: { kind: 'texts', faults: entityNames('user') },
  paletteGroups: { kind: 'texts', faults: entityNames('group') },
  nodeRoles: { kind: 'texts', faults: entityNames('role') },
  identity: { kind: 'text', faults: oneOf('identity', IDENTITIES) },
  identities: { kind: 'map', faults: identityFaults },
  cniPrincipal: { kind: 'text', faults: oneOf('CNI principal', CNI_PRINCIPALS) },
  path: { kind: 'text', faults: pathFaults },
  allowRolePatterns: { kind: 'texts', faults: rolePatternFaults },
  narrow: { kind: 'texts', faults: narrowFaults },
  // Which names there are is known once the target is composed (`compose/deployed.ts`).
  deployed: { kind: 'map' },
  policyDescriptions: { kind: 'map' },
  permissionsBoundary: { kind: 'text', faults: boundaryFaults },
  tags: { kind: 'map', faults: tagFaults },
  reserve: { kind: 'number', faults: wholeNumber('bad-reserve', 0) },
  maxPolicies: { kind: 'number', faults: wholeNumber('bad-max-policies', 1) },
  shrink: { kind: 'text', faults: oneOf('shrink mode', SHRINK_MODES) },
  repack: { kind: 'boolean' },
  asOf: { kind: 'text', faults: dateFaults },
  capaRelease: { kind: 'text', faults: releaseFaults },
  accept: { kind: 'acceptances', faults: acceptanceFaults },
};

/**
 * Everything that is wrong with a target's options; those that are undefined are as left out.
 * @param options what no type checker may have seen
 */
export function targetFaults(options: Readonly<Record<string, unknown>>): readonly TargetFault[] {
  const sound = soundOptions(options);
  return Object.entries(options).flatMap(([option, value]): readonly TargetFault[] => {
    if (value === undefined) return [];
    const rule = Object.hasOwn(RULES, option) ? RULES[option as keyof Target] : undefined;
    if (rule === undefined) return [unknownOption(option)];
    // A wrong kind has faults of its own; a placeholder would break every other rule, too.
    const found =
      kindFaults(rule.kind, value) ??
      placeholderFaults(value) ??
      (rule as Rule<unknown>).faults?.(value, sound) ??
      [];
    return found.map((fault) => ({ ...fault, option }));
  });
}

function identityFaults(identities: ReadonlyMap<string, string>): readonly Fault[] {
  return [...identities].flatMap(([key, identity]) =>
    oneOf('identity', IDENTITIES)(identity).map((fault) => ({ ...fault, key })),
  );
}

/** Those of a right kind, for rules that look at several options. */
function soundOptions(options: Readonly<Record<string, unknown>>): Partial<TargetOptions> {
  return Object.fromEntries(
    Object.entries(options).filter(
      ([option, value]) =>
        Object.hasOwn(RULES, option) &&
        kindFaults(RULES[option as keyof Target].kind, value) === undefined,
    ),
  );
}

function unknownOption(option: string): TargetFault {
  const near = meant(option, Object.keys(RULES));
  return {
    code: 'unknown-option',
    option,
    message: `There is no such option.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    advice: `Options: ${Object.keys(RULES).join(', ')}.`,
  };
}

const KINDS: Readonly<Record<Kind, readonly [what: string, example: string]>> = {
  text: ['a string', "'text'"],
  texts: ['a list of strings', "['one', 'two']"],
  number: ['a number', '2'],
  boolean: ['true or false', 'true'],
  map: ['a Map of strings', "new Map([['name', 'value']])"],
  acceptances: ['a list of warnings', "[{ code: 'ineffective-scoping', reason: 'why' }]"],
};

function kindFaults(kind: Kind, value: unknown): readonly Fault[] | undefined {
  const isText = (each: unknown): boolean => typeof each === 'string';
  const isRight = {
    text: isText(value),
    texts: Array.isArray(value) && value.every(isText),
    // What is no number at all is said by the option's own rule, as on the command line.
    number: typeof value === 'number' || typeof value === 'string',
    boolean: typeof value === 'boolean',
    map: value instanceof Map && [...value].flat().every(isText),
    acceptances: Array.isArray(value) && value.every(isAcceptance),
  }[kind];
  if (isRight) return undefined;
  const [what, example] = KINDS[kind];
  return [
    { code: 'bad-option', message: `The value is not ${what}.`, advice: `Write ${example}.` },
  ];
}

function isAcceptance(value: unknown): boolean {
  const { code, group = '', reason } = Object(value) as Readonly<Record<string, unknown>>;
  return [code, group, reason].every((each) => typeof each === 'string');
}

/** `{{…}}` is how a spec writes a parameter; a value that holds it would be taken for one. */
function placeholderFaults(value: unknown): readonly Fault[] | undefined {
  const isHeld = (each: unknown): boolean => typeof each === 'string' && /\{\{|\}\}/.test(each);
  const entries: readonly (readonly [string | undefined, unknown])[] =
    value instanceof Map
      ? [...value].flatMap(([key, each]) => [[key, key] as const, [key, each] as const])
      : [value].flat().map((each) => [undefined, each] as const);
  const found = entries.find(([, each]) => isHeld(each));
  if (found === undefined) return undefined;
  const [key, held] = found;
  return [
    {
      code: 'bad-value',
      ...(key === undefined ? {} : { key }),
      message: `${quote(String(held))} holds {{ or }}, which only a spec may.`,
      advice: 'Give the value itself.',
    },
  ];
}

function oneOf(what: string, known: readonly string[]): (value: string) => readonly Fault[] {
  return (value) => (known.includes(value) ? [] : [unknownWord(what, value, known)]);
}

function unknownWord(
  what: string,
  value: string,
  known: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): Fault {
  const near = meant(value, known, aliases);
  return {
    code: `unknown-${what.toLowerCase().replaceAll(' ', '-')}`,
    message: `Unknown ${what} ${quote(value)}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    advice: `Known ${what}s: ${known.join(', ')}.`,
  };
}

function featureFaults(features: readonly string[]): readonly Fault[] {
  if (features.length > 0) return [];
  return [
    { code: 'empty-value', message: 'No feature is named.', advice: '`gen features` lists them.' },
  ];
}

function formatFaults(formats: readonly string[]): readonly Fault[] {
  if (formats.length === 0) {
    const advice = `Known formats: ${FORMATS.join(', ')}.`;
    return [{ code: 'empty-value', message: 'No format is named.', advice }];
  }
  const unknown = unknownFormats(formats);
  return unknown.map((each) => unknownWord('format', each, FORMATS, FORMAT_ALIASES));
}

function narrowFaults(parts: readonly string[]): readonly Fault[] {
  const unknown = [...new Set(parts)].filter((each) => !isOneOf(NARROWINGS, each));
  return unknown.map((each) => unknownWord('narrowing', each, NARROWINGS));
}

function unknownFormats(formats: readonly string[]): readonly string[] {
  return [...new Set(formats)].filter((each) => !isOneOf(FORMATS, each));
}

function stackSetFaults(isWanted: boolean, { formats }: Partial<TargetOptions>): readonly Fault[] {
  // An unknown format may be a misspelt one.
  if (!isWanted || formats === undefined || formats.length === 0) return [];
  if (formats.includes('cloudformation') || unknownFormats(formats).length > 0) return [];
  return [
    {
      code: 'clashing-flags',
      message: 'A StackSet comes with format cloudformation, which is not among the formats.',
      advice: 'Add cloudformation to the formats, or leave the StackSet out.',
    },
  ];
}

/** A target is written to one folder in the output folder, whatever it is called. */
function folderNameFaults(name: string): readonly Fault[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
  if (/^[^/\\\u0000-\u001f]{1,255}$/.test(name) && !/^\.{0,2}$/.test(name)) return [];
  return [
    {
      code: 'bad-name',
      message: `${quote(name)} is not the name of a single folder.`,
      advice: 'Give a name without slashes; the folder around it is an option of its own (out).',
    },
  ];
}

/**
 * Part of the names of policies, roles and instance profiles.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
function namePrefixFaults(prefix: string): readonly Fault[] {
  if (new RegExp(NAME_PART_PATTERN).test(prefix)) return [];
  return [
    {
      code: 'bad-name',
      message: `${quote(prefix)} has characters that IAM names cannot have.`,
      advice: `Allowed: ${NAME_RULE}`,
    },
  ];
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
function entityNames(entity: Entity): (names: readonly string[]) => readonly Fault[] {
  const isName = new RegExp(namePattern(entity));
  return (names) =>
    names.flatMap((name): readonly Fault[] => {
      if (isName.test(name)) return [];
      const fromArn = /^arn:.*[:/]([^:/]+)$/.exec(name)?.[1];
      return fromArn === undefined
        ? [
            {
              code: 'bad-name',
              message: `${quote(name)} is not a ${entity}'s name.`,
              advice: `A name has 1 to ${NAME_LENGTH[entity]} characters: ${NAME_RULE}`,
            },
          ]
        : [
            {
              code: 'bad-name',
              message: `This takes the ${entity}'s name, not its ARN.`,
              advice: `Give ${fromArn}`,
            },
          ];
    });
}

/**
 * What can match a role's name: its characters, at most 64 of them, and wildcards.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
function rolePatternFaults(patterns: readonly string[]): readonly Fault[] {
  return [...new Set(patterns)].flatMap((pattern): readonly Fault[] => {
    // `?` stands for one character, `*` for any number of them, also none.
    const isPart = new RegExp(NAME_PART_PATTERN).test(pattern.replaceAll(/[*?]/g, ''));
    const isTooLong = pattern.replaceAll('*', '').length > NAME_LENGTH.role;
    if (pattern === '' || !isPart || isTooLong) {
      return [
        {
          code: 'bad-role-pattern',
          message: `${quote(pattern)} matches no role's name.`,
          advice: `A name has 1 to ${NAME_LENGTH.role} characters: ${NAME_RULE} (in the pattern also * and ?); give no ARN and no path.`,
        },
      ];
    }
    if (!/^[*?]+$/.test(pattern)) return [];
    return [
      {
        code: 'bad-role-pattern',
        message: `${quote(pattern)} would let Palette pass every role of the account, administrators' too.`,
        advice: 'Name a part that your roles share, e.g. team-*',
      },
    ];
  });
}

/**
 * One path for policies and roles.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html, Path
 */
function pathFaults(path: string): readonly Fault[] {
  if (!isPath(path)) {
    return [
      {
        code: 'bad-path',
        message: `${quote(path)} is not a path that IAM accepts.`,
        advice: PATH_RULE,
      },
    ];
  }
  if (path.length <= PATH_LENGTH) return [];
  const message = `The path has ${path.length} characters; AWS allows ${PATH_LENGTH}.`;
  return [{ code: 'bad-path', message, advice: 'Shorten it.' }];
}

/**
 * The ARN of a managed policy, in the target's own partition and account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
function boundaryFaults(arn: string, { parameters }: Partial<TargetOptions>): readonly Fault[] {
  if (!new RegExp(POLICY_ARN_PATTERN).test(arn)) {
    return [
      {
        code: 'bad-arn',
        message: `${quote(arn)} is not the ARN of a managed policy.`,
        advice: 'It looks like arn:aws:iam::123456789012:policy/Boundary',
      },
    ];
  }
  const [, partition, , , account] = arn.split(':');
  const [wantedPartition, wantedAccount] = [
    parameters?.get('partition'),
    parameters?.get('accountId'),
  ];
  const advice = 'A boundary has to be in the same account and partition as the role.';
  const faults: Fault[] = [];
  if (wantedPartition !== undefined && partition !== wantedPartition) {
    const message = `The policy is in partition ${partition}, but the target is for ${wantedPartition}.`;
    faults.push({ code: 'bad-arn', message, advice });
  }
  if (account !== 'aws' && wantedAccount !== undefined && account !== wantedAccount) {
    const message = `The policy is in account ${account}, but the target is for ${wantedAccount}.`;
    faults.push({ code: 'bad-arn', message, advice });
  }
  return faults;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
function tagFaults(tags: ReadonlyMap<string, string>): readonly Fault[] {
  const bad = (message: string, advice?: string): Fault =>
    advice === undefined ? { code: 'bad-tag', message } : { code: 'bad-tag', message, advice };
  const faults = [...tags].flatMap(([key, value]): readonly Fault[] => {
    const why = tagFault(key, value);
    return why === undefined ? [] : [bad(`AWS refuses the tag ${quote(key)}: ${why}.`)];
  });
  const keys = [...tags.keys()];
  const twin = keys.find((key, at) =>
    keys.slice(0, at).some((other) => other.toLowerCase() === key.toLowerCase()),
  );
  if (twin !== undefined) {
    const message = `The tag ${quote(twin)} is given twice: in IAM, keys that differ in capitals only are the same.`;
    faults.push(bad(message, 'Keep one.'));
  }
  if (tags.size > TAGS.most) {
    faults.push(bad(`There are ${tags.size} tags; AWS allows ${TAGS.most}.`));
  }
  return faults;
}

function tagFault(key: string, value: string): string | undefined {
  const { reserved, keyLength, valueLength } = TAGS;
  const isReserved = (text: string): boolean => text.toLowerCase().startsWith(reserved);
  if (key === '') return 'the key is empty';
  if (isReserved(key)) return `keys that begin with ${reserved} are reserved`;
  if (isReserved(value)) return `values that begin with ${reserved} are reserved`;
  // AWS counts characters, not their UTF-16 units.
  if ([...key].length > keyLength) return `a key has at most ${keyLength} characters`;
  if ([...value].length > valueLength) return `a value has at most ${valueLength} characters`;
  return isTagText(key + value)
    ? undefined
    : 'only letters, digits, spaces and _ . : / = + - @ are allowed';
}

/** Slots for policies; how many a principal has is a quota of the spec. */
function wholeNumber(code: string, least: number): (value: number) => readonly Fault[] {
  return (value) =>
    Number.isSafeInteger(value) && value >= least
      ? []
      : [
          {
            code,
            message: `${typeof value === 'string' ? quote(value) : value} is not a whole number from ${least} up.`,
            advice: 'For example 2.',
          },
        ];
}

/** Warnings that can be accepted: those that are about what was selected. */
export const ACCEPTABLE: readonly string[] = [
  'feature-advice',
  'ineffective-scoping',
  'no-principal',
  'renamed-roles',
  'wildcards-widen',
];

function acceptanceFaults(acceptances: readonly Acceptance[]): readonly Fault[] {
  return acceptances.flatMap(({ code, reason }): readonly Fault[] => {
    if (!ACCEPTABLE.includes(code)) return [unknownWord('warning', code, ACCEPTABLE)];
    if (reason.trim() !== '') return [];
    const message = `The acceptance of ${code} has no reason.`;
    return [{ code: 'empty-value', message, advice: 'Say why the warning is meant to be.' }];
  });
}

function releaseFaults(release: string): readonly Fault[] {
  if (release === 'latest') return [];
  if (!isRelease(release)) {
    return [
      {
        code: 'bad-release',
        message: `${quote(release)} is not a release of Cluster API Provider AWS.`,
        advice: 'Write vX.Y.Z, e.g. v2.9.0, or latest.',
      },
    ];
  }
  if (compareReleases(release, DOCUMENTED_CAPA_RELEASE) >= 0) return [];
  return [
    {
      code: 'bad-release',
      message: `${release} is older than ${DOCUMENTED_CAPA_RELEASE}, which the documented stack is of.`,
      advice: `Leave it out for ${DOCUMENTED_CAPA_RELEASE}, or name a newer release.`,
    },
  ];
}

function dateFaults(asOf: string): readonly Fault[] {
  if (asOf === 'latest' || isDate(asOf)) return [];
  const message = `${quote(asOf)} is not a date.`;
  return [{ code: 'bad-date', message, advice: 'Write YYYY-MM-DD, or latest.' }];
}

/** A day that exists, as `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text)
  );
}

function isOneOf<const T extends string>(values: readonly T[], value: string): value is T {
  return (values as readonly string[]).includes(value);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
