/** One invocation of `gen`, from arguments to exit code; prints only through `Terminal`. */
import type { Colors } from 'picocolors/types.js';
import { GenError } from '../model/errors.ts';
import { shownPath } from '../shown-path.ts';
import { shellWord } from '../text/shell.ts';
import { formatError, formatFault } from './errors.ts';
import { generateCommand } from './generate.ts';
import type { Invocation } from './invocation.ts';
import { generated, specOf } from './one.ts';
import { parseCommandLine } from './options.ts';
import { onlyTarget, type Targets, targetsOf } from './targets.ts';
import { colorsFor, json, type Terminal, widthOf } from './terminal.ts';
import { versionOf } from './version.ts';

/** @returns the exit code: 0 done or fresh, 1 findings, 2 wrong usage or spec, 3 over quota */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const line = parseCommandLine(argv, versionOf);
    if (line.kind === 'text') {
      terminal.stdout.write(line.text);
      return 0;
    }
    switch (line.command) {
      case 'features':
      case 'groups':
        return await listCommand(line, terminal);
      case 'generate':
        return await generateCommand(
          await announced(line, terminal),
          line,
          terminal,
          howtoFor(argv),
        );
      case 'check':
        return await (await import('./check.ts')).checkCommand(
          await announced(line, terminal),
          line,
          terminal,
        );
      case 'init':
        return await (await import('./init.ts')).initCommand(line, terminal);
      case 'diff':
        return await (await import('./compare.ts')).diffCommand(line, terminal);
      case 'outdated':
        return await (await import('./compare.ts')).outdatedCommand(line, terminal);
      case 'changelog':
        return await (await import('./compare.ts')).changelogCommand(line, terminal);
      case 'howto':
        return await howtoCommand(line, terminal);
      case 'completion':
        return (await import('./completion.ts')).completionCommand(line, terminal);
    }
  } catch (error) {
    return report(error, terminal);
  }
}

/** Options of generating that gen howto has no use for. */
const GENERATING_ONLY = new Set(['--quiet', '--verbose', '--json', '--force', '--repack']);

/** The command that says what is left to do after a run with these arguments. */
function howtoFor(argv: readonly string[]): string {
  const words = argv.filter((word) => !GENERATING_ONLY.has(word));
  return ['gen howto', ...words.map(shellWord)].join(' ');
}

/** The targets; what was assumed is said. */
async function announced(line: Invocation, { stderr }: Terminal): Promise<Targets> {
  const targets = await targetsOf(line);
  if (targets.assumed !== undefined && !line.quiet) stderr.write(`${targets.assumed}\n`);
  return targets;
}

async function listCommand(line: Invocation, { stdout, env }: Terminal): Promise<number> {
  const lists = await import('./lists.ts');
  const spec = await specOf(line.specs);
  const print = <T>(
    items: readonly T[],
    format: (items: readonly T[], colors: Colors, width: number) => string,
  ): void =>
    stdout.write(line.json ? json(items) : format(items, colorsFor(stdout, env), widthOf(stdout)));
  if (line.command === 'features') print(lists.listFeatures(spec), lists.formatFeatures);
  else print(lists.listGroups(spec), lists.formatGroups);
  return 0;
}

async function howtoCommand(line: Invocation, terminal: Terminal): Promise<number> {
  const placed = onlyTarget(await announced(line, terminal), 'gen howto is about one target');
  const { renderHowto } = await import('../howto.ts');
  const { generation, folder } = await generated(placed, line);
  const { bundle } = generation;
  terminal.stdout.write(renderHowto(bundle, placed.target.formats, shownPath(folder)));
  return 0;
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
