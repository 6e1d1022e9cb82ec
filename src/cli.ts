/** The command `gen`: the only file that prints and exits. */
import { isatty } from 'node:tty';
import { run } from './cli/run.ts';
import type { Stream } from './cli/terminal.ts';

function stream(to: NodeJS.WriteStream): Stream {
  // A reader that has had enough, e.g. `gen --stdout | head`, is no error.
  to.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write: (text) => void to.write(text),
    isTerminal: to.isTTY === true,
    columns: to.columns,
  };
}

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

// A target that is being written is written whole; the next one is not begun.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
  });
}

run(process.argv.slice(2), {
  stdout: stream(process.stdout),
  stderr: stream(process.stderr),
  env: process.env,
  isInterrupted: () => interrupted,
  // Asked by number: opening stdin takes as long as reading all flags.
  ...(isatty(0) && isatty(2) ? { ask } : {}),
}).then((exitCode) => {
  // Not process.exit(): what is still to be written to a pipe would be lost.
  process.exitCode = exitCode;
});
