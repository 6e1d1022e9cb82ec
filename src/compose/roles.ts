/** The roles and users that the artefacts create. */
import type { PaletteIrsaRole, Role, User } from '../model/bundle.ts';
import { type Problem, usageError } from '../model/errors.ts';
import { hasOwnRole } from '../model/identity.ts';
import { render } from '../model/parameter.ts';
import type { TrustPolicy } from '../model/policy.ts';
import type { Spec } from '../model/requirement.ts';
import { servicePrincipal } from '../model/service-principal.ts';
import type { Target } from '../model/target.ts';
import { renderCondition } from './groups.ts';
import { pascalCase } from './label.ts';
import { stemOf, uniqueIds } from './names.ts';
import { isInStack, type Principals } from './principals.ts';

function renderTrust(trust: TrustPolicy, values: ReadonlyMap<string, string>): TrustPolicy {
  const text = (value: string): string => render(value, values);
  const trusted = ([type, names]: readonly [string, readonly string[]]) => [
    type,
    names.map((name) =>
      type === 'Service' ? servicePrincipal(text(name), values.get('partition')) : text(name),
    ),
  ];
  return {
    Statement: trust.Statement.map(({ Condition, ...statement }) => ({
      ...statement,
      Principal: Object.fromEntries(Object.entries(statement.Principal).map(trusted)),
      ...(Condition === undefined ? {} : { Condition: renderCondition(Condition, text) }),
    })),
  };
}

/** The cluster that a service account is in. */
const CLUSTER = '{{clusterName}}';

/** The IRSA roles that Palette is to create, in the spec's order. */
export function toPaletteIrsaRoles(
  principals: Principals,
  values: ReadonlyMap<string, string>,
): PaletteIrsaRole[] {
  return [...principals.values()].flatMap(({ spec, role, identity, awsManagedPolicies }) =>
    spec.workload === undefined || role === undefined || identity !== 'palette-irsa'
      ? []
      : [
          {
            principal: spec.id,
            name: render(role.name, values),
            serviceAccount: spec.workload.serviceAccount,
            awsManagedPolicies,
          },
        ],
  );
}

/** A role for every principal that is created, in the spec's order. */
export function toRoles(
  principals: Principals,
  target: Target,
  values: ReadonlyMap<string, string>,
): Role[] {
  const created = [...principals.values()].filter(
    (each) => each.created && each.role !== undefined,
  );
  // Roles are in the stack's template where there is one: it is what the others refer to.
  const hasStack = created.some(({ spec }) =>
    spec.creations.some((creation) => creation.with === 'stack-manual'),
  );
  const name = (text: string): string => target.namePrefix + render(text, values);
  const logicalIds = uniqueIds(
    created.map(({ spec, role }) => role?.logicalId ?? `Role${pascalCase(spec.id)}`),
  );
  return created.flatMap((principal, index) => {
    const { spec, role, identity, awsManagedPolicies } = principal;
    if (role === undefined) return [];
    const profile = role.instanceProfile;
    return [
      {
        principal: spec.id,
        name: name(role.name),
        stem: stemOf(role.name) || (role.logicalId ?? pascalCase(spec.id)),
        logicalId: logicalIds[index] as string,
        ...(role.description === undefined
          ? {}
          : { description: render(role.description, values) }),
        trust: renderTrust(role.trust, values),
        ...(spec.workload === undefined || !hasOwnRole(identity)
          ? {}
          : {
              workload: {
                identity,
                serviceAccount: spec.workload.serviceAccount,
                ...(identity === 'pod-identity' ? { cluster: render(CLUSTER, values) } : {}),
              },
            }),
        awsManagedPolicies,
        ...(profile === undefined
          ? {}
          : {
              instanceProfile: {
                name: name(profile.name),
                logicalId: profile.logicalId ?? `InstanceProfile${pascalCase(spec.id)}`,
              },
            }),
        inStack: hasStack && isInStack(principal),
        ...(role.outsideStack ? { isSeparate: true } : {}),
      },
    ];
  });
}

/** A user for every principal that is created as one, in the spec's order. */
export function toUsers(
  principals: Principals,
  target: Target,
  values: ReadonlyMap<string, string>,
): User[] {
  const created = [...principals.values()].flatMap(({ spec, user, awsManagedPolicies }) =>
    user === undefined ? [] : [{ id: spec.id, user, awsManagedPolicies }],
  );
  const logicalIds = uniqueIds(
    created.map(({ id, user }) => user.logicalId ?? `User${pascalCase(id)}`),
  );
  return created.map(({ id, user, awsManagedPolicies }, index) => ({
    principal: id,
    name: target.namePrefix + render(user.name, values),
    stem: stemOf(user.name) || (user.logicalId ?? pascalCase(id)),
    logicalId: logicalIds[index] as string,
    awsManagedPolicies,
    inStack: false,
  }));
}

/**
 * Only roles that we create can have another suffix; elsewhere the documented one is what Palette
 * itself uses.
 * @throws GenError (exit 2)
 */
export function assertSuffixIsUsed(
  target: Target,
  values: ReadonlyMap<string, string>,
  spec: Spec,
  principals: Principals,
): void {
  const standard = spec.parameters.get('nameSuffix')?.default;
  if (!target.parameters.has('nameSuffix') || values.get('nameSuffix') === standard) return;
  const used = [...principals.values()].some(
    ({ created, role }) => created && role?.name.includes('{{nameSuffix}}'),
  );
  if (used) return;
  throw usageError(
    'unused-name-suffix',
    '--name-suffix changes the names of the roles that are created; this selection creates none.',
    'Palette makes them itself, with its own suffix. Leave --name-suffix out, or choose a minimum base with stack-manual.',
  );
}

/** Cluster API looks for its roles and instance profiles by name. */
export function renamedRoleWarnings(
  roles: readonly Role[],
  target: Target,
  values: ReadonlyMap<string, string>,
  spec: Spec,
): Problem[] {
  const standard = spec.parameters.get('nameSuffix')?.default;
  const renamed = target.namePrefix !== '' || values.get('nameSuffix') !== standard;
  if (!renamed || roles.length === 0) return [];
  return [
    {
      code: 'renamed-roles',
      message: `The roles and instance profiles do not have the names that Cluster API Provider AWS looks for by default (e.g. "${roles[0]?.name}").`,
      advice:
        'Enter the new names in the cluster profile, or leave --name-prefix and --name-suffix out.',
    },
  ];
}
