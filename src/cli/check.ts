/** `gen check`: what is on disk against what would be written, for one target or many. */
import { isAbsolute } from 'node:path';
import type { Colors } from 'picocolors/types.js';
import { type CheckResult, checkFiles } from '../check.ts';
import type { Invocation } from './door.ts';
import { forEachTarget } from './many.ts';
import { generated, shownFolder } from './one.ts';
import type { PlacedTarget, Targets } from './targets.ts';
import { colorsFor, json, type Terminal } from './terminal.ts';

const KINDS = ['missing', 'stale', 'edited', 'obsolete'] as const;

/** @returns the exit code: 1 where something is not fresh */
export async function checkCommand(
  { all, ofFile }: Targets,
  line: Invocation,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr, env } = terminal;
  const found: ({ readonly folder: string } & CheckResult)[] = [];
  const lines: string[] = [];
  let fresh = 0;
  const run = async (placed: PlacedTarget): Promise<void> => {
    const { generation, folder, former } = await generated(placed);
    const place = shownFolder(folder);
    const prefix = isAbsolute(place) ? generation.folder : place;
    const result = checkFiles(folder, generation.files, former, `${prefix}/`);
    if (line.json) found.push({ folder: generation.folder, ...result });
    else if (!line.quiet) stdout.write(paintDiff(result.diff, colorsFor(stdout, env)));
    const findings = KINDS.filter((kind) => result[kind].length > 0);
    if (result.fresh) {
      fresh++;
      // Of many targets only those are named that want something.
      if (all.length === 1 && !line.quiet) lines.push(`${place}/ is fresh`);
    } else {
      // What fails a pipeline is said even to one that wants to hear errors only.
      const counts = findings.map((kind) => `${result[kind].length} ${kind}`);
      lines.push(`${place}/ is not fresh: ${counts.join(', ')}`);
    }
  };
  if (all.length === 1) {
    await run(all[0] as PlacedTarget);
    if (line.json) stdout.write(json(ofFile ? found : found[0]));
    if (lines.length > 0) stderr.write(`${lines.join('\n')}\n`);
    return fresh === 1 ? 0 : 1;
  }
  const outcome = await forEachTarget(all, run, terminal, line.quiet);
  if (line.json) stdout.write(json(found));
  if (!line.quiet) {
    const others = outcome.done - fresh;
    lines.push(
      `${outcome.done} of ${all.length} targets checked: ${fresh} fresh, ${others} not fresh${outcome.failed === 0 ? '' : `, ${outcome.failed} failed`}.`,
    );
  }
  if (lines.length > 0) stderr.write(`${lines.join('\n')}\n`);
  return outcome.exitCode !== 0 ? outcome.exitCode : fresh === all.length ? 0 : 1;
}

function paintDiff(diff: string, colors: Colors): string {
  return diff
    .split('\n')
    .map((text) => {
      if (/^(---|\+\+\+) /.test(text)) return colors.bold(text);
      if (text.startsWith('@@')) return colors.cyan(text);
      if (text.startsWith('+')) return colors.green(text);
      return text.startsWith('-') ? colors.red(text) : text;
    })
    .join('\n');
}
