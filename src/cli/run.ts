/** One invocation of `gen`, from arguments to exit code; prints only through `Terminal`. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import pico from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import { type CheckResult, checkFiles, patchOf } from '../check.ts';
import { targetFolder } from '../compose/compose.ts';
import { type Generation, generate } from '../generate.ts';
import { renderHowto } from '../howto.ts';
import { formerRun } from '../manifest.ts';
import { GenError, type Problem, usageError } from '../model/errors.ts';
import type { FormerRun } from '../model/former.ts';
import type { Spec } from '../model/requirement.ts';
import { type MergedFile, mergeValuesFiles, refuseConflicts } from '../pack-values/files.ts';
import { loadSpec } from '../spec/load.ts';
import { readFormerManifest, writeFiles } from '../write.ts';
import type { CommandLine } from './door.ts';
import { formatError, formatFault } from './errors.ts';
import { formatFeatures, formatGroups, listFeatures, listGroups } from './lists.ts';
import { parseCommandLine } from './options.ts';
import { findInstallation } from './root.ts';
import { formatSummary, WIDEST } from './summary.ts';

export interface Stream {
  write(text: string): void;
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** Characters per line, where known. */
  readonly columns?: number;
}

export interface Terminal {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** NO_COLOR and DEBUG are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Invocation = Extract<CommandLine, { kind: 'command' }>;

/** @returns the exit code: 0 done or fresh, 1 findings, 2 wrong usage or spec, 3 over quota */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const installation = findInstallation();
    const line = parseCommandLine(argv, installation.version);
    if (line.kind === 'text') {
      terminal.stdout.write(line.text);
      return 0;
    }
    const spec = loadSpec({ builtIn: installation.spec, overlays: line.specs });
    switch (line.command) {
      case 'features':
        return list(listFeatures(spec), formatFeatures, line, terminal);
      case 'groups':
        return list(listGroups(spec), formatGroups, line, terminal);
      case 'generate':
        return await generateCommand(spec, line, terminal);
      case 'check':
        return await checkCommand(spec, line, terminal);
      case 'howto':
        return await howtoCommand(spec, line, terminal);
    }
  } catch (error) {
    return report(error, terminal);
  }
}

function list<T>(
  items: readonly T[],
  format: (items: readonly T[], colors: Colors, width: number) => string,
  line: Invocation,
  { stdout, env }: Terminal,
): number {
  stdout.write(line.json ? json(items) : format(items, colorsFor(stdout, env), widthOf(stdout)));
  return 0;
}

async function generateCommand(spec: Spec, line: Invocation, terminal: Terminal): Promise<number> {
  const { generation, folder, former } = await generated(spec, line);
  const values = mergeValuesFiles(line.values, folder, generation.bundle, line);
  refuseConflicts(values);
  const replacements = changed(values).map(({ place, shownAs, text }) => ({
    place,
    shownAs,
    content: text,
  }));
  const result = line.stdout
    ? undefined
    : writeFiles(folder, generation.files, former, { force: line.force, replacements });
  if (line.stdout) terminal.stdout.write(values[0]?.text ?? onlyFile(generation, line.only));
  if (line.json) terminal.stdout.write(json(generation.manifest));
  if (!line.quiet) {
    terminal.stderr.write(
      formatSummary(generation, result, {
        colors: colorsFor(terminal.stderr, terminal.env),
        width: widthOf(terminal.stderr),
        folder: shown(folder),
        values,
      }),
    );
  }
  return 0;
}

/** Values files that merging changes. */
function changed(files: readonly MergedFile[]): readonly MergedFile[] {
  return files.filter(({ before, text }) => text !== before);
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
        `--stdout prints one file, and there are ${files.length}.`,
        `Name one with --only, or fewer formats with --format:\n${paths}`,
      )
    : usageError('unknown-file', `No file ${JSON.stringify(only)} is generated.`, paths);
}

async function checkCommand(spec: Spec, line: Invocation, terminal: Terminal): Promise<number> {
  const { generation, folder, former } = await generated(spec, line);
  const place = shown(folder);
  const prefix = isAbsolute(place) ? generation.folder : place;
  const values = mergeValuesFiles(line.values, folder, generation.bundle, line);
  const result = withValues(checkFiles(folder, generation.files, former, `${prefix}/`), values);
  if (line.json) {
    terminal.stdout.write(json({ folder: generation.folder, ...result }));
  } else if (!line.quiet) {
    terminal.stdout.write(paintDiff(result.diff, colorsFor(terminal.stdout, terminal.env)));
  }
  // What fails a pipeline is said even to one that wants to hear errors only.
  const findings = (['missing', 'stale', 'edited', 'obsolete'] as const)
    .filter((kind) => result[kind].length > 0)
    .map((kind) => `${result[kind].length} ${kind}`);
  if (findings.length > 0) {
    terminal.stderr.write(`${place}/ is not fresh: ${findings.join(', ')}\n`);
  } else if (!line.quiet) {
    terminal.stderr.write(`${place}/ is fresh\n`);
  }
  for (const path of result.unmerged ?? []) {
    terminal.stderr.write(`${path} lacks what gen would merge into it\n`);
  }
  refuseConflicts(values);
  return result.fresh ? 0 : 1;
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
  const unmerged = changed(values);
  const conflicts = values.flatMap((file) => file.conflicts);
  const patches = unmerged.map(({ place, before, text }) =>
    patchOf(shown(place).replace(/^\//, ''), before, text),
  );
  return {
    ...result,
    fresh: result.fresh && unmerged.length + conflicts.length === 0,
    unmerged: unmerged.map(({ shownAs }) => shownAs),
    conflicts,
    diff: result.diff + patches.join(''),
  };
}

async function howtoCommand(spec: Spec, line: Invocation, terminal: Terminal): Promise<number> {
  const { generation } = await generated(spec, line);
  terminal.stdout.write(renderHowto(generation.bundle, line.target.formats));
  return 0;
}

async function generated(spec: Spec, line: Invocation) {
  const name = targetFolder(spec, line.target);
  const folder = resolve(line.out, name);
  const former = readFormerManifest(folder);
  const before = former === undefined ? undefined : runBefore(former, name, line);
  return { generation: await generate(spec, line.target, before), folder, former };
}

/** The run that wrote the manifest; with --repack one that is no use is passed over. */
function runBefore(manifest: object, name: string, line: Invocation): FormerRun | undefined {
  try {
    const before = formerRun(manifest);
    if (before.target === name) return before;
    throw usageError(
      'foreign-manifest',
      `${name}/manifest.json is of the target "${before.target}".`,
      'Move it back to its folder, or ignore it with --repack.',
    );
  } catch (error) {
    if (line.target.repack) return undefined;
    throw error;
  }
}

function report(error: unknown, { stderr, env }: Terminal): number {
  const style = {
    colors: colorsFor(stderr, env),
    ...(stderr.isTerminal ? { width: widthOf(stderr) } : {}),
  };
  stderr.write(error instanceof GenError ? formatError(error, style) : formatFault(error, style));
  if (env.DEBUG === 'gen' && error instanceof Error) stderr.write(`${error.stack}\n`);
  return error instanceof GenError ? error.exitCode : 2;
}

function colorsFor(stream: Stream, env: Terminal['env']): Colors {
  // https://no-color.org: any value but the empty one.
  return pico.createColors(stream.isTerminal && !env.NO_COLOR);
}

function widthOf(stream: Stream): number {
  // Some pseudo-terminals report 0.
  return stream.isTerminal ? Math.min(stream.columns || WIDEST, WIDEST) : WIDEST;
}

/** Relative where it is below the working directory, else as it is. */
function shown(folder: string): string {
  const path = relative(process.cwd(), folder);
  const below = path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  return (below ? path : folder).split(sep).join('/');
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

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
