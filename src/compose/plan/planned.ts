/** What planning takes and gives. */
import type { MergeMode, Wildcard } from '../../model/bundle.ts';
import type { PreviousPolicy } from '../../model/previous-run.ts';
import type { SizeModel } from '../../model/size.ts';
import type { Merge } from '../merge/remembered.ts';
import type { Shrinking } from '../shrink/shrink.ts';
import type { SourcedStatement } from '../sourced.ts';
import type { SteadyDocument } from './steady.ts';

/** A group as the selection asks for it. */
export interface Requirement {
  readonly group: string;
  /** Its policy name without parameters. */
  readonly stem: string;
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
  /** Written in place of actions. */
  readonly wildcards: readonly Wildcard[];
  /** No way of writing the same permissions takes fewer documents. */
  readonly lowerBound: number;
}

export interface PlanInput {
  readonly requirements: readonly Requirement[];
  readonly capacities: ReadonlyMap<string, Capacity>;
  readonly mode: MergeMode;
  /** Characters of one policy document for these principals. */
  readonly limitOf: (principals: readonly string[]) => number;
  readonly size: SizeModel;
  /** Merges for this size; one for all rounds of planning, so that no merge is done twice. */
  readonly merge: Merge;
  /** Shrinks merged or split statements (`shrink.ts`); undefined where that saves no document. */
  readonly shrink?: (
    statements: readonly SourcedStatement[],
    limit: number,
    countDocuments: (statements: readonly SourcedStatement[]) => number,
  ) => Shrinking | undefined;
  /** Policies of a previous run in the same mode, whose grants stay where they are. */
  readonly previous: readonly PreviousPolicy[];
}

/** How full a principal may get; slots of managed policies, or characters of inline ones. */
export interface Capacity {
  readonly unit: 'policies' | 'characters';
  /** AWS's quota. */
  readonly limit: number;
  /** Taken by AWS managed policies and by what others attach. */
  readonly taken: number;
  /** Kept free on request. */
  readonly reserve: number;
  /** Generated policies allowed, however many slots are free. */
  readonly most?: number;
}

/** Whether two lists hold the same principals, in whatever order. */
export function samePrincipals(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
