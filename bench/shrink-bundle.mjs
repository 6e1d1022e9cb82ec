// One bundle of documents merged, packed and shrunk as `--merge all --shrink exact` does it.

import { preparedInput } from './compare-bundle.mjs';
import { loadCatalogue, shrinkWith } from './dist/shrinker.mjs';
import { milliseconds } from './measure.mjs';
import { packed } from './pack.mjs';

const catalogue = await loadCatalogue();

/** @param documents the statements of each document, as published */
export function shrinkBundle(documents) {
  const input = preparedInput(documents);
  const shrink = shrinkWith(catalogue, 'exact', input.size, input.requirements);
  const before = packed(input).documents.length;
  let shrunk;
  const time = milliseconds(() => {
    shrunk = packed({ ...input, shrink }, catalogue);
  });
  const { documents: policies, wildcards } = shrunk;
  return {
    before,
    after: policies.length,
    wildcards: wildcards.length,
    /** Of the shape `X*Y`. */
    between: wildcards.filter(({ pattern }) => /[^:]\*./.test(pattern)).length,
    /** That stand for one action. */
    alone: wildcards.filter(({ standsFor }) => standsFor.length === 1).length,
    time,
  };
}
