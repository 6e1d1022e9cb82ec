/** Releases of Cluster API Provider AWS, e.g. `v2.3.0`. */

/** The release that the documented stack is of. */
export const DOCUMENTED_CAPA_RELEASE = 'v2.2.0';

const RELEASE = /^v(\d+)\.(\d+)\.(\d+)$/;

export function isRelease(text: string): boolean {
  return RELEASE.test(text);
}

/** Below 0 where the first is older. */
export function compareReleases(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => RELEASE.exec(text)?.slice(1).map(Number) ?? []);
  for (const place of [0, 1, 2]) {
    const difference = (a?.[place] ?? 0) - (b?.[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
