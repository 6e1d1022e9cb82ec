/** The roles of a principal as written. */
import type { RawPrincipal, RawRole } from './raw.ts';
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
