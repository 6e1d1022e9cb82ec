/** Laws 1 and 2: permissions and sizes. */
import * as assert from 'uvu/assert';
import { selectFeatures } from '../../src/compose/select.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { toPolicyJson } from '../../src/model/policy.ts';
import { builtIn, type Law } from '../support/bundles.ts';
import { isAllowed, type RawStatement, tellingRequests } from '../support/evaluator.ts';
import { atLeast } from '../support/fast.ts';

/** Statements that the documents ask of a principal, straight from the spec. */
function askedOf(bundle: IamBundle, principal: string) {
  const isNode = bundle.principals.find(({ id }) => id === principal)?.node === true;
  const present = new Set(bundle.principals.map(({ id }) => id));
  // An add-on that is no principal of the bundle runs with its node's permissions.
  const isOfNodes = (id: string): boolean =>
    id === 'node-principals' ||
    (builtIn.principals.get(id)?.workload !== undefined && !present.has(id));
  return selectFeatures(builtIn, bundle.features).groups.flatMap((id) => {
    const group = builtIn.groups.get(id);
    const held = group?.attachTo.includes(principal) || (isNode && group?.attachTo.some(isOfNodes));
    return held ? (group?.statements ?? []) : [];
  });
}

function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (all, name: string) => values.get(name) ?? all);
}

const statementsIn = (text: string): RawStatement[] => JSON.parse(text) as RawStatement[];

export function permissions(): Law {
  const answered = new Set<string>();
  const each = (bundle: IamBundle): void => {
    for (const { id } of bundle.principals) {
      const asked = fill(JSON.stringify(askedOf(bundle, id)), bundle.values);
      const written = JSON.stringify(
        bundle.policies
          .filter(({ attachTo }) => attachTo.includes(id))
          .flatMap(({ document }) => document.Statement),
      );
      const key = `${asked}\n${written}`;
      if (answered.has(key)) continue;
      answered.add(key);
      const before = statementsIn(asked);
      const after = statementsIn(written);
      for (const request of tellingRequests([...before, ...after])) {
        if (isAllowed(before, request) !== isAllowed(after, request)) {
          const where = `${bundle.features.join(',')} --merge ${bundle.mergeMode}: ${id}`;
          assert.unreachable(`${where}: ${request.action} on ${request.resource}`);
        }
      }
    }
  };
  const after = (): void => {
    assert.ok(answered.size > atLeast(100), `${answered.size} different cases were answered`);
  };
  return { name: '1: every request is answered as before', each, after };
}

export function sizes(): Law {
  const longest = new Map(
    [...builtIn.parameters].map(([name, { maxLength }]) => [name, 'x'.repeat(maxLength)]),
  );
  const each = (bundle: IamBundle): void => {
    // Names of roles may leave less room.
    const longestNames = new Map([
      ...longest,
      ...bundle.openParameters.map(({ name, maxLength }) => [name, 'x'.repeat(maxLength)] as const),
    ]);
    for (const policy of bundle.policies) {
      const text = JSON.stringify(toPolicyJson(policy.document));
      assert.is(fill(text, longest).length, policy.worstSize, policy.name);
      assert.ok(policy.worstSize <= 6144, policy.name);
      assert.ok(policy.size <= policy.worstSize, policy.name);
      assert.ok(fill(policy.name, longestNames).length <= 128, policy.name);
    }
    for (const { id, attached, limit, awsManagedPolicies, attachedByOthers } of bundle.principals) {
      const own = bundle.policies.filter(({ attachTo }) => attachTo.includes(id)).length;
      assert.is(attached, own + awsManagedPolicies.length + attachedByOthers.length, id);
      assert.ok(attached <= limit, `${bundle.features.join(',')}: ${id} ${attached}`);
    }
    for (const { name } of bundle.roles) {
      assert.ok(fill(name, longestNames).length <= 64, name);
    }
  };
  return {
    name: '2: no policy over its size for the longest values, no principal over its count',
    each,
  };
}
