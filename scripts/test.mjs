// Runs test files, long ones each as a process of its own and short ones in batches, as many at once
// as there are cores, and closes with one line `N passed, N failed`. uvu counts a file without
// `.run()` as passed; here a file that ran no test has failed, unless it skipped them. Lines that begin with `skipped:` say what was not
// tried, and why; they are repeated at the end and counted.
//   node scripts/test.mjs                      all but test/conformance/, which asks other tools
//   node scripts/test.mjs [part of a path]…    e.g. conformance, or laws/open
//   node scripts/test.mjs --fast               what is quick and needs no dist/ and no other tool,
//                                              over a selection (test/support/fast.ts)
//   node scripts/test.mjs --needs-dist [part]… whether one of the files needs dist/, as exit code
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2);
const isFast = words.includes('--fast');
const filters = words.filter((word) => !word.startsWith('--'));

/** Those that take longest go first, so that none is left over at the end. */
const LONGEST = [
  'conformance/terraform-aws',
  'properties/fuzz',
  'laws/open',
  'properties/text',
  'conformance/emulator',
  'laws/given',
  'properties/steadiness',
  'conformance/howto',
  'laws/stability',
  'properties/merging',
  'regressions/signals',
];
const rankOf = (file) => {
  const rank = LONGEST.findIndex((long) => file.includes(long));
  return rank < 0 ? LONGEST.length : rank;
};

const isWanted = (file) =>
  filters.length === 0
    ? !file.startsWith('test/conformance/')
    : filters.some((filter) => file.includes(filter));

const NEEDS_DIST = /\bdist\/|built-program\.ts|\.\.\/dist/;
const NEEDS_TOOLS = /support\/tools\.ts/;
const source = (file) => readFileSync(join(root, file), 'utf8');

const all = readdirSync(join(root, 'test'), { recursive: true })
  .map((file) => join('test', file).split(sep).join('/'))
  .filter((file) => file.endsWith('.test.ts') && isWanted(file))
  .sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
if (words.includes('--needs-dist')) {
  process.exit(all.some((file) => NEEDS_DIST.test(source(file))) ? 0 : 1);
}
/** Large inputs that ended badly once: ten seconds each. */
const SLOW = /regressions\/(inputs|diff|pack)\.test|properties\/text\.test/;
const isQuick = (file) =>
  !SLOW.test(file) && !NEEDS_DIST.test(source(file)) && !NEEDS_TOOLS.test(source(file));
const files = isFast ? all.filter(isQuick) : all;

const totals = { passed: 0, failed: 0, skipped: [] };
/** What long tests say that they are doing, by file; shown at a terminal while they run. */
const running = new Map();
const isLong = (file) => rankOf(file) < LONGEST.length || !isQuick(file);
const waiting = isFast
  ? batches(files)
  : [
      ...files.filter(isLong).map((file) => [file]),
      ...batches(files.filter((file) => !isLong(file))),
    ];
await Promise.all(Array.from({ length: availableParallelism() }, worker));

// In a batch nobody would miss the tests of one file.
for (const file of files.filter((each) => !/\.run\(\);/.test(source(each)))) {
  console.log(`✘ ${file}: it ran no test; is .run() missing?`);
  totals.failed += 1;
}
for (const line of totals.skipped) console.log(line);
if (files.length < all.length) {
  console.log(
    `left out, for they need dist/ or other tools, or take long: ${all.length - files.length} files`,
  );
}
if (files.length === 0) {
  console.log(`No test file${filters.length > 0 ? ` named like ${filters.join(' or ')}` : ''}.`);
  totals.failed += 1;
}
const skipped = totals.skipped.length > 0 ? `, ${totals.skipped.length} skipped` : '';
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/** One batch for each core: loading the source takes longer than most files' tests. */
function batches(names) {
  const count = availableParallelism();
  return Array.from({ length: count }, (_, core) =>
    names.filter((_, at) => at % count === core),
  ).filter(({ length }) => length > 0);
}

async function worker() {
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    const file = batch.length === 1 ? batch[0] : `${batch.length} files`;
    const { output, code } = await runFiles(batch);
    running.delete(batch);
    showProgress();
    const { passed, failed, why } = judge(output, code);
    totals.passed += passed;
    totals.failed += failed;
    totals.skipped.push(...output.split('\n').filter((line) => line.startsWith('skipped:')));
    console.log(`── ${file}\n${output.trim()}${why === '' ? '' : `\n✘ ${file}: ${why}`}\n`);
  }
}

/** One line that the next output overwrites. */
function showProgress() {
  if (!process.stdout.isTTY) return;
  const line = [...running].map(([[file], step]) => `${file}: ${step}`).join(' · ');
  process.stdout.write(`\r\u001b[K${line.slice(0, process.stdout.columns - 1)}`);
}

/** Output of both streams in the order it came, and the exit code. */
function runFiles(batch) {
  const words = batch.length === 1 ? batch : ['scripts/test-batch.mjs', ...batch];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', ...words], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        NO_COLOR: process.stdout.isTTY ? '' : '1',
        ...(isFast && { GEN_TEST_FAST: '1' }),
      },
    });
    let output = '';
    const append = (text) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', append);
    child.stderr.setEncoding('utf8').on('data', append);
    child.on('message', (message) => {
      running.set(batch, /** @type {{ progress: string }} */ (message).progress);
      showProgress();
    });
    child.on('error', (error) => resolve({ output: output + error.message, code: 1 }));
    child.on('close', (code, signal) => resolve({ output, code: code ?? signal }));
  });
}

/** uvu closes with `Total: N`, `Passed: N`; what is missing or does not add up is a failure. */
function judge(output, code) {
  const numberAfter = (label) =>
    [...output.matchAll(new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'gm'))].at(-1)?.[1];
  const total = Number(numberAfter('Total') ?? Number.NaN);
  const skipped = Number(numberAfter('Skipped') ?? 0);
  const passed = Number(numberAfter('Passed') ?? Number.NaN);
  if (Number.isNaN(total) || Number.isNaN(passed)) {
    return { passed: 0, failed: 1, why: `it ended (${code}) before it had run its tests` };
  }
  if (total === 0 && skipped === 0) {
    return { passed: 0, failed: 1, why: 'it ran no test; is .run() missing?' };
  }
  const failed = total - passed;
  if (failed === 0 && code !== 0) return { passed, failed: 1, why: `it ended with ${code}` };
  return { passed, failed, why: failed === 0 ? '' : `${failed} of ${total} failed` };
}
