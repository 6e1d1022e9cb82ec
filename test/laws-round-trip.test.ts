/** Law 5 for iam-json, cloudformation and pxk, for every valid combination × merge mode. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { emitCloudFormation } from '../src/emit/cloudformation.ts';
import { emitIamJson } from '../src/emit/iam-json.ts';
import { emitPxk } from '../src/emit/pxk.ts';
import { everyBundle, roleNames } from './support/bundles.ts';
import { normalDocument, parseCloudFormation } from './support/cfn-documents.ts';

const laws = suite('law 5: JSON and YAML, parsed, are the bundle');

laws('iam-json and pxk', () => {
  let documents = 0;
  let snippets = 0;
  for (const bundle of everyBundle('given')) {
    const emitted = new Map(emitIamJson(bundle).files.map(({ path, content }) => [path, content]));
    for (const { name, document } of bundle.policies) {
      const text = emitted.get(`iam-json/${name}.json`);
      assert.ok(text, name);
      assert.equal(normalDocument(JSON.parse(text as string)), document);
      documents++;
    }
    for (const { name, trust } of bundle.roles) {
      const text = emitted.get(`iam-json/roles/${name}.trust.json`) as string;
      const [statement] = JSON.parse(text).Statement;
      assert.equal([statement.Principal.Service].flat(), trust.services);
    }
    assert.is(emitted.size, bundle.policies.length + bundle.roles.length);

    const byHand = bundle.activeFeatures.includes('stack-manual');
    for (const { path, content } of emitPxk({ ...bundle, accountId: '123456789012' }).files) {
      const values = parse(content);
      assert.equal(
        values.manageCloudFormationStackManually,
        byHand ? { enabled: true } : undefined,
      );
      if (path === 'pxk/eks.yaml' && byHand) {
        const role = (id: string) => bundle.roles.find(({ principal }) => principal === id)?.name;
        assert.is(values.managedControlPlane.roleName, role('eks-controlplane'));
        assert.is(values.managedMachinePool.roleName, role('eks-nodegroup'));
      }
      snippets++;
    }
  }
  assert.ok(documents > 1000, `${documents}`);
  assert.ok(snippets > 500, `${snippets}`);
});

laws('cloudformation', () => {
  for (const bundle of everyBundle('open')) {
    const templates = emitCloudFormation(bundle).files.map(({ content }) =>
      parseCloudFormation(content),
    );
    const policies = new Map(templates.flatMap((each) => [...each.policies]));
    const roles = new Map(templates.flatMap((each) => [...each.roles]));
    assert.is(policies.size, bundle.policies.length);
    assert.is(roles.size, bundle.roles.length);
    for (const { name, document, attachTo } of bundle.policies) {
      assert.equal(policies.get(name)?.document, document, name);
      assert.equal(
        [...(policies.get(name)?.roles ?? [])].sort(),
        roleNames(bundle, attachTo),
        name,
      );
    }
    for (const { name, trust, awsManagedPolicies } of bundle.roles) {
      assert.equal(roles.get(name)?.services, trust.services, name);
      assert.equal(
        roles.get(name)?.managedPolicyArns,
        awsManagedPolicies.map((policy) => `arn:aws:iam::aws:policy/${policy}`),
        name,
      );
    }
  }
});

laws.run();
