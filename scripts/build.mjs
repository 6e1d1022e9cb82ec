// Bundles the program into dist/, dependencies included: the whole Terraform provider package is
// 392 MB installed, and what gen uses of it is small. Users of the package install nothing else.
//
//   dist/cli.js      starts the program (src/start.ts)
//   dist/index.js    the library
//   dist/program/    the program's files
//   dist/code-cache/ what V8 compiled of them (scripts/code-cache.mjs)
//
// All of it is CommonJS: V8 takes compiled code for nothing else, and Node starts it sooner.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { thirdPartyLicences } from './licences.mjs';
import { replacing } from './replaced.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const program = join(dist, 'program');

const common = { platform: 'node', target: 'node20', minifyWhitespace: true, logLevel: 'warning' };

/** ES modules first, for only those can be split: formats are loaded when they are asked for. */
const { outputFiles, metafile } = await esbuild.build({
  ...common,
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli.ts', index: 'src/index.ts' },
  // As ES modules, of which esbuild takes what is used; for Node the package has CommonJS only.
  alias: { yaml: join(root, 'node_modules/yaml/browser/dist/index.js') },
  outdir: program,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  legalComments: 'none',
  metafile: true,
  write: false,
  plugins: [replacing],
});
const licences = thirdPartyLicences(metafile, root);
const start = await esbuild.build({
  ...common,
  absWorkingDir: root,
  entryPoints: { cli: 'src/start.ts' },
  outdir: dist,
  bundle: true,
  format: 'esm',
  write: false,
});
const files = await Promise.all(
  [...outputFiles, ...start.outputFiles].map(async ({ path, text }) => [
    path,
    await toCommonJs(text),
  ]),
);

// Written only now, so that bundling that fails leaves the former build working.
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) {
  if (name !== 'types') rmSync(join(dist, name), { recursive: true });
}
for (const [path, text] of files) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
writeFileSync(join(dist, 'index.js'), "module.exports = require('./program/index.js');\n");
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences);
chmodSync(join(dist, 'cli.js'), 0o755);

// In a process of its own, whose flags nothing has changed: V8 takes the code for the same flags only.
const made = spawnSync(process.execPath, [join(root, 'scripts/code-cache.mjs')], {
  encoding: 'utf8',
  env: { ...process.env, NODE_OPTIONS: '' },
});
if (made.status !== 0) throw new Error(`No code cache:\n${made.stderr}`);

/** import() becomes require(), import.meta.url is told from the file's name. */
async function toCommonJs(text) {
  const usesUrl = text.includes('import.meta.url');
  const { code } = await esbuild.transform(text, {
    ...common,
    // Said at the first bundling.
    logLevel: 'silent',
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__url' },
    banner: usesUrl ? "const __url=require('node:url').pathToFileURL(__filename).href;" : '',
  });
  return code;
}
