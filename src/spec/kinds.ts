/**
 * Kinds of things of which there may be many: one parameter is the key, others are attributes.
 *
 * 1. A parameter is the key or an attribute, not both.
 * 2. An attribute's kind has a key.
 * 3. There is one key in all: an artefact repeats its policies for one kind of thing only.
 */
import type { Problem } from '../model/errors.ts';
import type { Parameter } from '../model/parameter.ts';
import type { RawParameter } from './raw.ts';
import { pathText, type YamlFile } from './yaml-file.ts';

/** A parameter as it counts, the last folder's, with the file that it is in. */
export type ParameterEntry = readonly [name: string, raw: RawParameter, file: YamlFile];

/**
 * Everything in the parameters of all folders together that breaks the rules above.
 * @param base parameters of the spec that the folders are laid over
 */
export function checkKinds(
  entries: readonly ParameterEntry[],
  base: ReadonlyMap<string, Parameter>,
): readonly Problem[] {
  const own = new Map(entries.map(([name, { keyOf }]) => [name, keyOf]));
  const inherited = [...base.values()]
    .filter(({ name }) => !own.has(name))
    .map(({ name, keyOf }) => [name, keyOf] as const);
  const keys = [...inherited, ...own].filter(([, keyOf]) => keyOf !== undefined);
  const kinds = keys.map(([, keyOf]) => keyOf);
  return entries.flatMap(([name, { keyOf, attributeOf }, file]) => {
    const fault = (key: string, message: string, advice: string): Problem => ({
      code: 'wrong-kind',
      message,
      advice,
      place: file.placeOf([name, key]),
      path: pathText([name, key]),
    });
    if (keyOf !== undefined && attributeOf !== undefined) {
      return [fault('attributeOf', `${name} is a key and an attribute.`, 'Keep one of the two.')];
    }
    if (attributeOf !== undefined && !kinds.includes(attributeOf)) {
      const known = kinds.length === 0 ? '' : ` There is: ${kinds.join(', ')}.`;
      return [
        fault(
          'attributeOf',
          `No parameter is the key of ${JSON.stringify(attributeOf)}.${known}`,
          `Add keyOf: ${attributeOf} to the parameter that tells them apart.`,
        ),
      ];
    }
    const first = keys[0]?.[0];
    if (keyOf !== undefined && first !== name) {
      return [fault('keyOf', `${first} is a key already.`, 'There can be one: leave keyOf out.')];
    }
    return [];
  });
}
