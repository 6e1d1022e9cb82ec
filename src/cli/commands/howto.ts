/** `gen howto`: what is left to do by hand. */
import { shownPath } from '../../files/shown-path.ts';
import { renderHowto } from '../../howto/howto.ts';
import type { Invocation } from '../arguments/invocation.ts';
import type { Terminal } from '../printing/terminal.ts';
import { generated } from '../targets/one.ts';
import { onlyTarget, type Targets } from '../targets/targets.ts';

/** @returns the exit code */
export async function howtoCommand(
  targets: Targets,
  line: Invocation,
  terminal: Terminal,
): Promise<number> {
  const placed = onlyTarget(targets, 'gen howto is about one target');
  const { generation, folder } = await generated(placed, line);
  const { bundle } = generation;
  terminal.stdout.write(renderHowto(bundle, placed.target.formats, shownPath(folder)));
  return 0;
}
