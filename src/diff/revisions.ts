/** What the sources have gained over time: what a target lacks, and the story of every group. */
import { renderStatement } from '../compose/groups.ts';
import { selectFeatures } from '../compose/select.ts';
import type { Source } from '../model/bundle.ts';
import { render } from '../model/parameter.ts';
import type { Statement } from '../model/policy.ts';
import type { Amendment, RequirementGroup, Spec } from '../model/requirement.ts';
import { amendGroup, byDate, type Revision } from '../spec/amend.ts';

/** An amendment as it is reported. */
export interface Addition {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** What it adds, as a statement of its own; parameters as the source writes them. */
  readonly adds: Statement;
  /** 0-based statement of the group that it adds to; absent where it is a new one. */
  readonly addTo?: number;
  readonly source: string;
  /** Of Cluster API Provider AWS, where that brought it and no document of the vendor's. */
  readonly release?: string;
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
  /** The documented revision, where it falls into the period. */
  readonly revision?: Source;
}

/**
 * The selected groups that their sources have added to since, in the spec's order.
 * @param revision what the target has
 * @throws GenError (exit 2) for features that cannot be selected
 */
export function outdatedGroups(
  spec: Spec,
  features: readonly string[],
  revision: Revision,
): readonly OutdatedGroup[] {
  return selectedGroups(spec, features).flatMap((group) => {
    const applied = new Set(amendGroup(group, revision).applied);
    const additions = additionsOf(group, spec).filter(({ amendment }) => !applied.has(amendment));
    return additions.length === 0 ? [] : [told(group, spec, additions)];
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
  const groups =
    features === undefined ? [...spec.groups.values()] : selectedGroups(spec, features);
  return groups.flatMap((group) => {
    const additions = additionsOf(group, spec).filter(({ amendment }) => isWithin(amendment.date));
    const { source } = group;
    const revision =
      source !== undefined && isWithin(source.lastUpdate) ? { revision: source } : {};
    if (additions.length === 0 && !('revision' in revision)) return [];
    return [{ ...told(group, spec, additions), ...revision }];
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
function additionsOf(group: RequirementGroup, spec: Spec): Dated[] {
  // Later amendments may add to statements that earlier ones brought.
  const { statements } = amendGroup(group, { asOf: 'latest', capaRelease: 'latest' });
  return byDate(group.amendments).map((amendment) => {
    const { date, source, addTo, actions, newStatement, release } = amendment;
    const { Sid: _, ...whole } = newStatement ?? (statements[addTo as number] as Statement);
    const gained = newStatement === undefined ? { ...whole, Action: actions ?? [] } : whole;
    const adds = renderStatement(gained, documentedValues(spec));
    return {
      amendment,
      addition: {
        date,
        adds,
        ...(addTo === undefined ? {} : { addTo }),
        source,
        ...(release === undefined ? {} : { release }),
      },
    };
  });
}

/** Parameters as the documents write them. */
function documentedValues({ parameters }: Spec): ReadonlyMap<string, string> {
  return new Map(
    [...parameters.values()].flatMap(({ name, default: value, documentedAs }) => {
      const text = value ?? documentedAs;
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

function told(group: RequirementGroup, spec: Spec, additions: readonly Dated[]): OutdatedGroup {
  const { id, source } = group;
  return {
    id,
    policyName: render(group.policyName, documentedValues(spec)),
    ...(source === undefined ? {} : { documented: source.lastUpdate }),
    additions: additions.map(({ addition }) => addition),
  };
}
