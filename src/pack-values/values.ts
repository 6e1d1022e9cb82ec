/** Values as they are compared, reported, and written on one line. */
import { isScalar } from 'yaml';
import { yamlInline } from '../emit/yaml.ts';

export type Kind = 'map' | 'list' | 'scalar';

export const KINDS: Readonly<Record<Kind, string>> = {
  map: 'a map',
  list: 'a list',
  scalar: 'a single value',
};

export function kindOf(value: unknown): Kind {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' && value !== null ? 'map' : 'scalar';
}

/** Whether a value says all that is wanted. */
export function says(there: unknown, wanted: unknown): boolean {
  if (kindOf(there) !== kindOf(wanted)) return false;
  if (Array.isArray(there)) {
    return (wanted as readonly unknown[]).every((item) => {
      const own = counterpart(there, item);
      return own !== undefined && says(there[own], item);
    });
  }
  if (kindOf(there) === 'scalar') return there === wanted;
  return Object.entries(wanted as object).every(([key, value]) =>
    says((there as Record<string, unknown>)[key], value),
  );
}

/** Position of the item of a list that is the wanted one: the same value, or a map of the same name. */
export function counterpart(list: readonly unknown[], wanted: unknown): number | undefined {
  const name = nameOf(wanted);
  const position =
    name === undefined ? list.indexOf(wanted) : list.findIndex((item) => nameOf(item) === name);
  return position < 0 ? undefined : position;
}

function nameOf(item: unknown): unknown {
  return kindOf(item) === 'map' ? (item as { readonly name?: unknown }).name : undefined;
}

/** What a plain word means to readers of YAML 1.1, the pack's among them. */
const TRUE_WORDS = /^(yes|Yes|YES|on|On|ON)$/;

export function isTrueWord(node: unknown): boolean {
  return isScalar(node) && node.type === 'PLAIN' && TRUE_WORDS.test(node.source ?? '');
}

/** A value in a message. */
export function shown(value: unknown): string {
  const text = yamlInline(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/** JSON on one line, spaced as people write it. */
export function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`;
  if (kindOf(value) === 'map') {
    const entries = Object.entries(value as object);
    return `{ ${entries.map(([key, each]) => `${JSON.stringify(key)}: ${json(each)}`).join(', ')} }`;
  }
  return JSON.stringify(value);
}
