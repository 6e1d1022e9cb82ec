/**
 * Formats that cannot leave a parameter open (plain JSON, pack values) ask for its value here,
 * so that the same mistake reads the same way in all of them.
 */
import type { Format, IamBundle } from '../model/bundle.ts';
import { GenError, type Problem } from '../model/errors.ts';
import { type Parameter, parameterNames, translate } from '../model/parameter.ts';

/** How a person gives the value, e.g. `--cluster-name` or `--param team=…`. */
export function flagOf(parameter: Pick<Parameter, 'name' | 'flag'>): string {
  return parameter.flag ?? `--param ${parameter.name}=…`;
}

/** Open parameters as a person reads them in a sentence or a command: `<clusterName>`. */
export function shown(text: string): string {
  return translate(
    text,
    (literal) => literal,
    (name) => `<${name}>`,
  );
}

/** Names of the parameters in a plain value, map keys included: a condition key may hold one. */
export function parametersIn(value: unknown): ReadonlySet<string> {
  return new Set(parameterNames(JSON.stringify(value) ?? ''));
}

/** One problem for each parameter still open in `written`, in the spec's order. */
export function missingParameters(
  bundle: IamBundle,
  format: Format,
  written: unknown,
): readonly Problem[] {
  const open = parametersIn(written);
  const known = bundle.openParameters.filter((parameter) => open.has(parameter.name));
  const knownNames = new Set(known.map((parameter) => parameter.name));
  const unknown = [...open].filter((name) => !knownNames.has(name)).map((name) => ({ name }));
  return [...known, ...unknown].map((parameter) => ({
    code: 'missing-parameter',
    message: `Format ${format} needs a value for the parameter ${parameter.name}: its files cannot leave it open.`,
    advice: `Give ${flagOf(parameter)}, or leave ${format} out of --format.`,
  }));
}

/** Throws a usage error (`missing-parameter`, exit 2) that names every missing flag once. */
export function requireClosed(bundle: IamBundle, format: Format, written: unknown): void {
  const missing = missingParameters(bundle, format, written);
  if (missing.length > 0) throw new GenError(2, missing);
}
