#!/usr/bin/env node
/** The command `gen`: the only file that prints and exits. */
import { run, type Stream } from './cli/run.ts';

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

// Not process.exit(): what is still to be written to a pipe would be lost.
process.exitCode = await run(process.argv.slice(2), {
  stdout: stream(process.stdout),
  stderr: stream(process.stderr),
  env: process.env,
});
