/**
 * `${…}` in policies: IAM's variables, and placeholders of other tools that IAM takes as they are.
 *
 * 1. A variable is a condition key, `service:key` or `provider:key`, perhaps with a tag's name after
 *    a slash: `${aws:PrincipalTag/team}`. A default may follow: `${aws:PrincipalTag/team, 'none'}`.
 * 2. `${*}`, `${?}` and `${$}` are the characters themselves.
 * 3. Everything else is literal text to IAM, and most probably was to be replaced before.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */

const VARIABLE =
  /^[A-Za-z0-9][A-Za-z0-9./_-]*:[A-Za-z][A-Za-z0-9_-]*(?:\/[^,]+)?(?:\s*,\s*'[^']*')?$/;

/** What the Serverless Framework resolves looks like a condition key. */
const SERVERLESS = /^(?:self|opt|env|sls|cf|param|file)[:(]/;

/** A placeholder that is no policy variable, and what to write instead. */
export interface Placeholder {
  readonly text: string;
  readonly advice: string;
}

/** Placeholders in a string, each once, in order. */
export function foreignPlaceholders(text: string): readonly Placeholder[] {
  if (!text.includes('${')) return [];
  const found = new Map<string, Placeholder>();
  // A variable may contain parameters; their values are plain text.
  const plain = text.replace(/\{\{\s*([A-Za-z][A-Za-z0-9]*)\s*\}\}/g, 'x$1');
  for (const [whole, inner, close] of plain.matchAll(/\$\{([^}]*)(\}|$)/g)) {
    const isVariable = VARIABLE.test(inner as string) && !SERVERLESS.test(inner as string);
    if (close === '}' && (/^[*?$]$/.test(inner as string) || isVariable)) continue;
    found.set(whole, { text: whole, advice: adviceFor(inner as string, close !== '') });
  }
  return [...found.values()];
}

/** Pseudo parameters of CloudFormation, and attributes of Terraform's data sources. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/partition/i, 'partition'],
  [/account_?id$/i, 'accountId'],
  [/cluster_?name/i, 'clusterName'],
  [/vpc_?id$/i, 'vpcId'],
];

function adviceFor(inner: string, isClosed: boolean): string {
  if (!isClosed) return 'Close it with }.';
  const known = KNOWN.find(([pattern]) => pattern.test(inner))?.[1];
  return known === undefined
    ? 'Write the value itself, or {{name}} for a parameter that you describe in parameters.yaml.'
    : `Write {{${known}}}.`;
}
