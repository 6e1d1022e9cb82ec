/**
 * Which documented statements each piece of a cut statement still serves.
 *
 * 1. Only pieces of plain Allow statements that serve several: what is whole serves what it did.
 * 2. A statement is every one of its actions on every one of its resources. So a piece serves a
 *    documented statement where it covers one of its actions, one of its resources, and its condition.
 */
import {
  actionCovers,
  canonicalCondition,
  canonicalStatement,
  conditionCovers,
  isPlainAllow,
} from '../../model/grant.ts';
import { hasWildcard, PatternIndex } from '../../model/pattern.ts';
import type { Statement } from '../../model/policy.ts';
import { joinOrigins, type SourcedStatement } from '../sourced.ts';
import type { SteadyDocument } from './steady.ts';

/**
 * @param whole statements before they were cut
 * @param documented what these were merged from
 * @returns the documents; every piece has those origins only that it still serves
 */
export function narrowOrigins(
  documents: readonly SteadyDocument[],
  whole: readonly SourcedStatement[],
  documented: readonly SourcedStatement[],
): SteadyDocument[] {
  const pieces = piecesOf(documents, whole);
  if (pieces.length === 0) return [...documents];
  const index = new PieceIndex(pieces.map(({ statement }) => statement));
  const served = pieces.map(() => new Set<SourcedStatement['origins']>());
  for (const { statement, origins } of documented) {
    if (!isPlainAllow(statement)) continue;
    for (const piece of index.serving(statement)) served[piece]?.add(origins);
  }
  const narrowed = new Map(
    pieces.map((piece, number) => [
      piece,
      { ...piece, origins: joinOrigins(served[number] as Set<SourcedStatement['origins']>) },
    ]),
  );
  return documents.map((document) => ({
    ...document,
    statements: document.statements.map((sourced) => narrowed.get(sourced) ?? sourced),
  }));
}

/** Rule 1. */
function piecesOf(
  documents: readonly SteadyDocument[],
  whole: readonly SourcedStatement[],
): SourcedStatement[] {
  const same = new Set(whole);
  const others = documents
    .flatMap(({ statements }) => statements)
    .filter(
      (sourced) => isPlainAllow(sourced.statement) && !same.has(sourced) && servesSeveral(sourced),
    );
  if (others.length === 0) return [];
  const equal = new Set(whole.map(({ statement }) => canonicalStatement(statement)));
  return others.filter(({ statement }) => !equal.has(canonicalStatement(statement)));
}

function servesSeveral({ origins }: SourcedStatement): boolean {
  return origins.length > 1 || (origins[0]?.statements.length ?? 0) > 1;
}

/** Pieces by what they hold (rule 2). */
class PieceIndex {
  readonly #conditionKeys: readonly string[];
  readonly #byAction: ReadonlyMap<string, readonly number[]>;
  readonly #byResource: ReadonlyMap<string, readonly number[]>;
  readonly #wildcardActions: readonly string[];
  readonly #resources: PatternIndex;

  constructor(pieces: readonly Statement[]) {
    this.#conditionKeys = pieces.map(({ Condition }) => canonicalCondition(Condition));
    this.#byAction = holders(
      pieces.map(({ Action = [] }) => Action.map((action) => action.toLowerCase())),
    );
    this.#byResource = holders(pieces.map(({ Resource = [] }) => Resource));
    this.#wildcardActions = [...this.#byAction.keys()].filter(hasWildcard);
    this.#resources = new PatternIndex(this.#byResource.keys());
  }

  /** Numbers of the pieces that serve a documented statement. */
  serving({ Action = [], Resource = [], Condition }: Statement): number[] {
    const conditionKey = canonicalCondition(Condition);
    const byAction = new Set(Action.flatMap((action) => this.#onAction(action.toLowerCase())));
    const byResource = new Set<number>();
    for (const resource of Resource) {
      for (const wide of [resource, ...this.#resources.wider(resource)]) {
        for (const piece of this.#byResource.get(wide) ?? []) byResource.add(piece);
      }
    }
    return [...byAction].filter(
      (piece) =>
        byResource.has(piece) &&
        conditionCovers(this.#conditionKeys[piece] as string, conditionKey),
    );
  }

  #onAction(action: string): readonly number[] {
    const wider = this.#wildcardActions.filter(
      (wide) => wide !== action && actionCovers(wide, action),
    );
    return [action, ...wider].flatMap((each) => this.#byAction.get(each) ?? []);
  }
}

/** Each text → the numbers of the lists that hold it. */
function holders(lists: readonly (readonly string[])[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  lists.forEach((list, number) => {
    for (const text of list) {
      const known = numbers.get(text);
      if (known === undefined) numbers.set(text, [number]);
      else known.push(number);
    }
  });
  return numbers;
}
