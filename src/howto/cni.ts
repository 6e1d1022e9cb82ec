/**
 * What the Amazon VPC CNI plugin needs beside its policies: its cluster's name where they are scoped,
 * and that nothing wider is attached beside them.
 * https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md
 * https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html
 */
import { shown } from '../emit/open-parameters.ts';
import { awsManagedPolicyArn, type IamBundle } from '../model/bundle.ts';
import { VPC_CNI } from '../model/requirement.ts';
import { shellWord } from '../text/shell.ts';
import { code, command, type Step, text } from './step.ts';

const CNI_POLICY = 'AmazonEKS_CNI_Policy';

/** In order; none where the selection has nothing to do with the plugin. */
export function cniSteps(bundle: IamBundle): readonly Step[] {
  return [...scopedCniSteps(bundle), ...detachSteps(bundle)];
}

function isScoped(bundle: IamBundle): boolean {
  return bundle.activeFeatures.includes('cni-scoped');
}

function hasOwnRole({ roles, paletteIrsaRoles }: IamBundle): boolean {
  return [...roles, ...paletteIrsaRoles].some(({ principal }) => principal === VPC_CNI);
}

function scopedCniSteps(bundle: IamBundle): readonly Step[] {
  if (!isScoped(bundle)) return [];
  const cluster = bundle.values.get('clusterName') ?? '<clusterName>';
  return [
    {
      title: 'Tell the VPC CNI which cluster it serves',
      blocks: [
        ...(!hasOwnRole(bundle) ? [text(sharedRolesWarning(bundle))] : []),
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
  const isSeparate = hasOwnRole(bundle);
  if (!isScoped(bundle) && !isSeparate) return [];
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
          isSeparate
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
