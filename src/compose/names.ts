/**
 * Names of what is generated.
 *
 * 1. A policy that holds one group keeps the group's documented name.
 * 2. Merged: `<Principal>Merged<N>`, `SharedMerged<N>` where several principals hold it, followed by
 *    the parameters that tell its groups' names apart: two clusters' policies must not collide.
 * 3. Split: `<PolicyName>-1`, `-2`.
 * 4. What only add-ons hold has the parameters of their roles' names at its end, too.
 * 5. A stem is a name without parameters; logical ids and resource names are made of it.
 */
import type { Format, ManagedPolicy, Role, User } from '../model/bundle.ts';
import { usageError } from '../model/errors.ts';
import { codePoint, ROLE_DESCRIPTION_RULE, refusedInRoleDescription } from '../model/limits.ts';
import { type Parameter, parameterNames, parsePieces } from '../model/parameter.ts';
import type { TrustPolicy } from '../model/policy.ts';
import type { PreviousPolicy } from '../model/previous-run.ts';
import type { RequirementGroup, Spec } from '../model/requirement.ts';
import { type SizeModel, textLength, textSize, trustPolicySize } from '../model/size.ts';
import type { Target } from '../model/target.ts';
import { mergedLabel } from './label.ts';
import type { PlannedPolicies } from './plan/planned.ts';
import type { Principals } from './principals.ts';
import { worstSizes } from './values.ts';

/** What the artefacts create. */
export interface Created {
  readonly policies: readonly ManagedPolicy[];
  readonly roles: readonly Role[];
  readonly users: readonly User[];
}

export interface PolicyNaming {
  readonly name: string;
  readonly stem: string;
  readonly description: string;
  /** The documented logical id, where the policy is a documented one. */
  readonly logicalId?: string;
}

/** What keeps the policies of one target apart in an account; others are the same for all. */
const TELLS_TARGETS_APART = (parameter: string): boolean => parameter !== 'nameSuffix';

/** A text without its parameters and what joined them to it. */
export function stemOf(text: string): string {
  return parsePieces(text)
    .map((piece) => (piece.kind === 'text' ? piece.text : ''))
    .join('')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/** Parameters that the name of an add-on's role has (rule 4); none for other principals. */
function addOnParameters(ids: readonly string[], principals: Principals): readonly string[] {
  const roles = ids.map((id) => {
    const principal = principals.get(id);
    return principal?.spec.workload === undefined ? undefined : principal.role;
  });
  return roles.includes(undefined)
    ? []
    : [...new Set(roles.flatMap((role) => parameterNames(role?.name ?? '')))];
}

/**
 * Names every document of every plan, in order; `groups` are the groups as the spec has them. No
 * two of them get the same stem, but for groups whose documented names have the same.
 */
export function namePolicies(
  planned: readonly PlannedPolicies[],
  { groups, quotas }: Pick<Spec, 'groups' | 'quotas'>,
  principals: Principals,
): PolicyNaming[][] {
  const longest = quotas.description;
  const groupOf = (plan: PlannedPolicies): RequirementGroup =>
    groups.get(plan.requirements[0]?.group ?? '') as RequirementGroup;
  // IAM names are unique without regard to case.
  const used = new Set(
    planned.filter(isDocumented).map((plan) => stemOf(groupOf(plan).policyName).toLowerCase()),
  );
  const kept = new Set(
    planned.flatMap(({ documents }) =>
      documents.flatMap(({ previous }) => previous?.stem.toLowerCase() ?? []),
    ),
  );
  const nextStem: NextStem = (prefix, previous) => {
    let stem = previous?.stem;
    for (let number = 1; stem === undefined || used.has(stem.toLowerCase()); number++) {
      const next = `${prefix}${number}`;
      stem = kept.has(next.toLowerCase()) ? undefined : next;
    }
    used.add(stem.toLowerCase());
    return stem;
  };
  return planned.map((plan) => {
    const members = plan.requirements.map(
      (requirement) => groups.get(requirement.group) as RequirementGroup,
    );
    const ofAddOns = addOnParameters(plan.principals, principals);
    if (!plan.merged) {
      const group = groupOf(plan);
      const named = parameterNames(group.policyName);
      const tail = tailOf(ofAddOns.filter((name) => !named.includes(name)));
      return nameDocumented(
        { ...group, policyName: group.policyName + tail },
        plan,
        nextStem,
        longest,
      );
    }
    const label = mergedLabel(plan.principals);
    const parameters = [
      ...members.flatMap((group) => parameterNames(group.policyName)).filter(TELLS_TARGETS_APART),
      ...ofAddOns,
    ];
    const tail = tailOf(parameters);
    return plan.documents.map(({ previous }) => {
      const stem = nextStem(label, previous);
      return { name: `${stem}${tail}`, stem, description: MERGED_DESCRIPTION };
    });
  });
}

/** `-{{clusterName}}`, each parameter once. */
function tailOf(parameters: readonly string[]): string {
  return [...new Set(parameters)].map((name) => `-{{${name}}}`).join('');
}

/**
 * AWS replaces a policy whose description changes, and its permissions are gone meanwhile: so the
 * description does not say what changes.
 */
const MERGED_DESCRIPTION =
  'Merged from several documented policies; manifest.json beside its source lists the origin of every statement.';

/** The previous policy's stem, or else the prefix with the first number that is free. */
type NextStem = (prefix: string, previous: PreviousPolicy | undefined) => string;

/** Whether it is one group in one policy, under its documented name. */
function isDocumented({ merged, documents }: PlannedPolicies): boolean {
  return !merged && documents.length === 1 && documents[0]?.previous === undefined;
}

function nameDocumented(
  group: RequirementGroup,
  plan: PlannedPolicies,
  nextStem: NextStem,
  longest: number,
): PolicyNaming[] {
  const stem = stemOf(group.policyName);
  if (isDocumented(plan)) {
    const logicalId = group.logicalId === undefined ? {} : { logicalId: group.logicalId };
    return [{ name: group.policyName, stem, description: group.description, ...logicalId }];
  }
  return plan.documents.map(({ previous }) => {
    const partStem = nextStem(`${stem}-`, previous);
    const number = partStem.slice(partStem.lastIndexOf('-') + 1);
    return {
      name: `${group.policyName}-${number}`,
      stem: partStem,
      description: clip(`${group.description} (part ${number})`, longest),
      ...(group.logicalId === undefined ? {} : { logicalId: `${group.logicalId}${number}` }),
    };
  });
}

/** A parameter that the end would cut through is left out. */
function clip(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - 1).replace(/\{\{[^}]*\}?$/, '')}.`;
}

/** Makes ids unique by a number at the end, in order. */
export function uniqueIds(ids: readonly string[], taken: Iterable<string> = []): string[] {
  const used = new Set<string>(taken);
  return ids.map((id) => {
    let unique = id;
    for (let number = 2; used.has(unique); number++) unique = `${id}${number}`;
    used.add(unique);
    return unique;
  });
}

const NAME = /^[\w+=,.@-]+$/;

/**
 * Checks a name at its parameters' longest against AWS's limit and characters.
 * @throws GenError (exit 2)
 */
function checkName(
  { kind, flag }: { readonly kind: string; readonly flag?: string },
  name: string,
  limit: number,
  size: SizeModel,
): void {
  const longest = textSize(name, size);
  if (longest > limit) {
    const open = parameterNames(name);
    throw usageError(
      'name-too-long',
      `The ${kind} name "${name}" ${open.length > 0 ? 'can have' : 'has'} ${longest} characters; AWS allows ${limit}.`,
      open.length > 0
        ? `${open.join(', ')} counts with its longest value, because it is left open. Shorten --name-prefix or give the value.`
        : `Shorten --name-prefix or --name-suffix${flag === undefined ? '' : `, or give it a name of its own: ${flag}`}.`,
    );
  }
  if (!NAME.test(stripParameters(name))) {
    throw usageError(
      'bad-name',
      `The ${kind} name "${name}" holds characters that AWS refuses.`,
      'Allowed: letters, digits and _+=,.@-',
    );
  }
}

/** A role or user, and how a person may name it whatever the spec says. */
function named(kind: 'role' | 'user', stem: string) {
  return { kind, flag: `--deployed ${stem}=${kind}/NAME` };
}

/** @throws GenError (exit 2) for one that can be longer than AWS allows */
function checkDescription(owner: string, text: string, limit: number, size: SizeModel): void {
  const longest = textLength(text, size);
  if (longest <= limit) return;
  const open = parameterNames(text);
  throw usageError(
    'description-too-long',
    `The description of ${owner} can have ${longest} characters; AWS allows ${limit}.`,
    open.length > 0
      ? `${open.join(', ')} counts with its longest value, because it is left open. Shorten the description in the spec, or give the value.`
      : 'Shorten it in the spec.',
  );
}

/** @throws GenError (exit 2) for characters that IAM refuses, which a parameter may have brought */
function checkRoleDescription(role: string, text: string): void {
  const refused = refusedInRoleDescription(text);
  if (refused === undefined) return;
  throw usageError(
    'forbidden-character',
    `IAM refuses the character ${codePoint(refused)} in the description of role "${role}".`,
    ROLE_DESCRIPTION_RULE,
  );
}

/**
 * Characters that a name prefix may have, so that no name exceeds AWS's limit with open parameters
 * at their longest.
 */
export function longestNamePrefix(
  { policies, roles, users }: Created,
  spec: Spec,
  target: Target,
): number {
  const size = worstSizes(spec.parameters, target.formats);
  const { policyName, roleName, userName, instanceProfileName } = spec.quotas;
  // Prefix and key share the room of a role's name; the module checks both together.
  const ofRoles = worstSizes(
    new Map(
      [...spec.parameters].map(([name, parameter]) => [
        name,
        parameter.keyOf === undefined ? parameter : { ...parameter, maxLength: 1 },
      ]),
    ),
    target.formats,
  );
  const rooms = [
    ...policies.filter(takesPrefix).map(({ name }) => policyName - textSize(name, size)),
    ...roles.filter(takesPrefix).map(({ name }) => roleName - textSize(name, ofRoles)),
    ...users.filter(takesPrefix).map(({ name }) => userName - textSize(name, size)),
    ...roles
      .flatMap(({ instanceProfile: profile }) => profile ?? [])
      .filter(takesPrefix)
      .map(({ name }) => instanceProfileName - textSize(name, size)),
  ];
  const room = Math.min(policyName, ...rooms);
  return rooms.length === 0 ? room : room + target.namePrefix.length;
}

/** A name, and the characters that AWS allows in it. */
export interface LimitedName {
  readonly name: string;
  readonly limit: number;
}

/**
 * The parameters, with a lower `maxLength` for one that tells things apart (`keyOf`) where longer
 * values would make one of the names too long: an EKS cluster's name may have 100 characters, a
 * role's 64. Formats that leave it open check that length.
 */
export function parametersFittingNames(
  names: readonly LimitedName[],
  parameters: ReadonlyMap<string, Parameter>,
): ReadonlyMap<string, Parameter> {
  const fitting = new Map(parameters);
  for (const { name, limit } of names) {
    const open = parameterNames(name);
    const [key] = open.filter((each) => fitting.get(each)?.keyOf !== undefined);
    const parameter = key === undefined ? undefined : fitting.get(key);
    if (key === undefined || parameter === undefined) continue;
    const others = textSize(
      name,
      lengthsOf(new Map([...fitting, [key, { ...parameter, maxLength: 0 }]])),
    );
    const times = open.filter((each) => each === key).length;
    const most = Math.floor((limit - others) / times);
    if (most < SHORTEST_KEY || most >= parameter.maxLength) continue;
    fitting.set(key, {
      ...parameter,
      maxLength: most,
      constraint: `${parameters.get(key)?.constraint}; at most ${most} characters, so that all names fit`,
    });
  }
  return fitting;
}

/**
 * The parameters, with a lower `maxLength` for the longest of those in a trust policy that would else
 * be too large: an external id may have 1,224 characters, and a trust policy 2,048. Formats that
 * leave it open check that length.
 */
export function parametersFittingTrust(
  trusts: readonly TrustPolicy[],
  parameters: ReadonlyMap<string, Parameter>,
  { limit, formats }: { readonly limit: number; readonly formats: readonly Format[] },
): ReadonlyMap<string, Parameter> {
  const fitting = new Map(parameters);
  for (const trust of trusts) {
    const sizeWith = (name: string, maxLength: number): number => {
      const parameter = fitting.get(name) as Parameter;
      const changed = new Map([...fitting, [name, { ...parameter, maxLength }]]);
      return trustPolicySize(trust, worstSizes(changed, formats));
    };
    const [longest] = [...new Set(parameterNames(JSON.stringify(trust)))]
      .flatMap((name) => fitting.get(name) ?? [])
      .sort((a, b) => b.maxLength - a.maxLength);
    if (longest === undefined) continue;
    const { name, maxLength } = longest;
    const size = sizeWith(name, maxLength);
    if (size <= limit) continue;
    const perCharacter = (size - sizeWith(name, 0)) / maxLength;
    const most = Math.floor(maxLength - (size - limit) / perCharacter);
    if (most < SHORTEST_KEY) continue;
    fitting.set(name, {
      ...longest,
      maxLength: most,
      constraint: `${parameters.get(name)?.constraint}; at most ${most} characters, so that the trust policy fits`,
    });
  }
  return fitting;
}

/** With less room for what tells things apart, the name itself is at fault. */
const SHORTEST_KEY = 8;

function lengthsOf(parameters: ReadonlyMap<string, Parameter>): SizeModel {
  return worstSizes(parameters, []);
}

/** What is deployed already under a name of its own takes none. */
function takesPrefix({ deployedPath }: { readonly deployedPath?: string }): boolean {
  return deployedPath === undefined;
}

function stripParameters(name: string): string {
  return parsePieces(name)
    .map((piece) => (piece.kind === 'text' ? piece.text : 'x'))
    .join('');
}

/** @throws GenError (exit 2) for two of one name, which to IAM has no letter case */
function checkUnlike(kind: 'role' | 'user', created: readonly { readonly name: string }[]): void {
  const names = new Set<string>();
  for (const { name } of created) {
    if (names.has(name.toLowerCase())) {
      throw usageError(
        `duplicate-${kind}-name`,
        `Two ${kind}s would be named "${name}".`,
        `Give the principals different ${kind} names in the spec.`,
      );
    }
    names.add(name.toLowerCase());
  }
}

/**
 * Checks every name, description and trust policy against AWS's limits, and names against one
 * another.
 * @throws GenError (exit 2)
 */
export function checkNames({ policies, roles, users }: Created, spec: Spec, target: Target): void {
  const size = worstSizes(spec.parameters, target.formats);
  const { quotas } = spec;
  // Nothing escapes a description.
  const plain = worstSizes(spec.parameters, []);
  for (const { name, description } of policies) {
    checkName({ kind: 'policy' }, name, quotas.policyName, size);
    if (target.policyType === 'managed') {
      checkDescription(`policy "${name}"`, description, quotas.description, plain);
    }
  }
  for (const { name, stem, trust, instanceProfile, description = '' } of roles) {
    checkName(named('role', stem), name, quotas.roleName, size);
    checkDescription(`role "${name}"`, description, quotas.description, plain);
    checkRoleDescription(name, description);
    if (instanceProfile !== undefined) {
      checkName(
        { kind: 'instance profile' },
        instanceProfile.name,
        quotas.instanceProfileName,
        size,
      );
    }
    const characters = trustPolicySize(trust, size);
    if (characters > spec.quotas.trustPolicySize) {
      throw usageError(
        'trust-policy-too-large',
        `The trust policy of role "${name}" has ${characters} characters; AWS allows ${spec.quotas.trustPolicySize}.`,
      );
    }
  }
  for (const { name, stem } of users) checkName(named('user', stem), name, quotas.userName, size);
  checkUnlike('role', roles);
  checkUnlike('user', users);
  const names = new Map<string, string>();
  for (const { name, attachTo } of policies) {
    // IAM names are unique without regard to case; inline policies' within their holder.
    const holders = target.policyType === 'managed' ? [''] : attachTo;
    const key = name.toLowerCase();
    if (holders.some((holder) => names.has(`${holder}/${key}`))) {
      throw usageError(
        'duplicate-policy-name',
        `Two policies would be named "${name}".`,
        'Give the groups different policyNames in the spec.',
      );
    }
    for (const holder of holders) names.set(`${holder}/${key}`, name);
  }
}
