/** Trust policies of a spec: their statements, however they are written, and who is named in them. */
import type { Problem } from '../model/errors.ts';
import { TRUSTED_TYPES } from '../model/policy.ts';
import { trustedFault } from '../model/trusted.ts';
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

/**
 * Names that IAM does not take.
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
      const wrong = typeof name === 'string' && name !== '' ? trustedFault(type, name) : undefined;
      if (wrong === undefined) return [];
      const here = [...path, 'Principal', type, ...(Array.isArray(names) ? [index] : [])];
      return [{ ...wrong, place: file.placeOf(here), path: pathText(here) }];
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
