/** What is bundled is named with its licence, in the file that the package has for it. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { thirdPartyLicences } from '../../scripts/licences.mjs';
import { replacing } from '../../scripts/replaced.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILE = join(ROOT, 'dist/THIRD-PARTY-LICENSES.txt');

/** `package.json` of every package that a bundle of these files takes code from. */
async function bundled(...entryPoints: readonly string[]) {
  const { metafile } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [...entryPoints],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outdir: 'dist',
    metafile: true,
    write: false,
    plugins: [replacing],
  });
  const manifests = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && path.includes('node_modules/'))
    .map(([path]) => {
      const [, folder = ''] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
      return resolve(ROOT, folder, 'package.json');
    });
  return [...new Set(manifests)].map((file) => JSON.parse(readFileSync(file, 'utf8')));
}

test('every package in the bundle is named, with version, licence and source', async () => {
  assert.ok(existsSync(FILE), 'dist/ is missing: npm run build');
  const text = readFileSync(FILE, 'utf8');
  const packages = await bundled('src/cli.ts', 'src/index.ts');
  assert.ok(packages.length > 10);
  for (const { name, version, license } of packages) {
    assert.ok(
      text.includes(`\n${name} ${version} (${license})\n  Source: https://`),
      `${name} ${version}`,
    );
  }
  // Compiled in from its data, so that it is no module of the bundle.
  assert.match(text, /\n@cloud-copilot\/iam-data \S+ \(MIT\)\n/);
});

test('every entry has a text, the MPL its own', () => {
  const sections = readFileSync(FILE, 'utf8')
    .split(/^-{80}\n/m)
    .slice(1);
  assert.ok(sections.length >= 2 && sections.length % 2 === 0);
  for (let at = 0; at < sections.length; at += 2) {
    const [heads = '', text = ''] = sections.slice(at, at + 2);
    assert.ok(text.trim().length >= 'public domain'.length, heads);
    if (/\(MPL-2\.0\)/.test(heads)) assert.match(text, 'Mozilla Public License, version 2.0');
    if (/\(MIT\)/.test(heads)) assert.match(text, /Permission is hereby granted/);
    if (/\(Apache-2\.0\)/.test(heads)) assert.match(text, /Apache License/);
  }
});

test('a package without a licence text stops the build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-licences-'));
  try {
    const nothing = join(folder, 'node_modules/nothing');
    mkdirSync(nothing, { recursive: true });
    const manifest = { name: 'nothing', version: '1.0.0', license: 'MIT' };
    writeFileSync(join(nothing, 'package.json'), JSON.stringify(manifest));
    const inputs = { 'node_modules/nothing/index.js': { bytesInOutput: 1 } };
    const licences = () => thirdPartyLicences({ outputs: { 'a.js': { inputs } } }, folder);
    assert.throws(licences, /nothing 1\.0\.0 \(MIT\) is bundled, but has no licence text/);
    writeFileSync(join(nothing, 'README.md'), '# nothing\n\n## License\n\nMIT, by Nobody\n');
    assert.match(licences(), '\nnothing 1.0.0 (MIT)\n');
    assert.match(licences(), '\n\nMIT, by Nobody\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
