/** Folders for the time of a test. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { EmittedFile } from '../../src/model/bundle.ts';

/** Gives `use` a new folder, and removes it when `use` is done. */
export async function withFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gen-test-')));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `body` with a new working directory that holds these files. */
export function inFolder(
  files: Readonly<Record<string, string>>,
  body: () => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      writeFiles(
        folder,
        Object.entries(files).map(([path, content]) => ({ path, content })),
      );
      await body();
    } finally {
      process.chdir(before);
    }
  });
}

/** Writes the files below the folder; gives their whole paths, in the order of the files. */
export function writeFiles(folder: string, files: readonly EmittedFile[]): readonly string[] {
  return files.map(({ path, content }) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  });
}
