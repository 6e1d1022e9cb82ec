// Times and how they are compared. Machines are noisy, so every figure is a median, or the least where
// other work on the machine would weigh more than what is measured; and what is compared is measured
// in turns, or right before and after one another.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export function milliseconds(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/**
 * Runs a process that must succeed; returns undefined if it exceeds its limit.
 * @param {readonly string[]} args
 * @param {{ limit?: number, binary?: string, env?: Record<string, string> }} [options] limit in milliseconds
 */
function node(args, { limit, binary = process.execPath, env } = {}) {
  const child = spawnSync(binary, args, {
    encoding: 'utf8',
    timeout: limit,
    // What the shell says to Node (a debugger, a loader) is not to be measured.
    env: { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '', ...env },
  });
  if (/** @type {NodeJS.ErrnoException | undefined} */ (child.error)?.code === 'ETIMEDOUT')
    return undefined;
  if (child.status !== 0) {
    throw new Error(`node ${args.join(' ')} ended with ${child.status}\n${child.stderr}`);
  }
  return child.stdout;
}

const EMPTY = ['-e', '0'];
const EMPTY_RUNS = 5;

function emptyProcesses() {
  return Array.from({ length: EMPTY_RUNS }, () => milliseconds(() => node(EMPTY)));
}

/** What `measure` returns, and the median of empty processes right before and after it. */
export function besideEmptyProcess(measure) {
  const before = emptyProcesses();
  const result = measure();
  return { result, empty: median([...before, ...emptyProcesses()]) };
}

/**
 * A whole process beside an empty one, in turns, after a first run that is not counted: `ratio` of
 * their least times, and `own`, the milliseconds that it takes longer.
 *
 * @param args of each round; the first run is round 0
 * @param options the `binary` of Node, and what to add to the environment (`env`)
 */
export function besideEmpty(args, rounds, options) {
  node(args(0), options);
  const times = [];
  const empties = [];
  for (let round = 1; round <= rounds; round++) {
    empties.push(milliseconds(() => node(EMPTY, options)));
    times.push(milliseconds(() => node(args(round), options)));
  }
  const [time, empty] = [Math.min(...times), Math.min(...empties)];
  return { ratio: time / empty, own: time - empty };
}

/** One run of a process: milliseconds, and megabytes at its peak as it tells them itself. */
export function once(args) {
  const peak = fileURLToPath(new URL('peak.mjs', import.meta.url));
  const start = performance.now();
  const output = node(['--import', peak, ...args]);
  const time = performance.now() - start;
  return { time, megabytes: Number(/^peak (\d+)$/m.exec(output)?.[1]) / 1024 };
}

/** Runs one of the benchmark's own files; its last line is JSON. */
export function inChild(file, args, limit) {
  const output = node([fileURLToPath(new URL(file, import.meta.url)), ...args.map(String)], {
    limit,
  });
  return output === undefined ? undefined : JSON.parse(output.trim().split('\n').at(-1));
}

/**
 * Milliseconds that a turn lasts at least. What is shorter is repeated, so that the garbage and the
 * cold caches left by whoever came before weigh on all alike.
 */
const TURN = 40;

/**
 * Several functions measured in turns once all are warm: medians of the turns' means. Each is a
 * function that prepares a run and returns it; only the run is timed.
 */
export function inTurns(preparers, { warmUp, rounds }) {
  for (const prepare of preparers) {
    const start = performance.now();
    for (let runs = 0; runs < 5 || performance.now() - start < warmUp; runs++) prepare()();
  }
  const means = preparers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    preparers.forEach((prepare, index) => {
      means[index].push(turn(prepare));
    });
  }
  return means.map(median);
}

function turn(prepare) {
  let [sum, runs] = [0, 0];
  for (; sum < TURN; runs++) sum += milliseconds(prepare());
  return sum / runs;
}
