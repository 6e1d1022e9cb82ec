// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL's references look like that
/**
 * Reads a generated Terraform module back: what HCL's own parser says stands in it, as the
 * bundle's words, called with nothing but its defaults. References are followed; `${var.x}`,
 * `${each.key}` and what the provider knows become `{{x}}` again. The order of blocks of one type is
 * lost on the way (hcl2json sorts them by label), that of statements is not.
 */
import { parse } from '@cdktf/hcl2json';
import type { EmittedFile } from '../../src/model/bundle.ts';
import {
  type Condition,
  type PolicyDocument,
  type Statement,
  type TrustPolicy,
  trustedBy,
} from '../../src/model/policy.ts';
import { groupInline, type ParsedInline } from './cfn-documents.ts';

export interface ParsedVariable {
  readonly type: string;
  readonly description: string;
  readonly default?: unknown;
  /** Condition expressions with their messages. */
  readonly validations: readonly { readonly condition: string; readonly error: string }[];
}

export interface ParsedPolicy {
  /** Label of its `aws_iam_policy`; of an inline policy, those of its resources, sorted. */
  readonly label: string;
  readonly description?: string;
  readonly path?: string;
  readonly tags: ReadonlyMap<string, string>;
  /** Made once for each of the map of things. */
  readonly repeated: boolean;
  /** As the provider would write it, with lists always lists. */
  readonly document: PolicyDocument;
  /** Names of the roles (created or existing), users and groups that it is attached to, sorted. */
  readonly roles: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
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
  /** Created users by name. */
  readonly users: ReadonlyMap<
    string,
    Pick<ParsedRole, 'label' | 'path' | 'permissionsBoundary' | 'tags'>
  >;
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
 * @param key name of the parameter that repeated policies are told apart by
 */
export async function parseTerraform(
  files: readonly EmittedFile[],
  parameters: readonly string[] = [],
  key = 'clusterName',
): Promise<ParsedModule> {
  const module: Json = {};
  for (const { path, content } of files) {
    if (/^terraform\/[^/]+\.tf$/.test(path)) {
      for (const block of content.split(/(?<=^}\n)/m))
        mergeInto(module, await parseBlock(path, block));
    }
  }
  const reader = new Reader(module, parameters, key);
  return {
    policies: reader.policies(),
    roles: reader.roles(),
    users: reader.users(),
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
  readonly #key: string;

  constructor(module: Json, parameters: readonly string[], key: string) {
    this.#module = module;
    this.#key = key;
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
          repeated: this.#isRepeated(body),
          document: this.#document(body),
          roles: this.#holders('role', label),
          users: this.#holders('user', label),
          groups: this.#holders('group', label),
          inline: false,
        },
      ],
    );
    return new Map([...managed, ...this.#inlinePolicies()]);
  }

  #inlinePolicies(): (readonly [string, ParsedPolicy])[] {
    const labels = new Map<string, string[]>();
    const repeated = new Set<string>();
    const inline = (['role', 'user', 'group'] as const).flatMap((entity) =>
      this.#resources(`aws_iam_${entity}_policy`).map(([label, body]): ParsedInline => {
        const [name, holder] = [this.#text(body.name), this.#holder(body[entity])];
        for (const key of [name, `${holder}/${name}`]) {
          if (this.#isRepeated(body)) repeated.add(key);
          labels.set(key, [...(labels.get(key) ?? []), label].sort());
        }
        return { name, entity, holder, document: this.#document(body) };
      }),
    );
    return [...groupInline(inline)].map(([key, group]) => {
      const label = labels.get(key)?.join(' ') ?? '';
      const isRepeated = repeated.has(key);
      return [key, { ...group, label, tags: new Map(), repeated: isRepeated, inline: true }];
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
            ...this.#optional('permissionsBoundary', this.#boundary(body.permissions_boundary)),
            tags: this.#map(body.tags),
            trust: trustedBy(this.#trust(body.assume_role_policy), 'Service'),
            trustPolicy: this.#trust(body.assume_role_policy),
            ...this.#optional('instanceProfile', new Map(profiles).get(name)),
          },
        ];
      }),
    );
  }

  users(): ParsedModule['users'] {
    return new Map(
      this.#resources('aws_iam_user').map(([label, body]) => [
        this.#text(body.name),
        {
          label,
          ...this.#optional('path', body.path),
          ...this.#optional('permissionsBoundary', this.#boundary(body.permissions_boundary)),
          tags: this.#map(body.tags),
        },
      ]),
    );
  }

  awsManaged(): ReadonlyMap<string, readonly string[]> {
    const byHolder = new Map<string, string[]>();
    for (const kind of ['role', 'user', 'group'] as const) {
      for (const [, body] of this.#resources(`aws_iam_${kind}_policy_attachment`)) {
        if (OWN_POLICY.test(body.policy_arn as string)) continue;
        for (const name of this.#holdersOf(body, kind)) {
          const holder = `${kind} ${name}`;
          const known = byHolder.get(holder) ?? [];
          byHolder.set(holder, [...known, this.#text(body.policy_arn)].sort());
        }
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
            ...(body.default === undefined ? {} : { default: body.default }),
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
  #holders(kind: 'role' | 'user' | 'group', policy: string): readonly string[] {
    return this.#resources(`aws_iam_${kind}_policy_attachment`)
      .filter(([, body]) => OWN_POLICY.exec(body.policy_arn as string)?.[1] === policy)
      .flatMap(([, body]) => this.#holdersOf(body, kind))
      .sort();
  }

  /** Of one attachment: the one it names, or all of the variables it is repeated for. */
  #holdersOf(body: Json, kind: string): readonly string[] {
    const forEach = body.for_each as string | undefined;
    const arn = body.policy_arn as string;
    const index = OWN_POLICY.exec(arn)?.[2];
    if (forEach === undefined || this.#isRepeated(body)) {
      const own = OWN_POLICY.exec(arn)?.[1] ?? '';
      const policy = new Map(this.#resources('aws_iam_policy')).get(own);
      const isRepeated = policy !== undefined && this.#isRepeated(policy);
      if (index !== (isRepeated ? 'each.key' : undefined) || (isRepeated && !forEach)) {
        throw new Error(`attached to one cluster only, or to none: ${arn}`);
      }
      return [this.#holder(body[kind])];
    }
    const product =
      /^\$\{\{\n *for pair in setproduct\((?:keys\()?var\.(\w+)\)?, (.*)\) :\n *join\("\/", pair\) => \{ (\w+) = pair\[0\], (\w+) = pair\[1\] \}\n *\}\}$/.exec(
        forEach,
      );
    const ofEach =
      /^\$\{merge\(\[\n *for key, (\w+) in var\.(\w+) : \{\n *for (\w+) in (.*) :\n *join\("\/", \[key, (\w+)\]\) => \{ (\w+) = key, (\w+) = (\w+) \}\n *\}\n *\]\.\.\.\)\}$/.exec(
        forEach,
      );
    if (ofEach !== null) {
      const [, , , name, , ...names] = ofEach;
      if ([names[0], names[2], names[3]].some((each) => each !== name) || names[1] !== ofEach[1]) {
        throw new Error(`not of each: ${forEach}`);
      }
    }
    const [, things, lists = forEach.slice(2, -1), one, holder] =
      ofEach === null
        ? (product ?? [])
        : [
            '',
            ofEach[2],
            (ofEach[4] as string).replace(/coalesce\(\w+\.(\w+), var\.\1\)/, 'var.$1'),
            ofEach[1],
            ofEach[3],
          ];
    if (
      things !== undefined &&
      (this.#isRepeated({ for_each: `\${var.${things}}` }) === false || holder !== kind)
    ) {
      throw new Error(`not a product of things and holders: ${forEach}`);
    }
    const value = things === undefined ? '${each.value}' : `\${each.value.${kind}}`;
    if (body[kind] !== value || index !== (one && `each.value.${one}`)) {
      throw new Error(`an attachment that is not of its for_each: ${arn}`);
    }
    const names = lists.replace(/^setunion\((.*)\)$/, '$1').split(', ');
    return [
      ...new Set(names.flatMap((name) => this.#default(name.slice('var.'.length)) as string[])),
    ];
  }

  /** Whether there is one for each element of a variable that holds things, not names of holders. */
  #isRepeated(body: Json): boolean {
    const name = /^\$\{var\.(\w+)\}$/.exec((body.for_each ?? '') as string)?.[1];
    if (name === undefined) return false;
    const isNames = name.endsWith('_names');
    return !isNames && /^\$\{(map\(object|set\(string)/.test(this.#variable(name).type as string);
  }

  #variable(name: string): Json {
    const variable = ((this.#module.variable ?? {}) as Json)[name];
    if (variable === undefined) throw new Error(`no such variable: ${name}`);
    return single(variable);
  }

  #default(name: string): unknown {
    const value = this.#variable(name).default;
    if (value === undefined) throw new Error(`${name} has no default`);
    return value;
  }

  #boundary(value: unknown): unknown {
    if (value === undefined) return undefined;
    const role = /^\$\{lookup\(var\.permissions_boundaries, "([^"]+)", null\)\}$/.exec(
      value as string,
    )?.[1];
    if (role === undefined) throw new Error(`not the boundary of a role: ${value}`);
    return (this.#default('permissions_boundaries') as Json)[role];
  }

  #holder(value: unknown): string {
    const [, type = '', label, key] =
      /^\$\{(aws_iam_role|aws_iam_user)\.(\w+)(\[each\.key\])?\.name\}$/.exec(value as string) ??
      [];
    if (label === undefined) return this.#text(value);
    const role = new Map(this.#resources(type)).get(label) ?? {};
    if (this.#isRepeated(role) !== (key !== undefined)) throw new Error(`for_each: ${value}`);
    return this.#text(role.name);
  }

  #statements(reference: unknown): readonly Json[] {
    const [, label = '', index] =
      /^\$\{data\.aws_iam_policy_document\.(\w+)(\[each\.key\])?\.json\}$/.exec(
        reference as string,
      ) ?? [];
    const body = new Map(this.#blocks('data', 'aws_iam_policy_document')).get(label);
    if (body === undefined) throw new Error(`no such document: ${reference}`);
    if (this.#isRepeated(body) !== (index !== undefined)) throw new Error(`for_each: ${reference}`);
    if (!this.#isRepeated(body) && /\$\{each\./.test(JSON.stringify(body))) {
      throw new Error(`each without for_each: ${reference}`);
    }
    return (body.statement ?? []) as Json[];
  }

  #document(policy: Json): PolicyDocument {
    const statements = this.#statements(policy.policy).map((body): Statement => {
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
    return {
      Statement: this.#statements(reference).map((body) => ({
        ...this.#optional('Sid', body.sid),
        Effect: this.#text(body.effect) as Statement['Effect'],
        Principal: Object.fromEntries(
          (body.principals as Json[]).map(({ type, identifiers }) => [
            this.#text(type),
            this.#list(identifiers),
          ]),
        ),
        Action: this.#list(body.actions),
        ...(body.condition ? { Condition: this.#condition(body) } : {}),
      })),
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
    const given = value === '${var.tags}' ? this.#default('tags') : value;
    const entries = Object.entries((given ?? {}) as Json);
    return new Map(entries.map(([key, item]) => [this.#text(key), this.#text(item)]));
  }

  /** Literal text as it is, variables as parameters; any other reference is a mistake here. */
  #text(value: unknown): string {
    if (typeof value !== 'string') throw new Error(`not a string: ${JSON.stringify(value)}`);
    // hcl2json doubles the `$` of a literal `${`, and the `%` of a literal `%{` in some runs only.
    const text = value.replaceAll('%%{', '%{');
    return text.replace(/(\$+)\{(?:([\w.]+)\})?/g, (found, dollars: string, name?: string) => {
      if (dollars.length > 1) return found.slice(1);
      const meant = name === undefined ? undefined : this.#meaning(name);
      if (meant === undefined) throw new Error(`unknown reference in ${value}`);
      return meant;
    });
  }

  /** What an expression stands for, in the bundle's words. */
  #meaning(expression: string): string | undefined {
    if (expression === 'each.key') return `{{${this.#key}}}`;
    if (expression === 'local.ec2_service_principal') return this.#ec2();
    const found = FOUND_OUT.get(expression);
    if (found !== undefined) {
      const [, type = ''] = expression.split('.');
      if (this.#blocks('data', type).length !== 1) throw new Error(`no such data: ${expression}`);
      return found;
    }
    if (expression === 'var.name_prefix' || expression === 'var.path') {
      return this.#text(this.#default(expression.slice('var.'.length)));
    }
    const name = /^(?:var|each\.value)\.(\w+)$/.exec(expression)?.[1];
    const parameter = name === undefined ? undefined : this.#parameters.get(plain(name));
    return parameter === undefined ? undefined : `{{${parameter}}}`;
  }

  /** The same service in every partition but one. */
  #ec2(): string {
    const locals = Object.values((this.#module.locals ?? {}) as Json) as Json[];
    const expression = locals[0]?.ec2_service_principal;
    const want =
      '${data.aws_partition.current.partition == "aws-cn" ? "ec2.amazonaws.com.cn" : "ec2.amazonaws.com"}';
    if (expression !== want) throw new Error(`not EC2's service principal: ${expression}`);
    return 'ec2.amazonaws.com';
  }
}

/** The policy, and where it is repeated which one. */
const OWN_POLICY = /^\$\{aws_iam_policy\.(\w+)(?:\[([\w.]+)\])?\.arn\}$/;

const FOUND_OUT: ReadonlyMap<string, string> = new Map([
  ['data.aws_partition.current.partition', '{{partition}}'],
  ['data.aws_caller_identity.current.account_id', '{{accountId}}'],
]);

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
