/** Spec files as written, once their shape is right: what spec/schema/*.json lets through. */
import type { Identity, ServiceAccount } from '../model/identity.ts';
import type { Effect, TrustedType } from '../model/policy.ts';
import type { Unavailable } from '../model/requirement.ts';

export type StringOrList = string | readonly string[];
export type ConditionValue = string | number | boolean;

export interface RawStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: StringOrList;
  readonly NotAction?: StringOrList;
  readonly Resource?: StringOrList;
  readonly NotResource?: StringOrList;
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, ConditionValue | readonly ConditionValue[]>>>
  >;
}

export interface RawAmendment {
  readonly date: string;
  readonly addTo?: number;
  readonly actions?: readonly string[];
  readonly newStatement?: RawStatement;
  readonly source: string;
}

export interface RawErratum {
  readonly statement?: number;
  readonly actions?: readonly string[];
  readonly says: string;
}

export interface RawGroup {
  readonly id: string;
  readonly policyName: string;
  readonly nameDocumented?: boolean;
  readonly logicalId?: string;
  readonly description?: string;
  readonly attachTo: readonly string[];
  readonly source?: {
    readonly document: string;
    readonly section: string;
    readonly lastUpdate: string;
    readonly url?: string;
  };
  readonly statements: readonly RawStatement[];
  readonly amendments?: readonly RawAmendment[];
  readonly unavailable?: readonly Unavailable[];
  readonly errata?: readonly RawErratum[];
}

export interface RawLink {
  readonly feature: string;
  readonly with?: readonly string[];
  readonly unless?: readonly string[];
  readonly why?: string;
}

export interface RawFeature {
  readonly description: string;
  readonly base?: boolean;
  readonly section?: string;
  readonly clusters?: 'iaas' | 'eks';
  readonly partitions?: readonly string[];
  readonly groups?: readonly string[];
  readonly requires?: readonly (
    | string
    | { readonly anyOf: readonly string[]; readonly why?: string }
  )[];
  readonly excludes?: readonly (string | RawLink)[];
  readonly implies?: readonly (string | RawLink)[];
  readonly replaces?: readonly string[];
  readonly awsManagedPolicies?: readonly {
    readonly policy: string;
    readonly attachTo: readonly string[];
  }[];
  readonly redundantWith?: readonly string[];
  readonly advice?: readonly {
    readonly with?: readonly string[];
    readonly unless?: readonly string[];
    readonly level: 'warning' | 'note';
    readonly says: string;
  }[];
}

/** A statement of a trust policy, as AWS writes it; `Allow` where it names no effect. */
export interface RawTrustStatement {
  readonly Sid?: string;
  readonly Effect?: Effect;
  readonly Principal: '*' | Readonly<Partial<Record<TrustedType, StringOrList>>>;
  readonly Action: StringOrList;
  readonly Condition?: RawStatement['Condition'];
}

export interface RawTrustDocument {
  readonly Version?: string;
  readonly Statement: RawTrustStatement | readonly RawTrustStatement[];
}

/** Services by their names alone, statements, or a whole document. */
export type RawTrust =
  | string
  | RawTrustStatement
  | RawTrustDocument
  | readonly (string | RawTrustStatement)[];

export interface RawRole {
  readonly name: string;
  readonly logicalId?: string;
  readonly description?: string;
  readonly trust?: RawTrust;
  readonly alsoTrusts?: readonly { readonly with: string; readonly trust: RawTrust }[];
  readonly awsManagedPolicies?: readonly string[];
  readonly instanceProfile?: { readonly name: string; readonly logicalId?: string };
  readonly outsideStack?: boolean;
}

export interface RawUser {
  readonly name: string;
  readonly logicalId?: string;
  readonly awsManagedPolicies?: readonly string[];
}

export interface RawPrincipal {
  readonly description: string;
  readonly node?: boolean;
  readonly createdWith?: string;
  readonly role?: RawRole;
  readonly created?: readonly {
    readonly with: string;
    readonly role?: RawRole;
    readonly user?: RawUser;
  }[];
  readonly workload?: {
    readonly serviceAccount: ServiceAccount;
    readonly identities?: readonly Identity[];
  };
  readonly existing?: {
    readonly name?: string;
    readonly with?: readonly string[];
    readonly attached?: readonly string[];
  };
}

export interface RawParameter {
  readonly description: string;
  readonly pattern: string;
  readonly maxLength: number;
  readonly default?: string;
  readonly constraint: string;
  readonly flag?: string;
  readonly documentedAs?: string;
  readonly keyOf?: string;
  readonly attributeOf?: string;
}

export type RawQuotas = Readonly<Record<string, number | Readonly<Record<string, number>>>>;
