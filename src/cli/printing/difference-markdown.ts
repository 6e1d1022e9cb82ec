/** `gen diff --markdown`: a comment on a pull request; what widens is open, the rest folded. */
import type { Difference } from '../../diff/difference.ts';
import { listed } from '../../diff/notes.ts';
import { MANIFEST } from '../../files/manifest.ts';
import { code, plain, table } from '../../text/markdown.ts';
import {
  type Alike,
  alikeOf,
  type Listed,
  namesOf,
  type Row,
  type Section,
  sectionsOf,
  verdict,
} from './difference-words.ts';

/** Text that ends with a newline. */
export function differenceMarkdown(difference: Difference): string {
  const { from, to, principals, notes } = difference;
  const parts = [
    `### Permissions: ${code(from.name)} → ${code(to.name)}`,
    headline(difference),
    ...alikeOf(principals).flatMap(partsOf),
    ...notes.map((note) => `> ${plain(note)}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

function headline({ principals, comparable, unread, byManifest }: Difference): string {
  const widened = principals.filter(({ widening }) => widening.length > 0);
  const names = alikeOf(widened).map((each) => namesOf(each, code));
  const source = byManifest.length === 0 ? '' : `, according to ${code(MANIFEST)}`;
  const more = `**More is allowed** to ${names.join(', ')}.`;
  if (comparable) {
    if (widened.length > 0) return more;
    return `${principals.length === 0 ? 'Both allow the same' : 'Nothing became allowed'}${source}.`;
  }
  const files = unread.length === 1 ? 'This file was' : 'These files were';
  const rest =
    principals.length === 0 ? 'no difference was found' : 'permissions were only removed';
  return [
    `**Not comparable.** ${files} not compared and may allow more: ${listed(unread.map(code))}.`,
    widened.length > 0 ? more : `In the rest, ${rest}.`,
  ].join('\n\n');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function partsOf(each: Alike): string[] {
  return [`#### ${namesOf(each, code)}: ${verdict(each)}`, ...sectionsOf(each).map(sectionText)];
}

function sectionText(section: Section): string {
  const title = capitalized(section.title);
  const body = table(
    [
      section.rows.some(({ where }) => where !== undefined) ? 'Actions' : 'Name',
      section.relation === 'by' ? 'Who' : 'Resources',
      'Condition',
      section.rest === 'before' ? 'Before only' : 'Still',
    ],
    section.rows.map(cells),
  );
  if (section.widens) return `**${title}**\n\n${body}`;
  const count = section.rows.reduce((sum, { what }) => sum + what.texts.length, 0);
  return `<details><summary>${title} (${count})</summary>\n\n${body}\n\n</details>`;
}

function cells({ what, where, condition, within }: Row): string[] {
  return [
    listText(what),
    where === undefined ? '' : listText(where),
    condition === '' ? '' : code(condition),
    within
      .map((each) => {
        const under = each.condition === '' ? '' : ` if ${code(each.condition)}`;
        return each.resources.map(code).join('<br>') + under;
      })
      .join('<br>'),
  ];
}

function listText({ but, texts }: Listed): string {
  return `${but ? 'all but<br>' : ''}${texts.map(code).join('<br>')}`;
}
