/**
 * What a side of `gen diff` may be, the first of these that it is:
 * 1. `documented`, `latest` or a date: the target of the flags, composed as of then;
 * 2. the name of a target;
 * 3. a folder (or one file) on disk;
 * 4. `REV:path`, a folder in a git revision.
 * A folder is what its manifest and its documents say. Without a manifest of its own, it is the
 * targets in it, each with its name before the principals; without those, the union of all policy
 * documents in it.
 */
import { existsSync } from 'node:fs';
import { loadCatalogue } from '../compose/catalogue.ts';
import { composeBundle } from '../compose/compose.ts';
import { buildManifest, MANIFEST } from '../files/manifest.ts';
import { GenError, usageError } from '../model/errors.ts';
import type { Spec } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import { diskTree, type FileTree, shownPath, type Unread } from './file-tree.ts';
import { readForeignSide } from './foreign-side.ts';
import { gitTree } from './git-tree.ts';
import { readManifestSide, sideOfManifest } from './manifest-side.ts';
import { unreadNote } from './notes.ts';
import { readPolicyFile } from './policy-file.ts';
import type { Side } from './side.ts';

export interface NamedTarget {
  readonly spec: Spec;
  readonly target: Target;
}

export interface SideSources {
  readonly spec: Spec;
  /** Composed for sides that are dates. */
  readonly target: Target;
  /** A target by its name, with the spec it is selected from; undefined where there is none. */
  readonly targetNamed?: (name: string) => Promise<NamedTarget | undefined>;
}

/**
 * Reads both sides.
 * @throws GenError with everything that is wrong with either: exit 2, or 3 where a target does not fit
 */
export async function readSides(
  names: readonly [from: string, to: string],
  sources: SideSources,
): Promise<readonly [from: Side, to: Side]> {
  const read = await Promise.allSettled(names.map((name) => readSide(name, sources)));
  const faults = read.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  const foreign = faults.find((fault) => !(fault instanceof GenError));
  if (foreign !== undefined) throw foreign;
  const [first] = faults as GenError[];
  if (first !== undefined) {
    const problems = (faults as GenError[]).flatMap((fault) => fault.problems);
    const told = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
    throw new GenError(first.exitCode, [...told.values()]);
  }
  const [from, to] = read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return [from as Side, to as Side];
}

/** @throws GenError */
export async function readSide(name: string, sources: SideSources): Promise<Side> {
  const { spec, target, targetNamed } = sources;
  if (name === 'documented') {
    const { asOf: _, ...documented } = target;
    return composed(name, 'as-of', spec, documented);
  }
  if (name === 'latest' || /^\d{4}-\d{2}-\d{2}$/.test(name)) {
    return composed(name, 'as-of', spec, { ...target, asOf: name });
  }
  const named = await targetNamed?.(name);
  if (named !== undefined) return composed(name, 'target', named.spec, named.target);
  if (existsSync(name)) return inTree(name, 'folder', diskTree(name), spec);
  if (name.includes(':')) return inTree(name, 'revision', gitTree(name), spec);
  throw usageError(
    'unknown-side',
    `There is no folder ${JSON.stringify(name)}.`,
    'A side is a folder that gen wrote or one of policies, a git revision (HEAD~1:out/prod), a date (YYYY-MM-DD, documented, latest), or a target.',
  );
}

async function composed(
  name: string,
  kind: Side['kind'],
  spec: Spec,
  target: Target,
): Promise<Side> {
  const catalogue = target.shrink === undefined ? undefined : await loadCatalogue();
  // Of all formats the one that leaves every value open but for those that have a default.
  const open: Target = { ...target, formats: ['cloudformation'] };
  const bundle = composeBundle(spec, open, { catalogue });
  return { name, kind, ...sideOfManifest(buildManifest(bundle, target, []), spec) };
}

function inTree(name: string, kind: Side['kind'], tree: FileTree, spec: Spec): Side {
  const shownAs = name.replace(/(?<=.)\/+$/, '');
  if (tree.isFile) return { name, kind, ...readForeignSide(tree, shownAs) };
  const own = readManifestSide(tree, { folder: '', shownAs }, spec);
  if (own !== undefined) return { name, kind, ...own };
  const targets = tree.paths
    .filter((path) => path.endsWith(`/${MANIFEST}`))
    .flatMap((path) => {
      const folder = path.slice(0, -MANIFEST.length);
      const id = folder.slice(0, -1);
      const told = readManifestSide(tree, { folder, shownAs: shownPath(shownAs, id) }, spec);
      return told === undefined ? [] : [{ id, folder, told }];
    });
  if (targets.length === 0) return { name, kind, ...readForeignSide(tree, shownAs) };
  const isBeside = (path: string): boolean =>
    !targets.some(({ folder }) => path.startsWith(folder));
  const paths = tree.paths.filter(isBeside);
  const beside: Unread[] = [
    ...tree.passedOver.filter(({ path }) => isBeside(path)),
    ...[...tree.read(paths)].flatMap(([path, content]): Unread[] => {
      if (typeof content === 'string') return [{ path, reason: content }];
      const { kind } = readPolicyFile(content, path, false);
      return kind === 'policies' || kind === 'unread' ? [{ path, reason: 'in no target' }] : [];
    }),
  ];
  return {
    name,
    kind,
    principals: new Map(
      targets.flatMap(({ id, told }) =>
        [...told.principals].map(([principal, held]) => [`${id}/${principal}`, held] as const),
      ),
    ),
    tellsBeing: targets.every(({ told }) => told.tellsBeing),
    isByManifest: targets.some(({ told }) => told.isByManifest),
    unread: [
      ...targets.flatMap(({ told }) => told.unread),
      ...beside.map(({ path }) => shownPath(shownAs, path)),
    ],
    notes: [...targets.flatMap(({ told }) => told.notes), ...unreadNote(shownAs, beside)],
  };
}
