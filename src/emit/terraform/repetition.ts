/**
 * Policies and roles that the module makes once for each of several things, e.g. for each cluster.
 *
 * 1. What tells the things apart is the open parameter that is a key (`keyOf`); open parameters that
 *    are its attributes come with it. A map variable holds them, keyed by the key.
 * 2. Every policy whose name, description or document speaks of one of them is made for each.
 * 3. So is every role that speaks of one of them. Where the name of one is the same for all, there
 *    can be one thing only, and all of this is plain variables.
 * 4. How many things there may be is bounded by the slots that are free on whoever holds the
 *    policies, and by one where a policy's name is the same for all, or where it denies or excepts.
 */
import type { IamBundle, ManagedPolicy, PrincipalUse, Role } from '../../model/bundle.ts';
import { isPlainAllow } from '../../model/grant.ts';
import { type Parameter, parameterNames } from '../../model/parameter.ts';
import { parametersIn } from '../open-parameters.ts';
import { snakeCase } from './names.ts';

export interface Repetition {
  /** Of the variable, in the plural: `clusters`. */
  readonly name: string;
  /** In the singular: `cluster`. */
  readonly one: string;
  readonly key: Parameter;
  readonly attributes: readonly Parameter[];
  readonly policies: ReadonlySet<ManagedPolicy>;
  readonly roles: ReadonlySet<Role>;
}

/** Undefined where nothing is repeated. */
export function repetitionOf(bundle: IamBundle): Repetition | undefined {
  const key = bundle.openParameters.find(({ keyOf }) => keyOf !== undefined);
  if (key?.keyOf === undefined) return undefined;
  const attributes = bundle.openParameters.filter(({ attributeOf }) => attributeOf === key.keyOf);
  const own = new Set([key, ...attributes].map(({ name }) => name));
  const speaks = (value: unknown) => [...parametersIn(value)].some((name) => own.has(name));
  const roles = bundle.roles.filter(speaks);
  // Users are made once.
  if (bundle.users.some(speaks)) return undefined;
  if (roles.some((role) => !parameterNames(role.name).includes(key.name))) return undefined;
  const policies = bundle.policies.filter(({ name, description, document }) =>
    speaks([name, description, document]),
  );
  const name = snakeCase(key.keyOf, 'things');
  return {
    name,
    one: /s$/.test(name) ? name.slice(0, -1) : `one_of_${name}`,
    key,
    attributes,
    policies: new Set(policies),
    roles: new Set(roles),
  };
}

/** At most so many things, and why. */
export interface Bound {
  readonly most: number;
  /** A whole sentence. */
  readonly says: string;
}

/** The tightest bound that the principals set; undefined where none of them holds such a policy. */
export function boundOf(
  bundle: IamBundle,
  { name, policies, roles }: Repetition,
  principals: readonly string[],
): Bound | undefined {
  // Each thing has such a role of its own.
  const repeated = new Set([...roles].map(({ principal }) => principal));
  const bounds = bundle.principals
    .filter(({ id }) => principals.includes(id) && !repeated.has(id))
    .flatMap((principal): Bound[] => {
      const held = [...policies].filter(({ attachTo }) => attachTo.includes(principal.id));
      if (held.length === 0) return [];
      const holder = principal.name ?? principal.id;
      const more =
        bundle.policyType === 'inline' ? moreInline(principal, held) : moreOf(principal, held);
      const each =
        bundle.policyType === 'inline'
          ? `each takes up to ${charactersOf(held)} characters of inline policies`
          : `each takes ${held.length} of the policy slots`;
      const most = 1 + more;
      return [{ most, says: `At most ${most} ${name} fit: ${each} of ${holder}.` }];
    });
  return bounds.sort((a, b) => a.most - b.most)[0];
}

/** Where a policy's name does not tell the things apart, or one's policy undoes another's, there can be one. */
export function singleBound({ name, key, policies }: Repetition): Bound | undefined {
  const same = [...policies].find((policy) => !parameterNames(policy.name).includes(key.name));
  if (same !== undefined) {
    return { most: 1, says: `At most 1 of ${name}: ${same.stem} has the same name for all.` };
  }
  // Two times "all but mine" is everything, allowed or denied.
  const except = [...policies].find(({ document }) =>
    document.Statement.some((statement) => !isPlainAllow(statement)),
  );
  if (except === undefined) return undefined;
  return {
    most: 1,
    says: `At most 1 of ${name}: ${except.stem} denies or excepts, which would hold against the others.`,
  };
}

function moreOf({ free }: PrincipalUse, held: readonly ManagedPolicy[]): number {
  return Math.floor(free / held.length);
}

function moreInline({ inline }: PrincipalUse, held: readonly ManagedPolicy[]): number {
  if (inline === undefined) return 0;
  return Math.max(0, Math.floor((inline.limit - inline.size) / charactersOf(held)));
}

function charactersOf(held: readonly ManagedPolicy[]): number {
  return held.reduce((sum, { worstSize }) => sum + worstSize, 0);
}
