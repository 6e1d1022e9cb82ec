import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '../../src/files/manifest.ts';
import { readPreviousManifest, writeFiles } from '../../src/files/write.ts';
import type { EmittedFile } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';

interface Context {
  out: string;
  folder: string;
}

const test = suite<Context>('write');

test.before.each((context) => {
  context.out = mkdtempSync(join(tmpdir(), 'gen-write-'));
  context.folder = join(context.out, 'core');
});
test.after.each((context) => {
  rmSync(context.out, { recursive: true, force: true });
});

/** Files with the manifest that lists them, as a generation has them. */
function generation(contents: Record<string, string>): EmittedFile[] {
  const files = Object.entries(contents).map(([path, content]) => ({ path, content }));
  const listed = files.map(({ path, content }) => ({ path, sha256: sha256(content) }));
  const manifest = JSON.stringify({ manifestVersion: 1, files: listed });
  return [...files, { path: 'manifest.json', content: manifest }];
}

const FILES = generation({ 'iam-json/A.json': 'a\n', 'terraform/main.tf': 'b\n' });

function tree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function failure(action: () => unknown): GenError {
  try {
    action();
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
  return assert.unreachable('nothing was thrown') as never;
}

const codes = (error: GenError) => error.problems.map((problem) => problem.code);

/** Permissions do not stop root, so what has to fail runs as nobody where the tests run as root. */
function withoutPrivileges(folder: string, action: () => void): void {
  if (process.geteuid?.() !== 0) {
    action();
    return;
  }
  for (const path of ['', ...readdirSync(folder, { recursive: true })]) {
    chownSync(join(folder, String(path)), 65534, 65534);
  }
  process.seteuid?.(65534);
  try {
    action();
  } finally {
    process.seteuid?.(0);
  }
}

test('writes a new folder, its parents included, and leaves no staging folder', ({ out }) => {
  const folder = join(out, 'deep/er/core');
  const result = writeFiles(folder, FILES);
  assert.equal(result, {
    added: ['iam-json/A.json', 'manifest.json', 'terraform/main.tf'],
    changed: [],
    unchanged: [],
    removed: [],
  });
  assert.is(readFileSync(join(folder, 'terraform/main.tf'), 'utf8'), 'b\n');
  assert.equal(readdirSync(join(out, 'deep/er')), ['core']);
});

test('a second run writes nothing and keeps the time of change', ({ folder }) => {
  writeFiles(folder, FILES);
  const file = join(folder, 'terraform/main.tf');
  utimesSync(file, 1000, 1000);
  const result = writeFiles(folder, FILES, readPreviousManifest(folder));
  assert.equal([...result.added, ...result.changed], []);
  assert.is(result.unchanged.length, 3);
  assert.is(statSync(file).mtimeMs, 1_000_000);
});

test('only what changed is written', ({ folder }) => {
  writeFiles(folder, FILES);
  const next = generation({ 'iam-json/A.json': 'a\n', 'terraform/main.tf': 'changed\n' });
  const result = writeFiles(folder, next, readPreviousManifest(folder));
  assert.equal(result, {
    added: [],
    changed: ['manifest.json', 'terraform/main.tf'],
    unchanged: ['iam-json/A.json'],
    removed: [],
  });
});

test('a file that is no longer produced goes, and the folders it leaves empty', ({ folder }) => {
  writeFiles(folder, generation({ 'a/b/c.json': '1', 'keep/x': '2', 'keep/y': '3' }));
  writeFileSync(join(folder, 'mine.txt'), 'not of gen');
  const result = writeFiles(folder, generation({ 'keep/x': '2' }), readPreviousManifest(folder));
  assert.equal(result.removed, ['a/b/c.json', 'keep/y']);
  assert.equal(tree(folder), ['keep/x', 'manifest.json', 'mine.txt']);
  assert.not(existsSync(join(folder, 'a')));
});

test('edited files stop the run, all by name, and nothing is written', ({ folder }) => {
  writeFiles(folder, FILES);
  writeFileSync(join(folder, 'iam-json/A.json'), 'by hand');
  writeFileSync(join(folder, 'terraform/main.tf'), 'by hand too');
  const next = generation({ 'iam-json/A.json': 'new', 'new.json': 'n' });
  const previous = readPreviousManifest(folder);
  const error = failure(() => writeFiles(folder, next, previous));
  assert.is(error.exitCode, 1);
  assert.equal(codes(error), ['edited-file', 'edited-file']);
  assert.match(error.message, 'iam-json/A.json');
  assert.match(error.message, 'terraform/main.tf');
  assert.equal(tree(folder), ['iam-json/A.json', 'manifest.json', 'terraform/main.tf']);

  const result = writeFiles(folder, next, previous, { force: true });
  assert.equal(result.removed, ['terraform/main.tf']);
  assert.is(readFileSync(join(folder, 'iam-json/A.json'), 'utf8'), 'new');
});

test('an edit that says what would be written anyway is no edit', ({ folder }) => {
  writeFiles(folder, FILES);
  writeFileSync(join(folder, 'terraform/main.tf'), 'next\n');
  const next = generation({ 'iam-json/A.json': 'a\n', 'terraform/main.tf': 'next\n' });
  const result = writeFiles(folder, next, readPreviousManifest(folder));
  assert.equal([...result.added, ...result.changed], ['manifest.json']);
});

test('a file of somebody else is overwritten only by force', ({ folder }) => {
  mkdirSync(join(folder, 'terraform'), { recursive: true });
  writeFileSync(join(folder, 'terraform/main.tf'), 'theirs');
  const error = failure(() => writeFiles(folder, FILES));
  assert.is(error.exitCode, 1);
  assert.equal(codes(error), ['foreign-file']);
  assert.match(error.problems[0]?.advice ?? '', '--force');
  assert.equal(tree(folder), ['terraform/main.tf']);
  const { added, changed } = writeFiles(folder, FILES, undefined, { force: true });
  assert.is(added.length, 2);
  assert.equal(changed, ['terraform/main.tf']);
});

test('out is a file', ({ out }) => {
  const file = join(out, 'file');
  writeFileSync(file, '');
  for (const folder of [file, join(file, 'core'), join(file, 'deep/core')]) {
    const error = failure(() => writeFiles(folder, FILES));
    assert.is(error.exitCode, 2);
    assert.match(error.message, /is a file/);
  }
  assert.equal(readdirSync(out), ['file']);
});

test('a file where a folder belongs, a folder where a file belongs', ({ folder }) => {
  mkdirSync(join(folder, 'iam-json/A.json'), { recursive: true });
  assert.equal(codes(failure(() => writeFiles(folder, FILES))), ['in-the-way']);
  rmSync(join(folder, 'iam-json'), { recursive: true });
  writeFileSync(join(folder, 'iam-json'), '');
  assert.equal(codes(failure(() => writeFiles(folder, FILES))), ['not-a-folder']);
});

test('a folder that cannot be written: exit 2, nothing left behind', ({ out, folder }) => {
  chmodSync(out, 0o555);
  withoutPrivileges(out, () => {
    const error = failure(() => writeFiles(folder, FILES));
    assert.is(error.exitCode, 2);
    assert.equal(codes(error), ['cannot-write']);
    assert.match(error.message, 'permission denied');
  });
  chmodSync(out, 0o755);
  assert.equal(readdirSync(out), []);
});

test('a failure in the middle takes back what was done', ({ out, folder }) => {
  writeFiles(folder, FILES);
  const before = statSync(join(folder, 'iam-json/A.json')).mtimeMs;
  const previous = readPreviousManifest(folder);
  const next = generation({
    'iam-json/A.json': 'new',
    'brand/new.json': 'n',
    'terraform/x.tf': 'x',
  });
  // The first files in alphabetical order can be written; terraform/ cannot.
  chmodSync(join(folder, 'terraform'), 0o555);
  withoutPrivileges(out, () => {
    const error = failure(() => writeFiles(folder, next, previous));
    assert.is(error.exitCode, 2);
    assert.match(error.message, 'Nothing was changed');
  });
  assert.equal(tree(folder), ['iam-json/A.json', 'manifest.json', 'terraform/main.tf']);
  assert.not(existsSync(join(folder, 'brand')));
  assert.is(readFileSync(join(folder, 'iam-json/A.json'), 'utf8'), 'a\n');
  assert.is(statSync(join(folder, 'iam-json/A.json')).mtimeMs, before);
  assert.equal(readdirSync(out), ['core']);
});

test('a name that the file system refuses fails before anything is changed', ({ out, folder }) => {
  const error = failure(() => writeFiles(folder, generation({ ['x'.repeat(300)]: '1', a: '2' })));
  assert.is(error.exitCode, 2);
  assert.equal(readdirSync(out), []);
});

test('folders that were made on the way are gone again, too', ({ out }) => {
  const files = generation({ ['x'.repeat(300)]: '1', a: '2' });
  const error = failure(() => writeFiles(join(out, 'new/deep/core'), files));
  assert.match(error.message, 'Nothing was changed');
  assert.equal(readdirSync(out), []);
});

test('a file that is written anew keeps its permissions', ({ folder }) => {
  writeFiles(folder, FILES);
  chmodSync(join(folder, 'iam-json/A.json'), 0o600);
  const next = generation({ 'iam-json/A.json': 'another\n' });
  writeFiles(folder, next, readPreviousManifest(folder));
  assert.is(statSync(join(folder, 'iam-json/A.json')).mode & 0o777, 0o600);
});

for (const path of ['../x', '/etc/x', 'a/../../x', 'a//b', '', './a', 'a\\..\\b', 'C:/x']) {
  test(`never outside of the folder: ${JSON.stringify(path)}`, ({ out, folder }) => {
    const generated = failure(() => writeFiles(folder, [{ path, content: '' }]));
    assert.equal(codes(generated), ['unsafe-path']);
    assert.is(generated.exitCode, 2);

    mkdirSync(folder);
    const manifest = { manifestVersion: 1, files: [{ path, sha256: '' }] };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    assert.equal(codes(failure(() => readPreviousManifest(folder))), ['unsafe-path']);
    assert.equal(codes(failure(() => writeFiles(folder, FILES, manifest))), ['unsafe-path']);
    assert.equal(readdirSync(out), ['core']);
  });
}

test('replacements elsewhere: with the folder, or neither', ({ out, folder }) => {
  mkdirSync(join(out, 'mine/folder'), { recursive: true });
  const place = join(out, 'mine/values.yaml');
  writeFileSync(place, 'old\n');
  const replacement = (to: string) => ({ place: to, shownAs: to, content: 'new\n' });
  // Neither what fails while staging nor what fails while renaming leaves a trace.
  for (const wrong of [join(out, 'nowhere/values.yaml'), join(out, 'mine/folder')]) {
    const replacements = [replacement(place), replacement(wrong)];
    const error = failure(() => writeFiles(folder, FILES, undefined, { replacements }));
    assert.is(error.exitCode, 2);
    assert.match(error.message, `cannot write ${wrong}`);
    assert.match(error.problems[0]?.advice ?? '', '--values');
    assert.equal(tree(out), ['mine/values.yaml']);
    assert.is(readFileSync(place, 'utf8'), 'old\n');
    assert.not(existsSync(folder));
  }
  writeFiles(folder, FILES, undefined, { replacements: [replacement(place)] });
  assert.is(readFileSync(place, 'utf8'), 'new\n');
  assert.equal(readdirSync(join(out, 'mine')).sort(), ['folder', 'values.yaml']);
  assert.ok(existsSync(join(folder, 'terraform/main.tf')));
});

test('never through a symbolic link', ({ out, folder }) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'gen-elsewhere-'));
  try {
    symlinkSync(elsewhere, folder);
    assert.equal(codes(failure(() => writeFiles(folder, FILES))), ['symbolic-link']);
    rmSync(folder);
    mkdirSync(folder);
    symlinkSync(elsewhere, join(folder, 'terraform'));
    assert.equal(codes(failure(() => writeFiles(folder, FILES))), ['symbolic-link']);
    rmSync(join(folder, 'terraform'));
    symlinkSync(join(elsewhere, 'manifest.json'), join(folder, 'manifest.json'));
    assert.equal(codes(failure(() => writeFiles(folder, FILES, undefined, { force: true }))), [
      'symbolic-link',
    ]);
    assert.equal(readdirSync(elsewhere), []);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
  assert.equal(readdirSync(out), ['core']);
});

test('a link to a folder beside it is followed', ({ out }) => {
  mkdirSync(join(out, 'real'));
  symlinkSync('real', join(out, 'latest'));
  writeFiles(join(out, 'latest'), FILES);
  assert.ok(existsSync(join(out, 'real/manifest.json')));
});

test('the previous manifest: absent, broken, foreign, newer', ({ folder }) => {
  assert.is(readPreviousManifest(folder), undefined);
  mkdirSync(folder);
  assert.is(readPreviousManifest(folder), undefined);
  const cases: readonly [text: string, code: string][] = [
    ['{ "manifestVersion": 1, ', 'broken-manifest'],
    ['', 'broken-manifest'],
    ['null', 'foreign-manifest'],
    ['[]', 'foreign-manifest'],
    ['{"name":"a web app"}', 'foreign-manifest'],
    ['{"manifestVersion":1}', 'foreign-manifest'],
    ['{"manifestVersion":1,"files":[{"path":1}]}', 'foreign-manifest'],
    ['{"manifestVersion":2,"files":[]}', 'newer-manifest'],
  ];
  for (const [text, code] of cases) {
    writeFileSync(join(folder, 'manifest.json'), text);
    const error = failure(() => readPreviousManifest(folder));
    assert.equal(codes(error), [code], text);
    assert.is(error.exitCode, 2);
    assert.ok(error.problems[0]?.advice);
    assert.match(error.message, join(folder, 'manifest.json'));
  }
});

test.run();
