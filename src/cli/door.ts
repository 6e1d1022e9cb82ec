/** Every value of the command line is checked here, at the door; all that is wrong is said at once. */
import type { Target } from '../model/target.ts';
import { isDate } from '../model/target-rules.ts';
import type { Settings } from '../spec/gen-file.ts';
import { type Command, OPTIONS, SHELLS, type Shell } from './flags.ts';
import { commaList, didYouMean, isDatedSide, isOneOf, quote } from './given.ts';
import { TargetFlags } from './target-flags.ts';

export type CommandLine =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: Command;
      /** What the flags describe; where they name no features, the file with targets goes before it. */
      readonly target: Target;
      /** Flags as typed, with their values. */
      readonly given: Settings;
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
    };

export type Invocation = Extract<CommandLine, { kind: 'command' }>;

/** What an invocation asks for. */
export class Door extends TargetFlags {
  open(): CommandLine {
    const { target, out, specs, values } = this.described();
    const only = this.one('only');
    const config = this.path('config');
    const targets = commaList(this.many('target'));
    const isInit = this.command === 'init';
    if (
      !isInit &&
      this.args.features !== undefined &&
      (config !== undefined || targets.length > 0)
    ) {
      this.wrong(
        'clashing-flags',
        `--features describes a target itself, and --${config === undefined ? 'target' : 'config'} takes it from a file.`,
        'Leave one of the two out.',
      );
    }
    const { _: _words, $0: _name, ...given } = this.args;
    const shell = this.#shell();
    const line = {
      kind: 'command' as const,
      command: this.command,
      target,
      given,
      targets,
      out,
      specs,
      values,
      stdout: this.yes('stdout'),
      force: this.yes('force'),
      quiet: this.yes('quiet'),
      verbose: this.yes('verbose'),
      json: this.yes('json'),
    };
    if (line.quiet && line.verbose) {
      this.wrong('clashing-flags', '--quiet and --verbose contradict each other.', 'Choose one.');
    }
    if (line.stdout && line.json) {
      this.wrong(
        'clashing-flags',
        '--stdout and --json both print on stdout.',
        'Choose one of them.',
      );
    }
    if (only !== undefined && !line.stdout) {
      this.wrong(
        'clashing-flags',
        '--only says which file --stdout prints, and --stdout is not given.',
        `Add --stdout, or choose formats with --format.`,
      );
    }
    this.#checkValues(line.values, line.stdout, only);
    if (this.command === 'check' && line.stdout) {
      this.wrong('clashing-flags', 'gen check prints a diff, not a file.', 'Leave --stdout out.');
    }
    const comparing = this.#comparing();
    this.stopIfWrong();
    return {
      ...line,
      ...(shell === undefined ? {} : { shell }),
      ...(only === undefined ? {} : { only }),
      ...(config === undefined ? {} : { config }),
      ...comparing,
    };
  }

  #checkValues(files: readonly string[], stdout: boolean, only: string | undefined): void {
    if (files.length === 0) return;
    if (stdout && only !== undefined) {
      this.wrong(
        'clashing-flags',
        'With --values, --stdout prints the merged values; --only names another file.',
        'Leave --only or --values out.',
      );
    }
    if (stdout && files.length > 1) {
      this.wrong(
        'clashing-flags',
        `--stdout prints one file, and --values names ${files.length}.`,
        'Give --values once.',
      );
    }
  }

  /** What only `diff` and `changelog` take. */
  #comparing(): Partial<Extract<CommandLine, { kind: 'command' }>> {
    const markdown = this.yes('markdown');
    if (markdown && this.yes('json')) {
      this.wrong('clashing-flags', '--json and --markdown are two ways to print.', 'Choose one.');
    }
    if (this.command === 'changelog') return { markdown, period: this.#period() };
    if (this.command !== 'diff') return {};
    const failOn = this.one('fail-on');
    if (failOn !== undefined && failOn !== 'widening') {
      this.wrong(
        'unknown-finding',
        `Unknown finding ${quote(failOn)}.${didYouMean(failOn, ['widening'])}`,
        'Write --fail-on widening.',
        'fail-on',
      );
    }
    const [from = '', to = ''] = [this.args.A, this.args.B].map((each) =>
      this.expanded(String(each ?? ''), undefined),
    );
    const given = [from, to].filter((each) => each !== '').length;
    if (given < 2) {
      this.wrong(
        'missing-argument',
        `gen diff compares two sides; ${given === 0 ? 'none is' : 'one is'} given.`,
        'Write gen diff A B, for example gen diff HEAD~1:out/core out/core.',
      );
    }
    for (const each of [from, to]) {
      if (!/^\d{4}-\d{2}-\d{2}$/.test(each) || isDate(each)) continue;
      this.wrong('bad-date', `There is no day ${quote(each)}.`, 'Write YYYY-MM-DD.');
    }
    if (given === 2) this.#unusedTargetFlags([from, to]);
    return { sides: [from, to], markdown, failOnWidening: failOn === 'widening' };
  }

  /** Flags that say what a date stands for, and there is none. */
  #unusedTargetFlags(sides: readonly string[]): void {
    if (sides.some(isDatedSide)) return;
    const own = ['spec', 'config', 'fail-on', 'json', 'markdown'];
    for (const flag of Object.keys(OPTIONS.diff)) {
      if (own.includes(flag) || this.args[flag] === undefined) continue;
      this.wrong(
        'unused-flag',
        `--${flag} is for sides that are dates, and neither is.`,
        'Leave it out, or compare with documented, latest or YYYY-MM-DD.',
      );
    }
  }

  #period(): { readonly from?: string; readonly to?: string } {
    const [from, to] = [this.date('from'), this.date('to')];
    if (from !== undefined && to !== undefined && from > to) {
      this.wrong('bad-period', `--from ${from} is later than --to ${to}.`, 'Exchange the two.');
    }
    return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  }

  #shell(): Shell | undefined {
    const shell = this.command === 'completion' ? this.one('shell') : undefined;
    if (shell === undefined || isOneOf(SHELLS, shell)) return shell;
    this.wrong(
      'unknown-shell',
      `Unknown shell ${quote(shell)}.${didYouMean(shell, SHELLS)}`,
      `Known shells: ${SHELLS.join(', ')}.`,
    );
    return undefined;
  }
}
