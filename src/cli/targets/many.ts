/**
 * Many targets in one run: one after the other, each whole or not at all. One that fails does not
 * stop the others.
 */
import type { Colors } from 'picocolors/types.js';
import type { Generation } from '../../generate.ts';
import { GenError, type Warning } from '../../model/errors.ts';
import { terminalLine, terminalSentence } from '../../text/terminal.ts';
import { formatError, formatFault, warningText } from '../printing/errors.ts';
import { hang } from '../printing/table.ts';
import { colorsFor, passingLine, type Terminal } from '../printing/terminal.ts';
import type { PlacedTarget } from './targets.ts';

/** Milliseconds between two looks of the bar. */
const BAR_EVERY = 80;
const BAR_CELLS = 30;

export interface Outcome {
  readonly done: number;
  readonly failed: number;
  /** The gravest of the failures', 0 where there is none. */
  readonly exitCode: number;
}

/** Runs each target; failures are printed on stderr as they happen, and go into the outcome. */
export async function forEachTarget(
  targets: readonly PlacedTarget[],
  run: (target: PlacedTarget) => Promise<void>,
  terminal: Terminal,
  quiet: boolean,
): Promise<Outcome> {
  const { stderr, env } = terminal;
  const bar = progressBar(terminal, targets.length, quiet);
  let done = 0;
  let failed = 0;
  let exitCode = 0;
  for (const placed of targets) {
    bar.show(done + failed, placed.target.name ?? '');
    // A turn of the event loop: a signal that came while files were put in place ends the run here.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await run(placed);
      done++;
    } catch (error) {
      failed++;
      bar.clear();
      const style = { colors: colorsFor(stderr, env) };
      const text =
        error instanceof GenError
          ? formatError(named(error, placed), style)
          : formatFault(error, style);
      stderr.write(text);
      exitCode = Math.max(exitCode, error instanceof GenError ? error.exitCode : 2);
    }
  }
  bar.clear();
  return { done, failed, exitCode };
}

/** Says of which target a problem is. */
function named(error: GenError, { target, place }: PlacedTarget): GenError {
  return new GenError(
    error.exitCode,
    error.problems.map((problem) => ({
      ...problem,
      message: `${target.name}: ${problem.message}`,
      ...(problem.place === undefined && place !== undefined ? { place } : {}),
    })),
  );
}

function progressBar(terminal: Terminal, count: number, quiet: boolean) {
  const line = passingLine(terminal, quiet);
  let last = 0;
  return {
    show(done: number, name: string): void {
      const now = performance.now();
      if (now - last < BAR_EVERY) return;
      last = now;
      const full = Math.floor((done / count) * BAR_CELLS);
      const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
      line.show(`${bar} ${done}/${count} ${terminalLine(name)}`);
    },
    clear: line.clear,
  };
}

/**
 * Warnings of many targets, each once, with the targets it is of; where everything is asked for,
 * notes and what is documented so as well.
 */
export function shareWarnings(isVerbose: boolean) {
  const notes = new Map<string, string[]>();
  const warnings = new Map<string, { readonly warning: Warning; readonly of: string[] }>();
  return {
    add({ folder, bundle, notes: own }: Generation): void {
      for (const note of isVerbose ? new Set(own) : []) {
        const known = notes.get(note);
        if (known === undefined) notes.set(note, [folder]);
        else known.push(folder);
      }
      const all: readonly Warning[] = [...bundle.replacements, ...bundle.warnings];
      for (const warning of all) {
        if (warning.isDocumented && !isVerbose) continue;
        const known = warnings.get(warning.message);
        if (known === undefined) warnings.set(warning.message, { warning, of: [folder] });
        else known.of.push(folder);
      }
    },
    text(colors: Colors, width: number): string {
      return [
        ...[...notes].map(([note, of]) =>
          hang('note: ', terminalSentence(`${names(of)}: ${note}`), width),
        ),
        ...[...warnings.values()].map(({ warning, of }) => {
          const message = `${names(of)}: ${warning.message}`;
          return warningText({ ...warning, message }, { colors, width, isVerbose });
        }),
      ].join('\n');
    },
  };
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, 3).join(', ');
  return all.length <= 3 ? shown : `${shown} and ${all.length - 3} more`;
}
