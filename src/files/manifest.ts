/**
 * `manifest.json`: what was generated, from what, and where every permission went.
 * It holds no time, no host and no absolute path, so that the same input gives the same bytes.
 *
 * Whoever reads one has it checked here, against spec/schema/manifest.schema.json.
 */
import { createHash } from 'node:crypto';
import { validate } from '../generated/validators/manifest.js';
import type {
  AwsManagedPolicy,
  EmittedFile,
  Format,
  IamBundle,
  MergeMode,
  Origin,
  PackingInfo,
  PolicyType,
  ShrinkInfo,
} from '../model/bundle.ts';
import { pathOf } from '../model/bundle.ts';
import { usageError } from '../model/errors.ts';
import {
  fromStatementJson,
  type JsonValue,
  toStatementJson,
  toTrustPolicyJson,
} from '../model/policy.ts';
import type { PreviousRun } from '../model/previous-run.ts';
import type { Narrowing, Target } from '../model/target.ts';
import { jsonText } from '../text/json.ts';

/** Its name in a target's folder. */
export const MANIFEST = 'manifest.json';

/** Raised when a reader of an older version could misread a manifest. */
export const MANIFEST_VERSION = 1;

export interface ManifestStatement {
  readonly origins: readonly Origin[];
  readonly statement: { readonly [key: string]: JsonValue };
}

export interface Manifest {
  readonly manifestVersion: typeof MANIFEST_VERSION;
  readonly target: string;
  readonly features: readonly string[];
  readonly activeFeatures: readonly string[];
  readonly formats: readonly Format[];
  readonly mergeMode: MergeMode;
  readonly policyType: PolicyType;
  /** `documented` unless amendments were applied. */
  readonly asOf: string;
  /** Of Cluster API Provider AWS, where one was asked for. */
  readonly capaRelease?: string;
  readonly parameters: { readonly [name: string]: string };
  readonly openParameters: readonly string[];
  /** Parts of ARNs that were narrowed. */
  readonly narrow?: readonly Narrowing[];
  /** Role-name patterns that the minimum policies were widened by. */
  readonly allowRolePatterns?: readonly string[];
  readonly policies: readonly {
    readonly name: string;
    /** The name without parameters and prefix. */
    readonly stem: string;
    /** AWS cannot change either in place; the next run keeps the description of a name. */
    readonly description: string;
    readonly path: string;
    /** Characters of the minified document as deployed. */
    readonly size: number;
    readonly worstSize: number;
    readonly limit: number;
    readonly groups: readonly string[];
    readonly attachedTo: readonly string[];
    readonly statements: readonly ManifestStatement[];
  }[];
  readonly principals: readonly {
    readonly id: string;
    readonly attached: number;
    readonly limit: number;
    /** Characters of its inline policies, and of those AWS allows. */
    readonly inline?: { readonly size: number; readonly limit: number };
    /** AWS managed policies that it is given. */
    readonly awsManagedPolicies: readonly AwsManagedPolicy[];
  }[];
  /** Roles that are created. */
  readonly roles: readonly {
    readonly principal: string;
    readonly name: string;
    readonly path: string;
    readonly trust: { readonly [key: string]: JsonValue };
    readonly permissionsBoundary?: string;
  }[];
  /** Users that are created. */
  readonly users?: readonly {
    readonly principal: string;
    readonly name: string;
    readonly path: string;
    readonly permissionsBoundary?: string;
  }[];
  /** Existing users, roles and groups that policies are attached to. */
  readonly existing: readonly {
    readonly principal: string;
    readonly entity: string;
    readonly name: string;
  }[];
  readonly groups: readonly {
    readonly id: string;
    readonly lastUpdate?: string;
    readonly amendments: readonly string[];
  }[];
  readonly packing: readonly PackingInfo[];
  readonly shrink?: ShrinkInfo;
  readonly warnings: readonly string[];
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** A manifest as it is read: earlier versions of gen wrote less. */
export interface StoredManifest
  extends Pick<
      Manifest,
      'manifestVersion' | 'target' | 'formats' | 'mergeMode' | 'parameters' | 'files'
    >,
    Partial<Pick<Manifest, 'users' | 'existing'>> {
  readonly policies: readonly (Pick<
    Manifest['policies'][number],
    'name' | 'groups' | 'attachedTo' | 'statements'
  > &
    Partial<Pick<Manifest['policies'][number], 'stem' | 'description' | 'path'>>)[];
  readonly principals: readonly {
    readonly id: string;
    readonly awsManagedPolicies?: readonly AwsManagedPolicy[];
  }[];
  readonly roles?: readonly (Omit<Manifest['roles'][number], 'path'> & {
    readonly path?: string;
  })[];
}

/** The manifest of one target; `files` without the manifest itself. */
export function buildManifest(
  bundle: IamBundle,
  target: Target,
  files: readonly EmittedFile[],
): Manifest {
  return {
    manifestVersion: MANIFEST_VERSION,
    target: bundle.target,
    features: bundle.features,
    activeFeatures: bundle.activeFeatures,
    formats: target.formats,
    mergeMode: bundle.mergeMode,
    policyType: bundle.policyType,
    asOf: target.asOf ?? 'documented',
    ...(target.capaRelease === undefined ? {} : { capaRelease: target.capaRelease }),
    parameters: Object.fromEntries(bundle.values),
    openParameters: bundle.openParameters.map(({ name }) => name),
    ...(target.narrow === undefined ? {} : { narrow: target.narrow }),
    ...(target.allowRolePatterns === undefined
      ? {}
      : { allowRolePatterns: target.allowRolePatterns }),
    policies: policiesOf(bundle),
    principals: bundle.principals.map(({ id, attached, limit, inline, awsManagedPolicies }) => ({
      id,
      attached,
      limit,
      ...(inline === undefined ? {} : { inline }),
      awsManagedPolicies,
    })),
    roles: rolesOf(bundle),
    ...(bundle.users.length === 0 ? {} : { users: usersOf(bundle) }),
    existing: bundle.existing.map(({ principal, entity, name }) => ({ principal, entity, name })),
    groups: bundle.groups.map(({ id, source, amendments }) => ({
      id,
      ...(source === undefined ? {} : { lastUpdate: source.lastUpdate }),
      amendments,
    })),
    packing: bundle.packing,
    ...(bundle.shrink === undefined ? {} : { shrink: bundle.shrink }),
    warnings: bundle.warnings.map(({ message }) => message),
    files: files.map(({ path, content }) => ({
      path,
      sha256: contentHash(content),
    })),
  };
}

function policiesOf(bundle: IamBundle): Manifest['policies'] {
  return bundle.policies.map((policy) => ({
    name: policy.name,
    stem: policy.stem,
    description: policy.description,
    path: pathOf(bundle, policy),
    size: policy.size,
    worstSize: policy.worstSize,
    limit: policy.limit,
    groups: policy.groups,
    attachedTo: policy.attachTo,
    statements: policy.document.Statement.map((statement, index) => ({
      origins: policy.origins[index] ?? [],
      statement: toStatementJson(statement),
    })),
  }));
}

function rolesOf(bundle: IamBundle): Manifest['roles'] {
  return bundle.roles.map((role) => ({
    principal: role.principal,
    name: role.name,
    path: pathOf(bundle, role),
    trust: toTrustPolicyJson(role.trust),
    ...(bundle.permissionsBoundary === undefined
      ? {}
      : { permissionsBoundary: bundle.permissionsBoundary }),
  }));
}

function usersOf(bundle: IamBundle): NonNullable<Manifest['users']> {
  return bundle.users.map((user) => ({
    principal: user.principal,
    name: user.name,
    path: pathOf(bundle, user),
    ...(bundle.permissionsBoundary === undefined
      ? {}
      : { permissionsBoundary: bundle.permissionsBoundary }),
  }));
}

/**
 * Hash of a text file whatever its line ends are: git rewrites them where core.autocrlf is set, as
 * Git for Windows does by default. CRLF is read as LF, which is what gen writes.
 */
export function contentHash(content: string | Uint8Array): string {
  return sha256(withoutCarriageReturns(content));
}

/** Whether two texts are the same but for CRLF in place of LF. */
export function isSameContent(one: string | Uint8Array, other: string | Uint8Array): boolean {
  return withoutCarriageReturns(one).equals(withoutCarriageReturns(other));
}

/** The bytes with every CRLF as LF; bytes that are no UTF-8 stay as they are. */
function withoutCarriageReturns(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return bytes.includes('\r\n')
    ? Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
    : bytes;
}

/** Hexadecimal, of the UTF-8 bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Why a value is no manifest that this gen can read. */
export type ManifestFault =
  /** Written by a newer gen. */
  | { readonly kind: 'newer'; readonly version: number }
  /** It does not say which files gen wrote. */
  | { readonly kind: 'foreign' }
  /** It says which files gen wrote, but not which permissions its policies hold. */
  | { readonly kind: 'broken' };

/** Undefined for a sound `StoredManifest`. */
export function manifestFault(value: unknown): ManifestFault | undefined {
  const version = (value as { readonly manifestVersion?: unknown } | null)?.manifestVersion;
  if (typeof version === 'number' && version > MANIFEST_VERSION) return { kind: 'newer', version };
  if (validate(value)) return undefined;
  const isOfListing = validate.errors?.[0]?.schemaPath.startsWith('#/$defs/listing/') === true;
  return { kind: isOfListing ? 'foreign' : 'broken' };
}

/**
 * What a manifest says of the run that wrote it, for steadiness.
 * @param shownAs its path as a user knows it
 * @throws GenError (exit 2) for one that is damaged.
 */
export function previousRun(manifest: unknown, shownAs = MANIFEST): PreviousRun {
  if (manifestFault(manifest) !== undefined) {
    throw usageError(
      'broken-manifest',
      `${shownAs} does not say which permissions its policies hold.`,
      'Restore it from version control, or pack without it: --repack.',
    );
  }
  const { target, mergeMode, policies, roles = [] } = manifest as StoredManifest;
  return {
    target,
    mergeMode,
    policies: policies.map(({ name, stem, description, path, groups, attachedTo, statements }) => ({
      name,
      // Manifests of before 0.1.0 have none; the name will do.
      stem: stem ?? name,
      ...(description === undefined ? {} : { description }),
      ...(path === undefined ? {} : { path }),
      groups,
      principals: attachedTo,
      statements: statements.map(({ statement }) => fromStatementJson(statement)),
    })),
    roles: roles.map(({ name, path }) => ({ name, ...(path === undefined ? {} : { path }) })),
  };
}

/** Manifest text as it is written: two spaces, a newline at the end. */
export function manifestText(manifest: Manifest): string {
  return jsonText(manifest);
}
