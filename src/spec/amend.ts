/**
 * Amendments: what a source has gained since the documented revision.
 */
import { compareReleases } from '../model/release.ts';
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

/** Which amendments a target takes, of each of the two streams; none where undefined. */
export interface Revision {
  /** Of the documents: `YYYY-MM-DD`, that day included, or `latest`. */
  readonly asOf?: string | undefined;
  /** Of Cluster API Provider AWS: a release, that one included, or `latest`. */
  readonly capaRelease?: string | undefined;
}

/** The group at a revision. Takes nothing away from the group given. */
export function amendGroup(group: RequirementGroup, { asOf, capaRelease }: Revision): AmendedGroup {
  const applied = byDate(group.amendments).filter(({ date, release }) =>
    release === undefined
      ? asOf !== undefined && (asOf === 'latest' || date <= asOf)
      : capaRelease !== undefined &&
        (capaRelease === 'latest' || compareReleases(release, capaRelease) <= 0),
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
