/**
 * Inline policies: which roles, users and groups hold them, as far as a file can name the holder.
 *
 * An inline policy is part of its holder: it has a name that is unique there, and a document; no
 * ARN, path, tags or description.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
 */
import type { Entity, Format, IamBundle, ManagedPolicy, Role, User } from '../model/bundle.ts';
import { GenError, type Problem, usageError } from '../model/errors.ts';
import { toPolicyJson } from '../model/policy.ts';
import { shown } from './open-parameters.ts';

/** A role, user or group that a file can name. */
export interface Holder {
  /** The first of those that it stands for. */
  readonly principal: string;
  readonly entity: Entity;
  readonly name: string;
  /** The role or user itself, where the artefacts create it. */
  readonly created?: Role | User;
}

export interface HeldPolicy {
  readonly policy: ManagedPolicy;
  /** Created ones first; each holder once, though it may stand for several principals. */
  readonly holders: readonly Holder[];
}

/** A text that is the same for two holders only where they are one. */
const keyOf = ({ entity, name }: Holder): string => `${entity} ${name}`;

function holdersOf(bundle: IamBundle, policy: ManagedPolicy): readonly Holder[] {
  const held = <T extends { readonly principal: string }>(candidates: readonly T[]) =>
    policy.attachTo.flatMap((id) => candidates.filter(({ principal }) => principal === id));
  const holders: readonly Holder[] = [
    ...held(bundle.roles).map((role): Holder => {
      const { principal, name } = role;
      return { principal, entity: 'role', name, created: role };
    }),
    ...held(bundle.users).map((user): Holder => {
      const { principal, name } = user;
      return { principal, entity: 'user', name, created: user };
    }),
    ...held(bundle.existing).map(({ principal, entity, name }) => ({ principal, entity, name })),
  ];
  const keys = holders.map(keyOf);
  return holders.filter((holder, index) => keys.indexOf(keyOf(holder)) === index);
}

export function sameDocument(one: ManagedPolicy, other: ManagedPolicy): boolean {
  const [a, b] = [one, other].map(({ document }) => JSON.stringify(toPolicyJson(document)));
  return a === b;
}

/**
 * Every policy of a bundle of inline policies with its holders, none where no file can name one.
 * @throws GenError (exit 2) where one role, user or group, given for several principals, would hold two
 *   policies of one name: AWS would keep the one that is put there last.
 */
export function heldPolicies(bundle: IamBundle): readonly HeldPolicy[] {
  const taken = new Map<string, ManagedPolicy>();
  return bundle.policies.map((policy) => {
    const holders = holdersOf(bundle, policy).filter((holder) => {
      const place = `${keyOf(holder)} ${policy.name}`;
      const other = taken.get(place);
      if (other === undefined) {
        taken.set(place, policy);
        return true;
      }
      if (sameDocument(other, policy)) return false;
      throw usageError(
        'inline-name-clash',
        `The ${holder.entity} ${holder.name} would hold two inline policies named ${shown(policy.name)}: that of ${other.attachTo.join(', ')} and that of ${policy.attachTo.join(', ')}.`,
        'Name another role, user or group for one of them, or take --policy-type managed.',
      );
    });
    return { policy, holders };
  });
}

/** Those for whom a policy is and whom no file can name. */
export function unnamedHolders(bundle: IamBundle, policy: ManagedPolicy): readonly string[] {
  const named = [...bundle.roles, ...bundle.users, ...bundle.existing].map(
    ({ principal }) => principal,
  );
  return policy.attachTo.filter((id) => !named.includes(id));
}

/** Policies with the same list of principals, by that list as people read it. */
export function byPrincipals(
  entries: readonly (readonly [ManagedPolicy, readonly string[]])[],
): readonly { readonly policies: string; readonly principals: readonly string[] }[] {
  const lists = new Map<string, { names: string[]; principals: readonly string[] }>();
  for (const [{ name }, principals] of entries) {
    const key = principals.join(', ');
    const { names } = lists.get(key) ?? { names: [] };
    lists.set(key, { names: [...names, name], principals });
  }
  return [...lists.values()].map(({ names, principals }) => ({
    policies: `${names.length === 1 ? 'policy' : 'policies'} ${[...new Set(names.map(shown))].join(', ')}`,
    principals,
  }));
}

/** What a person may type so that the principals have a name. */
export function flagsFor(bundle: IamBundle, principals: readonly string[]): string[] {
  const isNode = (id: string) =>
    bundle.principals.some((principal) => principal.id === id && principal.node);
  const nodes = principals.filter(isNode);
  return [
    ...(principals.includes('palette')
      ? ['--palette-role, --palette-user or --palette-group for palette']
      : []),
    ...(nodes.length > 0 ? [`--node-role for ${nodes.join(', ')}`] : []),
  ];
}

/**
 * A template cannot hold a policy that is to be part of a role, user or group it cannot name.
 * @throws GenError (`inline-without-holder`, exit 2): names the policies, for whom they are, and
 *   what to do.
 */
export function requireHolders(bundle: IamBundle, format: Format): void {
  if (bundle.policyType !== 'inline') return;
  const unattached = bundle.policies.filter((policy) => holdersOf(bundle, policy).length === 0);
  const problems = byPrincipals(unattached.map((policy) => [policy, policy.attachTo] as const)).map(
    ({ policies, principals }): Problem => {
      const flags = flagsFor(bundle, principals);
      const otherwise = `take --policy-type managed, or leave ${format} out of --format.`;
      return {
        code: 'inline-without-holder',
        message: `Format ${format} cannot write the inline ${policies}: no role, user or group of ${principals.join(', ')} is given by name.`,
        advice:
          flags.length > 0
            ? `Give ${flags.join(', or ')}; otherwise ${otherwise}`
            : `T${otherwise.slice(1)}`,
      };
    },
  );
  if (problems.length > 0) throw new GenError(2, problems);
}

/**
 * What a person puts in by hand, since some principals of a policy are known by name and others
 * are not. The same words for every format, so that they are read once.
 */
export function unnamedHolderNotes(bundle: IamBundle): readonly string[] {
  if (bundle.policyType !== 'inline') return [];
  const entries = bundle.policies
    .map((policy) => [policy, unnamedHolders(bundle, policy)] as const)
    .filter(([, unnamed]) => unnamed.length > 0);
  return byPrincipals(entries).map(
    ({ policies, principals }) =>
      `No role of ${principals.join(', ')} is given by name: put the inline ${policies} in by hand, as \`gen howto\` says.`,
  );
}
