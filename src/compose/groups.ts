/** The selected groups as they apply: amended up to a date, their parameters' values put in. */
import type { GroupInfo } from '../model/bundle.ts';
import { usageError } from '../model/errors.ts';
import { holdersOfColons, type Parameter, render } from '../model/parameter.ts';
import { markColons } from '../model/pattern.ts';
import type { Condition, Statement } from '../model/policy.ts';
import type { Amendment, RequirementGroup, Spec } from '../model/requirement.ts';
import { amendGroup, type Revision } from '../spec/amend.ts';
import type { Selection } from './select.ts';
import { type Identities, resolveAttachTo } from './workloads.ts';

export type Groups = ReadonlyMap<string, RequirementGroup>;

export interface Amended {
  readonly group: RequirementGroup;
  readonly applied: readonly string[];
  /** Permissions that its source has gained, and that are not applied. */
  readonly pending: number;
}

/** The selection's groups at a revision, each for whoever runs what it is for. */
export function amendGroups(
  spec: Spec,
  selection: Selection,
  revision: Revision,
  identities: Identities,
): ReadonlyMap<string, Amended> {
  return new Map(
    selection.groups.map((id) => {
      const amended = amendGroup(spec.groups.get(id) as RequirementGroup, revision);
      const group = { ...amended, attachTo: resolveAttachTo(amended.attachTo, identities) };
      const applied = amended.applied.map(({ date, source }) => `${date} (${source})`);
      const pending = spec.groups
        .get(id)
        ?.amendments.filter((amendment) => !amended.applied.includes(amendment));
      return [id, { group, applied, pending: permissionsIn(pending ?? []) }] as const;
    }),
  );
}

function permissionsIn(amendments: readonly Amendment[]): number {
  return amendments.reduce(
    (sum, { actions, newStatement }) => sum + (actions ?? newStatement?.Action ?? ['*']).length,
    0,
  );
}

/** The group with values in its statements; its names keep their parameters. */
export function renderGroup(
  group: RequirementGroup,
  values: ReadonlyMap<string, string>,
  parameters: ReadonlyMap<string, Parameter>,
): RequirementGroup {
  const holders = holdersOfColons(parameters);
  return {
    ...group,
    statements: availableIn(values.get('partition'), group).map((each) =>
      marked(renderStatement(each, values), holders),
    ),
  };
}

/** The statements without the actions that the partition lacks. */
function availableIn(
  partition: string | undefined,
  { statements, unavailable = [] }: RequirementGroup,
): readonly Statement[] {
  const lacking = new Set(
    unavailable
      .filter(({ partitions }) => partition !== undefined && partitions.includes(partition))
      .flatMap(({ actions }) => actions),
  );
  if (lacking.size === 0) return statements;
  return statements.flatMap(({ Action, ...statement }) => {
    const left = Action?.filter((action) => !lacking.has(action));
    if (left?.length === 0) return [];
    return [left === undefined ? statement : { ...statement, Action: left }];
  });
}

/** Says where open parameters may shift the parts of an ARN. */
function marked(statement: Statement, holders: ReadonlySet<string>): Statement {
  if (holders.size === 0) return statement;
  const mark = (resource: string): string => markColons(resource, holders);
  const { Resource, NotResource } = statement;
  return {
    ...statement,
    ...(Resource && { Resource: Resource.map(mark) }),
    ...(NotResource && { NotResource: NotResource.map(mark) }),
  };
}

/** Puts values in, everywhere a statement holds text: condition keys included. */
export function renderStatement(
  statement: Statement,
  values: ReadonlyMap<string, string>,
): Statement {
  const text = (value: string): string => render(value, values);
  const { Action, NotAction, Resource, NotResource, Condition: block } = statement;
  return {
    ...statement,
    ...(Action && { Action: Action.map(text) }),
    ...(NotAction && { NotAction: NotAction.map(text) }),
    ...(Resource && { Resource: Resource.map(text) }),
    ...(NotResource && { NotResource: NotResource.map(text) }),
    ...(block && { Condition: renderCondition(block, text) }),
  };
}

/** Keys included. @throws GenError (exit 2) where two keys become one */
export function renderCondition(block: Condition, text: (value: string) => string): Condition {
  return Object.fromEntries(
    Object.entries(block).map(([operator, keys]) => [operator, renderKeys(keys, text)]),
  );
}

/** @throws GenError (exit 2) where two keys become one, and a condition would be lost. */
function renderKeys(
  keys: Readonly<Record<string, readonly string[]>>,
  text: (value: string) => string,
): Record<string, readonly string[]> {
  const rendered = new Map<string, readonly string[]>();
  for (const [key, values] of Object.entries(keys)) {
    const name = text(key);
    if ([...rendered.keys()].some((other) => other.toLowerCase() === name.toLowerCase())) {
      throw usageError(
        'colliding-condition-keys',
        `Two condition keys become one with these values: ${JSON.stringify(name)}.`,
        'One of the two conditions would be lost. Give another value, or write the key once in the spec.',
      );
    }
    rendered.set(name, values.map(text));
  }
  return Object.fromEntries(rendered);
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
