/** `gen`: generating a target's files, or those of many targets. */
import { dirname } from 'node:path';
import type { Step } from '../../compose/compose.ts';
import type { Replacement } from '../../files/commit.ts';
import { shownPath } from '../../files/shown-path.ts';
import { sweepStaging } from '../../files/staging.ts';
import { type WriteResult, writeFiles } from '../../files/write.ts';
import type { Generation } from '../../generate.ts';
import { usageError } from '../../model/errors.ts';
import { RunMemory } from '../../model/memo.ts';
import type { MergedFile } from '../../pack-values/files.ts';
import { terminalLine, terminalSentence } from '../../text/terminal.ts';
import type { Invocation } from '../arguments/invocation.ts';
import { countsOf, formatSummary, isUnchanged } from '../printing/summary.ts';
import { colorsFor, json, passingLine, type Terminal, widthOf } from '../printing/terminal.ts';
import { forEachTarget, shareWarnings } from '../targets/many.ts';
import { changedValues, type Generated, generated, refuseConflicts } from '../targets/one.ts';
import { onlyTarget, type PlacedTarget, type Targets } from '../targets/targets.ts';

/** More take longer than half a second, about. */
const MANY_GRANTS = 20_000;

/**
 * @param next the command that says what is left to do for one target
 * @returns the exit code
 */
export async function generateCommand(
  targets: Targets,
  line: Invocation,
  terminal: Terminal,
  next: string,
): Promise<number> {
  if (targets.all.length > 1 && !line.stdout) return await generateAll(targets, line, terminal);
  const placed = onlyTarget(targets, '--stdout prints the file of one target');
  const made = await generatedInView(placed, line, terminal);
  const { generation, folder, values } = made;
  refuseConflicts(values);
  const result = line.stdout ? undefined : written(made, line, terminal, new Set());
  if (line.stdout) terminal.stdout.write(values[0]?.text ?? onlyFile(generation, line.only));
  if (line.json) terminal.stdout.write(json(generation.manifest));
  if (!line.quiet) {
    terminal.stderr.write(
      formatSummary(generation, result, {
        colors: colorsFor(terminal.stderr, terminal.env),
        width: widthOf(terminal.stderr),
        folder: shownPath(folder),
        values,
        isVerbose: line.verbose,
        next,
      }),
    );
  }
  return 0;
}

/** At a terminal, what takes long says what it is doing. */
async function generatedInView(
  placed: PlacedTarget,
  line: Invocation,
  terminal: Terminal,
): Promise<Generated> {
  const progress = passingLine(terminal, line.quiet);
  try {
    const onStep = ({ name, grants }: Step): void => {
      if (grants <= MANY_GRANTS) return;
      const doing = name === 'packing' ? 'Packing' : 'Proving';
      // Not before it is needed: loading a locale takes ten milliseconds.
      progress.show(`${doing} ${grants.toLocaleString('en-US')} grants …`);
    };
    return await generated(placed, line, { onStep });
  } finally {
    progress.clear();
  }
}

/** A line for each target that changed, what they warn of once, the sum; all on stderr. */
async function generateAll(
  { all }: Targets,
  line: Invocation,
  terminal: Terminal,
): Promise<number> {
  const manifests: object[] = [];
  const changed: string[] = [];
  const swept = new Set<string>();
  const memory = new RunMemory();
  const warnings = shareWarnings(line.verbose);
  let unchanged = 0;
  const run = async (placed: PlacedTarget): Promise<void> => {
    const made = await generated(placed, line, { memory });
    const { generation, folder, values } = made;
    refuseConflicts(values);
    const replacements = replacementsOf(values);
    const result = written(made, line, terminal, swept);
    if (line.json) manifests.push(generation.manifest);
    warnings.add(generation);
    const merged = replacements
      .map(({ shownAs }) => `, merged into ${terminalLine(shownAs)}`)
      .join('');
    if (isUnchanged(result) && replacements.length === 0) unchanged++;
    else {
      const notes = values.flatMap(({ shownAs, notes = [] }) =>
        notes.map((note) => `\n  note: ${terminalSentence(`${shownAs}: ${note}`)}`),
      );
      changed.push(
        `${terminalLine(shownPath(folder))}/  ${countsOf(result)}${merged}${notes.join('')}`,
      );
    }
  };
  const outcome = await forEachTarget(all, run, terminal, line.quiet);
  if (line.json) terminal.stdout.write(json(manifests));
  if (!line.quiet) {
    const { stderr, env } = terminal;
    const sum = `${outcome.done} of ${all.length} targets generated: ${changed.length} changed, ${unchanged} unchanged${outcome.failed === 0 ? '' : `, ${outcome.failed} failed`}.`;
    const sections = [
      changed.join('\n'),
      warnings.text(colorsFor(stderr, env), widthOf(stderr)),
      sum,
    ];
    stderr.write(`${sections.filter((each) => each !== '').join('\n\n')}\n`);
  }
  return outcome.exitCode;
}

/** @param swept folders that were cleaned of what killed runs left; to be filled */
function written(
  { generation, folder, previous, values }: Generated,
  { force, quiet }: Invocation,
  { stderr, uninterrupted }: Terminal,
  swept: Set<string>,
): WriteResult {
  for (const parent of [folder, ...values.map(({ place }) => place)].map((at) => dirname(at))) {
    if (!swept.has(parent)) sweepStaging(parent);
    swept.add(parent);
  }
  const result = writeFiles(folder, generation.files, previous, {
    force,
    replacements: replacementsOf(values),
    ...(uninterrupted === undefined ? {} : { uninterrupted }),
  });
  if (result.repaired && !quiet) {
    stderr.write(`note: ${shownPath(folder)}/ was half written by an interrupted run; repaired.\n`);
  }
  return result;
}

function replacementsOf(values: readonly MergedFile[]): readonly Replacement[] {
  return changedValues(values).map(({ place, shownAs, text }) => ({
    place,
    shownAs,
    content: text,
  }));
}

/** The one file there is to print, the manifest aside unless it is asked for. */
function onlyFile(generation: Generation, only: string | undefined): string {
  const files = generation.files.filter(
    (file) => only === file.path || (only === undefined && file.path !== 'manifest.json'),
  );
  const [file] = files;
  if (file !== undefined && files.length === 1) return file.content;
  const paths = generation.files.map((each) => each.path).join('\n');
  throw only === undefined
    ? usageError(
        'several-files',
        `--stdout prints one file, and there are ${generation.files.length}.`,
        `Name one with --only, or fewer formats with --format:\n${paths}`,
      )
    : usageError('unknown-file', `No file ${JSON.stringify(only)} is generated.`, paths);
}
