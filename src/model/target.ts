/** One named thing to generate, as the command line, gen.yaml or a library's caller asks for it. */
import type { Format, MergeMode, PolicyType, ShrinkShape } from './bundle.ts';
import type { Identity, OwnRoleIdentity } from './identity.ts';

/** Parts of an ARN that can be narrowed. */
export const NARROWINGS = ['region', 'account'] as const;
export type Narrowing = (typeof NARROWINGS)[number];

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
  /** How add-ons get their permissions; as their documentation does where absent. */
  readonly identity?: Identity;
  /** The same for single add-ons, by their principals' ids. */
  readonly identities?: ReadonlyMap<string, Identity>;
  /** The same as `identities` for vpc-cni. */
  readonly cniPrincipal?: OwnRoleIdentity;
  readonly path: string;
  /** Role names, `*` and `?` in them, that the minimum policies let Palette pass beside the documented. */
  readonly allowRolePatterns?: readonly string[];
  /** Parts of ARNs that are `*` as documented and get the given region or the account. */
  readonly narrow?: readonly Narrowing[];
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
  /** Packs afresh, whatever the previous run did; permissions that move are still reported. */
  readonly repack?: boolean;
  /** `YYYY-MM-DD` or `latest`: amendments up to then are applied; the documented revision where absent. */
  readonly asOf?: string;
  /** A release of Cluster API Provider AWS or `latest`: what its stack needs since; as documented where absent. */
  readonly capaRelease?: string;
  /** Warnings that are known and meant to be: they are notes, with the reason. */
  readonly accept?: readonly Acceptance[];
}

/** A warning that somebody has looked at. */
export interface Acceptance {
  readonly code: string;
  /** All groups where absent. */
  readonly group?: string;
  readonly reason: string;
}

/**
 * A target as a library's caller gives it: what is left out is as on the command line. `off` and
 * `node` stand for leaving the option out, as they do there.
 */
export type TargetOptions = Pick<Target, 'features'> &
  Partial<Omit<Target, 'shrink' | 'cniPrincipal'>> & {
    readonly shrink?: ShrinkShape | 'off';
    readonly cniPrincipal?: OwnRoleIdentity | 'node';
  };
