/** What stands in an account, and what a bundle says should, in the same words. */
import type { IamBundle, ManagedPolicy } from '../../src/model/bundle.ts';
import { awsManagedPolicyArn, managedPolicyArn, pathOf } from '../../src/model/bundle.ts';
import { type PolicyDocument, toTrustPolicyJson } from '../../src/model/policy.ts';
import { normalDocument } from './cfn-documents.ts';
import type { Json } from './moto.ts';

/** The account that the emulator speaks for. */
export const ACCOUNT_ID = '123456789012';

export interface Holder {
  readonly trust?: PolicyDocument;
  readonly path?: string;
  readonly instanceProfiles: readonly string[];
  /** ARNs of managed policies, sorted. */
  readonly attached: readonly string[];
  readonly inline: Readonly<Record<string, PolicyDocument>>;
}

export interface Account {
  readonly roles: Readonly<Record<string, Holder>>;
  readonly users: Readonly<Record<string, Holder>>;
  /** The account's own managed policies by ARN, in their default version. */
  readonly policies: Readonly<
    Record<string, { readonly description: string; readonly document: PolicyDocument }>
  >;
}

/** A document as an API gives it: JSON, percent-encoded or not, or parsed already. */
export function documentOf(document: unknown): PolicyDocument {
  if (typeof document !== 'string') return normalDocument(document as Record<string, unknown>);
  return normalDocument(
    JSON.parse(document.startsWith('%') ? decodeURIComponent(document) : document),
  );
}

/**
 * The answer to GetAccountAuthorizationDetails.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 * @param existing names of roles and users that stood there before: their trust is their own.
 */
export function accountOf(details: Json, existing: ReadonlySet<string>): Account {
  const holder = (entity: Json, name: string, inline: Json[]): Holder => ({
    ...(existing.has(name)
      ? {}
      : {
          ...(entity.AssumeRolePolicyDocument === undefined
            ? {}
            : { trust: documentOf(entity.AssumeRolePolicyDocument) }),
          path: entity.Path,
        }),
    instanceProfiles: (entity.InstanceProfileList ?? []).map(
      (profile: Json) => profile.InstanceProfileName,
    ),
    attached: entity.AttachedManagedPolicies.map((policy: Json) => policy.PolicyArn).sort(),
    inline: Object.fromEntries(
      inline.map(({ PolicyName, PolicyDocument }) => [PolicyName, documentOf(PolicyDocument)]),
    ),
  });
  return {
    roles: Object.fromEntries(
      details.RoleDetailList.map((role: Json) => [
        role.RoleName,
        holder(role, role.RoleName, role.RolePolicyList),
      ]),
    ),
    users: Object.fromEntries(
      details.UserDetailList.map((user: Json) => [
        user.UserName,
        holder(user, user.UserName, user.UserPolicyList ?? []),
      ]),
    ),
    policies: Object.fromEntries(
      details.Policies.map((policy: Json) => [
        policy.Arn,
        {
          description: policy.Description,
          document: documentOf(
            policy.PolicyVersionList.find((version: Json) => version.IsDefaultVersion).Document,
          ),
        },
      ]),
    ),
  };
}

/**
 * What the account should hold once the artefacts are deployed.
 * @param attaches whether they attach AWS managed policies to existing roles; a template cannot
 */
export function expectedAccount(bundle: IamBundle, attaches = false): Account {
  const isInline = bundle.policyType === 'inline';
  const arnOf = (policy: ManagedPolicy): string => managedPolicyArn(bundle, ACCOUNT_ID, policy);
  const everyone = [
    ...bundle.roles.map((role) => ({ ...role, entity: 'role' as const, created: role })),
    ...bundle.users.map((user) => ({ ...user, entity: 'user' as const, created: user })),
    ...bundle.existing.map((each) => ({
      ...each,
      awsManagedPolicies: attaches ? each.awsManagedPolicies : [],
      created: undefined,
    })),
  ];
  const holders = (entity: 'role' | 'user'): Record<string, Holder> => {
    const found = everyone.filter((each) => each.entity === entity);
    return Object.fromEntries(
      found.map(({ name, created }) => {
        const same = found.filter((each) => each.name === name);
        const managed = new Set(same.flatMap((each) => each.awsManagedPolicies));
        // One role may be given for several principals.
        const principals = same.map((each) => each.principal);
        const held = bundle.policies.filter(({ attachTo }) =>
          attachTo.some((principal) => principals.includes(principal)),
        );
        const holder: Holder = {
          ...(created === undefined
            ? {}
            : {
                ...('trust' in created
                  ? {
                      trust: normalDocument(
                        toTrustPolicyJson(created.trust) as Record<string, unknown>,
                      ),
                    }
                  : {}),
                path: pathOf(bundle, created),
              }),
          instanceProfiles:
            created !== undefined && 'trust' in created && created.instanceProfile !== undefined
              ? [created.instanceProfile.name]
              : [],
          attached: [
            ...(isInline ? [] : held.map(arnOf)),
            ...[...managed].map((policy) => awsManagedPolicyArn(bundle.partition, policy)),
          ].sort(),
          inline: isInline
            ? Object.fromEntries(held.map((policy) => [policy.name, policy.document]))
            : {},
        };
        return [name, holder];
      }),
    );
  };
  return {
    roles: holders('role'),
    users: holders('user'),
    policies: isInline
      ? {}
      : Object.fromEntries(
          bundle.policies.map((policy) => [
            arnOf(policy),
            { description: policy.description, document: policy.document },
          ]),
        ),
  };
}
