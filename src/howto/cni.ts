/**
 * What the Amazon VPC CNI plugin needs beside its policies: its cluster's name where they are scoped,
 * its role where it has one of its own.
 * https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md
 * https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html
 */
import { shown } from '../emit/open-parameters.ts';
import { awsManagedPolicyArn, type IamBundle, type Role } from '../model/bundle.ts';
import { trustedBy } from '../model/policy.ts';
import { shellWord } from '../text/shell.ts';
import { accountLines, roleArn } from './aws-cli.ts';
import { code, command, type Step, text } from './step.ts';

const CNI_POLICY = 'AmazonEKS_CNI_Policy';

/** In order; none where the selection has nothing to do with the plugin. */
export function cniSteps(bundle: IamBundle): readonly Step[] {
  return [...ownRoleSteps(bundle), ...scopedCniSteps(bundle), ...detachSteps(bundle)];
}

function isScoped(bundle: IamBundle): boolean {
  return bundle.activeFeatures.includes('cni-scoped');
}

function ownRole(bundle: IamBundle): Role | undefined {
  return bundle.roles.find(({ forServiceAccount }) => forServiceAccount);
}

function clusterName(bundle: IamBundle): string {
  return bundle.values.get('clusterName') ?? '<clusterName>';
}

/** The plugin's service account learns of its role, and its pods are started anew with it. */
function ownRoleSteps(bundle: IamBundle): readonly Step[] {
  const role = ownRole(bundle);
  if (role === undefined) return [];
  const arn = roleArn(bundle, role);
  const restart = 'kubectl rollout restart daemonset aws-node -n kube-system';
  if (trustedBy(role.trust, 'Federated').length > 0) {
    return [
      {
        title: 'Give the VPC CNI its role (IRSA)',
        blocks: [
          text(
            "The role trusts the cluster's OIDC provider, which has to exist in IAM. Where the plugin is an EKS add-on, set its role there instead (aws eks update-addon --service-account-role-arn), or the next update takes the annotation away.",
          ),
          code([
            ...accountLines(bundle),
            ...command(
              'kubectl annotate serviceaccount aws-node',
              '-n kube-system',
              '--overwrite',
              `eks.amazonaws.com/role-arn=${arn}`,
            ),
            restart,
          ]),
        ],
      },
    ];
  }
  return [
    {
      title: 'Give the VPC CNI its role (EKS Pod Identity)',
      blocks: [
        text('The cluster needs the add-on eks-pod-identity-agent on its nodes.'),
        code([
          ...accountLines(bundle),
          ...command(
            'aws eks create-pod-identity-association',
            `--cluster-name ${shellWord(clusterName(bundle))}`,
            '--namespace kube-system',
            '--service-account aws-node',
            `--role-arn ${arn}`,
          ),
          restart,
        ]),
      ],
    },
  ];
}

function scopedCniSteps(bundle: IamBundle): readonly Step[] {
  if (!isScoped(bundle)) return [];
  const cluster = bundle.values.get('clusterName') ?? '<clusterName>';
  return [
    {
      title: 'Tell the VPC CNI which cluster it serves',
      blocks: [
        ...(ownRole(bundle) === undefined ? [text(sharedRolesWarning(bundle))] : []),
        text(
          'The scoped policy matches tags that the plugin sets, so it needs VPC CNI v1.8.0 or later. Having upgraded from an older version, recycle the worker nodes before the policy takes over.',
        ),
        code([
          'kubectl describe daemonset aws-node -n kube-system | grep amazon-k8s-cni:',
          ...command(
            'kubectl set env daemonset aws-node',
            '-n kube-system',
            `CLUSTER_NAME=${shellWord(cluster)}`,
          ),
        ]),
      ],
    },
  ];
}

/** Node roles serve every cluster of an account; what is scoped to one cluster starves the others. */
function sharedRolesWarning(bundle: IamBundle): string {
  const cluster = bundle.values.get('clusterName') ?? 'the cluster';
  const roles = bundle.principals
    .filter(({ node }) => node)
    .map(({ id, name }) => shown(name ?? id))
    .join(', ');
  return `The policy is for ${cluster} alone. Its node roles (${roles}) may serve other clusters of the account too: before ${CNI_POLICY} goes from a role, every cluster on it needs a scoped policy of its own, and each of their nodes then holds the permissions for all of them. Only a node role per cluster scopes strictly.`;
}

/** The plugin no longer needs it there; and beside it a scoped policy on the same role scopes nothing. */
function detachSteps(bundle: IamBundle): readonly Step[] {
  const hasOwnRole = ownRole(bundle) !== undefined;
  if (!isScoped(bundle) && !hasOwnRole) return [];
  const arn = shellWord(awsManagedPolicyArn(bundle.partition, CNI_POLICY));
  const commands = bundle.principals
    .filter((principal) => principal.node && principal.attachedByOthers.includes(CNI_POLICY))
    .flatMap((principal) => {
      const named = bundle.existing.filter(
        ({ principal: id, entity }) => id === principal.id && entity === 'role',
      );
      const names =
        named.length > 0
          ? named.map(({ name }) => name)
          : [principal.name ?? `<${principal.id}-role>`];
      return names.flatMap((name) =>
        command(
          'aws iam detach-role-policy',
          `--role-name ${shellWord(name)}`,
          `--policy-arn ${arn}`,
        ),
      );
    });
  if (commands.length === 0) return [];
  return [
    {
      title: `Detach ${CNI_POLICY}`,
      blocks: [
        text(
          hasOwnRole
            ? `Palette attaches ${CNI_POLICY} to the roles of nodes itself. Once the plugin runs with its own role, the nodes need it no longer, for each node group:`
            : `Palette attaches ${CNI_POLICY} to the roles of nodes itself. It allows everything that the scoped policy scopes, so the scoped one has no effect until it is detached, for each node group:`,
        ),
        code(commands),
        text(
          'What manages the roles may attach it again: look once more when clusters have been reconciled.',
        ),
      ],
    },
  ];
}
