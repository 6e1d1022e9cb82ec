// Generates or checks everything in scripts/examples.txt, below out/.
//   node scripts/examples.mjs generate|check
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const mode = process.argv[2];
if (mode !== 'generate' && mode !== 'check') {
  console.error('usage: node scripts/examples.mjs generate|check');
  process.exit(2);
}

const examples = readFileSync(join(root, 'scripts/examples.txt'), 'utf8')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

let failed = 0;
let unknown = 0;
const folders = new Set();
for (const example of examples) {
  console.error(`gen ${mode === 'check' ? 'check ' : ''}${example}`);
  const { status, stdout } = gen([...(mode === 'check' ? ['check'] : []), ...words(example)]);
  if (status !== 0) failed += 1;
  try {
    const { folder, target, diff } = JSON.parse(stdout);
    folders.add(folder ?? target);
    if (diff) process.stdout.write(diff);
  } catch {
    // gen has said on stderr what is wrong.
    unknown += 1;
  }
}

// A folder that no example writes any more would stay forever, and nobody would check it.
const out = join(root, 'out');
const strays = unknown > 0 || !existsSync(out) ? [] : readdirSync(out).filter(isStray);
for (const stray of strays)
  console.error(`out/${stray}: no line of scripts/examples.txt writes it`);
process.exitCode = failed > 0 || strays.length > 0 ? 1 : 0;

function isStray(entry) {
  return !folders.has(entry) && existsSync(join(out, entry, 'manifest.json'));
}

function words(line) {
  return line.split(/\s+/);
}

function gen(args) {
  return spawnSync(process.execPath, [join(root, 'dist/cli.js'), ...args, '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
