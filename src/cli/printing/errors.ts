/** How problems are printed. */
import type { Colors } from 'picocolors/types.js';
import type { GenError, Problem, Warning } from '../../model/errors.ts';
import { ACCEPTABLE } from '../../model/target-rules.ts';
import { terminalText } from '../../text/terminal.ts';
import { hang } from './table.ts';

const INDENT = '    ';

/** How a problem is shown. */
export interface ProblemStyle {
  readonly colors: Colors;
  readonly level?: 'error' | 'warning';
  /** Where a person looks on: wrapped to so many characters. Elsewhere lines stay whole for grep. */
  readonly width?: number;
}

/**
 * One problem: `file:line:column  code  path  what is wrong` where it has a place, after `warning:` if
 * it is one; `gen: what is wrong` where it has none; below it, indented, what would be right.
 */
export function formatProblem(problem: Problem, style: ProblemStyle): string {
  const { colors, level = 'error', width = Number.POSITIVE_INFINITY } = style;
  const paint = level === 'error' ? colors.red : colors.yellow;
  const { place, advice = '' } = problem;
  const label = level === 'error' ? 'gen:' : 'warning:';
  const head =
    place === undefined
      ? `${label} ${problem.message}`
      : [
          `${level === 'error' ? '' : 'warning: '}${place.file}:${place.line}:${place.column}`,
          problem.code,
          ...(problem.path === undefined || problem.path === '' ? [] : [problem.path]),
          problem.message,
        ].join('  ');
  const marked = place === undefined ? label : problem.code;
  return [
    hang('', head, width, INDENT).replace(marked, () => paint(marked)),
    ...(advice === '' ? [] : advice.split('\n').map((text) => hang(INDENT, text, width))),
  ].join('\n');
}

/** A warning; its detail where everything is asked for. */
export function warningText(
  { detail, ...warning }: Warning,
  { isVerbose, ...style }: ProblemStyle & { readonly isVerbose: boolean },
): string {
  const advice = [isVerbose ? detail : undefined, warning.advice].filter(Boolean).join('\n');
  // The code is what `accept` of gen.yaml names; a warning with a place shows it there.
  const code = ACCEPTABLE.includes(warning.code) ? ` [${warning.code}]` : '';
  const message = `${warning.message}${code}`;
  return formatProblem({ ...warning, message, advice }, { ...style, level: 'warning' });
}

/** All problems of an error; neighbours with the same advice share it. */
export function formatError(error: GenError, style: ProblemStyle): string {
  const { problems } = error;
  const lines = problems.map((problem, index) => {
    const { advice, ...bare } = problem;
    const saidBelow = advice !== undefined && problems[index + 1]?.advice === advice;
    return formatProblem(saidBelow ? bare : problem, style);
  });
  if (problems.length > 1) lines.push(`${problems.length} problems`);
  return `${lines.join('\n')}\n`;
}

/** A fault of the program itself: never a stack trace unless asked for with DEBUG=gen. */
export function formatFault(error: unknown, { colors }: ProblemStyle): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${colors.red('gen:')} internal error: ${terminalText(message)}\n${INDENT}This is a fault of gen, not of your input. DEBUG=gen shows where it happened; please report it.\n`;
}
