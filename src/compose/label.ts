/** The words that merged policies are called by. */

/** `control-plane` → `ControlPlane`. */
export function pascalCase(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => (word[0] as string).toUpperCase() + word.slice(1))
    .join('');
}

/** `PaletteMerged` for one principal, `SharedMerged` for several; a number follows. */
export function mergedLabel(principals: readonly string[]): string {
  return `${principals.length > 1 ? 'Shared' : pascalCase(principals[0] ?? '')}Merged`;
}
