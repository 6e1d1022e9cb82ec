/** One named thing to generate, as the command line or a library's caller asks for it. */
import {
  FORMATS,
  type Format,
  type MergeMode,
  type PolicyType,
  type ShrinkShape,
} from './bundle.ts';
import { GenError, type Problem } from './errors.ts';
import type { OwnCniPrincipal } from './requirement.ts';

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

/** A target as a library's caller gives it: what is left out is as on the command line. */
export type TargetOptions = Pick<Target, 'features'> & Partial<Target>;

/** @throws GenError (exit 2) for what no type checker has kept a library's caller from */
export function checkOptions(options: TargetOptions): void {
  const wrong = (message: string, advice: string): Problem[] => [
    { code: 'bad-option', message, advice },
  ];
  const { features, formats = FORMATS, parameters, tags, deployed, policyDescriptions } = options;
  const isList = Array.isArray(features) && features.every((each) => typeof each === 'string');
  const unknown = Array.isArray(formats) ? formats.filter((each) => !FORMATS.includes(each)) : [''];
  const maps = Object.entries({ parameters, tags, deployed, policyDescriptions }).filter(
    ([, value]) => value !== undefined && !(value instanceof Map),
  );
  const problems = [
    ...(isList ? [] : wrong('`features` is no list of names.', "Write features: ['core']")),
    ...(unknown.length === 0
      ? []
      : wrong('`formats` has others than there are.', `Formats: ${FORMATS.join(', ')}.`)),
    ...maps.flatMap(([name]) =>
      wrong(`\`${name}\` is no Map.`, `Write ${name}: new Map([['name', 'value']])`),
    ),
  ];
  if (problems.length > 0) throw new GenError(2, problems);
}

export function withDefaults(options: TargetOptions): Target {
  return {
    formats: FORMATS,
    mergeMode: 'auto',
    policyType: 'managed',
    stackset: false,
    parameters: new Map(),
    namePrefix: '',
    paletteRoles: [],
    paletteUsers: [],
    paletteGroups: [],
    nodeRoles: [],
    path: '/',
    tags: new Map(),
    reserve: 0,
    ...options,
  };
}
