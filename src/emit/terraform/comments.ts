/** What the module says of itself to its reviewer: where each permission comes from. */
import type {
  GroupInfo,
  IamBundle,
  ManagedPolicy,
  Origin,
  Role,
  User,
} from '../../model/bundle.ts';
import type { TrustStatement } from '../../model/policy.ts';
import { unnamedHolders } from '../inline.ts';
import type { NameList } from './name-lists.ts';

/** The lines above a policy's document: its groups with their sources, and who holds it. */
export function policyComment(
  bundle: IamBundle,
  policy: ManagedPolicy,
  nameLists: readonly NameList[],
): readonly string[] {
  const lines = policy.groups.flatMap((id) => {
    const group = bundle.groups.find((candidate) => candidate.id === id);
    return group === undefined ? [id] : groupLines(group);
  });
  // The module attaches to roles and users that it creates, and to those given by name.
  const listed = nameLists.flatMap(({ principals }) => principals);
  const loose = unnamedHolders(bundle, policy).filter((id) => !listed.includes(id));
  const what = bundle.policyType === 'managed' ? 'attach' : 'put in';
  if (loose.length > 0) lines.push(`Left to ${what} by hand: ${loose.join(', ')}.`);
  return lines;
}

/** The line above a role's trust document, or above a user. */
export function principalComment(
  bundle: IamBundle,
  { principal: id }: Role | User,
): readonly string[] {
  const principal = bundle.principals.find((each) => each.id === id);
  return [principal === undefined ? id : `${id}: ${principal.description}`];
}

/** The line above a statement of a trust document. */
export function trustComment({ Effect }: TrustStatement): readonly string[] {
  return [Effect === 'Allow' ? 'Who may assume the role.' : 'Who may not assume the role.'];
}

function groupLines(group: GroupInfo): readonly string[] {
  const lines = [`${group.id}: ${group.description}`];
  const { source } = group;
  if (source !== undefined) {
    const url = source.url === undefined ? '' : ` (${source.url})`;
    lines.push(
      `Source: ${source.document}, ${source.section}, last update ${source.lastUpdate}${url}`,
    );
  }
  return [...lines, ...group.amendments.map((amendment) => `Amended: ${amendment}`)];
}

/**
 * The lines above each statement: its groups, one to a line, and which of their statements it
 * serves, counted from 0 as the spec, `gen groups` and the manifest count them. Sources are above
 * the whole document; where it has one group only, its name does too.
 */
export function statementComments(policy: ManagedPolicy): readonly (readonly string[])[] {
  return policy.origins.map((origins) => origins.map(originText));
}

function originText({ group, statements }: Origin): string {
  const last = statements.at(-1);
  if (last === undefined) return group;
  return statements.length === 1
    ? `${group}, statement ${last}`
    : `${group}, statements ${statements.slice(0, -1).join(', ')} and ${last}`;
}
