/** Where the program's own files are: beside `dist/` when built, above `src/` when run by tsx. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Installation {
  /** Absolute path of the built-in spec's folder. */
  readonly spec: string;
  readonly version: string;
}

/**
 * Looks from this module upwards for the folder that holds `spec/features.yaml`.
 * @throws Error when the installation is incomplete
 */
export function findInstallation(from: string = fileURLToPath(import.meta.url)): Installation {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const spec = join(folder, 'spec');
    if (existsSync(join(spec, 'features.yaml'))) {
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return { spec, version };
    }
    if (folder === dirname(folder)) {
      throw new Error('the built-in spec (spec/features.yaml) is missing beside the program');
    }
  }
}
