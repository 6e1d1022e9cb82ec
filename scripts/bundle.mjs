// Bundles the program with its dependencies: the whole Terraform provider package is 392 MB installed,
// and what gen uses of it is small. Users of the package install nothing else.
//
//   cli.js      starts the program (src/start.ts)
//   index.js    the library
//   program/    the program's files
//   third-party-source/, THIRD-PARTY-LICENSES.txt
//
// All code is CommonJS: src/program.ts keeps compiled code of nothing else, and Node starts it sooner.
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { sourceFolder, thirdPartyLicences } from './licences.mjs';
import { changedModule, replacing } from './replaced.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

const common = { platform: 'node', target: 'node20', minifyWhitespace: true, logLevel: 'warning' };

/**
 * What belongs in dist/, types excepted: text by path.
 *
 * @param changes esbuild's plugin that says which modules of dependencies are bundled otherwise
 */
export async function bundle(changes = replacing) {
  /** ES modules first, for only those can be split: formats are loaded when they are asked for. */
  const { outputFiles, metafile } = await esbuild.build({
    ...common,
    absWorkingDir: root,
    entryPoints: { cli: 'src/cli.ts', index: 'src/index.ts' },
    // As ES modules, of which esbuild takes what is used; for Node the package has CommonJS only.
    alias: { yaml: join(root, 'node_modules/yaml/browser/dist/index.js') },
    outdir: join(dist, 'program'),
    // The names of chunks tell of paths, which must not depend on where a link leads.
    preserveSymlinks: true,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    legalComments: 'none',
    metafile: true,
    write: false,
    plugins: [changes],
  });
  const start = await esbuild.build({
    ...common,
    absWorkingDir: root,
    entryPoints: { cli: 'src/start.ts' },
    outdir: dist,
    bundle: true,
    format: 'esm',
    write: false,
  });
  const code = [...outputFiles, ...start.outputFiles].map(async ({ path, text }) => [
    relative(dist, path).split(sep).join('/'),
    await toCommonJs(text),
  ]);
  const changed = Object.keys(metafile.inputs)
    .sort()
    .map((path) => changedModule(path, root))
    .filter((module) => module !== undefined);
  return new Map([
    ...(await Promise.all(code)),
    ...changed.map((module) => [`${sourceFolder(module)}/${module.file}`, module.contents]),
    ['THIRD-PARTY-LICENSES.txt', thirdPartyLicences(metafile, root, changed)],
    ['package.json', '{ "type": "commonjs" }\n'],
    ['index.js', "module.exports = require('./program/index.js');\n"],
  ]);
}

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
