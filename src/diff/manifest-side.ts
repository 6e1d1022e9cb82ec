/**
 * What a target's folder grants, by its manifest: whatever formats it holds. Documents of format
 * `iam-json` that were edited since are read themselves; of other edited files it is told that they
 * are not.
 */
import { formerRun, MANIFEST, MANIFEST_VERSION, type Manifest, sha256 } from '../manifest.ts';
import { GenError } from '../model/errors.ts';
import { fromStatementJson, type JsonValue, type Statement } from '../model/policy.ts';
import { type FileTree, shownPath } from './file-tree.ts';
import { policyOf } from './foreign-side.ts';
import { errorAt, parseJson } from './json-text.ts';
import type { Being, Holdings, Side } from './side.ts';

type Told = Pick<Side, 'principals' | 'tellsBeing' | 'unread' | 'notes'>;

/** Parts that manifests of before `gen diff` lack. */
type KnownManifest = Omit<Manifest, 'roles' | 'existing' | 'principals'> & {
  readonly roles?: Manifest['roles'];
  readonly existing?: Manifest['existing'];
  readonly principals: readonly {
    readonly id: string;
    readonly awsManagedPolicies?: readonly string[];
  }[];
};

/**
 * @param folder where the manifest stands in the tree, with `/` at the end; empty at its root
 * @param shownAs the folder as the user knows it
 * @returns undefined where the manifest is not one of ours
 * @throws GenError (exit 2) for a manifest that is cut off, damaged, or a newer gen's
 */
export function readManifestSide(
  tree: FileTree,
  folder: string,
  shownAs: string,
): Told | undefined {
  const path = `${folder}${MANIFEST}`;
  const text = tree.read([path]).get(path)?.toString('utf8');
  if (text === undefined) return undefined;
  const place = shownPath(shownAs, MANIFEST);
  const value = parseJson(text, place);
  const version = (value as { manifestVersion?: unknown } | null)?.manifestVersion;
  if (typeof version !== 'number') return undefined;
  if (version > MANIFEST_VERSION) {
    throw errorAt(
      text,
      place,
      ['manifestVersion'],
      'newer-manifest',
      `A newer gen wrote this: version ${version}, and this one knows ${MANIFEST_VERSION}.`,
      'Use that version of gen, or generate the folder again with this one.',
    );
  }
  const manifest = soundManifest(value, text, place);
  const listed = manifest.files.map((file) => `${folder}${file.path}`);
  const contents = tree.read(listed);
  const edited = new Map(
    manifest.files.flatMap((file): [string, Buffer | undefined][] => {
      const content = contents.get(`${folder}${file.path}`);
      return content !== undefined && sha256(content) === file.sha256 ? [] : [[file.path, content]];
    }),
  );
  const told = sideOfManifest(manifest, (policy, principal) => {
    const file = [`iam-json/${principal}/${policy}.json`, `iam-json/${policy}.json`].find((each) =>
      edited.has(each),
    );
    const content = file === undefined ? undefined : edited.get(file);
    if (file === undefined || content === undefined) return undefined;
    const document = policyOf(content.toString('utf8'), shownPath(shownAs, file));
    return document?.statements;
  });
  const unread = [...edited.keys()].filter(
    (file) => !file.startsWith('iam-json/') || file.endsWith('.trust.json'),
  );
  const gone = [...edited].flatMap(([file, content]) => (content === undefined ? [file] : []));
  const untold = [...new Set([...unread, ...gone])].sort();
  return untold.length === 0
    ? told
    : {
        ...told,
        unread: untold.map((file) => shownPath(shownAs, file)),
        notes: [
          ...told.notes,
          `${shownAs}: not as gen wrote them, and compared as its ${MANIFEST} says: ${untold.join(', ')}.`,
        ],
      };
}

/** @throws GenError (exit 2) for one that is damaged */
function soundManifest(value: unknown, text: string, place: string): KnownManifest {
  const damaged = (): GenError =>
    errorAt(
      text,
      place,
      [],
      'broken-manifest',
      'The manifest does not tell which permissions its policies hold.',
      'Restore it from version control, or generate the folder again.',
    );
  try {
    formerRun(value);
  } catch (error) {
    throw error instanceof GenError ? damaged() : error;
  }
  const { files, principals } = value as Partial<KnownManifest>;
  const isSound =
    Array.isArray(files) &&
    files.every((each) => typeof each?.path === 'string' && typeof each?.sha256 === 'string') &&
    Array.isArray(principals) &&
    principals.every((each) => typeof each?.id === 'string');
  if (!isSound) throw damaged();
  return value as KnownManifest;
}

/**
 * What each principal holds.
 * @param edited the statements of a policy's own document, where it was edited
 */
export function sideOfManifest(
  manifest: KnownManifest,
  edited: (policy: string, principal: string) => readonly Statement[] | undefined = () => undefined,
): Told {
  const { roles, existing, policies } = manifest;
  const ids = new Set([
    ...manifest.principals.map(({ id }) => id),
    ...policies.flatMap(({ attachedTo }) => attachedTo),
  ]);
  const principals = [...ids].map((id): [string, Holdings] => {
    const own = manifest.principals.find((each) => each.id === id);
    const created = roles?.filter(({ principal }) => principal === id) ?? [];
    const boundary = created.find((role) => role.permissionsBoundary)?.permissionsBoundary;
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
          edited(name, id) ?? statements.map((each) => fromStatementJson(each.statement)),
      );
    return [id, { statements, being }];
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
