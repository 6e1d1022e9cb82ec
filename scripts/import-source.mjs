// Imports a file of src/ in a script: bundled first, for Node 20 reads no TypeScript.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param file from the project's folder, e.g. `src/spec/lay-over.ts` */
export async function importSource(file) {
  const folder = mkdtempSync(join(tmpdir(), 'gen-source-'));
  try {
    const outfile = join(folder, 'source.mjs');
    await esbuild.build({
      entryPoints: [join(root, file)],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      // CommonJS dependencies (yaml) call require(), which ESM does not have.
      banner: {
        js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
      },
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
