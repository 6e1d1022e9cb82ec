/**
 * What a target's folder grants, by its manifest: whatever formats it holds.
 *
 * 1. Documents of format `iam-json` are read themselves; the manifest only says who holds them.
 * 2. Terraform and CloudFormation are not read. While their files have the hashes in the manifest,
 *    and show no other permissions (`terraform-check.ts`, `cloudformation-check.ts`), it is taken at
 *    its word for them, and the side says so (`isByManifest`): only `gen check`, which generates
 *    them again, knows that nobody changed both.
 * 3. A listed file that was edited or is missing counts as not read, and so does a file that is not
 *    listed and may hold permissions.
 */
import { renderStatement } from '../compose/groups.ts';
import {
  contentHash,
  MANIFEST,
  MANIFEST_VERSION,
  manifestFault,
  type StoredManifest,
} from '../files/manifest.ts';
import { usageError } from '../model/errors.ts';
import { canonicalStatement } from '../model/grant.ts';
import { fromStatementJson, type JsonValue, type Statement } from '../model/policy.ts';
import type { Spec } from '../model/requirement.ts';
import { decodeUtf8 } from '../model/utf8.ts';
import { claimsOf } from './claims.ts';
import { documentsInCloudFormation, keysForCloudFormation } from './cloudformation-check.ts';
import { byPath, type FileTree, shownPath, type Unread } from './file-tree.ts';
import { errorAt, parseJson } from './json-text.ts';
import { plainTextNote, unreadNote } from './notes.ts';
import { canonicalJson, readPolicyFile } from './policy-file.ts';
import type { Being, Holdings, Side } from './side.ts';
import { documentsInTerraform, keysForTerraform } from './terraform-check.ts';

type ManifestSide = Pick<Side, 'principals' | 'tellsBeing' | 'isByManifest' | 'unread' | 'notes'>;

/**
 * @param folder where the manifest stands in the tree, with `/` at the end; empty at its root
 * @param shownAs the folder as the user knows it
 * @returns undefined where the manifest is not one of ours
 * @throws GenError (exit 2) for a manifest that is cut off, damaged, or a newer gen's
 */
export function readManifestSide(
  tree: FileTree,
  { folder, shownAs }: { readonly folder: string; readonly shownAs: string },
  spec: Pick<Spec, 'awsManaged'>,
): ManifestSide | undefined {
  const path = `${folder}${MANIFEST}`;
  const bytes = tree.read([path]).get(path);
  const place = shownPath(shownAs, MANIFEST);
  if (bytes === undefined) return undefined;
  if (typeof bytes === 'string') throw usageError('unreadable-file', `${place} ${bytes}.`);
  const text = decodeUtf8(bytes, place);
  const value = parseJson(text, place, RESTORE);
  if (typeof (value as { manifestVersion?: unknown } | null)?.manifestVersion !== 'number') {
    return undefined;
  }
  const fault = manifestFault(value);
  if (fault?.kind === 'newer') {
    throw errorAt({
      text,
      shownAs: place,
      path: ['manifestVersion'],
      code: 'newer-manifest',
      message: `A newer gen wrote this: version ${fault.version}, and this one knows ${MANIFEST_VERSION}.`,
      advice: 'Use that version of gen, or generate the folder again with this one.',
    });
  }
  if (fault !== undefined) {
    const message = 'The manifest does not tell which permissions its policies hold.';
    throw errorAt({
      text,
      shownAs: place,
      path: [],
      code: 'broken-manifest',
      message,
      advice: RESTORE,
    });
  }
  const manifest = value as StoredManifest;
  const read = readTarget(tree, folder, manifest);
  return {
    ...sideOfManifest(manifest, spec, read.documentOf),
    isByManifest: !manifest.formats.includes('iam-json') || unreadFormats(manifest).length > 0,
    unread: read.unread.map((each) => shownPath(shownAs, each.path)),
    notes: [...unreadNote(shownAs, read.unread), ...plainTextNote(shownAs, read.plainText)],
  };
}

/** Why a file is not compared that should be there. */
const MISSING = 'missing';

const RESTORE = 'Restore it from version control, or generate the folder again.';

/** Formats, beside `iam-json`, that create policies: they are not read. */
function unreadFormats({ formats }: StoredManifest): readonly (keyof typeof CHECKS)[] {
  return (['terraform', 'cloudformation'] as const).filter((format) => formats.includes(format));
}

interface ReadTarget {
  /** The statements of a policy's own document; undefined without one that can be read. */
  readonly documentOf: (policy: string, principal: string) => readonly Statement[] | undefined;
  /** In the target's folder. */
  readonly unread: readonly Unread[];
  /** Documents with `${` as plain text. */
  readonly plainText: readonly string[];
}

/** The files beside the manifest (rules 1 and 3). */
function readTarget(tree: FileTree, folder: string, manifest: StoredManifest): ReadTarget {
  const inFolder = (path: string): boolean => path.startsWith(folder);
  const within = (path: string): string => path.slice(folder.length);
  const paths = tree.paths.filter(inFolder).map(within);
  const contents = new Map(
    [...tree.read(paths.map((path) => `${folder}${path}`))].map(([path, content]) => [
      within(path),
      content,
    ]),
  );
  const hashes = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  const unread = new Map<string, string>();
  const links = tree.passedOver.filter(({ path }) => inFolder(path));
  for (const { path, reason } of links) unread.set(within(path), reason);
  const missing = (path: string): void => {
    if (!unread.has(path)) unread.set(path, MISSING);
  };

  const documents = readDocuments(manifest, contents);
  for (const [path, reason] of documents.unread) {
    if (reason === MISSING) missing(path);
    else unread.set(path, reason);
  }
  for (const [path, hash] of hashes) {
    if (documents.paths.has(path)) continue;
    const content = contents.get(path);
    if (content === undefined) missing(path);
    else if (typeof content === 'string') unread.set(path, content);
    else if (contentHash(content) !== hash) unread.set(path, 'edited');
  }
  for (const path of disagreeing(
    manifest,
    contents,
    (each) => hashes.has(each) && !unread.has(each),
  )) {
    unread.set(path, `says other than ${MANIFEST}`);
  }
  for (const [path, content] of contents) {
    if (path === MANIFEST || hashes.has(path) || documents.paths.has(path)) continue;
    if (typeof content === 'string') unread.set(path, content);
    else if (['policies', 'unread'].includes(readPolicyFile(content, path, false).kind)) {
      unread.set(path, `not listed in ${MANIFEST}`);
    }
  }
  return {
    documentOf: documents.documentOf,
    unread: [...unread].map(([path, reason]) => ({ path, reason })).sort(byPath),
    plainText: documents.plainText,
  };
}

/**
 * Files that are as their hashes say, and do not grant what the manifest says (rule 2); a format's
 * folder, where not all of it is in its files.
 */
function disagreeing(
  manifest: StoredManifest,
  contents: ReadonlyMap<string, Buffer | string>,
  isIntact: (path: string) => boolean,
): readonly string[] {
  const claims = claimsOf(manifest);
  return unreadFormats(manifest).flatMap((format) => {
    const { files, documentsIn, keysFor } = CHECKS[format];
    const found = [...contents].flatMap(([path, content]) =>
      files.test(path) && isIntact(path)
        ? [{ path, documents: documentsIn(String(content).replaceAll('\r\n', '\n'), claims) }]
        : [],
    );
    const wrong = found.flatMap(({ path, documents }) => (documents === undefined ? [path] : []));
    if (wrong.length > 0) return wrong;
    // A file that is missing or edited has been reported.
    const isWhole = manifest.files.every(
      ({ path }) => !files.test(path) || (contents.has(path) && isIntact(path)),
    );
    const there = new Set(found.flatMap(({ documents }) => documents ?? []));
    return isWhole && !keysFor(claims).every((key) => there.has(key)) ? [`${format}/`] : [];
  });
}

const CHECKS = {
  terraform: {
    files: /^terraform\/.*\.tf$/,
    documentsIn: documentsInTerraform,
    keysFor: keysForTerraform,
  },
  cloudformation: {
    files: /^cloudformation\//,
    documentsIn: documentsInCloudFormation,
    keysFor: keysForCloudFormation,
  },
} as const;

interface Documents {
  /** Files that were read as what they should be, or should be there. */
  readonly paths: ReadonlySet<string>;
  /** Reasons by path. */
  readonly unread: ReadonlyMap<string, string>;
  readonly plainText: readonly string[];
  readonly documentOf: ReadTarget['documentOf'];
}

/** The documents of format `iam-json`, as they are. */
function readDocuments(
  manifest: StoredManifest,
  contents: ReadonlyMap<string, Buffer | string>,
): Documents {
  if (!manifest.formats.includes('iam-json')) {
    return { paths: new Set(), unread: new Map(), plainText: [], documentOf: () => undefined };
  }
  const reading = {
    paths: new Set<string>(),
    unread: new Map<string, string>(),
    read: new Map<string, readonly Statement[]>(),
    plainText: [] as string[],
  };
  const pathOf = (policy: string, principal: string): string => {
    const own = `iam-json/${principal}/${policy}.json`;
    return contents.has(own) ? own : `iam-json/${policy}.json`;
  };
  for (const { name, attachedTo, statements } of manifest.policies) {
    const stated = statements.map((each) => fromStatementJson(each.statement));
    for (const path of new Set(attachedTo.map((principal) => pathOf(name, principal)))) {
      readDocument(path, contents, reading);
      const found = reading.read.get(path);
      if (found === undefined || areSame(found, stated)) continue;
      // Nobody knows whether the other formats say what the manifest says or what the document does.
      for (const format of unreadFormats(manifest)) {
        reading.unread.set(`${format}/`, 'may say other than iam-json/, which was edited');
      }
    }
  }
  for (const role of manifest.roles ?? []) readTrust(role, contents, reading);
  const { read, ...rest } = reading;
  return { ...rest, documentOf: (policy, principal) => read.get(pathOf(policy, principal)) };
}

/** What reading a target's documents gathers. */
interface Reading {
  readonly paths: Set<string>;
  readonly unread: Map<string, string>;
  readonly read: Map<string, readonly Statement[]>;
  readonly plainText: string[];
}

function readDocument(
  path: string,
  contents: ReadonlyMap<string, Buffer | string>,
  { paths, unread, read, plainText }: Reading,
): void {
  paths.add(path);
  const content = contents.get(path);
  if (content === undefined || typeof content === 'string') {
    unread.set(path, content ?? MISSING);
    return;
  }
  const file = readPolicyFile(content, path, true);
  if (file.kind !== 'policies' || file.documents !== 1 || file.withPrincipals.length > 0) {
    unread.set(path, file.kind === 'unread' ? file.reason : 'no policy document');
    return;
  }
  read.set(path, file.statements);
  if (file.isPlainText) plainText.push(path);
}

function readTrust(
  { name, trust }: NonNullable<StoredManifest['roles']>[number],
  contents: ReadonlyMap<string, Buffer | string>,
  { paths, unread }: Reading,
): void {
  const path = `iam-json/roles/${name}.trust.json`;
  paths.add(path);
  const content = contents.get(path);
  if (content === undefined || typeof content === 'string') {
    unread.set(path, content ?? MISSING);
    return;
  }
  const file = readPolicyFile(content, path, true);
  const isSame =
    file.kind === 'policies' &&
    file.documents === 0 &&
    file.withPrincipals[0] === canonicalJson(trust);
  if (!isSame) unread.set(path, 'edited');
}

function areSame(some: readonly Statement[], others: readonly Statement[]): boolean {
  const key = (statements: readonly Statement[]): string =>
    statements.map(canonicalStatement).sort().join('\n');
  return key(some) === key(others);
}

/**
 * What each principal holds.
 * @param documentOf the statements of a policy's own document, where there is one
 */
export function sideOfManifest(
  manifest: StoredManifest,
  { awsManaged }: Pick<Spec, 'awsManaged'>,
  documentOf: ReadTarget['documentOf'] = () => undefined,
): ManifestSide {
  const { roles, users, existing, policies } = manifest;
  const ids = new Set([
    ...manifest.principals.map(({ id }) => id),
    ...policies.flatMap(({ attachedTo }) => attachedTo),
  ]);
  const values = new Map(Object.entries(manifest.parameters));
  const principals = [...ids].map((id): [string, Holdings] => {
    const own = manifest.principals.find((each) => each.id === id);
    const created = roles?.filter(({ principal }) => principal === id) ?? [];
    const boundary = [...created, ...(users ?? [])].find(
      (each) => each.principal === id && each.permissionsBoundary,
    )?.permissionsBoundary;
    const being: Being = {
      awsManagedPolicies: own?.awsManagedPolicies ?? [],
      entities: (existing ?? [])
        .filter(({ principal }) => principal === id)
        .map(({ entity, name }) => `${entity} ${name}`),
      trust: created.flatMap(({ trust }) => trustStatements(trust)),
      ...(boundary === undefined ? {} : { permissionsBoundary: boundary }),
    };
    const statements = policies
      .filter(({ attachedTo }) => attachedTo.includes(id))
      .flatMap(
        ({ name, statements }) =>
          documentOf(name, id) ?? statements.map((each) => fromStatementJson(each.statement)),
      );
    const ofAwsManaged = being.awsManagedPolicies.flatMap((policy) =>
      (awsManaged.get(policy)?.statements ?? []).map((each) => renderStatement(each, values)),
    );
    return [id, { statements, ofAwsManaged, being }];
  });
  return {
    principals: new Map(principals),
    tellsBeing: roles !== undefined && existing !== undefined,
    unread: [],
    notes: [],
  };
}

/** A trust policy of ours, with those trusted in place of resources. */
function trustStatements(trust: { readonly [key: string]: JsonValue }): Statement[] {
  const statements = [trust.Statement ?? []].flat() as { [key: string]: unknown }[];
  return statements.map(({ Principal, ...statement }) =>
    fromStatementJson({
      ...statement,
      Resource: Object.entries((Principal ?? {}) as Record<string, unknown>).flatMap(
        ([type, names]) => [names].flat().map((name) => `${type} ${name}`),
      ),
    }),
  );
}
