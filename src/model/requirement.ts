/**
 * What a spec says, after loading: requirement groups, features, principals, quotas.
 */
import type { Source } from './bundle.ts';
import type { Place, Problem } from './errors.ts';
import type { Identity, ServiceAccount } from './identity.ts';
import type { Parameter } from './parameter.ts';
import type { Statement, TrustPolicy } from './policy.ts';

/** In `attachTo`, means every node principal that exists in the selection. */
export const NODE_PRINCIPALS = 'node-principals';

/** In `attachTo`, another name for the VPC CNI plugin's workload. */
export const CNI_PRINCIPALS = 'cni-principals';
export const VPC_CNI = 'vpc-cni';

export interface Amendment {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** The release of Cluster API Provider AWS that brought it, e.g. `v2.3.0`: a stream of its own. */
  readonly release?: string;
  /** 0-based statement that gains `actions`. */
  readonly addTo?: number;
  readonly actions?: readonly string[];
  readonly newStatement?: Statement;
  readonly source: string;
}

export interface Erratum {
  /** 0-based. */
  readonly statement?: number;
  readonly actions?: readonly string[];
  readonly says: string;
}

export interface Unavailable {
  readonly partitions: readonly string[];
  readonly actions: readonly string[];
}

export interface RequirementGroup {
  readonly id: string;
  readonly policyName: string;
  /** False where the source gives the policy no name. */
  readonly nameDocumented: boolean;
  readonly description: string;
  readonly attachTo: readonly string[];
  readonly source?: Source;
  readonly statements: readonly Statement[];
  readonly amendments: readonly Amendment[];
  readonly errata: readonly Erratum[];
  /** Actions that some partitions lack. */
  readonly unavailable?: readonly Unavailable[];
  /** CloudFormation logical id in the documented template. */
  readonly logicalId?: string;
  /** What is odd about it, though AWS would accept it; reported when it is selected. */
  readonly warnings?: readonly Problem[];
  readonly place: Place;
}

/** A feature named by another, perhaps only beside some others. */
export interface FeatureLink {
  readonly feature: string;
  /** Only when at least one of these is active. */
  readonly with?: readonly string[];
  /** Not when any of these is active. */
  readonly unless?: readonly string[];
  /** Said in the error. */
  readonly why?: string;
}

/** At least one of `anyOf` must be active. */
export interface FeatureRequirement {
  readonly anyOf: readonly string[];
  readonly why?: string;
}

/** Said when at least one of `with` (or nothing given) and none of `unless` is active. */
export interface FeatureAdvice {
  readonly with?: readonly string[];
  readonly unless?: readonly string[];
  readonly level: 'warning' | 'note';
  readonly says: string;
}

export interface AwsManagedPolicyUse {
  readonly policy: string;
  readonly attachTo: readonly string[];
}

export interface Feature {
  readonly id: string;
  readonly description: string;
  readonly base: boolean;
  /** Heading in lists: who needs it. */
  readonly section?: string;
  /** The kind of clusters that a base is for, where it is for one only. */
  readonly clusters?: 'iaas' | 'eks';
  /** AWS partitions that it is known to exist in; all where absent. */
  readonly partitions?: readonly string[];
  readonly groups: readonly string[];
  readonly requires: readonly FeatureRequirement[];
  readonly excludes: readonly FeatureLink[];
  readonly implies: readonly FeatureLink[];
  /** AWS managed policies that go from every role we create. */
  readonly replaces: readonly string[];
  readonly awsManagedPolicies: readonly AwsManagedPolicyUse[];
  /** Beside any of these features it adds nothing: its groups are left out. */
  readonly redundantWith: readonly string[];
  readonly advice: readonly FeatureAdvice[];
  readonly place: Place;
}

export interface RoleSpec {
  readonly name: string;
  readonly logicalId?: string;
  readonly description?: string;
  readonly trust: TrustPolicy;
  /** Trusted as well while a feature is active. */
  readonly alsoTrusts?: readonly { readonly with: string; readonly trust: TrustPolicy }[];
  readonly awsManagedPolicies: readonly string[];
  readonly instanceProfile?: { readonly name: string; readonly logicalId?: string };
  /** Not part of the CAPA stack, even where there is one. */
  readonly outsideStack?: boolean;
}

export interface UserSpec {
  readonly name: string;
  readonly logicalId?: string;
  readonly awsManagedPolicies: readonly string[];
}

/** A role or user that the artefacts create, and the feature with which they do. */
export interface Creation {
  readonly with: string;
  /** One of the two. */
  readonly role?: RoleSpec;
  readonly user?: UserSpec;
}

/** An add-on: what runs in a cluster as a service account. */
export interface Workload {
  readonly serviceAccount: ServiceAccount;
  /** Those that it can have; the first is what its own documentation does. */
  readonly identities: readonly Identity[];
  /** Its own role, where it has one; the trust policy follows from the identity. */
  readonly role: Omit<RoleSpec, 'trust' | 'alsoTrusts'>;
}

export interface PrincipalSpec {
  readonly id: string;
  readonly description: string;
  /** Runs worker nodes. */
  readonly node: boolean;
  /** In the order of preference: the first whose feature is active counts. */
  readonly creations: readonly Creation[];
  readonly workload?: Workload;
  /** The principal where somebody else makes it. */
  readonly existing?: {
    /** As documented, e.g. `ng-role_worker-pool-<random>`. */
    readonly name?: string;
    /** Exists only beside one of these features; always where absent. */
    readonly with?: readonly string[];
    /** Names of the managed policies attached to it already. */
    readonly attached: readonly string[];
  };
  /** What is odd about the role, though AWS would accept it; reported when it is created. */
  readonly warnings?: readonly Problem[];
  readonly place: Place;
}

export interface Quotas {
  /** Characters of a managed policy, whitespace not counted. */
  readonly managedPolicySize: number;
  readonly managedPoliciesPerRole: number;
  readonly managedPoliciesPerUser: number;
  readonly managedPoliciesPerGroup: number;
  /** Characters of all inline policies of one role, user or group together. */
  readonly inlinePoliciesSizePerRole: number;
  readonly inlinePoliciesSizePerUser: number;
  readonly inlinePoliciesSizePerGroup: number;
  readonly trustPolicySize: number;
  readonly policyName: number;
  readonly roleName: number;
  readonly userName: number;
  readonly instanceProfileName: number;
  readonly path: number;
  readonly description: number;
  /** Overrides of managedPoliciesPer… by principal id. */
  readonly principals: ReadonlyMap<string, number>;
}

/** An AWS managed policy in one of its versions. */
export interface AwsManagedDocument {
  /** As AWS counts them, e.g. `v6`. */
  readonly version: string;
  /** `YYYY-MM-DD` of the version. */
  readonly date: string;
  /** The partition is open. */
  readonly statements: readonly Statement[];
}

/** A loaded spec; maps keep the spec's order. */
export interface Spec {
  readonly features: ReadonlyMap<string, Feature>;
  readonly groups: ReadonlyMap<string, RequirementGroup>;
  readonly principals: ReadonlyMap<string, PrincipalSpec>;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly quotas: Quotas;
  /** What AWS managed policies grant, by the part of the ARN after `policy/`. */
  readonly awsManaged: ReadonlyMap<string, AwsManagedDocument>;
}
