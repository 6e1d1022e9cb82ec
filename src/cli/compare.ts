/** `gen diff`, `gen outdated`, `gen changelog`: what differs, and what the sources have added. */
import { groupStories, outdatedGroups } from '../revisions.ts';
import { terminalLine, terminalSentence } from '../text/terminal.ts';
import { differenceMarkdown } from './difference-markdown.ts';
import { formatDifference } from './difference-text.ts';
import { notCompared } from './difference-words.ts';
import { type Invocation, isDatedSide } from './invocation.ts';
import { specOf } from './one.ts';
import { formatOutdated, formatStories, storiesMarkdown } from './revisions-text.ts';
import { commaList } from './settings-reader.ts';
import { hang } from './table.ts';
import { fileTargets, onlyTarget, type PlacedTarget, targetsOf } from './targets.ts';
import { colorsFor, json, type Terminal, widthOf } from './terminal.ts';

/** @returns the exit code: 1 with --fail-on widening where anything became allowed, or may have */
export async function diffCommand(line: Invocation, terminal: Terminal): Promise<number> {
  const { stdout, stderr, env } = terminal;
  const { readSides } = await import('../diff/read-side.ts');
  const { differenceOf } = await import('../diff/difference.ts');
  const named = await fileTargets(line);
  const sides = line.sides ?? ['', ''];
  const dated = await datedTarget(line, sides);
  const [from, to] = await readSides(sides, {
    spec: await specOf(dated.specs),
    target: dated.target,
    targetNamed: async (name) => {
      const placed = named.find(({ target }) => target.name === name);
      return placed && { spec: await specOf(placed.specs), target: placed.target };
    },
  });
  const difference = differenceOf(from, to);
  if (line.json) stdout.write(json(difference));
  else if (line.markdown) stdout.write(differenceMarkdown(difference));
  else {
    stdout.write(formatDifference(difference, colorsFor(stdout, env), widthOf(stdout)));
    for (const note of difference.notes)
      stderr.write(`${hang('note: ', terminalSentence(note), widthOf(stderr))}\n`);
  }
  if (!line.failOnWidening) return 0;
  if (difference.widening)
    stderr.write(`${terminalLine(`${to.name} allows more than ${from.name}`)}\n`);
  // When unsure it is a widening.
  if (!difference.comparable) {
    stderr.write(`${notCompared(difference.unread, terminalLine)} and may allow more\n`);
  }
  return difference.widening || !difference.comparable ? 1 : 0;
}

/**
 * What a date stands for: the target of the flags, that of the file, or the one that is the other
 * side; nothing else is told apart by dates.
 * @throws GenError (exit 2) where the file has several, and none is named
 */
async function datedTarget(
  line: Invocation,
  sides: readonly [string, string],
): Promise<Pick<PlacedTarget, 'target' | 'specs'>> {
  const dates = sides.filter(isDatedSide);
  if (dates.length === 0) return line;
  const { all } = await targetsOf(line);
  const other = all.find(({ target }) => sides.some((side) => side === target.name));
  if (other !== undefined && line.targets.length === 0) return other;
  return onlyTarget({ all, ofFile: true }, `${dates[0]} stands for one target as of then`);
}

/** @returns the exit code: 1 where something was added */
export async function outdatedCommand(line: Invocation, terminal: Terminal): Promise<number> {
  const { all, ofFile } = await targetsOf(line);
  const found = [];
  for (const placed of all) found.push(await outdatedTarget(placed, ofFile, line.json, terminal));
  if (line.json) terminal.stdout.write(json(ofFile ? found : found[0]));
  return found.every(({ groups }) => groups.length === 0) ? 0 : 1;
}

async function outdatedTarget(
  { target, specs }: PlacedTarget,
  isNamed: boolean,
  asJson: boolean,
  { stdout, stderr, env }: Terminal,
) {
  const { name, features, asOf } = target;
  const groups = outdatedGroups(await specOf(specs), features, asOf);
  const label = isNamed ? `${terminalLine(name ?? '')}: ` : '';
  const have = asOf ?? 'the documented revision';
  const count = groups.reduce((sum, { additions }) => sum + additions.length, 0);
  if (!asJson && count > 0) {
    if (isNamed) stdout.write(`${colorsFor(stdout, env).bold(`${terminalLine(name ?? '')}:`)}\n`);
    stdout.write(formatOutdated(groups, colorsFor(stdout, env), widthOf(stdout)));
  }
  stderr.write(
    count === 0
      ? `${label}nothing was added since ${have}\n`
      : `${label}${count} ${count === 1 ? 'addition' : 'additions'} since ${have}; --as-of latest takes them in\n`,
  );
  const told = { asOf: asOf ?? 'documented', groups };
  return isNamed ? { target: name, ...told } : told;
}

export async function changelogCommand(line: Invocation, terminal: Terminal): Promise<number> {
  const { stdout, env } = terminal;
  const features = line.typed.features as readonly string[] | undefined;
  const stories = groupStories(
    await specOf(line.specs),
    features && commaList(features),
    line.period ?? {},
  );
  stdout.write(
    line.markdown
      ? storiesMarkdown(stories)
      : formatStories(stories, colorsFor(stdout, env), widthOf(stdout)),
  );
  return 0;
}
