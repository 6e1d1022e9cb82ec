/** A trust policy document, parsed, as the bundle has it. */
import {
  type Condition,
  TRUSTED_TYPES,
  type TrustPolicy,
  type TrustStatement,
} from '../../src/model/policy.ts';

const list = (value: unknown): string[] =>
  value === undefined ? [] : ([value].flat() as string[]);

/** @throws Error where it holds what a bundle's trust policy cannot */
export function trustOf(document: unknown): TrustPolicy {
  const { Version, Statement, ...more } = document as Record<string, unknown>;
  const statements = [Statement].flat() as Record<string, unknown>[];
  const unknown = Object.keys(more);
  if (Version !== '2012-10-17' || unknown.length > 0) throw new Error(`not understood: ${unknown}`);
  return { Statement: statements.map(statementOf) };
}

function statementOf(statement: Record<string, unknown>): TrustStatement {
  const { Sid, Effect, Principal, Action, Condition: block, ...other } = statement;
  const strangers = Object.keys(Principal as object).filter(
    (type) => !TRUSTED_TYPES.some((known) => known === type),
  );
  const unknown = [...Object.keys(other), ...strangers];
  if (unknown.length > 0) throw new Error(`not understood: ${unknown}`);
  return {
    ...(Sid === undefined ? {} : { Sid: Sid as string }),
    Effect: Effect as TrustStatement['Effect'],
    Principal: Object.fromEntries(
      Object.entries(Principal as object).map(([type, names]) => [type, list(names)]),
    ),
    Action: list(Action),
    ...(block === undefined ? {} : { Condition: conditionOf(block as object) }),
  };
}

function conditionOf(block: object): Condition {
  return Object.fromEntries(
    Object.entries(block).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys as object).map(([key, values]) => [key, list(values)]),
      ),
    ]),
  );
}
