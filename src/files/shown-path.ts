/** Paths in messages. */
import { isAbsolute, join, relative, sep } from 'node:path';

/** Relative where it is below the working directory, else as it is; with `/`. */
export function shownPath(place: string): string {
  const path = relative(process.cwd(), place);
  const below = path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  return (below ? path : place).split(sep).join('/');
}

/** A file of a target's folder, e.g. `out/core/terraform/main.tf`. */
export function shownFile(folder: string, path: string): string {
  return shownPath(join(folder, path));
}
