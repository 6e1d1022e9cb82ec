/** Lines that tabs indent: where they are, and the same text with spaces in their place. */

export interface TabbedLine {
  /** From 1. */
  readonly number: number;
  /** Of the line, in the text. */
  readonly start: number;
  /** Of its first tab. */
  readonly tab: number;
  /** Tabs in its indentation. */
  readonly count: number;
}

/** How far a tab indents: further than the text around brackets in any real file. */
const WIDTH = 16;

/** Lines with a tab in their indentation; blank lines and comments are indented by nothing. */
export function tabbedLines(text: string): readonly TabbedLine[] {
  if (!text.includes('\t')) return [];
  const lines: TabbedLine[] = [];
  let number = 0;
  for (const match of text.matchAll(/^([ \t]*)(.*)$/gm)) {
    number += 1;
    const [, indentation = '', rest = ''] = match;
    const tab = indentation.indexOf('\t');
    if (tab < 0 || rest.trim() === '' || rest.startsWith('#')) continue;
    const count = indentation.split('\t').length - 1;
    lines.push({ number, start: match.index, tab: match.index + tab, count });
  }
  return lines;
}

/** The text with spaces for the tabs that indent these lines. */
export function withSpaces(text: string, lines: readonly TabbedLine[]): string {
  let result = '';
  let at = 0;
  for (const { start } of lines) {
    const indentation = /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
    result += text.slice(at, start) + indentation.replaceAll('\t', ' '.repeat(WIDTH));
    at = start + indentation.length;
  }
  return result + text.slice(at);
}

/** A column of a line with spaces, as it is in the line with tabs. */
export function columnWithTabs(column: number, { count }: TabbedLine): number {
  return Math.max(column - count * (WIDTH - 1), 1);
}
