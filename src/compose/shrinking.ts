/** Shrinking as composing asks for it, and what it tells of it. */

import type { ShrinkInfo, ShrinkShape } from '../model/bundle.ts';
import type { Problem } from '../model/errors.ts';
import type { SizeModel } from '../model/size.ts';
import type { Catalogue } from './catalogue.ts';
import type { PlanInput, PlannedPolicies, Requirement } from './plan/planned.ts';
import { unknownActions } from './shrink/expand.ts';
import { shrinkStatements } from './shrink/shrink.ts';
import { byText } from './sourced.ts';

/** Actions that the requirements ask for, in lower case. */
function askedActions(requirements: readonly Requirement[]): ReadonlySet<string> {
  return new Set(
    requirements.flatMap(({ statements }) =>
      statements.flatMap(
        ({ statement }) => statement.Action?.map((each) => each.toLowerCase()) ?? [],
      ),
    ),
  );
}

export function shrinkWith(
  catalogue: Catalogue,
  shape: ShrinkShape,
  size: SizeModel,
  requirements: readonly Requirement[],
): NonNullable<PlanInput['shrink']> {
  const asked = askedActions(requirements);
  const isAsked = (action: string): boolean => asked.has(action.toLowerCase());
  return (statements, limit, countDocuments) =>
    shrinkStatements({ statements, limit, size, catalogue, shape, countDocuments, isAsked });
}

export function shrinkInfo(
  planned: readonly PlannedPolicies[],
  shape: ShrinkShape,
  catalogue: Catalogue,
): ShrinkInfo {
  const wildcards = new Map(
    planned.flatMap((each) =>
      each.wildcards.map((wildcard) => [wildcard.pattern, wildcard] as const),
    ),
  );
  return {
    shape,
    catalogueDate: catalogue.date,
    wildcards: [...wildcards.values()].sort((a, b) => byText(a.pattern, b.pattern)),
  };
}

export function shrinkWarnings(
  planned: readonly PlannedPolicies[],
  requirements: readonly Requirement[],
  catalogue: Catalogue,
): Problem[] {
  const warnings: Problem[] = [];
  const unknown = unknownActions(
    requirements.flatMap(({ statements }) => statements),
    catalogue,
  );
  if (unknown.length > 0) {
    warnings.push({
      code: 'unknown-action',
      message: `The action catalogue of ${catalogue.date} does not know ${unknown.join(', ')}.`,
      advice: 'They are kept as they are. Check their spelling, or update gen.',
    });
  }
  if (planned.some(({ wildcards }) => wildcards.length > 0)) {
    warnings.push({
      code: 'wildcards-widen',
      message: `Wildcards stand for what AWS had on ${catalogue.date}; each widens when AWS adds an action that it matches.`,
      advice:
        'Generate again with a newer gen from time to time: a wildcard that is no longer exact goes.',
    });
  }
  return warnings;
}
