/** `gen changelog`: what the sources of every group have changed, and when. */
import { groupStories } from '../../diff/revisions.ts';
import type { Invocation } from '../arguments/invocation.ts';
import { commaList } from '../arguments/settings-reader.ts';
import { formatStories, storiesMarkdown } from '../printing/revisions-text.ts';
import { colorsFor, type Terminal, widthOf } from '../printing/terminal.ts';
import { specOf } from '../targets/one.ts';

/** @returns the exit code */
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
