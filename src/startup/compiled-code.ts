/**
 * Keeps what V8 compiles, so that the next run need not: half of a short run is otherwise spent on
 * compiling. It is made on the user's machine and never shipped.
 *
 * V8 runs compiled code as it is, so whoever can write it decides what the program does. Therefore:
 * - It lies in a folder of the user's own: `palette-iam-gen` in XDG_CACHE_HOME, or else where the
 *   system keeps a user's caches. Never in a shared temporary folder, which is where Node's own
 *   module.enableCompileCache() puts it.
 * - Each run checks that the folder is no symbolic link, belongs to the user and is closed to others
 *   (0700), and that the folder around it belongs to the user too. Each file is checked once it is
 *   open, so that nobody can swap it in between.
 * - If any of that does not hold, or nothing can be written, there is no compiled code: the program
 *   compiles as it would anyway, and says nothing. NODE_DISABLE_COMPILE_CACHE=1 has the same effect.
 *
 * A file's name is the hash of its source, Node's version and flags. It holds a hash of that and the
 * code, then the code: V8 itself refuses code of another version or for other flags, but notices
 * neither damaged code nor another source of the same length.
 * https://nodejs.org/api/vm.html#scriptcachedData
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Script } from 'node:vm';

/** What decides where the folder is and whose it has to be. */
export interface User {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined on Windows, where a user's folders are closed to others by access control lists. */
  readonly uid: number | undefined;
}

/** A file that was run. */
export interface Loaded {
  readonly source: Buffer;
  readonly script: Script;
}

const HASH_BYTES = 32;
/** Bounds what older versions and other Nodes leave behind. */
const DAYS_KEPT = 60;

export class CompiledCode {
  readonly #folder: string | undefined;
  readonly #user: User;

  constructor(user: User) {
    this.#user = user;
    const folder = folderOf(user);
    this.#folder =
      folder !== undefined && orNothing(() => isClosed(folder, user)) ? folder : undefined;
  }

  /** Undefined where there is none of this very source for this V8. */
  get(source: Buffer): Buffer | undefined {
    const folder = this.#folder;
    return folder === undefined ? undefined : orNothing(() => this.#read(folder, source));
  }

  /** Writes each file whole or not at all; makes the folder where there is none. */
  put(loaded: Iterable<Loaded>): void {
    orNothing(() => {
      const folder = folderOf(this.#user);
      if (folder === undefined || !mayBeMade(folder, this.#user)) return;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!isClosed(folder, this.#user)) return;
      removeOld(folder);
      for (const { source, script } of loaded) {
        const key = keyOf(source);
        const code = script.createCachedData();
        writeWhole(join(folder, key.toString('hex')), Buffer.concat([hashOf(key, code), code]));
      }
    });
  }

  #read(folder: string, source: Buffer): Buffer | undefined {
    const key = keyOf(source);
    const file = openSync(
      join(folder, key.toString('hex')),
      // Windows has no such flag.
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0),
    );
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() || !isOnlyFor(stats, this.#user)) return undefined;
      const content = readFileSync(file);
      const code = content.subarray(HASH_BYTES);
      const isWhole = hashOf(key, code).equals(content.subarray(0, HASH_BYTES));
      return isWhole ? code : undefined;
    } finally {
      closeSync(file);
    }
  }
}

/** Undefined where the user has no folder for caches, or wants none of this. */
function folderOf({ env, platform }: User): string | undefined {
  if (env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const inHome = (...names: readonly string[]) => env.HOME && join(env.HOME, ...names);
  const usual: Readonly<Record<string, string | undefined>> = {
    win32: env.LOCALAPPDATA,
    darwin: inHome('Library', 'Caches'),
  };
  const caches = [env.XDG_CACHE_HOME, platform in usual ? usual[platform] : inHome('.cache')];
  // A relative path is to be ignored. https://specifications.freedesktop.org/basedir-spec/latest/
  const parent = caches.find((folder) => folder && isAbsolute(folder));
  return parent && join(parent, 'palette-iam-gen');
}

function isClosed(folder: string, user: User): boolean {
  const stats = lstatSync(folder);
  return stats.isDirectory() && isOnlyFor(stats, user) && isOwn(statSync(dirname(folder)), user);
}

/** The user's folder for caches is created if it is missing, but never the home around it. */
function mayBeMade(folder: string, user: User): boolean {
  const caches = dirname(folder);
  const around = [caches, dirname(caches)]
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .find((stats) => stats !== undefined);
  return around !== undefined && isOwn(around, user);
}

function isOnlyFor({ uid, mode }: Stats, user: User): boolean {
  return user.uid === undefined || (uid === user.uid && (mode & 0o077) === 0);
}

/** A home may be read by others, and written by the user's own group; but not by everyone. */
function isOwn({ uid, mode }: Stats, user: User): boolean {
  return user.uid === undefined || (uid === user.uid && (mode & 0o002) === 0);
}

function writeWhole(file: string, content: Buffer): void {
  const temporary = join(dirname(file), `${randomUUID()}.tmp`);
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function removeOld(folder: string): void {
  const oldest = Date.now() - DAYS_KEPT * 24 * 60 * 60 * 1000;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (lstatSync(file).mtimeMs < oldest) rmSync(file);
  }
}

function keyOf(source: Buffer): Buffer {
  const { version, arch, execArgv, env } = process;
  return hashOf(source, Buffer.from(JSON.stringify([version, arch, execArgv, env.NODE_OPTIONS])));
}

function hashOf(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Without compiled code the program runs all the same. */
function orNothing<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
