/**
 * Policy documents that are not ours: every JSON file that is one, as IAM takes it or as the AWS CLI
 * prints it (`aws iam get-policy-version`, `get-role-policy`, `get-user-policy`). Nobody says who
 * holds them, so they count as one union.
 */
import { isSoundStatement } from '../manifest.ts';
import { GenError, type Problem, usageError } from '../model/errors.ts';
import { fromStatementJson, type Statement } from '../model/policy.ts';
import { type FileTree, shownPath } from './file-tree.ts';
import { parseJson, problemAt } from './json-text.ts';
import { NAMELESS, NOTHING_ELSE, type Side } from './side.ts';

/** Statements of a policy document; of one that says who is trusted, only that it does. */
interface ReadPolicy {
  readonly statements: readonly Statement[];
  /** A trust policy or a resource's policy. */
  readonly namesPrincipals: boolean;
}

/**
 * The union of all policies in a tree.
 * @throws GenError (exit 2) with everything that is wrong in the files, or where there is no policy
 */
export function readForeignSide(
  tree: FileTree,
  shownAs: string,
): Pick<Side, 'principals' | 'tellsBeing' | 'unread' | 'notes'> {
  const paths = tree.paths.filter((path) => path.toLowerCase().endsWith('.json'));
  const contents = tree.read(paths);
  const problems: Problem[] = [];
  const statements: Statement[] = [];
  const others: string[] = [];
  let policies = 0;
  for (const [path, content] of contents) {
    const place = tree.isFile ? shownAs : shownPath(shownAs, path);
    try {
      const policy = policyOf(content.toString('utf8'), place);
      if (policy === undefined) continue;
      if (policy.namesPrincipals) {
        others.push(path);
        continue;
      }
      policies += 1;
      statements.push(...policy.statements);
    } catch (error) {
      if (!(error instanceof GenError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new GenError(2, problems);
  if (policies === 0) {
    throw usageError(
      'no-policies',
      `${shownAs} holds neither a manifest.json of gen nor a policy document in JSON.`,
      'Name a folder that gen wrote, or one with policies as IAM takes them (format iam-json).',
    );
  }
  return {
    principals: new Map([[NAMELESS, { statements, being: NOTHING_ELSE }]]),
    tellsBeing: false,
    unread: [],
    notes:
      others.length === 0
        ? []
        : [`${shownAs}: policies that name principals are not compared: ${others.join(', ')}.`],
  };
}

/**
 * @param shownAs the file as the user knows it
 * @returns undefined for JSON that is no policy
 * @throws GenError (exit 2) for text that is no JSON, and a policy with statements that are none
 */
export function policyOf(text: string, shownAs: string): ReadPolicy | undefined {
  const value = parseJson(text, shownAs);
  const [document, path] = documentIn(value) ?? [];
  if (document === undefined || path === undefined) return undefined;
  const list = [document.Statement].flat() as unknown[];
  if (list.some((each) => isMap(each) && ('Principal' in each || 'NotPrincipal' in each))) {
    return { statements: [], namesPrincipals: true };
  }
  const wrong = list.flatMap((statement, at) =>
    isSoundStatement(statement)
      ? []
      : [
          problemAt(
            text,
            shownAs,
            [...path, 'Statement', ...(Array.isArray(document.Statement) ? [at] : [])],
            'no-statement',
            'This is not a statement of a policy.',
            'It needs Effect (Allow or Deny), Action or NotAction, and Resource or NotResource, each a text or a list of texts.',
          ),
        ],
  );
  if (wrong.length > 0) throw new GenError(2, wrong);
  return {
    statements: list.map((each) => fromStatementJson(each as Record<string, unknown>)),
    namesPrincipals: false,
  };
}

type JsonMap = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The policy document in a file, and where in it. */
function documentIn(value: unknown): readonly [JsonMap, readonly string[]] | undefined {
  for (const path of [[], ['PolicyVersion', 'Document'], ['PolicyDocument']]) {
    let found: unknown = value;
    for (const step of path) found = isMap(found) ? found[step] : undefined;
    if (isMap(found) && 'Statement' in found) return [found, path];
  }
  return undefined;
}
