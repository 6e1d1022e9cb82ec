/** Targets for tests: the defaults of the command line, and what a test changes. */
import type { Target } from '../../src/model/target.ts';
import { withDefaults } from '../../src/model/validated-target.ts';

/** A target with nothing chosen but the features; without any, what the command line takes then. */
export function targetOf(features: readonly string[], changes: Partial<Target> = {}): Target {
  const chosen = features.length === 0 ? ['core'] : features;
  const tooLong = chosen.join('-').length > 200 ? { name: 'many-features' } : {};
  const target = withDefaults({
    features: chosen,
    formats: ['iam-json'],
    ...tooLong,
    ...changes,
  });
  const { parameters } = target;
  const isGiven = parameters.has('accountId') && !parameters.has('oidcProvider');
  if (!isGiven || !hasIrsaByDefault(target)) return target;
  return { ...target, parameters: new Map([...parameters, ['oidcProvider', OIDC_PROVIDER]]) };
}

export const OIDC_PROVIDER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';

const IRSA_BY_DEFAULT = ['aws-load-balancer-controller', 'external-dns', 'cert-manager-route53'];

/** An OIDC provider is refused where no role trusts it. */
function hasIrsaByDefault({ features, identity }: Target): boolean {
  const isIaas = features.some((id) => id.startsWith('iaas-'));
  const isEks = features.includes('eks-dynamic') || features.includes('eks-static');
  const isChosen = features.some((id) => IRSA_BY_DEFAULT.includes(id));
  return (
    features.includes('backup-from-pods') ||
    (isChosen && identity === undefined && (!isIaas || isEks || features.includes('core')))
  );
}

/** Every value that some format needs. */
export const ALL_VALUES: ReadonlyMap<string, string> = new Map([
  ['clusterName', 'demo'],
  ['vpcId', 'vpc-0abc1234def567890'],
  ['accountId', '123456789012'],
  ['region', 'eu-west-1'],
  ['clusterArn', 'arn:aws:eks:eu-west-1:123456789012:cluster/demo'],
  ['bucketName', 'backups-of-demo'],
  ['paletteAccountId', '111122223333'],
  ['externalId', 'abc-123'],
  ['targetAccountId', '444455556666'],
  ['managementAccountId', '777788889999'],
  ['managementRegion', 'us-east-1'],
  ['managementCluster', 'palette'],
  [
    'trustAnchorArn',
    'arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/01234567-89ab-cdef-0123-456789abcdef',
  ],
]);

const REGION_IN: Readonly<Record<string, string>> = {
  aws: 'eu-west-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-cn': 'cn-north-1',
};

/** The same, with a region of the partition. */
export function valuesIn(partition: string): ReadonlyMap<string, string> {
  const region = REGION_IN[partition] as string;
  return new Map([...ALL_VALUES, ['region', region], ['managementRegion', region]]);
}

/** The built-in spec's folder. */
export const BUILT_IN = new URL('../../spec', import.meta.url).pathname;
