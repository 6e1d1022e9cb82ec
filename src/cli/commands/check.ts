/** `gen check`: what is on disk against what would be written, for one target or many. */
import { isAbsolute } from 'node:path';
import type { Colors } from 'picocolors/types.js';
import { type CheckResult, checkFiles, patchOf } from '../../files/check.ts';
import { shownPath } from '../../files/shown-path.ts';
import { GenError, type Problem } from '../../model/errors.ts';
import { RunMemory } from '../../model/memo.ts';
import type { MergedFile } from '../../pack-values/files.ts';
import { terminalLine } from '../../text/terminal.ts';
import type { Invocation } from '../arguments/invocation.ts';
import { formatError } from '../printing/errors.ts';
import { colorsFor, json, type Terminal } from '../printing/terminal.ts';
import { forEachTarget } from '../targets/many.ts';
import { changedValues, generated } from '../targets/one.ts';
import type { PlacedTarget, Targets } from '../targets/targets.ts';

const KINDS = ['missing', 'stale', 'edited', 'obsolete'] as const;

/** @returns the exit code: 1 where something is not fresh */
export async function checkCommand(
  { all, ofFile }: Targets,
  line: Invocation,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr, env } = terminal;
  const found: ({ readonly folder: string } & Findings)[] = [];
  const conflicts: Problem[] = [];
  const lines: string[] = [];
  const memory = new RunMemory();
  let fresh = 0;
  const run = async (placed: PlacedTarget): Promise<void> => {
    const { generation, folder, previous, values } = await generated(placed, line, { memory });
    const place = terminalLine(shownPath(folder));
    const prefix = isAbsolute(place) ? generation.folder : place;
    const files = checkFiles(folder, generation.files, previous, `${prefix}/`);
    const isNew = previous === undefined && files.missing.length === generation.files.length;
    // The diff would be every line of every file.
    const result = withValues(isNew ? { ...files, diff: '' } : files, values);
    if (line.json) found.push({ folder: generation.folder, ...result });
    else if (!line.quiet) stdout.write(paintDiff(result.diff, colorsFor(stdout, env)));
    const findings = KINDS.filter((kind) => result[kind].length > 0);
    if (result.fresh) fresh++;
    // What fails a pipeline is said even to one that wants to hear errors only.
    if (isNew) {
      const count = `${files.missing.length} files missing`;
      lines.push(`${place}/ is not fresh: it was never generated (${count}). Run gen first.`);
    } else if (result.interrupted) {
      lines.push(
        `${place}/ is not fresh: an earlier run was interrupted. Run gen again to repair it.`,
      );
    } else if (findings.length > 0) {
      const counts = findings.map((kind) => `${result[kind].length} ${kind}`);
      lines.push(`${place}/ is not fresh: ${counts.join(', ')}`);
    } else if (all.length === 1 && !line.quiet && !result.conflicts?.length) {
      // Of many targets only those are named that want something.
      lines.push(`${place}/ is fresh`);
    }
    for (const path of result.unmerged ?? []) {
      lines.push(`${terminalLine(path)} lacks what gen would merge into it`);
    }
    conflicts.push(...(result.conflicts ?? []));
  };
  if (all.length === 1) {
    await run(all[0] as PlacedTarget);
    if (line.json) stdout.write(json(ofFile ? found : found[0]));
    if (lines.length > 0) stderr.write(`${lines.join('\n')}\n`);
    if (conflicts.length > 0) throw new GenError(1, conflicts);
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
  if (conflicts.length > 0) {
    stderr.write(formatError(new GenError(1, conflicts), { colors: colorsFor(stderr, env) }));
  }
  return outcome.exitCode !== 0 ? outcome.exitCode : fresh === all.length ? 0 : 1;
}

/** What checking found, in the target's folder and in values files. */
interface Findings extends CheckResult {
  /** Values files that merging would change, as typed. */
  readonly unmerged?: readonly string[];
  /** Other values in them, which merging would not write over. */
  readonly conflicts?: readonly Problem[];
}

function withValues(result: CheckResult, values: readonly MergedFile[]): Findings {
  if (values.length === 0) return result;
  const unmerged = changedValues(values);
  const conflicts = values.flatMap((file) => file.conflicts);
  const patches = unmerged.map(({ place, before, text }) =>
    patchOf(shownPath(place).replace(/^\//, ''), before, text),
  );
  return {
    ...result,
    fresh: result.fresh && unmerged.length + conflicts.length === 0,
    unmerged: unmerged.map(({ shownAs }) => shownAs),
    conflicts,
    diff: result.diff + patches.join(''),
  };
}

function paintDiff(diff: string, colors: Colors): string {
  return diff
    .split('\n')
    .map((line) => {
      // Tabs of a values file are harmless, and the diff stays one that can be applied.
      const text = line.split('\t').map(terminalLine).join('\t');
      if (/^(---|\+\+\+) /.test(text)) return colors.bold(text);
      if (text.startsWith('@@')) return colors.cyan(text);
      if (text.startsWith('+')) return colors.green(text);
      return text.startsWith('-') ? colors.red(text) : text;
    })
    .join('\n');
}
