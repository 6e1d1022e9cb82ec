/** Every text of a document that a JSON Schema of the spec describes: values, and keys of maps. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: { readonly pattern?: string };
  readonly items?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
}

export interface Field {
  readonly path: readonly (string | number)[];
  /** The text is the name of a key of the map at `path`. */
  readonly isKey: boolean;
  readonly pattern?: string;
}

/** @param base a valid document; it says which keys of a map to go into */
export function textFields(root: Schema, base: Json): readonly Field[] {
  const found = new Map<string, Field>();
  const add = (field: Field): void => {
    found.set(JSON.stringify([field.path, field.isKey]), field);
  };
  const visit = (schema: Schema, value: Json | undefined, path: Field['path']): void => {
    if (schema.$ref !== undefined) {
      visit(
        (root.$defs as Record<string, Schema>)[schema.$ref.replace('#/$defs/', '')] as Schema,
        value,
        path,
      );
    }
    const { pattern, properties = {}, additionalProperties: rest, items } = schema;
    const inside = (key: string | number): Json | undefined =>
      (value as Record<string | number, Json> | null | undefined)?.[key];
    if ([schema.type].flat().includes('string')) {
      add({ path, isKey: false, ...(pattern === undefined ? {} : { pattern }) });
    }
    for (const [key, each] of Object.entries(properties)) visit(each, inside(key), [...path, key]);
    if (typeof rest === 'object') {
      const { pattern: names } = schema.propertyNames ?? {};
      add({ path, isKey: true, ...(names === undefined ? {} : { pattern: names }) });
      const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
      for (const key of keys.length > 0 ? keys : ['x']) visit(rest, inside(key), [...path, key]);
    }
    if (items !== undefined) visit(items, inside(0), [...path, 0]);
    for (const branch of [schema.then, schema.else]) {
      if (branch !== undefined) visit(branch, value, path);
    }
  };
  visit(root, base, []);
  return [...found.values()];
}

/** The document with the text in that field; maps and lists on the way are made where missing. */
export function withText(base: Json, { path, isKey }: Field, text: string): Json {
  const [step, ...rest] = path;
  if (step === undefined) {
    if (!isKey) return text;
    const map = typeof base === 'object' && base !== null && !Array.isArray(base) ? base : {};
    const [[, first] = ['', 'x']] = Object.entries(map as Record<string, Json>);
    return { ...(map as Record<string, Json>), [text]: first as Json };
  }
  const deeper = (value: Json | undefined): Json =>
    withText(value ?? null, { path: rest, isKey }, text);
  if (typeof step === 'number') {
    const list = Array.isArray(base) ? [...base] : [];
    list[step] = deeper(list[step]);
    return list;
  }
  const map =
    typeof base === 'object' && base !== null && !Array.isArray(base)
      ? (base as Record<string, Json>)
      : {};
  return { ...map, [step]: deeper(map[step]) };
}
