/**
 * Narrowing: ARNs whose region or account is `*` get the given region and account.
 *
 * 1. Only what is allowed is narrowed, never a Deny, and only whole `*` parts: `*` alone, an empty
 *    part and `us-*` stay as they are documented.
 * 2. What may belong to no account, to AWS or to no region stays: the ARNs of public images and of
 *    AWS managed policies name no account or `aws`, and a narrowed ARN would not reach them.
 *    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 * 3. The result is within what is documented; `proveNarrowing` shows it on every run.
 */
import type { NarrowingInfo } from '../model/bundle.ts';
import { usageError } from '../model/errors.ts';
import { hasWildcard } from '../model/pattern.ts';
import type { RequirementGroup } from '../model/requirement.ts';
import type { Narrowing, Target } from '../model/target.ts';
import type { Groups } from './groups.ts';

/** Types of resources; all of a service where there is no list. */
type Exceptions = Readonly<Record<string, readonly string[] | 'all'>>;

/** By service, what is not always of the account. */
const NOT_OF_THE_ACCOUNT: Exceptions = {
  cloudformation: ['publisher', 'transform', 'type'],
  // Images of Amazon's add-ons are in accounts of Amazon.
  ecr: 'all',
  ec2: ['image', 'prefix-list', 'snapshot'],
  eks: ['cluster-access-policy'],
  iam: ['policy'],
  lambda: ['layer'],
  // Public parameters and documents.
  ssm: 'all',
};

/** By service, what has no region in its ARN, or one of its own. */
const OF_NO_REGION: Exceptions = {
  cloudfront: 'all',
  globalaccelerator: 'all',
  iam: 'all',
  networkmanager: 'all',
  organizations: 'all',
  rds: ['global-cluster'],
  route53: 'all',
  s3: 'all',
  shield: 'all',
  sts: 'all',
  waf: 'all',
  wafv2: ['global'],
};

/** What stands in place of `*`. */
type Places = Readonly<Partial<Record<Narrowing, string>>>;

/** @throws GenError (exit 2) where the region is asked for and not given */
export function placesOf(
  { narrow = [] }: Pick<Target, 'narrow'>,
  values: ReadonlyMap<string, string>,
): Places {
  const region = values.get('region');
  if (narrow.includes('region') && region === undefined) {
    throw usageError(
      'missing-value',
      '--narrow region needs the region that it narrows to.',
      'Add --region, e.g. --region eu-west-1.',
    );
  }
  return {
    ...(narrow.includes('region') && region !== undefined ? { region } : {}),
    // Some formats find it out where they are deployed.
    ...(narrow.includes('account') ? { account: values.get('accountId') ?? '{{accountId}}' } : {}),
  };
}

/** The groups with narrower ARNs; the same where nothing is asked for. */
export function narrowGroups(groups: Groups, places: Places): Groups {
  if (Object.keys(places).length === 0) return groups;
  return new Map([...groups].map(([id, group]) => [id, narrowGroup(group, places)]));
}

function narrowGroup(group: RequirementGroup, places: Places): RequirementGroup {
  return {
    ...group,
    statements: group.statements.map((statement) =>
      statement.Effect === 'Allow' && statement.Resource !== undefined
        ? {
            ...statement,
            Resource: [...new Set(statement.Resource.map((each) => narrowArn(each, places)))],
          }
        : statement,
    ),
  };
}

function narrowArn(resource: string, { region, account }: Places): string {
  const parts = resource.split(':');
  const [arn, partition, service = '', ofRegion, ofAccount, ...rest] = parts;
  if (arn !== 'arn' || rest.length === 0 || hasWildcard(service)) return resource;
  const type = rest.join(':').split(/[/:]/)[0] ?? '';
  const isNarrowed = (part: string | undefined, exceptions: Exceptions): boolean =>
    part === '*' && !mayBe(type, exceptions[service]);
  return [
    arn,
    partition,
    service,
    region !== undefined && isNarrowed(ofRegion, OF_NO_REGION) ? region : ofRegion,
    account !== undefined && isNarrowed(ofAccount, NOT_OF_THE_ACCOUNT) ? account : ofAccount,
    ...rest,
  ].join(':');
}

function mayBe(type: string, exceptions: Exceptions[string] | undefined): boolean {
  if (exceptions === undefined) return false;
  return exceptions === 'all' || hasWildcard(type) || exceptions.includes(type);
}

/** What was narrowed, and what was not; undefined where nothing was asked for. */
export function narrowingInfo(
  documented: Groups,
  groups: Groups,
  places: Places,
): NarrowingInfo | undefined {
  const to = Object.values(places);
  if (to.length === 0) return undefined;
  const counts = [...groups].map(([id, { statements }]) => {
    const before = documented.get(id)?.statements ?? [];
    const arns = statements.flatMap(({ Effect, Resource = [] }, at) => {
      const known = new Set(before[at]?.Resource);
      return Effect === 'Allow' ? Resource.filter((each) => !known.has(each)) : [];
    });
    const wide = statements
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Resource = [] }) => Resource.filter((each) => isWide(each, places)));
    return { id, arns: arns.length, left: wide.length };
  });
  return {
    to,
    groups: counts.filter(({ arns }) => arns > 0).map(({ id, arns }) => ({ id, arns })),
    left: counts.reduce((sum, { left }) => sum + left, 0),
  };
}

/** Whether a part that was to be narrowed is `*` still; `*` alone has no parts. */
function isWide(resource: string, places: Places): boolean {
  const [, , , region, account] = resource.split(':');
  return (
    (places.region !== undefined && region === '*') ||
    (places.account !== undefined && account === '*')
  );
}
