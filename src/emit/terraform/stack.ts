/**
 * The only file that knows cdktf. Its typed constructs say which resource has which attribute and
 * what refers to what; its `App` (which makes an output folder and reads the environment), its
 * text output, metadata and backend stay unused.
 *
 * Strings that come in are protected text (literal.ts) or references that this file gave out.
 */
import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js';
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
  Fn,
  Op,
  StringConcat,
  type TerraformElement,
  TerraformOutput,
  TerraformStack,
  TerraformVariable,
  Token,
  Tokenization,
} from 'cdktf';
import { RootConstruct } from 'constructs';
import type { Block, HclBody } from './hcl.ts';

export type { DataAwsIamPolicyDocumentStatement as DocumentStatement };

/** A reference to an attribute or a variable, to stand in any string that is given back. */
export type Reference = string;

/** Comments of the block that an element becomes. */
export type Comments = Partial<Pick<Block, 'comment' | 'statementComments'>>;

export interface VariableConfig {
  readonly description: string;
  readonly default?: string;
  readonly maxLength: number;
  readonly lengthError: string;
  /** Absent where Terraform cannot read the pattern. */
  readonly pattern?: { readonly regex: string; readonly error: string };
}

/** The blocks of each kind, in the order in which they were added. */
export interface ModuleBlocks {
  readonly main: readonly Block[];
  readonly variables: readonly Block[];
  readonly outputs: readonly Block[];
}

/** A module under construction; each method adds one block under a name that must be unique. */
export class ModuleStack {
  readonly #stack = new TerraformStack(new RootConstruct(), 'module');
  readonly #slots: (Omit<Block, 'body'> & { readonly element: TerraformElement })[] = [];

  document(
    name: string,
    statement: DataAwsIamPolicyDocumentStatement[],
    comments: Comments = {},
  ): { readonly json: Reference } {
    const type = DataAwsIamPolicyDocument.tfResourceType;
    return this.#add('data', [type, name], comments, (id) => {
      return new DataAwsIamPolicyDocument(this.#stack, id, { statement });
    });
  }

  policy(name: string, config: IamPolicyConfig): { readonly arn: Reference } {
    return this.#resource(IamPolicy, name, (id) => new IamPolicy(this.#stack, id, config));
  }

  role(name: string, config: IamRoleConfig): { readonly ref: Reference; readonly arn: Reference } {
    const role = this.#resource(IamRole, name, (id) => new IamRole(this.#stack, id, config));
    return { ref: role.getStringAttribute('name'), arn: role.arn };
  }

  instanceProfile(name: string, config: IamInstanceProfileConfig): { readonly ref: Reference } {
    const profile = this.#resource(IamInstanceProfile, name, (id) => {
      return new IamInstanceProfile(this.#stack, id, config);
    });
    return { ref: profile.getStringAttribute('name') };
  }

  attachToRole(name: string, role: string, policyArn: string): void {
    this.#resource(IamRolePolicyAttachment, name, (id) => {
      return new IamRolePolicyAttachment(this.#stack, id, { role, policyArn });
    });
  }

  attachToUser(name: string, user: string, policyArn: string): void {
    this.#resource(IamUserPolicyAttachment, name, (id) => {
      return new IamUserPolicyAttachment(this.#stack, id, { user, policyArn });
    });
  }

  inlineInRole(name: string, role: string, policyName: string, policy: string): void {
    this.#resource(IamRolePolicy, name, (id) => {
      return new IamRolePolicy(this.#stack, id, { name: policyName, role, policy });
    });
  }

  inlineInUser(name: string, user: string, policyName: string, policy: string): void {
    this.#resource(IamUserPolicy, name, (id) => {
      return new IamUserPolicy(this.#stack, id, { name: policyName, user, policy });
    });
  }

  /** A string variable that checks its value before anything is planned. */
  variable(name: string, config: VariableConfig): Reference {
    const { description, pattern } = config;
    const variable = this.#add('variable', [name], {}, (id) => {
      return new TerraformVariable(this.#stack, id, {
        type: 'string',
        description,
        ...(config.default === undefined ? {} : { default: config.default }),
      });
    });
    if (pattern !== undefined) {
      variable.addValidation({
        condition: Fn.can(Fn.regex(pattern.regex, variable.stringValue)),
        errorMessage: pattern.error,
      });
    }
    variable.addValidation({
      condition: Op.lte(Fn.lengthOf(variable.stringValue), config.maxLength),
      errorMessage: config.lengthError,
    });
    return variable.stringValue;
  }

  output(name: string, description: string, value: { readonly [key: string]: Reference }): void {
    this.#add('output', [name], {}, (id) => {
      return new TerraformOutput(this.#stack, id, { description, value });
    });
  }

  /** Resolves every reference; nothing is written to disk. */
  synthesize(): ModuleBlocks {
    const blocks = this.#slots.map(({ element, ...slot }): Block => {
      const model = this.#resolve(element.toTerraform()) as HclBody;
      const path = [slot.keyword, ...slot.labels];
      return { ...slot, body: path.reduce((level, key) => level[key] as HclBody, model) };
    });
    const of = (...keywords: Block['keyword'][]) =>
      blocks.filter(({ keyword }) => keywords.includes(keyword));
    return { main: of('data', 'resource'), variables: of('variable'), outputs: of('output') };
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
    build: (id: string) => T,
  ): T {
    return this.#add('resource', [tfResourceType, name], {}, build);
  }

  #add<T extends TerraformElement>(
    keyword: Block['keyword'],
    labels: readonly [...string[], string],
    comments: Comments,
    build: (id: string) => T,
  ): T {
    const element = build([keyword, ...labels].join(' '));
    // cdktf would make its own name of the construct's path.
    element.overrideLogicalId(labels.at(-1) as string);
    this.#slots.push({ comment: [], ...comments, keyword, labels, element });
    return element;
  }
}
