/** The built program starts from compiled code where it has some, and the same way where it has none. */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path, { join } from 'node:path';
import { Script } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CompiledCode } from '../../src/startup/compiled-code.ts';
import { Program } from '../../src/startup/program.ts';
import { compiledIn, copyProgram, entriesOf, ROOT, start } from '../support/built-program.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const GENERATE = ['--features', 'core', '--format', 'iam-json', '--quiet'];

const test = suite<{ folder: string; compiled: string }>('program');
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'gen-program-'));
  context.compiled = compiledIn(join(context.folder, 'caches'));
  copyProgram(context.folder);
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

test('the first run keeps what V8 has compiled, the second takes all of it', ({
  folder,
  compiled,
}) => {
  assert.is(start(folder, GENERATE).status, 0);
  const first = entriesOf(compiled);
  assert.ok(first.size > 1, `${first.size}`);
  for (const [name, { mode }] of first) assert.is(mode, 0o600, name);
  assert.is(start(folder, GENERATE).status, 0);
  // What V8 refuses would be written again.
  assert.equal(entriesOf(compiled), first);
});

test('another command adds its files, and what it uses of files that are there', ({
  folder,
  compiled,
}) => {
  start(folder, ['--version']);
  const first = entriesOf(compiled);
  start(folder, GENERATE);
  const second = entriesOf(compiled);
  assert.ok(second.size > first.size);
  for (const [name, { content }] of first) {
    assert.ok((second.get(name)?.content.length ?? 0) >= content.length, name);
  }
  start(folder, ['--version']);
  assert.equal(entriesOf(compiled), second);
});

test('runs at the same time disturb one another in nothing', async ({ folder, compiled }) => {
  const env = { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'caches') };
  const codes = await Promise.all(
    [1, 2, 3, 4].map(
      (number) =>
        new Promise((resolve) => {
          const args = [join(folder, 'dist/cli.js'), ...GENERATE, '--out', `out-${number}`];
          spawn(process.execPath, args, { cwd: folder, env, stdio: 'ignore' }).on('close', resolve);
        }),
    ),
  );
  assert.equal(codes, [0, 0, 0, 0]);
  const first = entriesOf(compiled);
  for (const name of first.keys()) assert.not.match(name, /tmp/);
  start(folder, GENERATE);
  assert.equal(entriesOf(compiled), first);
});

test('compiled code that is damaged is made again', ({ folder, compiled }) => {
  start(folder, GENERATE);
  const whole = entriesOf(compiled);
  const names = [...whole.keys()];
  const damage: Readonly<Record<string, (content: Buffer, index: number) => Buffer>> = {
    nothing: () => Buffer.alloc(0),
    'cut short': (content) => content.subarray(0, content.length - 1),
    'cut short in the hash': (content) => content.subarray(0, 10),
    // V8 would run it, or crash.
    'one byte inside': (content) => {
      const damaged = Buffer.from(content);
      damaged[content.length >> 1] = (damaged[content.length >> 1] as number) ^ 255;
      return damaged;
    },
    "another file's": (_, index) =>
      whole.get(names[(index + 1) % names.length] as string)?.content as Buffer,
  };
  for (const [how, change] of Object.entries(damage)) {
    names.forEach((name, index) => {
      writeFileSync(join(compiled, name), change(whole.get(name)?.content as Buffer, index));
    });
    const damaged = entriesOf(compiled);
    const { status, stderr } = start(folder, [...GENERATE, '--force']);
    assert.is(status, 0, `${how}: ${stderr}`);
    for (const [name, { content }] of entriesOf(compiled)) {
      assert.not.equal(content, damaged.get(name)?.content, `${how}: ${name}`);
    }
    // Now it is as it was: nothing is written again.
    const again = entriesOf(compiled);
    start(folder, GENERATE);
    assert.equal(entriesOf(compiled), again, how);
  }
});

test('a source that was changed since is what runs, even at the same length', ({ folder }) => {
  start(folder, ['--help']);
  const main = join(folder, 'dist/program/main.js');
  const source = readFileSync(main, 'utf8');
  assert.match(source, 'List the features');
  writeFileSync(main, source.replaceAll('List the features', 'LIST THE FEATURES'));
  assert.match(start(folder, ['--help']).stdout, 'LIST THE FEATURES');
});

test('other flags of V8 have compiled code of their own', ({ folder, compiled }) => {
  start(folder, ['--version']);
  const first = entriesOf(compiled);
  for (const round of [1, 2]) {
    const { status, stdout } = start(folder, ['--version'], { nodeFlags: ['--no-opt'] });
    assert.is(status, 0, `${round}`);
    assert.is(stdout, `${version}\n`);
    assert.is(entriesOf(compiled).size, 2 * first.size);
  }
});

test('files that nobody has written for long are removed', ({ folder, compiled }) => {
  start(folder, ['--version']);
  for (const [name, days] of [
    ['old', 70],
    ['recent', 10],
  ] as const) {
    writeFileSync(join(compiled, name), '');
    const time = new Date(Date.now() - days * 86_400_000);
    utimesSync(join(compiled, name), time, time);
  }
  start(folder, GENERATE);
  assert.not(existsSync(join(compiled, 'old')));
  assert.ok(existsSync(join(compiled, 'recent')));
});

test('where the folder is, by system', ({ folder }) => {
  const file = join(folder, 'dist/index.js');
  const source = readFileSync(file);
  const script = new Script(source.toString());
  const home = join(folder, 'home');
  const cases: readonly (readonly [
    platform: string,
    env: Record<string, string>,
    where: string,
  ])[] = [
    ['linux', { HOME: home }, 'home/.cache'],
    ['linux', { HOME: home, XDG_CACHE_HOME: join(folder, 'xdg') }, 'xdg'],
    ['linux', { HOME: home, XDG_CACHE_HOME: 'relative' }, 'home/.cache'],
    ['linux', { HOME: home, XDG_CACHE_HOME: '' }, 'home/.cache'],
    ['darwin', { HOME: home }, 'home/Library/Caches'],
    ['win32', { LOCALAPPDATA: join(folder, 'local') }, 'local'],
  ];
  for (const [platform, env, where] of cases) {
    mkdirSync(join(home, 'Library'), { recursive: true });
    const user = { platform, env, uid: platform === 'win32' ? undefined : process.geteuid?.() };
    new CompiledCode(user).put([{ source, script }]);
    assert.is(entriesOf(compiledIn(join(folder, where))).size, 1, `${platform} ${where}`);
    assert.ok(new CompiledCode(user).get(source), platform);
    for (const made of ['home', 'xdg', 'local']) {
      rmSync(join(folder, made), { recursive: true, force: true });
    }
  }
});

test('a module is run once', ({ folder }) => {
  const modules = {
    'main.js': "exports['inner.js'] = () => require('./outer.js');",
    'outer.js': `globalThis.counted = (globalThis.counted ?? 0) + 1;
      exports.at = __filename; exports.path = require('node:path');`,
  };
  for (const [name, code] of Object.entries(modules)) {
    const wrapped = `(function(exports,require,module,__filename){${code}})`;
    writeFileSync(join(folder, name), wrapped);
  }
  const program = new Program(folder, createRequire(import.meta.url));
  const outer = program.run('outer.js') as { at: string; path: unknown };
  assert.is(program.run('inner.js'), outer);
  assert.is(outer.at, join(folder, 'outer.js'));
  assert.is(outer.path, path);
  assert.is((globalThis as { counted?: number }).counted, 1);
});

test('the library by require(), too; it keeps no compiled code', ({ folder, compiled }) => {
  const script = "console.log(Object.keys(require('./dist/index.js')).sort().join())";
  const { stdout, stderr } = spawnSync(process.execPath, ['--eval', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'caches') },
  });
  assert.is(stdout, 'FORMATS,GenError,composeBundle,generate,loadSpec\n', stderr);
  assert.not(existsSync(compiled));
});

test('a format loads its own code only', ({ folder }) => {
  const heavy = readdirSync(join(folder, 'dist/program')).filter((name) =>
    /^(terraform|catalogue)-/.test(name),
  );
  assert.is(heavy.length, 2);
  for (const name of heavy) rmSync(join(folder, 'dist/program', name));
  for (const format of ['iam-json', 'cloudformation', 'pxk', 'validator']) {
    const { status, stderr } = start(folder, ['--features', 'core', '--format', format, '--quiet']);
    assert.is(status, 0, stderr);
  }
  assert.is(start(folder, ['--features', 'core', '--format', 'terraform']).status, 2);
});

test.run();
