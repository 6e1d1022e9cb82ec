/** The bundle as a Terraform module: which blocks there are, what stands in them, in what order. */
import {
  type AwsManagedPolicy,
  awsManagedPolicyArn,
  type ExistingAttachment,
  type IamBundle,
  type ManagedPolicy,
  type Role,
} from '../../model/bundle.ts';
import { usageError } from '../../model/errors.ts';
import { type Parameter, translate } from '../../model/parameter.ts';
import type { Condition, Statement, TrustPolicy } from '../../model/policy.ts';
import { type HeldPolicy, heldPolicies } from '../inline.ts';
import { policyComment, roleComment, statementComments } from './comments.ts';
import type { Block } from './hcl.ts';
import { protect } from './literal.ts';
import { snakeCase, uniqueNames, variableName } from './names.ts';
import { isPortablePattern } from './regex.ts';
import { type DocumentStatement, type ModuleBlocks, ModuleStack, type Reference } from './stack.ts';

/**
 * cdktf has no construct for these but a provider's, which would configure it: a module does not.
 * The newest feature used is a validation's error message in any wording (Terraform 1.2); every
 * release of OpenTofu satisfies the version.
 */
const REQUIREMENTS: Block = {
  keyword: 'terraform',
  labels: [],
  comment: [],
  body: {
    required_version: protect('>= 1.3'),
    required_providers: [{ aws: { source: protect('hashicorp/aws'), version: protect('>= 5.0') } }],
  },
};

/** The blocks of each file, in order. */
export type Module = ModuleBlocks & { readonly versions: readonly Block[] };

/**
 * The module's blocks, by file.
 * @throws GenError where a string names a parameter that is not open in the bundle, or where
 *   Terraform's provider would change a string.
 */
export function buildModule(bundle: IamBundle): Module {
  const stack = new ModuleStack();
  const unique = uniqueNames();
  const variables = new Variables(stack, bundle.openParameters);
  const text = (value: string) => variables.text(value);
  const path = bundle.path === '/' ? {} : { path: text(bundle.path) };
  const tags = bundle.tags.size === 0 ? {} : { tags: tagMap(bundle.tags, text) };
  const boundary = bundle.permissionsBoundary;

  const addRole = (role: Role) => {
    const name = unique('role', snakeCase(role.stem, 'role'));
    const trust = stack.document(
      unique('document', `${name}_trust`),
      [trustStatement(role.trust, text)],
      { comment: roleComment(bundle, role) },
    );
    const { ref, arn } = stack.role(name, {
      name: text(role.name),
      ...path,
      ...(role.description ? { description: text(role.description) } : {}),
      assumeRolePolicy: trust.json,
      ...(boundary === undefined ? {} : { permissionsBoundary: text(boundary) }),
      ...tags,
    });
    const profile =
      role.instanceProfile &&
      stack.instanceProfile(name, {
        name: text(role.instanceProfile.name),
        ...path,
        role: ref,
        ...tags,
      });
    for (const managed of role.awsManagedPolicies) {
      const attachment = unique('role attachment', `${name}_${managedName(managed)}`);
      stack.attachToRole(attachment, ref, managedArn(managed));
    }
    return { role, name, ref, arn, profile };
  };

  const managedName = (managed: AwsManagedPolicy) =>
    snakeCase(managed.split('/').at(-1) ?? managed, 'policy');
  const managedArn = (managed: AwsManagedPolicy) =>
    text(awsManagedPolicyArn(bundle.partition, managed));

  const attachByName = (holder: ExistingAttachment, policy: string, arn: Reference) => {
    const wanted = `${snakeCase(holder.name, holder.entity)}_${policy}`;
    const name = unique(`${holder.entity} attachment`, wanted);
    if (holder.entity === 'role') stack.attachToRole(name, text(holder.name), arn);
    else stack.attachToUser(name, text(holder.name), arn);
  };

  const addDocument = (name: string, policy: ManagedPolicy) =>
    stack.document(
      name,
      policy.document.Statement.map((statement) => documentStatement(policy, statement, text)),
      { comment: policyComment(bundle, policy), statementComments: statementComments(policy) },
    );

  const addPolicy = (policy: ManagedPolicy) => {
    // One name for a policy and its document, so that a reader sees which belongs to which.
    const name = unique('document', snakeCase(policy.stem, 'policy'));
    const document = addDocument(name, policy);
    const { arn } = stack.policy(name, {
      name: text(policy.name),
      ...path,
      ...(policy.description === '' ? {} : { description: text(policy.description) }),
      policy: document.json,
      ...tags,
    });
    for (const { role, name: roleName, ref } of roles) {
      if (!policy.attachTo.includes(role.principal)) continue;
      stack.attachToRole(unique('role attachment', `${roleName}_${name}`), ref, arn);
    }
    const holders = bundle.existing.filter(({ principal }) => policy.attachTo.includes(principal));
    for (const holder of distinct(holders, holderKey)) attachByName(holder, name, arn);
    return { policy, arn };
  };

  const addInline = ({ policy, holders }: HeldPolicy) => {
    // All holders were served by another policy that says the same.
    if (holders.length === 0) return;
    const stem = snakeCase(policy.stem, 'policy');
    const shared = bundle.policies.some((other) => other !== policy && other.stem === policy.stem);
    const wanted = shared ? `${stem}_${snakeCase(policy.attachTo.join('_'), 'holder')}` : stem;
    const { json } = addDocument(unique('document', wanted), policy);
    for (const holder of holders) {
      const created = roles.find(({ role }) => role === holder.created);
      // Of holder and policy alone: under another name Terraform would put the policy anew and
      // then delete the former one, which is the same to AWS.
      const label = unique(
        `${holder.entity} policy`,
        `${created?.name ?? snakeCase(holder.name, holder.entity)}_${stem}`,
      );
      const name = text(policy.name);
      if (holder.entity === 'user') stack.inlineInUser(label, text(holder.name), name, json);
      else stack.inlineInRole(label, created?.ref ?? text(holder.name), name, json);
    }
  };

  // Roles stand first: the attachments, each beside its policy, refer to them.
  const roles = bundle.roles.map(addRole);
  const inline = bundle.policyType === 'inline';
  if (inline) heldPolicies(bundle).forEach(addInline);
  const policies = inline ? [] : bundle.policies.map(addPolicy);
  const uses = bundle.existing.flatMap((holder) =>
    holder.awsManagedPolicies.map((managed) => ({ holder, managed })),
  );
  for (const { holder, managed } of distinct(
    uses,
    (use) => `${holderKey(use.holder)} ${use.managed}`,
  )) {
    attachByName(holder, managedName(managed), managedArn(managed));
  }

  const addOutput = (
    name: string,
    description: string,
    entries: readonly (readonly [string, Reference])[],
  ) => {
    if (entries.length === 0) return;
    const value = entries.map(([key, ref]) => [protect(unique(name, key)), ref] as const);
    stack.output(name, protect(description), Object.fromEntries(value));
  };
  addOutput(
    'policy_arns',
    'ARNs of the managed policies, by their names without prefix, suffix and parameters.',
    policies.map(({ policy, arn }) => [policy.stem, arn]),
  );
  addOutput(
    'role_arns',
    'ARNs of the roles, by their names without prefix and suffix.',
    roles.map(({ role, arn }) => [role.stem, arn]),
  );
  addOutput(
    'instance_profile_names',
    'Names of the instance profiles, by their roles as in role_arns.',
    roles.flatMap(({ role, profile }) => (profile ? [[role.stem, profile.ref] as const] : [])),
  );

  const blocks = stack.synthesize();
  return {
    ...blocks,
    variables: blocks.variables.filter((block) => variables.isUsed(block)),
    versions: [REQUIREMENTS],
  };
}

/** The variables of the open parameters, and which of them the module's text refers to. */
class Variables {
  readonly #references = new Map<string, { readonly name: string; readonly ref: Reference }>();
  readonly #used = new Set<string>();

  constructor(stack: ModuleStack, parameters: readonly Parameter[]) {
    const unique = uniqueNames();
    for (const parameter of parameters) {
      const name = unique('variable', variableName(parameter.name));
      const ref = stack.variable(name, {
        description: protect(parameter.description),
        ...(parameter.default === undefined ? {} : { default: protect(parameter.default) }),
        maxLength: parameter.maxLength,
        lengthError: protect(
          `The value of ${name} must have at most ${parameter.maxLength} characters.`,
        ),
        ...(isPortablePattern(parameter.pattern) && {
          pattern: {
            regex: protect(parameter.pattern),
            error: protect(refusal(name, parameter.constraint)),
          },
        }),
      });
      this.#references.set(parameter.name, { name, ref });
    }
  }

  /** Text of the bundle as the stack takes it: literals protected, parameters as references. */
  text(value: string): string {
    if (!value.includes('{{')) return protect(value);
    return translate(value, protect, (parameter) => {
      const variable = this.#references.get(parameter);
      if (variable === undefined) {
        throw usageError(
          'unknown-parameter',
          `Terraform: \`${value}\` names the parameter ${parameter}, which is not open here.`,
        );
      }
      this.#used.add(variable.name);
      return variable.ref;
    });
  }

  isUsed(block: { readonly labels: readonly string[] }): boolean {
    return this.#used.has(block.labels[0] ?? '');
  }
}

/**
 * A whole sentence, capital first, as Terraform's style asks; the constraint itself may begin with
 * what a value begins with (`vpc-…`), so it stays as it is.
 */
function refusal(variable: string, constraint: string): string {
  const text = constraint.trim();
  return `Invalid ${variable}: ${/[.?!]$/.test(text) ? text : `${text}.`}`;
}

function documentStatement(
  policy: ManagedPolicy,
  statement: Statement,
  text: (value: string) => string,
): DocumentStatement {
  const texts = (values: readonly string[]) => values.map(text);
  // The data source's own spelling of policy variables, `&{…}`, cannot be escaped: what stands so
  // in the bundle would reach AWS as `${…}`.
  // https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document#context-variable-interpolation
  const replaced = (values: readonly string[]) => {
    const hit = values.find((value) => value.includes('&{'));
    if (hit === undefined) return texts(values);
    throw usageError(
      'terraform-ampersand-brace',
      `Terraform: \`${hit}\` in ${policy.name} would reach AWS with \`\${\` in place of \`&{\`.`,
      'Leave the format terraform out, or take `&{` out of the string.',
    );
  };
  const { Sid, Effect, Action, NotAction, Resource, NotResource, Condition } = statement;
  return {
    ...(Sid === undefined ? {} : { sid: text(Sid) }),
    effect: Effect,
    ...(Action && { actions: texts(Action) }),
    ...(NotAction && { notActions: texts(NotAction) }),
    ...(Resource && { resources: replaced(Resource) }),
    ...(NotResource && { notResources: replaced(NotResource) }),
    ...(Condition && {
      condition: conditionBlocks(Condition, text, replaced),
    }),
  };
}

function trustStatement(
  { services, federated, actions, condition }: TrustPolicy,
  text: (value: string) => string,
): DocumentStatement {
  const principals = [
    { type: 'Service', identifiers: services.map(text) },
    { type: 'Federated', identifiers: federated.map(text) },
  ];
  return {
    effect: 'Allow',
    actions: actions.map(text),
    principals: principals.filter(({ identifiers }) => identifiers.length > 0),
    ...(condition && { condition: conditionBlocks(condition, text, (values) => values.map(text)) }),
  };
}

/** A block for each operator and key. */
function conditionBlocks(
  condition: Condition,
  text: (value: string) => string,
  values: (values: readonly string[]) => string[],
): { test: string; variable: string; values: string[] }[] {
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, each]) => ({
      test: text(operator),
      variable: text(key),
      values: values(each),
    })),
  );
}

function tagMap(
  tags: ReadonlyMap<string, string>,
  text: (value: string) => string,
): { [key: string]: string } {
  return Object.fromEntries([...tags].map(([key, value]) => [text(key), text(value)]));
}

const holderKey = (holder: ExistingAttachment) => `${holder.entity} ${holder.name}`;

/** The first of each key: one role may be given for several principals. */
function distinct<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  const seen = new Map<string, T>();
  for (const item of items) if (!seen.has(key(item))) seen.set(key(item), item);
  return [...seen.values()];
}
