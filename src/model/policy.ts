/**
 * Policy documents in AWS's words.
 * Inside the program every value that AWS accepts as "a string or a list" is a list; a list of
 * one is shortened to a string only by `toPolicyJson`, on the way out.
 */

export type Effect = 'Allow' | 'Deny';

/** operator → condition key → values, e.g. `StringLike` → `iam:AWSServiceName` → `[…]`. */
export type Condition = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Exactly one of Action / NotAction and one of Resource / NotResource is present. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: Effect;
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Condition;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/**
 * `Service`: AWS services, e.g. `ec2.amazonaws.com` · `AWS`: accounts, users, roles, or `*` for
 * everyone · `Federated`: identity providers.
 */
export const TRUSTED_TYPES = ['Service', 'AWS', 'Federated'] as const;
export type TrustedType = (typeof TRUSTED_TYPES)[number];

/** Who may assume a role, or may not, and how. */
export interface TrustStatement {
  readonly Sid?: string;
  readonly Effect: Effect;
  /** In the order that they are written in; at least one of them. */
  readonly Principal: Readonly<Partial<Record<TrustedType, readonly string[]>>>;
  readonly Action: readonly string[];
  readonly Condition?: Condition;
}

/** A role's trust policy document. */
export interface TrustPolicy {
  readonly Statement: readonly TrustStatement[];
}

export type JsonValue =
  | string
  | boolean
  | number
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A list of one as AWS also accepts it: the element itself. */
export function shorten(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? (values[0] as string) : values;
}

/** The condition block with single values shortened. */
function conditionJson(condition: Condition): JsonValue {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, shorten(values)])),
    ]),
  );
}

/** One statement as it is written: AWS's key order, lists of one shortened. */
export function toStatementJson(statement: Statement): { readonly [key: string]: JsonValue } {
  const json: Record<string, JsonValue> = {};
  if (statement.Sid !== undefined) json.Sid = statement.Sid;
  json.Effect = statement.Effect;
  for (const key of ['Action', 'NotAction', 'Resource', 'NotResource'] as const) {
    const values = statement[key];
    if (values !== undefined) json[key] = shorten(values);
  }
  if (statement.Condition !== undefined) json.Condition = conditionJson(statement.Condition);
  return json;
}

/**
 * A statement read back from what `toStatementJson` gives, or from any policy document. Numbers and
 * booleans, which AWS accepts as condition values and gives back, become strings.
 */
export function fromStatementJson(json: { readonly [key: string]: unknown }): Statement {
  const statement: Record<string, unknown> = {};
  if (typeof json.Sid === 'string') statement.Sid = json.Sid;
  statement.Effect = json.Effect;
  for (const key of ['Action', 'NotAction', 'Resource', 'NotResource']) {
    if (json[key] !== undefined) statement[key] = [json[key]].flat();
  }
  if (json.Condition !== undefined) {
    statement.Condition = Object.fromEntries(
      Object.entries(json.Condition as Record<string, object>).map(([operator, keys]) => [
        operator,
        Object.fromEntries(
          Object.entries(keys).map(([key, values]) => [key, [values].flat().map(String)]),
        ),
      ]),
    );
  }
  return statement as unknown as Statement;
}

/** A policy document as it is written; `JSON.stringify` of it is what AWS counts. */
export function toPolicyJson(document: PolicyDocument): {
  readonly Version: string;
  readonly Statement: readonly { readonly [key: string]: JsonValue }[];
} {
  return { Version: document.Version, Statement: document.Statement.map(toStatementJson) };
}

/** As nearly every role has it: AWS services that take it by themselves. */
export function trustOfServices(services: readonly string[]): TrustPolicy {
  const Principal = { Service: services };
  return { Statement: [{ Effect: 'Allow', Principal, Action: ['sts:AssumeRole'] }] };
}

/** Everyone of a type whom a trust policy allows something, in order. */
export function trustedBy(trust: TrustPolicy, type: TrustedType): readonly string[] {
  return trust.Statement.flatMap(({ Effect, Principal }) =>
    Effect === 'Allow' ? (Principal[type] ?? []) : [],
  );
}

/** A role's trust policy document as it is written. */
export function toTrustPolicyJson(trust: TrustPolicy): { readonly [key: string]: JsonValue } {
  return { Version: '2012-10-17', Statement: trust.Statement.map(toTrustStatementJson) };
}

function toTrustStatementJson(statement: TrustStatement): JsonValue {
  const { Sid, Effect, Principal, Action, Condition } = statement;
  return {
    ...(Sid === undefined ? {} : { Sid }),
    Effect,
    Principal: Object.fromEntries(
      Object.entries(Principal).map(([type, names]) => [type, shorten(names)]),
    ),
    Action: shorten(Action),
    ...(Condition === undefined ? {} : { Condition: conditionJson(Condition) }),
  };
}
