// Do two documents allow and deny the same? It shares no code with gen.
import { isAllowed, tellingRequests } from './dist/evaluator.mjs';
import { withLists } from './documented.mjs';

/**
 * First symbolically: taken apart into one action and one resource each, which is exact for Allow
 * and for Deny, both say the very same. Otherwise requests made of the parts that only one of them
 * has decide: none that is answered differently counts as the same.
 */
export function sayTheSame(statements, others) {
  const a = statements.map(withLists);
  const b = others.map(withLists);
  const [partsOfA, partsOfB] = [partsOf(a), partsOf(b)];
  const differing = [...without(partsOfA, partsOfB), ...without(partsOfB, partsOfA)];
  return tellingRequests(differing).every((each) => isAllowed(a, each) === isAllowed(b, each));
}

function without(parts, others) {
  return [...parts].filter(([key]) => !others.has(key)).map(([, part]) => part);
}

/** What is said → a statement that says it; NotAction and NotResource stay whole. */
function partsOf(statements) {
  const parts = new Map();
  for (const { Effect, Action, NotAction, Resource, NotResource, Condition } of statements) {
    const actions = Action?.map((each) => ({ Action: [each] })) ?? [{ NotAction }];
    const resources = Resource?.map((each) => ({ Resource: [each] })) ?? [{ NotResource }];
    for (const action of actions) {
      for (const resource of resources) {
        const part = { Effect, ...action, ...resource, Condition };
        parts.set(keyOf(part), part);
      }
    }
  }
  return parts;
}

function keyOf({ Effect, Action, NotAction, Resource, NotResource, Condition = {} }) {
  const inSmall = (values) => values?.map((value) => value.toLowerCase()).sort();
  const condition = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) =>
      JSON.stringify([operator, key.toLowerCase(), [...new Set(values)].sort()]),
    ),
  );
  return JSON.stringify([
    Effect,
    inSmall(Action),
    inSmall(NotAction),
    Resource,
    NotResource && [...NotResource].sort(),
    condition.sort(),
  ]);
}
