// Bundles the program with its dependencies: the whole Terraform provider package is 392 MB installed,
// and what gen uses of it is small. Users of the package install nothing else.
//
//   cli.js      starts the program (src/startup/start.ts)
//   index.js    the library (src/startup/library.ts)
//   program/    the program's files, as src/startup/program.ts reads them
//   third-party-source/, THIRD-PARTY-LICENSES.txt
//
// All code is CommonJS: compiled code is kept of nothing else, and Node starts it sooner.
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { sourceFolder, thirdPartyLicences } from './licences.mjs';
import { changedModule, replacing } from './replaced.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Names stay, for DEBUG=gen shows where an error was thrown. */
const minified = { minifyWhitespace: true, minifySyntax: true };
/** @type {import('esbuild').CommonOptions} */
const common = { platform: 'node', target: 'node20', ...minified, logLevel: 'warning' };

/**
 * Of ES modules; import() becomes require().
 * @type {import('esbuild').CommonOptions}
 */
const asCommonJs = {
  format: 'cjs',
  supported: { 'dynamic-import': false },
  define: { 'import.meta.filename': '__filename' },
  // Said at the first bundling.
  logLevel: 'error',
};

/** What nearly every run needs. */
const AT_START = ['src/cli.ts', 'src/spec/built-in.ts'];

/** Shared chunks of fewer characters are in the main file: opening one more file takes longer than they do. */
const LARGE = 32 * 1024;

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
    alias: {
      assert: join(root, 'scripts/assert.cjs'),
      // As ES modules, of which esbuild takes what is used; for Node the package has CommonJS only.
      yaml: join(root, 'node_modules/yaml/browser/dist/index.js'),
    },
    outdir: join(dist, 'program'),
    // The names of chunks tell of paths, which must not depend on where a link leads.
    preserveSymlinks: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    legalComments: 'none',
    metafile: true,
    write: false,
    plugins: [changes],
  });
  const chunks = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]),
  );
  const changed = Object.keys(metafile.inputs)
    .sort()
    .map((path) => changedModule(path, root))
    .filter((module) => module !== undefined);
  /** @type {[path: string, text: string][]} */
  const files = [
    ...(await programOf(chunks, outputs)),
    ...changed.map(
      /** @returns {[string, string]} */
      (module) => [`${sourceFolder(module)}/${module.file}`, module.contents],
    ),
    ['THIRD-PARTY-LICENSES.txt', thirdPartyLicences(metafile, root, changed)],
    ['package.json', '{ "type": "commonjs" }\n'],
    ['cli.js', await loader('src/startup/start.ts')],
    // Node looks for the names that can be imported, but runs nothing for that.
    [
      'index.js',
      `${await loader('src/startup/library.ts')}0&&(module.exports={${outputs.get('index.js').exports}});\n`,
    ],
  ];
  return new Map(files);
}

/**
 * The program's files: `main.js` with all that runs at the start and small chunks; large chunks; and,
 * however small, what import() loads, since a file not loaded before tells src/startup/program.ts that there
 * is more compiled code to keep.
 */
async function programOf(chunks, outputs) {
  const atStart = runAtStart(outputs);
  const isMain = (name) =>
    atStart.has(name) ||
    (outputs.get(name).entryPoint === undefined && chunks.get(name).length < LARGE);
  const others = [...chunks.keys()].filter((name) => !isMain(name));
  const imported = others.flatMap((name) => importsOf(outputs.get(name)));
  const exported = ['cli.js', ...new Set(imported.filter(isMain))].sort();
  const main = exported.map((name) => `"${name}": () => require("./${name}"),\n`).join('');
  const { outputFiles } = await esbuild.build({
    ...common,
    ...asCommonJs,
    stdin: { contents: `module.exports = {\n${main}};\n`, sourcefile: 'main.js' },
    bundle: true,
    write: false,
    plugins: [fromMemory(chunks, isMain)],
  });
  const files = await Promise.all(
    others.map(async (name) => [
      name,
      (await esbuild.transform(chunks.get(name), { ...common, ...asCommonJs })).code,
    ]),
  );
  return [['main.js', outputFiles[0].text], ...files].map(
    /** @returns {[string, string]} */
    ([name, code]) => [`program/${name}`, wrapped(name, code)],
  );
}

/** Names of the chunks of AT_START and of all that these import. */
function runAtStart(outputs) {
  const names = new Set();
  for (const [name, { entryPoint }] of outputs) if (AT_START.includes(entryPoint)) names.add(name);
  // A set can grow while it is gone through.
  for (const name of names) {
    for (const other of importsOf(outputs.get(name))) names.add(other);
  }
  return names;
}

/** Chunks that are run before this one. */
function importsOf({ imports }) {
  return imports
    .filter(({ kind, external }) => kind === 'import-statement' && !external)
    .map(({ path }) => basename(path));
}

/** For esbuild: chunks import one another by name. */
function fromMemory(chunks, isBundled) {
  return {
    name: 'from memory',
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path }) => {
        const name = basename(path);
        return isBundled(name) ? { path: name, namespace: 'chunk' } : { path, external: true };
      });
      build.onLoad({ filter: /./, namespace: 'chunk' }, ({ path }) => ({
        contents: chunks.get(path),
      }));
    },
  };
}

/** As src/startup/program.ts runs it. */
function wrapped(name, code) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/[^\x00-\x7f]/.test(code)) throw new Error(`${name} is not ASCII.`);
  return `(function(exports,require,module,__filename){${code}})\n`;
}

/** A file that loads the program's. */
async function loader(path) {
  const { outputFiles } = await esbuild.build({
    ...common,
    absWorkingDir: root,
    entryPoints: [path],
    bundle: true,
    format: 'cjs',
    logOverride: { 'commonjs-variable-in-esm': 'silent' },
    write: false,
  });
  return outputFiles[0].text;
}
