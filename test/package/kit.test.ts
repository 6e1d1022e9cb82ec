/** As a new user would: the packed tarball, installed without network into an empty folder. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { COMMANDS } from '../../src/cli/arguments/flags.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** Bytes. */
const LARGEST = 8_000_000;

const GEN_FILE = `targets:
  prod: { features: core, format: [iam-json, terraform] }
`;
const WIDER = GEN_FILE.replace('core', '[core, host-groups]');

const test = suite('kit');

const home = mkdtempSync(join(tmpdir(), 'gen-kit-'));
/** With the package installed; each test works in a folder below it. */
const consumer = join(home, 'consumer');
const installed = join(consumer, 'node_modules', PACKAGE.name);
let count = 0;

test.before(() => {
  assert.ok(existsSync(join(ROOT, 'dist/cli.js')), 'dist/ is missing: npm run build');
  const packed = run(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', home],
    ROOT,
  );
  succeeds(packed);
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true }\n');
  const tarball = join(home, packed.stdout.trim());
  succeeds(
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', tarball], consumer),
  );
});
test.after(() => rmSync(home, { recursive: true, force: true }));

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  return spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: {
      ...process.env,
      // A make that runs the tests must not tell the one in them what to do.
      MAKEFLAGS: '',
      MAKELEVEL: '',
      PATH: `${join(consumer, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
      GIT_CONFIG_GLOBAL: '/dev/null',
      // What npm thinks of a user's settings is not gen's.
      npm_config_loglevel: 'error',
      ...env,
    },
  });
}

function succeeds(outcome: SpawnSyncReturns<string>, code = 0): SpawnSyncReturns<string> {
  assert.is(outcome.status, code, `${outcome.error ?? ''}${outcome.stdout}${outcome.stderr}`);
  return outcome;
}

/** A new folder beside the installed package, with these files. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = join(consumer, `folder-${count++}`);
  mkdirSync(folder);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return folder;
}

function commit(folder: string, message: string): void {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  if (!existsSync(join(folder, '.git'))) succeeds(run('git', ['init', '--quiet'], folder));
  succeeds(run('git', ['add', '.'], folder));
  succeeds(run('git', [...who, 'commit', '--quiet', '--message', message], folder));
}

/** A test that needs a command which not every build has. */
function testWith(command: string, name: string, body: () => void): void {
  if ((COMMANDS as readonly string[]).includes(command)) {
    test(name, body);
    return;
  }
  console.log(`skipped: ${name}: there is no gen ${command}`);
  test.skip(name, body);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('it installs alone, small, with what is needed and nothing else', () => {
  assert.is(PACKAGE.dependencies, undefined);
  const modules = readdirSync(join(consumer, 'node_modules')).filter((name) => name[0] !== '.');
  assert.equal(modules, [PACKAGE.name]);
  const bytes = filesBelow(installed).reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(bytes <= LARGEST, `${bytes} bytes`);
  for (const path of [
    ...['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/THIRD-PARTY-LICENSES.txt', 'make/gen.mk'],
    ...['docs/cookbook.md', 'docs/kit/github-actions.yml', 'spec/schema/gen.schema.json'],
  ]) {
    assert.ok(existsSync(join(installed, path)), path);
  }
  for (const folder of ['src', 'test', 'out', 'bench', 'scripts', 'templates']) {
    assert.not(existsSync(join(installed, folder)), folder);
  }
  for (const file of filesBelow(installed)) {
    assert.not(readFileSync(file, 'utf8').includes(ROOT), `${file} names this folder`);
  }
});

test('both commands, by npx and by path', () => {
  const folder = folderWith({ 'gen.yaml': GEN_FILE });
  for (const name of Object.keys(PACKAGE.bin)) {
    const { stdout } = succeeds(run('npx', ['--no-install', name, '--version'], folder));
    assert.is(stdout, `${PACKAGE.version}\n`);
  }
  succeeds(run(join(consumer, 'node_modules/.bin/gen'), [], folder));
  assert.ok(existsSync(join(folder, 'out/prod/terraform/main.tf')));
  succeeds(run('gen', ['check'], folder));
});

const MAKEFILE = `include ../node_modules/${PACKAGE.name}/make/gen.mk

mine:
	@echo mine
`;

test('make iam, make iam-check; the default goal stays', () => {
  const folder = folderWith({ 'gen.yaml': GEN_FILE, Makefile: MAKEFILE });
  assert.is(succeeds(run('make', [], folder)).stdout, 'mine\n');
  succeeds(run('make', ['iam-check'], folder), 2);
  succeeds(run('make', ['iam'], folder));
  succeeds(run('make', ['iam-check'], folder));
  appendFileSync(join(folder, 'out/prod/terraform/main.tf'), '# by hand\n');
  const edited = succeeds(run('make', ['iam-check'], folder), 2);
  assert.match(edited.stdout, '-# by hand');
  assert.match(edited.stderr, 'out/prod/ is not fresh: 1 edited');
});

test("gen.mk's variables, and a copy of it that finds gen on PATH", () => {
  const folder = folderWith({
    'iam.yaml': GEN_FILE,
    Makefile: 'GEN_CONFIG = iam.yaml\ninclude gen.mk\n',
    'gen.mk': readFileSync(join(installed, 'make/gen.mk'), 'utf8'),
  });
  succeeds(run('make', ['iam'], folder));
  assert.ok(existsSync(join(folder, 'out/prod/manifest.json')));
  const { stdout } = succeeds(run('make', ['iam', 'GEN=echo called', 'GEN_CONFIG=x y'], folder));
  assert.is(stdout, 'called --config x y\n');
  const diff = succeeds(run('make', ['iam-diff', 'GEN=echo', 'GEN_BASE=v1'], folder));
  assert.is(diff.stdout, 'check --config iam.yaml\ndiff v1:./out out\n');
});

testWith(
  'diff',
  'make iam-diff tells what the working tree allows and the last commit did not',
  () => {
    const folder = folderWith({ 'gen.yaml': GEN_FILE, Makefile: MAKEFILE });
    succeeds(run('make', ['iam'], folder));
    succeeds(run('git', ['init', '--quiet'], folder));
    const first = succeeds(run('make', ['iam-diff'], folder));
    assert.match(first.stderr, 'out is not committed yet: there is nothing to compare it with');
    commit(folder, 'first');
    writeFileSync(join(folder, 'gen.yaml'), WIDER);
    succeeds(run('make', ['iam'], folder));
    assert.match(succeeds(run('make', ['iam-diff'], folder)).stdout, 'resource-groups:ListGroups');
    commit(folder, 'second');
    appendFileSync(join(folder, 'out/prod/terraform/main.tf'), '# by hand\n');
    assert.match(succeeds(run('make', ['iam-diff'], folder), 2).stderr, 'is not fresh: 1 edited');
    succeeds(run('git', ['checkout', '--quiet', '.'], folder));
    const unchanged = succeeds(run('make', ['iam-diff'], folder));
    assert.not.match(unchanged.stdout, 'resource-groups:ListGroups');
    const since = succeeds(run('make', ['iam-diff', 'GEN_BASE=HEAD~1'], folder));
    assert.match(since.stdout, 'resource-groups:ListGroups');
  },
);

interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly language: string;
  readonly files: string;
  readonly pass_filenames: boolean;
}

const HOOKS: readonly Hook[] = parse(readFileSync(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8'));
const hookOf = (id: string): Hook => {
  const hook = HOOKS.find((each) => each.id === id);
  return hook ?? (assert.unreachable(`no hook ${id}`) as never);
};
const hookRun = (id: string, folder: string) => {
  const [command = '', ...args] = hookOf(id).entry.split(' ');
  return run(command, args, folder);
};

test('the pre-commit hooks', () => {
  for (const { entry, language, files, pass_filenames } of HOOKS) {
    assert.match(entry, /^npx --no-install (\S+)/);
    assert.ok((entry.split(' ')[2] as string) in PACKAGE.bin);
    assert.is(language, 'system');
    assert.is(pass_filenames, false);
    for (const path of ['gen.yaml', 'out/prod/manifest.json', 'iam/out/a/terraform/main.tf']) {
      assert.match(path, new RegExp(files));
    }
    assert.not.match('README.md', new RegExp(files));
  }
  const folder = folderWith({ 'gen.yaml': GEN_FILE });
  succeeds(hookRun('iam-check', folder), 1);
  assert.is(succeeds(hookRun('iam', folder)).stderr, '');
  succeeds(hookRun('iam-check', folder));
  appendFileSync(join(folder, 'out/prod/terraform/main.tf'), '# by hand\n');
  succeeds(hookRun('iam-check', folder), 1);
});

test('the example .pre-commit-config.yaml', () => {
  const config = parse(readFileSync(join(installed, 'docs/kit/pre-commit-config.yaml'), 'utf8'));
  const [{ repo, hooks }] = config.repos;
  assert.is(repo, 'local');
  const [{ entry, language, files, additional_dependencies }] = hooks;
  assert.is(language, 'node');
  const folder = folderWith({ 'gen.yaml': GEN_FILE });
  const [command = '', ...args] = entry.split(' ');
  succeeds(run(command, args, folder), 1);
  succeeds(run('gen', [], folder));
  succeeds(run(command, args, folder));
  assert.equal(additional_dependencies, [`${PACKAGE.name}@${PACKAGE.version}`]);
  for (const path of ['gen.yaml', 'out/a/manifest.json', 'iam-spec/features.yaml']) {
    assert.match(path, new RegExp(files));
  }
});

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const WORKFLOW = parse(readFileSync(join(ROOT, 'docs/kit/github-actions.yml'), 'utf8'));
const STEPS: readonly Step[] = WORKFLOW.jobs.iam.steps;
const stepOf = (name: string): Step =>
  STEPS.find((step) => step.name === name) ?? (assert.unreachable(name) as never);

test('the workflow: least permissions, pinned actions, nothing of others in scripts', () => {
  assert.equal(Object.keys(WORKFLOW.on), ['pull_request']);
  assert.equal(WORKFLOW.permissions, {});
  assert.equal(WORKFLOW.jobs.iam.permissions, { contents: 'read', 'pull-requests': 'write' });
  const text = readFileSync(join(ROOT, 'docs/kit/github-actions.yml'), 'utf8');
  for (const [line] of text.matchAll(/^.*\buses:.*$/gm)) {
    assert.match(line, /uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
  for (const step of STEPS) {
    for (const script of [step.run ?? '', String(step.with?.script ?? '')]) {
      assert.not.match(script, /\$\{\{/);
    }
  }
  // Not in this project's own pipeline.
  assert.not(existsSync(join(ROOT, '.github/workflows/iam.yml')));
});

test("the workflow's check passes and fails as gen check does", () => {
  const script = stepOf('Is what is committed what gen.yaml asks for?').run ?? '';
  const folder = folderWith({ 'gen.yaml': GEN_FILE });
  succeeds(run('bash', ['-e', '-c', script], folder), 1);
  succeeds(run('gen', ['--quiet'], folder));
  succeeds(run('bash', ['-e', '-c', script], folder));
});

testWith('diff', 'the workflow tells what changes', () => {
  const script = stepOf('What changes for whom?').run ?? '';
  const folder = folderWith({ 'gen.yaml': GEN_FILE });
  const env = { RUNNER_TEMP: folder, GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };
  const told = (CHECK = 'success'): string => {
    succeeds(run('bash', ['-e', '-c', script], folder, { ...env, CHECK }));
    return readFileSync(join(folder, 'iam.md'), 'utf8');
  };
  commit(folder, 'no files yet');
  succeeds(run('gen', ['--quiet'], folder));
  commit(folder, 'first');
  assert.match(told(), 'out/ is new');
  writeFileSync(join(folder, 'gen.yaml'), WIDER);
  succeeds(run('gen', ['--quiet'], folder));
  commit(folder, 'second');
  assert.match(told(), 'resource-groups:ListGroups');
  assert.not.match(told(), 'gen check');
  assert.match(told('failure'), /^> \*\*`gen check` failed\.\*\* .*\n\n### Permissions/);
  assert.match(readFileSync(join(folder, 'summary.md'), 'utf8'), 'resource-groups:ListGroups');
});

test("the workflow's comment is made once, kept up to date, and cut where it is too long", async () => {
  const script = String(stepOf('Comment').with?.script);
  const folder = folderWith({});
  const comments: { id: number; user: { type: string }; body: string }[] = [
    { id: 1, user: { type: 'User' }, body: '<!-- palette-iam-gen --> quoted by a person' },
  ];
  type Call = { comment_id?: number; issue_number?: number; body: string };
  const issues = {
    listComments: 'listComments',
    createComment: async ({ body, issue_number }: Call) => {
      assert.is(issue_number, 7);
      comments.push({ id: comments.length + 1, user: { type: 'Bot' }, body });
    },
    updateComment: async ({ body, comment_id }: Call) => {
      const comment = comments.find(({ id }) => id === comment_id);
      assert.is(comment?.user.type, 'Bot');
      if (comment !== undefined) comment.body = body;
    },
  };
  const github = { rest: { issues }, paginate: async () => comments };
  const context = { repo: { owner: 'o', repo: 'r' }, issue: { number: 7 } };
  const AsyncFunction = (async () => {}).constructor as new (
    ...texts: string[]
  ) => (...values: unknown[]) => Promise<void>;
  const { createRequire } = await import('node:module');
  const comment = async (text: string): Promise<void> => {
    writeFileSync(join(folder, 'iam.md'), text);
    process.env.RUNNER_TEMP = folder;
    await new AsyncFunction('github', 'context', 'require', script)(
      github,
      context,
      createRequire(import.meta.url),
    );
  };
  await comment('first');
  await comment('second');
  assert.is(comments.length, 2);
  assert.match(comments[1]?.body ?? '', /^<!-- palette-iam-gen -->\n[\s\S]*second$/);
  await comment('a line that is repeated\n'.repeat(5_000));
  assert.ok((comments[1]?.body.length ?? 0) < 65_536);
  assert.match(comments[1]?.body ?? '', /repeated\n\nThe rest is in the summary of this run\.$/);
});

test("the library's example", () => {
  const [, example = ''] =
    /^```js run\n([\s\S]*?)^```$/m.exec(readFileSync(join(installed, 'docs/library.md'), 'utf8')) ??
    [];
  const folder = folderWith({ 'example.mjs': example });
  const { stdout, stderr } = succeeds(run(process.execPath, ['example.mjs'], folder));
  assert.is(stderr, '');
  assert.match(stdout, /iam-json\/PaletteControllerPolicy\.json: \d+ characters/);
  assert.match(stdout, /PaletteControllersEKSPolicy: \d+ of 6144/);
  assert.equal(readdirSync(folder), ['example.mjs']);
});

test('importing the library does nothing by itself', () => {
  const script = `
    import { deepStrictEqual } from 'node:assert';
    import { setTimeout } from 'node:timers/promises';
    const state = async () => {
      await setTimeout(20);
      return {
        globals: Object.keys(globalThis),
        events: process.eventNames(),
        exitCode: process.exitCode,
        env: { ...process.env },
        open: process.getActiveResourcesInfo(),
      };
    };
    const before = await state();
    await import('${PACKAGE.name}');
    deepStrictEqual(await state(), before);
  `;
  const folder = folderWith({ 'import.mjs': script });
  const { stdout, stderr } = succeeds(run(process.execPath, ['import.mjs'], folder));
  assert.is(stdout + stderr, '');
  assert.equal(readdirSync(folder), ['import.mjs']);
});

const TYPED = `import { FORMATS, GenError, type Generation, generate, type IamBundle, loadSpec, type TargetOptions } from '${PACKAGE.name}';

export const target: TargetOptions = { features: ['core'], formats: FORMATS, reserve: 1 };
export async function sizes(): Promise<readonly number[]> {
  const generation: Generation = await generate(loadSpec(), target);
  const bundle: IamBundle = generation.bundle;
  return bundle.policies.map(({ worstSize }) => worstSize);
}
export const codesOf = (error: unknown): readonly string[] =>
  error instanceof GenError ? error.problems.map(({ code }) => code) : [];
// @ts-expect-error a folder is text: the types are there, and are not any
export const wrong = (generation: Generation): number => generation.folder;
`;

for (const resolution of ['nodenext', 'bundler']) {
  test(`the types, as a consumer with moduleResolution ${resolution} sees them`, () => {
    const folder = folderWith({
      'package.json': '{ "type": "module" }\n',
      'consumer.ts': TYPED,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          module: resolution === 'bundler' ? 'esnext' : resolution,
          moduleResolution: resolution,
          target: 'es2022',
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          types: [],
        },
      }),
    });
    succeeds(
      run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'], folder),
    );
  });
}

test('the completion script of the installed command works in bash', () => {
  const script = `eval "$(gen completion bash)"
COMP_WORDS=(gen check --merge ''); COMP_CWORD=3; _gen; echo "\${COMPREPLY[*]}"`;
  const { stdout } = succeeds(run('bash', ['--norc', '-c', script], folderWith({})));
  assert.is(stdout, 'auto all none\n');
});

test.run();
