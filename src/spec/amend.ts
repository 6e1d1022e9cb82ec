/**
 * Amendments: what a source has gained since the documented revision.
 */
import type { Amendment, RequirementGroup } from '../model/requirement.ts';

export type AmendedGroup = RequirementGroup & {
  /** The amendments that were applied, in the order they were. */
  readonly applied: readonly Amendment[];
};

/** Oldest first; those of one day in the order they are written. */
export function byDate<T extends { readonly date: string }>(
  amendments: readonly T[],
): readonly T[] {
  return amendments.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
}

/**
 * The group as its source stood on a day: `YYYY-MM-DD`, that day included; `latest` for all
 * amendments; undefined for the documented revision. Takes nothing away from the group given.
 */
export function amendGroup(group: RequirementGroup, asOf: string | undefined): AmendedGroup {
  const applied = byDate(group.amendments).filter(
    (amendment) => asOf !== undefined && (asOf === 'latest' || amendment.date <= asOf),
  );
  const statements = [...group.statements];
  for (const { addTo, actions, newStatement } of applied) {
    if (newStatement !== undefined) statements.push(newStatement);
    const target = addTo === undefined ? undefined : statements[addTo];
    if (addTo === undefined || target?.Action === undefined || actions === undefined) continue;
    // Action names are case-insensitive.
    const present = new Set(target.Action.map((action) => action.toLowerCase()));
    const gained = actions.filter((action) => !present.has(action.toLowerCase()));
    statements[addTo] = { ...target, Action: [...target.Action, ...gained] };
  }
  return { ...group, statements, applied };
}
