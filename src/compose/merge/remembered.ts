/** Merging that remembers: planning asks for the same merge again and again. */
import type { SizeModel } from '../../model/size.ts';
import type { SourcedStatement } from '../sourced.ts';
import { mergeStatements, type Pool } from './merge.ts';

/** Merges each pool (`merge.ts`); results are in the order of the pools. */
export type Merge = (pools: readonly Pool[]) => readonly (readonly SourcedStatement[])[];

/** What was merged once is not merged again: pools of the same principals and statements. */
export function rememberingMerge(size: SizeModel): Merge {
  const numbers = new Map<SourcedStatement, number>();
  const numberOf = (sourced: SourcedStatement): number => {
    const number = numbers.get(sourced) ?? numbers.size;
    numbers.set(sourced, number);
    return number;
  };
  const known = new Map<string, readonly (readonly SourcedStatement[])[]>();
  return (pools) => {
    const key = JSON.stringify(
      pools.map(({ principals, statements }) => [principals, statements.map(numberOf)]),
    );
    let merged = known.get(key);
    if (merged === undefined) {
      merged = mergeStatements(pools, size);
      known.set(key, merged);
    }
    return merged;
  };
}
