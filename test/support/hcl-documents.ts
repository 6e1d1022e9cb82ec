/**
 * Reads a generated Terraform module back: what HCL's own parser says stands in it, as the
 * bundle's words. References are followed, `${var.x}` becomes `{{x}}` again. The order of blocks of
 * one type is lost on the way (hcl2json sorts them by label), that of statements is not.
 */
import { parse } from '@cdktf/hcl2json';
import type { EmittedFile } from '../../src/model/bundle.ts';
import type { Condition, PolicyDocument, Statement, TrustPolicy } from '../../src/model/policy.ts';
import { groupInline, type ParsedInline } from './cfn-documents.ts';

export interface ParsedVariable {
  readonly type: string;
  readonly description: string;
  readonly default?: string;
  /** Condition expressions with their messages. */
  readonly validations: readonly { readonly condition: string; readonly error: string }[];
}

export interface ParsedPolicy {
  /** Label of its `aws_iam_policy`; of an inline policy, those of its resources, sorted. */
  readonly label: string;
  readonly description?: string;
  readonly path?: string;
  readonly tags: ReadonlyMap<string, string>;
  /** As the provider would write it, with lists always lists. */
  readonly document: PolicyDocument;
  /** Names of the roles (created or existing) and users that it is attached to, sorted. */
  readonly roles: readonly string[];
  readonly users: readonly string[];
  readonly inline: boolean;
}

export interface ParsedRole {
  readonly label: string;
  readonly description?: string;
  readonly path?: string;
  readonly permissionsBoundary?: string;
  readonly tags: ReadonlyMap<string, string>;
  /** Services that may assume it. */
  readonly trust: readonly string[];
  readonly trustPolicy: TrustPolicy;
  readonly instanceProfile?: string;
}

export interface ParsedModule {
  /** By policy name, parameters as `{{name}}`; inline ones as `groupInline` has them. */
  readonly policies: ReadonlyMap<string, ParsedPolicy>;
  /** Created roles by name. */
  readonly roles: ReadonlyMap<string, ParsedRole>;
  /** ARNs of policies not the module's own, sorted, by `role <name>` or `user <name>`. */
  readonly awsManaged: ReadonlyMap<string, readonly string[]>;
  readonly variables: ReadonlyMap<string, ParsedVariable>;
  /** By output: its entries, references as they stand. */
  readonly outputs: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly terraform: unknown;
}

/** Blocks recur from module to module; each is parsed once. */
const parsedBlocks = new Map<string, Promise<Json>>();

function parseBlock(path: string, block: string): Promise<Json> {
  let parsed = parsedBlocks.get(block);
  if (parsed === undefined) {
    parsed = parse(path, block) as Promise<Json>;
    parsedBlocks.set(block, parsed);
  }
  return parsed;
}

/** Keyword → type → label, as deep as blocks of one keyword share. */
function mergeInto(module: Json, blocks: Json): void {
  for (const [keyword, types] of Object.entries(blocks)) {
    module[keyword] ??= {};
    const known = module[keyword] as Json;
    for (const [type, labels] of Object.entries(types as Json)) {
      const both = known[type] !== undefined && !Array.isArray(labels);
      known[type] = both ? { ...(known[type] as Json), ...(labels as Json) } : labels;
    }
  }
}

/**
 * Parses `terraform/*.tf` among the files.
 * @param parameters names of the parameters that may be open, to map variables back to them.
 *   Where a text has a `$` right before a parameter, or `%%{`, hcl2json's answer is ambiguous.
 */
export async function parseTerraform(
  files: readonly EmittedFile[],
  parameters: readonly string[] = [],
): Promise<ParsedModule> {
  const module: Json = {};
  for (const { path, content } of files) {
    if (/^terraform\/[^/]+\.tf$/.test(path)) {
      for (const block of content.split(/(?<=^}\n)/m))
        mergeInto(module, await parseBlock(path, block));
    }
  }
  const reader = new Reader(module, parameters);
  return {
    policies: reader.policies(),
    roles: reader.roles(),
    awsManaged: reader.awsManaged(),
    variables: reader.variables(),
    outputs: reader.outputs(),
    terraform: module.terraform,
  };
}

type Json = { [key: string]: unknown };

class Reader {
  readonly #module: Json;
  readonly #parameters: ReadonlyMap<string, string>;

  constructor(module: Json, parameters: readonly string[]) {
    this.#module = module;
    this.#parameters = new Map(parameters.map((name) => [plain(name), name]));
  }

  policies(): ReadonlyMap<string, ParsedPolicy> {
    const managed = this.#resources('aws_iam_policy').map(
      ([label, body]): [string, ParsedPolicy] => [
        this.#text(body.name),
        {
          label,
          ...this.#optional('description', body.description),
          ...this.#optional('path', body.path),
          tags: this.#map(body.tags),
          document: this.#document(body.policy),
          roles: this.#holders('role', label),
          users: this.#holders('user', label),
          inline: false,
        },
      ],
    );
    return new Map([...managed, ...this.#inlinePolicies()]);
  }

  #inlinePolicies(): (readonly [string, ParsedPolicy])[] {
    const labels = new Map<string, string[]>();
    const inline = (['role', 'user'] as const).flatMap((entity) =>
      this.#resources(`aws_iam_${entity}_policy`).map(([label, body]): ParsedInline => {
        const [name, holder] = [this.#text(body.name), this.#holder(body[entity])];
        for (const key of [name, `${holder}/${name}`]) {
          labels.set(key, [...(labels.get(key) ?? []), label].sort());
        }
        return { name, entity, holder, document: this.#document(body.policy) };
      }),
    );
    return [...groupInline(inline)].map(([key, group]) => {
      const label = labels.get(key)?.join(' ') ?? '';
      return [key, { ...group, label, tags: new Map(), inline: true }];
    });
  }

  roles(): ReadonlyMap<string, ParsedRole> {
    const profiles = this.#resources('aws_iam_instance_profile').map(
      ([, body]) => [this.#holder(body.role), this.#text(body.name)] as const,
    );
    return new Map(
      this.#resources('aws_iam_role').map(([label, body]) => {
        const name = this.#text(body.name);
        return [
          name,
          {
            label,
            ...this.#optional('description', body.description),
            ...this.#optional('path', body.path),
            ...this.#optional('permissionsBoundary', body.permissions_boundary),
            tags: this.#map(body.tags),
            trust: this.#trust(body.assume_role_policy).services,
            trustPolicy: this.#trust(body.assume_role_policy),
            ...this.#optional('instanceProfile', new Map(profiles).get(name)),
          },
        ];
      }),
    );
  }

  awsManaged(): ReadonlyMap<string, readonly string[]> {
    const byHolder = new Map<string, string[]>();
    for (const kind of ['role', 'user'] as const) {
      for (const [, body] of this.#resources(`aws_iam_${kind}_policy_attachment`)) {
        if (OWN_POLICY.test(body.policy_arn as string)) continue;
        const holder = `${kind} ${this.#holder(body[kind])}`;
        byHolder.set(holder, [...(byHolder.get(holder) ?? []), this.#text(body.policy_arn)].sort());
      }
    }
    return byHolder;
  }

  variables(): ReadonlyMap<string, ParsedVariable> {
    return new Map(
      Object.entries((this.#module.variable ?? {}) as Json).map(([name, value]) => {
        const body = single(value);
        const validations = ((body.validation ?? []) as Json[]).map((validation) => ({
          condition: validation.condition as string,
          error: this.#text(validation.error_message),
        }));
        return [
          name,
          {
            type: (body.type as string).replace(/^\$\{(.*)\}$/, '$1'),
            description: this.#text(body.description),
            ...this.#optional('default', body.default),
            validations,
          },
        ];
      }),
    );
  }

  outputs(): ReadonlyMap<string, ReadonlyMap<string, string>> {
    return new Map(
      Object.entries((this.#module.output ?? {}) as Json).map(([name, value]) => {
        const entries = Object.entries(single(value).value as Json);
        return [name, new Map(entries.map(([key, item]) => [this.#text(key), item as string]))];
      }),
    );
  }

  #resources(type: string): (readonly [string, Json])[] {
    return this.#blocks('resource', type);
  }

  #blocks(keyword: string, type: string): (readonly [string, Json])[] {
    const blocks = ((this.#module[keyword] ?? {}) as Json)[type] ?? {};
    return Object.entries(blocks as Json).map(([label, value]) => [label, single(value)]);
  }

  /** Names that the module attaches one of its own policies to. */
  #holders(kind: 'role' | 'user', policy: string): readonly string[] {
    return this.#resources(`aws_iam_${kind}_policy_attachment`)
      .filter(([, body]) => OWN_POLICY.exec(body.policy_arn as string)?.[1] === policy)
      .map(([, body]) => this.#holder(body[kind]))
      .sort();
  }

  #holder(value: unknown): string {
    const label = /^\$\{aws_iam_role\.(\w+)\.name\}$/.exec(value as string)?.[1];
    if (label === undefined) return this.#text(value);
    return this.#text(new Map(this.#resources('aws_iam_role')).get(label)?.name);
  }

  #statements(reference: unknown): readonly Json[] {
    const label = /^\$\{data\.aws_iam_policy_document\.(\w+)\.json\}$/.exec(
      reference as string,
    )?.[1];
    const body = new Map(this.#blocks('data', 'aws_iam_policy_document')).get(label ?? '');
    if (body === undefined) throw new Error(`no such document: ${reference}`);
    return (body.statement ?? []) as Json[];
  }

  #document(reference: unknown): PolicyDocument {
    const statements = this.#statements(reference).map((body): Statement => {
      return {
        ...this.#optional('Sid', body.sid),
        Effect: this.#text(body.effect) as Statement['Effect'],
        ...(body.actions ? { Action: this.#list(body.actions) } : {}),
        ...(body.not_actions ? { NotAction: this.#list(body.not_actions) } : {}),
        ...(body.resources ? { Resource: this.#list(body.resources).map(interpolated) } : {}),
        ...(body.not_resources
          ? { NotResource: this.#list(body.not_resources).map(interpolated) }
          : {}),
        ...(body.condition ? { Condition: this.#condition(body) } : {}),
      };
    });
    return { Version: '2012-10-17', Statement: statements };
  }

  #trust(reference: unknown): TrustPolicy {
    const [body, ...others] = this.#statements(reference);
    if (body?.effect !== 'Allow' || others.length > 0) throw new Error('not a trust policy');
    const identifiers = (type: string): readonly string[] =>
      (body.principals as Json[])
        .filter((principals) => principals.type === type)
        .flatMap((principals) => this.#list(principals.identifiers));
    return {
      services: identifiers('Service'),
      federated: identifiers('Federated'),
      actions: this.#list(body.actions),
      ...(body.condition ? { condition: this.#condition(body) } : {}),
    };
  }

  #condition(body: Json): Condition {
    const condition: Record<string, Record<string, readonly string[]>> = {};
    for (const block of (body.condition ?? []) as Json[]) {
      const test = this.#text(block.test);
      const values = this.#list(block.values).map(interpolated);
      condition[test] = { ...condition[test], [this.#text(block.variable)]: values };
    }
    return condition;
  }

  #optional<K extends string>(key: K, value: unknown): { readonly [key in K]?: string } {
    if (value === undefined) return {};
    return { [key]: this.#text(value) } as { readonly [key in K]?: string };
  }

  #list(value: unknown): readonly string[] {
    return (value as unknown[]).map((item) => this.#text(item));
  }

  #map(value: unknown): ReadonlyMap<string, string> {
    const entries = Object.entries((value ?? {}) as Json);
    return new Map(entries.map(([key, item]) => [this.#text(key), this.#text(item)]));
  }

  /** Literal text as it is, variables as parameters; any other reference is a mistake here. */
  #text(value: unknown): string {
    if (typeof value !== 'string') throw new Error(`not a string: ${JSON.stringify(value)}`);
    // hcl2json doubles the `$` of a literal `${`, and the `%` of a literal `%{` in some runs only.
    const text = value.replaceAll('%%{', '%{');
    return text.replace(/(\$+)\{(?:var\.(\w+)\})?/g, (found, dollars: string, name?: string) => {
      if (dollars.length > 1) return found.slice(1);
      const parameter = name === undefined ? undefined : this.#parameters.get(plain(name));
      if (parameter === undefined) throw new Error(`unknown reference in ${value}`);
      return `{{${parameter}}}`;
    });
  }
}

const OWN_POLICY = /^\$\{aws_iam_policy\.(\w+)\.arn\}$/;

/** What the data source does to resources, principals and condition values. */
function interpolated(text: string): string {
  return text.replaceAll('&{', '${');
}

/** `clusterName` and `cluster_name` alike. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function single(value: unknown): Json {
  const blocks = value as Json[];
  if (blocks.length !== 1) throw new Error('two blocks of one name');
  return blocks[0] as Json;
}
