/** Law 5 for terraform. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { emitTerraform } from '../../src/emit/terraform/index.ts';
import type { EmittedFile, IamBundle } from '../../src/model/bundle.ts';
import { RunMemory } from '../../src/model/memo.ts';
import { trustedBy } from '../../src/model/policy.ts';
import { builtIn, type Law, roleNames, userNames } from '../support/bundles.ts';
import { atLeast } from '../support/fast.ts';
import { parseTerraform } from '../support/hcl-documents.ts';
import { findTool, runTool, skipped } from '../support/tools.ts';

const memory = new RunMemory();

const hasTerraform = findTool('terraform') !== undefined;

/** Law 5 for terraform, and `terraform fmt` changes nothing. */
export function terraform(): Law {
  const parameters = [...builtIn.parameters.keys()];
  const pieces = new Set<string>();
  let modules = 0;
  const each = async (bundle: IamBundle): Promise<void> => {
    const { files } = emitTerraform(bundle, memory);
    if (hasTerraform) addPieces(pieces, files);
    modules++;
    const module = await parseTerraform(files, parameters);
    assert.is(module.policies.size, bundle.policies.length);
    assert.is(module.roles.size, bundle.roles.length);
    assert.equal(
      [...module.users.keys()],
      bundle.users.map(({ name }) => name),
    );
    for (const { name, document, attachTo } of bundle.policies) {
      const policy = module.policies.get(name);
      assert.equal(policy?.document, document, name);
      assert.equal([...(policy?.roles ?? [])].sort(), roleNames(bundle, attachTo), name);
      assert.equal([...(policy?.users ?? [])].sort(), userNames(bundle, attachTo), name);
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
  };
  const after = (): void => {
    assert.ok(modules > atLeast(1000), `${modules}`);
    if (hasTerraform) formatted(pieces);
    else skipped('terraform fmt changes nothing', ['terraform']);
  };
  return {
    name: '5: terraform, parsed, is the bundle, and terraform fmt changes nothing',
    each,
    after,
  };
}

/**
 * The blocks of HCL files, each with the comment above it, each once: a thousand modules are made of
 * a few hundred. What `terraform fmt` aligns stands within a block.
 */
function addPieces(pieces: Set<string>, files: readonly EmittedFile[]): void {
  for (const { path, content } of files) {
    if (!/\.tf(\.example)?$/.test(path)) continue;
    for (const piece of content.split(/\n\n(?=\S)/)) pieces.add(piece.trimEnd());
  }
}

function formatted(pieces: ReadonlySet<string>): void {
  const folder = mkdtempSync(join(tmpdir(), 'gen-modules-'));
  try {
    writeFileSync(join(folder, 'all.tf'), `${[...pieces].join('\n\n')}\n`);
    const fmt = runTool('terraform', ['fmt', '-check', '-diff'], { cwd: folder });
    assert.is(fmt.status, 0, fmt.stdout.slice(0, 2000) || fmt.stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
