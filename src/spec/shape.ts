/**
 * Shape: does a file hold the keys and kinds of values that its JSON Schema asks for?
 * Ajv finds; this file says it in plain sentences, once per fault, at the place of the fault.
 */
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Place, Problem } from '../model/errors.ts';
import { didYouMean, nearest } from '../model/nearest.ts';
import {
  cloudFormationFunction,
  functionOf,
  isCloudFormationFunction,
} from './cloudformation-functions.ts';
import { pathText, type YamlFile, type YamlPath } from './yaml-file.ts';

/** A fault of shape, with its path in steps so that a caller can tell sound entries from others. */
export interface ShapeProblem {
  readonly path: YamlPath;
  readonly problem: Problem;
}

/**
 * Everything that is wrong with a file's shape, in the file's order.
 * @param validate of the file's kind, see `generated/validators/`
 */
export function checkShape(validate: ValidateFunction, file: YamlFile): readonly ShapeProblem[] {
  if (validate(file.value)) return [];
  const found = validate.errors ?? [];
  const untyped = new Map(
    found.filter(({ keyword }) => keyword === 'type').map((error) => [error.instancePath, error]),
  );
  const empty = new Set(found.filter(isEmptiness).map((error) => error.instancePath));
  const errors = found.filter(
    (error) =>
      // What a oneOf tried is summed up by the oneOf itself; that a name is wrong is said of the name.
      !error.schemaPath.includes('/oneOf/') &&
      error.keyword !== 'propertyNames' &&
      // Not an error in itself: what is wrong with the chosen shape is reported separately.
      error.keyword !== 'if' &&
      // A value of the wrong kind is so to every schema that it is held to.
      (error.keyword !== 'type' || untyped.get(error.instancePath) === error) &&
      // An empty text is empty; that it matches no pattern either is no second fault.
      !(error.keyword === 'pattern' && empty.has(error.instancePath)),
  );
  const misspelt = new Set(
    errors
      .filter((error) => error.keyword === 'additionalProperties')
      .map((error) => `${error.instancePath}/${nearestKey(error) ?? ''}`),
  );
  const isMisspelt = (error: ErrorObject) =>
    missingKeys(error).some((key) => misspelt.has(`${error.instancePath}/${key}`));
  // In place of a whole statement; that it lacks a statement's keys is no second fault.
  const isFunction = (error: ErrorObject) =>
    missingKeys(error).length > 0 && functionOf(error.data) !== undefined;
  return errors
    .filter((error) => !isMisspelt(error) && !isFunction(error))
    .map((error) => explain(error, file));
}

const isEmptiness = (error: ErrorObject) => error.keyword === 'minLength';

function stepsOf(instancePath: string, value: unknown): YamlPath {
  let here = value;
  return instancePath
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(here) ? Number(name) : name;
      here = (here as Record<string | number, unknown>)[step];
      return step;
    });
}

function keysOf(error: ErrorObject): readonly string[] {
  return Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
}

function nearestKey(error: ErrorObject): string | undefined {
  return nearest(error.params.additionalProperty as string, keysOf(error));
}

/** The keys of which an error says that one is missing. */
function missingKeys(error: ErrorObject): readonly string[] {
  if (error.keyword === 'required' || error.keyword === 'dependentRequired') {
    return [error.params.missingProperty as string];
  }
  if (error.keyword === 'oneOf' && error.params.passingSchemas === null) return choiceOf(error);
  return [];
}

function choiceOf(error: ErrorObject): readonly string[] {
  return (error.schema as readonly { readonly required: readonly string[] }[]).flatMap(
    (choice) => choice.required,
  );
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'a map',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return KINDS[typeof value] ?? typeof value;
}

/** Text that YAML takes for something else where it is not in quotes. */
function quoteAdvice(value: unknown, path: YamlPath, file: YamlFile): string | undefined {
  const source = file.sourceOf(path);
  if (value === null && source !== undefined && source !== '') {
    return `Put it in quotes: "${source}".`;
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    return `Put it in quotes: "${file.sourceOf(path) ?? value}".`;
  }
  const isParameter =
    typeof value === 'object' && value !== null && Object.keys(value)[0]?.startsWith('{');
  return isParameter ? 'Put it in quotes: text that begins with {{ is a map to YAML.' : undefined;
}

/** An error of Ajv, where it is, and how to say it. */
interface Explained {
  readonly error: ErrorObject;
  readonly file: YamlFile;
  readonly path: YamlPath;
  /** What is wrong, e.g. `statements[0].Action`, or `The file`. */
  readonly name: string;
  /** Where a key is, e.g. `in a group`. */
  readonly owner: string;
  readonly at: ProblemAt;
  /** At the key itself instead of at its value. */
  readonly atKey: ProblemAt;
}

type ProblemAt = (
  steps: YamlPath,
  code: string,
  message: string,
  advice: string | undefined,
) => ShapeProblem;

/** One error of Ajv as a problem with a place. */
function explain(error: ErrorObject, file: YamlFile): ShapeProblem {
  const path = stepsOf(error.instancePath, file.value);
  const title = (error.parentSchema?.title as string | undefined)?.toLowerCase();
  const owner = title === undefined ? 'here' : `in a ${title}`;
  const name = path.length === 0 ? 'The file' : pathText(path);

  const placed =
    (placeOf: (steps: YamlPath) => Place): ProblemAt =>
    (steps, code, message, advice) => ({
      path: steps,
      problem: {
        code,
        message,
        ...(advice === undefined ? {} : { advice }),
        place: placeOf(steps),
        ...(steps.length === 0 ? {} : { path: pathText(steps) }),
      },
    });
  const at = placed((steps) => file.placeOf(steps));
  const atKey = placed((steps) => file.placeOfKey(steps));

  const explained = { error, file, path, name, owner, at, atKey };
  const known = Object.hasOwn(EXPLANATIONS, error.keyword)
    ? EXPLANATIONS[error.keyword]?.(explained)
    : undefined;
  return known ?? at(path, 'malformed-value', `${name} ${error.message ?? 'is wrong'}.`, undefined);
}

/** By Ajv's keywords. */
const EXPLANATIONS: Readonly<Record<string, (explained: Explained) => ShapeProblem>> = {
  additionalProperties: unknownKey,
  required: missingKey,
  dependentRequired: missingBeside,
  oneOf: wrongChoice,
  type: wrongType,
  enum: notAllowed,
  pattern: malformed,
  minProperties: emptyMap,
  minLength: emptyValue,
  minItems: emptyValue,
  maxLength: tooLong,
  minimum: tooSmall,
  uniqueItems: duplicateItem,
};

function unknownKey({ error, path, owner, atKey }: Explained): ShapeProblem {
  const key = error.params.additionalProperty as string;
  if (isCloudFormationFunction(key)) {
    const { code, message, advice } = cloudFormationFunction(key);
    return atKey([...path, key], code, message, advice);
  }
  const message = `There is no key ${JSON.stringify(key)} ${owner}.`;
  return atKey([...path, key], 'unknown-key', message, didYouMean(key, keysOf(error)));
}

function missingKey({ error, path, at }: Explained): ShapeProblem {
  const key = error.params.missingProperty as string;
  const described = (error.parentSchema?.properties as SchemaProperties | undefined)?.[key];
  return at(path, 'missing-key', `The key ${key} is missing.`, described?.description);
}

function missingBeside({ error, path, atKey }: Explained): ShapeProblem {
  const { property, missingProperty } = error.params as Record<string, string>;
  const message = `${property} needs ${missingProperty} beside it.`;
  return atKey([...path, property as string], 'missing-key', message, `Add ${missingProperty}.`);
}

function wrongChoice({ error, path, name, at, atKey }: Explained): ShapeProblem {
  const choice = choiceOf(error);
  const advice = `Write exactly one of ${choice.join(' and ')}.`;
  if (typeof error.data !== 'object' || error.data === null) {
    return at(path, 'wrong-type', `${name} must be a map; it is ${kindOf(error.data)}.`, advice);
  }
  if (error.params.passingSchemas === null) {
    return at(path, 'missing-key', `${choice.join(' or ')} is missing.`, advice);
  }
  const both = `${choice.join(' and ')} exclude each other.`;
  const last = Object.keys(error.data as object).findLast((key) => choice.includes(key));
  return atKey([...path, last as string], 'conflicting-keys', both, advice);
}

function wrongType({ error, file, path, name, at }: Explained): ShapeProblem {
  const called = functionOf(error.data);
  if (called !== undefined) {
    const { message, advice } = cloudFormationFunction(called);
    return at(path, 'wrong-type', message, advice);
  }
  const wanted = [error.params.type as string | string[]].flat();
  const advice = wanted.includes('string') ? quoteAdvice(error.data, path, file) : undefined;
  const kinds = wanted.map((kind) => KINDS[kind] ?? kind).join(' or ');
  return at(path, 'wrong-type', `${name} must be ${kinds}; it is ${kindOf(error.data)}.`, advice);
}

function notAllowed({ error, path, name, at }: Explained): ShapeProblem {
  const allowed = (error.params.allowedValues as readonly unknown[]).map(String);
  if (typeof error.data === 'object' && error.data !== null) {
    const message = `${name} must be a word; it is ${kindOf(error.data)}.`;
    return at(path, 'wrong-type', message, `Allowed: ${allowed.join(', ')}.`);
  }
  const message = `${JSON.stringify(error.data)} is not allowed.`;
  return at(path, 'not-allowed', message, didYouMean(String(error.data), allowed));
}

function malformed({ error, path, at, atKey }: Explained): ShapeProblem {
  const wanted = error.parentSchema?.patternErrorMessage as string | undefined;
  const advice = wanted === undefined ? undefined : `Right would be: ${wanted}.`;
  if (error.propertyName !== undefined) {
    const message = `${JSON.stringify(error.propertyName)} cannot be a key here.`;
    return atKey([...path, error.propertyName], 'malformed-value', message, advice);
  }
  const value = String(error.data);
  const isAction = /(Action|actions)\b/.test(pathText(path.slice(-2)));
  if (isAction && !value.includes(':')) {
    const message = `The action ${JSON.stringify(value)} has no colon.`;
    return at(path, 'action-without-colon', message, advice);
  }
  return at(path, 'malformed-value', `${JSON.stringify(value)} is malformed.`, advice);
}

function emptyMap({ path, name, at }: Explained): ShapeProblem {
  const key = path.at(-1);
  const advice = typeof key === 'string' ? `Fill it in, or leave ${key} out.` : undefined;
  return at(path, 'empty-value', `${name} is empty.`, advice ?? 'Put something there.');
}

function emptyValue({ path, name, at }: Explained): ShapeProblem {
  return at(path, 'empty-value', `${name} is empty.`, 'Put something there.');
}

function tooLong({ error, path, name, at }: Explained): ShapeProblem {
  const message = `${name} is longer than ${error.params.limit} characters.`;
  return at(path, 'too-long', message, 'Shorten it.');
}

function tooSmall({ error, path, name, at }: Explained): ShapeProblem {
  return at(path, 'too-small', `${name} is less than ${error.params.limit}.`, undefined);
}

function duplicateItem({ error, path, name, at }: Explained): ShapeProblem {
  const later = Math.max(error.params.i as number, error.params.j as number);
  const item = JSON.stringify((error.data as readonly unknown[])[later]);
  return at([...path, later], 'duplicate-item', `${item} appears twice in ${name}.`, 'Keep one.');
}

type SchemaProperties = Readonly<Record<string, { readonly description?: string }>>;
