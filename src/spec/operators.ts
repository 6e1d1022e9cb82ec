/**
 * Condition operators of IAM, as "IAM JSON policy elements: Condition operators" lists them:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */

const ORDERED = [
  'Equals',
  'NotEquals',
  'LessThan',
  'LessThanEquals',
  'GreaterThan',
  'GreaterThanEquals',
];

const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  String: ['Equals', 'NotEquals', 'EqualsIgnoreCase', 'NotEqualsIgnoreCase', 'Like', 'NotLike'],
  Numeric: ORDERED,
  Date: ORDERED,
  Arn: ['Equals', 'Like', 'NotEquals', 'NotLike'],
};

/** Operators without the suffix `IfExists` and the set prefixes. */
export const CONDITION_OPERATORS: readonly string[] = [
  ...Object.entries(COMPARISONS).flatMap(([type, list]) => list.map((each) => type + each)),
  'Bool',
  'BinaryEquals',
  'IpAddress',
  'NotIpAddress',
  'Null',
];

const KNOWN = new Set(CONDITION_OPERATORS.map((operator) => operator.toLowerCase()));

/** The operator alone: `ForAnyValue:StringLikeIfExists` → `StringLike`. */
export function bareOperator(operator: string): string {
  return operator.replace(/^For(AllValues|AnyValue):/i, '').replace(/IfExists$/i, '');
}

export function isConditionOperator(operator: string): boolean {
  const bare = bareOperator(operatorName(operator));
  // "Null" takes no IfExists.
  if (bare.toLowerCase() === 'null') return !/IfExists$/i.test(operator);
  return KNOWN.has(bare.toLowerCase());
}

/**
 * The operator's name. Without quotes, Null is nothing to YAML, in each of its spellings; as an
 * operator it can mean only this one.
 */
export function operatorName(written: string): string {
  return /^(null|~)$/i.test(written) ? 'Null' : written;
}
