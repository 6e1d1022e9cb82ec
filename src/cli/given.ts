/** The flags as given, and everything that is wrong with them, so that all is said at once. */
import { GenError, type Problem } from '../model/errors.ts';
import { nearest } from '../model/nearest.ts';
import { COMMANDS, type Command, OPTIONS, POSITIONALS } from './flags.ts';

export type Args = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/** What every check of a flag needs: its values, and where to say what is wrong with them. */
export class Given {
  protected readonly command: Command;
  protected readonly args: Args;
  readonly #problems: Problem[] = [];

  constructor(command: Command, args: Args, complaint: string | undefined) {
    this.command = command;
    this.args = args;
    this.#placeholders();
    this.#unknownArguments();
    if (complaint !== undefined) this.#parserComplaint(complaint);
    this.stopIfWrong();
  }

  /** `{{…}}` is how a spec writes a parameter; from the command line it would be taken for one. */
  #placeholders(): void {
    for (const [flag, value] of Object.entries(this.args)) {
      if (!(flag in OPTIONS[this.command])) continue;
      const held = [value]
        .flat()
        .find((each) => typeof each === 'string' && /\{\{|\}\}/.test(each));
      if (held === undefined) continue;
      this.wrong(
        'bad-value',
        `--${flag} ${quote(String(held))} holds {{ or }}.`,
        'Parameters stand in specs only: give the value itself.',
      );
    }
  }

  #unknownArguments(): void {
    const known = [...Object.keys(OPTIONS[this.command]), 'help', 'version'];
    const positionals = Object.keys(POSITIONALS[this.command] ?? {});
    for (const key of Object.keys(this.args)) {
      if (['_', '$0', ...positionals, ...known].includes(key)) continue;
      const dashes = key.length === 1 ? '-' : '--';
      const elsewhere = COMMANDS.find((command) => key in OPTIONS[command]);
      const where = this.command === 'generate' ? 'gen' : `gen ${this.command}`;
      this.wrong(
        'unknown-flag',
        elsewhere === undefined
          ? `There is no flag ${dashes}${key}.${didYouMean(key, known, '--')}`
          : `${where} does not take --${key}.`,
        `${where} --help lists the flags.`,
      );
    }
    const words = this.args._.map(String);
    for (const word of this.command === 'generate' ? words : words.slice(1)) {
      const commands = COMMANDS.filter((command) => command !== 'generate');
      this.wrong(
        'unexpected-argument',
        `${quote(word)} is not expected here.${didYouMean(word, commands, 'gen ')}`,
        `Commands: ${commands.join(', ')}. Lists take commas, no blanks: --features eks,cni-scoped`,
      );
    }
  }

  #parserComplaint(complaint: string): void {
    const flag = /^Not enough arguments following: (.+)$/.exec(complaint)?.[1];
    if (flag === undefined) this.wrong('bad-usage', complaint);
    else
      this.wrong(
        'missing-value',
        `--${flag} needs a value.`,
        `Write --${flag} VALUE, or --${flag}=VALUE when it begins with a dash.`,
      );
  }

  protected pairs(flag: string, shape: string): ReadonlyMap<string, string> {
    const pairs = new Map<string, string>();
    for (const text of this.many(flag)) {
      const at = text.indexOf('=');
      const key = text.slice(0, at);
      if (at < 1) {
        this.wrong(
          'bad-value',
          `--${flag} ${quote(text)} is not ${shape}.`,
          `Write --${flag} ${shape}.`,
        );
      } else if (pairs.has(key)) {
        this.wrong('bad-value', `--${flag} ${quote(key)} is given more than once.`, 'Keep one.');
      } else {
        pairs.set(key, text.slice(at + 1));
      }
    }
    return pairs;
  }

  protected wholeNumber(option: string, least: number): number | undefined {
    const text = this.one(option);
    if (text === undefined) return undefined;
    if (/^\d{1,4}$/.test(text) && Number(text) >= least) return Number(text);
    this.wrong(
      `bad-${option}`,
      `--${option} ${quote(text)} is not a whole number from ${least} up.`,
      `For example --${option} 2.`,
    );
    return least;
  }

  protected date(flag: string): string | undefined {
    const text = this.one(flag);
    if (text === undefined || isDate(text)) return text;
    this.wrong('bad-date', `--${flag} ${quote(text)} is not a date.`, 'Write YYYY-MM-DD.');
    return undefined;
  }

  protected one(flag: string): string | undefined {
    const value = this.args[flag];
    if (value === undefined || typeof value === 'string') return value;
    const problem = {
      code: 'repeated-flag',
      message: `--${flag} is given more than once.`,
      advice: 'Keep one.',
    };
    if (!this.#problems.some((each) => each.message === problem.message)) {
      this.#problems.push(problem);
    }
    return undefined;
  }

  protected many(flag: string): readonly string[] {
    const value = this.args[flag];
    return Array.isArray(value) ? value.map(String) : [];
  }

  protected yes(flag: string): boolean {
    return this.args[flag] === true;
  }

  protected wrong(code: string, message: string, advice?: string): void {
    this.#problems.push(advice === undefined ? { code, message } : { code, message, advice });
  }

  protected stopIfWrong(): void {
    if (this.#problems.length > 0) throw new GenError(2, this.#problems);
  }
}

export function commaList(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

export function isOneOf<const T extends string>(values: readonly T[], value: string): value is T {
  return (values as readonly string[]).includes(value);
}

/** Of `gen diff`: a target as of then. */
export function isDatedSide(side: string): boolean {
  return /^(documented|latest|\d{4}-\d{2}-\d{2})$/.test(side);
}

export function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text)
  );
}

export function quote(text: string): string {
  return JSON.stringify(text);
}

/** ` Did you mean X?` when something known is near enough, else nothing. */
export function didYouMean(typed: string, known: readonly string[], prefix = ''): string {
  const near =
    nearest(typed, known) ??
    (typed.length > 2 ? known.find((each) => each.startsWith(typed)) : undefined);
  return near === undefined ? '' : ` Did you mean ${prefix}${near}?`;
}
