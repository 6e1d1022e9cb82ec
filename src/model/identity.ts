/**
 * Workload identity: how a Kubernetes service account gets AWS permissions.
 *
 * `node`: from the role of the node that it runs on · `irsa`: from a role that trusts its cluster's
 * OIDC provider · `pod-identity`: from a role that EKS Pod Identity hands out · `palette-irsa`: from
 * an IRSA role that Palette creates, as the Kubernetes pack's values say.
 *
 * https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
 */
import type { TrustPolicy } from './policy.ts';

export const IDENTITIES = ['node', 'irsa', 'pod-identity', 'palette-irsa'] as const;
export type Identity = (typeof IDENTITIES)[number];

/** What runs as the service account has a role that these artefacts create. */
export type OwnRoleIdentity = 'irsa' | 'pod-identity';

export function hasOwnRole(identity: Identity | undefined): identity is OwnRoleIdentity {
  return identity === 'irsa' || identity === 'pod-identity';
}

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`. */
export function serviceAccountText({ namespace, name }: ServiceAccount): string {
  return `${namespace}/${name}`;
}

/**
 * Who may assume the role of a service account. The audience is sts.amazonaws.com in every
 * partition: the cluster's webhook puts it into the tokens, in China too.
 */
export function trustOf(
  identity: OwnRoleIdentity,
  { namespace, name }: ServiceAccount,
): TrustPolicy {
  if (identity === 'pod-identity') {
    return {
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: ['pods.eks.amazonaws.com'] },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
        },
      ],
    };
  }
  return {
    Statement: [
      {
        Effect: 'Allow',
        Principal: {
          Federated: ['arn:{{partition}}:iam::{{accountId}}:oidc-provider/{{oidcProvider}}'],
        },
        Action: ['sts:AssumeRoleWithWebIdentity'],
        Condition: {
          StringEquals: {
            '{{oidcProvider}}:aud': ['sts.amazonaws.com'],
            '{{oidcProvider}}:sub': [`system:serviceaccount:${namespace}:${name}`],
          },
        },
      },
    ],
  };
}
