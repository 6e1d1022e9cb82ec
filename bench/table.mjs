// The figures as one table, a line each.

/** 12345.6 → `12,346`, 0.0123456 → `0.0123`. */
export function formatNumber(number) {
  const rounded = Math.abs(number) >= 100 ? Math.round(number) : Number(number.toPrecision(3));
  return rounded.toLocaleString('en-US', { maximumSignificantDigits: 15 });
}

/** Whether the figure has a target and does not meet it. */
export function isMissed({ value, most, least }) {
  if (most === undefined && least === undefined) return false;
  return value === undefined || (most === undefined ? value < least : value > most);
}

function verdict(figure) {
  if (figure.most === undefined && figure.least === undefined) return '';
  return isMissed(figure) ? 'missed' : 'ok';
}

function target({ most, least, unit = '' }) {
  if (most !== undefined) return `≤ ${formatNumber(most)}${unit}`;
  return least === undefined ? '' : `≥ ${formatNumber(least)}${unit}`;
}

function shown({ value, unit = '', instead }) {
  return value === undefined ? instead : formatNumber(value) + unit;
}

/**
 * @param sections `{ title, figures }`, each figure `{ name, value, unit, most | least }`, or
 * `instead` of a value that could not be had.
 */
export function renderTable(sections) {
  const head = ['', 'value', 'target', ''];
  const lines = sections.flatMap(({ title, figures }) => [
    [title],
    ...figures.map((each) => [`  ${each.name}`, shown(each), target(each), verdict(each)]),
  ]);
  const cells = [head, ...lines].filter((line) => line.length > 1);
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const row = ([name, ...rest]) =>
    [
      name.padEnd(widths[0]),
      ...rest.map((cell, index) =>
        index < 2 ? cell.padStart(widths[index + 1]) : cell.padEnd(widths[index + 1]),
      ),
    ]
      .join('   ')
      .trimEnd();
  return [head, ...lines]
    .map((line) => (line.length === 1 ? `\n${line[0]}` : row(line)))
    .join('\n');
}
