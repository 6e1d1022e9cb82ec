/**
 * What `${…}` means in a policy, which its Version decides (IAM User Guide, "IAM JSON policy
 * elements: Version" and "Variables and tags",
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html):
 * 1. In Version 2012-10-17 it is a policy variable, in resources and in condition values of string
 *    and ARN operators. `${*}`, `${?}` and `${$}` are the characters themselves.
 * 2. In Version 2008-10-17, which is also that of a document without Version, it is plain text.
 * 3. So `${$}{…}` of 2012 says what `${…}` of 2008 says: statements of both are compared in the
 *    words of 2012.
 */
import type { Condition, Statement } from '../model/policy.ts';

export const POLICY_VERSIONS = ['2012-10-17', '2008-10-17'] as const;

/** A dollar sign that begins no policy variable. */
const DOLLAR = `\${$}`;

/** A statement in the words of Version 2012-10-17. */
export interface Versioned {
  readonly statement: Statement;
  /** Whether it holds `${` as plain text. */
  readonly isPlainText: boolean;
}

export function inWordsOf2012(statement: Statement, version: string | undefined): Versioned {
  const isCurrent = version === '2012-10-17';
  let isPlainText = false;
  const translated = (text: string): string => {
    // A dollar sign that begins nothing needs no escape.
    if (isCurrent) return text.replace(/\$\{\$\}(?!\{)/g, () => '$');
    isPlainText ||= text.includes('${');
    return text.replace(/\$(?=\{)/g, () => DOLLAR);
  };
  const { Resource, NotResource, Condition, ...rest } = statement;
  return {
    statement: {
      ...rest,
      ...(Resource === undefined ? {} : { Resource: Resource.map(translated) }),
      ...(NotResource === undefined ? {} : { NotResource: NotResource.map(translated) }),
      ...(Condition === undefined ? {} : { Condition: translatedValues(Condition, translated) }),
    },
    isPlainText,
  };
}

function translatedValues(condition: Condition, translated: (text: string) => string): Condition {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => {
      if (!/(^|:)(string|arn)/i.test(operator)) return [operator, keys];
      const texts = Object.entries(keys).map(([key, values]) => [key, values.map(translated)]);
      return [operator, Object.fromEntries(texts)];
    }),
  );
}
