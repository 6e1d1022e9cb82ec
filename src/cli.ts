/** The command `gen`: the only file that prints and exits. */

import type { Stream, Terminal } from './cli/printing/terminal.ts';
import { run } from './cli/run.ts';
import { reasonOf } from './files/disk-errors.ts';

/** Opened when something is printed, or how is asked: that takes as long as reading all flags. */
function stream(open: () => NodeJS.WriteStream): Stream {
  let opened: NodeJS.WriteStream | undefined;
  const to = (): NodeJS.WriteStream => {
    if (opened !== undefined) return opened;
    opened = open();
    opened.on('error', (error: NodeJS.ErrnoException) => {
      // A reader that has had enough, e.g. `gen --stdout | head`, is no error.
      if (error.code === 'EPIPE') return;
      if (!failed && opened !== process.stderr) {
        process.stderr.write(`gen: cannot print: ${reasonOf(error)}.\n`);
      }
      failed = true;
      process.exitCode = 2;
    });
    return opened;
  };
  return {
    write: (text) => void to().write(text),
    get isTerminal() {
      return to().isTTY === true;
    },
    get columns() {
      return to().columns;
    },
  };
}

/** Something could not be printed. */
let failed = false;

/** Questions go to stderr: stdout is for what was asked for. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D both say: never mind.
  lines.on('close', () => {
    if (!answered) process.exit(130);
  });
  let answered = false;
  const answer = await lines.question(question);
  answered = true;
  lines.close();
  return answer;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs what a signal must not end half way, i.e. putting files in place: milliseconds. A signal that
 * arrives meanwhile ends the program as soon as the event loop turns. At all other times there is no
 * handler: one could not run during long synchronous work, and would keep the signal from ending it.
 */
function uninterrupted(work: () => void): void {
  let received: NodeJS.Signals | undefined;
  const remember = (signal: NodeJS.Signals): void => {
    received ??= signal;
  };
  for (const signal of SIGNALS) process.on(signal, remember);
  try {
    work();
  } finally {
    setImmediate(() => {
      for (const signal of SIGNALS) process.off(signal, remember);
      if (received !== undefined) endBy(received);
    });
  }
}

/** As if the signal had arrived now, so that shells say the same (130 for SIGINT) at any moment. */
function endBy(signal: NodeJS.Signals): void {
  if (process.platform !== 'win32') process.kill(process.pid, signal);
  // Windows has no signals, and the first process of a container is not ended by them.
  process.exit(130);
}

const terminal: Terminal = {
  stdout: stream(() => process.stdout),
  stderr: stream(() => process.stderr),
  env: process.env,
  uninterrupted,
  get ask() {
    return process.stdin.isTTY && process.stderr.isTTY ? ask : undefined;
  },
};

run(process.argv.slice(2), terminal).then((exitCode) => {
  // Not process.exit(): what is still to be written to a pipe would be lost.
  process.exitCode = failed ? 2 : exitCode;
});
