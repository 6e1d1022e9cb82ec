import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkFiles } from '../../src/files/check.ts';
import { sha256 } from '../../src/files/manifest.ts';
import { readPreviousManifest, writeFiles } from '../../src/files/write.ts';
import type { EmittedFile } from '../../src/model/bundle.ts';

interface Context {
  out: string;
  folder: string;
}

const test = suite<Context>('check');

test.before.each((context) => {
  context.out = mkdtempSync(join(tmpdir(), 'gen-check-'));
  context.folder = join(context.out, 'core');
});
test.after.each((context) => {
  rmSync(context.out, { recursive: true, force: true });
});

function generation(contents: Record<string, string>): EmittedFile[] {
  const files = Object.entries(contents).map(([path, content]) => ({ path, content }));
  const listed = files.map(({ path, content }) => ({ path, sha256: sha256(content) }));
  const manifest = `${JSON.stringify({ manifestVersion: 1, files: listed }, null, 2)}\n`;
  return [...files, { path: 'manifest.json', content: manifest }];
}

const PREVIOUS = generation({
  'a.json': '1\n',
  'b.json': '1\n2\n3\n4\n5\n6\n7\n8\n',
  'old/c.json': 'c\n',
});
const NEXT = generation({
  'a.json': '1\n',
  'b.json': '1\n2\n3\n4\nfive\n6\n7\n8\n',
  'new/d.json': 'd\n',
});

test('fresh after writing', ({ folder }) => {
  writeFiles(folder, PREVIOUS);
  assert.equal(checkFiles(folder, PREVIOUS, readPreviousManifest(folder)), {
    fresh: true,
    missing: [],
    stale: [],
    edited: [],
    obsolete: [],
    diff: '',
  });
});

test('nothing on disk: all missing, nothing written', ({ out, folder }) => {
  const result = checkFiles(folder, PREVIOUS);
  assert.not(result.fresh);
  assert.equal(result.missing, ['a.json', 'b.json', 'manifest.json', 'old/c.json']);
  assert.match(result.diff, '--- /dev/null\n+++ b/a.json\n@@ -0,0 +1,1 @@\n+1\n');
  assert.equal(readdirSync(out), []);
});

test('stale, missing and obsolete files, each in one list', ({ folder }) => {
  writeFiles(folder, PREVIOUS);
  const result = checkFiles(folder, NEXT, readPreviousManifest(folder), 'out/core/');
  assert.equal(result.stale, ['b.json', 'manifest.json']);
  assert.equal(result.missing, ['new/d.json']);
  assert.equal(result.obsolete, ['old/c.json']);
  assert.equal(result.edited, []);
  assert.match(
    result.diff,
    [
      '--- a/out/core/b.json',
      '+++ b/out/core/b.json',
      '@@ -2,7 +2,7 @@',
      ' 2',
      ' 3',
      ' 4',
      '-5',
      '+five',
      ' 6',
      ' 7',
      ' 8',
      '',
    ].join('\n'),
  );
  assert.match(result.diff, '--- a/out/core/old/c.json\n+++ /dev/null\n');
});

test('a file edited by hand is told apart from a stale one', ({ folder }) => {
  writeFiles(folder, PREVIOUS);
  writeFileSync(join(folder, 'a.json'), 'by hand\n');
  const result = checkFiles(folder, PREVIOUS, readPreviousManifest(folder));
  assert.equal(result.edited, ['a.json']);
  assert.equal(result.stale, []);
  assert.match(result.diff, '-by hand\n+1\n');
});

test('a file without a final newline, and one that is not UTF-8, are still differences', ({
  folder,
}) => {
  writeFiles(folder, PREVIOUS);
  writeFileSync(join(folder, 'a.json'), '1');
  writeFileSync(join(folder, 'b.json'), Buffer.from([0xff, 0xfe]));
  const result = checkFiles(folder, PREVIOUS, readPreviousManifest(folder));
  assert.equal(result.edited, ['a.json', 'b.json']);
  assert.match(result.diff, '\\ No newline at end of file');
});

test('the diff applies: patched, the folder is fresh', ({ out, folder }) => {
  writeFiles(folder, PREVIOUS);
  const { diff } = checkFiles(folder, NEXT, readPreviousManifest(folder), 'core/');
  const applied = spawnSync('git', ['apply', '-'], { cwd: out, input: diff, encoding: 'utf8' });
  if (applied.error) return console.log('skipped: git is not on the PATH');
  assert.is(applied.status, 0, applied.stderr);
  assert.is(readFileSync(join(folder, 'new/d.json'), 'utf8'), 'd\n');
  assert.ok(checkFiles(folder, NEXT, readPreviousManifest(folder)).fresh);
});

test.run();
