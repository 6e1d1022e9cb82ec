/** One invocation of `gen`, from arguments to exit code; prints only through `Terminal`. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import pico from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import { checkFiles } from '../check.ts';
import { targetFolder } from '../compose/compose.ts';
import { type Generation, generate } from '../generate.ts';
import { renderHowto } from '../howto.ts';
import { formerRun } from '../manifest.ts';
import { GenError, usageError } from '../model/errors.ts';
import type { FormerRun } from '../model/former.ts';
import type { Spec } from '../model/requirement.ts';
import { groupStories, outdatedGroups } from '../revisions.ts';
import { readFormerManifest, writeFiles } from '../write.ts';
import { differenceMarkdown } from './difference-markdown.ts';
import { formatDifference } from './difference-text.ts';
import type { CommandLine } from './door.ts';
import { formatError, formatFault } from './errors.ts';
import { formatFeatures, formatGroups, listFeatures, listGroups } from './lists.ts';
import { parseCommandLine } from './options.ts';
import { formatOutdated, formatStories, storiesMarkdown } from './revisions-text.ts';
import { formatSummary, WIDEST } from './summary.ts';
import { hang } from './table.ts';
import { versionOf } from './version.ts';

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
    const line = parseCommandLine(argv, versionOf());
    if (line.kind === 'text') {
      terminal.stdout.write(line.text);
      return 0;
    }
    const spec = await specOf(line);
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
      case 'diff':
        return await diffCommand(spec, line, terminal);
      case 'outdated':
        return outdatedCommand(spec, line, terminal);
      case 'changelog':
        return changelogCommand(spec, line, terminal);
    }
  } catch (error) {
    return report(error, terminal);
  }
}

/** What reads and checks YAML is loaded only where there is some to read. */
async function specOf({ specs }: Invocation): Promise<Spec> {
  if (specs.length === 0) return (await import('../spec/built-in.ts')).builtInSpec();
  return (await import('../spec/load.ts')).loadSpec({ overlays: specs });
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
  const result = line.stdout
    ? undefined
    : writeFiles(folder, generation.files, former, { force: line.force });
  if (line.stdout) terminal.stdout.write(onlyFile(generation, line.only));
  if (line.json) terminal.stdout.write(json(generation.manifest));
  if (!line.quiet) {
    terminal.stderr.write(
      formatSummary(generation, result, {
        colors: colorsFor(terminal.stderr, terminal.env),
        width: widthOf(terminal.stderr),
        folder: shown(folder),
      }),
    );
  }
  return 0;
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
  const result = checkFiles(folder, generation.files, former, `${prefix}/`);
  if (line.json) {
    terminal.stdout.write(json({ folder: generation.folder, ...result }));
  } else if (!line.quiet) {
    terminal.stdout.write(paintDiff(result.diff, colorsFor(terminal.stdout, terminal.env)));
  }
  if (!result.fresh) {
    // What fails a pipeline is said even to one that wants to hear errors only.
    const findings = (['missing', 'stale', 'edited', 'obsolete'] as const)
      .filter((kind) => result[kind].length > 0)
      .map((kind) => `${result[kind].length} ${kind}`);
    terminal.stderr.write(`${place}/ is not fresh: ${findings.join(', ')}\n`);
  } else if (!line.quiet) {
    terminal.stderr.write(`${place}/ is fresh\n`);
  }
  return result.fresh ? 0 : 1;
}

async function howtoCommand(spec: Spec, line: Invocation, terminal: Terminal): Promise<number> {
  const { generation } = await generated(spec, line);
  terminal.stdout.write(renderHowto(generation.bundle, line.target.formats));
  return 0;
}

async function diffCommand(spec: Spec, line: Invocation, terminal: Terminal): Promise<number> {
  const { stdout, stderr, env } = terminal;
  const { readSides } = await import('../diff/read-side.ts');
  const { differenceOf } = await import('../diff/difference.ts');
  const [from, to] = await readSides(line.sides ?? ['', ''], { spec, target: line.target });
  const difference = differenceOf(from, to);
  if (line.json) stdout.write(json(difference));
  else if (line.markdown) stdout.write(differenceMarkdown(difference));
  else {
    stdout.write(formatDifference(difference, colorsFor(stdout, env), widthOf(stdout)));
    for (const note of difference.notes) stderr.write(`${hang('note: ', note, widthOf(stderr))}\n`);
  }
  if (!difference.widening || !line.failOnWidening) return 0;
  stderr.write(`${to.name} allows more than ${from.name}\n`);
  return 1;
}

function outdatedCommand(spec: Spec, line: Invocation, terminal: Terminal): number {
  const { stdout, stderr, env } = terminal;
  const { features, asOf } = line.target;
  const groups = outdatedGroups(spec, features, asOf);
  const have = asOf ?? 'the documented revision';
  if (line.json) stdout.write(json({ asOf: asOf ?? 'documented', groups }));
  else stdout.write(formatOutdated(groups, colorsFor(stdout, env), widthOf(stdout)));
  const count = groups.reduce((sum, { additions }) => sum + additions.length, 0);
  stderr.write(
    count === 0
      ? `nothing was added since ${have}\n`
      : `${count} ${count === 1 ? 'addition' : 'additions'} since ${have}; --as-of latest takes them in\n`,
  );
  return count === 0 ? 0 : 1;
}

function changelogCommand(spec: Spec, line: Invocation, { stdout, env }: Terminal): number {
  const { features } = line.target;
  const stories = groupStories(spec, features.length > 0 ? features : undefined, line.period ?? {});
  stdout.write(
    line.markdown
      ? storiesMarkdown(stories)
      : formatStories(stories, colorsFor(stdout, env), widthOf(stdout)),
  );
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
