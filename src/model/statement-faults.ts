/**
 * What keeps a JSON value from being a statement of an identity policy (IAM User Guide, "Grammar of
 * the IAM JSON policy language"):
 * 1. Effect is Allow or Deny; one of Action and NotAction and one of Resource and NotResource are
 *    there; Sid and Condition may be; there is no other element.
 * 2. Actions and resources are a string or a list of strings, perhaps empty: AWS accepts that.
 * 3. Condition values are strings, numbers or booleans, or a list of them.
 */
import { didYouMean } from './nearest.ts';

export interface StatementFault {
  /** From the statement. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly advice?: string;
}

type JsonMap = Readonly<Record<string, unknown>>;

const ELEMENTS = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
] as const;

/** Empty for a sound statement. */
export function statementFaults(statement: unknown): readonly StatementFault[] {
  if (!isMap(statement)) {
    return [
      {
        path: [],
        message: `A statement must be an object with Effect, Action and Resource; this is ${kindOf(statement)}.`,
      },
    ];
  }
  return [
    ...Object.keys(statement).flatMap((key): StatementFault[] => {
      if (ELEMENTS.some((element) => element === key)) return [];
      const advice = didYouMean(key, ELEMENTS) as string;
      return [{ path: [key], message: `Unknown element ${JSON.stringify(key)}.`, advice }];
    }),
    ...(statement.Sid === undefined || typeof statement.Sid === 'string'
      ? []
      : [{ path: ['Sid'], message: `Sid must be a string; this is ${kindOf(statement.Sid)}.` }]),
    ...effectFaults(statement.Effect),
    ...listFaults(statement, 'Action', 'NotAction'),
    ...listFaults(statement, 'Resource', 'NotResource'),
    ...(statement.Condition === undefined ? [] : conditionFaults(statement.Condition)),
  ];
}

function effectFaults(effect: unknown): StatementFault[] {
  if (effect === 'Allow' || effect === 'Deny') return [];
  const advice = 'Write "Allow" or "Deny", in this spelling.';
  if (effect === undefined) return [{ path: [], message: 'Effect is missing.', advice }];
  const shown = typeof effect === 'string' ? JSON.stringify(effect) : kindOf(effect);
  return [{ path: ['Effect'], message: `Effect must be Allow or Deny; this is ${shown}.`, advice }];
}

function listFaults(statement: JsonMap, some: string, not: string): StatementFault[] {
  const there = [some, not].filter((key) => statement[key] !== undefined);
  if (there.length === 0) {
    return [{ path: [], message: `${some} is missing.`, advice: `Add ${some} or ${not}.` }];
  }
  if (there.length === 2) {
    const message = `${some} and ${not} cannot both be in one statement.`;
    return [{ path: [not], message, advice: 'Keep one of the two.' }];
  }
  const [key] = there as [string];
  const value = statement[key];
  if (typeof value === 'string') return [];
  const message = (found: unknown): string =>
    `${key} must be a string or a list of strings; this is ${kindOf(found)}.`;
  if (!Array.isArray(value)) return [{ path: [key], message: message(value) }];
  return value.flatMap((each, at) =>
    typeof each === 'string' ? [] : [{ path: [key, at], message: message(each) }],
  );
}

function conditionFaults(condition: unknown): StatementFault[] {
  if (!isMap(condition)) {
    const message = `Condition must be an object of operators; this is ${kindOf(condition)}.`;
    return [{ path: ['Condition'], message }];
  }
  return Object.entries(condition).flatMap(([operator, keys]): StatementFault[] => {
    const path = ['Condition', operator];
    if (!isMap(keys)) {
      const message = `A condition operator must hold an object of condition keys; this is ${kindOf(keys)}.`;
      return [{ path, message }];
    }
    return Object.entries(keys).flatMap(([key, values]) =>
      Array.isArray(values)
        ? values.flatMap((value, at) => valueFaults(value, [...path, key, at]))
        : valueFaults(values, [...path, key]),
    );
  });
}

function valueFaults(value: unknown, path: StatementFault['path']): StatementFault[] {
  // Beyond this, different numbers are read as one.
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    const message = 'This number has too many digits to be read exactly.';
    return [{ path, message, advice: 'Put it in quotes.' }];
  }
  if (['string', 'number', 'boolean'].includes(typeof value)) return [];
  const message = `A condition value must be a string, a number or a boolean; this is ${kindOf(value)}.`;
  return [{ path, message }];
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
