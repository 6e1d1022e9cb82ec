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
import type { Block, HclBody, HclValue } from './hcl.ts';
import { protect } from './literal.ts';
import type { Variable } from './variables.ts';

export type { DataAwsIamPolicyDocumentStatement as DocumentStatement };

/** A reference to an attribute or a variable, to stand in any string that is given back. */
export type Reference = string;

/** Comments of the block that an element becomes. */
export type Comments = Partial<Pick<Block, 'comment' | 'statementComments'>>;

/** One resource or data source for each element of a map or set. */
export interface Repeat {
  /** An expression. */
  readonly forEach: string;
  /** Checked for every element, before it is made. */
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

/** A module under construction; each method adds one block under a name that must be unique. */
export class ModuleStack {
  readonly #stack = new TerraformStack(new RootConstruct(), 'module');
  readonly #slots: (Omit<Block, 'body'> & {
    readonly element: TerraformElement;
    readonly imports: readonly ImportId[];
  })[] = [];

  /** The partition and the account that the provider is configured for. */
  partition(): void {
    this.#data(DataAwsPartition, 'current', {}, (id) => new DataAwsPartition(this.#stack, id));
  }

  callerIdentity(): void {
    this.#data(DataAwsCallerIdentity, 'current', {}, (id) => {
      return new DataAwsCallerIdentity(this.#stack, id);
    });
  }

  /** A named expression. */
  local(name: string, expression: string, comment: readonly string[]): Reference {
    const local = this.#add('locals', [], name, { comment }, (id) => {
      return new TerraformLocal(this.#stack, id, `\${${expression}}`);
    });
    return local.asString;
  }

  document(
    name: string,
    statement: DataAwsIamPolicyDocumentStatement[],
    placement: Placement = {},
  ): { readonly json: Reference } {
    const document = this.#data(DataAwsIamPolicyDocument, name, placement, (id) => {
      return new DataAwsIamPolicyDocument(this.#stack, id, { statement });
    });
    const isRepeated = placement.repeat !== undefined;
    return {
      json: isRepeated
        ? `\${data.${DataAwsIamPolicyDocument.tfResourceType}.${name}[each.key].json}`
        : document.json,
    };
  }

  /** @returns `arn` of the one policy, or `arnOf` the one with a key (an expression). */
  policy(
    name: string,
    config: IamPolicyConfig,
    placement: Placement,
  ): { readonly arn: Reference; readonly arnOf: (key: string) => Reference; readonly all: string } {
    const policy = this.#resource(IamPolicy, name, placement, (id) => {
      return new IamPolicy(this.#stack, id, config);
    });
    const all = `${IamPolicy.tfResourceType}.${name}`;
    return { arn: policy.arn, arnOf: (key) => `\${${all}[${key}].arn}`, all };
  }

  role(
    name: string,
    config: IamRoleConfig,
    placement: Placement,
  ): { readonly ref: Reference; readonly arn: Reference } {
    const role = this.#resource(IamRole, name, placement, (id) => {
      return new IamRole(this.#stack, id, config);
    });
    return { ref: role.getStringAttribute('name'), arn: role.arn };
  }

  instanceProfile(
    name: string,
    config: IamInstanceProfileConfig,
    placement: Placement,
  ): { readonly ref: Reference } {
    const profile = this.#resource(IamInstanceProfile, name, placement, (id) => {
      return new IamInstanceProfile(this.#stack, id, config);
    });
    return { ref: profile.getStringAttribute('name') };
  }

  /** A managed policy on a role, user or group. */
  attach(
    entity: Entity,
    name: string,
    holder: string,
    policyArn: string,
    placement: Placement,
  ): void {
    if (entity === 'role') {
      this.#resource(IamRolePolicyAttachment, name, placement, (id) => {
        return new IamRolePolicyAttachment(this.#stack, id, { role: holder, policyArn });
      });
    } else if (entity === 'user') {
      this.#resource(IamUserPolicyAttachment, name, placement, (id) => {
        return new IamUserPolicyAttachment(this.#stack, id, { user: holder, policyArn });
      });
    } else {
      this.#resource(IamGroupPolicyAttachment, name, placement, (id) => {
        return new IamGroupPolicyAttachment(this.#stack, id, { group: holder, policyArn });
      });
    }
  }

  /** An inline policy in a role, user or group. */
  inline(
    entity: Entity,
    label: string,
    holder: string,
    { name, policy }: { readonly name: string; readonly policy: string },
    placement: Placement,
  ): void {
    if (entity === 'role') {
      this.#resource(IamRolePolicy, label, placement, (id) => {
        return new IamRolePolicy(this.#stack, id, { name, role: holder, policy });
      });
    } else if (entity === 'user') {
      this.#resource(IamUserPolicy, label, placement, (id) => {
        return new IamUserPolicy(this.#stack, id, { name, user: holder, policy });
      });
    } else {
      this.#resource(IamGroupPolicy, label, placement, (id) => {
        return new IamGroupPolicy(this.#stack, id, { name, group: holder, policy });
      });
    }
  }

  /** A variable that checks its value before anything is planned. */
  variable({ name, type, description, default: value, validations }: Variable): void {
    const variable = this.#add('variable', [], name, {}, (id) => {
      return new TerraformVariable(this.#stack, id, {
        type,
        description: protect(description),
        ...(value === undefined ? {} : { nullable: false }),
        validation: validations.map(({ condition, error }) => ({
          condition: `\${${condition}}`,
          errorMessage: protect(error),
        })),
      });
    });
    // Given as config, the keys of a map would become snake_case.
    if (value !== undefined) variable.addOverride('default', protectAll(value));
  }

  output(name: string, description: string, value: { readonly [key: string]: Reference }): void {
    this.#add('output', [], name, {}, (id) => {
      return new TerraformOutput(this.#stack, id, { description, value });
    });
  }

  /** Resolves every reference; nothing is written to disk. */
  synthesize(): ModuleBlocks {
    const blocks = this.#slots.map(({ element, imports, ...slot }): Block => {
      const model = this.#resolve(element.toTerraform()) as HclBody;
      const path = [slot.keyword, ...slot.labels];
      return { ...slot, body: path.reduce((level, key) => level[key] as HclBody, model) };
    });
    const of = (...keywords: Block['keyword'][]) =>
      blocks.filter(({ keyword }) => keywords.includes(keyword));
    return {
      main: of('locals', 'data', 'resource'),
      variables: of('variable'),
      outputs: of('output'),
      imports: this.#slots.flatMap(({ labels, imports }) =>
        imports.map(({ instance, id }): Block => {
          const element = instance === undefined ? '' : `["${protect(instance)}"]`;
          const to = `\${${labels.join('.')}${element}}`;
          return { keyword: 'import', labels: [], comment: [], body: { to, id: protect(id) } };
        }),
      ),
    };
  }

  /**
   * cdktf's own walk over a stack resolves everything twice, strings without a token included;
   * with thousands of actions that is most of the time spent.
   */
  #resolve(value: unknown): unknown {
    if (Token.isUnresolved(value)) {
      const resolver = new DefaultTokenResolver(new StringConcat());
      return Tokenization.resolve(value, { scope: this.#stack, resolver });
    }
    if (Array.isArray(value)) return value.map((item) => this.#resolve(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.#resolve(key), this.#resolve(item)]),
    );
  }

  #resource<T extends TerraformElement>(
    { tfResourceType }: { readonly tfResourceType: string },
    name: string,
    placement: Placement,
    build: (id: string) => T,
  ): T {
    return this.#add('resource', [tfResourceType], name, placement, build);
  }

  #data<T extends TerraformElement>(
    { tfResourceType }: { readonly tfResourceType: string },
    name: string,
    placement: Placement,
    build: (id: string) => T,
  ): T {
    return this.#add('data', [tfResourceType], name, placement, build);
  }

  #add<T extends TerraformElement>(
    keyword: Block['keyword'],
    types: readonly string[],
    name: string,
    { repeat, imports = [], ...comments }: Placement,
    build: (id: string) => T,
  ): T {
    const element = build([keyword, ...types, name].join(' '));
    // cdktf would make its own name of the construct's path.
    element.overrideLogicalId(name);
    if (repeat !== undefined) {
      element.addOverride('for_each', `\${${repeat.forEach}}`);
      if (repeat.precondition !== undefined) {
        const { condition, error } = repeat.precondition;
        const precondition = [{ condition: `\${${condition}}`, error_message: protect(error) }];
        element.addOverride('lifecycle', [{ precondition }]);
      }
    }
    // Locals stand in a block without labels.
    const labels = keyword === 'locals' ? [] : [...types, name];
    this.#slots.push({ comment: [], ...comments, keyword, labels, element, imports });
    return element;
  }
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
