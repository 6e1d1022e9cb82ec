#!/usr/bin/env node
/** The command `gen`: the only file that prints and exits. */
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

// A target that is being written is written whole; the next one is not begun.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
  });
}

// Not process.exit(): what is still to be written to a pipe would be lost.
process.exitCode = await run(process.argv.slice(2), {
  stdout: stream(process.stdout),
  stderr: stream(process.stderr),
  env: process.env,
  isInterrupted: () => interrupted,
});
