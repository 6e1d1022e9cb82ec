/**
 * CloudFormation's functions, pasted from a template: `!Sub` and its long form `{"Fn::Sub": …}`.
 * gen writes other formats too, in which they mean nothing.
 */
import type { Problem } from '../model/errors.ts';

const SHORT_FORMS = new Set([
  'And',
  'Base64',
  'Cidr',
  'Condition',
  'Equals',
  'FindInMap',
  'ForEach',
  'GetAZs',
  'GetAtt',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'Ref',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
]);

/** Whether a key of a map is a function: `Fn::Sub`, `Ref`. */
export function isCloudFormationFunction(key: string): boolean {
  return /^Fn::/.test(key) || key === 'Ref';
}

/** The function that a value is, if it is one. */
export function functionOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const [key, ...others] = Object.keys(value);
  return key !== undefined && others.length === 0 && isCloudFormationFunction(key)
    ? key
    : undefined;
}

/** @param name as it is written: `!Sub`, `Fn::Sub`, `Ref` */
export function cloudFormationFunction(name: string): Pick<Problem, 'code' | 'message' | 'advice'> {
  return {
    code: 'cloudformation-function',
    message: `CloudFormation's function ${name} cannot be used in a spec, which serves every format.`,
    advice:
      'Write the text itself. What differs from account to account is a parameter: {{partition}}, {{accountId}}, or one that you describe in parameters.yaml.',
  };
}

/** What a tag that YAML itself does not have means here. */
export function unknownTag(tag: string): Pick<Problem, 'code' | 'message' | 'advice'> {
  if (tag.startsWith('!') && SHORT_FORMS.has(tag.slice(1))) return cloudFormationFunction(tag);
  return {
    code: 'unknown-tag',
    message: `The YAML tag ${tag} means nothing here.`,
    advice: 'Leave it out; put text that begins with ! in quotes.',
  };
}
