/**
 * Roles, users and groups that are given for several principals hold the policies of all of them, and
 * have one quota.
 */
import type { ExistingAttachment } from '../../model/bundle.ts';
import { GenError, type Problem, usageError } from '../../model/errors.ts';
import type { Created } from '../names.ts';
import type { Capacity } from '../plan/planned.ts';
import type { Principals } from '../principals.ts';

/** IAM names are unique without regard to case. */
const keyOf = ({ entity, name }: Pick<ExistingAttachment, 'entity' | 'name'>): string =>
  `${entity} ${name.toLowerCase()}`;

/**
 * @throws GenError: exit 2 where a role or user that is created here is given as an existing one, 3 where
 * what several principals hold does not fit the one entity that serves as all of them.
 */
export function checkSharedHolders({
  existing,
  created: { roles, users, policies },
  principals,
  capacities,
}: {
  readonly existing: readonly ExistingAttachment[];
  readonly created: Created;
  readonly principals: Principals;
  readonly capacities: ReadonlyMap<string, Capacity>;
}): void {
  const made = new Set([
    ...roles.map(({ name }) => keyOf({ entity: 'role', name })),
    ...users.map(({ name }) => keyOf({ entity: 'user', name })),
  ]);
  const created = existing.find((each) => made.has(keyOf(each)));
  if (created !== undefined) {
    throw usageError(
      `created-${created.entity}-given`,
      `The ${created.entity} "${created.name}" is given as an existing one, and it is created here.`,
      'Leave it out: what is for it is attached to it anyway.',
    );
  }
  const byHolder = new Map<string, ExistingAttachment[]>();
  for (const attachment of existing) {
    const key = keyOf(attachment);
    byHolder.set(key, [...(byHolder.get(key) ?? []), attachment]);
  }
  const problems = [...byHolder.values()].flatMap((attachments): Problem[] => {
    const ids = [...new Set(attachments.map(({ principal }) => principal))];
    if (ids.length < 2) return [];
    const held = policies.filter(({ attachTo }) => ids.some((id) => attachTo.includes(id)));
    const limits = ids.flatMap((id) => capacities.get(id) ?? []);
    const [first] = limits;
    const { name, entity } = attachments[0] as ExistingAttachment;
    if (first?.unit === 'characters') {
      const size = held.reduce((sum, { worstSize }) => sum + worstSize, 0);
      const limit = Math.min(...limits.map((each) => each.limit));
      if (size <= limit) return [];
      return [tooMuch({ entity, name, ids, what: `${size} characters of inline policies`, limit })];
    }
    const attached = new Set(
      ids.flatMap((id) => [
        ...(principals.get(id)?.awsManagedPolicies ?? []),
        ...(principals.get(id)?.attachedByOthers ?? []),
      ]),
    );
    const limit = Math.min(...limits.map((each) => each.limit - each.reserve));
    const count = held.length + attached.size;
    return count <= limit ? [] : [tooMuch({ entity, name, ids, what: `${count} policies`, limit })];
  });
  if (problems.length > 0) throw new GenError(3, problems);
}

function tooMuch({
  entity,
  name,
  ids,
  what,
  limit,
}: {
  readonly entity: string;
  readonly name: string;
  readonly ids: readonly string[];
  readonly what: string;
  readonly limit: number;
}): Problem {
  return {
    code: 'over-quota',
    message: `The ${entity} "${name}" serves as ${ids.join(' and ')} and would hold ${what}; ${limit} are allowed.`,
    advice: 'Give another one for one of them, use --merge all, or select fewer features.',
  };
}
