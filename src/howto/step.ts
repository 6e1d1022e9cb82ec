/** What instructions are made of, before they are laid out as text. */
import { withLineFeed } from '../text/shell.ts';

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** Shell commands or values, printed as they are: every word of theirs is a `shellWord`. */
  | { readonly kind: 'code'; readonly lines: readonly string[] };

export interface Step {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export const text = (words: string): Block => ({ kind: 'text', text: words });
export const list = (items: readonly string[]): Block => ({ kind: 'list', items });
export const code = (lines: readonly string[]): Block => ({
  kind: 'code',
  lines: withLineFeed(lines),
});

/** Columns of a page; commands begin at the sixth. */
export const WIDTH = 100;
export const CODE_INDENT = 5;

/** A shell command on one line where it fits, else one flag to a line. */
export function command(head: string, ...flags: readonly string[]): readonly string[] {
  const whole = [head, ...flags].join(' ');
  if (whole.length <= WIDTH - CODE_INDENT) return [whole];
  return [head, ...flags.map((flag) => `  ${flag}`)].map((line, index, lines) =>
    index < lines.length - 1 ? `${line} \\` : line,
  );
}
