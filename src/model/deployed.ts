/**
 * What is deployed already under another name or path than gen would give it. AWS changes neither in
 * place: whoever adopts it without a replacement takes both over.
 */

/** What an ARN says of a policy, role or instance profile. */
export interface Deployed {
  readonly kind: DeployedKind;
  readonly partition?: string;
  readonly accountId?: string;
  readonly path: string;
  readonly name: string;
}

export type DeployedKind = keyof typeof SHAPES;

/**
 * Longest name, and what stands between the slashes of a path.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
 */
const SHAPES = {
  policy: { name: 128, segment: /^[A-Za-z0-9.,+@=_-]+$/ },
  role: { name: 64, segment: /^[!-~]+$/ },
  'instance-profile': { name: 128, segment: /^[!-~]+$/ },
} as const;

const MAX_PATH = 512;

/** How a person writes it. */
export const DEPLOYED_EXAMPLE = 'arn:aws:iam::123456789012:policy/team/Name';

/** An ARN, or its part behind the account: `policy/team/Name`. Undefined for anything else. */
export function parseDeployed(text: string): Deployed | undefined {
  const [, partition, accountId, kind, inner = '', name = ''] =
    /^(?:arn:(aws[a-z-]*):iam::(\d{12}):)?(policy|role|instance-profile)\/(.+\/)?([\w+=,.@-]+)$/.exec(
      text,
    ) ?? [];
  if (kind === undefined) return undefined;
  const shape = SHAPES[kind as DeployedKind];
  const path = `/${inner}`;
  const segments = inner === '' ? [] : inner.slice(0, -1).split('/');
  const fits =
    name.length <= shape.name &&
    path.length <= MAX_PATH &&
    segments.every((segment) => shape.segment.test(segment));
  if (!fits) return undefined;
  return {
    kind: kind as DeployedKind,
    ...(partition === undefined ? {} : { partition }),
    ...(accountId === undefined ? {} : { accountId }),
    path,
    name,
  };
}
