/** Every valid combination of features, found by trying: what `selectFeatures` accepts is valid. */

import { selectFeatures } from '../../src/compose/select.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Spec } from '../../src/model/requirement.ts';
import { choosePairwise, type Row } from './pairwise.ts';

/**
 * One combination for each distinct set of active features, as a user could type it; the sets that
 * only repeat what is implied or taken by default are left out, because they mean the same.
 */
export function validCombinations(spec: Spec): string[][] {
  const ids = [...spec.features.keys()];
  const byActive = new Map<string, string[]>();
  for (let set = 0; set < 2 ** ids.length; set++) {
    const typed = ids.filter((_, bit) => set & (1 << bit));
    try {
      const { active } = selectFeatures(spec, typed);
      const key = active.join(',');
      if (!byActive.has(key)) byActive.set(key, typed);
    } catch (error) {
      if (!(error instanceof GenError)) throw error;
    }
  }
  return [...byActive.values()];
}

/** Few of the combinations, in which every two features meet: both, one of them, and none. */
export function pairwiseCombinations(spec: Spec, all: readonly string[][]): string[][] {
  const ids = [...spec.features.keys()];
  const rows = new Map<Row, string[]>(
    all.map((typed) => {
      const { active } = selectFeatures(spec, typed);
      return [ids.map((id) => (active.includes(id) ? 1 : 0)), typed];
    }),
  );
  return choosePairwise([...rows.keys()]).map((row) => rows.get(row) as string[]);
}
