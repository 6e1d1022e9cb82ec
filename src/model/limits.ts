/**
 * Rules of IAM about values, for every entrance alike: flags, gen.yaml, specs, the library, and the
 * variables of a Terraform module. Lengths that an account may have other limits for are quotas.
 */

/**
 * A path that both policies and roles may have. The rule of policies is the stricter one, and one
 * path serves both.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html, Path
 */
export const PATH_PATTERN = '^((/[A-Za-z0-9.,+@=_-]+)*)/$';

/** What a path may be, for messages. */
export const PATH_RULE =
  'A path begins and ends with /, e.g. / or /team/dev/; the names between have letters, digits and . , + @ = _ -';

/** Characters of a path where no quota says otherwise. */
export const PATH_LENGTH = 512;

export function isPath(path: string): boolean {
  return new RegExp(PATH_PATTERN).test(path);
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
