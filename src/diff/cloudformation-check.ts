/**
 * Whether a CloudFormation template, as gen writes it, grants what the manifest tells. So a file that
 * was edited together with its hash is found.
 *
 * 1. Each policy document says what a policy says, each trust policy what a role's says; none is
 *    missing. What refers to the template's parameters is not looked into.
 * 2. Nothing else grants: resources are of known types, users those of the manifest, without policies
 *    of their own, and with AWS managed policies that the manifest tells.
 * 3. What gen would not write so is a disagreement. Who holds a policy is not checked.
 */
import { canonicalStatement } from '../model/grant.ts';
import { fromStatementJson } from '../model/policy.ts';
import { statementFaults } from '../model/statement-faults.ts';
import { parseYaml } from '../spec/yaml-file.ts';
import type { Claims } from './claims.ts';
import { canonicalJson } from './policy-file.ts';

type Json = Readonly<Record<string, unknown>>;

const TYPES = /^AWS::IAM::(?:ManagedPolicy|Role|User|InstanceProfile|(?:Role|User|Group)Policy)$/;
const SECTIONS = new Set([
  ...['AWSTemplateFormatVersion', 'Description', 'Metadata', 'Parameters', 'Resources', 'Outputs'],
]);

/** @returns the documents of the manifest that are in it, as keys; undefined where it disagrees */
export function documentsInCloudFormation(
  text: string,
  claims: Claims,
): readonly string[] | undefined {
  const { value, problems } = parseYaml(text, '');
  if (problems.length > 0 || !isMap(value) || !isMap(value.Resources)) return undefined;
  if (!Object.keys(value).every((section) => SECTIONS.has(section))) return undefined;
  const known = new Set(keysForCloudFormation(claims));
  const found: string[] = [];
  for (const resource of Object.values(value.Resources)) {
    const keys = documentsInResource(resource, claims);
    if (keys === undefined || !keys.every((key) => known.has(key))) return undefined;
    for (const key of keys) found.push(key);
  }
  return found;
}

/** What `documentsInCloudFormation` finds in all files together. */
export function keysForCloudFormation({ documents, trusts }: Claims): readonly string[] {
  return [...documents.map(keyOf), ...trusts.map(canonicalTrust)];
}

function documentsInResource(resource: unknown, claims: Claims): readonly string[] | undefined {
  if (!isMap(resource) || !isMap(resource.Properties)) return undefined;
  const { TemplateBody: inner } = resource.Properties;
  if (resource.Type === 'AWS::CloudFormation::StackSet') {
    return typeof inner === 'string' ? documentsInCloudFormation(inner, claims) : undefined;
  }
  if (typeof resource.Type !== 'string' || !TYPES.test(resource.Type)) return undefined;
  const { PolicyDocument, AssumeRolePolicyDocument, Policies, ManagedPolicyArns } = resolved(
    resource.Properties,
    claims,
  ) as Json;
  const arns = [ManagedPolicyArns ?? []].flat().map(String);
  const isKnown = (arn: string): boolean =>
    claims.awsManagedPolicies.has(arn.replace(/^arn:[^:]+:iam::aws:policy\//, ''));
  if (resource.Type === 'AWS::IAM::User' && !isOwnUser(resource.Properties, claims)) {
    return undefined;
  }
  if (Policies !== undefined || !arns.every(isKnown)) return undefined;
  return [
    ...(PolicyDocument === undefined ? [] : [keyOf(statementsOf(PolicyDocument))]),
    ...(AssumeRolePolicyDocument === undefined
      ? []
      : [canonicalTrust(statementsOf(AssumeRolePolicyDocument))]),
  ];
}

/** A user's groups would grant, and a password lets people in. */
function isOwnUser(properties: Json, claims: Claims): boolean {
  const { UserName, Groups, LoginProfile } = resolved(properties, claims) as Json;
  return (
    Groups === undefined && LoginProfile === undefined && claims.users.includes(String(UserName))
  );
}

/** Parameters as the manifest has them. */
function resolved(value: unknown, claims: Claims): unknown {
  if (Array.isArray(value)) return value.map((each) => resolved(each, claims));
  if (!isMap(value)) return value;
  const { Ref: ref, 'Fn::Sub': sub, 'Fn::Join': join } = value;
  const textFor = (name: string): string => claims.textFor(name.replace('AWS::', ''));
  if (typeof ref === 'string') return textFor(ref);
  if (typeof sub === 'string') {
    return sub.replace(/\$\{(!?)([^{}]*)\}/g, (_, literal: string, name: string) =>
      literal === '' ? textFor(name) : `\${${name}}`,
    );
  }
  if (Array.isArray(join)) return (resolved(join[1], claims) as unknown[]).join(String(join[0]));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, resolved(each, claims)]),
  );
}

/** Of a document, or of its JSON text. */
function statementsOf(document: unknown): readonly Json[] {
  let value = document;
  if (typeof document === 'string') {
    try {
      value = JSON.parse(document);
    } catch {
      return [];
    }
  }
  const list = isMap(value) ? [value.Statement].flat() : [];
  return list.filter(isMap);
}

function keyOf(statements: readonly Json[]): string {
  return JSON.stringify(
    statements.map((each) =>
      statementFaults(each).length > 0 ? 'none' : canonicalStatement(fromStatementJson(each)),
    ),
  );
}

/** Lists of one are the same as their element. */
function canonicalTrust(statements: readonly Json[]): string {
  const short = JSON.stringify(statements, (_, value: unknown) =>
    Array.isArray(value) && value.length === 1 ? value[0] : value,
  );
  return canonicalJson(JSON.parse(short));
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
