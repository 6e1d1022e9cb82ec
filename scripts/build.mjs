// Bundles the program into dist/, dependencies included: the whole Terraform provider package is
// 392 MB installed, and what gen uses of it is small. Users of the package install nothing else.
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { thirdPartyLicences } from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/**
 * cdktf keeps a stack trace of every reference it makes, for messages of its own command line: most
 * of the time that building a module takes. Nobody reads them here.
 */
const withoutStackTraces = {
  name: 'without-stack-traces',
  setup(build) {
    build.onLoad(
      { filter: /[\\/]cdktf[\\/]lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/ },
      () => ({
        contents: 'exports.captureStackTrace = () => [];',
        loader: 'js',
      }),
    );
  },
};

const result = await esbuild.build({
  absWorkingDir: root,
  entryPoints: ['src/cli.ts', 'src/index.ts'].filter((file) => existsSync(join(root, file))),
  outdir: dist,
  bundle: true,
  // Formats are imported when asked for; cdktf is most of the program, and only Terraform needs it.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifyWhitespace: true,
  legalComments: 'external',
  logLevel: 'warning',
  // CommonJS dependencies (cdktf, Handlebars' runtime) call require(), which ESM does not have.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  metafile: true,
  write: false,
  plugins: [withoutStackTraces],
});
const licences = thirdPartyLicences(result.metafile, root);

// Written only now, so that a build that fails leaves the former one working.
const wanted = new Set(result.outputFiles.map((file) => file.path));
for (const file of result.outputFiles) {
  mkdirSync(dirname(file.path), { recursive: true });
  writeFileSync(file.path, file.contents);
}
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences);
for (const folder of [dist, join(dist, 'chunks')]) {
  for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
    const path = join(folder, entry.name);
    const ours = /\.js(\.LEGAL\.txt)?$/.test(basename(path));
    if (entry.isFile() && ours && !wanted.has(path)) rmSync(path);
  }
}
chmodSync(join(dist, 'cli.js'), 0o755);
