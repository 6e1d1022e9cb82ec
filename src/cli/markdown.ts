/** Pieces of GitHub Flavored Markdown, https://github.github.com/gfm/. */

/** A code span that shows any text as it is; line breaks become blanks. */
export function code(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ');
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  // Blanks at both ends are taken off; a span must not begin or end with a backtick.
  const padding = longest > 0 || line.trim() !== line || line === '' ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** A table; cells are Markdown already. Columns without a filled cell are left out. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = titles.flatMap((_, column) => (rows.some((row) => row[column]) ? [column] : []));
  // A pipe ends a cell, in a code span too; GFM takes the backslash away again.
  const line = (cells: readonly string[]): string =>
    `| ${used.map((column) => (cells[column] ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), `|${used.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Text outside code spans: nothing in it is markup. */
export function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#~&]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}
