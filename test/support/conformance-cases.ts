/**
 * The bundles that the real tools are tried on: a pairwise selection of feature × partition × merge
 * mode × policy type × parameters × how Palette is known × whose the CNI policies are. In process
 * every combination is tried.
 */

import { composeBundle } from '../../src/compose/compose.ts';
import { selectFeatures } from '../../src/compose/select.ts';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import { sha256 } from '../../src/files/manifest.ts';
import { type IamBundle, MERGE_MODES, type PolicyType } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import { builtIn } from './bundles.ts';
import { conformanceCombinations } from './combinations.ts';
import { choosePairwise, type Row } from './pairwise.ts';
import { ALL_VALUES, targetOf, valuesIn } from './target.ts';

/** A region of each partition; an emulator of AWS goes by it. */
export const REGIONS = {
  aws: 'us-east-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-cn': 'cn-north-1',
} as const;

type Partition = keyof typeof REGIONS;

const FEATURES = [...builtIn.features.keys()];
const PARTITIONS = Object.keys(REGIONS) as readonly Partition[];
const POLICY_TYPES: readonly PolicyType[] = ['managed', 'inline'];
const PARAMETERS = ['given', 'open'] as const;
/** How Palette is known to the artefacts: by name as a role or as a user, or not at all. */
const PALETTE = ['role', 'user', 'unnamed'] as const;
/** Whose the CNI policies are: the nodes', or those of a role of the plugin's own. */
const CNI = ['nodes', 'irsa', 'pod-identity'] as const;

const ISSUER = 'oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';

/** What is passed for the parameters that a case leaves open. */
export const OPEN_VALUES: ReadonlyMap<string, string> = new Map([
  ...ALL_VALUES,
  ['oidcProvider', ISSUER],
]);

export interface ConformanceCase {
  /** What tells it from the others, for messages and folders. */
  readonly name: string;
  readonly features: readonly string[];
  readonly partition: Partition;
  readonly mergeMode: (typeof MERGE_MODES)[number];
  readonly policyType: PolicyType;
  readonly parameters: (typeof PARAMETERS)[number];
  readonly palette: (typeof PALETTE)[number];
  readonly cni: (typeof CNI)[number];
}

/** Inline policies need a holder that is known by name, and a user cannot hold so much. */
const SETTINGS: readonly Row[] = product(
  [PARTITIONS, MERGE_MODES, POLICY_TYPES, PARAMETERS, PALETTE, CNI].map(({ length }) => length),
).filter(
  (row) => POLICY_TYPES[row[2] as number] === 'managed' || PALETTE[row[4] as number] === 'role',
);

/**
 * Every valid combination of features in some settings: the active features as 0 and 1, then the
 * setting. Each combination in every setting would be a million rows; a dozen of them, in turn,
 * have the same pairs.
 */
function candidateRows(): ReadonlyMap<Row, readonly string[]> {
  const rows = new Map<Row, readonly string[]>();
  for (const [index, typed] of conformanceCombinations(builtIn).entries()) {
    const { active } = selectFeatures(builtIn, typed);
    const on = FEATURES.map((id) => (active.includes(id) ? 1 : 0));
    for (let turn = 0; turn < 12; turn++) {
      const setting = SETTINGS[(index + turn * 17) % SETTINGS.length] as Row;
      rows.set([...on, ...setting], typed);
    }
  }
  return rows;
}

let chosen: readonly ConformanceCase[] | undefined;

/** Rows as cases; those that cannot be generated, because they fit no quota, are left out. */
export function conformanceCases(): readonly ConformanceCase[] {
  chosen ??= chooseCases();
  return chosen;
}

function chooseCases(): readonly ConformanceCase[] {
  const rows = candidateRows();
  const caseOf = (row: Row): ConformanceCase => {
    const [partition, mergeMode, policyType, parameters, palette, cni] = row.slice(FEATURES.length);
    const features = rows.get(row) as readonly string[];
    const settings = {
      partition: PARTITIONS[partition as number] as Partition,
      mergeMode: MERGE_MODES[mergeMode as number] as (typeof MERGE_MODES)[number],
      policyType: POLICY_TYPES[policyType as number] as PolicyType,
      parameters: PARAMETERS[parameters as number] as (typeof PARAMETERS)[number],
      palette: PALETTE[palette as number] as (typeof PALETTE)[number],
      cni: CNI[cni as number] as (typeof CNI)[number],
    };
    // Folders are named like it.
    const joined = features.join('-') || 'core';
    const short =
      joined.length <= 60 ? joined : `${joined.slice(0, 60)}-${sha256(joined).slice(0, 8)}`;
    const name = [short, ...Object.values(settings)].join('_');
    return { name, features, ...settings };
  };
  return choosePairwise([...rows.keys()], (row) => isPossible(caseOf(row))).map(caseOf);
}

/**
 * @param parameters as the case says where absent; the name of the cluster and the VPC's id
 * @param prefix of everything's name, existing roles and users included
 * @param deployed see `Target`
 */
export function bundleOfCase(
  { features, partition, mergeMode, policyType, palette, cni, ...rest }: ConformanceCase,
  parameters: ConformanceCase['parameters'] = rest.parameters,
  prefix = '',
  deployed: ReadonlyMap<string, string> = new Map(),
): IamBundle {
  const { active } = selectFeatures(builtIn, features);
  return composeBundle(
    builtIn,
    targetOf(features, {
      mergeMode,
      policyType,
      formats:
        parameters === 'given'
          ? ['iam-json', 'cloudformation', 'terraform']
          : ['cloudformation', 'terraform'],
      parameters: new Map([
        ...(parameters === 'given' ? valuesIn(partition) : []),
        ...(parameters === 'given' && (cni === 'irsa' || active.includes('backup-from-pods'))
          ? [['oidcProvider', ISSUER] as const]
          : []),
        ['partition', partition],
      ]),
      namePrefix: prefix,
      deployed,
      paletteRoles: palette === 'role' ? [`${prefix}PaletteRole`] : [],
      paletteUsers: palette === 'user' ? [`${prefix}spectro@example.com`] : [],
      // A stack made by hand has node roles of its own.
      nodeRoles: active.includes('stack-manual') ? [] : [`${prefix}custom-ng-role`],
      ...(cni === 'nodes' ? {} : { cniPrincipal: cni }),
    }),
  );
}

function isPossible(each: ConformanceCase): boolean {
  try {
    for (const parameters of PARAMETERS) emitCloudFormation(bundleOfCase(each, parameters));
    return true;
  } catch (error) {
    if (error instanceof GenError) return false;
    throw error;
  }
}

/** Every choice of one number below each length. */
function product(lengths: readonly number[]): readonly Row[] {
  return lengths.reduce<Row[]>(
    (rows, length) => rows.flatMap((row) => Array.from({ length }, (_, value) => [...row, value])),
    [[]],
  );
}
