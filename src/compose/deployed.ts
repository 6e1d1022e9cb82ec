/**
 * Names, paths and descriptions that AWS cannot change in place, as they are deployed already.
 *
 * 1. What the target says is deployed elsewhere (`deployed`) takes its name and path from there;
 *    neither the prefix nor the path of the target applies to it.
 * 2. It is named by its stem or by the whole name that it would have, with `policy/`, `role/`, `user/`
 *    or `instance-profile/` before it where two have one name; the ARN says of which kind it is.
 * 3. A policy has the description that the target gives it; else, where the previous run had a policy
 *    of that name, the description from there, so that a later run replaces no live policy; else that
 *    of the spec.
 * 4. A path other than the previous run's is obeyed, and a warning says that AWS replaces what it
 *    belongs to.
 */
import { type ManagedPolicy, pathOf, type Role, type User } from '../model/bundle.ts';
import {
  DEPLOYED_EXAMPLE,
  type Deployed,
  type DeployedKind,
  parseDeployed,
} from '../model/deployed.ts';
import { GenError, type Problem } from '../model/errors.ts';
import { didYouMean } from '../model/nearest.ts';
import { render } from '../model/parameter.ts';
import type { PreviousRun } from '../model/previous-run.ts';
import type { Target } from '../model/target.ts';
import type { Created } from './names.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
const MAX_DESCRIPTION = 1000;

/** What a person may call a policy, role, user or instance profile in `deployed`. */
interface Named {
  readonly kind: DeployedKind;
  readonly names: readonly string[];
}

function named(kind: DeployedKind, stem: string, name: string): Named {
  return { kind, names: [stem, name, `${kind}/${stem}`, `${kind}/${name}`] };
}

const ofPolicy = ({ stem, name }: ManagedPolicy): Named => named('policy', stem, name);
const ofRole = ({ stem, name }: Role): Named => named('role', stem, name);
const ofUser = ({ stem, name }: User): Named => named('user', stem, name);
const ofProfile = ({ stem, instanceProfile: profile }: Role): Named =>
  profile === undefined
    ? { kind: 'instance-profile', names: [] }
    : named('instance-profile', stem, profile.name);

function deployedAs({ deployed }: Target, { kind, names }: Named): Deployed | undefined {
  return names
    .flatMap((name) => deployed?.get(name) ?? [])
    .map(parseDeployed)
    .find((each) => each?.kind === kind);
}

/** The roles and instance profiles under the names and paths that they are deployed under (rule 1). */
export function deployedRoles(roles: readonly Role[], target: Target): readonly Role[] {
  return roles.map((role) => {
    const own = deployedAs(target, ofRole(role));
    const profile = deployedAs(target, ofProfile(role));
    return {
      ...role,
      ...(own === undefined ? {} : { name: own.name, deployedPath: own.path }),
      ...(profile === undefined || role.instanceProfile === undefined
        ? {}
        : {
            instanceProfile: {
              ...role.instanceProfile,
              name: profile.name,
              deployedPath: profile.path,
            },
          }),
    };
  });
}

/** The users under the names and paths that they are deployed under (rule 1). */
export function deployedUsers(users: readonly User[], target: Target): readonly User[] {
  return users.map((user) => {
    const own = deployedAs(target, ofUser(user));
    return own === undefined ? user : { ...user, name: own.name, deployedPath: own.path };
  });
}

/**
 * The policies under the names, paths and descriptions that they are deployed with (rules 1 and 3).
 * @param defaults what the manifest of the previous run has in place of open parameters
 */
export function deployedPolicies(
  policies: readonly ManagedPolicy[],
  target: Target,
  previous: PreviousRun | undefined,
  defaults: ReadonlyMap<string, string>,
): readonly ManagedPolicy[] {
  const before = new Map(previous?.policies.map((policy) => [policy.name, policy.description]));
  return policies.map((policy) => {
    const own = deployedAs(target, ofPolicy(policy));
    const name = own?.name ?? policy.name;
    const kept = before.get(render(name, defaults));
    const given = [policy.stem, policy.name]
      .map((key) => target.policyDescriptions?.get(key))
      .find((text) => text !== undefined);
    const isAsBefore = kept === undefined || kept === render(policy.description, defaults);
    return {
      ...policy,
      name,
      ...(own === undefined ? {} : { deployedPath: own.path }),
      description: given ?? (isAsBefore ? policy.description : kept),
    };
  });
}

/**
 * Everything that is wrong in what the target says is deployed.
 * @param created with the names that gen gives them
 * @throws GenError (exit 2)
 */
export function checkDeployed(target: Target, { policies, roles, users }: Created): void {
  const all = [
    ...policies.map(ofPolicy),
    ...roles.flatMap((role) => [ofRole(role), ofProfile(role)]),
    ...users.map(ofUser),
  ];
  const problems = [...(target.deployed ?? [])].flatMap(([key, text]) =>
    deployedProblems(key, text, all, target),
  );
  for (const [key, text] of target.policyDescriptions ?? []) {
    const known = all.filter(({ kind }) => kind === 'policy');
    if (!known.some(({ names }) => names.includes(key))) {
      problems.push(unknownName('--policy-description', 'policy', key, known));
    } else if (text.length > MAX_DESCRIPTION) {
      problems.push({
        code: 'bad-value',
        message: `--policy-description ${key} has ${text.length} characters; AWS allows ${MAX_DESCRIPTION}.`,
      });
    }
  }
  if (problems.length > 0) throw new GenError(2, problems);
}

function deployedProblems(
  key: string,
  text: string,
  all: readonly Named[],
  { parameters }: Target,
): Problem[] {
  const deployed = parseDeployed(text);
  if (deployed === undefined) {
    return [
      {
        code: 'bad-deployed',
        message: `--deployed ${key}: "${text}" is not the ARN of a policy, role, user or instance profile of an account.`,
        advice: `Copy it from the console or the AWS CLI, e.g. ${DEPLOYED_EXAMPLE}.`,
      },
    ];
  }
  const { kind } = deployed;
  const known = all.filter((each) => each.kind === kind);
  if (!known.some(({ names }) => names.includes(key))) {
    return [unknownName('--deployed', kind, key, known)];
  }
  return (['partition', 'accountId'] as const).flatMap((name): Problem[] => {
    const given = parameters.get(name);
    const value = deployed[name];
    if (given === undefined || value === undefined || given === value) return [];
    const flag = name === 'partition' ? '--partition' : '--account-id';
    return [
      {
        code: 'clashing-flags',
        message: `--deployed ${key} is of ${value}, but ${flag} is ${given}.`,
        advice: 'Correct one of the two.',
      },
    ];
  });
}

function unknownName(flag: string, kind: string, key: string, known: readonly Named[]): Problem {
  const what = kind.replace('-', ' ');
  const advice = didYouMean(key, [...new Set(known.flatMap(({ names }) => names.slice(0, 1)))]);
  return {
    code: 'unknown-name',
    message: `${flag} ${key}: this target has no ${what} of that name.`,
    advice: advice ?? `This target creates no ${what}.`,
  };
}

/** Rule 4. */
export function pathReplacements({
  bundle,
  policies,
  roles,
  previous,
  defaults,
}: {
  readonly bundle: { readonly path: string };
  readonly policies: readonly ManagedPolicy[];
  readonly roles: readonly Role[];
  readonly previous: PreviousRun | undefined;
  readonly defaults: ReadonlyMap<string, string>;
}): Problem[] {
  const moved = (
    before: readonly { readonly name: string; readonly path?: string }[] = [],
    now: readonly { readonly name: string; readonly deployedPath?: string }[],
  ) =>
    before.filter(({ name, path }) =>
      now.some(
        (each) =>
          render(each.name, defaults) === name &&
          path !== undefined &&
          path !== pathOf(bundle, each),
      ),
    );
  const all = [...moved(previous?.policies, policies), ...moved(previous?.roles, roles)];
  const first = all[0];
  if (first === undefined) return [];
  const names = all.map(({ name }) => name).join(', ');
  return [
    {
      code: 'path-changed',
      message: `The IAM path differs from the previous run's (${first.path}): AWS cannot change a path in place, so applying this replaces ${names}.`,
      advice: `Keep --path ${first.path}, or name what is deployed there with --deployed.`,
    },
  ];
}
