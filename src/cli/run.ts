import { GenError } from '../model/errors.ts';
import { shellWord } from '../text/shell.ts';
import type { Invocation } from './arguments/invocation.ts';
import { parseCommandLine } from './arguments/options.ts';
import { generateCommand } from './commands/generate.ts';
import { formatError, formatFault } from './printing/errors.ts';
import { colorsFor, type Terminal, widthOf } from './printing/terminal.ts';
import { type Targets, targetsOf } from './targets/targets.ts';
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
        return await (await import('./commands/features.ts')).featuresCommand(line, terminal);
      case 'groups':
        return await (await import('./commands/groups.ts')).groupsCommand(line, terminal);
      case 'generate':
        return await generateCommand(
          await announced(line, terminal),
          line,
          terminal,
          howtoFor(argv),
        );
      case 'check':
        return await (await import('./commands/check.ts')).checkCommand(
          await announced(line, terminal),
          line,
          terminal,
        );
      case 'init':
        return await (await import('./commands/init.ts')).initCommand(line, terminal);
      case 'diff':
        return await (await import('./commands/diff.ts')).diffCommand(line, terminal);
      case 'outdated':
        return await (await import('./commands/outdated.ts')).outdatedCommand(line, terminal);
      case 'changelog':
        return await (await import('./commands/changelog.ts')).changelogCommand(line, terminal);
      case 'howto':
        return await (await import('./commands/howto.ts')).howtoCommand(
          await announced(line, terminal),
          line,
          terminal,
        );
      case 'completion':
        return (await import('./commands/completion.ts')).completionCommand(line, terminal);
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

function report(error: unknown, { stderr, env }: Terminal): number {
  const style = {
    colors: colorsFor(stderr, env),
    ...(stderr.isTerminal ? { width: widthOf(stderr) } : {}),
  };
  stderr.write(error instanceof GenError ? formatError(error, style) : formatFault(error, style));
  if (env.DEBUG === 'gen' && error instanceof Error) stderr.write(`${error.stack}\n`);
  return error instanceof GenError ? error.exitCode : 2;
}
