/** Plain-text tables that fit a width: the widest columns wrap first. */
import { terminalSentence, terminalText } from '../../text/terminal.ts';

export interface Cell {
  readonly text: string;
  /** Colours a finished line of the cell; must not change what is visible. */
  readonly paint?: (line: string) => string;
}

export interface Column {
  readonly title: string;
  /** Never wrapped, e.g. numbers and bars. */
  readonly fixed?: boolean;
  readonly align?: 'right';
}

const GAP = '  ';
const NARROWEST = 12;
const LONG_WORD = 34;

/**
 * Lines without a final newline and without trailing spaces; a column whose cells are all empty is
 * left out.
 * @param width in characters; kept as far as fixed columns allow
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paintTitle: (line: string) => string = (line) => line,
): string {
  const used = columns.flatMap((column, index) =>
    rows.some((row) => (row[index]?.text ?? '') !== '') ? [{ column, index }] : [],
  );
  const shown = [
    used.map(({ column }): Cell => ({ text: column.title, paint: paintTitle })),
    ...rows.map((row) =>
      used.map(({ index }): Cell => {
        const cell = row[index] ?? { text: '' };
        return { ...cell, text: terminalSentence(cell.text) };
      }),
    ),
  ];
  const widths = fit(
    used.map(({ column }, index) => {
      const texts = shown.map((row) => (row[index] as Cell).text);
      const natural = longest(texts);
      return {
        natural,
        // Words stay whole before long names do.
        floors: column.fixed
          ? [natural, natural]
          : [Math.min(longest(texts.flatMap((text) => text.split(' '))), LONG_WORD), NARROWEST],
      };
    }),
    width - GAP.length * (used.length - 1),
  );
  return shown
    .flatMap((row) => {
      const cells = row.map((cell, index) => wrap(cell.text, widths[index] as number));
      const height = Math.max(...cells.map((lines) => lines.length));
      return Array.from({ length: height }, (_, line) =>
        row
          .map((cell, index) => {
            const text = cells[index]?.[line] ?? '';
            const pad = ' '.repeat(Math.max(0, (widths[index] as number) - text.length));
            const painted = text === '' ? '' : (cell.paint?.(text) ?? text);
            return used[index]?.column.align === 'right' ? pad + painted : painted + pad;
          })
          .join(GAP)
          .trimEnd(),
      );
    })
    .join('\n');
}

/** Takes from the widest column that is above its floor until the sum fits; then lower floors. */
function fit(
  columns: readonly { readonly natural: number; readonly floors: readonly number[] }[],
  width: number,
): readonly number[] {
  const widths = columns.map((column) => column.natural);
  const sum = () => widths.reduce((total, each) => total + each, 0);
  for (const round of [0, 1]) {
    while (sum() > width) {
      let widest = -1;
      for (const [index, { floors }] of columns.entries()) {
        if ((widths[index] as number) <= (floors[round] as number)) continue;
        if (widest < 0 || (widths[index] as number) > (widths[widest] as number)) widest = index;
      }
      if (widest < 0) break;
      widths[widest] = (widths[widest] as number) - 1;
    }
  }
  return widths;
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}

/**
 * Breaks at spaces; a word longer than a line breaks after `-`, `.`, `/` or `}`, else anywhere.
 * Control characters are shown as escapes.
 */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const paragraph of terminalText(text).split('\n')) {
    let line = '';
    for (let word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length <= width) {
        line = `${line} ${word}`;
        continue;
      }
      if (line !== '') lines.push(line);
      while (word.length > width) {
        const at = Math.max(
          ...['-', '.', '/', '}'].map((mark) => word.lastIndexOf(mark, width - 1)),
        );
        const cut = at > width / 3 ? at + 1 : width;
        lines.push(word.slice(0, cut));
        word = word.slice(cut);
      }
      line = word;
    }
    lines.push(line);
  }
  return lines;
}

/** A label and text after it; further lines begin with `indent`, else below the text. */
export function hang(
  label: string,
  text: string,
  width: number,
  indent: string = ' '.repeat(label.length),
): string {
  const room = Math.max(width - Math.max(label.length, indent.length), 20);
  return wrap(text, room)
    .map((line, index) => `${index === 0 ? label : indent}${line}`.trimEnd())
    .join('\n');
}
