/**
 * Text in GitHub Flavored Markdown (https://github.github.com/gfm/), in which a lone carriage return
 * ends a line as a line feed does. Control characters are shown as escapes.
 */
import { terminalLine } from './terminal.ts';

/** On one line, without characters that do not show. */
const shown = (text: string): string => terminalLine(text.replace(/\s*[\r\n]\s*/g, ' '));

/** A code span that shows any text as it is; line breaks become spaces. */
export function code(text: string): string {
  const line = shown(text);
  // In a table's cell, readers disagree on a backslash before a pipe, escaped or not.
  if (line.includes('\\|')) return `<code>${entities(line)}</code>`;
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  // Spaces at both ends are taken off; a span must not begin or end with a backtick.
  const padding = longest > 0 || line.trim() !== line || line === '' ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

function entities(text: string): string {
  return text.replace(/[^A-Za-z0-9 \u0080-\uffff]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A table; cells are Markdown already. Columns without a filled cell are left out. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = titles.flatMap((_, column) => (rows.some((row) => row[column]) ? [column] : []));
  const line = (cells: readonly string[]): string =>
    `| ${used.map((column) => cell(cells[column] ?? '')).join(' | ')} |`;
  return [line(titles), `|${used.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Markdown in a table's cell: a pipe ends it, in a code span too; GFM takes the backslash away. */
export function cell(markdown: string): string {
  return markdown.replaceAll('|', '\\|');
}

/** Text outside code spans: nothing in it is markup. */
export function plain(text: string): string {
  return shown(text)
    .replace(/[\\`*_{}[\]<>#~&]/g, '\\$&')
    .replaceAll('|', '&#124;')
    .replace(/^(\d*)([-+=.)])/, '$1\\$2');
}

/** As `plain`, for text in which an underscore within a word stays as it is. */
export function prose(text: string): string {
  return plain(text).replace(/(?<=[A-Za-z0-9])\\_(?=[A-Za-z0-9])/g, '_');
}

/** Text within `<!-- … -->`, which ends at the first `-->`. */
export function markdownComment(text: string): string {
  return shown(text).replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
