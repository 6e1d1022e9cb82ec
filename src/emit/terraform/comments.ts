/** What the module says of itself to its reviewer: where each permission comes from. */
import type { GroupInfo, IamBundle, ManagedPolicy, Origin, Role } from '../../model/bundle.ts';
import { unnamedHolders } from '../inline.ts';

/** The lines above a policy's document: its groups with their sources, and who holds it. */
export function policyComment(bundle: IamBundle, policy: ManagedPolicy): readonly string[] {
  const lines = policy.groups.flatMap((id) => {
    const group = bundle.groups.find((candidate) => candidate.id === id);
    return group === undefined ? [id] : groupLines(group);
  });
  if (policy.groups.length > 1) {
    lines.push('Above each statement: the groups it comes from and their statements, from 0.');
  }
  // The module attaches to roles that it creates, and to those given by name.
  const loose = unnamedHolders(bundle, policy);
  const what = bundle.policyType === 'managed' ? 'attach' : 'put in';
  if (loose.length > 0) lines.push(`Left to ${what} by hand: ${loose.join(', ')}.`);
  return lines;
}

/** The line above a role's trust document. */
export function roleComment(bundle: IamBundle, role: Role): readonly string[] {
  const principal = bundle.principals.find(({ id }) => id === role.principal);
  return [principal === undefined ? role.principal : `${role.principal}: ${principal.description}`];
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

/** The lines above each statement, where a policy holds more than one group. */
export function statementComments(policy: ManagedPolicy): readonly (readonly string[])[] {
  if (policy.groups.length < 2) return [];
  return policy.origins.map((origins) =>
    origins.length === 0 ? [] : [origins.map(originText).join('; ')],
  );
}

function originText({ group, statements }: Origin): string {
  return statements.length === 0 ? group : `${group}: ${statements.join(', ')}`;
}
