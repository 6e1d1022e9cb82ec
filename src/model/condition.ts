/**
 * Condition blocks, and when one covers another.
 *
 * The rules (IAM User Guide, "Conditions with multiple context keys or values",
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html):
 * 1. A block is a list of terms: an operator, a key and its values. Terms AND, and a term's values
 *    OR; those of a negated operator AND. Keys are case-insensitive, values are compared as written.
 * 2. Blocks are equal when they hold the same terms, whatever the order of terms and values; a
 *    value and a list of it alone are the same.
 * 3. A block covers each stricter one: every term of the wide block follows from a term of the
 *    narrow one with the same operator and key, which has no further values, or, where the operator
 *    is negated, all its values. No condition covers every condition.
 * 4. An operator with `IfExists` covers the same operator without it.
 * 5. Blocks that differ in the values of one term say together what one block with all these values
 *    says, where values OR one by one. That excludes negated operators, `ForAllValues` (which asks
 *    something of all the request's values together), `Null` and `Bool`.
 * 6. When unsure: not covered.
 */
import type { Condition } from './policy.ts';

/** One operator and key of a block; the key in lowercase, the values sorted, each once. */
export interface Term {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** `…Not…`, e.g. StringNotLike, NotIpAddress, ForAllValues:StringNotEquals: their values AND. */
export function isNegated(operator: string): boolean {
  return /not/i.test(operator);
}

/** Rule 2 as a string; equal strings mean equal conditions. Empty where there is no condition. */
export function canonicalCondition(condition: Condition | undefined): string {
  if (condition === undefined) return '';
  return keyOfTerms(
    Object.entries(condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        operator,
        key: key.toLowerCase(),
        values: [...new Set(values)].sort(),
      })),
    ),
  );
}

/** The terms in a canonical form that `canonicalCondition` gave. */
export function termsOf(conditionKey: string): readonly Term[] {
  const terms = JSON.parse(`[${conditionKey}]`) as [string, string, string[]][];
  return terms.map(([operator, key, values]) => ({ operator, key, values }));
}

function keyOfTerms(terms: readonly Term[]): string {
  return terms
    .map(({ operator, key, values }) => JSON.stringify([operator, key, values]))
    .sort()
    .join(',');
}

/** Whether everything allowed under the narrow condition is allowed under the wide one (rule 3). */
export function conditionCovers(wideKey: string, narrowKey: string): boolean {
  if (wideKey === '' || wideKey === narrowKey) return true;
  return narrowKey !== '' && termsCover(termsOf(wideKey), termsOf(narrowKey));
}

function termsCover(wide: readonly Term[], narrow: readonly Term[]): boolean {
  return wide.every((term) => narrow.some((stricter) => termCovers(term, stricter)));
}

function termCovers(wide: Term, narrow: Term): boolean {
  if (!isSameQuestion(wide, narrow)) return false;
  return isNegated(wide.operator)
    ? isSubset(wide.values, narrow.values)
    : isSubset(narrow.values, wide.values);
}

/** The same key and operator, but for `IfExists` on the wide side (rule 4). */
function isSameQuestion(wide: Term, narrow: Term): boolean {
  if (wide.key !== narrow.key) return false;
  return wide.operator === narrow.operator || wide.operator === `${narrow.operator}IfExists`;
}

function isSubset(values: readonly string[], others: readonly string[]): boolean {
  return values.every((value) => others.includes(value));
}

const UNITABLE = /^(?:ForAnyValue:)?(?:String|Arn|IpAddress|Binary)/;

/** Whether the values of an operator OR one by one (rule 5). */
export function isUnitable(operator: string): boolean {
  return UNITABLE.test(operator) && !isNegated(operator);
}

/** Conditions that differ from a given one in the values of one term. */
export interface ConditionFamily {
  /** The same for all of them. */
  readonly id: string;
  readonly operator: string;
  /** In lowercase. */
  readonly key: string;
}

/** The families that a condition belongs to: one for each term whose values OR. */
export function familiesOf(conditionKey: string): readonly ConditionFamily[] {
  const terms = termsOf(conditionKey);
  return terms.flatMap((term, at) => {
    if (!isUnitable(term.operator)) return [];
    const { operator, key } = term;
    // AWS refuses a duplicate key under an operator; such a block is left as it is.
    const twins = terms.filter((other) => other.operator === operator && other.key === key);
    if (twins.length > 1) return [];
    return [{ id: keyOfTerms(terms.with(at, { ...term, values: [] })), operator, key }];
  });
}

/** One condition for several of a family: the first's, with the values of all, sorted. */
export function uniteConditions(
  conditions: readonly [Condition, ...Condition[]],
  { operator, key }: ConditionFamily,
): Condition {
  const spellingIn = (condition: Condition): string | undefined =>
    Object.keys(condition[operator] ?? {}).find((each) => each.toLowerCase() === key);
  const values = conditions.flatMap((condition) => {
    const spelling = spellingIn(condition);
    return spelling === undefined ? [] : (condition[operator]?.[spelling] ?? []);
  });
  const [first] = conditions;
  const spelling = spellingIn(first) ?? key;
  return { ...first, [operator]: { ...first[operator], [spelling]: [...new Set(values)].sort() } };
}

/** What a condition is beside the values that OR: no two that differ in it fit one statement. */
export function frameOfCondition(conditionKey: string): string {
  return keyOfTerms(
    termsOf(conditionKey).map((term) =>
      isUnitable(term.operator) ? { ...term, values: [] } : term,
    ),
  );
}

/** Bound of parts that one question of `conditionsCover` may be taken into. */
const MAX_PARTS = 4096;

/**
 * Whether several conditions together cover one: values that OR may be covered each by another
 * (rule 5).
 */
export function conditionsCover(wideKeys: readonly string[], narrowKey: string): boolean {
  if (wideKeys.some((wideKey) => conditionCovers(wideKey, narrowKey))) return true;
  if (wideKeys.length < 2) return false;
  let parts = 0;
  const wides = wideKeys.map(termsOf);
  const covered = (candidates: readonly (readonly Term[])[], narrow: readonly Term[]): boolean => {
    const possible = candidates.filter((wide) => mayCoverPart(wide, narrow));
    if (possible.some((wide) => termsCover(wide, narrow))) return true;
    if (possible.length < 2 || ++parts > MAX_PARTS) return false;
    const at = narrow.findIndex(
      (term) =>
        isUnitable(term.operator) &&
        term.values.length > 1 &&
        possible.some((wide) => tells(wide, term)),
    );
    if (at < 0) return false;
    const split = partsOf(narrow[at] as Term, possible);
    return split.length > 1 && split.every((part) => covered(possible, narrow.with(at, part)));
  };
  return covered(wides, termsOf(narrowKey));
}

/** Whether each term of the wide block follows for some values of the narrow one. */
function mayCoverPart(wide: readonly Term[], narrow: readonly Term[]): boolean {
  return wide.every((term) =>
    narrow.some(
      (stricter) =>
        termCovers(term, stricter) ||
        (isSameQuestion(term, stricter) &&
          isUnitable(stricter.operator) &&
          stricter.values.some((value) => term.values.includes(value))),
    ),
  );
}

/** Whether a block follows for some values of a term and not for others. */
function tells(wide: readonly Term[], narrow: Term): boolean {
  return wide.some((term) => isSameQuestion(term, narrow) && !termCovers(term, narrow));
}

/** The term cut into parts whose values the wide blocks do not tell apart. */
function partsOf(term: Term, wides: readonly (readonly Term[])[]): Term[] {
  const asked = wides.flatMap((wide) => wide.filter((each) => isSameQuestion(each, term)));
  const parts = new Map<string, string[]>();
  for (const value of term.values) {
    const fits = asked.map(({ values }) => (values.includes(value) ? '1' : '0')).join('');
    const part = parts.get(fits);
    if (part === undefined) parts.set(fits, [value]);
    else part.push(value);
  }
  return [...parts.values()].map((values) => ({ ...term, values }));
}
