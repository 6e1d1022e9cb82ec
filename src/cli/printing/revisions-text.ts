/** `gen outdated` and `gen changelog`, for a terminal and in Markdown. */
import type { Colors } from 'picocolors/types.js';
import type { Addition, GroupStory, OutdatedGroup } from '../../diff/revisions.ts';
import type { Statement } from '../../model/policy.ts';
import { byDate } from '../../spec/amend.ts';
import { code, plain } from '../../text/markdown.ts';
import { terminalLine, terminalSentence } from '../../text/terminal.ts';
import { conditionText } from './difference-words.ts';
import { hang } from './table.ts';

/** Text that ends with a newline, or nothing. */
export function formatOutdated(
  groups: readonly OutdatedGroup[],
  colors: Colors,
  width: number,
): string {
  return groups
    .map((group) => {
      const documented = group.documented === undefined ? '' : `, documented ${group.documented}`;
      return [
        `${colors.cyan(group.id)} (${terminalLine(group.policyName)}${documented})`,
        ...group.additions.flatMap((each) => additionLines(each, width)),
      ];
    })
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** Text that ends with a newline. */
export function formatStories(
  stories: readonly GroupStory[],
  colors: Colors,
  width: number,
): string {
  return storyLines(stories, (story) => [
    `${colors.cyan(story.id)} (${terminalLine(story.policyName)})`,
    ...inOrder(
      story,
      (date, revision) => hang(`  ${date}  `, terminalSentence(revision), width),
      (addition) => additionLines(addition, width).join('\n'),
    ),
  ]);
}

/** Text that ends with a newline. */
export function storiesMarkdown(stories: readonly GroupStory[]): string {
  return storyLines(stories, (story) => [
    `### ${code(story.id)} (${code(story.policyName)})\n`,
    ...inOrder(
      story,
      (date, revision) => `- ${date}: ${plain(revision)}`,
      (addition) =>
        `- ${addition.date}: ${additionText(addition, code)} (${plain(addition.source)})`,
    ),
  ]);
}

function storyLines(
  stories: readonly GroupStory[],
  linesOf: (story: GroupStory) => readonly string[],
): string {
  if (stories.length === 0) return 'No changes in this period.\n';
  return stories.map((story) => `${linesOf(story).join('\n')}\n`).join('\n');
}

/** The documented revision and the additions by date; on the same date the revision first. */
function inOrder(
  { revision, additions }: GroupStory,
  onRevision: (date: string, text: string) => string,
  onAddition: (addition: Addition) => string,
): string[] {
  const events = additions.map((each) => ({ date: each.date, text: onAddition(each) }));
  if (revision !== undefined) {
    const { lastUpdate: date, document, section } = revision;
    events.unshift({
      date,
      text: onRevision(date, `the documented revision: ${document}, ${section}`),
    });
  }
  return byDate(events).map(({ text }) => text);
}

function additionLines(addition: Addition, width: number): string[] {
  return [
    hang(`  ${addition.date}  `, additionText(addition, terminalLine), width),
    hang('              ', `[${terminalSentence(addition.source)}]`, width),
  ];
}

/** `iam:ListRoles on *`, with what a new statement denies or excepts. */
function additionText({ adds, addTo }: Addition, show: (text: string) => string): string {
  const list = (texts: readonly string[]): string => texts.map(show).join(', ');
  const { Effect, Action, NotAction, Resource, NotResource }: Statement = adds;
  const what = Action === undefined ? `every action but ${list(NotAction ?? [])}` : list(Action);
  const where =
    Resource === undefined ? `everything but ${list(NotResource ?? [])}` : list(Resource);
  const condition = conditionText(adds.Condition);
  const under = condition === '' ? '' : ` if ${show(condition)}`;
  const deny = Effect === 'Deny' ? 'denies ' : '';
  const place = addTo === undefined ? '' : ` (statement ${addTo})`;
  return `${deny}${what} on ${where}${under}${place}`;
}
