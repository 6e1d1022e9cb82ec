/** `gen diff`: what one side allows and the other does not. */
import { terminalLine, terminalSentence } from '../../text/terminal.ts';
import { type Invocation, isDatedSide } from '../arguments/invocation.ts';
import { differenceMarkdown } from '../printing/difference-markdown.ts';
import { formatDifference } from '../printing/difference-text.ts';
import { notCompared } from '../printing/difference-words.ts';
import { hang } from '../printing/table.ts';
import { colorsFor, json, type Terminal, widthOf } from '../printing/terminal.ts';
import { specOf } from '../targets/one.ts';
import { fileTargets, onlyTarget, type PlacedTarget, targetsOf } from '../targets/targets.ts';

/** @returns the exit code: 1 with --fail-on widening where anything became allowed, or may have */
export async function diffCommand(line: Invocation, terminal: Terminal): Promise<number> {
  const { stdout, stderr, env } = terminal;
  const { readSides } = await import('../../diff/read-side.ts');
  const { differenceOf } = await import('../../diff/difference.ts');
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
  // What cannot be compared counts as widened.
  if (!difference.comparable) {
    stderr.write(`${notCompared(difference.unread, terminalLine)} and may allow more\n`);
  }
  return difference.widening || !difference.comparable ? 1 : 0;
}

/**
 * What a date stands for: the target of the flags, that of the file, or the one that is the other
 * side; dates change nothing else.
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
