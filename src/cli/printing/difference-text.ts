/** `gen diff` for a terminal. */
import type { Colors } from 'picocolors/types.js';
import type { Difference } from '../../diff/difference.ts';
import { terminalLine } from '../../text/terminal.ts';
import {
  alikeOf,
  incomparableText,
  type Listed,
  namesOf,
  type Row,
  type Section,
  sameText,
  sectionsOf,
  verdict,
} from './difference-words.ts';
import { hang, wrap } from './table.ts';

/** Text that ends with a newline; no line ends with a blank. */
export function formatDifference(difference: Difference, colors: Colors, width: number): string {
  const { from, to, principals, comparable } = difference;
  const asIs = (name: string): string => name;
  if (principals.length === 0) {
    const [text, paint] = [sameText(difference, terminalLine), comparable ? asIs : colors.red];
    return `${wrap(text, width).map(paint).join('\n')}\n`;
  }
  const head = [
    `${terminalLine(from.name)} → ${terminalLine(to.name)}`,
    ...(comparable
      ? []
      : wrap(`${incomparableText(difference, terminalLine)} In the rest:`, width).map(colors.red)),
  ];
  const parts = alikeOf(principals).map((each) =>
    [
      colors.bold(`${namesOf(each, terminalLine)}: ${verdict(each)}`),
      ...sectionsOf(each).flatMap((section) => sectionLines(section, colors, width)),
    ].join('\n'),
  );
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`;
}

function sectionLines(section: Section, colors: Colors, width: number): string[] {
  const paint = section.widens ? colors.red : colors.green;
  const mark = section.widens ? '+' : '-';
  return [
    paint(`  ${mark} ${section.title}`),
    ...section.rows.flatMap((row) => rowLines(row, section, width)),
  ];
}

function rowLines(row: Row, { relation, rest }: Section, width: number): string[] {
  const lines = [hang('    ', listText(row.what, 'every action but '), width)];
  if (row.where !== undefined) {
    const where = listText(row.where, 'everything but ');
    lines.push(hang('      ', `${relation} ${where}`, width, '        '));
  }
  if (row.condition !== '')
    lines.push(hang('      ', `if ${terminalLine(row.condition)}`, width, '        '));
  for (const { resources, condition } of row.within) {
    const under = condition === '' ? '' : ` if ${terminalLine(condition)}`;
    const scope = `${rest} ${relation} ${resources.map(terminalLine).join(', ')}${under}`;
    lines.push(hang('      ', scope, width, '        '));
  }
  return lines;
}

function listText({ but, texts }: Listed, except: string): string {
  return `${but ? except : ''}${texts.map(terminalLine).join(', ')}`;
}
