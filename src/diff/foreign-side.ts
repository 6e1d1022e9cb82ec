/**
 * Policy documents that are not ours: whatever a folder holds, as `policy-file.ts` reads it. Nobody
 * says who holds them, so they count as one union.
 */
import { GenError, type Problem, usageError } from '../model/errors.ts';
import type { Statement } from '../model/policy.ts';
import { byPath, type FileTree, shownPath, type Unread } from './file-tree.ts';
import { listed, plainTextNote, unreadNote } from './notes.ts';
import { readPolicyFile } from './policy-file.ts';
import { NAMELESS, NOTHING_ELSE, type Side } from './side.ts';

/** Files that are held in memory at once. */
const BATCH = 500;

/**
 * The union of all policies in a tree.
 * @throws GenError (exit 2) where there is no policy that can be read
 */
export function readForeignSide(
  tree: FileTree,
  shownAs: string,
): Pick<Side, 'principals' | 'tellsBeing' | 'unread' | 'withPrincipals' | 'notes'> {
  const shown = (path: string): string => (tree.isFile ? shownAs : shownPath(shownAs, path));
  const unread: Unread[] = [...tree.passedOver];
  const problems: Problem[] = [];
  const statements: Statement[] = [];
  const withPrincipals = new Map<string, { shownAs: string; content: string }>();
  const unusual: string[] = [];
  const plainText: string[] = [];
  const prose: string[] = [];
  let documents = 0;
  for (const [path, content] of contentsOf(tree)) {
    if (typeof content === 'string') {
      unread.push({ path, reason: content });
      continue;
    }
    const file = readPolicyFile(content, shown(path), tree.isFile);
    if (file.kind === 'prose') prose.push(path);
    if (file.kind === 'unread') {
      unread.push({ path, reason: file.reason });
      for (const each of file.problems) problems.push(each);
    }
    if (file.kind !== 'policies') continue;
    documents += file.documents;
    for (const each of file.statements) statements.push(each);
    if (file.withPrincipals.length > 0) {
      withPrincipals.set(path, { shownAs: shown(path), content: file.withPrincipals.join('\n') });
    }
    if (file.isPlainText) plainText.push(path);
    if (!tree.isFile && file.documents > 0 && (file.documents > 1 || !path.endsWith('.json'))) {
      unusual.push(path);
    }
  }
  unread.sort(byPath);
  if (documents === 0)
    throw noPolicies({
      shownAs,
      isFile: tree.isFile,
      problems,
      unread,
      hasOthers: withPrincipals.size > 0,
    });
  return {
    principals: new Map([[NAMELESS, { statements, being: NOTHING_ELSE }]]),
    tellsBeing: false,
    unread: unread.map(({ path }) => shown(path)),
    withPrincipals,
    notes: [
      ...unreadNote(shownAs, unread),
      ...plainTextNote(shownAs, plainText),
      ...(unusual.length === 0
        ? []
        : [`${shownAs}: also read as policies, by their content: ${listed(unusual)}.`]),
      ...(prose.length === 0
        ? []
        : [`${shownAs}: documentation that quotes policies is not compared: ${listed(prose)}.`]),
    ],
  };
}

function* contentsOf(tree: FileTree): Iterable<readonly [string, Buffer | string]> {
  for (let at = 0; at < tree.paths.length; at += BATCH) {
    yield* tree.read(tree.paths.slice(at, at + BATCH));
  }
}

function noPolicies({
  shownAs,
  isFile,
  problems,
  unread,
  hasOthers,
}: {
  readonly shownAs: string;
  readonly isFile: boolean;
  readonly problems: readonly Problem[];
  readonly unread: readonly Unread[];
  readonly hasOthers: boolean;
}): GenError {
  if (problems.length > 0) return new GenError(2, problems);
  const files = unread.map(({ path, reason }) => (isFile ? reason : `${path}: ${reason}`));
  const which = files.length === 0 ? '' : ` (${listed(files)})`;
  return usageError(
    'no-policies',
    hasOthers && files.length === 0
      ? `${shownAs} holds only policies that name principals; gen diff compares identity policies.`
      : `${shownAs} holds no policy document that gen diff reads${which}.`,
    'Name a folder that gen wrote, or a file or folder with identity policies in JSON, as IAM takes them and format iam-json has them.',
  );
}
