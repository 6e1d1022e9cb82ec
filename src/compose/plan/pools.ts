/**
 * From groups to documents: one group as documented, or several merged and packed, going on with the
 * policies of the previous run where there are any.
 */
import type { Wildcard } from '../../model/bundle.ts';
import { GenError } from '../../model/errors.ts';
import type { PreviousPolicy } from '../../model/previous-run.ts';
import { EMPTY_DOCUMENT_SIZE, type SizeModel, statementSize } from '../../model/size.ts';
import { mergedLabel } from '../label.ts';
import type { SourcedStatement } from '../sourced.ts';
import { sizeOfStatements } from './capacity.ts';
import { withoutCoveredAdditions } from './covered-additions.ts';
import { documentsAtLeast } from './lower-bound.ts';
import { narrowOrigins } from './narrow-origins.ts';
import { packStatements } from './pack.ts';
import { packExactly } from './pack-exactly.ts';
import {
  type PlanInput,
  type PlannedPolicies,
  type Requirement,
  samePrincipals,
} from './planned.ts';
import { matchPrevious, packSteadily, type SteadyDocument } from './steady.ts';

/** Stems that we give to the parts of a split policy. */
const PART = /-\d+$/;

/** What a group's documented policy says: without what it has gained that was granted already. */
function documentedStatements(
  { requirements, previous }: PlanInput,
  requirement: Requirement,
): readonly SourcedStatement[] {
  return withoutCoveredAdditions(requirement, requirements, previous) ?? requirement.statements;
}

/** Whether one document may hold the group as documented: at once, or by shrinking. */
function mayFitDocumented(input: PlanInput, requirement: Requirement): boolean {
  if (input.shrink !== undefined) return true;
  const statements = documentedStatements(input, requirement);
  return sizeOfStatements(statements, input.size) <= input.limitOf(requirement.principals);
}

/** One group under its documented name, split only where it is too large for one document. */
export function keepDocumented(input: PlanInput, requirement: Requirement): PlannedPolicies {
  const { principals } = requirement;
  const statements = documentedStatements(input, requirement);
  const limit = input.limitOf(principals);
  const planned = { requirements: [requirement], principals, merged: false };
  if (sizeOfStatements(statements, input.size) <= limit) {
    return { ...planned, documents: [{ statements }], wildcards: [], lowerBound: 1 };
  }
  const previous = input.previous.filter((policy) => isPartOf(policy, requirement));
  const packed = packBeside({ ...input, previous }, statements, limit, () =>
    packShrunk(input, statements, limit),
  );
  return {
    ...planned,
    documents: narrowOrigins(packed.documents, packed.statements, statements),
    wildcards: packed.wildcards,
    lowerBound: Math.min(packed.lowerBound, leastDocuments(input, requirement, limit)),
  };
}

/** A bound for the group's permissions, however they are written. */
function leastDocuments(input: PlanInput, requirement: Requirement, limit: number): number {
  const [merged] = input.merge([requirement]);
  return boundOf(merged ?? [], limit, input.size);
}

/** Whether a previous policy is a part of this group, split. */
function isPartOf({ stem, principals }: PreviousPolicy, requirement: Requirement): boolean {
  return (
    samePrincipals(principals, requirement.principals) &&
    PART.test(stem) &&
    stem.replace(PART, '') === requirement.stem
  );
}

/** Whether a previous policy is a merged one of these principals. */
export function isMergedOf(previous: PreviousPolicy, principals: readonly string[]): boolean {
  const label = mergedLabel(previous.principals);
  return (
    samePrincipals(previous.principals, principals) &&
    previous.stem.startsWith(label) &&
    /^\d+$/.test(previous.stem.slice(label.length))
  );
}

interface Packed {
  /** As given, or with wildcards in them. */
  readonly statements: readonly SourcedStatement[];
  readonly documents: readonly (readonly SourcedStatement[])[];
  readonly wildcards: readonly Wildcard[];
  readonly lowerBound: number;
}

interface PackedBeside extends Omit<Packed, 'documents'> {
  readonly documents: readonly SteadyDocument[];
}

/** Packs, with wildcards where they are asked for and save a document. */
function packShrunk(
  { size, shrink }: PlanInput,
  statements: readonly SourcedStatement[],
  limit: number,
): Packed {
  const documents = packStatements(statements, limit, size);
  const lowerBound = boundOf(statements, limit, size);
  const plain = { statements, documents, wildcards: [], lowerBound };
  if (documents.length === 1 || shrink === undefined) return plain;
  const shrunk = shrink(
    statements,
    limit,
    (candidate) => packStatements(candidate, limit, size).length,
  );
  if (shrunk === undefined) return plain;
  return {
    statements: shrunk.statements,
    documents: packStatements(shrunk.statements, limit, size),
    wildcards: shrunk.wildcards,
    // With wildcards there is no telling how few characters would do.
    lowerBound: 1,
  };
}

/** Characters of a document's statements, a comma after each. */
function roomOf(limit: number): number {
  return limit - EMPTY_DOCUMENT_SIZE + 1;
}

/** The steady packing where it takes no more documents, else the fresh one under previous names. */
function packBeside(
  { size, shrink, previous }: PlanInput,
  statements: readonly SourcedStatement[],
  limit: number,
  packAfresh: () => Packed,
): PackedBeside {
  if (previous.length === 0) {
    const fresh = packAfresh();
    return { ...fresh, documents: fresh.documents.map((document) => ({ statements: document })) };
  }
  const steady =
    shrink === undefined
      ? orTooLarge(() => packSteadily({ statements, previous, limit, size }))
      : undefined;
  // As few as the characters call for: mostly so, and packing afresh could not take fewer.
  if (steady && steady.documents.length <= leastByCharacters(statements, limit, size)) {
    const lowerBound = boundOf(statements, limit, size);
    return { statements, documents: steady.documents, wildcards: [], lowerBound };
  }
  const fresh = packAfresh();
  const beside =
    steady !== undefined && fresh.statements === statements
      ? steady
      : packSteadily({ statements: fresh.statements, previous, limit, size });
  return {
    ...fresh,
    documents: beside.within(fresh.documents.length) ?? matchPrevious(fresh.documents, previous),
  };
}

/** Undefined where a statement fits nowhere: packing afresh says so, or finds another way. */
function orTooLarge<T>(pack: () => T): T | undefined {
  try {
    return pack();
  } catch (error) {
    if (!(error instanceof GenError)) throw error;
    return undefined;
  }
}

/** Documents that these statements take at least, as they are written here. */
function leastByCharacters(
  statements: readonly SourcedStatement[],
  limit: number,
  size: SizeModel,
): number {
  const total = statements
    .map(withoutSid)
    .reduce((sum, { statement }) => sum + statementSize(statement, size) + 1, 0);
  return Math.max(1, Math.ceil(total / roomOf(limit)));
}

/** Documents that these permissions take at least, without new wildcards. */
function boundOf(statements: readonly SourcedStatement[], limit: number, size: SizeModel): number {
  return documentsAtLeast(statements, roomOf(limit), size);
}

/** Requirements of the same principals, in order of first appearance. */
function poolsOf(requirements: readonly Requirement[]): Requirement[][] {
  const pools = new Map<string, Requirement[]>();
  for (const requirement of requirements) {
    const key = requirement.principals.join(' ');
    const pool = pools.get(key);
    if (pool === undefined) pools.set(key, [requirement]);
    else pool.push(requirement);
  }
  return [...pools.values()];
}

/** Rule 3 for any set of requirements; a grant may rest on one in another of these pools. */
export function mergeAll(
  input: PlanInput,
  requirements: readonly Requirement[],
): PlannedPolicies[] {
  const pools = poolsOf(requirements);
  const merged = input.merge(
    pools.map((pool) => ({
      principals: pool[0]?.principals ?? [],
      statements: pool.flatMap((requirement) => requirement.statements),
    })),
  );
  return pools.flatMap((pool, index) => {
    const goesOn = input.previous.some((previous) =>
      isMergedOf(previous, pool[0]?.principals ?? []),
    );
    if (pool.length === 1 && !goesOn && mayFitDocumented(input, pool[0] as Requirement)) {
      const documented = keepDocumented(input, pool[0] as Requirement);
      if (documented.documents.length === 1) return [documented];
    }
    const statements = merged[index] as readonly SourcedStatement[];
    // Everything it grants is granted by policies beside it.
    if (statements.length === 0) return [];
    const principals = pool[0]?.principals ?? [];
    const previous = input.previous.filter((policy) => isMergedOf(policy, principals));
    return [packMerged(input, pool, statements, previous)];
  });
}

/**
 * Requirements of the same principals, merged for themselves. There may be several such pools: each
 * goes on with the previous policies that held its groups.
 */
export function mergePool(input: PlanInput, requirements: readonly Requirement[]): PlannedPolicies {
  const principals = requirements[0]?.principals ?? [];
  const statements = requirements.flatMap((requirement) => requirement.statements);
  const [merged = []] = input.merge([{ principals, statements }]);
  const previous = input.previous.filter(
    (policy) =>
      isMergedOf(policy, principals) &&
      requirements.some(({ group }) => policy.groups.includes(group)),
  );
  return packMerged(input, requirements, merged, previous);
}

function packMerged(
  input: PlanInput,
  requirements: readonly Requirement[],
  merged: readonly SourcedStatement[],
  previousMerged: readonly PreviousPolicy[],
): PlannedPolicies {
  const principals = requirements[0]?.principals ?? [];
  const limit = input.limitOf(principals);
  const [only, ...more] = requirements;
  const previous = input.previous.filter(
    (policy) =>
      previousMerged.includes(policy) ||
      (more.length === 0 && only !== undefined && isPartOf(policy, only)),
  );
  const unnamed = merged.map(withoutSid);
  const packed = packBeside({ ...input, previous }, unnamed, limit, () =>
    packBest(input, unnamed, requirements, limit),
  );
  const sids = sidsOf(merged);
  const documents = narrowOrigins(
    packed.documents,
    packed.statements,
    requirements.flatMap(({ statements }) => statements),
  );
  return {
    requirements,
    principals,
    merged:
      more.length > 0 ||
      documents.some(({ previous: kept }) => kept && isMergedOf(kept, principals)),
    documents: documents.map((document) => ({
      ...document,
      statements: restoreSids(document.statements, sids, limit, input),
    })),
    wildcards: packed.wildcards,
    lowerBound: packed.lowerBound,
  };
}

/** Packs; few grants so that no other packing is better. */
function packBest(
  input: PlanInput,
  statements: readonly SourcedStatement[],
  requirements: readonly Requirement[],
  limit: number,
): Packed {
  const fits = sizeOfStatements(statements, input.size) <= limit;
  if (!fits && input.shrink === undefined) {
    const documents = packExactly(statements, limit, input.size);
    if (documents !== undefined) {
      return {
        statements,
        documents,
        wildcards: [],
        lowerBound: boundOf(statements, limit, input.size),
      };
    }
  }
  const packed = packOrAsDocumented(input, statements, requirements, limit);
  if (packed.documents.length === 1 || packed.wildcards.length === 0) return packed;
  const exact = packExactly(packed.statements, limit, input.size);
  return exact === undefined ? packed : { ...packed, documents: exact };
}

/**
 * Merging may have joined statements over grants that a wider one covers. Where such a statement
 * has to be cut and a part fits nowhere, the documented statements still may.
 */
function packOrAsDocumented(
  input: PlanInput,
  statements: readonly SourcedStatement[],
  requirements: readonly Requirement[],
  limit: number,
): Packed {
  try {
    return packShrunk(input, statements, limit);
  } catch (error) {
    if (!(error instanceof GenError)) throw error;
    const documented = requirements.flatMap((requirement) => requirement.statements);
    return packShrunk(input, documented.map(withoutSid), limit);
  }
}

function withoutSid(sourced: SourcedStatement): SourcedStatement {
  const { Sid: _, ...unnamed } = sourced.statement;
  return { ...sourced, statement: unnamed };
}

/** Sids of whole statements, by what the statement says without it. */
function sidsOf(statements: readonly SourcedStatement[]): ReadonlyMap<string, string> {
  const sids = new Map<string, string>();
  for (const { statement } of statements) {
    if (statement.Sid === undefined) continue;
    sids.set(JSON.stringify({ ...statement, Sid: undefined }), statement.Sid);
  }
  return sids;
}

/** Gives uncut statements their Sid again, where it is unique in the document and there is room. */
function restoreSids(
  document: readonly SourcedStatement[],
  sids: ReadonlyMap<string, string>,
  limit: number,
  { size }: PlanInput,
): readonly SourcedStatement[] {
  if (sids.size === 0) return document;
  const found = document.map(({ statement }) => sids.get(JSON.stringify(statement)));
  const uses = new Map<string, number>();
  for (const sid of found) if (sid !== undefined) uses.set(sid, (uses.get(sid) ?? 0) + 1);
  let characters = sizeOfStatements(document, size);
  return document.map((sourced, index) => {
    const sid = found[index];
    if (sid === undefined || uses.get(sid) !== 1) return sourced;
    const statement = { Sid: sid, ...sourced.statement };
    const more = statementSize(statement, size) - statementSize(sourced.statement, size);
    if (characters + more > limit) return sourced;
    characters += more;
    return { ...sourced, statement };
  });
}
