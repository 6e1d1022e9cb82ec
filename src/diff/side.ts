/** One side of a comparison: what every principal holds, wherever it was read from. */
import type { Statement } from '../model/policy.ts';

/** The principal of policies of which nobody says who holds them. */
export const NAMELESS = '';

/** What a principal is and has, beside the policies of ours that it holds. */
export interface Being {
  /** By the part of the ARN after `policy/`. */
  readonly awsManagedPolicies: readonly string[];
  /** Users, roles and groups that are given its policies, e.g. `role SpectroCloudRole`. */
  readonly entities: readonly string[];
  /** Its trust policy; `Resource` says who may take the role, e.g. `Service ec2.amazonaws.com`. */
  readonly trust: readonly Statement[];
  readonly permissionsBoundary?: string;
}

export const NOTHING_ELSE: Being = { awsManagedPolicies: [], entities: [], trust: [] };

export interface Holdings {
  readonly statements: readonly Statement[];
  /** Of its AWS managed policies, as far as gen knows them. */
  readonly ofAwsManaged?: readonly Statement[];
  readonly being: Being;
}

export interface Side {
  /** As the user named it, e.g. `HEAD~1:out/prod`. */
  readonly name: string;
  readonly kind: 'target' | 'as-of' | 'folder' | 'revision';
  readonly principals: ReadonlyMap<string, Holdings>;
  /** Whether it tells what principals are, or only what their policies say. */
  readonly tellsBeing: boolean;
  /** Files that may say what is held, and were not read. */
  readonly unread: readonly string[];
  /** Policies that name principals, by the path in the side: compared as whole files. */
  readonly withPrincipals?: ReadonlyMap<
    string,
    { readonly shownAs: string; readonly content: string }
  >;
  /** Whether what is deployed was not read, and its manifest is taken at its word. */
  readonly isByManifest?: boolean;
  /** What was not read, and so is not compared. */
  readonly notes: readonly string[];
}
