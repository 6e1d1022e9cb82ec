/**
 * Who can be named in a trust policy.
 *
 * 1. A service is named by its principal, an account by its id or ARN, a user or role by its ARN, an
 *    identity provider by its ARN or, for those that IAM knows itself, by its host.
 * 2. IAM takes no wildcard within a name; `*` alone is everyone.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
import type { Problem } from './errors.ts';
import { parsePieces } from './parameter.ts';
import type { TrustedType } from './policy.ts';

const RULES: Readonly<Record<TrustedType, { readonly is: RegExp; readonly would: string }>> = {
  Service: {
    is: /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/,
    would: 'the name of an AWS service, e.g. ec2.amazonaws.com',
  },
  AWS: {
    is: /^(\*|\d{12}|arn:aws(-[a-z]+)*:(iam::\d{12}:(root|(user|role)\/[^*?]+)|sts::\d{12}:(assumed-role|federated-user)\/[^*?]+))$/,
    would:
      'an account ("123456789012"), the ARN of a user, role or account (arn:aws:iam::123456789012:root), or * for everyone',
  },
  Federated: {
    is: /^(arn:aws(-[a-z]+)*:iam::\d{12}:(oidc|saml)-provider\/[^*?]+|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$/,
    would:
      'the ARN of an identity provider, e.g. arn:aws:iam::123456789012:oidc-provider/oidc.example.com, or the host of one that IAM knows, e.g. cognito-identity.amazonaws.com',
  },
};

/** Undefined where IAM takes the name, or may take it: what an open parameter becomes is not known. */
export function trustedFault(
  type: TrustedType,
  name: string,
): Pick<Problem, 'code' | 'message' | 'advice'> | undefined {
  const { is, would } = RULES[type];
  const pieces = parsePieces(name);
  const isOpen = pieces.some(({ kind }) => kind === 'parameter');
  const isSound = isOpen
    ? pieces.every((piece) => piece.kind === 'parameter' || !/[*?]/.test(piece.text))
    : is.test(name);
  if (isSound) return undefined;
  return {
    code: 'malformed-principal',
    message: `${JSON.stringify(name)} cannot be a principal of type ${type}.`,
    advice: `Write ${would}.`,
  };
}
