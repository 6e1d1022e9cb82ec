// Checks and normalizes spec/ and writes it to src/generated/built-in-spec.js, so that the program
// starts with it ready. A spec with a mistake stops the build and says where.
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importSource } from './import-source.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// Places in the spec are told from here.
process.chdir(root);

try {
  const { layOver } = await importSource('src/spec/lay-over.ts');
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
}
