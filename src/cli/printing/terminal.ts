/** What the commands print to, and how. */
import pico from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import { jsonText } from '../../text/json.ts';
import { WIDEST } from './summary.ts';

export interface Stream {
  write(text: string): void;
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** Characters per line, where known. */
  readonly columns?: number | undefined;
}

export interface Terminal {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** NO_COLOR and DEBUG are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Puts a question to a person and gives the answer; absent where nobody sits there. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Runs what a signal must not end half way; signals end everything else at once. */
  readonly uninterrupted?: (work: () => void) => void;
}

export function colorsFor(stream: Stream, env: Terminal['env']): Colors {
  // https://no-color.org: any value but the empty one.
  return pico.createColors(stream.isTerminal && !env.NO_COLOR);
}

export function widthOf(stream: Stream): number {
  // Some pseudo-terminals report 0.
  return stream.isTerminal ? Math.min(stream.columns || WIDEST, WIDEST) : WIDEST;
}

export function json(value: unknown): string {
  return jsonText(value);
}

/** One line on stderr, written over again and wiped at the end; nothing where nobody looks on. */
export function passingLine({ stderr }: Terminal, quiet: boolean) {
  const isShown = !quiet && stderr.isTerminal;
  let isThere = false;
  return {
    show(text: string): void {
      if (!isShown) return;
      stderr.write(`\r\u001b[K${text.slice(0, (stderr.columns || 80) - 1)}`);
      isThere = true;
    },
    clear(): void {
      if (isThere) stderr.write('\r\u001b[K');
      isThere = false;
    },
  };
}
