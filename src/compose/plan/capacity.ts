/**
 * What a principal can hold, and the arithmetic of not fitting.
 *
 * 1. Managed policies are counted: AWS's quota less what is attached already, less the reserve.
 * 2. Inline policies are measured: all of a principal together have a limit of characters.
 */
import { GenError, type Problem } from '../../model/errors.ts';
import { documentSize, type SizeModel } from '../../model/size.ts';
import type { SourcedStatement } from '../sourced.ts';
import { packStatements } from './pack.ts';
import type { Capacity, PlanInput, PlannedPolicies } from './planned.ts';

/** What generated policies may take of a capacity. */
export function freeOf(capacity: Capacity): number {
  const free = Math.max(0, capacity.limit - capacity.taken - capacity.reserve);
  return Math.min(free, capacity.most ?? free);
}

/** Characters of a document with these statements. */
export function sizeOfStatements(statements: readonly SourcedStatement[], size: SizeModel): number {
  const Statement = statements.map(({ statement }) => statement);
  return documentSize({ Version: '2012-10-17', Statement }, size);
}

/** What policies take of a capacity. */
export function usageOf(
  planned: readonly PlannedPolicies[],
  unit: Capacity['unit'],
  size: SizeModel,
): number {
  const documents = planned.flatMap((each) => each.documents);
  if (unit === 'policies') return documents.length;
  return documents.reduce((sum, { statements }) => sum + sizeOfStatements(statements, size), 0);
}

export interface Overfull {
  readonly principal: string;
  readonly capacity: Capacity;
  readonly excess: number;
}

/** Principals that would hold more than they can. */
export function overfull(input: PlanInput, planned: readonly PlannedPolicies[]): Overfull[] {
  return [...input.capacities]
    .map(([principal, capacity]) => {
      const held = planned.filter(({ principals }) => principals.includes(principal));
      const own = usageOf(held, capacity.unit, input.size);
      // A reserve is of no interest to a principal that gets nothing from us.
      const excess = own === 0 ? capacity.taken - capacity.limit : own - freeOf(capacity);
      return { principal, capacity, excess };
    })
    .filter(({ excess }) => excess > 0);
}

/** The error that says why it cannot fit, for every principal. */
export function doesNotFit(
  input: PlanInput,
  planned: readonly PlannedPolicies[],
  over: readonly Overfull[],
): GenError {
  return new GenError(
    3,
    over.map((each) => explain(input, planned, each)),
  );
}

function explain(
  input: PlanInput,
  planned: readonly PlannedPolicies[],
  { principal, capacity }: Overfull,
): Problem {
  const held = planned.filter(({ principals }) => principals.includes(principal));
  const requirements = input.requirements.filter(({ principals }) =>
    principals.includes(principal),
  );
  const statements = requirements.flatMap((requirement) => requirement.statements);
  const [merged] = input.merge([{ principals: [principal], statements }]);
  const weights = requirements
    .map(({ group, statements: own }) => ({ group, characters: sizeOfStatements(own, input.size) }))
    .sort((a, b) => b.characters - a.characters);
  const documented = weights.reduce((sum, weight) => sum + weight.characters, 0);
  const heaviest = weights
    .slice(0, 3)
    .map(({ group, characters }) => `${group} (${characters})`)
    .join(', ');
  const own = usageOf(held, capacity.unit, input.size);
  const free = freeOf(capacity);
  const least =
    capacity.unit === 'policies'
      ? packStatements(merged ?? [], input.limitOf([principal]), input.size).length
      : sizeOfStatements(merged ?? [], input.size);
  return {
    code: 'over-quota',
    message:
      capacity.unit === 'policies'
        ? `Principal "${principal}" would hold ${own} generated policies, but has ${free} free ` +
          `${free === 1 ? 'slot' : 'slots'}: ${slotArithmetic(capacity)}. Its ${requirements.length} groups take ` +
          `${documented} characters as documented; merged exactly, ${least} policies of at most ` +
          `${input.limitOf([principal])} characters each. The heaviest: ${heaviest}.`
        : `Principal "${principal}" would hold ${own} characters of inline policies; AWS allows ` +
          `${capacity.limit} for all of them together. Its ${requirements.length} groups take ` +
          `${documented} characters as documented, ${least} merged exactly. The heaviest: ${heaviest}.`,
    advice:
      least <= free && input.mode === 'none'
        ? 'Use --merge auto or --merge all.'
        : capacity.unit === 'policies'
          ? roomAdvice(capacity, least)
          : 'Select fewer features, or use --policy-type managed.',
  };
}

/** Only what helps: the user's own limits first, AWS's quota where those are not what is in the way. */
function roomAdvice(capacity: Capacity, least: number): string {
  const { limit, taken, reserve, most } = capacity;
  const room = Math.max(0, limit - taken);
  if (least > room) {
    return 'Select fewer features, or ask AWS for a higher quota and enter it in quotas.yaml of your spec folder.';
  }
  // Each that is named is in the way by itself.
  const limits = [
    ...(most !== undefined && most < least ? [`raise --max-policies to ${least}`] : []),
    ...(reserve > room - least ? [`lower --reserve to ${room - least}`] : []),
  ];
  return `Select fewer features, or ${limits.join(' and ')}.`;
}

function slotArithmetic({ limit, taken, reserve, most }: Capacity): string {
  return [
    `quota ${limit}`,
    `${taken} taken by others and AWS managed policies`,
    ...(reserve > 0 ? [`${reserve} reserved`] : []),
    ...(most === undefined ? [] : [`at most ${most} allowed by --max-policies`]),
  ].join(', ');
}
