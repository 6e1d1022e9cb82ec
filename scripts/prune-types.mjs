// Leaves of dist/types/ what the library's types are made of: the compiler writes a declaration for
// every file that it reads, and unpacking them would take longer than all the rest of the package.
import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const types = fileURLToPath(new URL('../dist/types/', import.meta.url));
const needed = new Set();
const open = [join(types, 'index.d.ts')];
for (let file = open.pop(); file !== undefined; file = open.pop()) {
  if (needed.has(file)) continue;
  needed.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, path] of text.matchAll(/\b(?:from|import)\s*\(?'(\.{1,2}\/[^']+)\.[jt]s'/g)) {
    open.push(resolve(dirname(file), `${path}.d.ts`));
  }
}
prune(types);

function prune(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) prune(path);
    else if (!needed.has(path)) rmSync(path);
  }
  if (relative(types, folder) !== '' && readdirSync(folder).length === 0) rmdirSync(folder);
}
