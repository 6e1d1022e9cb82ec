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

/** Who may assume a role, and how: the one statement of its trust policy. */
export interface TrustPolicy {
  /** Service principals, e.g. `ec2.amazonaws.com`. */
  readonly services: readonly string[];
  /** ARNs of identity providers. */
  readonly federated: readonly string[];
  readonly actions: readonly string[];
  readonly condition?: Condition;
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
  return { services, federated: [], actions: ['sts:AssumeRole'] };
}

/** A role's trust policy document as it is written. */
export function toTrustPolicyJson(trust: TrustPolicy): { readonly [key: string]: JsonValue } {
  const { services, federated, actions, condition } = trust;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: {
          ...(services.length === 0 ? {} : { Service: shorten(services) }),
          ...(federated.length === 0 ? {} : { Federated: shorten(federated) }),
        },
        Action: shorten(actions),
        ...(condition === undefined ? {} : { Condition: conditionJson(condition) }),
      },
    ],
  };
}
