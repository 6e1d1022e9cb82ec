/**
 * Actions as Spectro Cloud's validator reads them.
 * https://github.com/validator-labs/validator-plugin-aws/blob/main/pkg/validators/iam/iam_validator.go
 */
import type { ShrinkInfo } from '../model/bundle.ts';

/**
 * Whether the validator understands an action: a name, or one of the wildcards `*`, `service:*`,
 * `service:X*`, `service:*X` and `service:*X*`. Without a colon it fails as a whole.
 */
export function isUnderstood(action: string): boolean {
  return action === '*' || /^[^:*?]+:(\*|\*?[^*?:]+\*?)$/.test(action);
}

/** Whether it finds the action behind a wildcard of a policy; letter case counts. */
function isFoundBehind(wildcard: string, action: string): boolean {
  if (!isUnderstood(wildcard)) return false;
  const glob = wildcard.split('*').map((text) => text.replace(/[.+^$()|[\]{}\\]/g, '\\$&'));
  return new RegExp(`^${glob.join('.*')}$`).test(action);
}

/**
 * The actions of a statement that the validator can look for, each once, in the statement's order.
 * Wildcards that shrinking wrote give way to what they stand for; others stay as they are.
 */
export function actionsFound(
  actions: readonly string[],
  shrink: ShrinkInfo | undefined,
): readonly string[] {
  if (shrink === undefined) return [...new Set(actions.filter(isUnderstood))];
  const standsFor = new Map(shrink.wildcards.map((each) => [each.pattern, each.standsFor]));
  const found = actions.flatMap((action) => {
    const all = standsFor.get(action);
    if (all !== undefined) return all.filter((each) => isFoundBehind(action, each));
    return isUnderstood(action) ? [action] : [];
  });
  return [...new Set(found)];
}
