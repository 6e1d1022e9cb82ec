// Checks and normalizes spec/ and writes it to src/generated/built-in-spec.js, so that the program
// starts with it ready. A spec with a mistake stops the build and says where.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
// Places in the spec are told from here.
process.chdir(root);

const folder = mkdtempSync(join(tmpdir(), 'gen-spec-'));
try {
  const outfile = join(folder, 'lay-over.mjs');
  await esbuild.build({
    entryPoints: [join(root, 'src/spec/lay-over.ts')],
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
  const { layOver } = await import(pathToFileURL(outfile).href);
  const spec = layOver(undefined, [relative(root, join(root, 'spec'))]);
  const text = JSON.stringify(spec, (_, value) => (value instanceof Map ? [...value] : value));
  writeFileSync(
    join(root, 'src/generated/built-in-spec.js'),
    `// Compiled from spec/ by scripts/compile-spec.mjs.\nexport const builtIn =\n  ${JSON.stringify(text)};\n`,
  );
  writeFileSync(
    join(root, 'src/generated/built-in-spec.d.ts'),
    '/** JSON of the spec; maps as lists of entries. */\nexport declare const builtIn: string;\n',
  );
} catch (error) {
  for (const { message, advice, place } of error.problems ?? []) {
    const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column}  `;
    console.error(`${where}${message}${advice === undefined ? '' : ` ${advice}`}`);
  }
  if (error.problems === undefined) throw error;
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
