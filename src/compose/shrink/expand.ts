/** What wildcards stand for by the catalogue: the proof's side of shrinking. */

import { isPlainAllow } from '../../model/grant.ts';
import type { Statement } from '../../model/policy.ts';
import { type Catalogue, hasWildcard } from '../catalogue.ts';
import { byText } from '../sourced.ts';

/**
 * The statement with the actions that its wildcards match in the catalogue in place of those
 * wildcards that nobody asked for. It asks the catalogue and knows nothing of how the wildcards
 * were found, so it can prove them. A wildcard that matches nothing stays, and so do those of
 * statements that are not plain Allow: nothing was shrunk there.
 */
export function expandWildcards(
  statement: Statement,
  catalogue: Catalogue,
  isAsked: (action: string) => boolean,
): Statement {
  const actions = statement.Action ?? [];
  const isShrunk = (action: string): boolean => hasWildcard(action) && !isAsked(action);
  if (!isPlainAllow(statement) || !actions.some(isShrunk)) return statement;
  const expanded = actions.flatMap((action) => {
    const matched = isShrunk(action) ? catalogue.actionsMatching(action) : [];
    return matched.length > 0 ? matched : [action];
  });
  return { ...statement, Action: [...new Set(expanded)] };
}

/**
 * Actions that the catalogue does not know: misspelt, newer than it, or a wildcard that matches
 * nothing in it. Shrinking keeps them as they are. Each once, sorted by name.
 */
export function unknownActions(
  statements: readonly { readonly statement: Statement }[],
  catalogue: Catalogue,
): string[] {
  const written = statements.flatMap(({ statement }) => [
    ...(statement.Action ?? []),
    ...(statement.NotAction ?? []),
  ]);
  const unknown = new Map<string, string>();
  for (const action of written) {
    const isKnown = hasWildcard(action)
      ? catalogue.actionsMatching(action).length > 0
      : catalogue.knows(action);
    if (!isKnown && !unknown.has(action.toLowerCase())) unknown.set(action.toLowerCase(), action);
  }
  return [...unknown].sort(([a], [b]) => byText(a, b)).map(([, action]) => action);
}
