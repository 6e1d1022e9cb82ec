/**
 * Trust policies of a spec: who is named in them, and how.
 *
 * 1. A service is named by its principal, an account by its id or ARN, a user or role by its ARN, an
 *    identity provider by its ARN or, for those that IAM knows itself, by its host.
 * 2. IAM takes no wildcard within a name; `*` alone is everyone.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
import type { Problem } from '../model/errors.ts';
import { parsePieces } from '../model/parameter.ts';
import { TRUSTED_TYPES, type TrustedType } from '../model/policy.ts';
import type { RawTrust, RawTrustStatement } from './raw.ts';
import { placeholderWarnings } from './text.ts';
import { pathText, type YamlFile, type YamlPath } from './yaml-file.ts';

/** The statements of a trust policy as written, each with the way to it. */
export function trustStatements(
  raw: RawTrust,
): readonly (readonly [YamlPath, RawTrustStatement])[] {
  if (Array.isArray(raw)) {
    return raw.flatMap((one: unknown, index) =>
      isMap(one) ? [[[index], one as unknown as RawTrustStatement] as const] : [],
    );
  }
  if (!isMap(raw)) return [];
  if (!('Statement' in raw)) return [[[], raw as unknown as RawTrustStatement]];
  const { Statement } = raw;
  if (!Array.isArray(Statement)) {
    return isMap(Statement)
      ? [[['Statement'], Statement as unknown as RawTrustStatement] as const]
      : [];
  }
  return trustStatements(Statement).map(([path, one]) => [['Statement', ...path], one]);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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

/**
 * Names that IAM does not take; of what a parameter becomes, nothing is known.
 * @param raw a statement whose shape may be wrong
 */
export function checkTrusted(
  file: YamlFile,
  path: YamlPath,
  raw: RawTrustStatement,
): readonly Problem[] {
  const { Principal } = raw as { readonly Principal?: unknown };
  if (!isMap(Principal)) return [];
  return TRUSTED_TYPES.flatMap((type) => {
    const names = Principal[type];
    return [names].flat().flatMap((name, index): Problem[] => {
      if (typeof name !== 'string' || name === '') return [];
      const { is, would } = RULES[type];
      const pieces = parsePieces(name);
      const isOpen = pieces.some(({ kind }) => kind === 'parameter');
      const isSound = isOpen
        ? pieces.every((piece) => piece.kind === 'parameter' || !/[*?]/.test(piece.text))
        : is.test(name);
      if (isSound) return [];
      const here = [...path, 'Principal', type, ...(Array.isArray(names) ? [index] : [])];
      return [
        {
          code: 'malformed-principal',
          message: `${JSON.stringify(name)} cannot be a principal of type ${type}.`,
          advice: `Write ${would}.`,
          place: file.placeOf(here),
          path: pathText(here),
        },
      ];
    });
  });
}

/** What IAM takes in a trust policy, and is hardly meant. */
export function trustWarnings(file: YamlFile, path: YamlPath, raw: RawTrust): readonly Problem[] {
  return [
    ...placeholderWarnings(file, raw, path),
    ...trustStatements(raw)
      .filter(([, statement]) => isOpenToEveryone(statement))
      .map(([steps]) => ({
        code: 'open-trust',
        message: 'Everyone, from any AWS account, may assume this role.',
        advice: 'Name the accounts or roles, or ask for more in a Condition.',
        place: file.placeOf([...path, ...steps]),
        path: pathText([...path, ...steps]),
      })),
  ];
}

function isOpenToEveryone({ Effect, Principal, Condition }: RawTrustStatement): boolean {
  const names = Principal === '*' ? ['*'] : [Principal.AWS ?? []].flat();
  const isBare = Condition === undefined || Object.keys(Condition).length === 0;
  return Effect !== 'Deny' && names.includes('*') && isBare;
}
