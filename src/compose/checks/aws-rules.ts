/**
 * Rules of AWS that only the values of a target can break: its path's length, and resources and
 * principals that parameters are part of. Names, descriptions and trust policies are checked in `names.ts`.
 */
import type { Role } from '../../model/bundle.ts';
import { GenError, type Problem, usageError } from '../../model/errors.ts';
import { mayHold } from '../../model/parameter.ts';
import { TRUSTED_TYPES } from '../../model/policy.ts';
import type { Spec } from '../../model/requirement.ts';
import { resourceFault } from '../../model/resource.ts';
import type { Target } from '../../model/target.ts';
import { trustedFault } from '../../model/trusted.ts';
import type { Groups } from '../groups.ts';
import type { Principals } from '../principals.ts';

/** @throws GenError (exit 2) for a path longer than the account's quota */
export function checkPath({ path }: Target, { quotas }: Spec): void {
  if (path.length <= quotas.path) return;
  throw usageError(
    'bad-path',
    `The path has ${path.length} characters; AWS allows ${quotas.path}.`,
    'Shorten --path.',
  );
}

/**
 * What the values made of the resources; parameters that are left open count with what they may be.
 * @throws GenError (exit 2) with every resource that is no ARN
 */
export function checkResources(groups: Groups, { parameters }: Spec): void {
  const holds = (name: string, character: string): boolean => {
    const parameter = parameters.get(name);
    return parameter === undefined || mayHold(parameter, character);
  };
  const problems = [...groups.values()].flatMap(({ statements, place }) =>
    statements.flatMap((statement, index) =>
      (['Resource', 'NotResource'] as const).flatMap((key) =>
        (statement[key] ?? []).flatMap((resource): Problem[] => {
          const wrong = resourceFault(resource, holds);
          if (wrong === undefined) return [];
          return [
            {
              code: 'malformed-resource',
              message: `IAM refuses the resource ${JSON.stringify(resource)}: ${wrong.why}.`,
              advice: wrong.advice,
              place,
              path: `statements[${index}].${key}`,
            },
          ];
        }),
      ),
    ),
  );
  if (problems.length > 0) throw new GenError(2, problems);
}

/** @throws GenError (exit 2) where values made a principal that IAM refuses */
export function checkTrusted(roles: readonly Role[]): void {
  const problems = roles.flatMap(({ name: role, trust }) =>
    trust.Statement.flatMap(({ Principal }) =>
      TRUSTED_TYPES.flatMap((type) =>
        (Principal[type] ?? []).flatMap((name): Problem[] => {
          const wrong = trustedFault(type, name);
          if (wrong === undefined) return [];
          return [{ ...wrong, message: `Trust policy of role "${role}": ${wrong.message}` }];
        }),
      ),
    ),
  );
  if (problems.length > 0) throw new GenError(2, problems);
}

/** What the spec warns of in the selected groups, and in the roles that are created. */
export function specWarnings(groups: Groups, principals: Principals): readonly Problem[] {
  const created = [...principals.values()].filter((principal) => principal.created);
  return [...groups.values(), ...created.map(({ spec }) => spec)].flatMap(
    ({ warnings }) => warnings ?? [],
  );
}

/**
 * The cluster's OIDC provider is for roles that trust it. Named in vain, it shows that something else
 * is missing.
 * @throws GenError (exit 2)
 */
export function assertOidcProviderIsUsed(
  target: Target,
  groups: Groups,
  principals: Principals,
): void {
  if (!target.parameters.has('oidcProvider')) return;
  const isUsed = (value: unknown): boolean => JSON.stringify(value).includes('{{oidcProvider}}');
  const created = [...principals.values()].filter((principal) => principal.created);
  if (created.some(({ role }) => isUsed(role ?? null))) return;
  if ([...groups.values()].some(({ policyName, statements }) => isUsed([policyName, statements]))) {
    return;
  }
  throw usageError(
    'unused-oidc-provider',
    '--oidc-provider is given, but no role of this selection trusts an OIDC provider.',
    "Add --identity irsa for roles of add-ons (--identity vpc-cni=irsa for the VPC CNI plugin's), or select the feature that creates your own role; or leave --oidc-provider out.",
  );
}
