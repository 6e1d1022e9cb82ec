/**
 * `manifest.json`: what was generated, from what, and where every permission went.
 * It holds no time, no host and no absolute path, so that the same input gives the same bytes.
 */
import { createHash } from 'node:crypto';
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
import { MERGE_MODES, pathOf } from '../model/bundle.ts';
import { usageError } from '../model/errors.ts';
import type { FormerRun } from '../model/former.ts';
import {
  fromStatementJson,
  type JsonValue,
  toStatementJson,
  toTrustPolicyJson,
} from '../model/policy.ts';
import { statementFaults } from '../model/statement-faults.ts';
import type { Target } from '../model/target.ts';
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
  readonly mergeMode: string;
  readonly policyType: PolicyType;
  /** `documented` unless amendments were applied. */
  readonly asOf: string;
  readonly parameters: { readonly [name: string]: string };
  readonly openParameters: readonly string[];
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
    parameters: Object.fromEntries(bundle.values),
    openParameters: bundle.openParameters.map(({ name }) => name),
    ...(target.allowRolePatterns === undefined
      ? {}
      : { allowRolePatterns: target.allowRolePatterns }),
    policies: bundle.policies.map((policy) => ({
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
    })),
    principals: bundle.principals.map(({ id, attached, limit, inline, awsManagedPolicies }) => ({
      id,
      attached,
      limit,
      ...(inline === undefined ? {} : { inline }),
      awsManagedPolicies,
    })),
    roles: bundle.roles.map((role) => ({
      principal: role.principal,
      name: role.name,
      path: pathOf(bundle, role),
      trust: toTrustPolicyJson(role.trust),
      ...(bundle.permissionsBoundary === undefined
        ? {}
        : { permissionsBoundary: bundle.permissionsBoundary }),
    })),
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

/**
 * What a manifest says of the run that wrote it, for steadiness.
 * @param shownAs its path as a user knows it
 * @throws GenError (exit 2) for one that is damaged.
 */
export function formerRun(manifest: unknown, shownAs = MANIFEST): FormerRun {
  const { target, mergeMode, policies, roles = [] } = manifest as Partial<Manifest>;
  const names = Array.isArray(policies) ? policies.flatMap((each) => [each?.name, each?.stem]) : [];
  const sound =
    typeof target === 'string' &&
    MERGE_MODES.some((mode) => mode === mergeMode) &&
    Array.isArray(policies) &&
    policies.every(isSoundPolicy) &&
    Array.isArray(roles) &&
    roles.every((role) => typeof role?.name === 'string' && isOptionalText(role.path)) &&
    names.every((name) => name === undefined || NAME.test(name));
  if (!sound) {
    throw usageError(
      'broken-manifest',
      `${shownAs} does not say which permissions its policies hold.`,
      'Restore it from version control, or ignore it with --repack.',
    );
  }
  return {
    target,
    mergeMode: mergeMode as MergeMode,
    policies: policies.map(({ name, stem, description, path, groups, attachedTo, statements }) => ({
      name,
      // Manifests of before 0.1.0 have none; the name will do.
      stem: stem ?? name,
      ...(description === undefined ? {} : { description }),
      ...(path === undefined ? {} : { path }),
      groups,
      principals: attachedTo,
      statements: statements.map((each: ManifestStatement) => fromStatementJson(each.statement)),
    })),
    roles: roles.map(({ name, path }) => ({ name, ...(path === undefined ? {} : { path }) })),
  };
}

/** Names as we write them; parameters that are open stand in braces. */
const NAME = /^[\w+=,.@{}-]+$/;

function isSoundPolicy(policy: unknown): boolean {
  const { name, stem, description, path, groups, attachedTo, statements } = (policy ??
    {}) as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    isOptionalText(stem) &&
    isOptionalText(description) &&
    isOptionalText(path) &&
    isTextList(groups) &&
    isTextList(attachedTo) &&
    Array.isArray(statements) &&
    statements.every((each) => isSoundStatement(each?.statement))
  );
}

/** Whether it is a statement of an identity policy as gen writes it: without empty lists. */
export function isSoundStatement(statement: unknown): boolean {
  return statementFaults(statement).length === 0 && !hasEmptyList(statement);
}

function hasEmptyList(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasEmptyList);
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** Manifest text as it is written: two spaces, a newline at the end. */
export function manifestText(manifest: Manifest): string {
  return jsonText(manifest);
}
