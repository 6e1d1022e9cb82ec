/**
 * Moot scoping: a grant that is scoped, by its resource or a condition, scopes nothing where the
 * same principal holds a wider one. Every such pair is told, gathered by the wider grant.
 */
import type { Problem } from '../model/errors.ts';
import { expandGrants, type Grant, GrantIndex, grantCovers, isPlainAllow } from '../model/grant.ts';
import type { Statement } from '../model/policy.ts';

/** Statements that a principal holds, and by what: a group, or an AWS managed policy. */
export interface Holding {
  readonly holder: string;
  readonly statements: readonly Statement[];
}

interface HeldGrant extends Grant {
  readonly holder: string;
}

/** One warning per wider grant of the principal. */
export function findMootScoping(principal: string, holdings: readonly Holding[]): Problem[] {
  const grants: HeldGrant[] = holdings.flatMap(({ holder, statements }) =>
    statements
      .filter(isPlainAllow)
      .flatMap(expandGrants)
      .map((grant) => ({ ...grant, holder })),
  );
  const index = new GrantIndex(grants);
  const mooted = new Map<HeldGrant, HeldGrant[]>();
  for (const grant of grants) {
    if (grant.resource === '*' && grant.conditionKey === '') continue;
    for (const wide of index.coverers(grant)) {
      // Equal reach is repetition, not scoping.
      if (grantCovers(grant, wide)) continue;
      mooted.set(wide, [...(mooted.get(wide) ?? []), grant]);
      break;
    }
  }
  return [...mooted].map(([wide, scoped]) => ({
    code: 'moot-scoping',
    message:
      `On "${principal}", ${describe(wide)} makes moot the scoped ` +
      `${scoped.map(describe).join('; ')}.`,
  }));
}

function describe(grant: HeldGrant): string {
  const condition =
    grant.condition === undefined ? '' : ` under ${Object.keys(grant.condition).join(', ')}`;
  return `${grant.action} on ${grant.resource}${condition} (${grant.holder})`;
}
