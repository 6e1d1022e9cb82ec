/**
 * Everything that can go wrong, as values: a problem is data until `cli.ts` prints it.
 */

/** 1 findings · 2 wrong usage or a wrong spec · 3 does not fit the quotas. */
export type ExitCode = 1 | 2 | 3;

/** A place in a text file; line and column start at 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Problem {
  /** Stable and kebab-case, e.g. `unknown-feature`. */
  readonly code: string;
  readonly message: string;
  /** What would be right, or what to do. */
  readonly advice?: string;
  readonly place?: Place;
  /** Where inside a spec file, e.g. `statements[0].Action[2]`. */
  readonly path?: string;
}

/** A problem that does not stop the run. */
export interface Warning extends Problem {
  /** The groups that it is about. */
  readonly groups?: readonly string[];
  /** What more there is to it, for those who ask. */
  readonly detail?: string;
  /** It is in the documents as they are published: nothing that the reader could mend. */
  readonly isDocumented?: boolean;
}

/** One or more problems that stop the run; carries the exit code they call for. */
export class GenError extends Error {
  readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];

  constructor(exitCode: ExitCode, problems: Problem | readonly Problem[]) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map((problem) => problem.message).join('\n'));
    this.name = 'GenError';
    this.exitCode = exitCode;
    this.problems = list;
  }
}

/** Wrong usage or a wrong spec: exit 2. */
export function usageError(code: string, message: string, advice?: string): GenError {
  return new GenError(2, advice === undefined ? { code, message } : { code, message, advice });
}
