/**
 * What is deployed already under another name or path than gen would give it. AWS changes neither in
 * place: whoever adopts it without a replacement takes both over.
 */
import { isPath, isRolePath, type Named, namePattern, PATH_LENGTH } from './limits.ts';

/** What an ARN says of a policy, role, user or instance profile. */
export interface Deployed {
  readonly kind: DeployedKind;
  readonly partition?: string;
  readonly accountId?: string;
  readonly path: string;
  readonly name: string;
}

export type DeployedKind = Extract<Named, 'policy' | 'role' | 'user' | 'instance-profile'>;

/** How a person writes it. */
export const DEPLOYED_EXAMPLE = 'arn:aws:iam::123456789012:policy/team/Name';

/** An ARN, or its part behind the account: `policy/team/Name`. Undefined for anything else. */
export function parseDeployed(text: string): Deployed | undefined {
  const [, partition, accountId, kind, inner = '', name = ''] =
    /^(?:arn:(aws[a-z-]*):iam::(\d{12}):)?(policy|role|user|instance-profile)\/(.+\/)?([^/]+)$/.exec(
      text,
    ) ?? [];
  if (kind === undefined) return undefined;
  const path = `/${inner}`;
  const fits =
    new RegExp(namePattern(kind as DeployedKind)).test(name) &&
    path.length <= PATH_LENGTH &&
    (kind === 'policy' ? isPath(path) : isRolePath(path));
  if (!fits) return undefined;
  return {
    kind: kind as DeployedKind,
    ...(partition === undefined ? {} : { partition }),
    ...(accountId === undefined ? {} : { accountId }),
    path,
    name,
  };
}
