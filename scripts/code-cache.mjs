// Runs the built program as its users do, and keeps what V8 compiled meanwhile in dist/code-cache/,
// for the Node that runs this.
//   node scripts/code-cache.mjs
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { importSource } from './import-source.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist/program/cli.js');
const { cacheName, Program } = await importSource('src/program.ts');
const caches = join(root, 'dist/code-cache');
const program = new Program(join(root, 'dist/program'), join(caches, cacheName()));

const folder = mkdtempSync(join(tmpdir(), 'gen-code-cache-'));
const described =
  '--features eks,cni-scoped,host-groups --account-id 123456789012 --cluster-name demo --vpc-id vpc-0abc1234def567890';
const commands = [
  `${described} --format all`,
  `${described} --format all --merge all --quiet`,
  'init --features core,eks --format all --account-id 123456789012',
  '--config gen.yaml',
  'check',
  'outdated',
  'diff documented latest',
  'features',
];

process.chdir(folder);
// What V8 has not used for a while it forgets; not here.
setFlagsFromString('--no-flush-bytecode');
// Nothing is left to do: the command has come to its end.
const whenDone = () => setImmediate(next);
process.on('beforeExit', whenDone);
process.on('exit', () => {
  process.chdir(root);
  rmSync(folder, { recursive: true });
});
next();

function next() {
  // 1 says that there are findings.
  if ((process.exitCode ?? 0) > 1) {
    throw new Error(`gen ${process.argv.slice(2).join(' ')} ended with ${process.exitCode}`);
  }
  const command = commands.shift();
  if (command === undefined) {
    process.exitCode = 0;
    process.off('beforeExit', whenDone);
    setFlagsFromString('--flush-bytecode');
    mkdirSync(caches, { recursive: true });
    program.writeCache(join(caches, cacheName()));
    return;
  }
  process.argv = [process.execPath, main, ...command.split(' ')];
  program.startAgain();
  program.run(main);
}
