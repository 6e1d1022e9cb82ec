/**
 * Random groups over a small universe, and every request that can tell them apart: for property
 * tests of merging and packing.
 */
import fc from 'fast-check';
import type { Capacity, PlannedPolicies, Requirement } from '../../src/compose/plan/planned.ts';
import type { SourcedStatement } from '../../src/compose/sourced.ts';
import {
  type Condition,
  type PolicyDocument,
  type Statement,
  toPolicyJson,
} from '../../src/model/policy.ts';
import type { SizeModel } from '../../src/model/size.ts';
import { contextText } from './condition-evaluator.ts';
import { type Context, isAllowed, type Request } from './evaluator.ts';

/** Nothing is left open, no format escapes anything. */
export const PLAIN_SIZE: SizeModel = { parameterLength: new Map(), htmlEscaped: false };

export const PRINCIPALS = ['p', 'q', 'r'] as const;

const ACTIONS = ['s3:Get', 's3:get', 's3:Put', 'S3:G*', 's3:*', 's3:?ut'];
const RESOURCES = ['*', 'arn:aws:s3:::a', 'arn:aws:s3:::a*', 'arn:aws:s3:::b', 'arn:aws:s3:::?'];
/** Conditions that are equal, stricter, alike but for a value, and none of these. */
const CONDITIONS: readonly Condition[] = [
  { StringLike: { 'aws:X': ['a', 'b'] } },
  { StringLike: { 'AWS:x': ['b', 'a'] } },
  { StringLike: { 'aws:x': ['a'] } },
  { StringLike: { 'aws:X': ['b'] } },
  { StringLike: { k: ['a'] } },
  { StringLike: { k: ['a'] }, Bool: { m: ['true'] } },
  { Bool: { M: ['true'] }, StringLike: { K: ['a'] } },
  { StringLike: { k: ['b'] }, Bool: { M: ['true'] } },
  { StringLikeIfExists: { k: ['a'] } },
  { 'ForAllValues:StringEquals': { k: ['a'] } },
  { 'ForAllValues:StringEquals': { k: ['b'] } },
];
const NEGATED: readonly Condition[] = [
  { StringNotEquals: { k: ['a', 'b'] } },
  { StringNotEquals: { k: ['a'] } },
  { StringNotEquals: { K: ['b', 'a'] }, Bool: { m: ['true'] } },
];

export const CONTEXTS: readonly Context[] = [[], ['a'], ['b'], ['c']].flatMap((x) =>
  [[], ['a'], ['b'], ['c'], ['a', 'b']].flatMap((k) =>
    [[], ['true']].map((m): Context => {
      const given: [string, string[]][] = [
        ['aws:x', x],
        ['k', k],
        ['m', m],
      ];
      return new Map(given.filter(([, values]) => values.length > 0));
    }),
  ),
);

/** Every action, resource and context: what can be asked in this universe. */
export const REQUESTS: readonly Request[] = ['s3:get', 's3:gX', 's3:put', 's3:x', 'ec2:x'].flatMap(
  (action) =>
    ['arn:aws:s3:::a', 'arn:aws:s3:::ab', 'arn:aws:s3:::b', 'arn:aws:s3:::c', 'other'].flatMap(
      (resource) => CONTEXTS.map((context) => ({ action, resource, context })),
    ),
);

/** Requests that a statement applies to, as bits; the same statements come again and again. */
const applying = new Map<string, bigint>();

function requestsOf(statement: Statement): bigint {
  const { Sid: _, Effect: _effect, ...rest } = statement;
  const key = JSON.stringify(rest);
  let bits = applying.get(key);
  if (bits === undefined) {
    const alone = [{ ...rest, Effect: 'Allow' }];
    bits = BigInt(`0b${REQUESTS.map((one) => (isAllowed(alone, one) ? '1' : '0')).join('')}`);
    applying.set(key, bits);
  }
  return bits;
}

/** The answers to all requests, one digit for each: allowed by a statement, and denied by none. */
function answers(statements: readonly Statement[]): string {
  const union = (effect: string): bigint =>
    statements.reduce((all, one) => (one.Effect === effect ? all | requestsOf(one) : all), 0n);
  return (union('Allow') & ~union('Deny')).toString(2).padStart(REQUESTS.length, '0');
}

/** The first request that two sets of statements answer differently, in words. */
export function firstDifference(
  before: readonly Statement[],
  after: readonly Statement[],
): string | undefined {
  const a = answers(before);
  const b = answers(after);
  const at = REQUESTS.findIndex((_, index) => a[index] !== b[index]);
  const request = REQUESTS[at];
  return (
    request &&
    `${request.action} on ${request.resource} under {${contextText(request.context)}}: before ${a[at]}, after ${b[at]}`
  );
}

const some = (texts: readonly string[]) =>
  fc.array(fc.constantFrom(...texts), { minLength: 1, maxLength: 3 });
const condition = fc.constantFrom(...CONDITIONS);

/** Plain Allow statements, with and without condition. */
export const plainStatement: fc.Arbitrary<Statement> = fc.record(
  {
    Effect: fc.constant('Allow' as const),
    Action: some(ACTIONS),
    Resource: some(RESOURCES),
    Condition: condition,
  },
  { requiredKeys: ['Effect', 'Action', 'Resource'] },
);

/** Deny, NotAction, NotResource, negated operators. */
const otherStatement: fc.Arbitrary<Statement> = fc.oneof(
  plainStatement.map((statement) => ({ ...statement, Effect: 'Deny' as const })),
  fc
    .tuple(plainStatement, fc.constantFrom(...NEGATED))
    .map(([statement, Condition]) => ({ ...statement, Condition })),
  plainStatement.map(({ Action, ...rest }) => ({ ...rest, NotAction: Action as string[] })),
  plainStatement.map(({ Resource, ...rest }) => ({ ...rest, NotResource: Resource as string[] })),
);

export const someStatements = fc.array(
  fc.oneof({ weight: 5, arbitrary: plainStatement }, { weight: 2, arbitrary: otherStatement }),
  { minLength: 1, maxLength: 4 },
);

/** A group's statements as a requirement has them; some carry a Sid. */
export function sourced(group: string, list: readonly Statement[]): SourcedStatement[] {
  return list.map((statement, number) => ({
    statement,
    origins: [{ group, statements: [number] }],
  }));
}

/** Groups for one, two or three principals. */
export const requirements: fc.Arbitrary<Requirement[]> = fc
  .array(
    fc.record({
      principals: fc.oneof(
        fc.subarray<string>([...PRINCIPALS], { minLength: 1 }),
        // Pairs, so that grants rest on one another in circles.
        fc.constantFrom(['p', 'q'], ['q', 'r'], ['p', 'r']),
      ),
      list: fc.tuple(someStatements, fc.nat({ max: 15 })).map(([list, named]) =>
        list.map((one, number) => {
          return named & (1 << number) ? { Sid: `S${number}`, ...one } : one;
        }),
      ),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((groups) =>
    groups.map(({ principals, list }, number) => ({
      group: `g${number}`,
      stem: `G${number}`,
      principals,
      statements: sourced(`g${number}`, list),
    })),
  );

export const capacities: fc.Arbitrary<ReadonlyMap<string, Capacity>> = fc
  .array(
    fc.record({
      unit: fc.constant('policies' as const),
      limit: fc.integer({ min: 2, max: 8 }),
      taken: fc.nat({ max: 1 }),
      reserve: fc.nat({ max: 1 }),
    }),
    { minLength: PRINCIPALS.length, maxLength: PRINCIPALS.length },
  )
  .map((list) => new Map(PRINCIPALS.map((id, index) => [id, list[index] as Capacity])));

/** What the groups ask for a principal. */
export function askedFor(principal: string, all: readonly Requirement[]): Statement[] {
  return all
    .filter(({ principals }) => principals.includes(principal))
    .flatMap((requirement) => requirement.statements.map(({ statement }) => statement));
}

/** The documents that a principal is given. */
export function writtenFor(
  principal: string,
  planned: readonly PlannedPolicies[],
): PolicyDocument[] {
  return planned
    .filter(({ principals }) => principals.includes(principal))
    .flatMap((plan) => plan.documents.map((document) => documentOf(document.statements)));
}

export function documentOf(list: readonly SourcedStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: list.map(({ statement }) => statement) };
}

/** AWS's size of a document without anything open. */
export function lengthOf(document: PolicyDocument): number {
  return JSON.stringify(toPolicyJson(document)).length;
}
