/**
 * Grants that a principal keeps, but in another policy than in the former run. While such a change
 * is applied there is a gap, unless what is added is applied before what is taken away.
 */
import type { ManagedPolicy, Move } from '../../model/bundle.ts';
import type { FormerPolicy } from '../../model/former.ts';
import { expandGrants, type Grant, GrantIndex, isPlainAllow } from '../../model/grant.ts';
import type { Statement } from '../../model/policy.ts';

/** Moves by former policy, in its order; grants that are gone altogether are no moves. */
export function findMoves(
  former: readonly FormerPolicy[],
  policies: readonly ManagedPolicy[],
): readonly Move[] {
  const before = new Map(
    former.map(({ name, statements }) => [name, new GrantIndex(grantsOf(statements))]),
  );
  const now = policies.map((policy) => ({
    policy,
    grants: new GrantIndex(grantsOf(policy.document.Statement)),
  }));
  return former.flatMap(({ name, principals, statements }) => {
    const moves = new Map<string, Grant[]>();
    for (const grant of grantsOf(statements)) {
      const hosts = now.filter(
        ({ policy, grants }) =>
          policy.attachTo.some((id) => principals.includes(id)) && grants.covers(grant),
      );
      // Where a policy held it all along there is no gap.
      const steady = principals.every((id) =>
        hosts.some(
          ({ policy }) => policy.attachTo.includes(id) && before.get(policy.name)?.covers(grant),
        ),
      );
      const [host] = hosts;
      if (host === undefined || steady) continue;
      const to = host.policy.name;
      moves.set(to, [...(moves.get(to) ?? []), grant]);
    }
    return [...moves].map(([to, grants]) => ({
      from: name,
      to,
      grants: grants.map(({ action, resource, condition }) => ({
        action,
        resource,
        ...(condition === undefined ? {} : { condition }),
      })),
    }));
  });
}

function grantsOf(statements: readonly Statement[]): Grant[] {
  return statements.filter(isPlainAllow).flatMap(expandGrants);
}
