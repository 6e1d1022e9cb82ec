/**
 * What Palette's and Amazon's pages tell a person to do once roles and policies exist.
 * https://docs.spectrocloud.com/clusters/public-cloud/aws/required-iam-policies/
 * https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md
 */
import { shown } from '../emit/open-parameters.ts';
import { EKS_VALUES_FILE, externalNodePolicies, IAAS_VALUES_FILE } from '../emit/pxk.ts';
import { hasValidatorRules, RULES_FILE } from '../emit/validator.ts';
import type { Format, IamBundle, PrincipalUse } from '../model/bundle.ts';
import { terminalLine } from '../text/terminal.ts';
import { accountLines, attach, policyArn, put } from './aws-cli.ts';
import { cniSteps } from './cni.ts';
import { librarySteps } from './library.ts';
import { type Block, code, command, list, type Step, text } from './step.ts';
import { workloadSteps } from './workloads.ts';

/** What Palette's page counts with; AWS raises it on request. */
const DEFAULT_POLICIES_PER_ROLE = 10;

function has(bundle: IamBundle, feature: string): boolean {
  return bundle.activeFeatures.includes(feature);
}

function hasBase(bundle: IamBundle, prefix: string): boolean {
  return bundle.bases.some((base) => base.startsWith(prefix));
}

function isNamed(bundle: IamBundle, principal: PrincipalUse): boolean {
  return bundle.existing.some((existing) => existing.principal === principal.id);
}

/** Palette's user or role, and whoever else is neither created nor named. */
function attachSteps(bundle: IamBundle): readonly Step[] {
  const strangers = bundle.principals.filter(
    (principal) => !principal.created && !principal.node && !isNamed(bundle, principal),
  );
  return strangers.flatMap((principal) => {
    const policies = bundle.policies.filter((policy) => policy.attachTo.includes(principal.id));
    if (policies.length === 0) return [];
    const role = principal.name ?? `<${principal.id}-role>`;
    return [
      {
        title: `Attach the policies to ${inSentence(principal.description)}`,
        blocks: [
          code([
            ...accountLines(bundle),
            ...policies.flatMap((policy) => attach('role', role, policyArn(bundle, policy))),
          ]),
          text(
            'For a user: attach-user-policy and --user-name; for a group: attach-group-policy and --group-name.',
          ),
        ],
      },
    ];
  });
}

/**
 * Inline policies of whoever is neither created nor named. Nodes too: what has no ARN, Palette
 * cannot attach to the roles that it makes for them.
 */
function putSteps(bundle: IamBundle, formats: readonly Format[]): readonly Step[] {
  const strangers = bundle.principals.filter(
    (principal) => !principal.created && !isNamed(bundle, principal),
  );
  return strangers.flatMap((principal) => {
    const policies = bundle.policies.filter((policy) => policy.attachTo.includes(principal.id));
    if (policies.length === 0) return [];
    const name = principal.name ?? `<${principal.id}-role>`;
    return [
      {
        title: `Put the inline policies into ${inSentence(principal.description)}`,
        blocks: [
          code(
            policies.flatMap((policy) =>
              put(bundle, policy, { principal: principal.id, entity: 'role', name }),
            ),
          ),
          ...(principal.node
            ? []
            : [
                text(
                  'For a user: put-user-policy and --user-name; for a group: put-group-policy and --group-name.',
                ),
              ]),
          ...(formats.includes('iam-json')
            ? []
            : [text('The documents are those of gen --format iam-json.')]),
        ],
      },
    ];
  });
}

/** A description as part of a sentence: `The user.` → `the user`. */
function inSentence(description: string): string {
  // Of an acronym (`EKS node groups.`) no letter changes.
  return description
    .replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase())
    .replace(/\.$/, '');
}

function nodePolicySteps(bundle: IamBundle, formats: readonly Format[]): readonly Step[] {
  const policies = externalNodePolicies(bundle);
  if (policies.length === 0) return [];
  const where = formats.includes('pxk') ? `, as in ${EKS_VALUES_FILE}` : '';
  const eks = bundle.bases.includes('core') || hasBase(bundle, 'eks-');
  const scoped = has(bundle, 'cni-scoped')
    ? ' What is scoped to one cluster then stands on the nodes of all.'
    : '';
  return [
    {
      title: 'Give the nodes their additional policies',
      blocks: [
        text('Palette creates the roles of these nodes, so it has to attach the policies:'),
        code(policies.map(({ arn }) => terminalLine(shown(arn)))),
        list([
          ...(eks
            ? [
                `For one EKS cluster profile: managedMachinePool.roleAdditionalPolicies in the Kubernetes layer${where}.`,
              ]
            : []),
          `For every cluster of an AWS account: Tenant Admin › Tenant Settings › Cloud Accounts › the AWS account › Add IAM policies.${scoped}`,
        ]),
        ...(eks && formats.includes('pxk') ? [text(MERGE_IN_PLACE)] : []),
      ],
    },
  ];
}

/** For a profile whose values are kept in a file. */
const MERGE_IN_PLACE =
  'Where the values are kept in a file, gen with --values FILE does this: it merges its lines in place and leaves all others as they are.';

function packSteps(bundle: IamBundle, formats: readonly Format[]): readonly Step[] {
  if (!has(bundle, 'stack-manual')) return [];
  const iaas = hasBase(bundle, 'iaas-');
  const eks = hasBase(bundle, 'eks-');
  const blocks: Block[] = [
    text(
      'Palette: Profiles › the cluster profile › Kubernetes layer › Edit Pack. Then Confirm Updates, and Save Changes.',
    ),
  ];
  if (iaas) {
    blocks.push(
      text(
        'IaaS profiles must have the Palette eXtended Kubernetes (PXK) pack as their Kubernetes layer: no other knows manageCloudFormationStackManually.',
      ),
    );
  }
  if (formats.includes('pxk')) {
    blocks.push(
      list([
        ...(iaas ? [`IaaS: merge ${IAAS_VALUES_FILE} into the top level of the values.`] : []),
        ...(eks ? [`EKS: merge ${EKS_VALUES_FILE} into the top level of the values.`] : []),
      ]),
      text(MERGE_IN_PLACE),
    );
  } else {
    blocks.push(
      text('At the top level of the values, a sibling of pack:'),
      code(['manageCloudFormationStackManually:', '  enabled: true']),
      ...(eks
        ? [text('EKS profiles also name their roles: gen --format pxk writes these values.')]
        : []),
    );
  }
  return [{ title: 'Tell the cluster profiles that the roles exist already', blocks }];
}

/** Only where a principal holds more policies than AWS allows without asking. */
function quotaSteps(bundle: IamBundle): readonly Step[] {
  const full = bundle.principals.filter(
    (principal) => principal.attached > DEFAULT_POLICIES_PER_ROLE,
  );
  if (full.length === 0) return [];
  const combine = bundle.policyType === 'managed' ? ' Or let gen combine them: --merge all.' : '';
  const value = Math.max(...full.map((principal) => principal.attached));
  const users = full.some((principal) =>
    bundle.existing.some(({ principal: id, entity }) => id === principal.id && entity === 'user'),
  );
  // IAM is global and its quotas live in one region of each partition.
  const region = bundle.partition === 'aws' ? ['--region us-east-1'] : [];
  const request = (quotaCode: string) =>
    command(
      'aws service-quotas request-service-quota-increase',
      '--service-code iam',
      `--quota-code ${quotaCode}`,
      `--desired-value ${value}`,
      ...region,
    );
  return [
    {
      title: 'Ask AWS for a higher quota first',
      blocks: [
        text(
          `More than ${DEFAULT_POLICIES_PER_ROLE} managed policies on one role or user make cluster deployments fail unless AWS has raised the quota.${combine}`,
        ),
        code([...request('L-0DA4ABF3'), ...(users ? request('L-4019AD8B') : [])]),
      ],
    },
  ];
}

/** What has to be true in AWS before anything is created. */
export function stepsBefore(bundle: IamBundle): readonly Step[] {
  return quotaSteps(bundle);
}

/** What remains to do in AWS, Palette and the cluster once everything is created, in order. */
export function stepsAfter(bundle: IamBundle, formats: readonly Format[]): readonly Step[] {
  return [
    ...(bundle.policyType === 'inline' ? putSteps(bundle, formats) : attachSteps(bundle)),
    ...packSteps(bundle, formats),
    ...nodePolicySteps(bundle, formats),
    ...librarySteps(bundle),
    ...workloadSteps(bundle, formats),
    ...cniSteps(bundle),
    {
      title: 'Check the account',
      blocks: [
        ...(formats.includes('validator') && hasValidatorRules(bundle)
          ? [
              text("Spectro Cloud's validator looks for what was generated here:"),
              code([`validator rules check --custom-resources ${RULES_FILE}`]),
            ]
          : []),
        text(
          'Palette CLI compares what the account allows with what Palette needs. It asks for credentials and writes them into the folder it runs in: run it outside of any repository.',
        ),
        code(['cd "$(mktemp -d)" && palette validate-auth']),
      ],
    },
  ];
}

/** What the chosen AWS managed policy is for, and what it asks for. */
function ebsCsiRemarks({ values }: IamBundle, minimum: boolean): readonly string[] {
  const policy = (values.get('ebsCsiPolicy') ?? '').replace(/^.*\//, '');
  return [
    minimum
      ? `${policy}: the documentation does not require it with minimum permissions.`
      : `${policy} is for clusters with the AWS EBS CSI storage layer.`,
    ...(EBS_CSI_ASKS.get(policy) ?? []),
  ];
}

/**
 * By the names of the policies.
 * https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/install.md
 */
const EBS_CSI_ASKS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'AmazonEBSCSIDriverPolicyV2',
    [
      'AmazonEBSCSIDriverPolicyV2 reaches volumes and snapshots with the tag ebs.csi.aws.com/cluster=true, which the driver sets: before the change, tag volumes that were provisioned statically.',
    ],
  ],
  [
    'AmazonEBSCSIDriverEKSClusterScopedPolicy',
    [
      "AmazonEBSCSIDriverEKSClusterScopedPolicy reaches volumes and snapshots whose tag ebs.csi.aws.com/cluster-name is the principal tag eks-cluster-name of the driver's role. EKS Pod Identity sets that tag; with another identity, tag the role.",
    ],
  ],
]);

/** Nothing to do, but good to know. */
export function remarks(bundle: IamBundle): readonly string[] {
  const minimum = hasBase(bundle, 'iaas-') || hasBase(bundle, 'eks-');
  const fill = bundle.principals
    .filter((principal) => principal.attached > 0)
    .map((principal) => `${principal.id} ${principal.attached} of ${principal.limit}`);
  const inline = bundle.principals.flatMap(({ id, inline: use }) =>
    use === undefined || use.size === 0 ? [] : [`${id} ${use.size} of ${use.limit}`],
  );
  const combine = bundle.policyType === 'managed' ? ', or combine policies with --merge all' : '';
  return [
    ...(minimum
      ? [
          'AWS\'s warning "These policies define some actions, resources, or conditions that do not provide permissions" is expected on the minimum permissions policies.',
          'The minimum permissions do not cover every use case of Palette; more features may need more policies.',
        ]
      : []),
    ...(has(bundle, 'ebs-csi') ? ebsCsiRemarks(bundle, minimum) : []),
    ...(has(bundle, 'host-groups')
      ? ['The host resource groups policy is for IaaS clusters on EC2 Dedicated Hosts only.']
      : []),
    ...(has(bundle, 'cni-scoped')
      ? [
          '--narrow region,account narrows the ARNs of the scoped CNI policy further, to one region and account.',
        ]
      : []),
    ...(fill.length > 0
      ? [
          `Managed policies attached: ${fill.join(', ')}. Above the quota, clusters fail to deploy: ask AWS for more${combine}.`,
        ]
      : []),
    ...(inline.length > 0
      ? [
          `Characters of inline policies: ${inline.join(', ')}. AWS counts all of a role or user together, those of others too, and raises this quota for nobody.`,
        ]
      : []),
  ];
}
