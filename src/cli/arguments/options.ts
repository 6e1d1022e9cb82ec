/** The command line: yargs parses the words, `invocation.ts` checks their values. */
import yargs, { type Options } from 'yargs';
import { helpText } from '../printing/help.ts';
import { COMMANDS, type Command, DESCRIPTIONS, OPTIONS, POSITIONALS } from './flags.ts';
import { type Args, type Invocation, invocationOf } from './invocation.ts';

export type CommandLine = Invocation | { readonly kind: 'text'; readonly text: string };

/**
 * Flags to values.
 * @param argv without the program's name
 * @param versionOf what --version prints
 * @throws GenError (exit 2) with everything that is wrong with the command line
 */
export function parseCommandLine(argv: readonly string[], versionOf: () => string): CommandLine {
  let command: Command = 'generate';
  let complaint: string | undefined;
  const { words, unsafe } = withoutUnsafe(argv);
  const parser = yargs(words)
    .scriptName('gen')
    .parserConfiguration({
      'camel-case-expansion': false,
      'strip-aliased': true,
      'dot-notation': false,
      'boolean-negation': false,
      // An account id may begin with 0.
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .locale('en')
    // `--help` is made from the tables: yargs' shows types that say nothing, and no exit codes.
    .version(false)
    .help(false)
    .options({ help: { type: 'boolean', alias: 'h' }, version: { type: 'boolean' } })
    .exitProcess(false)
    .fail((message, error) => {
      complaint = message ?? error?.message;
    });
  for (const name of COMMANDS) {
    const positionals = Object.entries(POSITIONALS[name] ?? {});
    parser.command(
      [name === 'generate' ? '$0' : name, ...positionals.map(([each]) => `[${each}]`)].join(' '),
      DESCRIPTIONS[name],
      (builder) => {
        command = name;
        for (const [each, { describe }] of positionals) {
          builder.positional(each, { type: 'string', describe });
        }
        return builder.options(withoutHelp(OPTIONS[name]));
      },
      () => {},
    );
  }
  // The callback keeps yargs from printing.
  const parsed = parser.parse(words, {}, () => {}) as Args;
  const args: Args = { ...parsed, ...unsafe };
  const asked = helpFor(command, args);
  if (asked !== undefined) return { kind: 'text', text: helpText(asked) };
  if (args.version === true) return { kind: 'text', text: `${versionOf()}\n` };
  return invocationOf(command, args, complaint ?? flagWithoutValue(command, argv));
}

/** Hidden, because yargs lays out the help of each command that is run, whether or not it prints it. */
function withoutHelp(options: Readonly<Record<string, Options>>): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, { ...option, hidden: true }]),
  );
}

/** `gen check --help`, `gen check -h`, `gen check help`, `gen help check`, `gen help`. */
function helpFor(command: Command, args: Args): Command | undefined {
  if (args.help === true) return command;
  const words = args._.map(String);
  const [first] = Object.keys(POSITIONALS[command] ?? {}).map((name) => args[name]);
  if (command !== 'generate') return (first ?? words[1]) === 'help' ? command : undefined;
  if (words[0] !== 'help') return undefined;
  return words.length === 1 ? command : COMMANDS.find((each) => each === words[1]);
}

/**
 * Flags that break yargs apart from the other words: `--toString` and `--constructor`, which it looks
 * up in plain objects, that have those from their prototype; and `----`, which it takes for the list
 * of the words after `--`.
 */
function withoutUnsafe(argv: readonly string[]): {
  readonly words: string[];
  readonly unsafe: Readonly<Record<string, true>>;
} {
  const end = argv.indexOf('--');
  const isBeforeEnd = (at: number): boolean => end < 0 || at < end;
  // For yargs a name ends where a line does.
  const nameOf = (word: string): string => /^--?(?:no-)?((?:(?!=).)*)/.exec(word)?.[1] ?? '';
  const isUnsafe = (word: string, at: number): boolean =>
    isBeforeEnd(at) && (nameOf(word) in Object.prototype || nameOf(word) === '--');
  return {
    words: argv
      .map((word, at) => (isBeforeEnd(at) ? shortened(word) : word))
      .filter((word, at) => !isUnsafe(word, at)),
    unsafe: Object.fromEntries(argv.filter(isUnsafe).map((word) => [nameOf(word), true as const])),
  };
}

/**
 * yargs takes every letter after a single dash for a flag, and the time for that grows faster than
 * the word: 64,000 letters take minutes. All but `-h` are refused, however many there are.
 */
function shortened(word: string): string {
  return /^-[^-]/.test(word)
    ? [...word.slice(0, 2 * MOST_LETTERS)].slice(0, MOST_LETTERS).join('')
    : word;
}

const MOST_LETTERS = 64;

/** yargs takes the default for a list that is given without a value. */
function flagWithoutValue(command: Command, argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word, index) => {
    const option = word.startsWith('--') ? OPTIONS[command][word.slice(2)] : undefined;
    const next = argv[index + 1];
    return option?.requiresArg === true && (next === undefined || next.startsWith('--'));
  });
  return at < 0 ? undefined : `Not enough arguments following: ${argv[at]?.slice(2)}`;
}
