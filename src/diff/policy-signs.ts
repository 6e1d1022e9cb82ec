/**
 * Signs that a file which is not read may hold permissions. Decided by content, so that a folder may
 * hold what it likes beside its policies, and none is overlooked for its name:
 * 1. A statement: `Effect` or `Statement`, and `Action` before a colon or an equals sign, whatever
 *    the letter case, in any notation.
 * 2. What grants without one: resources of IAM in CloudFormation, Terraform and the CDK, and AWS
 *    managed policies.
 * 3. An archive, in which there may be anything.
 * When unsure it may hold permissions.
 */

/** The name and the value are apart by `:`, `=` or `=>`; quotes may be escaped. */
const ACTION = /\b(?:not_?)?actions?["'`\\]*\s*[:=]/i;
const STATEMENT = /effect|statement/i;
/** In any text; names of what grants. */
const GRANTING = /AWS::(?:IAM|SSO|Serverless)::|:iam::aws:policy\//i;
/** In code. */
const GRANTING_CODE = /\baws_iam_|\baws[-.]iam\b|managed_?polic(?:y|ies)/i;

export function hasPolicySigns(text: string): boolean {
  return showsPermissions(text) || GRANTING_CODE.test(text);
}

function showsPermissions(text: string): boolean {
  // Documents as IAM's API prints them are URL-encoded.
  const plain = text.includes('%22')
    ? text.replaceAll('%22', '"').replace(/%3a/gi, ':').replaceAll('%20', ' ')
    : text;
  return (ACTION.test(plain) && STATEMENT.test(plain)) || GRANTING.test(plain);
}

/** The same of bytes in an encoding that nobody knows. */
export function hasPolicySignsInBytes(bytes: Buffer): boolean {
  // UTF-16 is ASCII with NULs.
  return hasPolicySigns(bytes.toString('latin1').replaceAll('\0', ''));
}

/** First bytes of zip, gzip, bzip2, xz, zstd and 7z files. */
const ARCHIVES = ['504b0304', '1f8b', '425a68', 'fd377a58', '28b52ffd', '377abcaf'];

export function isArchive(bytes: Buffer): boolean {
  const first = bytes.subarray(0, 4).toString('hex');
  return (
    ARCHIVES.some((magic) => first.startsWith(magic)) ||
    bytes.toString('latin1', 257, 262) === 'ustar'
  );
}

type JsonMap = Readonly<Record<string, unknown>>;

/**
 * The same of a value read from JSON.
 * @param known values that are left out, because they were read
 */
export function hasPolicySignsInJson(value: unknown, known: ReadonlySet<unknown>): boolean {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (known.has(next)) continue;
    if (typeof next === 'string' && showsPermissions(next)) return true;
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next)) {
      for (const each of next) open.push(each);
      continue;
    }
    if (isSuspicious(next as JsonMap, known)) return true;
    for (const [key, each] of Object.entries(next)) {
      // As `aws iam get-policy` describes a policy: its own ARN attaches it to nobody.
      const isOwn = key === 'Arn' && typeof each === 'string' && 'PolicyName' in next;
      if (!isOwn) open.push(each);
    }
  }
  return false;
}

const POLICY_KEY =
  /^(?:statements?|.*policydocument|(?:attached)?managedpolic(?:y|ies|yarns)|attachedpolicies)$/i;

function isSuspicious(map: JsonMap, known: ReadonlySet<unknown>): boolean {
  const keys = Object.keys(map).filter((key) => !known.has(map[key]));
  const isFilled = (key: string): boolean => {
    const value = map[key];
    return Array.isArray(value) ? value.length > 0 : typeof value === 'object' && value !== null;
  };
  return (
    keys.some((key) => POLICY_KEY.test(key) && isFilled(key)) ||
    (keys.some((key) => /^effect$/i.test(key)) &&
      keys.some((key) => /^(?:not_?)?actions?$/i.test(key)))
  );
}
