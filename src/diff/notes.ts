/** What is said of files that were not compared, or not as they look. */
import type { Unread } from './file-tree.ts';

/** Files with the reason why they were not compared; one note, or none. */
export function unreadNote(shownAs: string, unread: readonly Unread[]): string[] {
  if (unread.length === 0) return [];
  const files = unread.map(({ path, reason }) => `${path} (${reason})`);
  return [`${shownAs}: not compared: ${listed(files, MOST_UNREAD)}.`];
}

/** More are cut short: `--json` has them all. */
const MOST_UNREAD = 20;

/** Of files with `${` in a policy of an old Version; one note, or none. */
export function plainTextNote(shownAs: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  return [
    `${shownAs}: the Version of a policy is not 2012-10-17, so \${…} in it is plain text and not a policy variable; it is shown as \${$}{…}: ${listed(paths)}.`,
  ];
}

/** Names for a sentence; of many, the first few and how many more. */
export function listed(names: readonly string[], most = 8): string {
  if (names.length <= most + 1) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
