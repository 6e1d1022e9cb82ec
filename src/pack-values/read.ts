/** A pack's values as a user wrote them: one or several YAML documents, with places and layout. */
import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  parseAllDocuments,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { GenError, type Place, type Problem } from '../model/errors.ts';
import {
  boundsProblem,
  onePerLine,
  problemsOf,
  syntaxProblem,
  targetsOf,
  YAML_OPTIONS,
} from '../spec/yaml-file.ts';

/** One document of the stream. */
export interface ValuesDocument {
  readonly document: Document;
  /** Undefined for an empty document. */
  readonly map: YAMLMap | undefined;
  /** As plain values; `{}` for an empty document. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Anchors that an alias in the document refers to. */
  readonly aliased: ReadonlySet<string>;
}

export interface ValuesFile {
  /** The path as a user knows it. */
  readonly shownAs: string;
  readonly text: string;
  /** At least one. */
  readonly documents: readonly ValuesDocument[];
  placeAt(offset: number): Place;
}

/**
 * Reads YAML text. Unknown tags are the user's business; merge keys (`<<`) are read as the pack's
 * own reader does.
 * @throws GenError (exit 2) with everything that is not YAML, is there twice, or is not a map at the top.
 */
export function readValues(text: string, shownAs: string): ValuesFile {
  const beyond = boundsProblem(text, shownAs);
  if (beyond !== undefined) throw new GenError(2, beyond);
  const lineCounter = new LineCounter();
  const options = { ...YAML_OPTIONS, lineCounter, merge: true } as const;
  const parsed: Document[] = [...parseAllDocuments(text, options)];
  if (parsed.length === 0) parsed.push(parseDocument(text, options));
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file: shownAs, line: Math.max(line, 1), column: Math.max(col, 1) };
  };

  const problems: Problem[] = parsed.flatMap((document) =>
    problemsOf({
      document,
      targets: targetsOf(document),
      complaints: document.errors,
      text,
      placeAt,
    }),
  );
  const documents: ValuesDocument[] = [];
  for (const document of parsed) {
    if (problems.length > 0) break;
    const at = placeAt(document.contents?.range?.[0] ?? 0);
    if (!isMap(document.contents) && !isEmpty(document)) {
      problems.push({
        code: 'wrong-type',
        message: "A pack's values are a map of keys, and this document is none.",
        advice: 'Is it the file of the values?',
        place: at,
      });
      continue;
    }
    try {
      documents.push({
        document,
        map: isMap(document.contents) ? document.contents : undefined,
        value: (document.toJS() ?? {}) as Record<string, unknown>,
        aliased: aliasedIn(document),
      });
    } catch (error) {
      // So many aliases that the document would explode.
      problems.push(syntaxProblem((error as Error).message, at));
    }
  }
  if (problems.length > 0) throw new GenError(2, onePerLine(problems));
  return { shownAs, text, documents, placeAt };
}

/** Nothing but spaces, comments and markers. */
function isEmpty({ contents }: Document): boolean {
  return (
    contents === null ||
    (isScalar(contents) && contents.value === null && (contents.source ?? '') === '')
  );
}

function aliasedIn(document: Document): ReadonlySet<string> {
  const anchors = new Set<string>();
  visit(document, {
    Alias(_, { source }) {
      anchors.add(source);
    },
  });
  return anchors;
}

/** A map's own entry; what a merge key brings is none. */
export function ownPair(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}
