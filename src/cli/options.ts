/** The command line: yargs parses the flags, the door checks their values. */
import yargs from 'yargs';
import { type Args, type CommandLine, Door } from './door.ts';
import { COMMANDS, type Command, DESCRIPTIONS, EXAMPLES, OPTIONS, POSITIONALS } from './flags.ts';

const HELP_WIDTH = 100;

/**
 * Flags to values.
 * @param argv without the program's name
 * @param version printed by --version
 * @throws GenError (exit 2) with everything that is wrong with the command line
 */
export function parseCommandLine(argv: readonly string[], version: string): CommandLine {
  let command: Command = 'generate';
  let text = '';
  let complaint: string | undefined;
  const parser = yargs([...argv])
    .scriptName('gen')
    .usage(
      '$0 [command] [options]\n\nWrites IAM artefacts for Palette, CAPA and the VPC CNI. Offline; same input, same bytes.',
    )
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
    .wrap(HELP_WIDTH)
    .version(version)
    .help()
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
        if (name === 'generate') builder.epilog(EXAMPLES);
        for (const [each, describe] of positionals) {
          builder.positional(each, { type: 'string', describe });
        }
        return builder.options({ ...OPTIONS[name] });
      },
      () => {},
    );
  }
  const args = parser.parse([...argv], {}, (_error, _args, output) => {
    text = output;
  }) as Args;
  if (text !== '') return { kind: 'text', text: `${text.trimEnd()}\n` };
  return new Door(command, args, complaint ?? flagWithoutValue(command, argv)).open();
}

/** yargs takes the default for a list that is given without a value. */
function flagWithoutValue(command: Command, argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word, index) => {
    const option = word.startsWith('--') ? OPTIONS[command][word.slice(2)] : undefined;
    const next = argv[index + 1];
    return option?.requiresArg === true && (next === undefined || next.startsWith('--'));
  });
  return at < 0 ? undefined : `Not enough arguments following: ${argv[at]?.slice(2)}`;
}
