/** How far a statement reaches, as grants. */
import { expandGrants, type Grant } from '../model/grant.ts';
import type { Statement } from '../model/policy.ts';

/** Whether a statement lists what it is for, and so can be taken apart exactly, negated or not. */
export function isListed({ Action, Resource }: Statement): boolean {
  return Action !== undefined && Resource !== undefined;
}

/** Grants that reach as far as the statement and perhaps further: what Not… excepts is not excepted. */
export function reachOf(statement: Statement): Grant[] {
  const { Action = ['*'], Resource = ['*'] } = statement;
  return expandGrants({ ...statement, Action, Resource });
}
