/** Bundles of every valid combination of features in every merge mode and in every partition. */
import { composeBundle } from '../../src/compose/compose.ts';
import { closeDefaults } from '../../src/compose/defaults.ts';
import type { IamBundle, MergeMode } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import { RunMemory } from '../../src/model/memo.ts';
import type { Spec } from '../../src/model/requirement.ts';
import type { Target } from '../../src/model/target.ts';
import { loadSpec } from '../../src/spec/load.ts';
import {
  conformanceCombinations,
  furtherCombinations,
  pairwiseCombinations,
  SEED_FEATURES,
  validCombinations,
} from './combinations.ts';
import { FAST } from './fast.ts';
import { BUILT_IN, targetOf, valuesIn } from './target.ts';

export const builtIn = loadSpec({ builtIn: BUILT_IN });
export const combinations = FAST
  ? pairwiseCombinations(builtIn, conformanceCombinations(builtIn))
  : [...validCombinations(builtIn), ...furtherCombinations(builtIn)];
export const MERGE_MODES: readonly MergeMode[] = ['none', 'auto', 'all'];
export const PARTITIONS = ['aws', 'aws-us-gov', 'aws-cn'] as const;

/**
 * Every combination once in every merge mode and once in every partition: which mode meets which
 * partition turns from combination to combination, so that three bundles do for nine. Combinations
 * that differ only in what no file shows count as one, and so do bundles.
 * `open`: cluster name and VPC id are left to the one who deploys; `module`: the partition too, as
 * Terraform finds it out by itself.
 */
export function* everyBundle(parameters: 'module' | 'open' | 'given'): Generator<IamBundle> {
  const seenCombinations = new Set<string>();
  const seen = new Set<string>();
  const memory = new RunMemory();
  for (const features of combinations) {
    const turn = seenCombinations.size;
    // Of the further combinations one bundle each: they are thousands.
    const isSeed = features.every((id) => SEED_FEATURES.includes(id));
    const partitions = [...PARTITIONS.entries()].filter(
      ([index]) => isSeed || index === Math.floor(turn / 3) % 3,
    );
    let isFirst = true;
    for (const [index, partition] of partitions) {
      const mergeMode = MERGE_MODES[(turn + index) % MERGE_MODES.length] as MergeMode;
      const bundle = composeFitting(
        targetOf(features, {
          mergeMode,
          formats: ['terraform', 'cloudformation'],
          parameters: new Map([
            ...(parameters === 'given' ? valuesIn(partition) : []),
            ...(parameters === 'module' ? [] : ([['partition', partition]] as const)),
          ]),
          paletteRoles: ['PaletteRole'],
        }),
        memory,
      );
      if (bundle === undefined) continue;
      if (isFirst) {
        isFirst = false;
        const combination = contentOf(bundle);
        if (seenCombinations.has(combination)) break;
        seenCombinations.add(combination);
      }
      const key = JSON.stringify([bundle.policies, bundle.roles, bundle.users, bundle.existing]);
      if (seen.has(key)) continue;
      seen.add(key);
      yield parameters === 'module' ? bundle : closeDefaults(bundle);
    }
  }
}

/** Undefined where the policies, never merged, are more than a principal holds. */
export function composeFitting(
  target: Target,
  memory: RunMemory,
  spec: Spec = builtIn,
): IamBundle | undefined {
  try {
    return composeBundle(spec, target, { memory });
  } catch (error) {
    const isFull = error instanceof GenError && error.exitCode === 3;
    if (isFull && target.mergeMode === 'none') return undefined;
    throw error;
  }
}

/** What must hold for every bundle, with the values left open or given. */
export interface Law {
  readonly name: string;
  readonly each: (bundle: IamBundle) => void | Promise<void>;
  /** After the last bundle. */
  readonly after?: () => void;
}

/** Composes each bundle once, for all the laws. */
export async function holdFor(
  parameters: 'module' | 'open' | 'given',
  laws: readonly Law[],
): Promise<void> {
  for (const bundle of everyBundle(parameters)) {
    for (const { name, each } of laws) {
      try {
        await each(bundle);
      } catch (error) {
        const where = `${bundle.features.join(',')} --merge ${bundle.mergeMode}`;
        (error as Error).message = `${name}: ${where}: ${(error as Error).message}`;
        throw error;
      }
    }
  }
  for (const { after } of laws) after?.();
}

/** What policies and roles are made of, whatever the merge mode. */
function contentOf({ groups, principals, roles, users, existing }: IamBundle): string {
  const made = principals.map(({ id, created, node, awsManagedPolicies }) => [
    id,
    created,
    node,
    awsManagedPolicies,
  ]);
  return JSON.stringify([groups.map(({ id }) => id), made, roles, users, existing]);
}

/** Names of the created and existing users among the principals, sorted. */
export function userNames(bundle: IamBundle, principals: readonly string[]): string[] {
  return [...bundle.users, ...bundle.existing.filter(({ entity }) => entity === 'user')]
    .filter(({ principal }) => principals.includes(principal))
    .map(({ name }) => name)
    .sort();
}

/** Names of the created and existing roles among the principals, sorted. */
export function roleNames(bundle: IamBundle, principals: readonly string[]): string[] {
  return [...bundle.roles, ...bundle.existing.filter(({ entity }) => entity === 'role')]
    .filter(({ principal }) => principals.includes(principal))
    .map(({ name }) => name)
    .sort();
}
