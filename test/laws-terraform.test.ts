/** Law 5 for terraform, for every valid combination × merge mode; `terraform fmt` changes nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTerraform } from '../src/emit/terraform/index.ts';
import type { EmittedFile } from '../src/model/bundle.ts';
import { trustedBy } from '../src/model/policy.ts';
import { builtIn, everyBundle, roleNames } from './support/bundles.ts';
import { parseTerraform } from './support/hcl-documents.ts';
import { findTool, runTool, skipped } from './support/tools.ts';

const laws = suite('law 5: HCL, parsed, is the bundle');

const hasTerraform = findTool('terraform') !== undefined;

laws('terraform, and terraform fmt', async () => {
  const parameters = [...builtIn.parameters.keys()];
  const folder = mkdtempSync(join(tmpdir(), 'gen-modules-'));
  let modules = 0;
  try {
    for (const bundle of everyBundle('module')) {
      const { files } = emitTerraform(bundle);
      if (hasTerraform) writeModule(join(folder, String(modules)), files);
      modules++;
      const module = await parseTerraform(files, parameters);
      assert.is(module.policies.size, bundle.policies.length);
      assert.is(module.roles.size, bundle.roles.length);
      for (const { name, document, attachTo } of bundle.policies) {
        const policy = module.policies.get(name);
        assert.equal(policy?.document, document, name);
        assert.equal([...(policy?.roles ?? [])].sort(), roleNames(bundle, attachTo), name);
      }
      for (const { name, trust, instanceProfile, awsManagedPolicies } of bundle.roles) {
        assert.equal(module.roles.get(name)?.trust, trustedBy(trust, 'Service'), name);
        assert.is(module.roles.get(name)?.instanceProfile, instanceProfile?.name, name);
        assert.equal(
          module.awsManaged.get(`role ${name}`) ?? [],
          awsManagedPolicies.map((policy) => `arn:{{partition}}:iam::aws:policy/${policy}`).sort(),
          name,
        );
      }
    }
    assert.ok(modules > 1000, `${modules}`);
    if (!hasTerraform) {
      skipped('terraform fmt changes nothing', ['terraform']);
      return;
    }
    const fmt = runTool('terraform', ['fmt', '-check', '-recursive', '-diff'], { cwd: folder });
    assert.is(fmt.status, 0, fmt.stdout.slice(0, 2000) || fmt.stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function writeModule(folder: string, files: readonly EmittedFile[]): void {
  mkdirSync(folder);
  for (const { path, content } of files) {
    // fmt looks at *.tf only.
    const name = basename(path).replace(/\.tf\.example$/, '.tf');
    writeFileSync(join(folder, name), content);
  }
}

laws.run();
