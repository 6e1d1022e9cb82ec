/** A difference in words: titled sections of rows, for whoever lays them out. */
import type { Change, Difference, PrincipalDifference, Scope } from '../../diff/difference.ts';
import { grouped } from '../../diff/grouped.ts';
import { NAMELESS } from '../../diff/side.ts';
import { MANIFEST } from '../../files/manifest.ts';
import type { Condition } from '../../model/policy.ts';

/** A list, perhaps of exceptions. */
export interface Listed {
  readonly but: boolean;
  readonly texts: readonly string[];
}

export interface Row {
  /** Actions, or the one thing that the section is about. */
  readonly what: Listed;
  readonly where?: Listed;
  readonly condition: string;
  /** What of it was allowed before, or still is. */
  readonly within: readonly { readonly resources: readonly string[]; readonly condition: string }[];
}

export interface Section {
  readonly title: string;
  readonly widens: boolean;
  /** What goes before `where`. */
  readonly relation: 'on' | 'by';
  /** What `within` says. */
  readonly rest: 'before' | 'still';
  readonly rows: readonly Row[];
}

/**
 * What an answer without differences knows.
 * @param show how a name is shown
 */
export function sameText(difference: Difference, show: (name: string) => string): string {
  const { byManifest, comparable, from, to } = difference;
  if (!comparable) {
    return `${incomparableText(difference, show)} No difference was found in the rest.`;
  }
  const source = byManifest.length === 0 ? '' : `, according to ${show(MANIFEST)}`;
  return `${show(from.name)} and ${show(to.name)} allow the same${source}.`;
}

/** That the sides are not comparable, and why. */
export function incomparableText(
  { unread, from, to }: Difference,
  show: (name: string) => string,
): string {
  return `${show(from.name)} and ${show(to.name)} are not comparable: ${notCompared(unread, show)}.`;
}

/** `b/q.json was not compared`, `3 files were not compared`. */
export function notCompared(unread: readonly string[], show: (name: string) => string): string {
  return unread.length === 1
    ? `${show(unread[0] as string)} was not compared`
    : `${unread.length} files were not compared`;
}

/** [what widens, what narrows] by the kind of a change. */
const TITLES = {
  allow: ['became allowed', 'no longer allowed'],
  deny: ['no longer denied', 'denied now'],
  trust: ['may take the role now', 'may no longer take the role'],
  'permissions-boundary': ['no longer bounded by', 'bounded now by'],
  'aws-managed-policy': ['AWS managed policy attached', 'AWS managed policy no longer attached'],
  entity: ['attached now to', 'no longer attached to'],
} as const;

type Kind = keyof typeof TITLES;

/** Principals with the same changes, which are listed once. */
export interface Alike extends Pick<PrincipalDifference, 'presence' | 'widening' | 'narrowing'> {
  readonly principals: readonly string[];
}

/** In the order given. */
export function alikeOf(principals: readonly PrincipalDifference[]): readonly Alike[] {
  const changesOf = ({ principal: _, ...changes }: PrincipalDifference): string =>
    JSON.stringify(changes);
  return [...grouped(principals, changesOf).values()].map((alike) => {
    const { principal: _, ...changes } = alike[0] as PrincipalDifference;
    return { principals: alike.map(({ principal }) => principal), ...changes };
  });
}

/** Their names, each shown as `show` does; that of a union is no name. */
export function namesOf({ principals }: Alike, show: (name: string) => string): string {
  return principals
    .map((each) => (each === NAMELESS ? 'all policies together' : show(each)))
    .join(', ');
}

/** `widened`, `widened and narrowed`, `new, widened`, … */
export function verdict({ presence, widening, narrowing }: Alike): string {
  const ways = [
    ...(widening.length > 0 ? ['widened'] : []),
    ...(narrowing.length > 0 ? ['narrowed'] : []),
  ].join(' and ');
  if (presence === 'both') return ways;
  return `${presence === 'added' ? 'new' : 'gone'}, ${ways}`;
}

/** What widens first. */
export function sectionsOf({ widening, narrowing }: Alike): readonly Section[] {
  return [...sections(widening, true), ...sections(narrowing, false)];
}

function sections(changes: readonly Change[], widens: boolean): Section[] {
  const byKind = new Map<Kind, Row[]>();
  for (const change of changes) {
    const kind = kindOf(change);
    const rows = byKind.get(kind) ?? [];
    byKind.set(kind, rows);
    rows.push(rowOf(change));
  }
  return [...byKind].map(([kind, rows]) => ({
    title: TITLES[kind][widens ? 0 : 1],
    widens,
    relation: kind === 'trust' ? 'by' : 'on',
    // A Deny that is gone may still be there in part; a new one may have been there in part.
    rest: widens === (kind !== 'deny') ? 'before' : 'still',
    rows,
  }));
}

/** A whole statement is shown with the statement most like it. */
function kindOf(change: Change): Kind {
  if (change.kind !== 'statement') return change.kind;
  return change.statement.Effect === 'Allow' ? 'allow' : 'deny';
}

function rowOf(change: Change): Row {
  const only = (texts: readonly string[]): Listed => ({ but: false, texts });
  switch (change.kind) {
    case 'permissions-boundary':
      return { what: only([change.arn]), condition: '', within: [] };
    case 'aws-managed-policy':
      return { what: only([change.policy]), condition: '', within: [] };
    case 'entity':
      return { what: only([change.entity]), condition: '', within: [] };
    case 'statement': {
      const { Action, NotAction, Resource, NotResource, Condition } = change.statement;
      return {
        what: { but: Action === undefined, texts: Action ?? NotAction ?? [] },
        where: { but: Resource === undefined, texts: Resource ?? NotResource ?? [] },
        condition: conditionText(Condition),
        within: [],
      };
    }
    default:
      return {
        what: only(change.actions),
        where: only(change.resources),
        condition: conditionText(change.condition),
        within: change.within.map(({ resources, condition }: Scope) => ({
          resources,
          condition: conditionText(condition),
        })),
      };
  }
}

/** `StringLike iam:AWSServiceName a or b, and Bool …`; empty for none. */
export function conditionText(condition: Condition | undefined): string {
  return Object.entries(condition ?? {})
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => `${operator} ${key} ${values.join(' or ')}`),
    )
    .join(', and ');
}
