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
import { join } from 'node:path';
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

/**
 * Whether V8 takes the compiled code of each file, but for the one that runs a command; in a process
 * of its own, since V8 remembers what it has compiled.
 */
function taken(folder: string): Readonly<Record<string, boolean>> {
  const script = `
    const { Program, cacheName } = await import('${join(ROOT, 'src/program.ts')}');
    const { readdirSync } = await import('node:fs');
    const program = new Program('${folder}/dist/program', '${folder}/dist/code-cache/' + cacheName());
    for (const name of readdirSync('${folder}/dist/program/chunks')) {
      if (!/^catalogue-/.test(name)) program.run('${folder}/dist/program/chunks/' + name);
    }
    console.log(JSON.stringify(Object.fromEntries(program.taken)));
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );
  assert.is(stderr, '');
  return JSON.parse(stdout);
}

function gen(folder: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(folder, 'dist/cli.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

test('V8 takes the code that was compiled at build time', ({ folder }) => {
  const files = Object.entries(taken(folder));
  const others = files.filter(([, isTaken]) => !isTaken).map(([name]) => name);
  assert.ok(files.length - others.length > 30, others.join(' '));
  // Nothing that a usual run needs.
  for (const name of others) assert.match(name, /^chunks\/(chunk|files|howto|completion|load)-/);
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

test("compiled code that is cut short, nothing or another V8's: it is compiled as ever", ({
  folder,
}) => {
  const cache = join(folder, 'dist/code-cache', cacheName());
  const content = readFileSync(cache);
  const start = 4 + content.readUInt32LE();
  const index: Record<string, [number, number]> = JSON.parse(content.subarray(4, start).toString());
  const foreign = Buffer.from(content);
  for (const [offset] of Object.values(index)) foreign.fill(7, start + offset, start + offset + 16);
  const inside = Buffer.from(content);
  for (const [offset, length] of Object.values(index)) {
    const middle = start + offset + (length >> 1);
    inside[middle] = (inside[middle] as number) ^ 255;
  }
  const damage: Record<string, Buffer> = {
    'cut short': content.subarray(0, start + 100),
    'cut short in the index': content.subarray(0, 100),
    nothing: Buffer.alloc(0),
    'no index': Buffer.alloc(1_000, 123),
    "another V8's": foreign,
    // V8 would run it, or crash.
    'damaged inside': inside,
  };
  for (const [how, damaged] of Object.entries(damage)) {
    writeFileSync(cache, damaged);
    assert.equal([...new Set(Object.values(taken(folder)))], [false], how);
    assert.is(gen(folder, '--version').stdout, `${version}\n`, how);
  }
});

test('a source that was changed since is what runs, even at the same length', ({ folder }) => {
  const chunks = join(folder, 'dist/program/chunks');
  let changed = 0;
  for (const name of readdirSync(chunks)) {
    const source = readFileSync(join(chunks, name), 'utf8');
    if (!source.includes('List the features')) continue;
    writeFileSync(join(chunks, name), source.replaceAll('List the features', 'LIST THE FEATURES'));
    changed++;
  }
  assert.ok(changed > 0);
  assert.match(gen(folder, '--help').stdout, 'LIST THE FEATURES');
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
