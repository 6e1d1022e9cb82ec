/** What the sources have gained over time: what a target lacks, and the story of every group. */
import type { Statement } from './model/policy.ts';
import type { Amendment, RequirementGroup, Spec } from './model/requirement.ts';
import { selectFeatures } from './select.ts';
import { amendGroup, byDate } from './spec/amend.ts';

/** An amendment as it is told. */
export interface Addition {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly actions: readonly string[];
  /** The statement that gains the actions, as it stands then; a new one has only them. */
  readonly statement: Statement;
  /** 0-based; absent for a new statement. */
  readonly addTo?: number;
  readonly source: string;
}

export interface OutdatedGroup {
  readonly id: string;
  readonly policyName: string;
  /** `YYYY-MM-DD` of the documented revision, where the group has a source. */
  readonly documented?: string;
  /** Oldest first. */
  readonly additions: readonly Addition[];
}

export interface GroupStory extends OutdatedGroup {
  /** Where the documented revision falls into the period. */
  readonly revision?: { readonly date: string; readonly document: string; readonly section: string };
}

/**
 * The selected groups that their sources have added to since, in the spec's order.
 * @param asOf what the target has: `YYYY-MM-DD`, `latest`, or the documented revision where absent
 * @throws GenError (exit 2) for features that cannot be selected
 */
export function outdatedGroups(
  spec: Spec,
  features: readonly string[],
  asOf: string | undefined,
): readonly OutdatedGroup[] {
  return selectedGroups(spec, features).flatMap((group) => {
    const applied = new Set(amendGroup(group, asOf).applied);
    const additions = additionsOf(group).filter(({ amendment }) => !applied.has(amendment));
    return additions.length === 0 ? [] : [told(group, additions)];
  });
}

/**
 * What became of every group in a period, both days included; groups to which nothing happened are
 * left out.
 * @param features only the groups of these; all groups where absent
 * @throws GenError (exit 2) for features that cannot be selected
 */
export function groupStories(
  spec: Spec,
  features: readonly string[] | undefined,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): readonly GroupStory[] {
  const isWithin = (date: string): boolean =>
    (from === undefined || date >= from) && (to === undefined || date <= to);
  const groups = features === undefined ? [...spec.groups.values()] : selectedGroups(spec, features);
  return groups.flatMap((group) => {
    const additions = additionsOf(group).filter(({ amendment }) => isWithin(amendment.date));
    const { source } = group;
    const isRevised = source !== undefined && isWithin(source.lastUpdate);
    if (additions.length === 0 && !isRevised) return [];
    const { lastUpdate: date, document, section } = source ?? {};
    return [
      {
        ...told(group, additions),
        ...(isRevised && { revision: { date, document, section } as GroupStory['revision'] & {} }),
      },
    ];
  });
}

function selectedGroups(spec: Spec, features: readonly string[]): RequirementGroup[] {
  return selectFeatures(spec, features).groups.map((id) => spec.groups.get(id) as RequirementGroup);
}

interface Dated {
  readonly amendment: Amendment;
  readonly addition: Addition;
}

/** All amendments, oldest first. */
function additionsOf(group: RequirementGroup): Dated[] {
  // Later amendments may add to statements that earlier ones brought.
  const { statements } = amendGroup(group, 'latest');
  return byDate(group.amendments).map((amendment) => {
    const { date, source, addTo, newStatement } = amendment;
    const statement = newStatement ?? (statements[addTo as number] as Statement);
    const actions = amendment.actions ?? newStatement?.Action ?? newStatement?.NotAction ?? [];
    const place = addTo === undefined ? {} : { addTo };
    return { amendment, addition: { date, actions, statement, ...place, source } };
  });
}

function told(group: RequirementGroup, additions: readonly Dated[]): OutdatedGroup {
  const { id, policyName, source } = group;
  return {
    id,
    policyName,
    ...(source === undefined ? {} : { documented: source.lastUpdate }),
    additions: additions.map(({ addition }) => addition),
  };
}
