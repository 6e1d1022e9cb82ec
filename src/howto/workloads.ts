/**
 * Add-ons with a role of their own: how their service accounts get it.
 * https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html
 */
import { shown } from '../emit/open-parameters.ts';
import type { Format, IamBundle, Role, WorkloadRole } from '../model/bundle.ts';
import { serviceAccountText } from '../model/identity.ts';
import { VPC_CNI } from '../model/requirement.ts';
import { shellWord } from '../text/shell.ts';
import { accountLines, roleArn } from './aws-cli.ts';
import { code, command, type Step, text } from './step.ts';

interface AddOn {
  readonly role: Role;
  readonly workload: WorkloadRole;
}

/** In order; none where no add-on has a role of its own. */
export function workloadSteps(bundle: IamBundle, formats: readonly Format[]): readonly Step[] {
  const addOns = bundle.roles.flatMap((role): AddOn[] =>
    role.workload === undefined ? [] : [{ role, workload: role.workload }],
  );
  const of = (identity: WorkloadRole['identity']) =>
    addOns.filter(({ workload }) => workload.identity === identity);
  return [
    ...irsaSteps(bundle, of('irsa')),
    ...podIdentitySteps(bundle, of('pod-identity'), formats),
    ...paletteIrsaSteps(bundle),
  ];
}

function irsaSteps(bundle: IamBundle, addOns: readonly AddOn[]): readonly Step[] {
  if (addOns.length === 0) return [];
  const commands = addOns.flatMap(({ role, workload: { serviceAccount } }) => [
    ...command(
      `kubectl annotate serviceaccount ${shellWord(serviceAccount.name)}`,
      `-n ${shellWord(serviceAccount.namespace)}`,
      '--overwrite',
      `eks.amazonaws.com/role-arn=${roleArn(bundle, role)}`,
    ),
    ...restart(role),
  ]);
  return [
    {
      title: `Give ${namesOf(addOns)} ${addOns.length === 1 ? 'its role' : 'their roles'} (IRSA)`,
      blocks: [
        text(
          `${addOns.length === 1 ? 'The role trusts' : 'The roles trust'} the cluster's OIDC provider, which has to exist in IAM. If an add-on is an EKS add-on, set its role there instead (aws eks update-addon --service-account-role-arn), or its next update removes the annotation. Of an add-on installed with Helm, set the annotation in its values.`,
        ),
        code([...accountLines(bundle), ...commands]),
        ...restartText(addOns),
      ],
    },
  ];
}

function podIdentitySteps(
  bundle: IamBundle,
  addOns: readonly AddOn[],
  formats: readonly Format[],
): readonly Step[] {
  if (addOns.length === 0) return [];
  const isAssociated = formats.includes('terraform') || formats.includes('cloudformation');
  const commands = addOns.flatMap(({ role, workload: { cluster, serviceAccount } }) => [
    ...command(
      'aws eks create-pod-identity-association',
      `--cluster-name ${shellWord(shown(cluster ?? '{{clusterName}}'))}`,
      `--namespace ${shellWord(serviceAccount.namespace)}`,
      `--service-account ${shellWord(serviceAccount.name)}`,
      `--role-arn ${roleArn(bundle, role)}`,
    ),
    ...restart(role),
  ]);
  return [
    {
      title: `Give ${namesOf(addOns)} ${addOns.length === 1 ? 'its role' : 'their roles'} (EKS Pod Identity)`,
      blocks: [
        text(
          'The cluster needs the add-on eks-pod-identity-agent on its nodes, and has to exist before the association is made.',
        ),
        ...(isAssociated
          ? [text('Terraform and CloudFormation make the associations themselves; after iam-json:')]
          : []),
        code([...accountLines(bundle), ...commands]),
        ...restartText(addOns),
      ],
    },
  ];
}

function paletteIrsaSteps({ paletteIrsaRoles }: IamBundle): readonly Step[] {
  if (paletteIrsaRoles.length === 0) return [];
  const accounts = paletteIrsaRoles.map(
    ({ principal, serviceAccount }) => `${principal}: ${serviceAccountText(serviceAccount)}`,
  );
  return [
    {
      title: 'Let Palette create the IRSA roles',
      blocks: [
        text(
          "Put pxk/eks.yaml into the values of the EKS pack: Palette then creates a role for each service account below and attaches the policies. It has to associate the cluster's OIDC provider, so leave managedControlPlane.disableAssociateOIDCProvider unset.",
        ),
        { kind: 'list', items: accounts },
      ],
    },
  ];
}

function namesOf(addOns: readonly AddOn[]): string {
  return addOns.map(({ role }) => nameOf(role)).join(', ');
}

function nameOf({ principal }: Role): string {
  return principal === VPC_CNI ? 'the VPC CNI' : principal;
}

function restart({ principal }: Role): readonly string[] {
  return principal === VPC_CNI ? ['kubectl rollout restart daemonset aws-node -n kube-system'] : [];
}

/** How the others run is up to whoever installed them. */
function restartText(addOns: readonly AddOn[]) {
  return addOns.some(({ role }) => role.principal !== VPC_CNI)
    ? [text('Then restart their pods: a pod gets its role when it starts.')]
    : [];
}
