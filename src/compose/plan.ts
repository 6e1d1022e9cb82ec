/**
 * Which groups share a policy: the three merge modes, under every principal's quota.
 *
 * 1. `none`: one policy per group. A principal over its quota is an error.
 * 2. `auto`: one policy per group, as long as every principal fits; beyond that, the fewest groups
 *    that make it fit are merged, smaller ones before larger ones.
 * 3. `all`: the fewest policies possible. Groups with the same principals are merged together; a
 *    group that has its principals for itself and fits into one policy stays as documented.
 * 4. Groups that several principals hold are shared among them. Where a principal still does not
 *    fit, it gets policies of its own for all its groups.
 * 5. In every mode a document over its size is split.
 */
import type { MergeMode } from '../model/bundle.ts';
import { GenError, type Problem } from '../model/errors.ts';
import type { FormerPolicy } from '../model/former.ts';
import { canonicalStatement, expandGrants, GrantIndex, isPlainAllow } from '../model/grant.ts';
import { documentSize, EMPTY_DOCUMENT_SIZE, type SizeModel } from '../model/size.ts';
import { mergeStatements } from './merge.ts';
import { charactersAtLeast, packStatements } from './pack.ts';
import { packExactly } from './pack-exactly.ts';
import { byText, joinOrigins, type SourcedStatement } from './sourced.ts';
import { matchFormer, packSteadily, type SteadyDocument } from './steady.ts';

/** A group as the selection asks for it. */
export interface Requirement {
  readonly group: string;
  /** Ids, in the spec's order. */
  readonly principals: readonly string[];
  readonly statements: readonly SourcedStatement[];
}

/** The documents that one or several groups become, for one set of principals. */
export interface PlannedPolicies {
  readonly requirements: readonly Requirement[];
  readonly principals: readonly string[];
  /** Documents of merged groups have names and order of their own. */
  readonly merged: boolean;
  readonly documents: readonly SteadyDocument[];
  /** No way of writing the same permissions takes fewer documents. */
  readonly lowerBound: number;
}

/** Slots of a principal. */
export interface Capacity {
  /** AWS's quota. */
  readonly limit: number;
  /** Taken by AWS managed policies and by what others attach. */
  readonly taken: number;
  /** Kept free on request. */
  readonly reserve: number;
  /** Generated policies allowed, however many slots are free. */
  readonly most?: number;
}

export interface PlanInput {
  readonly requirements: readonly Requirement[];
  readonly capacities: ReadonlyMap<string, Capacity>;
  readonly mode: MergeMode;
  /** Characters of one policy document. */
  readonly limit: number;
  readonly size: SizeModel;
  /** Policies of a former run in the same mode, whose grants stay where they are. */
  readonly former: readonly FormerPolicy[];
}

/** Sets of groups tried for each number of groups before a larger number is tried. */
const MAX_TRIED_SETS = 60;

/**
 * @throws GenError (exit 3) for a statement that fits nowhere, or with the arithmetic of every
 * principal that cannot fit.
 */
export function planPolicies(input: PlanInput): PlannedPolicies[] {
  if (input.mode === 'all') return withOwnPolicies(input, mergeAll(input, input.requirements));
  const documented = input.requirements.map((requirement) => keepDocumented(input, requirement));
  if (input.mode === 'none') {
    const over = overfull(input, documented);
    if (over.length > 0) throw doesNotFit(input, documented, over);
    return documented;
  }
  return withOwnPolicies(input, mergeFewest(input, mergeAsBefore(input, documented)));
}

/** Policies that the former run had merged stay merged. */
function mergeAsBefore(
  input: PlanInput,
  documented: readonly PlannedPolicies[],
): PlannedPolicies[] {
  let planned = [...documented];
  for (const former of input.former.filter(({ stem }) => MERGED.test(stem))) {
    const together = planned.filter(
      ({ principals, requirements }) =>
        samePrincipals(principals, former.principals) &&
        requirements.some(({ group }) => former.groups.includes(group)),
    );
    if (together.length === 0 || together.every(({ merged }) => merged)) continue;
    const merged = mergePool(
      input,
      together.flatMap(({ requirements }) => requirements),
    );
    const first = planned.indexOf(together[0] as PlannedPolicies);
    planned = planned.flatMap((each, index) =>
      index === first ? [merged] : together.includes(each) ? [] : [each],
    );
  }
  return planned;
}

/** Stems that we give to merged policies. */
const MERGED = /Merged\d+$/;

/** Stems that we give to the parts of a split policy. */
const PART = /-\d+$/;

function samePrincipals(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

function keepDocumented(input: PlanInput, requirement: Requirement): PlannedPolicies {
  const { statements, principals } = requirement;
  const whole = documentSize(
    { Version: '2012-10-17', Statement: statements.map(({ statement }) => statement) },
    input.size,
  );
  const planned = { requirements: [requirement], principals, merged: false };
  if (whole <= input.limit) return { ...planned, documents: [{ statements }], lowerBound: 1 };
  const former = input.former.filter(
    ({ groups, stem, principals: held }) =>
      groups.length === 1 &&
      groups[0] === requirement.group &&
      samePrincipals(held, principals) &&
      PART.test(stem),
  );
  const fresh = packStatements(statements, input.limit, input.size);
  return {
    ...planned,
    documents: narrowOrigins(goOnWith(former, statements, fresh, input), statements, statements),
    lowerBound: Math.ceil(charactersAtLeast(statements, input.size) / roomOf(input)),
  };
}

/** Characters of a document's statements, a comma after each. */
function roomOf({ limit }: PlanInput): number {
  return limit - EMPTY_DOCUMENT_SIZE + 1;
}

/** The steady packing where it takes no more documents, else the fresh one under former names. */
function goOnWith(
  former: readonly FormerPolicy[],
  statements: readonly SourcedStatement[],
  fresh: readonly (readonly SourcedStatement[])[],
  { limit, size }: PlanInput,
): SteadyDocument[] {
  if (former.length === 0) return fresh.map((document) => ({ statements: document }));
  return (
    packSteadily({ statements, former, limit, size, fewest: fresh.length }) ??
    matchFormer(fresh, former)
  );
}

/** Gives every cut statement those origins only that it still serves. */
function narrowOrigins(
  documents: readonly SteadyDocument[],
  whole: readonly SourcedStatement[],
  sources: readonly SourcedStatement[],
): SteadyDocument[] {
  const uncut = new Set(whole.map(({ statement }) => canonicalStatement(statement)));
  const grants = sources
    .filter(({ statement }) => isPlainAllow(statement))
    .map(({ statement, origins }) => ({ origins, grants: expandGrants(statement) }));
  const narrow = (sourced: SourcedStatement): SourcedStatement => {
    if (!isPlainAllow(sourced.statement)) return sourced;
    if (uncut.has(canonicalStatement(sourced.statement))) return sourced;
    const index = new GrantIndex(expandGrants(sourced.statement));
    const served = grants.filter((source) => source.grants.some((grant) => index.covers(grant)));
    return { ...sourced, origins: joinOrigins(served.map(({ origins }) => origins)) };
  };
  return documents.map((document) => ({
    ...document,
    statements: document.statements.map(narrow),
  }));
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
function mergeAll(input: PlanInput, requirements: readonly Requirement[]): PlannedPolicies[] {
  const pools = poolsOf(requirements);
  const merged = mergeStatements(
    pools.map((pool) => ({
      principals: pool[0]?.principals ?? [],
      statements: pool.flatMap((requirement) => requirement.statements),
    })),
    input.size,
  );
  return pools.flatMap((pool, index) => {
    if (pool.length === 1) {
      const documented = keepDocumented(input, pool[0] as Requirement);
      if (documented.documents.length === 1) return [documented];
    }
    const statements = merged[index] as SourcedStatement[];
    // Everything it grants is granted by policies beside it.
    return statements.length === 0 ? [] : [packMerged(input, pool, statements)];
  });
}

/** Requirements of the same principals, merged for themselves. */
function mergePool(input: PlanInput, requirements: readonly Requirement[]): PlannedPolicies {
  const pool = {
    principals: requirements[0]?.principals ?? [],
    statements: requirements.flatMap(({ statements }) => statements),
  };
  const [merged] = mergeStatements([pool], input.size);
  return packMerged(input, requirements, merged as SourcedStatement[]);
}

function packMerged(
  input: PlanInput,
  requirements: readonly Requirement[],
  merged: readonly SourcedStatement[],
): PlannedPolicies {
  const { limit, size } = input;
  const principals = requirements[0]?.principals ?? [];
  const [first, ...more] = requirements;
  const statements = merged.map(withoutSid);
  const packed = packStatements(statements, limit, size);
  const exact = packed.length > 1 ? packExactly(statements, limit, size) : undefined;
  const former = input.former.filter(
    ({ stem, groups, principals: held }) =>
      samePrincipals(held, principals) &&
      (MERGED.test(stem) ||
        (more.length === 0 &&
          groups.length === 1 &&
          groups[0] === first?.group &&
          PART.test(stem))),
  );
  const documents = narrowOrigins(
    goOnWith(former, statements, exact ?? packed, input),
    statements,
    requirements.flatMap((requirement) => requirement.statements),
  );
  return {
    requirements,
    principals,
    merged: more.length > 0 || documents.some(({ former: kept }) => kept && MERGED.test(kept.stem)),
    documents: documents.map((document) => ({
      ...document,
      statements: restoreSids(document.statements, merged, input),
    })),
    lowerBound: exact?.length ?? Math.ceil(charactersAtLeast(statements, size) / roomOf(input)),
  };
}

function withoutSid(sourced: SourcedStatement): SourcedStatement {
  const { Sid: _, ...unnamed } = sourced.statement;
  return { ...sourced, statement: unnamed };
}

/** Gives uncut statements their Sid again, where it is unique in the document and there is room. */
function restoreSids(
  document: readonly SourcedStatement[],
  statements: readonly SourcedStatement[],
  input: PlanInput,
): SourcedStatement[] {
  const sids = new Map(
    statements.map(({ statement }) => [
      JSON.stringify({ ...statement, Sid: undefined }),
      statement.Sid,
    ]),
  );
  const sidOf = ({ statement }: SourcedStatement): string | undefined =>
    sids.get(JSON.stringify(statement));
  const uses = new Map<string, number>();
  for (const sourced of document) {
    const sid = sidOf(sourced);
    if (sid !== undefined) uses.set(sid, (uses.get(sid) ?? 0) + 1);
  }
  const named = [...document];
  named.forEach((sourced, index) => {
    const sid = sidOf(sourced);
    if (sid === undefined || uses.get(sid) !== 1) return;
    named[index] = { ...sourced, statement: { Sid: sid, ...sourced.statement } };
    const size = documentSize(
      { Version: '2012-10-17', Statement: named.map(({ statement }) => statement) },
      input.size,
    );
    if (size > input.limit) named[index] = sourced;
  });
  return named;
}

function countFor(planned: readonly PlannedPolicies[], principal: string): number {
  return planned
    .filter(({ principals }) => principals.includes(principal))
    .reduce((sum, { documents }) => sum + documents.length, 0);
}

/** Slots that generated policies may use. */
export function slotsFor(capacity: Capacity): number {
  const free = Math.max(0, capacity.limit - capacity.taken - capacity.reserve);
  return Math.min(free, capacity.most ?? free);
}

interface Overfull {
  readonly principal: string;
  readonly excess: number;
}

function overfull(input: PlanInput, planned: readonly PlannedPolicies[]): Overfull[] {
  return [...input.capacities]
    .map(([principal, capacity]) => ({
      principal,
      excess: countFor(planned, principal) - slotsFor(capacity),
    }))
    .filter(({ excess }) => excess > 0);
}

/** Rule 2: for each principal over its quota, the fewest groups of one set of principals. */
function mergeFewest(input: PlanInput, documented: readonly PlannedPolicies[]): PlannedPolicies[] {
  let planned = [...documented];
  for (;;) {
    const over = overfull(input, planned)[0];
    if (over === undefined) return planned;
    const choice = chooseGroups(input, planned, over);
    if (choice === undefined) return planned;
    const first = planned.indexOf(choice.replaced[0] as PlannedPolicies);
    planned = planned.flatMap((each, index) =>
      index === first ? [choice.merged] : choice.replaced.includes(each) ? [] : [each],
    );
  }
}

interface Choice {
  readonly replaced: readonly PlannedPolicies[];
  readonly merged: PlannedPolicies;
  readonly saved: number;
}

/** The smallest set that saves enough; else the set that saves most; undefined if none saves. */
function chooseGroups(
  input: PlanInput,
  planned: readonly PlannedPolicies[],
  over: Overfull,
): Choice | undefined {
  const pools = new Map<string, PlannedPolicies[]>();
  for (const each of planned) {
    if (!each.principals.includes(over.principal)) continue;
    const key = each.principals.join(' ');
    pools.set(key, [...(pools.get(key) ?? []), each]);
  }
  const largest = Math.max(...[...pools.values()].map((pool) => pool.length));
  let most: Choice | undefined;
  for (let count = 2; count <= largest; count++) {
    for (const pool of pools.values()) {
      for (const replaced of smallestSets(pool, count, input.size)) {
        const before = replaced.reduce((sum, { documents }) => sum + documents.length, 0);
        // Merging leaves at least one document.
        if (before - 1 <= (most?.saved ?? 0)) continue;
        const merged = mergePool(
          input,
          replaced.flatMap(({ requirements }) => requirements),
        );
        const saved = before - merged.documents.length;
        const choice = { replaced, merged, saved };
        if (saved >= over.excess) return choice;
        if (saved > (most?.saved ?? 0)) most = choice;
      }
    }
  }
  return most;
}

/** Up to MAX_TRIED_SETS sets of `count`, those of fewest characters first. */
function smallestSets(
  pool: readonly PlannedPolicies[],
  count: number,
  size: SizeModel,
): PlannedPolicies[][] {
  if (count > pool.length) return [];
  const characters = (each: PlannedPolicies): number =>
    each.documents.reduce(
      (sum, document) =>
        sum +
        documentSize(
          {
            Version: '2012-10-17',
            Statement: document.statements.map(({ statement }) => statement),
          },
          size,
        ),
      0,
    );
  const sorted = pool
    .map((each) => ({ each, characters: characters(each) }))
    .sort(
      (a, b) =>
        a.characters - b.characters ||
        byText(a.each.requirements[0]?.group ?? '', b.each.requirements[0]?.group ?? ''),
    );
  // In lexicographic order over positions, which begins with the smallest ones.
  const sets: PlannedPolicies[][] = [];
  const positions = Array.from({ length: count }, (_, index) => index);
  while (sets.length < MAX_TRIED_SETS) {
    const chosen = new Set(positions.map((at) => sorted[at]?.each));
    sets.push(pool.filter((each) => chosen.has(each)));
    let at = count - 1;
    while (at >= 0 && positions[at] === sorted.length - count + at) at--;
    if (at < 0) break;
    positions[at] = (positions[at] as number) + 1;
    for (let next = at + 1; next < count; next++) {
      positions[next] = (positions[next - 1] as number) + 1;
    }
  }
  return sets;
}

/** Rule 4, for principals that are still over their quota. */
function withOwnPolicies(input: PlanInput, planned: PlannedPolicies[]): PlannedPolicies[] {
  let result = planned;
  let over = overfull(input, result);
  if (over.length > 0) {
    // Across sets of principals, grants may rest on one another, which rule 2 does not use.
    result = mergeAll(input, input.requirements);
    over = overfull(input, result);
  }
  const tried = new Set<string>();
  while (over.length > 0) {
    const next = over.find(({ principal }) => !tried.has(principal));
    if (next === undefined) throw doesNotFit(input, result, over);
    tried.add(next.principal);
    const shared = result.some(
      ({ principals }) => principals.length > 1 && principals.includes(next.principal),
    );
    if (!shared) continue;
    const requirements = input.requirements.flatMap((requirement) => {
      const others = requirement.principals.filter((id) => !tried.has(id));
      const own = requirement.principals.filter((id) => tried.has(id));
      return [...(others.length > 0 ? [others] : []), ...own.map((id) => [id])].map(
        (principals) => ({ ...requirement, principals }),
      );
    });
    result = mergeAll(input, requirements);
    over = overfull(input, result);
  }
  return result;
}

/** The arithmetic of not fitting. */
function doesNotFit(
  input: PlanInput,
  planned: readonly PlannedPolicies[],
  over: readonly Overfull[],
): GenError {
  return new GenError(
    3,
    over.map(({ principal }): Problem => {
      const capacity = input.capacities.get(principal) as Capacity;
      const held = planned.filter(({ principals }) => principals.includes(principal));
      const own = countFor(planned, principal);
      const requirements = input.requirements.filter(({ principals }) =>
        principals.includes(principal),
      );
      const [merged] = mergeStatements(
        [
          {
            principals: [principal],
            statements: requirements.flatMap(({ statements }) => statements),
          },
        ],
        input.size,
      );
      const least = packStatements(merged ?? [], input.limit, input.size).length;
      const weights = requirements
        .map((requirement) => ({
          group: requirement.group,
          characters: documentSize(
            {
              Version: '2012-10-17',
              Statement: requirement.statements.map(({ statement }) => statement),
            },
            input.size,
          ),
        }))
        .sort((a, b) => b.characters - a.characters);
      const characters = weights.reduce((sum, weight) => sum + weight.characters, 0);
      const slots = slotsFor(capacity);
      const reserve =
        (capacity.reserve > 0 ? `, ${capacity.reserve} reserved` : '') +
        (capacity.most === undefined ? '' : `, at most ${capacity.most} allowed by --max-policies`);
      return {
        code: 'over-quota',
        message:
          `Principal "${principal}" would hold ${own} generated policies, but has ${slots} free ` +
          `slots: quota ${capacity.limit}, ${capacity.taken} taken by others and AWS managed ` +
          `policies${reserve}. Its groups take ${characters} characters in ${own} policies; ` +
          `merged exactly, at least ${least} of ${input.limit} characters each. ` +
          `The heaviest: ${weights
            .slice(0, 3)
            .map((weight) => `${weight.group} (${weight.characters})`)
            .join(', ')}.`,
        advice:
          least <= slots && held.some(({ merged: isMerged }) => !isMerged)
            ? 'Use --merge auto or --merge all.'
            : 'Select fewer features, lower --reserve, or ask AWS for a higher quota and enter it in quotas.yaml of your spec folder.',
      };
    }),
  );
}
