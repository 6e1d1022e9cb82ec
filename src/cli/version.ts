/** The program's own version, from its package.json: above `dist/` when built, above `src/` by tsx. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @throws Error when the installation is incomplete */
export function versionOf(from: string = import.meta.filename): string {
  for (let folder = dirname(from); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    // `dist/` has one that says no more than how its files are to be read.
    const version = existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version;
    if (version) return version;
  }
  throw new Error('package.json is missing beside the program');
}
