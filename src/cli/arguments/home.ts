/** `~` at the beginning of a path. */
import { homedir } from 'node:os';
import { join, sep } from 'node:path';

/**
 * The shell expands `~` where a word begins, but neither in `--out=~/iam` nor in gen.yaml: people
 * expect the same everywhere. Only `~` and `~/…` are known; undefined for `~user`.
 */
export function homeExpanded(path: string): string | undefined {
  if (!path.startsWith('~')) return path;
  const rest = path.slice(1);
  if (rest === '') return homedir();
  return rest.startsWith('/') || rest.startsWith(sep) ? join(homedir(), rest) : undefined;
}
