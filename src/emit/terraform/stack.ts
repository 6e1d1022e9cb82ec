// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform's references look like that
/**
 * The only file that knows cdktf. Its typed constructs say which resource has which attribute and
 * what refers to what; its `App` (which makes an output folder and reads the environment), its
 * text output, metadata and backend stay unused.
 *
 * Strings that come in are protected text (literal.ts) or references that this file gave out.
 */
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition/index.js';
import {
  EksPodIdentityAssociation,
  type EksPodIdentityAssociationConfig,
} from '@cdktf/provider-aws/lib/eks-pod-identity-association/index.js';
import { IamGroupPolicy } from '@cdktf/provider-aws/lib/iam-group-policy/index.js';
import { IamGroupPolicyAttachment } from '@cdktf/provider-aws/lib/iam-group-policy-attachment/index.js';
import {
  IamInstanceProfile,
  type IamInstanceProfileConfig,
} from '@cdktf/provider-aws/lib/iam-instance-profile/index.js';
import { IamPolicy, type IamPolicyConfig } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRole, type IamRoleConfig } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { IamUser, type IamUserConfig } from '@cdktf/provider-aws/lib/iam-user/index.js';
import { IamUserPolicy } from '@cdktf/provider-aws/lib/iam-user-policy/index.js';
import { IamUserPolicyAttachment } from '@cdktf/provider-aws/lib/iam-user-policy-attachment/index.js';
import {
  DefaultTokenResolver,
  StringConcat,
  type TerraformElement,
  TerraformLocal,
  TerraformOutput,
  TerraformStack,
  TerraformVariable,
  Token,
  Tokenization,
} from 'cdktf';
import { RootConstruct } from 'constructs';
import type { Entity } from '../../model/bundle.ts';
import type { Memo, RunMemory } from '../../model/memo.ts';
import type { Block, HclBody, HclValue } from './hcl.ts';
import { protect } from './literal.ts';
import type { Variable } from './variables.ts';

export type { DataAwsIamPolicyDocumentStatement as DocumentStatement };

/** A reference to an attribute or a variable, for use in any string that is given back. */
export type Reference = string;

/** Comments of the block that an element becomes. */
export type Comments = Partial<Pick<Block, 'comment' | 'statementComments'>>;

/** One resource or data source for each element of a map or set. */
export interface Repeat {
  /** An expression. */
  readonly forEach: string;
  /** Checked for every element, before it is made; the error is protected text, perhaps with references. */
  readonly precondition?: { readonly condition: string; readonly error: string };
}

/** What Terraform calls a resource that exists already, to take it over. */
export interface ImportId {
  /** Key of the element, where the resource is repeated. */
  readonly instance?: string;
  readonly id: string;
}

export interface Placement extends Comments {
  readonly repeat?: Repeat | undefined;
  readonly imports?: readonly ImportId[];
}

/** The blocks of each kind, in the order in which they were added. */
export interface ModuleBlocks {
  readonly main: readonly Block[];
  readonly variables: readonly Block[];
  readonly outputs: readonly Block[];
  /** An `import` block for every resource. */
  readonly imports: readonly Block[];
}

/** What an element becomes, references resolved, and the references to it that were asked for. */
interface Made {
  readonly block: Block;
  readonly references: Readonly<Record<string, Reference>>;
}

/** A cdktf element, and the references to it that are wanted; by its name, once it has it. */
interface Built {
  readonly element: TerraformElement;
  readonly references?: () => Readonly<Record<string, string>>;
}

/** Where elements are built; each is asked for its block at once, and removed before the next. */
const scratch = new TerraformStack(new RootConstruct(), 'module');
const SCRATCH_ID = 'element';

/** A module under construction; each method adds one block under a name that must be unique. */
export class ModuleStack {
  readonly #slots: { readonly block: Block; readonly imports: readonly ImportId[] }[] = [];
  readonly #made: Memo<Made>;

  constructor(memory: RunMemory) {
    this.#made = memory.table('Terraform');
  }

  /** The partition and the account that the provider is configured for. */
  partition(): void {
    this.#add(
      { keyword: 'data', kind: DataAwsPartition, name: 'current', config: {} },
      {},
      (id) => {
        return { element: new DataAwsPartition(scratch, id) };
      },
    );
  }

  callerIdentity(): void {
    this.#add(
      { keyword: 'data', kind: DataAwsCallerIdentity, name: 'current', config: {} },
      {},
      (id) => {
        return { element: new DataAwsCallerIdentity(scratch, id) };
      },
    );
  }

  /** A named expression. */
  local(name: string, expression: string, comment: readonly string[]): Reference {
    const { self } = this.#add(
      { keyword: 'locals', name, config: expression },
      { comment },
      (id) => {
        const element = new TerraformLocal(scratch, id, `\${${expression}}`);
        return { element, references: () => ({ self: element.asString }) };
      },
    );
    return self as Reference;
  }

  document(
    name: string,
    statement: DataAwsIamPolicyDocumentStatement[],
    placement: Placement = {},
  ): { readonly json: Reference } {
    const Document = DataAwsIamPolicyDocument;
    const { json } = this.#add(
      { keyword: 'data', kind: Document, name, config: statement },
      placement,
      (id) => {
        const element = new Document(scratch, id, { statement });
        return { element, references: () => ({ json: element.json }) };
      },
    );
    const isRepeated = placement.repeat !== undefined;
    return {
      json: isRepeated
        ? `\${data.${Document.tfResourceType}.${name}[each.key].json}`
        : (json as Reference),
    };
  }

  /** @returns `arn` of the one policy, or `arnOf` the one with a key (an expression). */
  policy(
    name: string,
    config: IamPolicyConfig,
    placement: Placement,
  ): { readonly arn: Reference; readonly arnOf: (key: string) => Reference; readonly all: string } {
    const { arn } = this.#add(
      { keyword: 'resource', kind: IamPolicy, name, config },
      placement,
      (id) => {
        const element = new IamPolicy(scratch, id, config);
        // AWS cannot change a description: any other than the deployed one would replace the policy.
        element.addOverride('lifecycle', [{ ignore_changes: ['${description}'] }]);
        return { element, references: () => ({ arn: element.arn }) };
      },
    );
    const all = `${IamPolicy.tfResourceType}.${name}`;
    return { arn: arn as Reference, arnOf: (key) => `\${${all}[${key}].arn}`, all };
  }

  /** References to the one role, or inside of a block that is repeated likewise to the one of its key. */
  role(
    name: string,
    config: IamRoleConfig,
    placement: Placement,
  ): { readonly ref: Reference; readonly arn: Reference; readonly all: string } {
    const { ref, arn } = this.#add(
      { keyword: 'resource', kind: IamRole, name, config },
      placement,
      (id) => {
        const element = new IamRole(scratch, id, config);
        return {
          element,
          references: () => ({ ref: element.getStringAttribute('name'), arn: element.arn }),
        };
      },
    );
    const all = `${IamRole.tfResourceType}.${name}`;
    if (placement.repeat !== undefined) {
      return { ref: `\${${all}[each.key].name}`, arn: `\${${all}[each.key].arn}`, all };
    }
    return { ref: ref as Reference, arn: arn as Reference, all };
  }

  user(
    name: string,
    config: IamUserConfig,
    placement: Placement,
  ): { readonly ref: Reference; readonly arn: Reference } {
    const { ref, arn } = this.#add(
      { keyword: 'resource', kind: IamUser, name, config },
      placement,
      (id) => {
        const element = new IamUser(scratch, id, config);
        return {
          element,
          references: () => ({ ref: element.getStringAttribute('name'), arn: element.arn }),
        };
      },
    );
    return { ref: ref as Reference, arn: arn as Reference };
  }

  /** The role that EKS Pod Identity hands out to a service account. */
  podIdentityAssociation(
    name: string,
    config: EksPodIdentityAssociationConfig,
    placement: Placement,
  ): void {
    this.#add(
      { keyword: 'resource', kind: EksPodIdentityAssociation, name, config },
      placement,
      (id) => ({ element: new EksPodIdentityAssociation(scratch, id, config) }),
    );
  }

  instanceProfile(
    name: string,
    config: IamInstanceProfileConfig,
    placement: Placement,
  ): { readonly ref: Reference } {
    const { ref } = this.#add(
      { keyword: 'resource', kind: IamInstanceProfile, name, config },
      placement,
      (id) => {
        const element = new IamInstanceProfile(scratch, id, config);
        return { element, references: () => ({ ref: element.getStringAttribute('name') }) };
      },
    );
    return { ref: ref as Reference };
  }

  /** A managed policy on a role, user or group. */
  attach({ entity, holder }: Holder, name: string, policyArn: string, placement: Placement): void {
    const config = { holder, policyArn };
    if (entity === 'role') {
      this.#add(
        { keyword: 'resource', kind: IamRolePolicyAttachment, name, config },
        placement,
        (id) => ({
          element: new IamRolePolicyAttachment(scratch, id, { role: holder, policyArn }),
        }),
      );
    } else if (entity === 'user') {
      this.#add(
        { keyword: 'resource', kind: IamUserPolicyAttachment, name, config },
        placement,
        (id) => ({
          element: new IamUserPolicyAttachment(scratch, id, { user: holder, policyArn }),
        }),
      );
    } else {
      this.#add(
        { keyword: 'resource', kind: IamGroupPolicyAttachment, name, config },
        placement,
        (id) => ({
          element: new IamGroupPolicyAttachment(scratch, id, { group: holder, policyArn }),
        }),
      );
    }
  }

  /** An inline policy in a role, user or group. */
  inline(
    { entity, holder }: Holder,
    label: string,
    { name, policy }: { readonly name: string; readonly policy: string },
    placement: Placement,
  ): void {
    const config = { name, policy, holder };
    if (entity === 'role') {
      this.#add(
        { keyword: 'resource', kind: IamRolePolicy, name: label, config },
        placement,
        (id) => ({
          element: new IamRolePolicy(scratch, id, { name, role: holder, policy }),
        }),
      );
    } else if (entity === 'user') {
      this.#add(
        { keyword: 'resource', kind: IamUserPolicy, name: label, config },
        placement,
        (id) => ({
          element: new IamUserPolicy(scratch, id, { name, user: holder, policy }),
        }),
      );
    } else {
      this.#add(
        { keyword: 'resource', kind: IamGroupPolicy, name: label, config },
        placement,
        (id) => ({
          element: new IamGroupPolicy(scratch, id, { name, group: holder, policy }),
        }),
      );
    }
  }

  /** A variable that checks its value before anything is planned. */
  variable(variable: Variable): void {
    const { name, type, description, default: value, validations } = variable;
    this.#add({ keyword: 'variable', name, config: variable }, {}, (id) => {
      const element = new TerraformVariable(scratch, id, {
        type,
        description: protect(description),
        ...(value === undefined ? {} : { nullable: false }),
        validation: validations.map(({ condition, error }) => ({
          condition: `\${${condition}}`,
          errorMessage: protect(error),
        })),
      });
      // Given as config, the keys of a map would become snake_case.
      if (value !== undefined) element.addOverride('default', protectAll(value));
      return { element };
    });
  }

  output(name: string, description: string, value: { readonly [key: string]: Reference }): void {
    this.#add({ keyword: 'output', name, config: { description, value } }, {}, (id) => ({
      element: new TerraformOutput(scratch, id, { description, value }),
    }));
  }

  /** The blocks; nothing is written to disk. */
  blocks(): ModuleBlocks {
    const of = (...keywords: Block['keyword'][]) =>
      this.#slots.map(({ block }) => block).filter(({ keyword }) => keywords.includes(keyword));
    return {
      main: of('locals', 'data', 'resource'),
      variables: of('variable'),
      outputs: of('output'),
      imports: this.#slots.flatMap(({ block: { labels }, imports }) =>
        imports.map(({ instance, id }): Block => {
          const element = instance === undefined ? '' : `["${protect(instance)}"]`;
          const to = `\${${labels.join('.')}${element}}`;
          return { keyword: 'import', labels: [], comment: [], body: { to, id: protect(id) } };
        }),
      ),
    };
  }

  /** Adds a block, and returns the references to it that `build` names. */
  #add(
    { keyword, kind, name, config }: Part,
    { repeat, imports = [], ...comments }: Placement,
    build: (id: string) => Built,
  ): Made['references'] {
    const types = kind === undefined ? [] : [kind.tfResourceType];
    const parts = JSON.stringify([keyword, types, name, config, repeat, comments]);
    const { block, references } = this.#made.get(parts, () =>
      make({ keyword, types, name, comments, repeat, build }),
    );
    this.#slots.push({ block, imports });
    return references;
  }
}

/** A role, user or group, by an expression for its name. */
interface Holder {
  readonly entity: Entity;
  readonly holder: string;
}

/** What a block is, and everything that its element is made of. */
interface Part {
  readonly keyword: Block['keyword'];
  readonly kind?: { readonly tfResourceType: string };
  readonly name: string;
  readonly config: unknown;
}

function make({
  keyword,
  types,
  name,
  comments,
  repeat,
  build,
}: {
  readonly keyword: Block['keyword'];
  readonly types: readonly string[];
  readonly name: string;
  readonly comments: Comments;
  readonly repeat: Repeat | undefined;
  readonly build: (id: string) => Built;
}): Made {
  // Also after one that could not be built.
  scratch.node.tryRemoveChild(SCRATCH_ID);
  const { element, references } = build(SCRATCH_ID);
  // cdktf would make its own name of the construct's path.
  element.overrideLogicalId(name);
  if (repeat !== undefined) {
    element.addOverride('for_each', `\${${repeat.forEach}}`);
    if (repeat.precondition !== undefined) {
      const { condition, error } = repeat.precondition;
      const precondition = [{ condition: `\${${condition}}`, error_message: error }];
      element.addOverride('lifecycle', [{ precondition }]);
    }
  }
  const model = resolved(element.toTerraform()) as HclBody;
  const body = [keyword, ...types, ...(keyword === 'locals' ? [] : [name])].reduce(
    (level, key) => level[key] as HclBody,
    model,
  );
  // Locals are in a block without labels.
  const labels = keyword === 'locals' ? [] : [...types, name];
  return {
    block: { comment: [], ...comments, keyword, labels, body },
    references: resolved(references?.() ?? {}) as Made['references'],
  };
}

/**
 * cdktf's own walk over a stack resolves everything twice, strings without a token included; with
 * thousands of actions that is most of the time spent.
 */
function resolved(value: unknown): unknown {
  if (Token.isUnresolved(value)) {
    const resolver = new DefaultTokenResolver(new StringConcat());
    return Tokenization.resolve(value, { scope: scratch, resolver });
  }
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [resolved(key), resolved(item)]),
  );
}

/** A default as the stack takes it: all text in it is literal. */
export function protectAll(value: HclValue): HclValue {
  if (typeof value === 'string') return protect(value);
  if (Array.isArray(value)) return value.map(protectAll);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [protect(key), protectAll(item)]),
  );
}
