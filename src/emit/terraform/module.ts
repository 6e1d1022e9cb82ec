// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform's references look like that
/** The bundle as a Terraform module: which blocks there are, what they hold, and in what order. */
import {
  type AwsManagedPolicy,
  awsManagedPolicyArn,
  type ExistingAttachment,
  type IamBundle,
  type ManagedPolicy,
  type Role,
  type User,
} from '../../model/bundle.ts';
import { usageError } from '../../model/errors.ts';
import { NAME_LENGTH } from '../../model/limits.ts';
import type { RunMemory } from '../../model/memo.ts';
import { parsePieces, translate } from '../../model/parameter.ts';
import { CHINA } from '../../model/service-principal.ts';
import { type HeldPolicy, heldPolicies } from '../inline.ts';
import { shown } from '../open-parameters.ts';
import { policyComment, principalComment, statementComments, trustComment } from './comments.ts';
import type { Block } from './hcl.ts';
import { importIds } from './import-ids.ts';
import { type Inputs, inputsOf, PARTITION } from './inputs.ts';
import { protect } from './literal.ts';
import { isFor, listOfEach, type NameList, namesToImport } from './name-lists.ts';
import { boundaryKeys, snakeCase, uniqueNames } from './names.ts';
import { type Bound, boundOf } from './repetition.ts';
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
export function buildModule(bundle: IamBundle, memory: RunMemory): Module {
  const blocks = new ModuleBuilder(bundle, memory).build();
  return { ...blocks, versions: [REQUIREMENTS] };
}

/** A role of the module, and the references to it. */
interface MadeRole {
  readonly role: Role;
  /** Of its resource. */
  readonly name: string;
  readonly ref: Reference;
  readonly arn: Reference;
  readonly profile: { readonly ref: Reference } | undefined;
  readonly repeat: Repeat | undefined;
  /** All of a role that is made once for each thing. */
  readonly all: string;
}

/** A user of the module, and the references to it. */
interface MadeUser {
  readonly user: User;
  /** Of its resource. */
  readonly name: string;
  readonly ref: Reference;
  readonly arn: Reference;
}

interface MadePolicy {
  readonly policy: ManagedPolicy;
  readonly repeat: Repeat | undefined;
  readonly arn: Reference;
  /** All of a policy that is made once for each thing. */
  readonly all: string;
}

/** A policy that is made once for each thing, and the names that hold it. */
interface EachAttachment {
  readonly entity: NameList['entity'];
  readonly label: string;
  readonly own: readonly NameList[];
  readonly holders: readonly string[];
  readonly arnOf: (key: string) => Reference;
  readonly arn: string;
}

/** Adds blocks in the order of the file; names are unique within the module. */
class ModuleBuilder {
  readonly #bundle: IamBundle;
  readonly #stack: ModuleStack;
  readonly #inputs: Inputs;
  readonly #unique = uniqueNames();
  readonly #text: (value: string) => string;
  readonly #tags: { readonly tags?: { [key: string]: string } };
  readonly #keys: ReturnType<typeof boundaryKeys>;
  readonly #ids: ReturnType<typeof importIds>;
  readonly #roles: MadeRole[] = [];
  readonly #users: MadeUser[] = [];
  #serviceText: (service: string) => string;

  constructor(bundle: IamBundle, memory: RunMemory) {
    this.#bundle = bundle;
    this.#stack = new ModuleStack(memory);
    this.#inputs = inputsOf(bundle);
    this.#text = textWith(this.#inputs);
    const { roles, users, policyType } = bundle;
    const takesTags = roles.length + users.length > 0 || policyType === 'managed';
    this.#tags = takesTags ? { tags: '${var.tags}' as unknown as { [key: string]: string } } : {};
    this.#keys = boundaryKeys(bundle);
    this.#ids = importIds(bundle);
    this.#serviceText = this.#text;
  }

  build(): ModuleBlocks {
    for (const variable of this.#inputs.variables) this.#stack.variable(variable);
    this.#addData();
    // Roles and users come first: the attachments, each beside its policy, refer to them.
    for (const role of this.#bundle.roles) this.#roles.push(this.#addRole(role));
    for (const user of this.#bundle.users) this.#users.push(this.#addUser(user));
    const isInline = this.#bundle.policyType === 'inline';
    const policies = isInline ? [] : this.#bundle.policies.map((each) => this.#addPolicy(each));
    if (isInline) this.#addAllInline();
    this.#attachAwsManaged();
    this.#addOutputs(policies);
    return this.#stack.blocks();
  }

  get #nameLists(): readonly NameList[] {
    return this.#inputs.nameLists;
  }

  get #repetition(): Inputs['repetition'] {
    return this.#inputs.repetition;
  }

  /** The thing in the ids of what exists already. */
  get #instance(): string | undefined {
    return this.#repetition && shown(`{{${this.#repetition.key.name}}}`);
  }

  /** What the module finds out where it is deployed. */
  #addData(): void {
    const { roles, values, partition } = this.#bundle;
    const isOpen = !values.has('partition') && partition.includes('{{');
    const differs =
      isOpen &&
      roles.some(({ trust }) =>
        trust.Statement.some(({ Principal }) => Principal.Service?.includes(CHINA.service)),
      );
    if (this.#inputs.used.has('partition') || differs) this.#stack.partition();
    if (this.#inputs.used.has('accountId')) this.#stack.callerIdentity();
    if (!differs) return;
    const ec2 = this.#stack.local(
      EC2_LOCAL,
      `${PARTITION} == ${quoted(CHINA.partition)} ? ${quoted(CHINA.servicePrincipal)} : ${quoted(CHINA.service)}`,
      ['In China EC2 has a service principal of its own; EKS has not.'],
    );
    this.#serviceText = (service) => (service === CHINA.service ? ec2 : this.#text(service));
  }

  #addRole(role: Role): MadeRole {
    const name = this.#unique('role', snakeCase(role.stem, 'role'));
    const repeat = this.#repeatOf(role);
    const once = (id: string) => [this.#once(role, id)];
    const trust = this.#stack.document(
      this.#unique('document', `${name}_trust`),
      role.trust.Statement.map((statement) =>
        trustStatement(role.name, statement, this.#text, this.#serviceText),
      ),
      {
        comment: principalComment(this.#bundle, role),
        statementComments: role.trust.Statement.map(trustComment),
        repeat,
      },
    );
    const { ref, arn, all } = this.#stack.role(
      name,
      {
        name: this.#named(role),
        ...this.#pathOf(role),
        ...(role.description ? { description: this.#text(role.description) } : {}),
        assumeRolePolicy: trust.json,
        permissionsBoundary: this.#boundaryOf(role),
        ...this.#tags,
      },
      {
        repeat: repeat && { ...repeat, precondition: this.#lengthCheck(role) },
        imports: once(this.#ids.name(role.name)),
      },
    );
    const profile =
      role.instanceProfile &&
      this.#stack.instanceProfile(
        name,
        {
          name: this.#named(role.instanceProfile),
          ...this.#pathOf(role.instanceProfile),
          role: ref,
          ...this.#tags,
        },
        { repeat, imports: once(this.#ids.name(role.instanceProfile.name)) },
      );
    for (const managed of role.awsManagedPolicies) {
      const attachment = this.#unique('role attachment', `${name}_${this.#managedName(managed)}`);
      const imports = once(`${this.#ids.name(role.name)}/${this.#ids.awsManaged(managed)}`);
      this.#stack.attach({ entity: 'role', holder: ref }, attachment, this.#managedArn(managed), {
        repeat,
        imports,
      });
    }
    if (role.workload?.cluster !== undefined) {
      const { cluster, serviceAccount } = role.workload;
      this.#stack.podIdentityAssociation(
        name,
        {
          clusterName: this.#text(cluster),
          namespace: protect(serviceAccount.namespace),
          serviceAccount: protect(serviceAccount.name),
          roleArn: arn,
          ...this.#tags,
        },
        { repeat, imports: once(`${this.#ids.name(cluster)},<association-id>`) },
      );
    }
    return { role, name, ref, arn, profile, repeat, all };
  }

  #addUser(user: User): MadeUser {
    const name = this.#unique('user', snakeCase(user.stem, 'user'));
    const { ref, arn } = this.#stack.user(
      name,
      {
        name: this.#named(user),
        ...this.#pathOf(user),
        permissionsBoundary: this.#boundaryOf(user),
        ...this.#tags,
      },
      {
        comment: principalComment(this.#bundle, user),
        imports: [{ id: this.#ids.name(user.name) }],
      },
    );
    for (const managed of user.awsManagedPolicies) {
      const attachment = this.#unique('user attachment', `${name}_${this.#managedName(managed)}`);
      const imports = [{ id: `${this.#ids.name(user.name)}/${this.#ids.awsManaged(managed)}` }];
      this.#stack.attach({ entity: 'user', holder: ref }, attachment, this.#managedArn(managed), {
        imports,
      });
    }
    return { user, name, ref, arn };
  }

  #boundaryOf(each: Role | User): Reference {
    const key = quoted(this.#keys.get(each) as string);
    return `\${lookup(var.permissions_boundaries, ${key}, null)}`;
  }

  /** The prefix and the key of what the role is for share the room that a name has. */
  #lengthCheck(role: Role): NonNullable<Repeat['precondition']> {
    const limit = NAME_LENGTH.role;
    const { namePrefix } = this.#bundle;
    const hasPrefix = role.deployedPath === undefined && role.name.startsWith(namePrefix.value);
    const name = hasPrefix ? role.name.slice(namePrefix.value.length) : role.name;
    const pieces = parsePieces(name);
    const fixed = pieces.reduce(
      (sum, piece) => sum + (piece.kind === 'text' ? piece.text.length : 0),
      0,
    );
    const lengths = [
      ...(hasPrefix ? ['var.name_prefix'] : []),
      ...pieces.flatMap((piece) =>
        piece.kind === 'parameter' ? [this.#inputs.expressionOf(piece.name) ?? '""'] : [],
      ),
    ].map((expression) => `length(${expression})`);
    return {
      condition: `${[...lengths, fixed].join(' + ')} <= ${limit}`,
      error: protect(
        `The name of a role has at most ${limit} characters: shorten name_prefix or the key of ${this.#repetition?.name}.`,
      ),
    };
  }

  #addDocument(name: string, policy: ManagedPolicy): { readonly json: Reference } {
    return this.#stack.document(
      name,
      policy.document.Statement.map((statement) =>
        documentStatement(policy, statement, this.#text),
      ),
      {
        comment: policyComment(this.#bundle, policy, this.#nameLists),
        statementComments: statementComments(policy),
        repeat: this.#repeatOf(policy),
      },
    );
  }

  /** One resource for all names of an entity, from every list that holds the policy. */
  #attachByLists(
    lists: readonly NameList[],
    name: string,
    policy: { readonly arn: Reference; readonly arnOf?: (key: string) => Reference },
    arn: string,
  ): void {
    for (const entity of ['role', 'user', 'group'] as const) {
      const own = lists.filter((list) => list.entity === entity);
      if (own.length === 0) continue;
      const label = this.#unique(`${entity} attachment`, name);
      const holders = [...new Set(own.flatMap((list) => namesToImport(list, this.#nameLists)))];
      const { arnOf } = policy;
      if (this.#repetition === undefined || arnOf === undefined) {
        const imports = holders.map((holder) => ({ instance: holder, id: `${holder}/${arn}` }));
        const repeat = { forEach: unionOf(own) };
        this.#stack.attach({ entity, holder: '${each.value}' }, label, policy.arn, {
          repeat,
          imports,
        });
        continue;
      }
      this.#attachEach({ entity, label, own, holders, arnOf, arn });
    }
  }

  /** The policy of each thing to each name. */
  #attachEach({ entity, label, own, holders, arnOf, arn }: EachAttachment): void {
    const repetition = this.#repetition as NonNullable<Inputs['repetition']>;
    const bound = boundOf(
      this.#bundle,
      repetition,
      own.flatMap(({ principals }) => principals),
    );
    const things =
      repetition.attributes.length > 0 ? `keys(var.${repetition.name})` : `var.${repetition.name}`;
    const { one, name } = repetition;
    const ofEach = listOfEach(own, repetition);
    const precondition = ({ most, says }: Bound): NonNullable<Repeat['precondition']> =>
      ofEach === undefined
        ? { condition: `length(var.${name}) <= ${most}`, error: protect(says) }
        : {
            condition: `length([for ${one} in values(var.${name}) : ${one} if contains(${unionOf(own, one, ofEach)}, each.value.${entity})]) <= ${most}`,
            error: `${protect(`The ${entity} `)}\${each.value.${entity}}${protect(` would serve too many ${name}. ${says}`)}`,
          };
    this.#stack.attach(
      { entity, holder: `\${each.value.${entity}}` },
      label,
      arnOf(`each.value.${one}`),
      {
        repeat: {
          forEach:
            ofEach === undefined
              ? `{\n  for pair in setproduct(${things}, ${unionOf(own)}) :\n  join("/", pair) => { ${one} = pair[0], ${entity} = pair[1] }\n}`
              : `merge([\n  for key, ${one} in var.${name} : {\n    for ${entity} in ${unionOf(own, one, ofEach)} :\n    join("/", [key, ${entity}]) => { ${one} = key, ${entity} = ${entity} }\n  }\n]...)`,
          ...(bound === undefined ? {} : { precondition: precondition(bound) }),
        },
        imports: holders.map((holder) => ({
          instance: `${this.#instance}/${holder}`,
          id: `${holder}/${arn}`,
        })),
      },
    );
  }

  #addPolicy(policy: ManagedPolicy): MadePolicy {
    // One name for a policy and its document, so that a reader sees which belongs to which.
    const name = this.#unique('document', snakeCase(policy.stem, 'policy'));
    const document = this.#addDocument(name, policy);
    const repeat = this.#repeatOf(policy);
    const importArn = this.#ids.arn(policy);
    const made = this.#stack.policy(
      name,
      {
        name: this.#named(policy),
        ...this.#pathOf(policy),
        ...(policy.description === '' ? {} : { description: this.#text(policy.description) }),
        policy: document.json,
        ...this.#tags,
      },
      { repeat, imports: [this.#once(policy, importArn)] },
    );
    for (const { role, name: roleName, ref, repeat: ofRole } of this.#roles) {
      if (!policy.attachTo.includes(role.principal)) continue;
      const label = this.#unique('role attachment', `${roleName}_${name}`);
      const arn = repeat === undefined ? made.arn : made.arnOf('each.key');
      const either = repeat ?? ofRole;
      const id = `${this.#ids.name(role.name)}/${importArn}`;
      const imports = [this.#once(ofRole === undefined ? policy : role, id)];
      this.#stack.attach({ entity: 'role', holder: ref }, label, arn, { repeat: either, imports });
    }
    this.#attachToUsers(policy, name, made);
    const { arn, arnOf } = made;
    this.#attachByLists(
      this.#nameLists.filter(({ principals }) => isFor(policy, principals)),
      name,
      repeat === undefined ? { arn } : { arn, arnOf },
      importArn,
    );
    return { policy, repeat, arn, all: made.all };
  }

  #attachToUsers(
    policy: ManagedPolicy,
    name: string,
    { arn, arnOf }: { readonly arn: Reference; readonly arnOf: (key: string) => Reference },
  ): void {
    const repeat = this.#repeatOf(policy);
    for (const { user, name: userName, ref } of this.#users) {
      if (!policy.attachTo.includes(user.principal)) continue;
      const label = this.#unique('user attachment', `${userName}_${name}`);
      const id = `${this.#ids.name(user.name)}/${this.#ids.arn(policy)}`;
      this.#stack.attach(
        { entity: 'user', holder: ref },
        label,
        repeat === undefined ? arn : arnOf('each.key'),
        { repeat, imports: [this.#once(policy, id)] },
      );
    }
  }

  #addInline({ policy, holders }: HeldPolicy): void {
    // All holders were served by another policy that says the same.
    if (holders.length === 0) return;
    const stem = snakeCase(policy.stem, 'policy');
    const shared = this.#bundle.policies.some(
      (other) => other !== policy && other.stem === policy.stem,
    );
    const wanted = shared ? `${stem}_${snakeCase(policy.attachTo.join('_'), 'holder')}` : stem;
    const { json } = this.#addDocument(this.#unique('document', wanted), policy);
    for (const holder of holders) {
      const role = this.#roles.find((each) => each.role === holder.created);
      const created = role ?? this.#users.find(({ user }) => user === holder.created);
      // Of holder and policy alone: under another name Terraform would put the policy anew and
      // then delete the previous one, which is the same to AWS.
      const label = this.#unique(
        `${holder.entity} policy`,
        `${created?.name ?? snakeCase(holder.name, holder.entity)}_${stem}`,
      );
      this.#stack.inline(
        { entity: holder.entity, holder: created?.ref ?? this.#text(holder.name) },
        label,
        { name: this.#named(policy), policy: json },
        {
          repeat: this.#repeatOf(policy) ?? role?.repeat,
          imports: [
            this.#once(
              role?.repeat ? role.role : policy,
              `${this.#ids.name(holder.name)}:${this.#ids.name(policy.name)}`,
            ),
          ],
        },
      );
    }
  }

  /** Beside inline policies holders are literals, and so are they here. */
  #attachByName(holder: ExistingAttachment, managed: AwsManagedPolicy): void {
    const wanted = `${snakeCase(holder.name, holder.entity)}_${this.#managedName(managed)}`;
    const name = this.#unique(`${holder.entity} attachment`, wanted);
    const imports = [{ id: `${holder.name}/${this.#ids.awsManaged(managed)}` }];
    this.#stack.attach(
      { entity: holder.entity, holder: this.#text(holder.name) },
      name,
      this.#managedArn(managed),
      {
        imports,
      },
    );
  }

  #addAllInline(): void {
    for (const held of heldPolicies(this.#bundle)) this.#addInline(held);
    const uses = this.#bundle.existing.flatMap((holder) =>
      holder.awsManagedPolicies.map((managed) => ({ holder, managed })),
    );
    const key = ({ holder, managed }: (typeof uses)[number]) =>
      `${holder.entity} ${holder.name} ${managed}`;
    for (const { holder, managed } of distinct(uses, key)) this.#attachByName(holder, managed);
  }

  #attachAwsManaged(): void {
    const all = this.#nameLists.flatMap((list) => list.awsManagedPolicies);
    for (const managed of new Set(all)) {
      this.#attachByLists(
        this.#nameLists.filter((list) => list.awsManagedPolicies.includes(managed)),
        this.#managedName(managed),
        { arn: this.#managedArn(managed) },
        this.#ids.awsManaged(managed),
      );
    }
  }

  #addOutputs(policies: readonly MadePolicy[]): void {
    const repetition = this.#repetition;
    const roles = this.#roles;
    this.#addOutput(
      'policy_arns',
      'ARNs of the managed policies, by their names without prefix, suffix and parameters.',
      policies.flatMap(({ policy, repeat, arn }) => (repeat ? [] : [[policy.stem, arn] as const])),
    );
    if (repetition !== undefined) {
      this.#addOutput(
        `${repetition.one}_policy_arns`,
        `ARNs of the managed policies of each ${repetition.one}, by their names as in policy_arns, then by key of ${repetition.name}.`,
        policies.flatMap(({ policy, repeat, all }) =>
          repeat
            ? [[policy.stem, `\${{ for key, policy in ${all} : key => policy.arn }}`] as const]
            : [],
        ),
      );
    }
    this.#addOutput(
      'role_arns',
      'ARNs of the roles, by their names without prefix and suffix.',
      roles.flatMap(({ role, arn, repeat }) => (repeat ? [] : [[role.stem, arn] as const])),
    );
    if (repetition !== undefined) {
      this.#addOutput(
        `${repetition.one}_role_arns`,
        `ARNs of the roles of each ${repetition.one}, by their names without prefix and parameters, then by key of ${repetition.name}.`,
        roles.flatMap(({ role, repeat, all }) =>
          repeat ? [[role.stem, `\${{ for key, role in ${all} : key => role.arn }}`] as const] : [],
        ),
      );
    }
    this.#addOutput(
      'user_arns',
      'ARNs of the users, by their names without prefix.',
      this.#users.map(({ user, arn }) => [user.stem, arn] as const),
    );
    this.#addOutput(
      'instance_profile_names',
      'Names of the instance profiles, by their roles as in role_arns.',
      roles.flatMap(({ role, profile, repeat }) =>
        profile && !repeat ? [[role.stem, profile.ref] as const] : [],
      ),
    );
  }

  #addOutput(
    name: string,
    description: string,
    entries: readonly (readonly [string, Reference])[],
  ): void {
    if (entries.length === 0) return;
    const value = entries.map(([key, ref]) => [protect(this.#unique(name, key)), ref] as const);
    this.#stack.output(name, protect(description), Object.fromEntries(value));
  }

  #named(each: Placed): string {
    return each.deployedPath === undefined
      ? prefixed(this.#bundle, each.name, this.#text)
      : this.#text(each.name);
  }

  #pathOf({ deployedPath }: Placed) {
    return { path: deployedPath === undefined ? '${var.path}' : protect(deployedPath) };
  }

  #managedName(managed: AwsManagedPolicy): string {
    return snakeCase(managed.split('/').at(-1) ?? managed, 'policy');
  }

  #managedArn(managed: AwsManagedPolicy): Reference {
    return this.#text(awsManagedPolicyArn(this.#bundle.partition, managed));
  }

  /** Of a policy or role that is made once, or once for each thing. */
  #repeatOf(part: ManagedPolicy | Role): Repeat | undefined {
    const repetition = this.#repetition;
    const isRepeated =
      'attachTo' in part ? repetition?.policies.has(part) : repetition?.roles.has(part);
    return isRepeated ? { forEach: `var.${repetition?.name}` } : undefined;
  }

  #once(part: ManagedPolicy | Role, id: string): ImportId {
    const instance = this.#instance;
    return this.#repeatOf(part) === undefined || instance === undefined ? { id } : { instance, id };
  }
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

/**
 * A name that is on two lists gets a policy once.
 * @param ofEach the list that the thing, by its variable `one`, may have in place of the module's
 */
function unionOf(lists: readonly NameList[], one = '', ofEach?: NameList): string {
  const names = lists.map((list) => {
    const { variable } = list;
    return list === ofEach ? `coalesce(${one}.${variable}, var.${variable})` : `var.${variable}`;
  });
  return names.length === 1 ? (names[0] as string) : `setunion(${names.join(', ')})`;
}

/** The first of each key: one role may be given for several principals. */
function distinct<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  const seen = new Map<string, T>();
  for (const item of items) if (!seen.has(key(item))) seen.set(key(item), item);
  return [...seen.values()];
}
