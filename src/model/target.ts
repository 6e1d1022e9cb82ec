/** One named thing to generate, as the command line, gen.yaml or a library's caller asks for it. */
import {
  FORMATS,
  type Format,
  type MergeMode,
  type PolicyType,
  type ShrinkShape,
} from './bundle.ts';
import { GenError } from './errors.ts';
import type { OwnCniPrincipal } from './requirement.ts';
import { targetFaults } from './target-rules.ts';

export interface Target {
  /** As typed; `core` is taken when no base is named. */
  readonly features: readonly string[];
  readonly formats: readonly Format[];
  readonly mergeMode: MergeMode;
  readonly policyType: PolicyType;
  /** Adds a CloudFormation StackSet to format cloudformation. */
  readonly stackset: boolean;
  /** Folder name; the features joined with `-` where absent. */
  readonly name?: string;
  /** Values by parameter name: clusterName, vpcId, partition, nameSuffix, accountId, … */
  readonly parameters: ReadonlyMap<string, string>;
  readonly namePrefix: string;
  readonly paletteRoles: readonly string[];
  readonly paletteUsers: readonly string[];
  readonly paletteGroups: readonly string[];
  readonly nodeRoles: readonly string[];
  /** A role of its own for the VPC CNI plugin; the node principals where absent. */
  readonly cniPrincipal?: OwnCniPrincipal;
  readonly path: string;
  /** Role names, `*` and `?` in them, that the minimum policies let Palette pass beside the documented. */
  readonly allowRolePatterns?: readonly string[];
  /**
   * What is deployed already under another name or path: ARNs of policies, roles and instance
   * profiles, by the names that gen gives them.
   */
  readonly deployed?: ReadonlyMap<string, string>;
  /** Descriptions of policies as they are deployed, by the names that gen gives them. */
  readonly policyDescriptions?: ReadonlyMap<string, string>;
  readonly permissionsBoundary?: string;
  readonly tags: ReadonlyMap<string, string>;
  /** Slots of every principal kept free for policies of others. */
  readonly reserve: number;
  /** At most so many generated policies on every principal. */
  readonly maxPolicies?: number;
  /** Writes wildcards in place of actions where that saves a policy. */
  readonly shrink?: ShrinkShape;
  /** Packs afresh, whatever the former run did; what moves by that is told all the same. */
  readonly repack?: boolean;
  /** `YYYY-MM-DD` or `latest`: amendments up to then are applied; the documented revision where absent. */
  readonly asOf?: string;
}

/**
 * A target as a library's caller gives it: what is left out is as on the command line. `off` and
 * `node` stand for leaving the option out, as they do there.
 */
export type TargetOptions = Pick<Target, 'features'> &
  Partial<Omit<Target, 'shrink' | 'cniPrincipal'>> & {
    readonly shrink?: ShrinkShape | 'off';
    readonly cniPrincipal?: OwnCniPrincipal | 'node';
  };

/**
 * The target that options describe, with its defaults; names that are given twice count once.
 * @throws GenError (exit 2) with everything that is wrong with the options
 */
export function withDefaults(options: TargetOptions): Target {
  // No type checker may have seen them.
  const untyped = Object(options) as Readonly<Record<string, unknown>>;
  const problems = targetFaults({ ...untyped, features: untyped.features ?? null }).map(
    ({ option, ...fault }) => ({
      ...fault,
      message: `\`${option}\`: ${fault.message}`,
    }),
  );
  if (problems.length > 0) throw new GenError(2, problems);
  const given = Object.fromEntries(
    Object.entries(options).filter(
      ([option, value]) => value !== undefined && NO_CHOICE[option] !== value,
    ),
  ) as unknown as Target;
  const target = { ...DEFAULTS, ...given };
  return {
    ...target,
    formats: [...new Set(target.formats)],
    paletteRoles: distinctNames(target.paletteRoles),
    paletteUsers: distinctNames(target.paletteUsers),
    paletteGroups: distinctNames(target.paletteGroups),
    nodeRoles: distinctNames(target.nodeRoles),
    ...(target.allowRolePatterns === undefined
      ? {}
      : { allowRolePatterns: [...new Set(target.allowRolePatterns)] }),
  };
}

/** Words for leaving an option out. */
const NO_CHOICE: Readonly<Record<string, string>> = { shrink: 'off', cniPrincipal: 'node' };

const DEFAULTS = {
  formats: FORMATS,
  mergeMode: 'auto',
  policyType: 'managed',
  stackset: false,
  parameters: new Map<string, string>(),
  namePrefix: '',
  paletteRoles: [],
  paletteUsers: [],
  paletteGroups: [],
  nodeRoles: [],
  path: '/',
  tags: new Map<string, string>(),
  reserve: 0,
} as const satisfies Partial<Target>;

/** IAM tells names apart without regard to case. */
function distinctNames(names: readonly string[]): readonly string[] {
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()];
}
