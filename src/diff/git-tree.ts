/** A folder as it stood in a git revision. The only file that runs git. */
import { execFileSync } from 'node:child_process';
import { basename, posix } from 'node:path';
import { type GenError, usageError } from '../model/errors.ts';
import { type FileTree, isSkipped, oneFile, SYMBOLIC_LINK } from './file-tree.ts';

/** Bytes that git may answer with; beyond that the folder is not one of policies. */
const LARGEST_ANSWER = 2 ** 30;

/**
 * `REV:path` as git reads it (gitrevisions(7), `<rev>:<path>`): the path from the repository's root,
 * or from the working directory where it begins with `./` or `../`. The repository is the one around
 * the working directory.
 * @throws GenError (exit 2) without git or a repository, for a revision or path that there is not
 */
export function gitTree(name: string): FileTree {
  const colon = name.indexOf(':');
  const revision = name.slice(0, colon);
  const path = name.slice(colon + 1);
  // git would take it for an option.
  if (revision.startsWith('-') || revision.trim() === '') {
    throw usageError(
      'bad-revision',
      `${JSON.stringify(name)} names no revision before the colon.`,
      'Write REV:path, e.g. HEAD~1:out/prod, or ./path for a folder.',
    );
  }
  git(['rev-parse', '--git-dir'], (said) =>
    usageError(
      'no-repository',
      `${JSON.stringify(name)} is a git revision, and the working directory is in no repository that git can read.`,
      said || 'Run gen inside the repository.',
    ),
  );
  git(['rev-parse', '--verify', '--quiet', `${revision}^{object}`], () =>
    usageError(
      'unknown-revision',
      `There is no revision ${JSON.stringify(revision)} in this repository.`,
      '`git log --oneline` lists them. A shallow clone, as pipelines make it, lacks older ones: fetch it first.',
    ),
  );
  const object = text(
    git(['rev-parse', '--verify', '--quiet', name], () =>
      usageError(
        'no-such-path',
        `Revision ${JSON.stringify(revision)} has no path ${JSON.stringify(path)}.`,
        `Paths count from the repository's root; write ${revision}:./path for one from here. \`git ls-tree -r --name-only ${revision}\` lists them.`,
      ),
    ),
  );
  const kind = text(git(['cat-file', '-t', object], unexpected));
  if (kind === 'blob') {
    return oneFile(basename(path), () => git(['cat-file', 'blob', object], unexpected));
  }
  return treeOf(object);
}

function treeOf(object: string): FileTree {
  const entries = git(['ls-tree', '-r', '-z', '--full-tree', object], unexpected)
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [, mode, id, path] = /^(\d+) \w+ ([0-9a-f]+)\t([\s\S]+)$/.exec(line) ?? [];
      if (mode === undefined || id === undefined || path === undefined) return [];
      return isSkipped(path) ? [] : [{ mode, id, path }];
    });
  const isPlain = ({ mode }: { mode: string }): boolean => mode.startsWith('100');
  const ids = new Map(entries.filter(isPlain).map(({ id, path }) => [path, id]));
  const paths = [...ids.keys()].sort();
  const links = entries.filter(({ mode }) => mode === '120000');
  const targets = blobs(new Map(links.map(({ id, path }) => [path, id])));
  const stays = (link: string): boolean => {
    const target = posix.join(posix.dirname(link), String(targets.get(link)));
    return target === '.' || ids.has(target) || paths.some((path) => path.startsWith(`${target}/`));
  };
  return {
    isFile: false,
    paths,
    passedOver: entries.flatMap(({ mode, path }) => {
      if (mode === '160000') return [{ path, reason: 'a submodule' }];
      return mode === '120000' && !stays(path) ? [{ path, reason: SYMBOLIC_LINK }] : [];
    }),
    read: (wanted) =>
      blobs(
        new Map(wanted.flatMap((path) => (ids.has(path) ? [[path, ids.get(path) as string]] : []))),
      ),
  };
}

/** Contents of objects by the path that they have. */
function blobs(ids: ReadonlyMap<string, string>): ReadonlyMap<string, Buffer> {
  if (ids.size === 0) return new Map();
  const input = [...ids.values()].map((id) => `${id}\n`).join('');
  return contentsOf([...ids.keys()], git(['cat-file', '--batch'], unexpected, input));
}

/** `<id> blob <size>`, a line feed, so many bytes and a line feed, for each path in order. */
function contentsOf(paths: readonly string[], answer: Buffer): ReadonlyMap<string, Buffer> {
  const contents = new Map<string, Buffer>();
  let at = 0;
  for (const path of paths) {
    const end = answer.indexOf('\n', at);
    const size = Number(answer.toString('utf8', at, end).split(' ')[2]);
    contents.set(path, answer.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return contents;
}

/** What git prints; without a shell, so that no text is anything but an argument. */
function git(args: readonly string[], refused: (said: string) => GenError, input?: string): Buffer {
  try {
    return execFileSync('git', args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: LARGEST_ANSWER,
      ...(input === undefined ? {} : { input }),
    });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
    if (code === 'ENOENT') {
      throw usageError('no-git', 'git is not installed, and a side is a git revision.');
    }
    if (code === 'ENOBUFS') {
      throw usageError(
        'too-large',
        'The git revision holds more than 1 GB at that path.',
        'Name a folder of policies in it, e.g. HEAD:out.',
      );
    }
    throw refused(stderr?.toString('utf8').trim() ?? '');
  }
}

function unexpected(said: string): GenError {
  return usageError('unreadable-revision', `git cannot read the revision: ${said}`);
}

function text(answer: Buffer): string {
  return answer.toString('utf8').trim();
}
