/** Law 5 for terraform, for every valid combination of features × merge mode. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTerraform } from '../src/emit/terraform/index.ts';
import { builtIn, everyBundle, roleNames } from './support/bundles.ts';
import { parseTerraform } from './support/hcl-documents.ts';

const laws = suite('law 5: HCL, parsed, is the bundle');

laws('terraform', async () => {
  const parameters = [...builtIn.parameters.keys()];
  for (const bundle of everyBundle('open')) {
    const module = await parseTerraform(emitTerraform(bundle).files, parameters);
    assert.is(module.policies.size, bundle.policies.length);
    assert.is(module.roles.size, bundle.roles.length);
    for (const { name, document, attachTo } of bundle.policies) {
      const policy = module.policies.get(name);
      assert.equal(policy?.document, document, name);
      assert.equal([...(policy?.roles ?? [])].sort(), roleNames(bundle, attachTo), name);
    }
    for (const { name, trust, instanceProfile, awsManagedPolicies } of bundle.roles) {
      assert.equal(module.roles.get(name)?.trust, trust.services, name);
      assert.is(module.roles.get(name)?.instanceProfile, instanceProfile?.name, name);
      assert.equal(
        module.awsManaged.get(`role ${name}`) ?? [],
        awsManagedPolicies.map((policy) => `arn:aws:iam::aws:policy/${policy}`).sort(),
        name,
      );
    }
  }
});

laws.run();
