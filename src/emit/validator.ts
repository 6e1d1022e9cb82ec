/**
 * Format `validator`: rules for Spectro Cloud's validator, which looks in AWS whether the policies
 * are attached and still grant what was generated.
 *
 * 1. A role, user or group that is known by name has one rule, with every policy that it holds; a policy
 *    none of whose holders is known has a rule of its own, by its ARN, where the account is given.
 * 2. Rules repeat the policies in their own spelling: the validator compares resources
 *    as texts (`arn:*:` is not `arn:aws:`), actions with their capitals, conditions value by value.
 * 3. It has no words for Deny, NotAction and NotResource, and reads attached managed policies only:
 *    what it cannot look for is left out, with a note.
 * 4. Wildcards that shrinking wrote are spelled out, since the validator also asks AWS's simulator
 *    about every action of a role or user, and that takes no wildcards. Left out is an action that
 *    the validator, which tells capitals from lowercase, would not find behind its wildcard.
 * 5. A resource holds at most five rules of each kind, and no name twice; more go into further ones.
 *
 * https://github.com/validator-labs/validator-plugin-aws/blob/main/api/v1alpha1/awsvalidator_types.go
 * https://github.com/validator-labs/validator-plugin-aws/blob/main/pkg/validators/iam/iam_validator.go
 */
import {
  type Emitter,
  type Entity,
  type IamBundle,
  type ManagedPolicy,
  managedPolicyArn,
} from '../model/bundle.ts';
import { RunMemory } from '../model/memo.ts';
import { hasWildcard } from '../model/pattern.ts';
import type { Condition, Statement } from '../model/policy.ts';
import { byPrincipals, flagsFor, unnamedHolders } from './inline.ts';
import { requireClosed, shown } from './open-parameters.ts';
import { actionsFound, isUnderstood } from './validator-actions.ts';
import { toYaml } from './yaml.ts';

export const RULES_FILE = 'validator/rules.yaml';

/** Of each kind, in one resource. */
const MAX_RULES = 5;

/** IAM is global in its partition; its API is asked through one region. */
const IAM_REGIONS: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-iso': 'us-iso-east-1',
  'aws-iso-b': 'us-isob-east-1',
  'aws-iso-e': 'eu-isoe-west-1',
  'aws-iso-f': 'us-isof-south-1',
  'aws-eusc': 'eusc-de-east-1',
};

interface StatementEntry {
  readonly effect: 'Allow';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** operator → key → values */
  readonly condition?: Condition;
}

interface PolicyEntry {
  readonly name: string;
  readonly version: string;
  readonly statements: readonly StatementEntry[];
}

/** Rules by the key of their list: whom or what each is about, and the policies to find there. */
type Rules = ReadonlyMap<string, readonly object[]>;

/** The statement as the validator looks for it; undefined where it cannot. */
function statementEntry(bundle: IamBundle, statement: Statement): StatementEntry | undefined {
  const { Effect, Action, Resource, Condition } = statement;
  if (Effect !== 'Allow' || Action === undefined || Resource === undefined) return undefined;
  const actions = actionsFound(Action, bundle.shrink);
  if (actions.length === 0) return undefined;
  return {
    effect: Effect,
    actions,
    resources: Resource,
    ...(Condition === undefined ? {} : { condition: Condition }),
  };
}

/** Policies with the statements that the validator can look for; none where it can for none. */
function policyEntries(bundle: IamBundle, policies: readonly ManagedPolicy[]): PolicyEntry[] {
  return policies
    .map(({ name, document }) => ({
      name,
      version: document.Version,
      statements: document.Statement.flatMap(
        (statement) => statementEntry(bundle, statement) ?? [],
      ),
    }))
    .filter(({ statements }) => statements.length > 0);
}

/** A holder's name, or a policy's own ARN, and what is to be found there. */
type Held = readonly [name: string, policies: readonly ManagedPolicy[]];

/** The policies of every role, user or group of that name, created ones first; each name once. */
function heldByName(bundle: IamBundle, entity: Entity): readonly Held[] {
  const holders = [
    ...bundle.roles.map(({ name, principal }) => ({ entity: 'role', name, principal })),
    ...bundle.users.map(({ name, principal }) => ({ entity: 'user', name, principal })),
    ...bundle.existing,
  ].filter((holder) => holder.entity === entity);
  return [...new Set(holders.map(({ name }) => name))].map((name) => {
    const principals = holders.filter((holder) => holder.name === name);
    const policies = bundle.policies.filter(({ attachTo }) =>
      principals.some(({ principal }) => attachTo.includes(principal)),
    );
    return [name, policies];
  });
}

function isHeldByName(bundle: IamBundle, policy: ManagedPolicy): boolean {
  return unnamedHolders(bundle, policy).length < policy.attachTo.length;
}

function rulesOf(bundle: IamBundle): Rules {
  if (bundle.policyType === 'inline') return new Map();
  const rulesAbout = (key: string, held: readonly Held[]): readonly object[] =>
    held
      .map(([name, policies]) => ({ name, iamPolicies: policyEntries(bundle, policies) }))
      .filter(({ iamPolicies }) => iamPolicies.length > 0)
      .map(({ name, iamPolicies }) => ({ [key]: name, iamPolicies }));
  const { accountId } = bundle;
  const unheld = bundle.policies.filter((policy) => !isHeldByName(bundle, policy));
  const byArn =
    accountId === undefined
      ? []
      : unheld.map((policy): Held => [managedPolicyArn(bundle, accountId, policy), [policy]]);
  return new Map([
    ['iamRoleRules', rulesAbout('iamRoleName', heldByName(bundle, 'role'))],
    ['iamUserRules', rulesAbout('iamUserName', heldByName(bundle, 'user'))],
    ['iamGroupRules', rulesAbout('iamGroupName', heldByName(bundle, 'group'))],
    ['iamPolicyRules', rulesAbout('iamPolicyArn', byArn)],
  ]);
}

/**
 * The target's name as Kubernetes takes one: lowercase, digits, hyphens. The plugin names its
 * results `validator-plugin-aws-<name>`, which is to fit too.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 */
function resourceName(target: string, index: number): string {
  const longest = 253 - 'validator-plugin-aws-'.length;
  const suffix = index === 0 ? '' : `-${index + 1}`;
  const name = target
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longest - suffix.length)
    .replace(/^-+|-+$/g, '');
  return `${name === '' ? 'iam' : name}${suffix}`;
}

/** The `AwsValidator` resources, as few as hold all rules. */
function resources(bundle: IamBundle): readonly object[] {
  const rules = [...rulesOf(bundle)];
  const most = Math.max(0, ...rules.map(([, { length }]) => length));
  return Array.from({ length: Math.ceil(most / MAX_RULES) }, (_, index) => {
    const parts = rules
      .map(([key, all]) => [key, all.slice(index * MAX_RULES, (index + 1) * MAX_RULES)] as const)
      .filter(([, part]) => part.length > 0);
    return {
      apiVersion: 'validation.spectrocloud.labs/v1alpha1',
      kind: 'AwsValidator',
      metadata: { name: resourceName(bundle.target, index) },
      spec: {
        auth: { implicit: true },
        defaultRegion: IAM_REGIONS[bundle.partition] ?? 'us-east-1',
        ...Object.fromEntries(parts),
      },
    };
  });
}

/** Whether there is anything that the validator can look for. */
export function hasValidatorRules(bundle: IamBundle): boolean {
  return resources(bundle).length > 0;
}

/** Why a statement is not looked for, or not with all its actions; undefined where it is. */
function leftOut(bundle: IamBundle, statement: Statement): string | undefined {
  const { Effect, Action, Resource } = statement;
  if (Effect === 'Deny') return 'Deny';
  if (Action === undefined) return 'NotAction';
  if (Resource === undefined) return 'NotResource';
  const found = new Set(actionsFound(Action, bundle.shrink));
  const unfound = Action.flatMap((action) => {
    const { standsFor } = bundle.shrink?.wildcards.find(({ pattern }) => pattern === action) ?? {};
    return standsFor ?? [action];
  }).filter((action) => !found.has(action));
  return unfound.length === 0 ? undefined : unfound.join(', ');
}

/** Statements that the rules pass over. */
function leftOutNotes(bundle: IamBundle, written: boolean): readonly string[] {
  const statements = bundle.policies.flatMap(({ name, document }) =>
    document.Statement.flatMap((statement, index) => {
      const why = leftOut(bundle, statement);
      const where = statement.Sid ?? `statement ${index + 1}`;
      return why === undefined ? [] : [`${name} ${where} (${why})`];
    }),
  );
  const denies = bundle.policies.some(({ document }) =>
    document.Statement.some(({ Effect }) => Effect === 'Deny'),
  );
  return [
    ...(statements.length === 0
      ? []
      : [
          `validator: ${written ? '' : 'no file written: '}the validator cannot look for ${statements.join('; ')}.`,
        ]),
    ...(denies
      ? [
          'validator: it takes a Deny for one without a condition, and may report actions as missing that are denied on a condition only.',
        ]
      : []),
  ];
}

/** Wildcards of a spec: what they match is not known here. */
function wildcardNotes(bundle: IamBundle): readonly string[] {
  const actions = bundle.policies
    .filter((policy) => isHeldByName(bundle, policy))
    .flatMap(({ document }) => document.Statement)
    .filter(({ Action }) => Action?.some(hasWildcard))
    .flatMap((statement) => statementEntry(bundle, statement)?.actions ?? [])
    .filter((action) => hasWildcard(action) && isUnderstood(action));
  if (actions.length === 0) return [];
  return [
    `validator: AWS's simulator, which the validator asks about roles and users, may refuse the wildcards ${[...new Set(actions)].join(', ')}: name the actions in the spec.`,
  ];
}

/** Attachments that no rule looks for, because the holder has no name. */
function unnamedNotes(bundle: IamBundle, written: boolean): readonly string[] {
  const entries = bundle.policies
    .map((policy) => [policy, unnamedHolders(bundle, policy)] as const)
    .filter(([, unnamed]) => unnamed.length > 0);
  return byPrincipals(entries).map(({ policies, principals }) => {
    const flags = flagsFor(bundle, principals);
    if (bundle.accountId === undefined) {
      flags.push('--account-id for rules about the policies themselves');
    }
    const whom = `no role, user or group of ${principals.join(', ')} is given by name`;
    const what = written ? `${whom}, so no rule looks there for the ${policies}` : whom;
    const how = flags.length === 0 ? '' : ` Give ${flags.join(', or ')}.`;
    return `validator: ${written ? '' : 'no file written: '}${what}.${how}`;
  });
}

function notesOf(bundle: IamBundle, written: boolean): readonly string[] {
  if (bundle.policies.length === 0) {
    return ['validator: no policy is generated, so there is nothing to look for; no file written.'];
  }
  if (bundle.policyType === 'inline') {
    const names = [...new Set(bundle.policies.map(({ name }) => shown(name)))];
    return [
      `validator: it reads attached managed policies only, so no rule looks for the inline ${names.join(', ')}; no file written. Take --policy-type managed.`,
    ];
  }
  return [
    ...unnamedNotes(bundle, written),
    ...leftOutNotes(bundle, written),
    ...wildcardNotes(bundle),
  ];
}

/**
 * `validator/rules.yaml`: one `AwsValidator` resource, or several in one stream.
 * Throws a usage error (`missing-parameter`) where a name or a document has an open parameter.
 */
export const emitValidator: Emitter = (bundle, memory = new RunMemory()) => {
  const [value, ...further] = resources(bundle);
  const notes = notesOf(bundle, value !== undefined);
  if (value === undefined) return { files: [], notes };
  requireClosed(bundle, 'validator', [value, ...further]);
  const content = toYaml(
    {
      value,
      further,
      target: bundle.target,
      header: [
        "What Spectro Cloud's validator is to find in AWS: these policies, attached where they belong.",
        `  validator rules check --custom-resources ${RULES_FILE}`,
        'or, in a cluster with validator and its AWS plugin:',
        `  kubectl apply --namespace validator --filename ${RULES_FILE}`,
        '  kubectl describe validationresults --namespace validator',
        'The credentials need iam:GetRole, iam:GetUser, iam:GetGroup, iam:GetPolicy, iam:GetPolicyVersion,',
        'iam:ListAttachedRolePolicies, iam:ListAttachedUserPolicies, iam:ListAttachedGroupPolicies,',
        'iam:GetContextKeysForPrincipalPolicy and iam:SimulatePrincipalPolicy.',
      ],
      comments: new Map([
        ['spec/auth', ["The AWS SDK's own chain of credentials: environment, profile, role."]],
        ['spec/defaultRegion', ['The region whose IAM API is asked; IAM itself is global.']],
      ]),
    },
    memory,
  );
  return { files: [{ path: RULES_FILE, content }], notes };
};
