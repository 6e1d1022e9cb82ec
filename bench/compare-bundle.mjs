// One bundle of documents through gen's merging and packing and through aws-cdk-lib's minimizing.
import { documentSize } from './dist/packer.mjs';
import { withLists } from './documented.mjs';
import { sayTheSame } from './judge.mjs';
import { inputOf, LIMIT, packed } from './pack.mjs';
import { prepareDocument } from './peer.mjs';

/** Characters of a document without statements. */
const EMPTY = JSON.stringify({ Version: '2012-10-17', Statement: [] }).length;
/** Characters of a document's statements, a comma after each. */
const ROOM = LIMIT - EMPTY + 1;

/** @param documents the statements of each document, as published */
export function compareBundle(documents) {
  const input = preparedInput(documents);
  const { documents: policies, lowerBound } = packed(input);
  const [document] = packed({ ...input, limitOf: () => Number.MAX_SAFE_INTEGER }).documents;
  const ours = documentSize(document, input.size);
  const minimized = prepareDocument(documents)();
  const theirs = JSON.stringify(minimized).length;
  // It keeps booleans and numbers as published; gen puts them in quotes.
  const quoted = (_, value) => (typeof value === 'object' ? value : String(value));
  const theirsQuoted = JSON.stringify(minimized, quoted).length;
  const exact = sayTheSame(documents.flat(), minimized.Statement);
  // The shortest way known to write it in one document.
  const shortest = exact ? Math.min(ours, theirs) : ours;
  const needed = Math.ceil((shortest - EMPTY + 1) / ROOM);
  return {
    /** Characters of all of it in one document. */
    ours,
    theirs,
    /** Whether aws-cdk-lib's document grants just what was asked for. */
    exact,
    policies: policies.length,
    /** Policies that so many characters need, could they be cut anywhere. */
    needed,
    /** Characters that would be left in them. */
    left: needed * ROOM - (shortest - EMPTY + 1),
    lowerBound,
    longer: exact && ours > theirs,
    longerByQuotes: exact && ours > theirs && ours <= theirsQuoted,
    /** More policies than the characters need, and no proof that they must be so many. */
    unproven: policies.length > needed && lowerBound < policies.length,
    /** One document is known that says it all, and more are said to be needed. */
    falseBound: shortest <= LIMIT && lowerBound > 1,
  };
}

/** Without Sids, which keep aws-cdk-lib from merging anything. */
export function preparedInput(documents) {
  return inputOf(
    documents.map((statements) => statements.map(({ Sid: _, ...rest }) => withLists(rest))),
  );
}
