/** The built program starts from compiled code where it can, and as ever where it cannot. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cacheName, Program } from '../src/program.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const test = suite<{ folder: string }>('program');
test.before.each((context) => {
  assert.ok(existsSync(join(DIST, 'cli.js')), 'dist/ is missing: npm run build');
  context.folder = mkdtempSync(join(tmpdir(), 'gen-program-'));
  // Not beside the project: its package.json is not to be found by chance.
  cpSync(DIST, join(context.folder, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(context.folder, 'package.json'));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** Every file that there is compiled code for, but the one that runs a command. */
function load(folder: string) {
  const files = join(folder, 'dist/program');
  const caches = join(folder, 'dist/code-cache', cacheName());
  const program = new Program(files, caches);
  for (const name of readdirSync(join(caches, 'chunks'))) {
    program.run(join(files, 'chunks', name.replace(/\.cache$/, '')));
  }
  return program;
}

function gen(folder: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(folder, 'dist/cli.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

test('V8 takes the code that was compiled at build time', ({ folder }) => {
  const { taken } = load(folder);
  assert.ok(taken.size > 20);
  assert.equal(
    [...taken].filter(([, isTaken]) => !isTaken),
    [],
  );
});

test('a file is run once, until it is started again', ({ folder }) => {
  const file = join(folder, 'counted.js');
  writeFileSync(
    file,
    'globalThis.counted = (globalThis.counted ?? 0) + 1; exports.at = __filename;',
  );
  const program = new Program(folder, join(folder, 'no-such-folder'));
  assert.is(program.run(file), program.run(file));
  assert.is(program.run(file).at, file);
  program.startAgain();
  program.run(file);
  assert.is((globalThis as { counted?: number }).counted, 2);
});

test("compiled code that is cut short or another V8's: it is compiled as ever", ({ folder }) => {
  const caches = join(folder, 'dist/code-cache', cacheName());
  const damage: Record<string, (content: Buffer) => Buffer> = {
    'cut short': (content) => content.subarray(0, content.length >> 1),
    "another V8's": (content) => Buffer.concat([Buffer.alloc(16, 7), content.subarray(16)]),
  };
  for (const [how, damaged] of Object.entries(damage)) {
    for (const entry of readdirSync(caches, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const place = join(entry.parentPath, entry.name);
      const content = readFileSync(join(DIST, relative(join(folder, 'dist'), place)));
      writeFileSync(place, damaged(content));
    }
    assert.equal(new Set(load(folder).taken.values()), new Set([false]), how);
    assert.is(gen(folder, '--version').stdout, `${version}\n`, how);
  }
});

test('no compiled code of some file', ({ folder }) => {
  const caches = join(folder, 'dist/code-cache', cacheName());
  rmSync(join(caches, 'cli.js.cache'));
  assert.is(gen(folder, '--version').stdout, `${version}\n`);
  writeFileSync(join(caches, 'cli.js.cache'), '');
  assert.is(gen(folder, '--version').stdout, `${version}\n`);
});

test('a Node that there is no compiled code for', ({ folder }) => {
  rmSync(join(folder, 'dist/code-cache'), { recursive: true });
  assert.is(gen(folder, '--version').stdout, `${version}\n`);
  const { status, stderr } = gen(folder, '--features', 'core', '--format', 'all', '--quiet');
  assert.is(stderr, '');
  assert.is(status, 0);
  assert.ok(existsSync(join(folder, 'out/core/terraform/main.tf')));
});

test('flags of V8 that the code was not compiled for', ({ folder }) => {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--no-opt', join(folder, 'dist/cli.js'), '--version'],
    { encoding: 'utf8' },
  );
  assert.is(status, 0);
  assert.is(stdout, `${version}\n`);
});

test('the library by require(), too', ({ folder }) => {
  const library = createRequire(join(folder, 'index.js'))(join(folder, 'dist/index.js'));
  assert.equal(Object.keys(library).sort(), [
    'FORMATS',
    'GenError',
    'composeBundle',
    'generate',
    'loadSpec',
  ]);
});

test('a format loads its own code only', ({ folder }) => {
  const heavy = readdirSync(join(folder, 'dist/program/chunks')).filter((name) =>
    /^(terraform|catalogue)-/.test(name),
  );
  assert.is(heavy.length, 2);
  for (const name of heavy) rmSync(join(folder, 'dist/program/chunks', name));
  for (const format of ['iam-json', 'cloudformation', 'pxk', 'validator']) {
    const { status, stderr } = gen(folder, '--features', 'core', '--format', format, '--quiet');
    assert.is(status, 0, stderr);
  }
  assert.is(gen(folder, '--features', 'core', '--format', 'terraform').status, 2);
});

test.run();
