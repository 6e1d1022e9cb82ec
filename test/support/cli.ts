/** The command line in this process, in a folder of its own; `src/cli.ts` adds only the streams. */
import * as assert from 'uvu/assert';
import { run } from '../../src/cli/run.ts';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface GenOptions {
  readonly isTerminal?: boolean;
  readonly ask?: (question: string) => Promise<string>;
  readonly env?: Readonly<Record<string, string>>;
}

/** @param words of the command line, separated by spaces */
export async function gen(words: string, options: GenOptions = {}): Promise<Outcome> {
  const outcome: Outcome = { code: 0, stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    isTerminal: options.isTerminal ?? false,
    write: (text: string) => {
      outcome[name] += text;
    },
  });
  outcome.code = await run(words.split(' ').filter(Boolean), {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    env: { NO_COLOR: '1', ...options.env },
    ...(options.ask === undefined ? {} : { ask: options.ask }),
  });
  // A fault of the program is none of the outcomes that a test may want.
  assert.not.match(outcome.stderr, 'internal error');
  return outcome;
}

export function says(outcome: Outcome, code: number, ...texts: readonly (string | RegExp)[]): void {
  assert.is(outcome.code, code, outcome.stderr);
  // Lines are broken where they end, not where a text does.
  const unbroken = outcome.stderr.replace(/\s+/g, ' ');
  for (const text of texts) {
    const found =
      typeof text === 'string'
        ? outcome.stderr.includes(text) || unbroken.includes(text)
        : text.test(outcome.stderr);
    assert.ok(found, `not said: ${text}\n${outcome.stderr}`);
  }
  assert.not.match(outcome.stderr, /^\s+at /m);
}
