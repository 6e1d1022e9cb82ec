/** The selected groups as they apply: amended up to a date, their parameters' values put in. */
import type { GroupInfo } from '../model/bundle.ts';
import { render } from '../model/parameter.ts';
import type { Condition, Statement } from '../model/policy.ts';
import type { RequirementGroup, Spec } from '../model/requirement.ts';
import type { Selection } from '../select.ts';
import { amendGroup } from '../spec/amend.ts';

export type Groups = ReadonlyMap<string, RequirementGroup>;

export interface Amended {
  readonly group: RequirementGroup;
  readonly applied: readonly string[];
}

/** The selection's groups as of a date. */
export function amendGroups(
  spec: Spec,
  selection: Selection,
  asOf: string | undefined,
): ReadonlyMap<string, Amended> {
  return new Map(
    selection.groups.map((id) => {
      const group = amendGroup(spec.groups.get(id) as RequirementGroup, asOf);
      const applied = group.applied.map(({ date, source }) => `${date} (${source})`);
      return [id, { group, applied }] as const;
    }),
  );
}

/** The group with values in its statements; its names keep their parameters. */
export function renderGroup(
  group: RequirementGroup,
  values: ReadonlyMap<string, string>,
): RequirementGroup {
  return { ...group, statements: group.statements.map((each) => renderStatement(each, values)) };
}

/** Puts values in, everywhere a statement holds text: condition keys included. */
function renderStatement(statement: Statement, values: ReadonlyMap<string, string>): Statement {
  const text = (value: string): string => render(value, values);
  const condition = (block: Condition): Condition =>
    Object.fromEntries(
      Object.entries(block).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, list]) => [text(key), list.map(text)])),
      ]),
    );
  const { Action, NotAction, Resource, NotResource, Condition: block } = statement;
  return {
    ...statement,
    ...(Action && { Action: Action.map(text) }),
    ...(NotAction && { NotAction: NotAction.map(text) }),
    ...(Resource && { Resource: Resource.map(text) }),
    ...(NotResource && { NotResource: NotResource.map(text) }),
    ...(block && { Condition: condition(block) }),
  };
}

/** What the groups say of themselves. */
export function groupInfos(amended: ReadonlyMap<string, Amended>): GroupInfo[] {
  return [...amended].map(([id, { group, applied }]) => ({
    id,
    description: group.description,
    ...(group.source === undefined ? {} : { source: group.source }),
    amendments: applied,
  }));
}
