/** Bundles of every valid combination of features in every merge mode. */
import { composeBundle } from '../../src/compose/compose.ts';
import { closeDefaults } from '../../src/compose/defaults.ts';
import type { IamBundle, MergeMode } from '../../src/model/bundle.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { validCombinations } from './combinations.ts';
import { ALL_VALUES, BUILT_IN, targetOf } from './target.ts';

export const builtIn = loadSpec({ builtIn: BUILT_IN });
export const combinations = validCombinations(builtIn);
export const MERGE_MODES: readonly MergeMode[] = ['none', 'auto', 'all'];

/**
 * Each different bundle once; combinations that differ only in what no file shows count as one.
 * `open`: cluster name and VPC id are left to the one who deploys; `module`: what Terraform finds out
 * by itself is open too.
 */
export function* everyBundle(parameters: 'module' | 'open' | 'given'): Generator<IamBundle> {
  const seen = new Set<string>();
  for (const features of combinations) {
    for (const mergeMode of MERGE_MODES) {
      const bundle = composeBundle(
        builtIn,
        targetOf(features, {
          mergeMode,
          formats: ['terraform', 'cloudformation'],
          parameters: parameters === 'given' ? ALL_VALUES : new Map(),
          paletteRoles: ['SpectroCloudRole'],
        }),
      );
      const key = JSON.stringify([bundle.policies, bundle.roles, bundle.existing]);
      if (seen.has(key)) continue;
      seen.add(key);
      yield parameters === 'module' ? bundle : closeDefaults(bundle);
    }
  }
}

/** Names of the created and existing roles among the principals, sorted. */
export function roleNames(bundle: IamBundle, principals: readonly string[]): string[] {
  return [...bundle.roles, ...bundle.existing]
    .filter(({ principal }) => principals.includes(principal))
    .map(({ name }) => name)
    .sort();
}
