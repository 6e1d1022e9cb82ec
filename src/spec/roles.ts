/** The roles of a principal as written. */
import type { RawPrincipal, RawRole, RawTrust } from './raw.ts';
import type { YamlPath } from './yaml-file.ts';

/** Every role of a principal, with the feature that creates it and the way to it. */
export function rolesOf(
  id: string,
  raw: RawPrincipal,
): readonly {
  readonly feature: string | undefined;
  readonly role: RawRole;
  readonly path: YamlPath;
}[] {
  const own = raw.role === undefined ? [] : [{ feature: raw.createdWith, role: raw.role }];
  return [
    ...own.map((each) => ({ ...each, path: [id, 'role'] })),
    ...(raw.created ?? []).flatMap(({ with: feature, role }, index) =>
      role === undefined ? [] : [{ feature, role, path: [id, 'created', index, 'role'] }],
    ),
  ];
}

/** Every trust policy of a role, with the way to it. */
export function trustsOf(
  { trust, alsoTrusts = [] }: RawRole,
  path: YamlPath,
): readonly (readonly [YamlPath, RawTrust])[] {
  return [
    ...(trust === undefined ? [] : [[[...path, 'trust'], trust] as const]),
    ...alsoTrusts.flatMap((each, index) =>
      each?.trust === undefined
        ? []
        : [[[...path, 'alsoTrusts', index, 'trust'], each.trust] as const],
    ),
  ];
}
