/** Parameter values: given, defaulted, or left open. */
import type { Format } from '../model/bundle.ts';
import { GenError, type Problem } from '../model/errors.ts';
import { formatsThat } from '../model/format-capabilities.ts';
import { mayHold, type Parameter, parameterNames } from '../model/parameter.ts';
import { valueAdvice, valueFault } from '../model/parameter-values.ts';
import type { SizeModel } from '../model/size.ts';
import { matchesWhole } from '../model/value-pattern.ts';

/** Characters that IAM takes in policies; what a pattern allows beyond them is refused all the same. */
const IAM_TEXT = /^[\t\n\r\u0020-\u00ff]*$/;

/**
 * Checks given values against their parameter's pattern and length, and adds the defaults.
 * @throws GenError (exit 2) with every value that AWS would refuse and every unknown name.
 */
export function resolveValues(
  parameters: ReadonlyMap<string, Parameter>,
  given: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const problems: Problem[] = [];
  for (const [name, value] of given) {
    const parameter = parameters.get(name);
    if (parameter === undefined) {
      problems.push({
        code: 'unknown-parameter',
        message: `There is no parameter "${name}".`,
        advice: `Parameters: ${[...parameters.keys()].join(', ')}.`,
      });
    } else if (
      value.length > parameter.maxLength ||
      !matchesWhole(parameter.pattern, value) ||
      value.includes('{{') ||
      !IAM_TEXT.test(value)
    ) {
      problems.push({
        code: 'bad-value',
        message: `${flagOf(parameter)} "${value}" is refused: it must be ${parameter.constraint}.`,
        ...adviceFor(name, value),
      });
    } else {
      const fault = valueFault(name, value);
      if (fault === undefined) continue;
      const message = `${flagOf(parameter)} "${value}" is refused: ${fault}.`;
      problems.push({ code: 'bad-value', message });
    }
  }
  if (problems.length > 0) throw new GenError(2, problems);
  const values = new Map<string, string>();
  for (const [name, parameter] of parameters) {
    const value = given.get(name) ?? parameter.default;
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

function adviceFor(name: string, value: string): { readonly advice?: string } {
  const advice = valueAdvice(name, value);
  return advice === undefined ? {} : { advice };
}

/** The flag that gives the value. */
export function flagOf(parameter: Parameter): string {
  return parameter.flag ?? `--param ${parameter.name}=…`;
}

/**
 * Parameters that the texts use and that have no value, in the spec's order; those with a default
 * are open only for formats that find them out.
 * @throws GenError (exit 2) naming the flag of each, where a requested format needs the value.
 */
export function openParameters({
  parameters,
  values,
  texts,
  formats,
  defaults = new Map(),
}: {
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly values: ReadonlyMap<string, string>;
  readonly texts: Iterable<string>;
  readonly formats: readonly Format[];
  readonly defaults?: ReadonlyMap<string, string>;
}): readonly Parameter[] {
  const used = new Set([...texts].flatMap(parameterNames));
  const open = [...parameters.values()].filter(({ name }) => used.has(name) && !values.has(name));
  const closed = formatsThat('needsValues', formats);
  const missing = open.filter(({ name }) => !defaults.has(name));
  if (missing.length > 0 && closed.length > 0) {
    throw new GenError(
      2,
      missing.map((parameter) => ({
        code: 'missing-parameter',
        message: `Format ${closed.join(', ')} needs ${flagOf(parameter).replace('…', 'VALUE')}: ${parameter.description}`,
        advice: `Give the value (${parameter.constraint}), or leave it open with --format ${formatsThat('leavesOpen').join(',')}.`,
      })),
    );
  }
  const unsafe = open.filter((parameter) => mayHold(parameter, '"\\'));
  if (unsafe.length > 0) {
    throw new GenError(
      2,
      unsafe.map((parameter) => ({
        code: 'unsafe-open-parameter',
        message: `"${parameter.name}" cannot be left open: its pattern may allow a quotation mark or a backslash, which change the document that they are put into.`,
        advice: `Give ${flagOf(parameter)}, or narrow the pattern.`,
      })),
    );
  }
  return open;
}

/** Sizes at the open parameters' longest values. */
export function worstSizes(
  parameters: ReadonlyMap<string, Parameter>,
  formats: readonly Format[],
): SizeModel {
  const htmlEscaped = formatsThat('escapesHtml', formats).length > 0;
  return {
    parameterLength: new Map(
      [...parameters].map(([name, parameter]) => [
        name,
        parameter.maxLength * (htmlEscaped && mayHold(parameter, '<>&') ? 6 : 1),
      ]),
    ),
    htmlEscaped,
  };
}

/** Sizes as the documentation writes open parameters, and with defaults. */
export function presentSizes(parameters: ReadonlyMap<string, Parameter>): SizeModel {
  return {
    parameterLength: new Map(
      [...parameters].flatMap(([name, { documentedAs, maxLength, default: standard }]) => {
        const text = documentedAs ?? standard;
        // `${ACCOUNT_ID}` is longer than any account id.
        return text === undefined ? [] : [[name, Math.min(text.length, maxLength)] as const];
      }),
    ),
    htmlEscaped: false,
  };
}
