/**
 * What one file tells of permissions.
 *
 * 1. A policy document in JSON is read, alone or in a list, as IAM takes it or in what
 *    `aws iam get-policy-version`, `get-role-policy` or `clusterawsadm bootstrap iam print-policy`
 *    print; whatever the file is called.
 * 2. A policy that names principals (a trust policy or one of a resource) is taken as a whole.
 * 3. What may hold permissions and is not read is reported, with the reason: nothing is skipped in
 *    silence. Of one file all is read, or nothing.
 * 4. A file in a folder that shows no sign of permissions (`policy-signs.ts`) holds none.
 * 5. A file that is named alone was meant, whatever its name.
 */
import { GenError, type Problem } from '../model/errors.ts';
import { fromStatementJson, type Statement } from '../model/policy.ts';
import { type StatementFault, statementFaults } from '../model/statement-faults.ts';
import { decodeUtf8 } from '../model/utf8.ts';
import { pathText, type YamlPath } from '../spec/yaml-file.ts';
import { parseJson, placesIn } from './json-text.ts';
import {
  hasPolicySigns,
  hasPolicySignsInBytes,
  hasPolicySignsInJson,
  isArchive,
} from './policy-signs.ts';
import { inWordsOf2012, POLICY_VERSIONS } from './policy-version.ts';

export type PolicyFile =
  | { readonly kind: 'nothing' }
  /** Documentation that quotes policies. */
  | { readonly kind: 'prose' }
  | ReadPolicies
  | {
      readonly kind: 'unread';
      /** As in `(Terraform code)`. */
      readonly reason: string;
      /** Where something is wrong with it. */
      readonly problems: readonly Problem[];
    };

export interface ReadPolicies {
  readonly kind: 'policies';
  /** Of documents that name no principal, in the words of Version 2012-10-17. */
  readonly statements: readonly Statement[];
  /** How many documents these are. */
  readonly documents: number;
  /** Documents that name principals, in canonical form. */
  readonly withPrincipals: readonly string[];
  /** Whether `${` is plain text in it, because its Version is not 2012-10-17. */
  readonly isPlainText: boolean;
}

const NOTHING: PolicyFile = { kind: 'nothing' };

const TERRAFORM = /\.(?:tf|tofu)(?:\.json)?$/i;
const TEMPLATE = /\.(?:tpl|tftpl|tmpl|j2|jinja2?|erb|ejs|hbs|mustache|template)$/i;
const PROSE = /\.(?:md|mdx|markdown|rst|adoc|asciidoc|html?)$/i;
const YAML = /\.ya?ml$/i;

/**
 * @param shownAs the file as the user knows it
 * @param isAlone whether it was named, and not its folder
 */
export function readPolicyFile(bytes: Buffer, shownAs: string, isAlone: boolean): PolicyFile {
  if (!isAlone) {
    if (isArchive(bytes)) return unread('an archive');
    if (TERRAFORM.test(shownAs)) return unread('Terraform code');
    if (TEMPLATE.test(shownAs)) {
      return hasPolicySignsInBytes(bytes) ? unread('a template') : NOTHING;
    }
  }
  const isNamedJson = /\.json$/i.test(shownAs);
  let text: string;
  try {
    text = decodeUtf8(bytes, shownAs);
  } catch (error) {
    const isMeant = isAlone || isNamedJson || hasPolicySignsInBytes(bytes);
    return isMeant ? unread('not UTF-8 text', problemsOf(error)) : NOTHING;
  }
  let value: unknown;
  try {
    value = parseJson(text, shownAs);
  } catch (error) {
    return notJson(text, shownAs, { problems: problemsOf(error), isAlone, isNamedJson });
  }
  return policiesIn(value, text, shownAs);
}

/** What a text is that is no JSON, and whether that keeps permissions from being read. */
function notJson(
  text: string,
  shownAs: string,
  {
    problems,
    isAlone,
    isNamedJson,
  }: {
    readonly problems: readonly Problem[];
    readonly isAlone: boolean;
    readonly isNamedJson: boolean;
  },
): PolicyFile {
  const looksLikeJson = /^\ufeff?\s*[[{]/.test(text);
  if (isNamedJson || (isAlone && looksLikeJson)) return unread(reasonOf(problems), problems);
  if (!hasPolicySigns(text)) return NOTHING;
  if (PROSE.test(shownAs)) return { kind: 'prose' };
  if (YAML.test(shownAs)) return unread('YAML');
  return looksLikeJson ? unread(reasonOf(problems), problems) : unread('not JSON');
}

function policiesIn(value: unknown, text: string, shownAs: string): PolicyFile {
  const found = documentsIn(value);
  // What is there beside statements and their wrappers is looked at like any other file.
  const known = new Set(
    found.flatMap(({ document, known }) => [document, document.Statement, ...known]),
  );
  const rest = found.map(({ document: { Statement: _, ...others } }) => others);
  if (hasPolicySignsInJson([value, rest], known)) return unread(shapeOf(value));
  if (found.length === 0) return NOTHING;
  const faults = found.flatMap(faultsOf);
  if (faults.length > 0) {
    const problems = problemsAt(faults, text, shownAs);
    return unread(reasonOf(problems), problems);
  }
  const [withPrincipals, own] = [true, false].map((names) =>
    found.flatMap(({ document }) => (namesPrincipals(document) === names ? [document] : [])),
  ) as [JsonMap[], JsonMap[]];
  const versioned = own.flatMap((document) =>
    listOf(document.Statement).map((each) =>
      inWordsOf2012(fromStatementJson(each as JsonMap), document.Version as string | undefined),
    ),
  );
  return {
    kind: 'policies',
    statements: versioned.map(({ statement }) => statement),
    documents: own.length,
    withPrincipals: withPrincipals.map(canonicalJson),
    isPlainText: versioned.some(({ isPlainText }) => isPlainText),
  };
}

type JsonMap = Readonly<Record<string, unknown>>;

interface Found {
  readonly document: JsonMap;
  readonly path: YamlPath;
  /** What says that it is one. */
  readonly known: readonly unknown[];
}

/** Where tools put the document that they print. */
const WRAPPERS: readonly (readonly string[])[] = [
  [],
  ['PolicyVersion', 'Document'],
  ['PolicyDocument'],
  ['Document'],
  ['Policy'],
  ['Properties', 'PolicyDocument'],
];

function documentsIn(value: unknown): readonly Found[] {
  if (Array.isArray(value)) {
    return value.flatMap((each, at) =>
      Array.isArray(each)
        ? []
        : documentsIn(each).map(({ path, ...found }) => ({ ...found, path: [at, ...path] })),
    );
  }
  for (const path of WRAPPERS) {
    let document: unknown = value;
    for (const step of path) document = isMap(document) ? document[step] : undefined;
    if (!isMap(document) || !('Statement' in document)) continue;
    return [{ document, path, known: path[0] === 'Properties' ? [(value as JsonMap).Type] : [] }];
  }
  return [];
}

/** What AWS would refuse in a document, with paths from the top of the file. */
function faultsOf({ document, path }: Found): readonly Fault[] {
  const { Version: version, Statement: statement } = document;
  const isKnown = version === undefined || POLICY_VERSIONS.some((each) => each === version);
  const wrongVersion = {
    code: 'unknown-policy-version',
    path: [...path, 'Version'],
    message: `AWS knows no policy Version ${JSON.stringify(version)}.`,
    advice: `Versions are ${POLICY_VERSIONS.join(' and ')}.`,
  };
  const wrongStatements: Fault[] = [];
  const statements = namesPrincipals(document) ? [] : listOf(statement);
  for (const [at, each] of statements.entries()) {
    if (wrongStatements.length >= MOST_PROBLEMS) break;
    for (const fault of statementFaults(each)) {
      const steps = Array.isArray(statement) ? [at] : [];
      wrongStatements.push({
        ...fault,
        code: 'no-statement',
        path: [...path, 'Statement', ...steps, ...fault.path],
      });
    }
  }
  return [...(isKnown ? [] : [wrongVersion]), ...wrongStatements];
}

interface Fault extends StatementFault {
  readonly code: string;
}

/** Of one file: whoever has more finds out when these are right. */
const MOST_PROBLEMS = 100;

function problemsAt(faults: readonly Fault[], text: string, shownAs: string): Problem[] {
  const placeOf = placesIn(text, shownAs);
  return faults.slice(0, MOST_PROBLEMS).map(({ path, ...fault }) => ({
    ...fault,
    place: placeOf(path),
    path: pathText(path),
  }));
}

function namesPrincipals({ Statement }: JsonMap): boolean {
  return listOf(Statement).some(
    (each) => isMap(each) && ('Principal' in each || 'NotPrincipal' in each),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same for the same JSON, whatever the order of keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    isMap(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function unread(reason: string, problems: readonly Problem[] = []): PolicyFile {
  return { kind: 'unread', reason, problems };
}

/** What JSON with policies is that is not read. */
function shapeOf(value: unknown): string {
  if (isMap(value) && isMap(value.Resources)) return 'a CloudFormation template';
  return 'policies in a shape that gen diff does not read';
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof GenError) return error.problems;
  throw error;
}

/** The first problem, for a list of files. */
function reasonOf([problem]: readonly Problem[]): string {
  const { place, message = '' } = problem ?? {};
  const where = place === undefined ? '' : `line ${place.line}, column ${place.column}: `;
  return `${where}${message.replace(/\.$/, '')}`;
}
