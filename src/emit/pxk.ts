/**
 * Format `pxk`: what the Kubernetes pack's values must say for clusters to use these roles and
 * policies, as snippets to merge at the top level of the values.
 *
 * - A CAPA stack created by hand: the pack needs to know, and which roles EKS clusters use. Node
 *   policies are attached to those roles directly; Palette with minimum permissions could not.
 * - Otherwise Palette makes the roles of EKS node groups and attaches what
 *   `managedMachinePool.roleAdditionalPolicies` lists.
 *
 * https://docs.spectrocloud.com/clusters/public-cloud/aws/required-iam-policies/
 */
import {
  awsManagedPolicyArn,
  type EmittedFile,
  type Emitter,
  type IamBundle,
  type ManagedPolicy,
  managedPolicyArn,
  type PrincipalUse,
  pathOf,
} from '../model/bundle.ts';
import { GenError, type Problem } from '../model/errors.ts';
import { RunMemory } from '../model/memo.ts';
import { missingParameters, shown } from './open-parameters.ts';
import { toYaml } from './yaml.ts';

export const IAAS_VALUES_FILE = 'pxk/iaas.yaml';
export const EKS_VALUES_FILE = 'pxk/eks.yaml';

const STACK_BY_HAND = { manageCloudFormationStackManually: { enabled: true } } as const;

/** The kind of Kubernetes pack: PXK for IaaS clusters, or the EKS pack. */
export type PackKind = 'iaas' | 'eks';

/** What a Kubernetes pack's values must say, as plain values at their top level. */
export interface PackValues {
  readonly kind: PackKind;
  /** The snippet's own file. */
  readonly path: string;
  readonly value: object;
}

/** Comments above a key, by its path. */
export const VALUES_COMMENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['manageCloudFormationStackManually', ['The CAPA stack exists already: use it.']],
  ['managedControlPlane/roleName', ['The role that EKS assumes for the control plane.']],
  [
    'managedControlPlane/irsaRoles',
    ['Palette creates these roles; each trusts one service account of the cluster.'],
  ],
  ['managedMachinePool/roleName', ['The role of every node group.']],
  [
    'managedMachinePool/roleAdditionalPolicies',
    ['Attached to the roles of the node groups beside the policies they have already.'],
  ],
]);

/** Lines of each snippet's header. */
const SIBLINGS: Readonly<Record<PackKind, string>> = {
  iaas: 'the keys below are siblings of `pack:` and `kubeadmconfig:`.',
  eks: 'the keys below are siblings of `pack:`, and may already be there.',
};

/** The principal that node groups with a role of ours run as. */
const NODE_GROUP = 'eks-nodegroup';

/** A policy that roles of nodes need and that these artefacts do not attach to a role of theirs. */
interface NodePolicy {
  readonly arn: string;
  /** The node-group role that these artefacts create has it too. */
  readonly onNodeGroup: boolean;
  /** What the ARN cannot be written without. */
  readonly missing: readonly Problem[];
}

const ACCOUNT_MISSING: Problem = {
  code: 'missing-parameter',
  message: 'Format pxk needs the AWS account: it names the generated node policies by their ARNs.',
  advice: 'Give --account-id, or leave pxk out of --format.',
};

/** Principals of nodes whose roles somebody else creates. */
function externalNodes(bundle: IamBundle): readonly PrincipalUse[] {
  return bundle.principals.filter((principal) => principal.node && !principal.created);
}

/** Generated policies for such roles. */
function generatedFor(bundle: IamBundle, nodes: readonly PrincipalUse[]): readonly ManagedPolicy[] {
  return bundle.policies.filter(({ attachTo }) => nodes.some(({ id }) => attachTo.includes(id)));
}

/**
 * Policies for node roles that somebody else creates, generated ones first; inline ones are none
 * of them, since they have no ARN.
 */
export function externalNodePolicies(bundle: IamBundle): readonly NodePolicy[] {
  const external = externalNodes(bundle);
  const account = bundle.accountId;
  const named = bundle.policyType === 'managed' ? generatedFor(bundle, external) : [];
  const generated = named.map((policy) => ({
    arn: managedPolicyArn(bundle, account ?? '<account-id>', policy),
    onNodeGroup: policy.attachTo.includes(NODE_GROUP),
    missing: [
      ...missingParameters(bundle, 'pxk', [pathOf(bundle, policy), policy.name]),
      ...(account === undefined ? [ACCOUNT_MISSING] : []),
    ],
  }));
  const names = new Set(external.flatMap((principal) => principal.awsManagedPolicies));
  const awsManaged = [...names].map((name) => ({
    arn: awsManagedPolicyArn(bundle.partition, name),
    onNodeGroup: bundle.roles.some(
      (role) => role.principal === NODE_GROUP && role.awsManagedPolicies.includes(name),
    ),
    missing: [],
  }));
  return [...generated, ...awsManaged];
}

function roleName(bundle: IamBundle, principal: string): string | undefined {
  return bundle.roles.find((role) => role.principal === principal)?.name;
}

/** A map under its key, or no key at all. */
function withKeys(key: string, value: object): object {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}

/** `{roleName}` under its key, or no key at all. */
function withRole(key: string, name: string | undefined): object {
  return name === undefined ? {} : { [key]: { roleName: name } };
}

function hasBase(bundle: IamBundle, prefix: string): boolean {
  return bundle.bases.some((base) => base.startsWith(prefix));
}

/** A snippet and what it cannot be written without. */
interface Snippet {
  readonly value: object;
  readonly missing: readonly Problem[];
}

function snippet(bundle: IamBundle, value: object, missing: readonly Problem[] = []): Snippet {
  return { value, missing: [...missingParameters(bundle, 'pxk', value), ...missing] };
}

/** The values for EKS; undefined where there is nothing to say. */
function eksSnippet(bundle: IamBundle): Snippet | undefined {
  const nodeRole = roleName(bundle, NODE_GROUP);
  if (bundle.activeFeatures.includes('stack-manual')) {
    if (!hasBase(bundle, 'eks-')) return undefined;
    const { roles: irsaRoles, missing } = irsaRolesOf(bundle);
    const controlPlane = roleName(bundle, 'eks-controlplane');
    return snippet(
      bundle,
      {
        ...withKeys('managedControlPlane', {
          ...(controlPlane === undefined ? {} : { roleName: controlPlane }),
          ...(irsaRoles.length === 0 ? {} : { irsaRoles }),
        }),
        ...withRole('managedMachinePool', nodeRole),
        ...STACK_BY_HAND,
      },
      missing,
    );
  }
  const hasNone = bundle.bases.includes('none');
  if (!hasBase(bundle, 'eks-') && !bundle.bases.includes('core') && !hasNone) return undefined;
  // With a role named, node groups run as that one: what it holds is not to be attached again.
  const policies = externalNodePolicies(bundle).filter(
    ({ onNodeGroup }) => nodeRole === undefined || !onNodeGroup,
  );
  const irsa = irsaRolesOf(bundle);
  if (policies.length === 0 && nodeRole === undefined && irsa.roles.length === 0) return undefined;
  const managedMachinePool = {
    ...(nodeRole === undefined ? {} : { roleName: nodeRole }),
    ...(policies.length === 0 ? {} : { roleAdditionalPolicies: policies.map(({ arn }) => arn) }),
  };
  const missing = [...policies.flatMap((policy) => policy.missing), ...irsa.missing];
  return snippet(
    bundle,
    {
      ...(irsa.roles.length === 0 ? {} : { managedControlPlane: { irsaRoles: irsa.roles } }),
      ...withKeys('managedMachinePool', managedMachinePool),
    },
    missing,
  );
}

interface IrsaRole {
  readonly name: string;
  readonly policies: readonly string[];
  readonly serviceAccount: { readonly name: string; readonly namespace: string };
}

/**
 * The roles that Palette creates for service accounts. Without `serviceAccount` it would trust every
 * service account of the cluster.
 */
function irsaRolesOf(bundle: IamBundle): {
  readonly roles: readonly IrsaRole[];
  readonly missing: readonly Problem[];
} {
  const missing: Problem[] = [];
  const roles = bundle.paletteIrsaRoles.map((role): IrsaRole => {
    const { name, serviceAccount, principal, awsManagedPolicies } = role;
    const own = bundle.policyType === 'managed' ? bundle.policies : [];
    const held = own.filter(({ attachTo }) => attachTo.includes(principal));
    if (held.length > 0 && bundle.accountId === undefined) missing.push(ACCOUNT_MISSING);
    return {
      name,
      policies: [
        ...held.map((policy) => managedPolicyArn(bundle, bundle.accountId ?? '', policy)),
        ...awsManagedPolicies.map((policy) => awsManagedPolicyArn(bundle.partition, policy)),
      ],
      serviceAccount: { name: serviceAccount.name, namespace: serviceAccount.namespace },
    };
  });
  return { roles, missing };
}

/** Each missing value once, however many policies want it. */
function requireNothingMissing(problems: readonly Problem[]): void {
  const once = new Map(problems.map((problem) => [problem.message, problem]));
  if (once.size > 0) throw new GenError(2, [...once.values()]);
}

function valuesFile(
  bundle: IamBundle,
  { kind, path, value }: PackValues,
  memory: RunMemory,
): EmittedFile {
  return {
    path,
    content: toYaml(
      {
        value,
        target: bundle.target,
        header: [
          "Merge it into the values of the cluster profile's Kubernetes pack, at the top level:",
          SIBLINGS[kind],
        ],
        comments: VALUES_COMMENTS,
      },
      memory,
    ),
  };
}

/**
 * What the packs' values must say, for IaaS and for EKS, as the bases call for; none where there is
 * nothing to say.
 * Throws a usage error (`missing-parameter`) where a name or the account of an ARN is open.
 */
export function packValues(bundle: IamBundle): readonly PackValues[] {
  const byHand = bundle.activeFeatures.includes('stack-manual');
  const iaas: readonly PackValues[] =
    byHand && hasBase(bundle, 'iaas-')
      ? [{ kind: 'iaas', path: IAAS_VALUES_FILE, value: STACK_BY_HAND }]
      : [];
  const eks = eksSnippet(bundle);
  if (eks === undefined) return iaas;
  requireNothingMissing(eks.missing);
  return [...iaas, { kind: 'eks', path: EKS_VALUES_FILE, value: eks.value }];
}

/** Nodes of IaaS clusters take additional policies from the tenant's settings, not from a pack. */
function tenantNotes(bundle: IamBundle): readonly string[] {
  const policies = externalNodePolicies(bundle);
  if (bundle.activeFeatures.includes('stack-manual') || policies.length === 0) return [];
  const arns = policies.map(({ arn }) => shown(arn));
  return [
    `For the nodes of IaaS clusters: Palette, Tenant Settings › Cloud Accounts › the AWS account › Add IAM policies: ${arns.join(', ')}. They are attached to the roles of every cluster of that account.`,
  ];
}

/** Palette attaches by ARN, to roles that it makes later on: those that are not given by name. */
function inlineNotes(bundle: IamBundle, files: readonly EmittedFile[]): readonly string[] {
  const given = new Set(bundle.existing.map(({ principal }) => principal));
  const nodes = externalNodes(bundle).filter(({ id }) => !given.has(id));
  const names = generatedFor(bundle, nodes).map(({ name }) => shown(name));
  if (bundle.policyType === 'managed' || names.length === 0) return [];
  const nothing = files.length === 0 ? ' No file written.' : '';
  return [
    `pxk: inline policies have no ARN, so neither the pack's values nor Tenant Settings can list ${[...new Set(names)].join(', ')}. Put them into the roles of the nodes by hand, or take --policy-type managed.${nothing}`,
  ];
}

/**
 * `pxk/iaas.yaml` and `pxk/eks.yaml`, as the bases call for.
 * Throws a usage error (`missing-parameter`) where a name or the account of an ARN is open.
 */
export const emitPxk: Emitter = (bundle, memory = new RunMemory()) => {
  const files = packValues(bundle).map((values) => valuesFile(bundle, values, memory));
  const inline = inlineNotes(bundle, files);
  const nothing =
    files.length + inline.length === 0
      ? [
          "pxk: the selected features need nothing in the Kubernetes pack's values; no file written.",
        ]
      : [];
  return {
    files,
    notes: [...nothing, ...inline, ...tenantNotes(bundle)],
  };
};
