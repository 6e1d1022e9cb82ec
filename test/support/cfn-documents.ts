// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables and the shell's are meant literally.
/** Reads a CloudFormation template back into the words of a bundle, for round-trip laws. */
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import {
  type PolicyDocument,
  type Statement,
  type TrustPolicy,
  trustedBy,
} from '../../src/model/policy.ts';
import { trustOf } from './trust.ts';

export interface ParsedPolicy {
  readonly document: PolicyDocument;
  /** Inline policies have none: it is empty then. */
  readonly description: string;
  readonly path: string;
  /** Role names, `Ref`s resolved. */
  readonly roles: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly inline: boolean;
}

/** One inline policy in one of its holders. */
export interface ParsedInline {
  readonly name: string;
  readonly entity: 'role' | 'user' | 'group';
  readonly holder: string;
  readonly document: PolicyDocument;
}

export type ParsedUser = Pick<
  ParsedRole,
  'managedPolicyArns' | 'path' | 'permissionsBoundary' | 'tags'
>;

export interface ParsedRole {
  readonly services: readonly string[];
  readonly trust: TrustPolicy;
  readonly managedPolicyArns: readonly string[];
  readonly path: string;
  readonly description?: string;
  readonly permissionsBoundary?: string;
  readonly tags: ReadonlyMap<string, string>;
}

export interface ParsedTemplate {
  /** Declarations by parameter name (`clusterName`). */
  readonly parameters: ReadonlyMap<string, Record<string, unknown>>;
  /** By name; inline ones as `groupInline` has them. */
  readonly policies: ReadonlyMap<string, ParsedPolicy>;
  readonly inline: readonly ParsedInline[];
  readonly roles: ReadonlyMap<string, ParsedRole>;
  readonly users: ReadonlyMap<string, ParsedUser>;
  readonly instanceProfiles: ReadonlyMap<string, { readonly roles: readonly string[] }>;
  readonly outputs: Readonly<Record<string, { Value: unknown; Description?: string }>>;
}

type Json = Record<string, unknown>;

const PSEUDO: Record<string, string> = {
  'AWS::Partition': 'partition',
  'AWS::AccountId': 'accountId',
};

function placeholder(name: string): string {
  return `{{${PSEUDO[name] ?? name.charAt(0).toLowerCase() + name.slice(1)}}}`;
}

/** `Fn::Sub` text with `${Name}` as `{{name}}` and `${!name}` as the literal `${name}`. */
export function unsubstitute(text: string): string {
  return text.replace(/\$\{(!?)([^{}]*)\}/g, (_, bang: string, name: string) =>
    bang === '!' ? `\${${name}}` : placeholder(name),
  );
}

const asList = (value: unknown): readonly string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as string];

function normalStatement(statement: Json): Statement {
  const normal: Json = { ...statement };
  for (const key of ['Action', 'NotAction', 'Resource', 'NotResource']) {
    if (normal[key] !== undefined) normal[key] = asList(normal[key]);
  }
  if (normal.Condition !== undefined) {
    normal.Condition = Object.fromEntries(
      Object.entries(normal.Condition as Record<string, Json>).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, asList(values)])),
      ]),
    );
  }
  return normal as unknown as Statement;
}

/** A document as AWS writes it, with lists throughout. */
export function normalDocument(document: Json): PolicyDocument {
  const statements = document.Statement;
  return {
    Version: document.Version as '2012-10-17',
    Statement: (Array.isArray(statements) ? statements : [statements]).map(normalStatement),
  };
}

export interface InlineGroup {
  readonly document: PolicyDocument;
  /** Sorted. */
  readonly roles: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/**
 * Inline policies by name, with all their holders; by `<holder>/<name>` where the documents of one
 * name differ. Throws where a holder has two policies of one name.
 */
export function groupInline(inline: readonly ParsedInline[]): ReadonlyMap<string, InlineGroup> {
  const places = new Set<string>();
  const texts = new Map<string, Set<string>>();
  for (const { name, entity, holder, document } of inline) {
    const place = `${entity} ${holder} ${name}`;
    if (places.has(place)) throw new Error(`two inline policies: ${place}`);
    places.add(place);
    texts.set(name, (texts.get(name) ?? new Set()).add(JSON.stringify(document)));
  }
  const groups = new Map<string, InlineGroup>();
  for (const { name, entity, holder, document } of inline) {
    const key = texts.get(name)?.size === 1 ? name : `${holder}/${name}`;
    const of = (kind: ParsedInline['entity'], known: readonly string[] = []) =>
      kind === entity ? [...known, holder].sort() : known;
    groups.set(key, {
      document,
      roles: of('role', groups.get(key)?.roles),
      users: of('user', groups.get(key)?.users),
      groups: of('group', groups.get(key)?.groups),
    });
  }
  return groups;
}

/**
 * The policies of several templates as if they were one: an inline policy of the stack may have
 * holders in both.
 */
export function policiesOf(
  templates: readonly ParsedTemplate[],
): ReadonlyMap<string, ParsedPolicy> {
  const managed = templates.flatMap((each) => [...each.policies].filter(([, p]) => !p.inline));
  return new Map([...managed, ...inlineEntries(templates.flatMap(({ inline }) => inline))]);
}

function inlineEntries(inline: readonly ParsedInline[]): [string, ParsedPolicy][] {
  return [...groupInline(inline)].map(([key, group]) => [
    key,
    { ...group, description: '', path: '/', inline: true },
  ]);
}

/** Resources recur from template to template; each is parsed once. */
const parsedEntries = new Map<string, Json>();
/** Of so many templates one is parsed whole too, and must say the same. */
const WHOLE_EVERY = 50;
let templates = 0;

function parseTemplate(text: string): Json {
  const template: Json = {};
  let section: Json = {};
  for (const piece of text.split(/(?<=\n)(?= {0,2}[^ #\n])/)) {
    if (piece.startsWith('  ')) {
      Object.assign(section, parseEntry(piece));
      continue;
    }
    // The header is a piece without a key; a key without a value has its entries in the next ones.
    for (const [key, value] of Object.entries((parse(piece) ?? {}) as Json)) {
      section = (value ?? {}) as Json;
      template[key] = section;
    }
  }
  if (templates++ % WHOLE_EVERY === 0) assert.equal(template, parse(text));
  return template;
}

function parseEntry(text: string): Json {
  let entry = parsedEntries.get(text);
  if (entry === undefined) {
    entry = parse(text) as Json;
    parsedEntries.set(text, entry);
  }
  return entry;
}

/** Throws where a template refers to something that it does not have. */
export function parseCloudFormation(text: string): ParsedTemplate {
  const template = parseTemplate(text);
  const resources = (template.Resources ?? {}) as Record<
    string,
    { Type: string; Properties: Json }
  >;
  const declared = (template.Parameters ?? {}) as Record<string, Json>;

  const checkDeclared = (name: string): void => {
    if (!(name in declared) && !(name in PSEUDO)) throw new Error(`no parameter ${name}`);
  };

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const map = value as Json;
    if (typeof map.Ref === 'string') {
      const resource = resources[map.Ref];
      if (resource !== undefined) {
        const { RoleName, UserName } = resource.Properties;
        return resolve(RoleName ?? UserName);
      }
      checkDeclared(map.Ref);
      return placeholder(map.Ref);
    }
    const sub = map['Fn::Sub'];
    if (typeof sub === 'string') {
      for (const match of sub.matchAll(/\$\{([^!{}][^{}]*)\}/g)) checkDeclared(match[1] as string);
      return unsubstitute(sub);
    }
    const join = map['Fn::Join'];
    if (Array.isArray(join)) return (resolve(join[1]) as string[]).join(join[0]);
    return Object.fromEntries(Object.entries(map).map(([key, inner]) => [key, resolve(inner)]));
  };

  const ofType = (type: string): Json[] =>
    Object.values(resources)
      .filter((resource) => resource.Type === type)
      .map((resource) => resolve(resource.Properties) as Json);

  const documentOf = ({ PolicyDocument: document }: Json): PolicyDocument =>
    normalDocument(typeof document === 'string' ? JSON.parse(document) : (document as Json));

  const policies = ofType('AWS::IAM::ManagedPolicy').map((p): [string, ParsedPolicy] => [
    p.ManagedPolicyName as string,
    {
      document: documentOf(p),
      description: p.Description as string,
      path: (p.Path as string | undefined) ?? '/',
      roles: asList(p.Roles),
      users: asList(p.Users),
      groups: asList(p.Groups),
      inline: false,
    },
  ]);

  const inline = (['role', 'user', 'group'] as const).flatMap((entity) => {
    const type = `${entity.charAt(0).toUpperCase()}${entity.slice(1)}`;
    const key = `${type}Name`;
    return ofType(`AWS::IAM::${type}Policy`).map((p): ParsedInline => {
      const allowed = ['PolicyName', 'PolicyDocument', key];
      const other = Object.keys(p).filter((name) => !allowed.includes(name));
      if (other.length > 0) throw new Error(`no such property: ${other}`);
      return {
        name: p.PolicyName as string,
        entity,
        holder: p[key] as string,
        document: documentOf(p),
      };
    });
  });

  const users = ofType('AWS::IAM::User').map((p): [string, ParsedUser] => {
    const tags = (p.Tags ?? []) as { Key: string; Value: string }[];
    return [
      p.UserName as string,
      {
        managedPolicyArns: asList(p.ManagedPolicyArns),
        path: (p.Path as string | undefined) ?? '/',
        ...(p.PermissionsBoundary === undefined
          ? {}
          : { permissionsBoundary: p.PermissionsBoundary as string }),
        tags: new Map(tags.map(({ Key, Value }) => [Key, Value])),
      },
    ];
  });

  const roles = ofType('AWS::IAM::Role').map((p): [string, ParsedRole] => {
    const document = p.AssumeRolePolicyDocument;
    const trust = trustOf(typeof document === 'string' ? JSON.parse(document) : document);
    const tags = (p.Tags ?? []) as { Key: string; Value: string }[];
    return [
      p.RoleName as string,
      {
        services: trustedBy(trust, 'Service'),
        trust,
        managedPolicyArns: asList(p.ManagedPolicyArns),
        path: (p.Path as string | undefined) ?? '/',
        ...(p.Description === undefined ? {} : { description: p.Description as string }),
        ...(p.PermissionsBoundary === undefined
          ? {}
          : { permissionsBoundary: p.PermissionsBoundary as string }),
        tags: new Map(tags.map(({ Key, Value }) => [Key, Value])),
      },
    ];
  });

  return {
    parameters: new Map(
      Object.entries(declared).map(([name, declaration]) => [
        placeholder(name).slice(2, -2),
        declaration,
      ]),
    ),
    policies: new Map([...policies, ...inlineEntries(inline)]),
    inline,
    roles: new Map(roles),
    users: new Map(users),
    instanceProfiles: new Map(
      ofType('AWS::IAM::InstanceProfile').map((p) => [
        p.InstanceProfileName as string,
        { roles: asList(p.Roles) },
      ]),
    ),
    outputs: (template.Outputs ?? {}) as ParsedTemplate['outputs'],
  };
}
