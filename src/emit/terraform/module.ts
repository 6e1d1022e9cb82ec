// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform's references look like that
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
import { translate } from '../../model/parameter.ts';
import { CHINA } from '../../model/service-principal.ts';
import { type HeldPolicy, heldPolicies } from '../inline.ts';
import { shown } from '../open-parameters.ts';
import { policyComment, roleComment, statementComments, trustComment } from './comments.ts';
import type { Block } from './hcl.ts';
import { importIds } from './import-ids.ts';
import { type Inputs, inputsOf, PARTITION } from './inputs.ts';
import { protect } from './literal.ts';
import { isFor, type NameList, namesToImport } from './name-lists.ts';
import { roleKeys, snakeCase, uniqueNames } from './names.ts';
import { boundOf } from './repetition.ts';
import {
  type ImportId,
  type ModuleBlocks,
  ModuleStack,
  type Reference,
  type Repeat,
} from './stack.ts';
import { documentStatement, trustStatement } from './statement.ts';
import { quoted } from './variables.ts';

/**
 * cdktf has no construct for these but a provider's, which would configure it: a module does not.
 * The newest feature used is the function `startswith` (Terraform 1.3); every release of OpenTofu
 * satisfies the version.
 */
export const TERRAFORM = '>= 1.3';
export const AWS_PROVIDER = '>= 5.0';

const REQUIREMENTS: Block = {
  keyword: 'terraform',
  labels: [],
  comment: [],
  body: {
    required_version: protect(TERRAFORM),
    required_providers: [
      { aws: { source: protect('hashicorp/aws'), version: protect(AWS_PROVIDER) } },
    ],
  },
};

/** What has a name and a path. */
type Placed = Pick<ManagedPolicy, 'name' | 'deployedPath'>;

/** The blocks of each file, in order. */
export type Module = ModuleBlocks & { readonly versions: readonly Block[] };

/** In China EC2 has a service principal of its own; the module finds out where it is. */
const EC2_LOCAL = 'ec2_service_principal';

/**
 * The module's blocks, by file.
 * @throws GenError where a string names a parameter that is not open in the bundle, or where
 *   Terraform's provider would change a string.
 */
export function buildModule(bundle: IamBundle): Module {
  const stack = new ModuleStack();
  const inputs = inputsOf(bundle);
  const { nameLists, repetition } = inputs;
  const unique = uniqueNames();
  const text = textWith(inputs);
  const named = (each: Placed): string =>
    each.deployedPath === undefined ? prefixed(bundle, each.name, text) : text(each.name);
  const isCreating = bundle.roles.length > 0 || bundle.policyType === 'managed';
  const pathOf = ({ deployedPath }: Placed) => ({
    path: deployedPath === undefined ? '${var.path}' : protect(deployedPath),
  });
  const tags = isCreating ? { tags: '${var.tags}' as unknown as { [key: string]: string } } : {};
  const keys = roleKeys(bundle);
  const ids = importIds(bundle);

  inputs.variables.forEach((variable) => {
    stack.variable(variable);
  });
  const isOpen = !bundle.values.has('partition') && bundle.partition.includes('{{');
  const differs =
    isOpen &&
    bundle.roles.some(({ trust }) =>
      trust.Statement.some(({ Principal }) => Principal.Service?.includes(CHINA.service)),
    );
  if (inputs.used.has('partition') || differs) stack.partition();
  if (inputs.used.has('accountId')) stack.callerIdentity();
  const ec2 = differs
    ? stack.local(
        EC2_LOCAL,
        `${PARTITION} == ${quoted(CHINA.partition)} ? ${quoted(CHINA.servicePrincipal)} : ${quoted(CHINA.service)}`,
        ['In China EC2 has a service principal of its own; EKS has not.'],
      )
    : undefined;
  const serviceText = (service: string): string =>
    service === CHINA.service && ec2 !== undefined ? ec2 : text(service);

  const addRole = (role: Role) => {
    const name = unique('role', snakeCase(role.stem, 'role'));
    const trust = stack.document(
      unique('document', `${name}_trust`),
      role.trust.Statement.map((statement) =>
        trustStatement(role.name, statement, text, serviceText),
      ),
      {
        comment: roleComment(bundle, role),
        statementComments: role.trust.Statement.map(trustComment),
      },
    );
    const { ref, arn } = stack.role(
      name,
      {
        name: named(role),
        ...pathOf(role),
        ...(role.description ? { description: text(role.description) } : {}),
        assumeRolePolicy: trust.json,
        permissionsBoundary: `\${lookup(var.permissions_boundaries, ${quoted(keys.get(role) as string)}, null)}`,
        ...tags,
      },
      { imports: [{ id: ids.name(role.name) }] },
    );
    const profile =
      role.instanceProfile &&
      stack.instanceProfile(
        name,
        {
          name: named(role.instanceProfile),
          ...pathOf(role.instanceProfile),
          role: ref,
          ...tags,
        },
        { imports: [{ id: ids.name(role.instanceProfile.name) }] },
      );
    for (const managed of role.awsManagedPolicies) {
      const attachment = unique('role attachment', `${name}_${managedName(managed)}`);
      const imports = [{ id: `${ids.name(role.name)}/${ids.awsManaged(managed)}` }];
      stack.attach('role', attachment, ref, managedArn(managed), { imports });
    }
    return { role, name, ref, arn, profile };
  };

  const managedName = (managed: AwsManagedPolicy) =>
    snakeCase(managed.split('/').at(-1) ?? managed, 'policy');
  const managedArn = (managed: AwsManagedPolicy) =>
    text(awsManagedPolicyArn(bundle.partition, managed));

  /** Of a policy that is made once, or once for each thing. */
  const repeatOf = (policy: ManagedPolicy): Repeat | undefined =>
    repetition?.policies.has(policy) ? { forEach: `var.${repetition.name}` } : undefined;
  /** The thing in the ids of what exists already. */
  const instance = repetition && shown(`{{${repetition.key.name}}}`);
  const once = (policy: ManagedPolicy, id: string): ImportId =>
    repeatOf(policy) === undefined || instance === undefined ? { id } : { instance, id };

  const addDocument = (name: string, policy: ManagedPolicy) =>
    stack.document(
      name,
      policy.document.Statement.map((statement) => documentStatement(policy, statement, text)),
      {
        comment: policyComment(bundle, policy, nameLists),
        statementComments: statementComments(policy),
        repeat: repeatOf(policy),
      },
    );

  /** One resource for all names of an entity, from every list that holds the policy. */
  const attachByLists = (
    lists: readonly NameList[],
    name: string,
    policy: { readonly arn: Reference; readonly arnOf?: (key: string) => Reference },
    arn: string,
  ) => {
    for (const entity of ['role', 'user', 'group'] as const) {
      const own = lists.filter((list) => list.entity === entity);
      if (own.length === 0) continue;
      const label = unique(`${entity} attachment`, name);
      const holders = [...new Set(own.flatMap((list) => namesToImport(list, nameLists)))];
      const { arnOf } = policy;
      if (repetition === undefined || arnOf === undefined) {
        const imports = holders.map((holder) => ({ instance: holder, id: `${holder}/${arn}` }));
        const repeat = { forEach: unionOf(own) };
        stack.attach(entity, label, '${each.value}', policy.arn, { repeat, imports });
        continue;
      }
      const bound = boundOf(
        bundle,
        repetition,
        own.flatMap(({ principals }) => principals),
      );
      const things =
        repetition.attributes.length > 0
          ? `keys(var.${repetition.name})`
          : `var.${repetition.name}`;
      stack.attach(
        entity,
        label,
        `\${each.value.${entity}}`,
        arnOf(`each.value.${repetition.one}`),
        {
          repeat: {
            forEach: `{\n  for pair in setproduct(${things}, ${unionOf(own)}) :\n  join("/", pair) => { ${repetition.one} = pair[0], ${entity} = pair[1] }\n}`,
            ...(bound === undefined
              ? {}
              : {
                  precondition: {
                    condition: `length(var.${repetition.name}) <= ${bound.most}`,
                    error: bound.says,
                  },
                }),
          },
          imports: holders.map((holder) => ({
            instance: `${instance}/${holder}`,
            id: `${holder}/${arn}`,
          })),
        },
      );
    }
  };

  const addPolicy = (policy: ManagedPolicy) => {
    // One name for a policy and its document, so that a reader sees which belongs to which.
    const name = unique('document', snakeCase(policy.stem, 'policy'));
    const document = addDocument(name, policy);
    const repeat = repeatOf(policy);
    const importArn = ids.arn(policy);
    const made = stack.policy(
      name,
      {
        name: named(policy),
        ...pathOf(policy),
        ...(policy.description === '' ? {} : { description: text(policy.description) }),
        policy: document.json,
        ...tags,
      },
      { repeat, imports: [once(policy, importArn)] },
    );
    for (const { role, name: roleName, ref } of roles) {
      if (!policy.attachTo.includes(role.principal)) continue;
      const label = unique('role attachment', `${roleName}_${name}`);
      const arn = repeat === undefined ? made.arn : made.arnOf('each.key');
      const imports = [once(policy, `${ids.name(role.name)}/${importArn}`)];
      stack.attach('role', label, ref, arn, { repeat, imports });
    }
    const { arn, arnOf } = made;
    attachByLists(
      nameLists.filter(({ principals }) => isFor(policy, principals)),
      name,
      repeat === undefined ? { arn } : { arn, arnOf },
      importArn,
    );
    return { policy, repeat, arn, all: made.all };
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
      stack.inline(
        holder.entity,
        label,
        created?.ref ?? text(holder.name),
        { name: named(policy), policy: json },
        {
          repeat: repeatOf(policy),
          imports: [once(policy, `${ids.name(holder.name)}:${ids.name(policy.name)}`)],
        },
      );
    }
  };

  /** Beside inline policies holders are literals, and so are they here. */
  const attachByName = (holder: ExistingAttachment, managed: AwsManagedPolicy) => {
    const wanted = `${snakeCase(holder.name, holder.entity)}_${managedName(managed)}`;
    const name = unique(`${holder.entity} attachment`, wanted);
    const imports = [{ id: `${holder.name}/${ids.awsManaged(managed)}` }];
    stack.attach(holder.entity, name, text(holder.name), managedArn(managed), { imports });
  };

  // Roles stand first: the attachments, each beside its policy, refer to them.
  const roles = bundle.roles.map(addRole);
  const inline = bundle.policyType === 'inline';
  if (inline) heldPolicies(bundle).forEach(addInline);
  const policies = inline ? [] : bundle.policies.map(addPolicy);
  if (inline) {
    const uses = bundle.existing.flatMap((holder) =>
      holder.awsManagedPolicies.map((managed) => ({ holder, managed })),
    );
    const key = ({ holder, managed }: (typeof uses)[number]) =>
      `${holder.entity} ${holder.name} ${managed}`;
    for (const { holder, managed } of distinct(uses, key)) attachByName(holder, managed);
  }
  for (const managed of new Set(nameLists.flatMap((list) => list.awsManagedPolicies))) {
    attachByLists(
      nameLists.filter((list) => list.awsManagedPolicies.includes(managed)),
      managedName(managed),
      { arn: managedArn(managed) },
      ids.awsManaged(managed),
    );
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
    policies.flatMap(({ policy, repeat, arn }) => (repeat ? [] : [[policy.stem, arn] as const])),
  );
  if (repetition !== undefined) {
    addOutput(
      `${repetition.one}_policy_arns`,
      `ARNs of the managed policies of each ${repetition.one}, by their names as in policy_arns, then by key of ${repetition.name}.`,
      policies.flatMap(({ policy, repeat, all }) =>
        repeat
          ? [[policy.stem, `\${{ for key, policy in ${all} : key => policy.arn }}`] as const]
          : [],
      ),
    );
  }
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

  return { ...stack.blocks(), versions: [REQUIREMENTS] };
}

/** Text of the bundle as the stack takes it: literals protected, parameters as expressions. */
function textWith({ expressionOf }: Inputs): (value: string) => string {
  return (value) => {
    if (!value.includes('{{')) return protect(value);
    return translate(value, protect, (parameter) => {
      const expression = expressionOf(parameter);
      if (expression !== undefined) return `\${${expression}}`;
      throw usageError(
        'unknown-parameter',
        `Terraform: \`${value}\` names the parameter ${parameter}, which is not open here.`,
      );
    });
  };
}

/** A name as the stack takes it, the prefix given back to the caller. */
function prefixed(
  { namePrefix: { value: prefix } }: IamBundle,
  name: string,
  text: (value: string) => string,
): string {
  return name.startsWith(prefix)
    ? `\${var.name_prefix}${text(name.slice(prefix.length))}`
    : text(name);
}

/** A name that is on two lists gets a policy once. */
function unionOf(lists: readonly NameList[]): string {
  const names = lists.map(({ variable }) => `var.${variable}`);
  return names.length === 1 ? (names[0] as string) : `setunion(${names.join(', ')})`;
}

/** The first of each key: one role may be given for several principals. */
function distinct<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  const seen = new Map<string, T>();
  for (const item of items) if (!seen.has(key(item))) seen.set(key(item), item);
  return [...seen.values()];
}
