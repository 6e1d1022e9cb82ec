/** `gen completion`: the scripts as the shells run them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COMMANDS, OPTIONS, PARTITIONS, SHELLS } from '../../src/cli/arguments/flags.ts';
import { completionScript } from '../../src/cli/commands/completion.ts';
import { FORMATS } from '../../src/model/bundle.ts';
import { builtInSpec } from '../../src/spec/built-in.ts';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';

/** What bash offers at TAB behind these words; `=` is a word of its own, as bash has it. */
function offered(...words: readonly string[]): readonly string[] {
  // Nothing can be started without PATH.
  const script = `PATH=
${completionScript('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gen
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '-c', script, 'bash', 'gen', ...words],
    { encoding: 'utf8' },
  );
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  return stdout.split('\n').filter((line) => line !== '');
}

const FEATURES = [...builtInSpec().features.keys()];
const flagsOf = (command: (typeof COMMANDS)[number]): readonly string[] =>
  [...Object.keys(OPTIONS[command]), 'help', 'version'].map((flag) => `--${flag}`);

test('bash: commands, and the flags of each, without starting a process', () => {
  const commands = COMMANDS.filter((command) => command !== 'generate');
  assert.equal(offered(''), commands);
  assert.equal(offered('che'), ['check']);
  assert.equal(offered('--'), flagsOf('generate'));
  for (const command of commands) assert.equal(offered(command, '--'), flagsOf(command), command);
  assert.equal(offered('features', '--sp'), ['--spec']);
  assert.equal(offered('--cluster-n'), ['--cluster-name']);
});

test('bash: values', () => {
  assert.equal(offered('--merge', ''), ['auto', 'all', 'none']);
  assert.equal(offered('check', '--merge', 'a'), ['auto', 'all']);
  assert.equal(offered('--merge', '='), ['auto', 'all', 'none']);
  assert.equal(offered('--merge', '=', 'n'), ['none']);
  assert.equal(offered('--features', ''), FEATURES);
  assert.equal(offered('--format', ''), [...FORMATS, 'all']);
  assert.equal(offered('--cluster-name', ''), []);
  assert.equal(offered('check', '--json', ''), []);
  assert.equal(offered('completion', ''), SHELLS);
  assert.equal(offered('completion', 'z'), ['zsh']);
});

test('bash: a list goes on after a comma, and offers nothing twice', () => {
  assert.equal(offered('--features', 'eks,cni-s'), ['eks,cni-scoped']);
  assert.equal(
    offered('--format', 'terraform,'),
    [...FORMATS, 'all'].filter((each) => each !== 'terraform').map((each) => `terraform,${each}`),
  );
});

test('bash: folders and files of the working directory', async () => {
  await inFolder({}, async () => {
    mkdirSync('my spec');
    mkdirSync('my-out');
    writeFileSync('my.yaml', '');
    assert.equal(offered('--out', 'my').toSorted(), ['my spec', 'my-out']);
    assert.equal(offered('--config', 'my').toSorted(), ['my spec', 'my-out', 'my.yaml']);
  });
});

test('zsh: every command, flag and feature is in it', () => {
  const script = completionScript('zsh');
  assert.match(script, /^#compdef gen palette-iam-gen\n/);
  for (const id of FEATURES) assert.match(script, ` ${id}`);
  for (const command of COMMANDS) {
    for (const flag of Object.keys(OPTIONS[command])) assert.match(script, `--${flag}`);
  }
});

const hasZsh = spawnSync('zsh', ['--version']).error === undefined;
if (!hasZsh) console.log('skipped: zsh reads the completion script: zsh not on PATH');
(hasZsh ? test : test.skip)('zsh reads the completion script', () => {
  const input = completionScript('zsh');
  const { status, stderr } = spawnSync('zsh', ['-n'], { input, encoding: 'utf8' });
  assert.is(status, 0, stderr);
});

test('a flag takes the same in every command, and its default is one of the words it takes', () => {
  const seen = new Map<string, string>();
  for (const command of COMMANDS) {
    for (const [name, { takes, type, defaultDescription }] of Object.entries(OPTIONS[command])) {
      const kind = JSON.stringify([type, takes]);
      assert.is(seen.get(name) ?? kind, kind, `--${name}`);
      seen.set(name, kind);
      if (!Array.isArray(takes) || defaultDescription === undefined) continue;
      assert.ok(takes.includes(defaultDescription), `--${name}: ${defaultDescription}`);
    }
  }
});

test("the partitions offered are the spec's", () => {
  const pattern = new RegExp(builtInSpec().parameters.get('partition')?.pattern ?? '^$');
  for (const partition of PARTITIONS) assert.match(partition, pattern);
  assert.is(pattern.source.split('|').length, PARTITIONS.length);
});

test('gen completion: the shell that is named, else that of SHELL', async () => {
  assert.is((await gen('completion zsh')).stdout, completionScript('zsh'));
  const env = (SHELL: string) => ({ env: { SHELL } });
  assert.is((await gen('completion', env('/usr/bin/bash'))).stdout, completionScript('bash'));
  says(await gen('completion', env('/usr/bin/fish')), 2, '/usr/bin/fish', 'gen completion zsh');
  says(await gen('completion'), 2, 'gen completion bash');
  says(await gen('completion fihs'), 2, 'Unknown shell "fihs"', 'bash, zsh');
  says(await gen('completion bsh'), 2, 'Did you mean bash?');
  says(await gen('completion bash zsh'), 2, 'Unexpected argument "zsh"');
});

test.run();
