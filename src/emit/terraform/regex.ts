/**
 * Parameter patterns are JavaScript regular expressions; Terraform's `regex` is RE2.
 * https://developer.hashicorp.com/terraform/language/functions/regex
 */

/** What JavaScript has and RE2 lacks or reads otherwise: look-around, back-references, escapes. */
const BEYOND_RE2 = /\(\?<?[=!]|\(\?<[A-Za-z_]|\\[1-9cku]|\[\^?\]/;

/** RE2 refuses a repetition beyond a thousand. */
const REPETITION = /\{(\d+)(?:,(\d*))?\}/g;

/** Whether Terraform reads the pattern as JavaScript does. */
export function isPortablePattern(pattern: string): boolean {
  const withoutBackslashes = pattern.replaceAll('\\\\', '');
  if (BEYOND_RE2.test(withoutBackslashes)) return false;
  return [...withoutBackslashes.matchAll(REPETITION)].every(
    ([, least, most]) => Number(least) <= 1000 && Number(most ?? 0) <= 1000,
  );
}
