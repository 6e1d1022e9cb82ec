/** The built program, started as its users do, with a folder of its own for compiled code. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** Copies dist/ into the folder, away from the project, whose package.json must not be found by chance. */
export function copyProgram(folder: string): void {
  assert.ok(existsSync(join(DIST, 'cli.js')), 'dist/ is missing: npm run build');
  mkdirSync(folder, { recursive: true });
  cpSync(DIST, join(folder, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
}

export interface Start {
  /** Beside PATH, all that there is in the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
}

/** Runs the copy in `folder`, in that folder. */
export function start(
  folder: string,
  args: readonly string[],
  { env = { XDG_CACHE_HOME: join(folder, 'caches') }, nodeFlags = [] }: Start = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [...nodeFlags, join(folder, 'dist/cli.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
}

/** Of XDG_CACHE_HOME. */
export function compiledIn(caches: string): string {
  return join(caches, 'palette-iam-gen');
}

/** Content of each file and when it was written, by name; empty where there is no such folder. */
export function entriesOf(
  folder: string,
): ReadonlyMap<string, { content: Buffer; written: bigint; mode: number }> {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder).map((name) => {
      const file = join(folder, name);
      const { mtimeNs, mode } = statSync(file, { bigint: true });
      const entry = { content: readFileSync(file), written: mtimeNs, mode: Number(mode) & 0o777 };
      return [name, entry] as const;
    }),
  );
}
