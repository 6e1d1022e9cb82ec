/**
 * The documents' commands, as a reader would type them: every ```sh block marked `run` in a shell, in
 * a folder of its section's own, where the ```yaml and ```json blocks above it are the files that
 * their first lines name.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMMANDS } from '../../src/cli/arguments/flags.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'dist/cli.js');

interface Block {
  readonly info: string;
  readonly text: string;
}

interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

function sectionsOf(markdown: string): readonly Section[] {
  return markdown.split(/^## /m).map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    blocks: [...section.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
      ([, info = '', text = '']) => ({
        info,
        text,
      }),
    ),
  }));
}

/** The path that a block's first line names as a comment. */
function pathOf({ text }: Block): string | undefined {
  return /^(?:#|\/\/) (\S+\.\w+)\n/.exec(text)?.[1];
}

const test = suite<{ folder: string }>('docs');

test.before.each((context) => {
  assert.ok(existsSync(CLI), 'dist/ is missing: npm run build');
  context.folder = mkdtempSync(join(tmpdir(), 'gen-docs-'));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

function writeBlock(folder: string, block: Block): void {
  const path = pathOf(block);
  if (path === undefined) return;
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  // JSON has no comments.
  const text = block.info === 'json' ? block.text.slice(block.text.indexOf('\n') + 1) : block.text;
  writeFileSync(join(folder, path), text);
}

function shell(folder: string, script: string) {
  const bin = join(folder, '.bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'gen'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  chmodSync(join(bin, 'gen'), 0o755);
  return spawnSync('bash', ['--norc', '-e', '-o', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      ...Object.fromEntries(
        ['AUTHOR', 'COMMITTER'].flatMap((who) => [
          [`GIT_${who}_NAME`, 'Test'],
          [`GIT_${who}_EMAIL`, 'test@example.com'],
        ]),
      ),
      GIT_CONFIG_GLOBAL: '/dev/null',
    },
  });
}

/** Lines whose command this build has; the others are told of. */
function runnable(title: string, { text }: Block): string {
  const lines = text.split('\n').filter((line) => {
    const word = /^gen ([a-z]+)/.exec(line)?.[1];
    if (word === undefined || (COMMANDS as readonly string[]).includes(word)) return true;
    console.log(`skipped: ${title}: ${line}: there is no such command`);
    return false;
  });
  return lines.join('\n');
}

const COOKBOOK = sectionsOf(readFileSync(join(ROOT, 'docs/cookbook.md'), 'utf8'));
for (const { title, blocks } of COOKBOOK) {
  const scripts = blocks.filter(({ info }) => info === 'sh run');
  if (scripts.length === 0) continue;
  const runs = scripts.map((block) => runnable(title, block));
  test(title, ({ folder }) => {
    for (const block of blocks)
      if (['yaml', 'json'].includes(block.info)) writeBlock(folder, block);
    for (const script of runs) {
      const { status, stderr } = shell(folder, script);
      assert.is(status, 0, `${script}\n${stderr}`);
    }
  });
}

test('the contents of the cookbook are its sections', () => {
  const titles = COOKBOOK.slice(1).map(({ title }) => title);
  const text = readFileSync(join(ROOT, 'docs/cookbook.md'), 'utf8');
  const anchor = (title: string): string =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
  assert.equal(
    [...text.matchAll(/^- \[(.+)\]\(#(.+)\)$/gm)].map(([, title, link]) => [title, link]),
    titles.map((title) => [title, anchor(title)]),
  );
});

test('links in docs/ lead to files', () => {
  for (const file of ['docs/cookbook.md', 'docs/library.md', 'README.md']) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(join(ROOT, dirname(file), link)), `${file}: ${link}`);
    }
  }
});

test.run();
