/** Whom the module attaches policies to by name: lists of existing roles, users and groups. */
import type { AwsManagedPolicy, Entity, IamBundle, ManagedPolicy } from '../../model/bundle.ts';
import type { Repetition } from './repetition.ts';

/** A variable that names existing roles, users or groups to attach a principal's policies to. */
export interface NameList {
  readonly variable: string;
  readonly principals: readonly string[];
  readonly entity: Entity;
  /** As given. */
  readonly names: readonly string[];
  /** What is attached beside the module's own policies. */
  readonly awsManagedPolicies: readonly AwsManagedPolicy[];
}

const NODE_ROLES = 'node_role_names';

/** Inline policies are put into the holders that were given; their names are literals. */
export function nameListsOf(bundle: IamBundle): readonly NameList[] {
  if (bundle.policyType === 'inline') return [];
  const { existing, policies } = bundle;
  const given = (principals: readonly string[], entity: Entity) =>
    existing.filter((each) => principals.includes(each.principal) && each.entity === entity);
  const nodes = existingNodes(bundle);
  const lists: readonly (readonly [string, readonly string[], Entity])[] = [
    ['palette_role_names', ['palette'], 'role'],
    ['palette_user_names', ['palette'], 'user'],
    ['palette_group_names', ['palette'], 'group'],
    [NODE_ROLES, nodes, 'role'],
  ];
  return lists.flatMap(([variable, principals, entity]) => {
    const holders = given(principals, entity);
    const uses = [...bundle.principals.filter(({ id }) => principals.includes(id)), ...holders];
    const awsManagedPolicies = [...new Set(uses.flatMap((use) => use.awsManagedPolicies))];
    const holds = policies.some((policy) => isFor(policy, principals));
    if (!holds && awsManagedPolicies.length === 0) return [];
    // What the module creates holds them; others only where they are named.
    const isCreated = [...bundle.roles, ...bundle.users].some(({ principal }) =>
      principals.includes(principal),
    );
    if (isCreated && principals.includes('palette') && holders.length === 0) return [];
    const names = [...new Set(holders.map(({ name }) => name))];
    return [{ variable, principals, entity, names, awsManagedPolicies }];
  });
}

/** Ids of principals whose roles `--node-role` names. */
function existingNodes(bundle: IamBundle): readonly string[] {
  const named = bundle.existing.map(({ principal }) => principal);
  const known = bundle.principals
    .filter(({ node, created }) => node && !created)
    .map(({ id }) => id);
  return [...new Set([...named, ...known])].filter((id) => id !== 'palette');
}

/**
 * The list that each of several things may have one of its own in place of: the roles of its worker
 * nodes. Undefined where nothing that is made for each of them goes there, or the things have keys only.
 */
export function listOfEach(
  lists: readonly NameList[],
  { attributes, policies }: Pick<Repetition, 'attributes' | 'policies'>,
): NameList | undefined {
  if (attributes.length === 0) return undefined;
  return lists.find(
    (list) =>
      list.variable === NODE_ROLES &&
      [...policies].some((policy) => isFor(policy, list.principals)),
  );
}

/** Whether one of the principals holds the policy. */
export function isFor({ attachTo }: ManagedPolicy, principals: readonly string[]): boolean {
  return attachTo.some((id) => principals.includes(id));
}

/**
 * Names to write import ids with: those given; where none is, on no list of the same principals, a
 * place for a role's, since most are roles.
 */
export function namesToImport(list: NameList, lists: readonly NameList[]): readonly string[] {
  if (list.names.length > 0) return list.names;
  const key = list.principals.join();
  const isNamed = lists.some(
    ({ principals, names }) => principals.join() === key && names.length > 0,
  );
  return isNamed || list.entity !== 'role' ? [] : [placeholder(list)];
}

/** `palette_role_names` → `<palette-role-name>`. */
export function placeholder({ variable }: NameList): string {
  return `<${variable.replace(/s$/, '').replaceAll('_', '-')}>`;
}
