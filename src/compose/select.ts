/**
 * From the features a user names to what is active, and the groups that follow.
 *
 * The rules, in the order in which they are applied:
 * 1. A name that is no feature is an error with the nearest names and the list.
 * 2. Where no base is named, the default base is taken.
 * 3. Implied features join, until nothing changes.
 * 4. Two features of which one excludes the other are an error, as is a missing requirement.
 * 5. A feature that is redundant beside another stays active but brings no groups.
 */
import { GenError, type Problem, type Warning } from '../model/errors.ts';
import { nearestFew } from '../model/nearest.ts';
import type { Feature, FeatureAdvice, FeatureLink, Spec } from '../model/requirement.ts';

/** Taken when no base is named; the documents' own default. */
export const DEFAULT_BASE = 'core';

export interface Selection {
  /** As typed, deduplicated, in the spec's order. */
  readonly features: readonly string[];
  /** With the default base and everything implied, in the spec's order. */
  readonly active: readonly string[];
  readonly bases: readonly string[];
  /** Group ids, in the order in which the features name them. */
  readonly groups: readonly string[];
  readonly warnings: readonly Warning[];
  readonly notes: readonly string[];
}

/**
 * Applies the rules above.
 * @throws GenError (exit 2) naming every unknown feature, or every conflict and missing requirement.
 */
export function selectFeatures(spec: Spec, typed: readonly string[]): Selection {
  const unknown = [...new Set(typed)].filter((id) => !spec.features.has(id));
  if (unknown.length > 0) {
    throw new GenError(
      2,
      unknown.map((id) => unknownFeature(spec, id)),
    );
  }
  const activation = activate(spec, typed);
  const { active, order, feature } = activation;
  const conflicts = conflictsOf(activation);
  // A conflict says already which base to choose; a missing feature would only repeat it.
  const problems = conflicts.length > 0 ? conflicts : missingOf(activation);
  if (problems.length > 0) throw new GenError(2, problems);

  const effective = order.filter(
    (id) => !feature(id).redundantWith.some((other) => active.has(other)),
  );
  const wanted = new Set(effective.flatMap((id) => feature(id).groups));
  const advice = order.flatMap((id) =>
    feature(id)
      .advice.filter((entry) => applies(entry, active))
      .map((entry) => ({ id, entry })),
  );
  return {
    features: inSpecOrder(spec, new Set(typed)),
    active: order,
    bases: order.filter((id) => feature(id).base),
    groups: [...wanted],
    warnings: advice
      .filter(({ entry }) => entry.level === 'warning')
      .map(({ id, entry }) => ({
        code: 'feature-advice',
        groups: [id],
        message: `${id}: ${entry.says}`,
      })),
    notes: advice
      .filter(({ entry }) => entry.level === 'note')
      .map(({ id, entry }) => `${id}: ${entry.says}`),
  };
}

function inSpecOrder(spec: Spec, ids: ReadonlySet<string>): string[] {
  return [...spec.features.keys()].filter((id) => ids.has(id));
}

/** The active features, and why each is there. */
interface Activation {
  readonly active: ReadonlySet<string>;
  /** In the order of the spec. */
  readonly order: readonly string[];
  readonly feature: (id: string) => Feature;
  /** Feature that is implied → the one that implies it. */
  readonly impliedBy: ReadonlyMap<string, string>;
  /** In words, e.g. `"stack-manual" (implied by "iaas-dynamic")`. */
  readonly described: (id: string) => string;
}

function activate(spec: Spec, typed: readonly string[]): Activation {
  const feature = (id: string): Feature => spec.features.get(id) as Feature;
  const active = new Set(typed);
  const hasBase = [...active].some((id) => feature(id).base);
  if (!hasBase && spec.features.has(DEFAULT_BASE)) active.add(DEFAULT_BASE);
  const impliedBy = new Map<string, string>();
  const imply = (id: string): boolean => {
    let grew = false;
    for (const link of feature(id).implies) {
      if (active.has(link.feature) || !applies(link, active)) continue;
      active.add(link.feature);
      impliedBy.set(link.feature, id);
      grew = true;
    }
    return grew;
  };
  for (let grew = true; grew; ) {
    grew = inSpecOrder(spec, active).map(imply).some(Boolean);
  }
  const described = (id: string): string => {
    if (typed.includes(id)) return `"${id}"`;
    const by = impliedBy.get(id);
    return by === undefined
      ? `"${id}" (taken because no base is named)`
      : `"${id}" (implied by "${by}")`;
  };
  return { active, order: inSpecOrder(spec, active), feature, impliedBy, described };
}

function conflictsOf(activation: Activation): readonly Problem[] {
  const { active, order, feature, described } = activation;
  const seen = new Set<string>();
  return order.flatMap((id) =>
    feature(id).excludes.flatMap((link) => {
      if (!active.has(link.feature) || !applies(link, active)) return [];
      const pair = [id, link.feature].sort().join(' ');
      if (seen.has(pair)) return [];
      seen.add(pair);
      // What only follows from a feature that conflicts itself would be said twice.
      if (follows(id, link.feature, activation) || follows(link.feature, id, activation)) return [];
      return [conflict(described(id), described(link.feature), link.why)];
    }),
  );
}

/** Whether `id` is there because of a typed feature that conflicts with `other` itself. */
function follows(id: string, other: string, activation: Activation): boolean {
  const { active, feature, impliedBy } = activation;
  const cause = impliedBy.get(id);
  if (cause === undefined) return false;
  const excludes = (a: string, b: string): boolean =>
    feature(a).excludes.some((link) => link.feature === b && applies(link, active));
  return excludes(cause, other) || excludes(other, cause) || follows(cause, other, activation);
}

function missingOf({ active, order, feature, described }: Activation): readonly Problem[] {
  return order.flatMap((id) =>
    feature(id)
      .requires.filter(({ anyOf }) => !anyOf.some((other) => active.has(other)))
      .map(({ anyOf, why }) => ({
        code: 'missing-feature',
        message: `Feature ${described(id)} needs ${anyOf.length > 1 ? 'one of ' : ''}${anyOf.join(', ')}.`,
        advice: why ?? `Add ${anyOf.join(' or ')} to --features.`,
      })),
  );
}

/** Whether what is said only beside some features, or not beside others, applies here. */
function applies(
  { with: beside, unless = [] }: FeatureLink | FeatureAdvice,
  active: ReadonlySet<string>,
): boolean {
  const isBeside = beside === undefined || beside.some((id) => active.has(id));
  return isBeside && !unless.some((id) => active.has(id));
}

function conflict(one: string, other: string, why: string | undefined): Problem {
  return {
    code: 'conflicting-features',
    message: `Features ${one} and ${other} cannot be generated together.`,
    advice: why ?? 'Choose one of them.',
  };
}

function unknownFeature(spec: Spec, id: string): Problem {
  const known = [...spec.features.keys()];
  const near = nearestFew(id, known);
  return {
    code: 'unknown-feature',
    message: `There is no feature "${id}".${near.length === 0 ? '' : ` Nearest: ${near.join(', ')}.`}`,
    advice: `Features: ${known.join(', ')}. See \`gen features\`.`,
  };
}
