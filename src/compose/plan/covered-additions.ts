/**
 * Small change, no diff: what a group has gained since the previous run, but was granted already,
 * does not change its documented policy.
 *
 * 1. Compared is statement by statement, in order: the group may have gained actions in a
 *    statement, and statements at the end; anything else is a change that is written.
 * 2. A gained action is left out where each of its grants is covered on every principal: by the
 *    group's own previous policy, or by what another group asks for and its previous policy holds.
 */

import {
  canonicalStatement,
  expandGrants,
  type Grant,
  GrantIndex,
  isPlainAllow,
} from '../../model/grant.ts';
import type { Statement } from '../../model/policy.ts';
import type { PreviousPolicy } from '../../model/previous-run.ts';
import type { SourcedStatement } from '../sourced.ts';
import { type Requirement, samePrincipals } from './planned.ts';

/**
 * The requirement's statements without covered additions; undefined where something else has
 * changed too, or nothing has.
 */
export function withoutCoveredAdditions(
  requirement: Requirement,
  all: readonly Requirement[],
  previous: readonly PreviousPolicy[],
): SourcedStatement[] | undefined {
  const own = previous.find((policy) => isOf(requirement, policy));
  if (own === undefined || requirement.statements.length < own.statements.length) return undefined;
  // Mostly nothing has changed, and nobody asks.
  let granted: ((grant: Grant) => boolean) | undefined;
  const isGranted = (grant: Grant): boolean => {
    granted ??= coverage(requirement, own, all, previous);
    return granted(grant);
  };
  let gained = false;
  const kept: SourcedStatement[] = [];
  for (const [at, sourced] of requirement.statements.entries()) {
    const before = own.statements[at];
    const { statement } = sourced;
    if (before !== undefined && sameStatement(statement, before)) {
      kept.push(sourced);
      continue;
    }
    if (!isPlainAllow(statement)) return undefined;
    const known = new Set(before?.Action ?? []);
    const added = (statement.Action ?? []).filter((action) => !known.has(action));
    if (!expandGrants({ ...statement, Action: added }).every(isGranted)) return undefined;
    gained = true;
    if (before === undefined) continue;
    const rest = (statement.Action ?? []).filter((action) => known.has(action));
    const without = { ...statement, Action: rest };
    if (!sameStatement(without, before)) return undefined;
    kept.push({ ...sourced, statement: without });
  }
  return gained ? kept : undefined;
}

function isOf(requirement: Requirement, { stem, principals }: PreviousPolicy): boolean {
  return stem === requirement.stem && samePrincipals(principals, requirement.principals);
}

/** Equal to the letter, so that the same text is written. */
function sameStatement(a: Statement, b: Statement): boolean {
  if (JSON.stringify(a) === JSON.stringify(b)) return true;
  return (
    a.Sid === b.Sid &&
    canonicalStatement(a) === canonicalStatement(b) &&
    JSON.stringify([a.Action, a.Resource]) === JSON.stringify([b.Action, b.Resource])
  );
}

/** Rule 2. */
function coverage(
  requirement: Requirement,
  own: PreviousPolicy,
  all: readonly Requirement[],
  previous: readonly PreviousPolicy[],
): (grant: Grant) => boolean {
  const grantsOf = (statements: readonly Statement[]): Grant[] =>
    statements.filter(isPlainAllow).flatMap(expandGrants);
  const asked = new GrantIndex(grantsOf(requirement.statements.map(({ statement }) => statement)));
  const mine = new GrantIndex(grantsOf(own.statements).filter((grant) => asked.covers(grant)));
  const others = all
    .filter((other) => other !== requirement)
    .flatMap((other) => {
      const policy = previous.find((each) => isOf(other, each));
      if (policy === undefined) return [];
      const held = new GrantIndex(grantsOf(policy.statements));
      const wanted = grantsOf(other.statements.map(({ statement }) => statement));
      return [
        {
          principals: other.principals,
          index: new GrantIndex(wanted.filter((grant) => held.get(grant) !== undefined)),
        },
      ];
    });
  return (grant) =>
    mine.covers(grant) ||
    requirement.principals.every((principal) =>
      others.some(({ principals, index }) => principals.includes(principal) && index.covers(grant)),
    );
}
