/** What an invocation asks for: every value of the command line, checked; all that is wrong at once. */
import { GenError } from '../../model/errors.ts';
import type { Target } from '../../model/target.ts';
import { isDate } from '../../model/target-rules.ts';
import { describeTarget } from './describe-target.ts';
import { COMMANDS, type Command, OPTIONS, POSITIONALS, SHELLS, type Shell } from './flags.ts';
import {
  commaList,
  didYouMean,
  isOneOf,
  quote,
  type Settings,
  SettingsReader,
  withFlag,
} from './settings-reader.ts';

/** What yargs makes of the words: values by flag, and `_`, the words without one. */
export type Args = Settings & { readonly _: readonly (string | number)[] };

export interface Invocation {
  readonly kind: 'command';
  readonly command: Command;
  /** What the flags describe; where they name no features, the file with targets goes before it. */
  readonly target: Target;
  /** Flags as typed, with their values. */
  readonly typed: Settings;
  /** The file with targets, where one is named. */
  readonly config?: string;
  /** Names of targets of that file; all where there are none. */
  readonly targets: readonly string[];
  /** The parent of the target's folder. */
  readonly out: string;
  readonly specs: readonly string[];
  /** Pack values files. */
  readonly values: readonly string[];
  readonly stdout: boolean;
  readonly only?: string;
  readonly force: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly json: boolean;
  /** Of `diff`. */
  readonly sides?: readonly [from: string, to: string];
  readonly failOnWidening?: boolean;
  /** Of `diff` and `changelog`. */
  readonly markdown?: boolean;
  /** Of `changelog`: `YYYY-MM-DD`, both included. */
  readonly period?: { readonly from?: string; readonly to?: string };
  /** Of `completion`, where it is named. */
  readonly shell?: Shell;
}

/**
 * @param complaint of the parser, where it had one
 * @throws GenError (exit 2) with everything that is wrong
 */
export function invocationOf(
  command: Command,
  args: Args,
  complaint: string | undefined,
): Invocation {
  const { _: words, $0: _name, ...typed } = args;
  const settings = new SettingsReader(args);
  reportUnknown(command, args, settings);
  if (complaint !== undefined) reportComplaint(complaint, settings);
  stopIfWrong(settings);

  const { target, out, specs, values } = describeTarget(settings);
  const config = settings.path('config');
  const only = settings.one('only');
  const shell = command === 'completion' ? shellOf(settings) : undefined;
  const line = {
    kind: 'command' as const,
    command,
    target,
    typed,
    targets: commaList(settings.many('target')),
    out,
    specs,
    values,
    stdout: settings.yes('stdout'),
    force: settings.yes('force'),
    quiet: settings.yes('quiet'),
    verbose: settings.yes('verbose'),
    json: settings.yes('json'),
    ...(config === undefined ? {} : { config }),
    ...(only === undefined ? {} : { only }),
    ...(shell === undefined ? {} : { shell }),
    ...comparison(command, args, settings),
  };
  for (const [isClash, message, advice] of clashes(line)) {
    if (isClash) settings.report({ code: 'clashing-flags', message, advice });
  }
  stopIfWrong(settings);
  return line;
}

function stopIfWrong({ problems }: SettingsReader): void {
  if (problems.length > 0) throw new GenError(2, problems.map(withFlag));
}

/** Flags that exclude each other, why, and what to do. */
function clashes(line: Invocation): readonly (readonly [boolean, string, string])[] {
  const { command, typed, config, targets, stdout, only, quiet, verbose, json, values } = line;
  const ofFile = config === undefined ? 'target' : 'config';
  return [
    [
      command !== 'init' && typed.features !== undefined && (config ?? targets[0]) !== undefined,
      `--features describes a target itself, and --${ofFile} takes it from a file.`,
      'Leave one of the two out.',
    ],
    [quiet && verbose, '--quiet and --verbose contradict each other.', 'Choose one.'],
    [stdout && json, '--stdout and --json both print on stdout.', 'Choose one of them.'],
    [
      only !== undefined && !stdout,
      '--only says which file --stdout prints, and --stdout is not given.',
      'Add --stdout, or choose formats with --format.',
    ],
    [
      values.length > 0 && stdout && only !== undefined,
      'With --values, --stdout prints the merged values; --only names another file.',
      'Leave --only or --values out.',
    ],
    [
      values.length > 1 && stdout,
      `--stdout prints one file, and --values names ${values.length}.`,
      'Give --values once.',
    ],
    [command === 'check' && stdout, 'gen check prints a diff, not a file.', 'Leave --stdout out.'],
    [line.markdown === true && json, '--json and --markdown are two ways to print.', 'Choose one.'],
  ];
}

function reportUnknown(command: Command, args: Args, settings: SettingsReader): void {
  const known = [...Object.keys(OPTIONS[command]), 'help', 'version'];
  const positionals = Object.keys(POSITIONALS[command] ?? {});
  const where = command === 'generate' ? 'gen' : `gen ${command}`;
  for (const key of Object.keys(args)) {
    if (['_', '$0', ...positionals, ...known].includes(key)) continue;
    const dashes = key.length === 1 ? '-' : '--';
    const isElsewhere = COMMANDS.some((other) => Object.hasOwn(OPTIONS[other], key));
    settings.report({
      code: 'unknown-flag',
      message: isElsewhere
        ? `${where} does not take --${key}.`
        : `There is no flag ${dashes}${key}.${didYouMean(key, known, '--')}`,
      advice: `${where} --help lists the flags.`,
    });
  }
  const words = args._.map(String);
  const commands = COMMANDS.filter((each) => each !== 'generate');
  const unexpected = command === 'generate' ? words : words.slice(1);
  for (const [at, word] of unexpected.entries()) {
    const isLast = at === unexpected.length - 1;
    settings.report({
      code: 'unexpected-argument',
      message: `Unexpected argument ${quote(word)}.${didYouMean(word, commands, 'gen ')}`,
      ...(isLast ? { advice: argumentAdvice(unexpected[0] ?? '', commands) } : {}),
    });
  }
}

function argumentAdvice(first: string, commands: readonly string[]): string {
  if (first === 'generate') return 'gen generates without a command: gen --features eks';
  return `Commands: ${commands.join(', ')}. Features are given with a flag and commas: --features eks,cni-scoped`;
}

function reportComplaint(complaint: string, settings: SettingsReader): void {
  const flag = /^Not enough arguments following: (.+)$/.exec(complaint)?.[1];
  settings.report(
    flag === undefined
      ? { code: 'bad-usage', message: complaint }
      : {
          code: 'missing-value',
          message: `--${flag} needs a value.`,
          advice: `Write --${flag} VALUE, or --${flag}=VALUE when it begins with a dash.`,
        },
  );
}

/** What only `diff` and `changelog` take. */
function comparison(
  command: Command,
  args: Args,
  settings: SettingsReader,
): Partial<Pick<Invocation, 'sides' | 'markdown' | 'failOnWidening' | 'period'>> {
  const markdown = settings.yes('markdown');
  if (command === 'changelog') return { markdown, period: periodOf(settings) };
  if (command !== 'diff') return {};
  const failOn = settings.one('fail-on');
  if (failOn !== undefined && failOn !== 'widening') {
    settings.report({
      code: 'unknown-finding',
      setting: 'fail-on',
      message: `Unknown finding ${quote(failOn)}.${didYouMean(failOn, ['widening'])}`,
      advice: 'Write --fail-on widening.',
    });
  }
  return { sides: sidesOf(args, settings), markdown, failOnWidening: failOn === 'widening' };
}

function sidesOf(args: Args, settings: SettingsReader): readonly [string, string] {
  const [from = '', to = ''] = [args.A, args.B].map((each) =>
    settings.expanded(String(each ?? '')),
  );
  const sides = [from, to].filter((each) => each !== '');
  if (sides.length < 2) {
    settings.report({
      code: 'missing-argument',
      message: `gen diff compares two sides; ${sides.length === 0 ? 'none is' : 'one is'} given.`,
      advice: 'Write gen diff A B, for example gen diff HEAD~1:out/core out/core.',
    });
  }
  for (const each of sides) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(each) || isDate(each)) continue;
    const message = `There is no day ${quote(each)}.`;
    settings.report({ code: 'bad-date', message, advice: 'Write YYYY-MM-DD.' });
  }
  if (sides.length === 2 && !sides.some(isDatedSide)) reportUnused(settings);
  return [from, to];
}

/** Flags that say what a date stands for, and there is none. */
function reportUnused(settings: SettingsReader): void {
  const own = ['spec', 'config', 'fail-on', 'json', 'markdown'];
  for (const flag of Object.keys(OPTIONS.diff)) {
    if (own.includes(flag) || !settings.has(flag)) continue;
    settings.report({
      code: 'unused-flag',
      message: `--${flag} is for sides that are dates, and neither is.`,
      advice: 'Leave it out, or compare with documented, latest or YYYY-MM-DD.',
    });
  }
}

/** Of `gen diff`: a target as of then. */
export function isDatedSide(side: string): boolean {
  return /^(documented|latest|\d{4}-\d{2}-\d{2})$/.test(side);
}

function periodOf(settings: SettingsReader): NonNullable<Invocation['period']> {
  const [from, to] = [settings.date('from'), settings.date('to')];
  if (from !== undefined && to !== undefined && from > to) {
    settings.report({
      code: 'bad-period',
      message: `--from ${from} is later than --to ${to}.`,
      advice: 'Exchange the two.',
    });
  }
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function shellOf(settings: SettingsReader): Shell | undefined {
  const shell = settings.one('shell');
  if (shell === undefined || isOneOf(SHELLS, shell)) return shell;
  settings.report({
    code: 'unknown-shell',
    message: `Unknown shell ${quote(shell)}.${didYouMean(shell, SHELLS)}`,
    advice: `Known shells: ${SHELLS.join(', ')}.`,
  });
  return undefined;
}
