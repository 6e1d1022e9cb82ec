/**
 * Which grants cover one, for telling differences. Wider than `GrantIndex` in one thing: a condition
 * covers every stricter one, where merging needs an equal one.
 *
 * 1. A condition covers another that has each of its operators and keys, with the same values or
 *    fewer: operators and keys AND, values OR (IAM User Guide, "Conditions with multiple context keys
 *    or values", https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html).
 * 2. The values of a negated operator AND, so there they must be the same.
 * 3. When unsure: not covered. Several grants that cover one only together are not found.
 */
import { conditionCovers, expandGrants, type Grant, GrantIndex, grantKey } from '../model/grant.ts';
import type { Statement } from '../model/policy.ts';
import { grouped } from './grouped.ts';

interface Part {
  readonly conditionKey: string;
  readonly index: GrantIndex<Bare>;
}

/** A grant filed without its condition, which all of its part share. */
interface Bare extends Grant {
  readonly original: Grant;
}

export class ScopeIndex {
  readonly grants: readonly Grant[];
  readonly #parts: readonly Part[];
  readonly #partsFor = new Map<string, readonly Part[]>();

  constructor(grants: readonly Grant[]) {
    const byKey = new Map(grants.map((grant) => [grantKey(grant), grant]));
    this.grants = [...byKey.values()];
    this.#parts = [...grouped(this.grants, ({ conditionKey }) => conditionKey).values()].map(
      (alike) => ({
        conditionKey: (alike[0] as Grant).conditionKey,
        index: new GrantIndex(
          alike.map(
            (original): Bare => ({
              action: original.action,
              resource: original.resource,
              conditionKey: '',
              original,
            }),
          ),
        ),
      }),
    );
  }

  covers(grant: Grant): boolean {
    const bare = withoutCondition(grant);
    return this.#partsOf(grant).some(({ index }) => index.covers(bare));
  }

  /** Grants that cover the given one, itself included where it is here. */
  coverers(grant: Grant): Grant[] {
    const bare = withoutCondition(grant);
    return this.#partsOf(grant).flatMap(({ index }) =>
      index.coverers(bare).map(({ original }) => original),
    );
  }

  /** Those whose condition covers the grant's. */
  #partsOf({ conditionKey }: Grant): readonly Part[] {
    let parts = this.#partsFor.get(conditionKey);
    if (parts === undefined) {
      parts = this.#parts.filter((part) => conditionCovers(part.conditionKey, conditionKey));
      this.#partsFor.set(conditionKey, parts);
    }
    return parts;
  }
}

function withoutCondition({ action, resource }: Grant): Grant {
  return { action, resource, conditionKey: '' };
}

/** Whether a statement lists what it is for, and so can be taken apart exactly, negated or not. */
export function isListed({ Action, Resource }: Statement): boolean {
  return Action !== undefined && Resource !== undefined;
}

/** Grants that reach as far as the statement and perhaps further: what Not… excepts is not excepted. */
export function reachOf(statement: Statement): Grant[] {
  const { Action = ['*'], Resource = ['*'] } = statement;
  return expandGrants({ ...statement, Action, Resource });
}
