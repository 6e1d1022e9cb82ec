/**
 * What validator-plugin-aws finds wrong, by the rules of its own code: how it reads the policies
 * that are attached, not how AWS would.
 * https://github.com/validator-labs/validator-plugin-aws/blob/main/pkg/validators/iam/iam_validator.go
 */
import type { Condition, PolicyDocument, Statement } from '../../src/model/policy.ts';
import type { RulePolicy } from './validator-documents.ts';

interface Wanted {
  readonly resource: string;
  readonly condition: Condition | undefined;
  conditionMet: boolean;
  readonly allowed: Map<string, boolean>;
}

function split(action: string): [service: string, verb: string] {
  if (action === '*') return ['*', '*'];
  const [service, verb] = action.split(':');
  // The plugin is written in Go: it panics here.
  if (service === undefined || verb === undefined) throw new Error(`no colon in ${action}`);
  return [service, verb];
}

function isBehind(wildcard: string, wanted: string): boolean {
  const [service, verb] = split(wildcard);
  const [wantedService, wantedVerb] = split(wanted);
  if (wildcard === '*') return true;
  if (service !== wantedService) return false;
  if (verb === '*') return true;
  if (verb.startsWith('*') && verb.endsWith('*')) return wantedVerb.includes(verb.slice(1, -1));
  if (verb.startsWith('*')) return wantedVerb.endsWith(verb.slice(1));
  return verb.endsWith('*') && wantedVerb.startsWith(verb.slice(0, -1));
}

function meets(policy: Condition, rule: Condition): boolean {
  return Object.entries(rule).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      values.every((value) => policy[operator]?.[key]?.includes(value)),
    ),
  );
}

function apply(statement: Statement, wanted: readonly Wanted[], allowed: boolean): void {
  for (const resource of statement.Resource ?? []) {
    for (const each of wanted) {
      if (resource !== '*' && resource !== each.resource) continue;
      if (statement.Condition !== undefined && each.condition !== undefined) {
        if (meets(statement.Condition, each.condition)) each.conditionMet = true;
      }
      for (const action of statement.Action ?? []) {
        if (each.allowed.has(action)) each.allowed.set(action, allowed);
        if (!action.includes('*')) continue;
        for (const name of each.allowed.keys()) {
          if (isBehind(action, name)) each.allowed.set(name, allowed);
        }
      }
    }
  }
}

/** Everything that a rule would report, given the managed policies attached (or the one it names). */
export function failures(
  rule: readonly RulePolicy[],
  attached: readonly PolicyDocument[],
): readonly string[] {
  const wanted = rule.flatMap(({ statements }) =>
    statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ actions, resources, condition }) =>
        resources.map(
          (resource): Wanted => ({
            resource,
            condition,
            conditionMet: false,
            allowed: new Map(actions.map((action) => [split(action).join(':'), false])),
          }),
        ),
      ),
  );
  for (const { Statement } of attached) {
    for (const effect of ['Allow', 'Deny'] as const) {
      for (const statement of Statement.filter(({ Effect }) => Effect === effect)) {
        apply(statement, wanted, effect === 'Allow');
      }
    }
  }
  return wanted.flatMap(({ resource, condition, conditionMet, allowed }) => [
    ...(condition !== undefined && !conditionMet ? [`condition not applied for ${resource}`] : []),
    ...[...allowed]
      .filter(([, isAllowed]) => !isAllowed)
      .map(([action]) => `missing ${action} for ${resource}`),
  ]);
}
