/** The flags as given, and everything that is wrong with them, so that all is said at once. */
import { GenError, type Problem } from '../model/errors.ts';
import { meant } from '../model/nearest.ts';
import { isDate } from '../model/target-rules.ts';
import { COMMANDS, type Command, OPTIONS, POSITIONALS } from './flags.ts';
import { homeExpanded } from './home.ts';

/** Values by flag: texts as they were typed, or what a file says: numbers, and Maps for pairs. */
export type Args = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/** Says which flag a problem is about, or where the value is that it is about. */
export type Refer = (problem: Problem, flag: string | undefined) => Problem;

/** `--merge: unknown merge mode "al".` */
export const referToFlag: Refer = (problem, flag) =>
  flag === undefined
    ? problem
    : { ...problem, message: `--${flag}: ${lowerFirst(problem.message)}` };

/** Abbreviations keep their capitals. */
function lowerFirst(text: string): string {
  return /^[A-Z](?=[a-z ])/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** What every check of a flag needs: its values, and where to say what is wrong with them. */
export class Given {
  protected readonly command: Command;
  protected readonly args: Args;
  readonly #problems: Problem[] = [];
  readonly #refer: Refer;

  constructor(
    command: Command,
    args: Args,
    complaint: string | undefined,
    refer: Refer = referToFlag,
  ) {
    this.command = command;
    this.args = args;
    this.#refer = refer;
    this.#unknownArguments();
    if (complaint !== undefined) this.#parserComplaint(complaint);
    this.stopIfWrong();
  }

  #unknownArguments(): void {
    const known = [...Object.keys(OPTIONS[this.command]), 'help', 'version'];
    const positionals = Object.keys(POSITIONALS[this.command] ?? {});
    for (const key of Object.keys(this.args)) {
      if (['_', '$0', ...positionals, ...known].includes(key)) continue;
      const dashes = key.length === 1 ? '-' : '--';
      const elsewhere = COMMANDS.find((command) => Object.hasOwn(OPTIONS[command], key));
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
        `Unexpected argument ${quote(word)}.${didYouMean(word, commands, 'gen ')}`,
        `Commands: ${commands.join(', ')}. Lists are separated by commas without spaces: --features eks,cni-scoped`,
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

  /** Of `name=value`; a file has them as a Map. */
  protected pairs(flag: string, shape: string): ReadonlyMap<string, string> {
    const value = this.args[flag];
    if (value instanceof Map) return value;
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

  /** What is no number stays as it was typed, for the option's own rule to refuse. */
  protected number(flag: string): number | string | undefined {
    const value = this.args[flag];
    if (typeof value === 'number') return value;
    const text = this.one(flag);
    return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  }

  /** A file or folder, `~` expanded; as it was typed where that cannot be done. */
  protected path(flag: string): string | undefined {
    const typed = this.one(flag);
    return typed === undefined ? undefined : this.expanded(typed, flag);
  }

  protected paths(flag: string): readonly string[] {
    return this.many(flag).map((typed) => this.expanded(typed, flag));
  }

  protected expanded(typed: string, flag: string | undefined): string {
    const path = homeExpanded(typed);
    if (path !== undefined) return path;
    this.wrong(
      'unknown-home',
      `${quote(typed)} is in the home folder of another user, which gen does not look up.`,
      `Write the path out; for a folder of that name here, write ${quote(`./${typed}`)}.`,
      flag,
    );
    return typed;
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

  /** @param flag where the message does not name it itself */
  protected wrong(code: string, message: string, advice?: string, flag?: string): void {
    const problem = advice === undefined ? { code, message } : { code, message, advice };
    this.#problems.push(this.#refer(problem, flag));
  }

  protected get isSound(): boolean {
    return this.#problems.length === 0;
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

export function quote(text: string): string {
  return JSON.stringify(text);
}

/** ` Did you mean X?` when something known is near enough, else nothing. */
export function didYouMean(typed: string, known: readonly string[], prefix = ''): string {
  const near = meant(typed, known);
  return near === undefined ? '' : ` Did you mean ${prefix}${near}?`;
}
