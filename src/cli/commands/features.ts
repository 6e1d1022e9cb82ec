/** `gen features`: what there is to choose from. */
import type { Invocation } from '../arguments/invocation.ts';
import { formatFeatures, listFeatures } from '../printing/lists.ts';
import { colorsFor, json, type Terminal, widthOf } from '../printing/terminal.ts';
import { specOf } from '../targets/one.ts';

/** @returns the exit code */
export async function featuresCommand(
  line: Invocation,
  { stdout, env }: Terminal,
): Promise<number> {
  const all = listFeatures(await specOf(line.specs));
  stdout.write(
    line.json ? json(all) : formatFeatures(all, colorsFor(stdout, env), widthOf(stdout)),
  );
  return 0;
}
