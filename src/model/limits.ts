/**
 * Rules of IAM about values, for every entrance alike: flags, gen.yaml, specs, the library, and the
 * variables of a Terraform module. Lengths that an account may have other limits for are quotas.
 */

/**
 * Characters of the names of policies, roles, users, groups and instance profiles.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const NAME_CHARACTER = '[\\w+=,.@-]';

/** The same, for messages. */
export const NAME_RULE = 'letters, digits and _ + = , . @ -';

/**
 * Characters of a name, by what it names.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const NAME_LENGTH = {
  role: 64,
  user: 64,
  group: 128,
  policy: 128,
  'instance-profile': 128,
} as const;

export type Named = keyof typeof NAME_LENGTH;

/** A whole name. */
export function namePattern(kind: Named): string {
  return `^${NAME_CHARACTER}{1,${NAME_LENGTH[kind]}}$`;
}

/** Part of a name, perhaps empty; how long it may be depends on the other parts. */
export const NAME_PART_PATTERN = `^${NAME_CHARACTER}*$`;

/**
 * A path that both policies and roles may have. The rule of policies is the stricter one, and one
 * path serves both.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html, Path
 */
export const PATH_PATTERN = '^((/[A-Za-z0-9.,+@=_-]+)*)/$';

/**
 * A path that roles and instance profiles may have: any visible character of ASCII.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html, Path
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html, Path
 */
const ROLE_PATH_PATTERN = '^((/[!-.0-~]+)*)/$';

/** What a path may be, for messages. */
export const PATH_RULE =
  'A path begins and ends with /, e.g. / or /team/dev/; the names between have letters, digits and . , + @ = _ -';

/** Characters of a path where no quota says otherwise. */
export const PATH_LENGTH = 512;

/** Whether policies may have the path; roles may have it, too. */
export function isPath(path: string): boolean {
  return new RegExp(PATH_PATTERN).test(path);
}

/** Whether roles and instance profiles may have the path. */
export function isRolePath(path: string): boolean {
  return new RegExp(ROLE_PATH_PATTERN).test(path);
}

/**
 * How the ARN of a managed policy begins, up to its path and name; those of AWS have `aws` as account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
 */
const POLICY_ARN_START = '^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/';

/** Enough for Terraform, where AWS itself judges path and name. */
export const POLICY_ARN_OUTLINE = `${POLICY_ARN_START}[!-~]+$`;

/** The whole ARN of a managed policy. */
export const POLICY_ARN_PATTERN = `${POLICY_ARN_START}([!-~]+/)?${namePattern('policy').slice(1)}`;

/**
 * Tags of policies, roles and instance profiles; a key has at least one character, and neither keys
 * nor values begin with `reserved`, in any letter case.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const TAGS = {
  most: 50,
  keyLength: 128,
  valueLength: 256,
  character: '[\\p{L}\\p{Z}\\p{N}_.:/=+@-]',
  reserved: 'aws:',
} as const;

/** Whether a key or value of a tag has no other characters than AWS allows. */
export function isTagText(text: string): boolean {
  return new RegExp(`^${TAGS.character}*$`, 'u').test(text);
}

/**
 * The first character of a role's description that IAM refuses. A policy's description may have any.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html, Description
 */
export function refusedInRoleDescription(text: string): string | undefined {
  return /[^\t\n\r\u0020-\u007e\u00a1-\u00ff]/u.exec(text)?.[0];
}

export const ROLE_DESCRIPTION_RULE =
  'Allowed are tab, line feed, carriage return, U+0020 to U+007E and U+00A1 to U+00FF.';

/**
 * The first character of a policy document or trust policy that IAM refuses.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html, PolicyDocument
 */
export function refusedInPolicy(text: string): string | undefined {
  return /[^\t\n\r\u0020-\u00ff]/u.exec(text)?.[0];
}

export const POLICY_RULE = 'Allowed are tab, line feed, carriage return and U+0020 to U+00FF.';

/** `U+2014`, as a message names a character. */
export function codePoint(character: string): string {
  const point = (character.codePointAt(0) as number).toString(16).toUpperCase();
  return `U+${point.padStart(4, '0')}`;
}
