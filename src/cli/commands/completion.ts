/**
 * `gen completion`: a script for bash or zsh with every command, flag and value in it, so that no
 * process is started at TAB. Made from the tables; a new flag is in it by itself.
 */
import { templates } from '../../generated/templates.js';
import { usageError } from '../../model/errors.ts';
import { builtInSpec } from '../../spec/built-in.ts';
import {
  COMMANDS,
  type Command,
  DESCRIPTIONS,
  type Flag,
  OPTIONS,
  POSITIONALS,
  SHELLS,
  type Shell,
  type Values,
} from '../arguments/flags.ts';
import type { Invocation } from '../arguments/invocation.ts';
import type { Terminal } from '../printing/terminal.ts';

const HELP: Readonly<Record<string, Flag>> = {
  help: { type: 'boolean', describe: 'Print what the command does and its flags' },
  version: { type: 'boolean', describe: 'Print the version' },
};

/** @returns the exit code */
export function completionCommand(line: Invocation, { stdout, env }: Terminal): number {
  stdout.write(completionScript(shellOf(line.shell, env.SHELL)));
  return 0;
}

/** The shell that is named, else the one that the user has. */
function shellOf(named: string | undefined, login: string | undefined): Shell {
  const name = named ?? login?.split('/').at(-1);
  const shell = SHELLS.find((each) => each === name);
  if (shell !== undefined) return shell;
  throw usageError(
    'unknown-shell',
    login === undefined || login === ''
      ? 'SHELL does not say which shell to complete for.'
      : `There is no completion for ${JSON.stringify(login)}, which SHELL names.`,
    `Say which: ${SHELLS.map((each) => `gen completion ${each}`).join(', or ')}.`,
  );
}

/** The script, to be sourced. */
export function completionScript(shell: Shell): string {
  const commands = COMMANDS.map(viewOf);
  const flags = commands.flatMap((command) => command.flags).filter((flag) => !flag.isBoolean);
  const byName = [...new Map(flags.map((flag) => [flag.name, flag])).values()];
  const view = {
    main: commands.find(({ isMain }) => isMain),
    commands: commands.filter(({ isMain }) => !isMain),
    // A flag takes the same in every command that has it.
    valued: byName.filter(({ value }) => value.completer !== 'nothing'),
    others: byName
      .filter(({ value }) => value.completer === 'nothing')
      .map(({ name }) => `--${name}`)
      .join('|'),
  };
  return templates[`completion-${shell}`](view);
}

function viewOf(command: Command) {
  const flags = Object.entries({ ...OPTIONS[command], ...HELP }).map(([name, flag]) => ({
    name,
    description: zshText(flag.describe ?? ''),
    label: name.replaceAll('-', ' '),
    isBoolean: flag.type === 'boolean',
    isRepeatable: flag.array === true,
    value: valueView(flag.takes, flag.array === true),
  }));
  const words = Object.entries(POSITIONALS[command] ?? {}).map(([name, { takes }], index) => ({
    name,
    number: index + 1,
    value: valueView(takes),
  }));
  return {
    name: command,
    isMain: command === 'generate',
    description: zshText(DESCRIPTIONS[command]),
    flags,
    flagNames: flags.map(({ name }) => `--${name}`).join(' '),
    words,
    // bash does not say which of them a word is; where there are several they take the same.
    firstWord: words.slice(0, 1),
  };
}

type Completer = 'one' | 'list' | 'files' | 'folders' | 'nothing';

/** How a value is completed: by a function of the bash template, by an action of zsh's _arguments. */
function valueView(takes: Values | undefined, array = false) {
  const words = (wordsOf(takes) ?? []).map((word) => ` ${word}`).join('');
  const completer = completerOf(takes, array);
  // https://zsh.sourceforge.io/Doc/Release/Completion-System.html#Completion-Functions
  const actions: Readonly<Record<Completer, string>> = {
    one: `(${words.trim()})`,
    list: ` _values -s , value${words}`,
    files: '_files',
    folders: '_files -/',
    nothing: ' ',
  };
  return { completer, words, action: actions[completer] };
}

function completerOf(takes: Values | undefined, array: boolean): Completer {
  if (wordsOf(takes) !== undefined) return array ? 'list' : 'one';
  if (takes === 'file') return 'files';
  return takes === 'folder' ? 'folders' : 'nothing';
}

/** Words of ours are letters, digits and hyphens: nothing that a shell would take for its own. */
function wordsOf(takes: Values | undefined): readonly string[] | undefined {
  if (takes === 'feature') return [...builtInSpec().features.keys()];
  return Array.isArray(takes) ? takes : undefined;
}

/** Text inside '…[…]' or '…:…' of zsh, where brackets, : and ' end something. */
function zshText(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, '\\$&').replaceAll("'", "'\\''");
}
