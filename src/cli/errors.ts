/** How problems are printed. */
import type { Colors } from 'picocolors/types.js';
import type { GenError, Problem } from '../model/errors.ts';

const INDENT = '    ';

/**
 * One problem: `file:line:column  code  path  what is wrong` where it has a place,
 * `gen: what is wrong` where it has none; below it, indented, what would be right.
 */
export function formatProblem(
  problem: Problem,
  colors: Colors,
  level: 'error' | 'warning' = 'error',
): string {
  const paint = level === 'error' ? colors.red : colors.yellow;
  const { place } = problem;
  const label = level === 'error' ? 'gen:' : 'warning:';
  const head =
    place === undefined
      ? `${paint(label)} ${problem.message}`
      : [
          colors.bold(`${place.file}:${place.line}:${place.column}`),
          paint(problem.code),
          ...(problem.path === undefined || problem.path === '' ? [] : [problem.path]),
          problem.message,
        ].join('  ');
  return [head, problem.advice]
    .filter((text) => text !== undefined && text !== '')
    .join('\n')
    .replaceAll('\n', `\n${INDENT}`);
}

/** All problems of an error; neighbours with the same advice share it. */
export function formatError(error: GenError, colors: Colors): string {
  const { problems } = error;
  const lines = problems.map((problem, index) => {
    const { advice, ...bare } = problem;
    const saidBelow = advice !== undefined && problems[index + 1]?.advice === advice;
    return formatProblem(saidBelow ? bare : problem, colors);
  });
  if (problems.length > 1) lines.push(`${problems.length} problems`);
  return `${lines.join('\n')}\n`;
}

/** A fault of the program itself: never a stack trace unless asked for with DEBUG=gen. */
export function formatFault(error: unknown, colors: Colors): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${colors.red('gen:')} internal error: ${message}\n${INDENT}This is a fault of gen, not of your input. DEBUG=gen shows where it happened; please report it.\n`;
}
