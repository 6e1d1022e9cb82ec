// One packing as the program does it: plan (merge and pack) in mode `all`, then prove.
import { documentSize, planPolicies, provePermissions, rememberingMerge } from './dist/packer.mjs';

const SIZE = { parameterLength: new Map(), htmlEscaped: false };
/** Characters of one managed policy. */
export const LIMIT = 6144;
const PRINCIPAL = 'palette';

/** Groups of statements on one principal; slots enough, since AWS's would stop large inputs. */
export function inputOf(groups) {
  return {
    requirements: groups.map((statements, index) => ({
      group: `group-${index}`,
      stem: `Group${index}`,
      principals: [PRINCIPAL],
      statements: statements.map((statement, number) => ({
        statement,
        origins: [{ group: `group-${index}`, statements: [number] }],
      })),
    })),
    capacities: new Map([
      [PRINCIPAL, { unit: 'policies', limit: 1_000_000, taken: 0, reserve: 0 }],
    ]),
    mode: 'all',
    limitOf: () => LIMIT,
    size: SIZE,
    previous: [],
  };
}

/** Ten statements to a group, and two groups at least, so that there is something to merge. */
export function groupsOf(statements) {
  const each = Math.min(10, Math.ceil(statements.length / 2));
  return Array.from({ length: Math.ceil(statements.length / each) }, (_, index) =>
    statements.slice(index * each, (index + 1) * each),
  );
}

/** Packs, then packs beside what came of it, as every run does to see whether that settles. */
export function packTwice(input) {
  // One run of the program merges once.
  const run = { ...input, merge: rememberingMerge(SIZE) };
  const previous = pack(run).map(({ Statement }, index) => ({
    name: `Group0-${index + 1}`,
    stem: `Group0-${index + 1}`,
    groups: ['group-0'],
    principals: [PRINCIPAL],
    statements: Statement,
  }));
  return pack({ ...run, previous });
}

/** The documents, proven; throws where the proof fails. */
export function pack(input) {
  return packed(input).documents;
}

/**
 * The documents, proven, how few of them are said to be needed at least, and the wildcards in them.
 * @param catalogue needed where the input shrinks
 */
export function packed(input, catalogue) {
  const plans = planPolicies({ merge: rememberingMerge(SIZE), ...input });
  const documents = plans.flatMap((plan) =>
    plan.documents.map(({ statements }) => ({
      Version: '2012-10-17',
      Statement: statements.map(({ statement }) => statement),
    })),
  );
  const asked = input.requirements.flatMap(({ statements }) =>
    statements.map(({ statement }) => statement),
  );
  provePermissions([{ principal: PRINCIPAL, asked, written: documents }], catalogue);
  return {
    documents,
    lowerBound: plans.reduce((sum, plan) => sum + plan.lowerBound, 0),
    wildcards: plans.flatMap((plan) => plan.wildcards),
  };
}

export function charactersOf(documents) {
  return documents.reduce((sum, document) => sum + documentSize(document, SIZE), 0);
}
