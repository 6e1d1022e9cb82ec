/** Laws for every valid combination of features × merge mode × partition, all values given. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { combinations, holdFor } from '../support/bundles.ts';
import { FAST } from '../support/fast.ts';
import { permissions } from './permissions.ts';
import { literalFormats } from './round-trip.ts';

const laws = suite('laws, values given');

laws('there are thousands of combinations, and the known ones are among them', () => {
  if (FAST) return;
  assert.ok(combinations.length > 1000, `${combinations.length}`);
  const keys = new Set(combinations.map((features) => features.join(',')));
  for (const known of ['', 'eks,cni-scoped', 'iaas-dynamic', 'eks-static,cni-ipv4,cni-ipv6']) {
    assert.ok(keys.has(known), known);
  }
  for (const wrong of ['cni-ipv4,cni-scoped', 'iaas-dynamic,eks', 'stack-manual']) {
    assert.not.ok(keys.has(wrong), wrong);
  }
});

laws('1: the same permissions; 5: iam-json, pxk and validator are the bundle', () =>
  holdFor('given', [permissions(), literalFormats()]),
);

laws.run();
