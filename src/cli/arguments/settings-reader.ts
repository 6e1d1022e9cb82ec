/**
 * Reads settings by their flags' names, whether typed on the command line or given in gen.yaml, and
 * collects what is wrong with them, so that all of it is said at once.
 *
 * A problem names its setting, and its message no entrance: the command line puts the flag before it,
 * gen.yaml the place in the file.
 */
import type { Problem } from '../../model/errors.ts';
import { meant } from '../../model/nearest.ts';
import { isDate } from '../../model/target-rules.ts';
import type { Settings } from '../../spec/gen-file.ts';
import { homeExpanded } from './home.ts';

export type { Settings } from '../../spec/gen-file.ts';

export interface SettingProblem extends Problem {
  /** The flag, or the key of gen.yaml, without dashes. */
  readonly setting?: string;
}

export class SettingsReader {
  readonly #settings: Settings;
  readonly problems: SettingProblem[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  has(setting: string): boolean {
    return this.#settings[setting] !== undefined;
  }

  /** As it is given. */
  value(setting: string): unknown {
    return this.#settings[setting];
  }

  report(problem: SettingProblem): void {
    this.problems.push(problem);
  }

  /** Text that is given once. */
  one(setting: string): string | undefined {
    const value = this.#settings[setting];
    if (value === undefined || typeof value === 'string') return value;
    const code = 'repeated-flag';
    if (!this.problems.some((each) => each.code === code && each.setting === setting)) {
      this.report({ code, setting, message: 'Given more than once.', advice: 'Keep one.' });
    }
    return undefined;
  }

  many(setting: string): readonly string[] {
    const value = this.#settings[setting];
    return Array.isArray(value) ? value.map(String) : [];
  }

  yes(setting: string): boolean {
    return this.#settings[setting] === true;
  }

  /** What is no number stays as it was typed, for the option's own rule to refuse. */
  number(setting: string): number | string | undefined {
    const value = this.#settings[setting];
    if (typeof value === 'number') return value;
    const text = this.one(setting);
    return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  }

  /** Of `name=value`; a file has them as a Map. */
  pairs(setting: string, shape: string, example: string): ReadonlyMap<string, string> {
    const value = this.#settings[setting];
    if (value instanceof Map) return value;
    const pairs = new Map<string, string>();
    for (const text of this.many(setting)) {
      const at = text.indexOf('=');
      const key = text.slice(0, at);
      if (at < 1) {
        const message = `${quote(text)} is not ${shape}.`;
        this.report({ code: 'bad-value', setting, message, advice: `For example: ${example}` });
      } else if (pairs.has(key)) {
        const message = `${quote(key)} is given more than once.`;
        this.report({ code: 'bad-value', setting, message, advice: 'Keep one.' });
      } else {
        pairs.set(key, text.slice(at + 1));
      }
    }
    return pairs;
  }

  /** A file or folder, `~` expanded; as it was typed where that cannot be done. */
  path(setting: string): string | undefined {
    const typed = this.one(setting);
    return typed === undefined ? undefined : this.expanded(typed, setting);
  }

  paths(setting: string): readonly string[] {
    return this.many(setting).map((typed) => this.expanded(typed, setting));
  }

  /** @param setting none where it is an argument without a flag */
  expanded(typed: string, setting?: string): string {
    const path = homeExpanded(typed);
    if (path !== undefined) return path;
    this.report({
      code: 'unknown-home',
      ...(setting === undefined ? {} : { setting }),
      message: `${quote(typed)} is in the home folder of another user, which gen does not look up.`,
      advice: `Write the path out; for a folder of that name here, write ${quote(`./${typed}`)}.`,
    });
    return typed;
  }

  date(setting: string): string | undefined {
    const text = this.one(setting);
    if (text === undefined || isDate(text)) return text;
    const message = `${quote(text)} is not a date.`;
    this.report({ code: 'bad-date', setting, message, advice: 'Write YYYY-MM-DD.' });
    return undefined;
  }
}

/** `--merge: unknown merge mode "al".` */
export function withFlag({ setting, ...problem }: SettingProblem): Problem {
  if (setting === undefined) return problem;
  return { ...problem, message: `--${setting}: ${lowerFirst(problem.message)}` };
}

/** Abbreviations keep their capitals. */
function lowerFirst(text: string): string {
  return /^[A-Z](?=[a-z ])/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
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

export function quote(text: string): string {
  return JSON.stringify(text);
}

/** ` Did you mean X?` when something known is near enough, else nothing. */
export function didYouMean(typed: string, known: readonly string[], prefix = ''): string {
  const near = meant(typed, known);
  return near === undefined ? '' : ` Did you mean ${prefix}${near}?`;
}
