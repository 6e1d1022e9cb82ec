/** Inputs that failed once, as data: one folder below `test/cases` for each. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inFolder } from './folders.ts';

const CASES = fileURLToPath(new URL('../cases', import.meta.url));

/** Runs `body` with a copy of the case's folder as working directory. */
export function inCase(name: string, body: () => Promise<void>): Promise<void> {
  return inFolder({}, () => {
    cpSync(join(CASES, name), '.', { recursive: true });
    return body();
  });
}
