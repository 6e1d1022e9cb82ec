/** Runs that are interrupted: they end at once, and what they leave is old, new, or repaired. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '../../src/files/manifest.ts';
import { sweepStaging } from '../../src/files/staging.ts';
import { readPreviousManifest, writeFiles } from '../../src/files/write.ts';
import type { EmittedFile } from '../../src/model/bundle.ts';
import { ROOT } from '../support/built-program.ts';

const test = suite<{ home: string }>('cases: signals');
const CLI = join(ROOT, 'dist/cli.js');
/** Of the random test; `KILLS=300` for a longer run by hand. */
const KILLS = Number(process.env.KILLS ?? 40);

test.before.each((context) => {
  context.home = realpathSync(mkdtempSync(join(tmpdir(), 'gen-signals-')));
});
test.after.each(({ home }) => rmSync(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

function begin(home: string, words: string, nodeFlags: readonly string[] = []) {
  const env = { PATH: process.env.PATH, XDG_CACHE_HOME: join(home, '.cache') };
  const args = [...nodeFlags, CLI, ...words.split(' ')];
  const child: ChildProcess = spawn(process.execPath, args, { cwd: home, env });
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  child.stdout?.resume();
  const end = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  return { child, end };
}

const gen = (home: string, words: string, nodeFlags?: readonly string[]): Promise<Ended> =>
  begin(home, words, nodeFlags).end;

/** Mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** All files below a folder, by path. */
function contents(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]),
  );
}

const isEqual = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean =>
  JSON.stringify([...one]) === JSON.stringify([...other]);

const strays = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => path.includes('.gen-stage-'));

/** A spec, and a module that keeps the program busy for a minute when it reads that. */
function writeSlowSpec(home: string): void {
  mkdirSync(join(home, 's/groups'), { recursive: true });
  const statements = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }];
  const group = { id: 'a', policyName: 'A', attachTo: ['palette'], statements };
  writeFileSync(join(home, 's/groups/a.yaml'), JSON.stringify(group));
  writeFileSync(
    join(home, 's/features.yaml'),
    'a:\n  base: true\n  description: x\n  groups: [a]\n',
  );
  writeFileSync(
    join(home, 'slow.cjs'),
    `const fs = require('node:fs');
    for (const name of ['openSync', 'readFileSync']) {
      const read = fs[name];
      fs[name] = (...args) => {
        if (String(args[0]).endsWith('a.yaml')) {
          fs.writeSync(2, 'busy');
          const until = Date.now() + 60_000;
          while (Date.now() < until);
        }
        return read(...args);
      };
    }
    require('node:module').syncBuiltinESMExports();`,
  );
}

const SLOW = '--spec s --features a --merge all';
for (const [signal, commands] of [
  [
    'SIGINT',
    [
      `${SLOW} --format iam-json --quiet`,
      `check ${SLOW}`,
      `howto ${SLOW}`,
      `diff documented latest ${SLOW}`,
      `init ${SLOW}`,
    ],
  ],
  ['SIGTERM', [`${SLOW} --quiet`, `diff documented latest ${SLOW}`]],
  ['SIGHUP', [`${SLOW} --quiet`]],
] as const) {
  test(`case 47-signals-ignored-while-working: ${signal} ends long work`, async ({ home }) => {
    writeSlowSpec(home);
    for (const words of commands) {
      const { child, end } = begin(home, words, ['--require', join(home, 'slow.cjs')]);
      await Promise.race([new Promise((resolve) => child.stderr?.once('data', resolve)), end]);
      assert.is(child.exitCode, null, `gen ${words} ended by itself`);
      const began = performance.now();
      child.kill(signal);
      const ended = await end;
      assert.is(ended.signal, signal, words);
      assert.ok(performance.now() - began < 2000, `gen ${words} went on`);
      assert.not(existsSync(join(home, 'out')));
      assert.not(existsSync(join(home, 'gen.yaml')));
    }
  });
}

test('case 47-signals-ignored-while-working: not while files are put in place', async ({
  home,
}) => {
  writeConfigs(home, ['a', 'b']);
  const right = await pristine(home, 'a');
  // The first is before, and ends at once; all others are waited for.
  for (const step of [1, 4, 9, 15, 21]) {
    rmSync(join(home, 'out'), { recursive: true, force: true });
    cpSync(join(home, 'right-A'), join(home, 'out'), { recursive: true });
    const signal = step % 2 === 0 ? 'SIGINT' : 'SIGTERM';
    writeFileSync(join(home, 'kill.cjs'), killerAt(step, signal));
    const killer = ['--require', join(home, 'kill.cjs')];
    const ended = await gen(home, '--config B.yaml --quiet', killer);
    assert.is(ended.signal, signal, ended.stderr);
    assert.equal(strays(join(home, 'out')), []);
    const expected = right.get(step === 1 ? 'A' : 'B') ?? new Map();
    assert.equal([...contents(join(home, 'out/a'))], [...expected], `step ${step}`);
    const next = contents(join(home, 'out/b'));
    assert.equal([...next], [...contents(join(home, 'right-A/b'))], 'the next target was begun');
  }
});

/** Configurations of the same targets that differ in every file, in names of files, and in formats. */
function writeConfigs(home: string, names: readonly string[]): void {
  const targets = names.map((name) => `  ${name}: {}\n`).join('');
  const config = (tag: string, path: string, rest: string): string =>
    `defaults: {features: core, tag: {v: "${tag}"}, path: ${path}, ${rest}}\ntargets:\n${targets}`;
  writeFileSync(join(home, 'A.yaml'), config('1', '/a/', 'format: [iam-json, cloudformation]'));
  writeFileSync(
    join(home, 'B.yaml'),
    config('2', '/b/', 'format: [iam-json, cloudformation], name-prefix: B'),
  );
  writeFileSync(join(home, 'C.yaml'), config('3', '/c/', 'format: [cloudformation, terraform]'));
}

async function pristine(home: string, name: string): Promise<Map<string, Map<string, string>>> {
  const all = new Map<string, Map<string, string>>();
  for (const config of ['A', 'B', 'C']) {
    const ended = await gen(home, `--config ${config}.yaml --out right-${config} --quiet`);
    assert.is(ended.code, 0, ended.stderr);
    all.set(config, new Map(contents(join(home, `right-${config}`, name))));
  }
  return all;
}

function isGit(home: string, ...args: readonly string[]): boolean {
  const identity = ['-c', 'user.email=a@example.com', '-c', 'user.name=a'];
  return spawnSync('git', [...identity, ...args], { cwd: home }).status === 0;
}

test('case 48-killed-run-leaves-staging-and-mixture: a stray folder is nobody’s target', async ({
  home,
}) => {
  writeConfigs(home, ['a']);
  await gen(home, '--config A.yaml --quiet');
  const hasGit = isGit(home, 'init', '-q', '.');
  if (!hasGit) console.log('skipped: the diff with a revision, for git is not on the PATH');
  for (const stray of ['.gen-stage-0123456789ab', '.gen-stage-99999999-1-0123456789ab']) {
    cpSync(join(home, 'out/a'), join(home, 'out', stray), { recursive: true });
    if (hasGit) {
      // Also where somebody has committed one.
      assert.ok(isGit(home, 'add', '-A') && isGit(home, 'commit', '-qm', 'x'));
      const side = await gen(home, 'diff HEAD:out out --fail-on widening');
      assert.is(side.code, 0, side.stderr);
    }
    cpSync(join(home, 'out/a'), join(home, 'plain/a'), { recursive: true });
    const diff = await gen(home, 'diff plain out --fail-on widening');
    assert.is(diff.code, 0, diff.stderr);
    assert.is((await gen(home, 'check --config A.yaml')).code, 0);
    assert.is((await gen(home, '--config A.yaml --quiet')).code, 0);
    assert.equal(readdirSync(join(home, 'out')), ['a']);
  }
});

test('case 48-killed-run-leaves-staging-and-mixture: killed at every single step', async ({
  home,
}) => {
  writeConfigs(home, ['a']);
  const right = await pristine(home, 'a');
  let halfNew = 0;
  for (let step = 1; ; step++) {
    rmSync(join(home, 'out'), { recursive: true, force: true });
    cpSync(join(home, 'right-A'), join(home, 'out'), { recursive: true });
    const killer = join(home, `kill-${step}.cjs`);
    writeFileSync(killer, killerAt(step, 'SIGKILL'));
    const killed = await gen(home, '--config B.yaml --quiet', ['--require', killer]);
    if (killed.signal === null) {
      assert.is(killed.code, 0, killed.stderr);
      assert.ok(step > 20, `only ${step} steps were seen`);
      break;
    }
    assert.is(killed.signal, 'SIGKILL');
    const left = new Map(
      [...contents(join(home, 'out/a'))].filter(([path]) => !path.includes('.gen-stage-')),
    );
    const isWhole = ['A', 'B'].some((config) => isEqual(left, right.get(config) ?? new Map()));
    if (!isWhole) halfNew++;
    if (!isWhole) {
      const diff = await gen(home, 'diff right-A out --fail-on widening');
      assert.is(diff.code, 1);
      assert.match(diff.stderr, /left\s+by\s+an\s+interrupted\s+run/);
    }
    if (!isWhole || step % 5 === 0) {
      const check = await gen(home, 'check --config C.yaml');
      assert.is(check.code, 1);
      assert.is(check.stderr.includes('an earlier run was interrupted'), !isWhole, check.stderr);
    }
    const config = step % 2 === 0 ? 'C' : 'A';
    const next = await gen(home, `--config ${config}.yaml`);
    assert.is(next.code, 0, `step ${step}: ${next.stderr}`);
    assert.is(next.stderr.includes('half written by an interrupted run'), !isWhole, next.stderr);
    assert.equal([...contents(join(home, 'out/a'))], [...(right.get(config) ?? [])]);
    assert.equal(strays(join(home, 'out')), []);
  }
  assert.ok(halfNew > 3, 'no run was killed while files were put in place');
});

/** A module that sends the process a signal before its nth change below out/. */
function killerAt(step: number, signal: NodeJS.Signals): string {
  return `
    const fs = require('node:fs');
    let left = ${step};
    const names = ['mkdirSync', 'writeFileSync', 'linkSync', 'chmodSync', 'renameSync', 'unlinkSync', 'rmdirSync', 'rmSync'];
    for (const name of names) {
      const change = fs[name];
      fs[name] = (...args) => {
        if (String(args[0]).includes('/out') && --left === 0) process.kill(process.pid, '${signal}');
        return change(...args);
      };
    }
    require('node:module').syncBuiltinESMExports();
  `;
}

test(`case 48-killed-run-leaves-staging-and-mixture: ${KILLS} runs killed at random`, async ({
  home,
}) => {
  const names = Array.from({ length: 16 }, (_, index) => `t${index}`);
  writeConfigs(home, names);
  const right = new Map<string, ReadonlyMap<string, string>[]>(names.map((name) => [name, []]));
  let longest = 0;
  for (const config of ['A', 'B', 'C']) {
    const began = performance.now();
    const ended = await gen(home, `--config ${config}.yaml --out right-${config} --quiet`);
    assert.is(ended.code, 0, ended.stderr);
    longest = Math.max(longest, performance.now() - began);
    for (const name of names) right.get(name)?.push(contents(join(home, `right-${config}`, name)));
  }
  const next = random(48);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
  const seen = { killed: 0, halfNew: 0, stray: 0 };
  let mixed: string[] = [];
  for (let round = 0; round < KILLS; round++) {
    const config = pick(['A', 'B', 'C']);
    const signal = pick(['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const);
    const { child, end } = begin(home, `--config ${config}.yaml --quiet`);
    const timer = setTimeout(() => child.kill(signal), next() * longest);
    const ended = await end;
    clearTimeout(timer);
    if (ended.signal === null) assert.is(ended.code, 0, ended.stderr);
    else assert.is(ended.signal, signal);
    if (ended.signal !== null) seen.killed++;
    if (!existsSync(join(home, 'out'))) continue;
    if (strays(join(home, 'out')).length > 0) seen.stray++;
    const mixedBefore = mixed;
    mixed = names.filter((name) => {
      const files = [...contents(join(home, 'out', name))];
      const own = new Map(files.filter(([path]) => !path.includes('.gen-stage-')));
      return own.size > 0 && !right.get(name)?.some((each) => isEqual(each, own));
    });
    if (mixed.length === 0) continue;
    seen.halfNew++;
    // What a killed run left half new stays so where the next run ends before it comes to repair it.
    const fresh = mixed.filter((name) => !mixedBefore.includes(name));
    if (fresh.length > 0) assert.is(signal, 'SIGKILL', `${fresh}: half new after ${signal}`);
    const check = await gen(home, 'check --config A.yaml');
    for (const name of mixed) {
      assert.match(check.stderr, `out/${name}/ is not fresh: an earlier run was interrupted`);
    }
  }
  assert.ok(seen.killed > KILLS / 3, JSON.stringify(seen));
  if (process.env.KILLS !== undefined) console.log(JSON.stringify(seen));
  for (const [index, config] of ['A', 'B', 'C'].entries()) {
    const last = await gen(home, `--config ${config}.yaml --quiet`);
    assert.is(last.code, 0, last.stderr);
    for (const name of names) {
      assert.ok(
        isEqual(contents(join(home, 'out', name)), right.get(name)?.[index] ?? new Map()),
        name,
      );
    }
    assert.equal(strays(join(home, 'out')), []);
    assert.is((await gen(home, `check --config ${config}.yaml`)).code, 0);
  }
});

test('many processes at once, into a fresh folder and over one: all end well', async ({ home }) => {
  writeConfigs(home, ['a', 'b', 'c']);
  const right = await pristine(home, 'a');
  for (const configs of [
    ['A', 'A', 'A', 'A'],
    ['B', 'C', 'B', 'C'],
    ['A', 'B', 'C', 'A'],
  ]) {
    const runs = configs.map((config) => gen(home, `--config ${config}.yaml --quiet`));
    for (const ended of await Promise.all(runs)) assert.is(ended.code, 0, ended.stderr);
    const left = contents(join(home, 'out/a'));
    assert.ok(
      configs.some((config) => isEqual(left, right.get(config) ?? new Map())),
      `${configs}: ${[...left.keys()]}`,
    );
    assert.equal(strays(join(home, 'out')), []);
  }
});

function generation(files: Readonly<Record<string, string>>): EmittedFile[] {
  const emitted = Object.entries(files).map(([path, content]) => ({ path, content }));
  const listed = emitted.map(({ path, content }) => ({ path, sha256: sha256(content) }));
  const manifest = JSON.stringify({ manifestVersion: 1, files: listed });
  return [...emitted, { path: 'manifest.json', content: manifest }];
}

/** What a run leaves that was killed while it put `steps` in place. */
function abandon(folder: string, steps: unknown, files: Readonly<Record<string, string>>): string {
  const staging = join(folder, '.gen-stage-99999999-1-0123456789ab');
  mkdirSync(staging);
  writeFileSync(join(staging, 'intent.json'), JSON.stringify(steps));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(staging, name), text);
  return staging;
}

test('what a person changed after the kill is theirs, and is reported as edited', ({ home }) => {
  const folder = join(home, 'out/a');
  writeFiles(folder, generation({ 'x.json': 'old', 'y.json': 'old' }));
  const steps = ['x.json', 'y.json', 'manifest.json'].map((path) => ({
    path,
    hadBefore: true,
    sha256: sha256('new'),
  }));
  abandon(folder, steps, { 'old-0': 'old', 'old-1': 'old' });
  writeFileSync(join(folder, 'x.json'), 'by hand');
  writeFileSync(join(folder, 'y.json'), 'new');
  const next = generation({ 'x.json': 'next', 'y.json': 'next' });
  assert.throws(
    () => writeFiles(folder, next, readPreviousManifest(folder)),
    /x\.json was edited since gen wrote it/,
  );
  assert.is(readFileSync(join(folder, 'x.json'), 'utf8'), 'by hand');
  assert.is(readFileSync(join(folder, 'y.json'), 'utf8'), 'old');
  assert.equal(strays(folder), []);
});

test('an intent that somebody else wrote reaches nothing outside of the folder', ({ home }) => {
  const folder = join(home, 'out/a');
  const files = generation({ 'x.json': 'old' });
  writeFiles(folder, files);
  writeFileSync(join(home, 'mine'), 'mine');
  mkdirSync(join(home, 'elsewhere'));
  writeFileSync(join(home, 'elsewhere/mine'), 'mine');
  symlinkSync(join(home, 'elsewhere'), join(folder, 'link'));
  const own = { hadBefore: false, sha256: sha256('mine') };
  const last = { path: 'x.json', hadBefore: true, sha256: sha256('other') };
  for (const steps of [
    [{ path: '../../mine', ...own }, last],
    [{ path: join(home, 'mine'), ...own }, last],
    [{ path: 'link/mine', ...own }, last],
    [{ path: 'x.json', hadBefore: true, sha256: sha256('old') }, last],
    { steps: 'none' },
    [null],
    [{ path: 5 }],
  ]) {
    const staging = abandon(folder, steps, {});
    // Not a file: it does not become one of the target.
    symlinkSync(join(home, 'mine'), join(staging, 'old-0'));
    writeFiles(folder, files, readPreviousManifest(folder));
    assert.is(readFileSync(join(home, 'mine'), 'utf8'), 'mine');
    assert.is(readFileSync(join(home, 'elsewhere/mine'), 'utf8'), 'mine');
    assert.is(readFileSync(join(folder, 'x.json'), 'utf8'), 'old');
    assert.equal(strays(folder), [], JSON.stringify(steps));
  }
});

test('a run that is writing is waited for, and what it stages stays', async ({ home }) => {
  const folder = join(home, 'out/a');
  writeFiles(folder, generation({ 'x.json': 'old' }));
  const script = "setTimeout(() => {}, 1200); console.log('on')";
  const child = spawn(process.execPath, ['-e', script]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const ended = new Promise((resolve) => child.on('exit', resolve));
  // Named as if the child had made them.
  const start = existsSync('/proc/self/stat')
    ? readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ')[21]
    : '0';
  const name = `.gen-stage-${child.pid}-${start}-0123456789ab`;
  mkdirSync(join(home, 'out', name));
  mkdirSync(join(folder, name));
  sweepStaging(join(home, 'out'));
  assert.ok(existsSync(join(home, 'out', name)));
  const began = performance.now();
  writeFiles(folder, generation({ 'x.json': 'new' }), readPreviousManifest(folder));
  assert.ok(performance.now() - began > 200, 'it did not wait');
  assert.is(readFileSync(join(folder, 'x.json'), 'utf8'), 'new');
  await ended;
  sweepStaging(join(home, 'out'));
  assert.equal(strays(join(home, 'out')), []);
  // Another process that has got the number since owns nothing.
  mkdirSync(join(home, 'out', `.gen-stage-${process.ppid}-1-0123456789ab`));
  sweepStaging(join(home, 'out'));
  if (existsSync('/proc/self/stat')) assert.equal(strays(join(home, 'out')), []);
});

test.run();
