/** A trust policy document, parsed, as the bundle has it. */
import type { Condition, TrustPolicy } from '../../src/model/policy.ts';

const list = (value: unknown): string[] =>
  value === undefined ? [] : ([value].flat() as string[]);

/** @throws Error where it is more than one statement, or allows otherwise than by its principals */
export function trustOf(document: unknown): TrustPolicy {
  const { Version, Statement, ...more } = document as Record<string, unknown>;
  const [statement, ...others] = [Statement].flat() as Record<string, unknown>[];
  if (Version !== '2012-10-17' || statement === undefined || others.length > 0) {
    throw new Error(`not one statement: ${JSON.stringify(document)}`);
  }
  const { Effect, Principal, Action, Condition: block, ...other } = statement;
  const { Service, Federated, ...strangers } = Principal as Record<string, unknown>;
  const unknown = [more, other, strangers].flatMap(Object.keys);
  if (Effect !== 'Allow' || unknown.length > 0) throw new Error(`not understood: ${unknown}`);
  const trust = { services: list(Service), federated: list(Federated), actions: list(Action) };
  return block === undefined ? trust : { ...trust, condition: conditionOf(block as object) };
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
