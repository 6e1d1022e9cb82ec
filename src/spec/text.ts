/**
 * The texts of a spec: parameters written as they must be, characters that IAM takes.
 */
import type { Problem } from '../model/errors.ts';
import {
  codePoint,
  POLICY_RULE,
  ROLE_DESCRIPTION_RULE,
  refusedInPolicy,
  refusedInRoleDescription,
} from '../model/limits.ts';
import { didYouMean } from '../model/nearest.ts';
import { parsePieces } from '../model/parameter.ts';
import { foreignPlaceholders } from '../model/policy-variable.ts';
import { pathText, type YamlFile, type YamlPath } from './yaml-file.ts';

type Visit = (text: string, path: YamlPath, isKey: boolean) => void;

/** Calls `visit` for every text in a value, map keys included, in order. */
export function walkTexts(value: unknown, path: YamlPath, visit: Visit): void {
  if (typeof value === 'string') visit(value, path, false);
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walkTexts(item, [...path, index], visit);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      visit(key, [...path, key], true);
      walkTexts(item, [...path, key], visit);
    }
  }
}

/** Faults of `{{…}}` in all texts of a value; `known` is undefined where the names are not known. */
export function checkParameters(
  file: YamlFile,
  value: unknown,
  path: YamlPath,
  known: ReadonlySet<string> | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  walkTexts(value, path, (text, where, isKey) => {
    for (const fault of faultsOf(text, known)) {
      const place = isKey ? file.placeOfKey(where) : file.placeOf(where);
      problems.push({ ...fault, place, path: pathText(where) });
    }
  });
  return problems;
}

/** Characters of a text that are quoted in each message about it. */
const LONGEST_QUOTE = 300;

function faultsOf(text: string, known: ReadonlySet<string> | undefined): readonly Problem[] {
  const faults: Problem[] = [];
  const said = JSON.stringify(
    text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text,
  );
  const malformed = (message: string, advice: string) =>
    faults.push({ code: 'malformed-parameter', message, advice });
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    const close = text.indexOf('}}', at);
    if (close !== -1 && (open === -1 || close < open)) {
      malformed(`}} closes nothing in ${said}.`, 'Write a parameter as {{name}}.');
      at = close + 2;
      continue;
    }
    if (open === -1) break;
    const next = text.indexOf('{{', open + 2);
    if (close === -1 || (next !== -1 && next < close)) {
      malformed(`{{ is not closed in ${said}.`, 'Write a parameter as {{name}}.');
      at = next === -1 ? text.length : next;
      continue;
    }
    const name = text.slice(open + 2, close).trim();
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name)) {
      malformed(
        `{{${name}}} is no parameter's name.`,
        'A name is a letter, then letters and digits, e.g. {{clusterName}}.',
      );
    } else if (known !== undefined && !known.has(name)) {
      const advice =
        didYouMean(name, [...known]) ?? `Describe ${name} in parameters.yaml of the spec folder.`;
      faults.push({
        code: 'unknown-parameter',
        message: `There is no parameter ${JSON.stringify(name)}.`,
        advice,
      });
    }
    at = close + 2;
  }
  return faults;
}

/** Characters in policy documents and trust policies that IAM refuses. */
export function checkPolicyCharacters(
  file: YamlFile,
  value: unknown,
  path: YamlPath,
): readonly Problem[] {
  return checkCharacters({
    file,
    value,
    path,
    refusedIn: refusedInPolicy,
    owner: 'a policy',
    rule: POLICY_RULE,
  });
}

/** Characters in a role's description that IAM refuses. */
export function checkRoleDescription(
  file: YamlFile,
  value: unknown,
  path: YamlPath,
): readonly Problem[] {
  const owner = "a role's description";
  return checkCharacters({
    file,
    value,
    path,
    refusedIn: refusedInRoleDescription,
    owner,
    rule: ROLE_DESCRIPTION_RULE,
  });
}

function checkCharacters({
  file,
  value,
  path,
  refusedIn,
  owner,
  rule,
}: {
  readonly file: YamlFile;
  readonly value: unknown;
  readonly path: YamlPath;
  readonly refusedIn: (text: string) => string | undefined;
  readonly owner: string;
  readonly rule: string;
}): readonly Problem[] {
  const problems: Problem[] = [];
  walkTexts(value, path, (text, where, isKey) => {
    const refused = refusedIn(text);
    if (refused === undefined) return;
    problems.push({
      code: 'forbidden-character',
      message: `IAM refuses the character ${codePoint(refused)} in ${owner}: ${JSON.stringify(text)}.`,
      advice: rule,
      place: isKey ? file.placeOfKey(where) : file.placeOf(where),
      path: pathText(where),
    });
  });
  return problems;
}

/** A description that is longer than AWS allows, with its parameters as they are written. */
export function checkLength(
  file: YamlFile,
  text: unknown,
  path: YamlPath,
  limit: number | undefined,
): readonly Problem[] {
  if (typeof text !== 'string' || limit === undefined || text.length <= limit) return [];
  return [
    {
      code: 'too-long',
      message: `${pathText(path)} has ${text.length} characters; AWS allows ${limit}.`,
      advice: 'Shorten it.',
      place: file.placeOf(path),
      path: pathText(path),
    },
  ];
}

/** Warnings about `${…}` that IAM takes for text, in all texts of a value. */
export function placeholderWarnings(
  file: YamlFile,
  value: unknown,
  path: YamlPath,
): readonly Problem[] {
  const problems: Problem[] = [];
  walkTexts(value, path, (text, where, isKey) => {
    for (const { text: placeholder, advice } of foreignPlaceholders(text)) {
      problems.push({
        code: 'placeholder',
        message: `${placeholder} is not an IAM policy variable: IAM takes it as text, in ${JSON.stringify(text)}.`,
        advice,
        place: isKey ? file.placeOfKey(where) : file.placeOf(where),
        path: pathText(where),
      });
    }
  });
  return problems;
}

/** Characters in a name, outside its parameters, that IAM refuses. */
export function checkName(file: YamlFile, name: unknown, path: YamlPath): readonly Problem[] {
  if (typeof name !== 'string' || faultsOf(name, undefined).length > 0) return [];
  const literal = parsePieces(name).flatMap((piece) => (piece.kind === 'text' ? [piece.text] : []));
  if (/^[A-Za-z0-9_+=,.@-]*$/.test(literal.join(''))) return [];
  return [
    {
      code: 'malformed-value',
      message: `${JSON.stringify(name)} is malformed.`,
      advice: 'Right would be: letters, digits and _+=,.@- (and parameters as {{name}}).',
      place: file.placeOf(path),
      path: pathText(path),
    },
  ];
}
