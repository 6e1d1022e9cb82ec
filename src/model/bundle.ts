/**
 * The result of composing: what every emitter reads.
 * Strings may hold open parameters as `{{name}}` or `{{name!}}` (`parameter.ts`); everything else is
 * final.
 */
import type { Problem, Warning } from './errors.ts';
import type { OwnRoleIdentity, ServiceAccount } from './identity.ts';
import type { RunMemory } from './memo.ts';
import type { Parameter } from './parameter.ts';
import type { Condition, PolicyDocument, TrustPolicy } from './policy.ts';

export const MERGE_MODES = ['auto', 'all', 'none'] as const;
export type MergeMode = (typeof MERGE_MODES)[number];

/** `inline`: each policy is embedded in its holders instead of being attached to them. */
export type PolicyType = 'managed' | 'inline';

export const FORMATS = ['iam-json', 'cloudformation', 'terraform', 'pxk', 'validator'] as const;
export type Format = (typeof FORMATS)[number];

/** Where a statement's permissions come from: group id and 0-based statement numbers there. */
export interface Origin {
  readonly group: string;
  readonly statements: readonly number[];
}

export interface Source {
  readonly document: string;
  readonly section: string;
  /** `YYYY-MM-DD` of the documented revision. */
  readonly lastUpdate: string;
  readonly url?: string;
}

/**
 * A policy of ours, managed or inline (`IamBundle.policyType`); sizes are characters of the minified
 * document as deployed.
 */
export interface ManagedPolicy {
  readonly name: string;
  /** The policy name without its parameters: what logical ids and resource names are made of. */
  readonly stem: string;
  /** CloudFormation logical id; unique in the bundle. */
  readonly logicalId: string;
  readonly description: string;
  readonly document: PolicyDocument;
  /** Origins of each statement, by position in `document.Statement`. */
  readonly origins: readonly (readonly Origin[])[];
  /** Ids of the groups in it, in the spec's order. */
  readonly groups: readonly string[];
  /** Ids of the principals that hold it. */
  readonly attachTo: readonly string[];
  /** Belongs to the CAPA stack's own template, not to the policies beside it. */
  readonly inStack: boolean;
  /** Where it is deployed already, under a name of its own; see `pathOf`. */
  readonly deployedPath?: string;
  readonly size: number;
  readonly worstSize: number;
  readonly limit: number;
}

export interface InstanceProfile {
  readonly name: string;
  readonly logicalId: string;
  /** Where it is deployed already, under a name of its own; see `pathOf`. */
  readonly deployedPath?: string;
}

/** An AWS managed policy by the part of its ARN after `policy/`. */
export type AwsManagedPolicy = string;

export interface WorkloadRole {
  readonly identity: OwnRoleIdentity;
  readonly serviceAccount: ServiceAccount;
  /** With `pod-identity`: the cluster that hands the role out, by its name, perhaps open. */
  readonly cluster?: string;
}

/** An IRSA role that Palette creates, as the Kubernetes pack's values say. */
export interface PaletteIrsaRole {
  readonly principal: string;
  readonly name: string;
  readonly serviceAccount: ServiceAccount;
  readonly awsManagedPolicies: readonly AwsManagedPolicy[];
}

/** A role that the artefacts create. */
export interface Role {
  /** Id of the principal it is. */
  readonly principal: string;
  readonly name: string;
  readonly stem: string;
  readonly logicalId: string;
  readonly description?: string;
  readonly trust: TrustPolicy;
  /** The service account that it is for, where it is an add-on's. */
  readonly workload?: WorkloadRole;
  readonly awsManagedPolicies: readonly AwsManagedPolicy[];
  readonly instanceProfile?: InstanceProfile;
  readonly inStack: boolean;
  /** Made beside what Cluster API and Palette create, and not passed by them. */
  readonly isSeparate?: boolean;
  /** Where it is deployed already, under a name of its own; see `pathOf`. */
  readonly deployedPath?: string;
}

/** An IAM user that the artefacts create; its access keys are made by hand. */
export interface User {
  /** Id of the principal it is. */
  readonly principal: string;
  readonly name: string;
  readonly stem: string;
  readonly logicalId: string;
  readonly awsManagedPolicies: readonly AwsManagedPolicy[];
  /** The stack of Cluster API Provider AWS has no users. */
  readonly inStack: false;
  /** Where it is deployed already, under a name of its own; see `pathOf`. */
  readonly deployedPath?: string;
}

/** What can hold policies, in IAM's words. */
export type Entity = 'role' | 'user' | 'group';

/** An existing role, user or group, given by name, to attach policies to. */
export interface ExistingAttachment {
  readonly principal: string;
  readonly entity: Entity;
  readonly name: string;
  readonly awsManagedPolicies: readonly AwsManagedPolicy[];
}

/** How full a principal is: attached managed policies, ours and others', against its quota. */
export interface PrincipalUse {
  readonly id: string;
  readonly description: string;
  readonly created: boolean;
  /** A principal that runs worker nodes: takes CNI and EBS CSI policies. */
  readonly node: boolean;
  /** The role's name where it is known, created or documented. */
  readonly name?: string;
  readonly attached: number;
  readonly limit: number;
  /** Managed policies that may still be generated for it: less the reserve, within the most asked for. */
  readonly free: number;
  /** Characters of its inline policies at worst, of those that AWS allows all of them together. */
  readonly inline?: { readonly size: number; readonly limit: number };
  /** AWS managed policies that it needs, by our doing. */
  readonly awsManagedPolicies: readonly AwsManagedPolicy[];
  /** What somebody else has attached already (names as documented). */
  readonly attachedByOthers: readonly string[];
}

/** What goes before the name of every policy, role and instance profile. */
export interface NamePrefix {
  readonly value: string;
  /** Characters with which every name still fits, other open parameters at their longest. */
  readonly maxLength: number;
}

/** What selected groups say of themselves, for comments, headers and the manifest. */
export interface GroupInfo {
  readonly id: string;
  readonly description: string;
  readonly source?: Source;
  /** As applied to this bundle. */
  readonly amendments: readonly string[];
}

export interface IamBundle {
  /** Name of the target: the folder under `--out`. */
  readonly target: string;
  /** As typed, deduplicated, in the spec's order. */
  readonly features: readonly string[];
  /** With the default base and everything implied. */
  readonly activeFeatures: readonly string[];
  /** Active features that are bases. */
  readonly bases: readonly string[];
  readonly mergeMode: MergeMode;
  readonly policyType: PolicyType;
  /** Wanted too: a CloudFormation StackSet, for every account of organizational units. */
  readonly stackset: boolean;
  readonly policies: readonly ManagedPolicy[];
  readonly roles: readonly Role[];
  readonly users: readonly User[];
  readonly paletteIrsaRoles: readonly PaletteIrsaRole[];
  readonly existing: readonly ExistingAttachment[];
  readonly principals: readonly PrincipalUse[];
  readonly groups: readonly GroupInfo[];
  /** Parameters still open in some string of the bundle, in the spec's order; see `defaults`. */
  readonly openParameters: readonly Parameter[];
  /** Values that were given or defaulted, by parameter name. */
  readonly values: ReadonlyMap<string, string>;
  /**
   * What formats that write literals take for parameters that another format leaves open, because
   * it finds them out where it is deployed; `closeDefaults` puts them in.
   */
  readonly defaults: ReadonlyMap<string, string>;
  /** `{{partition}}` where it is left open. */
  readonly partition: string;
  readonly accountId?: string;
  readonly namePrefix: NamePrefix;
  /** Begins and ends with `/`; `/` alone is AWS's default. */
  readonly path: string;
  /** Characters that AWS allows in a path. */
  readonly longestPath: number;
  readonly permissionsBoundary?: string;
  readonly tags: ReadonlyMap<string, string>;
  /** Of merged and split groups. */
  readonly packing: readonly PackingInfo[];
  /** Where narrowing was asked for. */
  readonly narrowing?: NarrowingInfo;
  /** Where shrinking was asked for. */
  readonly shrink?: ShrinkInfo;
  /** Against the previous run, where there is one. */
  readonly moves: readonly Move[];
  /** What applying this replaces. Like moves, it is said of this step only, not in the manifest. */
  readonly replacements: readonly Problem[];
  /** How the CAPA stack differs from the documented template, in sentences. */
  readonly stackDifferences: readonly string[];
  /** Permissions that the sources have gained, and that this target does not take in. */
  readonly pendingPermissions: number;
  readonly warnings: readonly Warning[];
  readonly notes: readonly string[];
}

/** A grant as a person reads it. */
export interface MovedGrant {
  readonly action: string;
  readonly resource: string;
  readonly condition?: Condition;
}

/** Grants that stay with a principal, but in another policy than in the previous run. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly grants: readonly MovedGrant[];
}

/** `exact`: any word-bounded wildcard; `validator`: one that Spectro Cloud's validator understands. */
export type ShrinkShape = 'exact' | 'validator';

/** A wildcard written in place of actions, and what it stands for. */
export interface Wildcard {
  readonly pattern: string;
  readonly standsFor: readonly string[];
}

/** What narrowing did. */
export interface NarrowingInfo {
  /** The region and the account, as far as they were asked for; perhaps open. */
  readonly to: readonly string[];
  /** Groups with narrower ARNs, and how many of them. */
  readonly groups: readonly { readonly id: string; readonly arns: number }[];
  /** ARNs that stay as documented, for what they name may be AWS's, another account's or of no region. */
  readonly left: number;
}

/** What shrinking did. */
export interface ShrinkInfo {
  readonly shape: ShrinkShape;
  /** `YYYY-MM-DD` of the action catalogue. */
  readonly catalogueDate: string;
  /** Sorted by pattern; none where no wildcard saves a policy. */
  readonly wildcards: readonly Wildcard[];
}

/** How well the groups of some principals are packed. */
export interface PackingInfo {
  readonly principals: readonly string[];
  readonly groups: readonly string[];
  readonly policies: number;
  /** No way of writing the same permissions takes fewer policies. */
  readonly lowerBound: number;
}

export interface EmittedFile {
  /** Relative to the target's folder, with `/`. */
  readonly path: string;
  readonly content: string;
}

export interface Emission {
  readonly files: readonly EmittedFile[];
  /** What a person should know about this format's files, or why there are none. */
  readonly notes: readonly string[];
}

/** A pure function from the bundle to one format's files. */
/** @param memory of the run, where several bundles are emitted */
export type Emitter = (bundle: IamBundle, memory?: RunMemory) => Emission;

/** The IAM path of a policy, role, user or instance profile: its own, or that of everything. */
export function pathOf(
  { path }: Pick<IamBundle, 'path'>,
  { deployedPath }: { readonly deployedPath?: string },
): string {
  return deployedPath ?? path;
}

/** `arn:<partition>:iam::<account>:policy<path><name>`. */
export function managedPolicyArn(
  bundle: Pick<IamBundle, 'partition' | 'path'>,
  account: string,
  policy: Pick<ManagedPolicy, 'name' | 'deployedPath'>,
): string {
  return `arn:${bundle.partition}:iam::${account}:policy${pathOf(bundle, policy)}${policy.name}`;
}

/** `arn:<partition>:iam::aws:policy/<name>`. */
export function awsManagedPolicyArn(partition: string, policy: AwsManagedPolicy): string {
  return `arn:${partition}:iam::aws:policy/${policy}`;
}
