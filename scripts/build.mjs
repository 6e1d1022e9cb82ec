// Writes dist/, types excepted (scripts/bundle.mjs).
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

// Written only once all is bundled, so that bundling that fails leaves the previous build working.
const files = await bundle();
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) {
  if (name !== 'types') rmSync(join(dist, name), { recursive: true });
}
for (const [path, text] of files) {
  const file = join(dist, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
chmodSync(join(dist, 'cli.js'), 0o755);
