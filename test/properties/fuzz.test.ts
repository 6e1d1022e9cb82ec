/**
 * Random inputs, sound and damaged: specs, gen.yaml, manifests, values files, policies and arguments.
 * No case may crash gen, take long, write outside of its folder, or end with an exit code that
 * there is not; what is written for a spec allows what the spec says, by the tests' own evaluator.
 *
 *   FUZZ_CASES=100000 FUZZ_SEED=7 node scripts/test.mjs fuzz
 *   FUZZ_CASE=1234 node --import tsx test/fuzz.test.ts
 *
 * Cases are shared out among as many processes as there are cores, each with a heap that is as large
 * as one run may become. A case depends on the seed and on its own number only.
 */
import { fork, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { run } from '../../src/cli/run.ts';
import { copyProgram } from '../support/built-program.ts';
import { isAllowed, type RawStatement, tellingRequests } from '../support/evaluator.ts';
import { inFolder } from '../support/folders.ts';
import { randomFrom } from '../support/random.ts';

const CASES = Number(process.env.FUZZ_CASES ?? 1_000);
const SEED = Number(process.env.FUZZ_SEED ?? 11);
/** The one case that is run, where one is asked for. */
const ONLY = process.env.FUZZ_CASE;
/** Number of this process among those that share the cases out, and how many there are. */
const [PART, PARTS] = (process.env.FUZZ_PART ?? '0/1').split('/').map(Number) as [number, number];
/** Of CPU time: other tests run at the same time. */
const LONGEST_CASE_MS = 5_000;
/** The program and the tests' own part of it together. */
const HEAP_MB = 300;
/** Cases that run as the program itself, each a process of its own. */
const CHILDREN = 12;

const fuzz = suite('fuzz');
let random = randomFrom(SEED);
const one = <T>(items: readonly T[]): T => items[random(items.length)] as T;
const some = (most: number, make: () => string): readonly string[] =>
  Array.from({ length: 1 + random(most) }, make);

/** What readers stumble over. */
const HOSTILE = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '? ',
  '&a ',
  '*a',
  '!!binary ',
  '!x ',
  '|',
  '>',
  '#',
  '"',
  "'",
  '\\',
  '\n',
  '\r',
  '\t',
  '\0',
  '\u0085',
  '\u2028',
  '\u001b[2J',
  '\ufeff',
  '\ud800',
  '%',
  '@',
  '`',
  '---\n',
  '...\n',
  '{{',
  '}}',
  '{{clusterName}}',
  '\u0024{aws:username}',
  '${',
  '<<: ',
  'null',
  '~',
  'true',
  '1e999',
  '-0',
  '012',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'toJSON',
  '../',
  '/',
  '..',
  '*',
  '',
  ' ',
  '💥',
  'é',
  '{'.repeat(80),
  '['.repeat(300),
  '? '.repeat(30),
  'a'.repeat(30_000),
  '\t'.repeat(50),
] as const;

/** The text with a few pieces of it lost, doubled, moved, or replaced by something hostile. */
function damaged(text: string): string {
  let result = text;
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const from = random(result.length + 1);
    const to = Math.min(from + random(20), result.length);
    const [before, piece, after] = [
      result.slice(0, from),
      result.slice(from, to),
      result.slice(to),
    ];
    switch (random(5)) {
      case 0:
        result = before + after;
        break;
      case 1:
        result = before + piece.repeat(1 + random(50)) + after;
        break;
      case 2:
        result = before + one(HOSTILE) + piece + after;
        break;
      case 3:
        result = before + one(HOSTILE) + after;
        break;
      default:
        result = before + result.slice(random(result.length + 1)).slice(0, 40) + after;
    }
  }
  return result;
}

const perhapsDamaged = (text: string): string => (random(4) === 0 ? text : damaged(text));

const ACTIONS = [
  's3:GetObject',
  's3:Get*',
  's3:*',
  'S3:getobject',
  'ec2:RunInstances',
  'iam:PassRole',
  'ec2:?un*',
  'sts:AssumeRole',
];
const RESOURCES = [
  '*',
  'arn:aws:s3:::b',
  'arn:aws:s3:::b*',
  'arn:aws:s3:::b/*',
  'arn:*:ec2:*:*:instance/*',
  'arn:aws:iam::123456789012:role/a',
];
const CONDITIONS = [
  undefined,
  undefined,
  { StringEquals: { 'aws:RequestTag/a': ['x', 'y'] } },
  { Bool: { 'aws:SecureTransport': 'true' } },
  { StringLike: { 'aws:username': 'a*' } },
];

function statement(): object {
  const Condition = one(CONDITIONS);
  return {
    Effect: random(8) === 0 ? 'Deny' : 'Allow',
    Action: some(3, () => one(ACTIONS)),
    Resource: some(3, () => one(RESOURCES)),
    ...(Condition === undefined ? {} : { Condition }),
  };
}

/** A group; JSON is YAML, and pasted lists hold no item twice. */
function group(): string {
  const unique = (_: string, value: unknown): unknown =>
    Array.isArray(value) && value.every((each) => typeof each === 'string')
      ? [...new Set(value)]
      : value;
  const statements = Array.from({ length: 1 + random(5) }, statement);
  return JSON.stringify({ id: 'a', policyName: 'A', attachTo: ['palette'], statements }, unique, 1);
}

const FEATURES = 'a: { base: true, description: x, groups: [a] }\n';
const PARAMETERS =
  "p: { description: x, pattern: '^[a-z]+$', maxLength: 9, constraint: letters, default: a }\n";
const GEN_YAML = `defaults:
  format: [iam-json]
  account-id: "123456789012"
targets:
  prod: { features: [core], merge: auto, tag: { a: b } }
  test: { features: [eks, cni-scoped], out: more, prefix: x- }
`;
const VALUES = `# mine
pack:
  k8sHardening: True
managedControlPlane:
  roleName: &r mine
  iamAuthenticatorConfig: { mapUsers: [] }
managedMachinePool:
  roleName: *r
`;
const ARGUMENTS = [
  'generate',
  'check',
  'init',
  'diff',
  'outdated',
  'changelog',
  'howto',
  'features',
  'groups',
  'completion',
  'help',
  '--features',
  'core',
  'eks',
  'core,eks',
  '--format',
  'terraform',
  'pxk',
  'iam-json',
  'cloudformation',
  'all',
  '--merge',
  'none',
  '--policies',
  'inline',
  '--as-of',
  'latest',
  '2025-13-45',
  '--reserve',
  '-1',
  '1e9',
  '--name',
  '..',
  '--prefix',
  '--path',
  '/a/',
  '--json',
  '--markdown',
  '--stdout',
  '--only',
  '--quiet',
  '--verbose',
  '--spec',
  's',
  '--config',
  'gen.yaml',
  '--target',
  '--values',
  'v.yaml',
  '--param',
  'a=b',
  '--tag',
  '__proto__=x',
  '--toString',
  '--constructor=1',
  '--__proto__',
  '--no-merge',
  '-x',
  '-h',
  '--',
  '--shrink',
  '--stackset',
  '--permissions-boundary',
  '--account-id',
  '123456789012',
  '--palette-role',
  'r',
  '--node-role',
  '=',
  '--=',
];

interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** The group whose permissions the written documents must have, where gen accepts it. */
  readonly group?: string;
}

/** A manifest of a real run, for damaged copies of it. */
let manifest = '';

function specCase(number: number): Case {
  const folder = `s${number}`;
  const text = random(3) === 0 ? group() : damaged(group());
  const whole = random(3) > 0;
  return {
    files: {
      [`${folder}/groups/a.yaml`]: text,
      [`${folder}/features.yaml`]: whole ? FEATURES : damaged(FEATURES),
      ...(whole ? {} : { [`${folder}/parameters.yaml`]: damaged(PARAMETERS) }),
    },
    args: [
      '--spec',
      folder,
      '--features',
      'a',
      '--format',
      'iam-json',
      ...(random(2) ? ['--merge', 'all'] : []),
    ],
    ...(whole ? { group: text } : {}),
  };
}

const KINDS: readonly ((number: number) => Case)[] = [
  specCase,
  specCase,
  () => ({
    files: { 'gen.yaml': perhapsDamaged(GEN_YAML) },
    args: [one(['generate', 'check', 'howto', 'outdated']), '--quiet'].slice(random(2) ? 0 : 1),
  }),
  () => ({
    files: { 'out/core/manifest.json': damaged(manifest) },
    args: one([
      ['--features', 'core'],
      ['check', '--features', 'core'],
      ['diff', 'out/core', 'out/core'],
      ['--features', 'core', '--repack'],
    ]),
  }),
  () => ({
    files: { 'v.yaml': perhapsDamaged(VALUES) },
    args: [
      '--features',
      'eks-static',
      '--format',
      'pxk',
      '--account-id',
      '123456789012',
      '--values',
      'v.yaml',
    ],
  }),
  () => ({
    files: {
      'p/a.json': perhapsDamaged(group()),
      'q/b.json': damaged(group().replace('statements', 'Statement')),
    },
    args: ['diff', 'p', 'q', ...one([[], ['--json'], ['--markdown'], ['--fail-on', 'widening']])],
  }),
  () => ({
    files: { 'gen.yaml': GEN_YAML, 'v.yaml': VALUES },
    args: some(6, () =>
      random(6) === 0 ? damaged(one(ARGUMENTS)).replaceAll('\0', '') : one(ARGUMENTS),
    ),
  }),
];

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** What the documents that were written allow is what the group says. */
function prove(text: string, told: string): void {
  let asked: RawStatement[];
  try {
    asked = (
      parse(text, { uniqueKeys: false, logLevel: 'error' }) as { statements: RawStatement[] }
    ).statements;
  } catch {
    return;
  }
  const folder = 'out/a/iam-json';
  const written = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap(
      (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).Statement as RawStatement[],
    );
  // Parameters are filled in where they are written.
  if (text.includes('{{')) return;
  for (const request of tellingRequests([...asked, ...written])) {
    assert.is(
      isAllowed(written, request),
      isAllowed(asked, request),
      `${told}\n${request.action} ${request.resource}`,
    );
  }
  proven += 1;
}

let proven = 0;

async function tryCase(number: number): Promise<void> {
  random = randomFrom(SEED * 1_000_003 + number);
  const {
    files,
    args,
    group: text,
  } = (KINDS[number % KINDS.length] as (typeof KINDS)[number])(number);
  write(files);
  let output = '';
  const stream = {
    isTerminal: false,
    write: (said: string) => {
      output += said;
    },
  };
  const before = process.cpuUsage();
  const code = await run(args, {
    stdout: stream,
    stderr: stream,
    env: { NO_COLOR: '1', DEBUG: 'gen' },
  });
  const { user } = process.cpuUsage(before);
  const told = `case ${number} of seed ${SEED}: gen ${args.join(' ')}\n${JSON.stringify(files).slice(0, 3_000)}\n${output.slice(0, 3_000)}`;
  assert.ok([0, 1, 2, 3, 130].includes(code), told);
  assert.not(output.includes('internal error'), told);
  assert.ok(user / 1_000 < LONGEST_CASE_MS, `${user / 1_000} ms: ${told}`);
  if (text !== undefined && code === 0) prove(text, told);
  for (const name of readdirSync('.')) rmSync(name, { recursive: true });
}

/** The cases of this process, one after the other. */
async function tryCases(): Promise<void> {
  await inFolder({ 'outside.txt': 'mine', 'work/x': '' }, async () => {
    const around = process.cwd();
    process.chdir('work');
    const quiet = { isTerminal: false, write: () => {} };
    assert.is(
      await run(['--features', 'core', '--quiet'], { stdout: quiet, stderr: quiet, env: {} }),
      0,
    );
    manifest = readFileSync('out/core/manifest.json', 'utf8');
    const first = ONLY === undefined ? PART : Number(ONLY);
    for (let number = first; number < (ONLY === undefined ? CASES : first + 1); number += PARTS) {
      await tryCase(number);
      const strays = readdirSync(around).filter(
        (name) => name !== 'work' && name !== 'outside.txt',
      );
      assert.equal(strays, [], `case ${number} of seed ${SEED} writes outside of its folder`);
      process.send?.({ number });
    }
    assert.is(readFileSync(join(around, 'outside.txt'), 'utf8'), 'mine');
    process.chdir(around);
  });
}

/** One part of the cases in a process of its own; how many were proven. */
function runPart(part: number, parts: number, tell: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), {
      env: { ...process.env, FUZZ_PART: `${part}/${parts}` },
      execArgv: ['--import', 'tsx', `--max-old-space-size=${HEAP_MB}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let said = '';
    let last = -1;
    let provenThere = 0;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    child.on('message', (message: { number?: number; proven?: number }) => {
      last = message.number ?? last;
      provenThere = message.proven ?? provenThere;
      tell();
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(provenThere);
      else reject(new Error(`after case ${last} of seed ${SEED}: ${signal ?? code}\n${said}`));
    });
  });
}

fuzz(`${CASES} cases`, async () => {
  if (ONLY !== undefined) return tryCases();
  const parts = availableParallelism();
  let done = 0;
  const tell = (): void => {
    done += 1;
    if (done % 100 === 0) process.send?.({ progress: `${done} of ${CASES} cases` });
  };
  const counts = await Promise.all(
    Array.from({ length: parts }, (_, part) => runPart(part, parts, tell)),
  );
  const all = counts.reduce((sum, count) => sum + count, 0);
  assert.ok(all >= CASES / 20, `only ${all} proven`);
});

fuzz(`${CHILDREN} cases as processes`, async () => {
  await inFolder({}, async () => {
    copyProgram('program');
    const program = join(process.cwd(), 'program/dist/cli.js');
    for (let number = 0; number < CHILDREN; number += 1) {
      random = randomFrom(SEED * 1_000_003 + number);
      const { files, args } = (KINDS[number % KINDS.length] as (typeof KINDS)[number])(number);
      mkdirSync(`case${number}`);
      process.chdir(`case${number}`);
      write(files);
      const { status, stderr } = spawnSync(
        process.execPath,
        [`--max-old-space-size=${HEAP_MB}`, program, ...args],
        {
          encoding: 'utf8',
          timeout: 60_000,
        },
      );
      assert.ok([0, 1, 2, 3].includes(status as number), `${args.join(' ')}: ${status} ${stderr}`);
      assert.not(stderr.includes('internal error'), `${args.join(' ')}: ${stderr}`);
      process.chdir('..');
      assert.not(existsSync('out'), 'written outside of its folder');
    }
  });
});

if (process.env.FUZZ_PART === undefined) fuzz.run();
else {
  await tryCases();
  process.send?.({ proven });
}
