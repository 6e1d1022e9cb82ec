/**
 * Which roles Palette may pass to EC2 and EKS.
 *
 * 1. With minimum permissions Palette passes only roles whose ARN matches a resource of its
 *    `iam:PassRole` grants: as documented, those whose name ends in the stack's suffix. `*` crosses
 *    `/`, so this holds whatever the role's path.
 * 2. A role-name pattern that the user allows goes, behind the path of the roles, beside each such
 *    resource; into the minimum policies only, whose other statements it leaves alone.
 * 3. A role that is created and that Palette may not pass is an error: clusters fail to deploy. A
 *    role for a service account is handed to nobody, so its name is free.
 * 4. So is a role whose name begins as the roles do that Palette creates itself.
 *
 * https://docs.spectrocloud.com/clusters/public-cloud/aws/required-iam-policies/
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
import { pathOf, type Role } from '../../model/bundle.ts';
import { GenError, type Problem, usageError } from '../../model/errors.ts';
import { actionCovers, resourceCovers } from '../../model/pattern.ts';
import type { Statement } from '../../model/policy.ts';
import type { Spec } from '../../model/requirement.ts';
import type { Target } from '../../model/target.ts';
import type { Groups } from '../groups.ts';
import { DEFAULT_BASE, type Selection } from '../select.ts';

const PALETTE = 'palette';
/** Palette's own node-group roles begin with it. */
const RESERVED_PREFIX = 'ng-role_';

/** Groups of the bases that hold minimum permissions. */
function minimumGroups(spec: Spec, selection: Selection): ReadonlySet<string> {
  const minimum = selection.bases.filter((base) => base !== DEFAULT_BASE);
  return new Set(minimum.flatMap((base) => spec.features.get(base)?.groups ?? []));
}

/** The resource that the minimum policies grant roles by, with the suffix put in. */
function standardResource(values: ReadonlyMap<string, string>): string {
  return `arn:*:iam::*:role/*${values.get('nameSuffix') ?? ''}`;
}

/** The resource that a role-name pattern adds. */
function allowedResource(target: Target, pattern: string): string {
  return `arn:*:iam::*:role${target.path}${pattern}`;
}

/**
 * The groups with the allowed patterns in them (rule 2).
 * @throws GenError (exit 2) where no selected policy has a place for them.
 */
export function allowRolePatterns({
  groups,
  spec,
  selection,
  target,
  values,
}: {
  readonly groups: Groups;
  readonly spec: Spec;
  readonly selection: Selection;
  readonly target: Target;
  readonly values: ReadonlyMap<string, string>;
}): Groups {
  const patterns = target.allowRolePatterns ?? [];
  if (patterns.length === 0) return groups;
  const minimum = minimumGroups(spec, selection);
  const standard = standardResource(values);
  const added = patterns.map((pattern) => allowedResource(target, pattern));
  const widened = new Map(
    [...groups].map(([id, group]) => {
      if (!minimum.has(id)) return [id, group] as const;
      const statements = group.statements.map((each) => withResources(each, standard, added));
      return [id, { ...group, statements }] as const;
    }),
  );
  if ([...widened].every(([id, group]) => isSame(group.statements, groups.get(id)?.statements))) {
    throw usageError(
      'unused-role-pattern',
      '--allow-role-pattern is not used: it widens which roles the minimum policies let Palette pass, and none of them is selected.',
      'Leave it out, or choose iaas-dynamic, iaas-static, eks-dynamic or eks-static as the base.',
    );
  }
  return widened;
}

function withResources(statement: Statement, beside: string, added: readonly string[]): Statement {
  const { Effect, Resource } = statement;
  if (Effect !== 'Allow' || !Resource?.includes(beside)) return statement;
  const news = added.filter((resource) => !Resource.includes(resource));
  return {
    ...statement,
    Resource: Resource.flatMap((resource) =>
      resource === beside ? [resource, ...news] : resource,
    ),
  };
}

function isSame(a: readonly Statement[], b: readonly Statement[] | undefined): boolean {
  return a.every((statement, index) => statement === b?.[index]);
}

/** What widening was asked for, so that nobody overlooks it. */
export function rolePatternNotes(target: Target, values: ReadonlyMap<string, string>): string[] {
  return (target.allowRolePatterns ?? []).map((pattern) => {
    const resource = allowedResource(target, pattern);
    return resourceCovers(standardResource(values), resource)
      ? `--allow-role-pattern ${pattern} adds nothing: the minimum policies allow ${standardResource(values)} already.`
      : `--allow-role-pattern ${pattern}: the minimum policies let Palette pass ${resource} too, which is more than what is documented.`;
  });
}

/**
 * Rules 3 and 4.
 * @throws GenError (exit 2) naming every role that Palette may not pass, or that takes a name which
 * Palette keeps for itself.
 */
export function checkPassedRoles({
  roles,
  groups,
  spec,
  selection,
  target,
}: {
  readonly roles: readonly Role[];
  readonly groups: Groups;
  readonly spec: Spec;
  readonly selection: Selection;
  readonly target: Target;
}): void {
  const problems = roles
    .filter(({ name }) => name.startsWith(RESERVED_PREFIX))
    .map(({ name }) => reservedName(name));
  const passed = passedResources(groups);
  if (minimumGroups(spec, selection).size > 0 && passed.length > 0) {
    const refused = roles.filter(
      (role) =>
        role.workload === undefined &&
        !role.isSeparate &&
        !passed.some((resource) => coversRole(resource, pathOf(target, role), role.name)),
    );
    problems.push(...refused.map(({ name }) => notPassable(name, passed)));
  }
  if (problems.length > 0) throw new GenError(2, problems);
}

/** Resources that Palette may pass roles of, by any group that it holds. */
function passedResources(groups: Groups): readonly string[] {
  const statements = [...groups.values()]
    .filter(({ attachTo }) => attachTo.includes(PALETTE))
    .flatMap((group) => group.statements)
    .filter(
      ({ Effect, Action }) =>
        Effect === 'Allow' && Action?.some((action) => actionCovers(action, 'iam:PassRole')),
    );
  return [...new Set(statements.flatMap(({ Resource }) => Resource ?? []))];
}

/** Account and partition are not looked at: roles are created where their policies are. */
function coversRole(resource: string, path: string, name: string): boolean {
  const arn = [...resource.split(':').slice(0, 5), `role${path}${name}`].join(':');
  return resource === '*' || resourceCovers(resource, arn);
}

function notPassable(name: string, passed: readonly string[]): Problem {
  return {
    code: 'role-not-passable',
    message: `With minimum permissions Palette may not pass the role "${name}", so clusters with it fail to deploy: it may pass ${passed.join(', ')} only.`,
    advice:
      'Allow the name with --allow-role-pattern PATTERN, or give the role a name that ends in the suffix (--name-suffix).',
  };
}

function reservedName(name: string): Problem {
  return {
    code: 'reserved-role-name',
    message: `The role name "${name}" begins with ${RESERVED_PREFIX}, which is reserved for the roles that Palette creates for node groups itself.`,
    advice: 'Choose another --name-prefix, or another role name in the spec.',
  };
}
