// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform's references look like that
/**
 * Whether a Terraform file, as gen writes it, shows the permissions that the manifest tells: a check
 * by words, not a reading of HCL. So a file that was edited together with its hash is found.
 *
 * 1. The words of each policy document are those of a policy or of a role's trust, no more and no
 *    fewer, each beside its attribute; no such document is missing. Variables are not looked into.
 * 2. Nothing else grants: the other blocks are of known kinds, users those of the manifest, and refer
 *    to these documents or to AWS managed policies that the manifest tells.
 * 3. What gen would not write so is a disagreement. Who holds a policy is not checked.
 */
import { fromStatementJson } from '../model/policy.ts';
import type { Claims } from './claims.ts';

/** A block, or one in braces on its own line. */
const BLOCKS = /(?<=^(?:\}|\S.*\{\})\n)/m;
const HEADER = /^(\w+)((?: "[^"]*")*) \{/;
const DOCUMENT = /^data\.aws_iam_policy_document\.\w+(?:\[each\.key\])?\.json$/;
const OWN_POLICY = /^aws_iam_policy\.\w+(?:\[[\w.]+\])?\.arn$/;
const RESOURCE =
  /^"aws_iam_(?:policy|role|user|instance_profile|(?:role|user|group)_policy(?:_attachment)?)"/;
const EC2 =
  /^ec2_service_principal = data\.aws_partition\.current\.partition == "aws-cn" \? "ec2\.amazonaws\.com\.cn" : "ec2\.amazonaws\.com"$/;

/** @returns the documents of the manifest that are in it, as keys; undefined where it disagrees */
export function documentsInTerraform(text: string, claims: Claims): readonly string[] | undefined {
  const known = new Set(keysForTerraform(claims));
  const found: string[] = [];
  const isExpected = (block: string): boolean => {
    if (block === '') return true;
    const [header, keyword, labels = ''] = HEADER.exec(block) ?? [];
    if (header === undefined) return false;
    const body = block.slice(header.length, -1);
    switch (keyword) {
      case 'variable':
      case 'output':
      case 'terraform':
        return true;
      case 'locals':
        return EC2.test(body.trim());
      case 'data': {
        if (/^ "aws_(?:partition|caller_identity)"/.test(labels)) return true;
        const key = keyOf(wordsOf(body, claims));
        found.push(key);
        return labels.startsWith(' "aws_iam_policy_document"') && known.has(key);
      }
      default:
        if (labels.startsWith(' "aws_iam_user" ') && !isOwnUser(body, claims)) return false;
        return keyword === 'resource' && RESOURCE.test(labels.trim()) && isQuiet(body, claims);
    }
  };
  const code = text.replace(/^\s*#.*\n/gm, '');
  return code.split(BLOCKS).every((piece) => isExpected(piece.trim())) ? found : undefined;
}

/** What `documentsInTerraform` finds in all files together. */
export function keysForTerraform({ documents, trusts }: Claims): readonly string[] {
  return [...documents, ...trusts].map((each) => keyOf(each.flatMap(wordsOfStatement)));
}

/** The prefix of its name is a variable. */
function isOwnUser(body: string, claims: Claims): boolean {
  const [, value] = /^ {2}name *= ("[^\n]*")$/m.exec(body) ?? [];
  const name = value === undefined ? '' : textOf(value, claims).replace(/^\{\{\}\}/, '');
  return name !== '' && claims.users.some((user) => user.endsWith(name));
}

/** Whether a resource grants nothing by itself (rule 2). */
function isQuiet(body: string, { awsManagedPolicies }: Claims): boolean {
  for (const [, attribute = '', value = ''] of body.matchAll(/^ {2}(\w+) *(?:= *(.*)|\{)$/gm)) {
    switch (attribute) {
      case 'policy':
      case 'assume_role_policy':
        if (!DOCUMENT.test(value)) return false;
        break;
      case 'policy_arn': {
        if (OWN_POLICY.test(value)) break;
        const [, name = ''] = /^"arn:[^:]+:iam::aws:policy\/([^"]+)"$/.exec(value) ?? [];
        if (!awsManagedPolicies.has(name)) return false;
        break;
      }
      default:
        if (!QUIET.has(attribute)) return false;
    }
  }
  return true;
}

const QUIET = new Set([
  ...['name', 'path', 'description', 'tags', 'role', 'user', 'group', 'for_each', 'lifecycle'],
  'permissions_boundary',
]);

const TOKEN = /"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.]*|\S/g;

/** Attributes with each of their values, and the names of blocks. */
function wordsOf(body: string, claims: Claims): string[] {
  const tokens = body.match(TOKEN) ?? [];
  const words: string[] = [];
  let attribute = '';
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    if (token.startsWith('"')) words.push(`${attribute}=${textOf(token, claims)}`);
    else if (!/^\w/.test(token)) {
      if (!'=[]{},'.includes(token)) words.push(token);
    } else if (next === '=') attribute = token;
    else if (next === '{') words.push(`${token}{`);
    else if (attribute !== 'for_each') {
      words.push(`${attribute}=${meaningOf(token, claims) ?? token}`);
    }
  });
  return words;
}

/** What an expression stands for in the manifest; undefined for one that gen would not write. */
function meaningOf(expression: string, claims: Claims): string | undefined {
  switch (expression) {
    case 'data.aws_partition.current.partition':
      return claims.textFor('partition');
    case 'data.aws_caller_identity.current.account_id':
      return claims.textFor('accountId');
    case 'local.ec2_service_principal':
      return 'ec2.amazonaws.com';
    case 'each.key':
      return '{{}}';
    default: {
      const [, name] = /^(?:var|each\.value)\.(\w+)$/.exec(expression) ?? [];
      return name === undefined ? undefined : claims.textFor(name);
    }
  }
}

/** A string as AWS gets it, variables as the manifest has them. */
function textOf(token: string, claims: Claims): string {
  return token
    .slice(1, -1)
    .replace(
      /\\u([0-9a-fA-F]{4})|\\(.)|([$%])\3\{|\$\{([^}]*)\}/g,
      // biome-ignore lint/complexity/useMaxParams: one parameter for each group of the pattern
      (found, code?: string, escaped?: string, sign?: string, expression?: string) => {
        if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
        if (escaped !== undefined) return { n: '\n', r: '\r', t: '\t' }[escaped] ?? escaped;
        if (sign !== undefined) return `${sign}{`;
        return meaningOf(expression ?? '', claims) ?? `<${found}>`;
      },
    )
    .replaceAll('&{', '${');
}

/** The same words of a statement in AWS's spelling. */
function wordsOfStatement(json: Readonly<Record<string, unknown>>): string[] {
  const { Sid, Effect, Action, NotAction, Resource, NotResource, Condition } =
    fromStatementJson(json);
  const each = (attribute: string, values: readonly string[] = []): string[] =>
    values.map((value) => `${attribute}=${value}`);
  return [
    'statement{',
    ...each('sid', Sid === undefined ? [] : [Sid]),
    `effect=${Effect}`,
    ...each('actions', Action),
    ...each('not_actions', NotAction),
    ...each('resources', Resource),
    ...each('not_resources', NotResource),
    ...Object.entries((json.Principal ?? {}) as Record<string, string | string[]>).flatMap(
      ([type, names]) => ['principals{', `type=${type}`, ...each('identifiers', [names].flat())],
    ),
    ...Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).flatMap(([key, values]) => [
        'condition{',
        `test=${operator}`,
        `variable=${key}`,
        ...each('values', values),
      ]),
    ),
  ];
}

function keyOf(words: readonly string[]): string {
  return [...words].sort().join('\n');
}
