/** Laws 1 and 2, for every valid combination of features × merge mode: permissions and sizes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { IamBundle } from '../src/model/bundle.ts';
import { toPolicyJson } from '../src/model/policy.ts';
import { selectFeatures } from '../src/select.ts';
import { builtIn, combinations, everyBundle } from './support/bundles.ts';
import { isAllowed, type RawStatement, tellingRequests } from './support/evaluator.ts';

/** Statements that the documents ask of a principal, straight from the spec. */
function askedOf(bundle: IamBundle, principal: string) {
  const isNode = bundle.principals.find(({ id }) => id === principal)?.node === true;
  return selectFeatures(builtIn, bundle.features).groups.flatMap((id) => {
    const group = builtIn.groups.get(id);
    const held =
      group?.attachTo.includes(principal) ||
      (isNode && group?.attachTo.some((to) => /^(node|cni)-principals$/.test(to)));
    return held ? (group?.statements ?? []) : [];
  });
}

function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (all, name: string) => values.get(name) ?? all);
}

const statementsIn = (text: string): RawStatement[] => JSON.parse(text) as RawStatement[];

const laws = suite('laws 1 and 2 over every combination of features');

laws('there are thousands of combinations, and the known ones are among them', () => {
  assert.ok(combinations.length > 1000, `${combinations.length}`);
  const keys = new Set(combinations.map((features) => features.join(',')));
  for (const known of ['', 'eks,cni-scoped', 'iaas-dynamic', 'eks-static,cni-ipv4,cni-ipv6']) {
    assert.ok(keys.has(known), known);
  }
  for (const wrong of ['cni-ipv4,cni-scoped', 'iaas-dynamic,eks', 'stack-manual']) {
    assert.not.ok(keys.has(wrong), wrong);
  }
});

laws('1: every request is answered as before', () => {
  const answered = new Set<string>();
  for (const bundle of everyBundle('given')) {
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
  }
  assert.ok(answered.size > 100, `${answered.size} different cases were answered`);
});

laws('2: nothing is over its size for the longest values, no principal over its count', () => {
  const longest = new Map(
    [...builtIn.parameters].map(([name, { maxLength }]) => [name, 'x'.repeat(maxLength)]),
  );
  for (const bundle of everyBundle('module')) {
    for (const policy of bundle.policies) {
      const text = JSON.stringify(toPolicyJson(policy.document));
      assert.is(fill(text, longest).length, policy.worstSize, policy.name);
      assert.ok(policy.worstSize <= 6144, policy.name);
      assert.ok(policy.size <= policy.worstSize, policy.name);
      assert.ok(fill(policy.name, longest).length <= 128, policy.name);
    }
    for (const { id, attached, limit, awsManagedPolicies, attachedByOthers } of bundle.principals) {
      const own = bundle.policies.filter(({ attachTo }) => attachTo.includes(id)).length;
      assert.is(attached, own + awsManagedPolicies.length + attachedByOthers.length, id);
      assert.ok(attached <= limit, `${bundle.features.join(',')}: ${id} ${attached}`);
    }
    for (const { name } of bundle.roles) assert.ok(name.length <= 64, name);
  }
});

laws.run();
