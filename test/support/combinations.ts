/**
 * Combinations of features for the laws, found by trying: what `selectFeatures` accepts is valid.
 *
 * 1. Every combination of the seeds' features: those of the two documents that the project began with.
 * 2. Every pair of all features.
 * 3. With LAWS=all, as CI runs it, every triple too, and 2,000 random valid combinations of any size.
 */
import { selectFeatures } from '../../src/compose/select.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Spec } from '../../src/model/requirement.ts';
import { choosePairwise, type Row } from './pairwise.ts';
import { randomFrom } from './random.ts';

export const SEED_FEATURES: readonly string[] = [
  'core',
  'iaas-dynamic',
  'iaas-static',
  'eks-dynamic',
  'eks-static',
  'stack-manual',
  'stack-auto',
  'eks',
  'host-groups',
  'cni-ipv4',
  'cni-ipv6',
  'cni-scoped',
  'ebs-csi',
  'eks-nodegroup-role',
  'eks-fargate-role',
];

export const ALL_LAWS = process.env.LAWS === 'all';
const RANDOM = 2_000;
const FOR_TOOLS = 400;

/**
 * One combination for each distinct set of active features, as a user could type it; the sets that
 * only repeat what is implied or taken by default are left out, because they mean the same.
 */
export function validCombinations(spec: Spec): string[][] {
  return distinct(spec, subsets(SEED_FEATURES));
}

/** Rules 2 and 3, without those of rule 1. */
export function furtherCombinations(spec: Spec): string[][] {
  const ids = [...spec.features.keys()];
  const known = new Set(SEED_FEATURES);
  const candidates = [
    ...pairs(ids),
    ...(ALL_LAWS ? [...triples(ids), ...random(spec, ids, RANDOM)] : []),
  ];
  return distinct(
    spec,
    candidates.filter((typed) => !typed.every((id) => known.has(id))),
  );
}

/** Few features, and many: the candidates for the pairwise selection of the real tools. */
export function conformanceCombinations(spec: Spec): string[][] {
  const ids = [...spec.features.keys()];
  return distinct(spec, [
    ...subsets(SEED_FEATURES),
    ...pairs(ids).flatMap((typed) => withRequired(spec, typed)),
    ...random(spec, ids, FOR_TOOLS),
  ]);
}

function distinct(spec: Spec, candidates: Iterable<readonly string[]>): string[][] {
  const byActive = new Map<string, string[]>();
  for (const typed of candidates) {
    try {
      const { active } = selectFeatures(spec, typed);
      const key = active.join(',');
      if (!byActive.has(key)) byActive.set(key, [...typed]);
    } catch (error) {
      if (!(error instanceof GenError)) throw error;
    }
  }
  return [...byActive.values()];
}

/** As typed, and with each of the features that one of them needs. */
function withRequired(spec: Spec, typed: readonly string[]): string[][] {
  const needed = typed.flatMap((id) =>
    (spec.features.get(id)?.requires ?? []).flatMap(({ anyOf }) => anyOf),
  );
  return [[...typed], ...needed.map((id) => [...typed, id])];
}

function* subsets(ids: readonly string[]): Generator<string[]> {
  for (let set = 0; set < 2 ** ids.length; set++) yield ids.filter((_, bit) => set & (1 << bit));
}

function pairs(ids: readonly string[]): string[][] {
  return ids.flatMap((one, at) => [[one], ...ids.slice(at + 1).map((other) => [one, other])]);
}

function triples(ids: readonly string[]): string[][] {
  return ids.flatMap((one, at) => pairs(ids.slice(at + 1)).map((rest) => [one, ...rest]));
}

/**
 * Valid combinations, few features and many: of all in random order each that can stand beside those
 * taken, as often as the drawn percentage says. Of subsets drawn at random hardly one is valid.
 */
function random(spec: Spec, ids: readonly string[], count: number): string[][] {
  const below = randomFrom(17);
  return Array.from({ length: count }, () => {
    const percent = 5 + below(95);
    const order = [...ids].map((id) => [below(1_000_000), id] as const).sort(([a], [b]) => a - b);
    let typed: readonly string[] = [];
    // Twice, for a feature may need one that comes later.
    for (const [, id] of [...order, ...order]) {
      if (typed.includes(id) || below(100) >= percent) continue;
      const more = ids.filter((each) => each === id || typed.includes(each));
      if (isValid(spec, more)) typed = more;
    }
    return [...typed];
  });
}

function isValid(spec: Spec, typed: readonly string[]): boolean {
  try {
    selectFeatures(spec, typed);
    return true;
  } catch (error) {
    if (error instanceof GenError) return false;
    throw error;
  }
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
