/**
 * Goldens: one small selection in every format, whole in `test/golden/base/`, and variants of it, each
 * named after the one thing that is different. Of a variant only those files are kept that differ from
 * the base's, so that a reader sees what the difference does.
 *
 * `UPDATE_GOLDENS=1 npx tsx test/golden.test.ts` writes them anew, to be reviewed as a diff. That run
 * fails all the same, so that no pipeline passes by rewriting what it should compare.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { generate } from '../../src/generate.ts';
import type { TargetOptions } from '../../src/model/target.ts';
import { loadSpec } from '../../src/spec/load.ts';

const FOLDER = fileURLToPath(new URL('../golden', import.meta.url));
/** The small base of docs/formats.md. */
const spec = loadSpec({
  overlays: [fileURLToPath(new URL('../../docs/formats', import.meta.url))],
});

const ACCOUNT = ['accountId', '123456789012'] as const;
const BASE: TargetOptions = {
  features: ['eks-small', 'eks-nodegroup-role'],
  name: 'golden',
  paletteRoles: ['PaletteRole'],
  parameters: new Map([ACCOUNT]),
};
const withValues = (...values: readonly (readonly [string, string])[]) => ({
  parameters: new Map([ACCOUNT, ...values]),
});
const CLUSTER = [
  ['clusterName', 'demo'],
  ['vpcId', 'vpc-0abc1234def567890'],
] as const;
const ISSUER = 'oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';

const VARIANTS: Readonly<Record<string, Partial<TargetOptions>>> = {
  'partition aws-us-gov': withValues(['partition', 'aws-us-gov']),
  'partition aws-cn': withValues(['partition', 'aws-cn']),
  'policy-type inline': { policyType: 'inline' },
  'name-prefix': { namePrefix: 'Team-' },
  path: { path: '/palette/' },
  deployed: {
    deployed: new Map([['PaletteHostResourceGroupsPolicy', 'policy/team/HandMade']]),
    policyDescriptions: new Map([['PaletteHostResourceGroupsPolicy', 'Made by hand.']]),
  },
  'permissions-boundary': {
    permissionsBoundary: 'arn:aws:iam::123456789012:policy/Boundary',
  },
  tag: { tags: new Map([['team', 'platform']]) },
  'palette-user': { paletteRoles: [], paletteUsers: ['palette'] },
  'palette-group': { paletteRoles: [], paletteGroups: ['palette'] },
  'palette nobody': { paletteRoles: [] },
  'cni-principal pod-identity': { cniPrincipal: 'pod-identity', ...withValues(...CLUSTER) },
  'cni-principal irsa': {
    cniPrincipal: 'irsa',
    ...withValues(['clusterName', 'demo'], ['oidcProvider', ISSUER]),
  },
  'feature cni-scoped': {
    features: [...BASE.features, 'cni-scoped'],
    ...withValues(...CLUSTER),
  },
  'feature ebs-csi': { features: [...BASE.features, 'ebs-csi'] },
  stackset: { stackset: true },
};

type Files = ReadonlyMap<string, string>;

async function filesOf(changes: Partial<TargetOptions>): Promise<Files> {
  const { files } = await generate(spec, { ...BASE, ...changes });
  // What the manifest says is said again by the others, and its hashes would change with each.
  return new Map(
    files
      .filter(({ path }) => path !== 'manifest.json')
      .map(({ path, content }) => [path, content]),
  );
}

/** Files that the base has not, or has otherwise; those that only the base has, as empty. */
function differing(files: Files, base: Files): Files {
  const gone = [...base.keys()].filter((path) => !files.has(path));
  const own = [...files].filter(([path, content]) => base.get(path) !== content);
  return new Map([...own, ...gone.map((path) => [`${path}.gone`, ''] as const)]);
}

const folderOf = (name: string): string => join(FOLDER, name.replaceAll(' ', '-'));

function read(folder: string): Files {
  const paths = existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]) : [];
  const files = paths.filter((path) => statSync(join(folder, path)).isFile()).sort();
  return new Map(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

function compare(name: string, files: Files): void {
  const folder = folderOf(name);
  if (process.env.UPDATE_GOLDENS) {
    rmSync(folder, { recursive: true, force: true });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  }
  const kept = read(folder);
  assert.equal([...kept.keys()], [...files.keys()].sort(), name);
  for (const [path, content] of files) assert.is(content, kept.get(path), `${name}: ${path}`);
}

const base = await filesOf({});

test('base', () => compare('base', base));
for (const [name, changes] of Object.entries(VARIANTS)) {
  test(name, async () => {
    const files = differing(await filesOf(changes), base);
    assert.ok(files.size > 0, 'a difference that no file shows');
    compare(name, files);
  });
}
test('no golden without its test', () => {
  const names = ['base', ...Object.keys(VARIANTS)].map((name) => name.replaceAll(' ', '-'));
  assert.equal(readdirSync(FOLDER).sort(), names.sort());
});

test('the goldens were compared, not rewritten', () => {
  assert.not(process.env.UPDATE_GOLDENS, 'rewritten; review the diff, then run without it');
});

test.run();
