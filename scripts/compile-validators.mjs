// Compiles spec/schema/*.json into src/generated/validators.js: one function for each kind of file,
// so that no schema is compiled at run time and ajv's compiler need not be shipped.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';

const SUFFIX = '.schema.json';
const folder = new URL('../spec/schema/', import.meta.url);
const kinds = readdirSync(folder)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();

// patternErrorMessage is how editors (vscode-json, yaml-language-server) word a pattern.
const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  strictRequired: false,
  code: { source: true, esm: true, lines: true },
}).addKeyword({ keyword: 'patternErrorMessage' });
for (const kind of kinds) {
  ajv.addSchema(JSON.parse(readFileSync(new URL(kind + SUFFIX, folder), 'utf8')), kind);
}
const code = standaloneCode.default(ajv, Object.fromEntries(kinds.map((kind) => [kind, kind])));

mkdirSync(new URL('../src/generated/', import.meta.url), { recursive: true });
writeFileSync(
  new URL('../src/generated/validators.js', import.meta.url),
  `// Compiled from spec/schema/*.json by scripts/compile-validators.mjs.\n${imported(code)}`,
);
writeFileSync(
  new URL('../src/generated/validators.d.ts', import.meta.url),
  `import type { ValidateFunction } from 'ajv';\n\n${kinds.map((kind) => `export declare const ${kind}: ValidateFunction;`).join('\n')}\n`,
);

/** Ajv asks for its helpers by require() in ES modules too, which neither Node nor tsx has there. */
function imported(text) {
  const imports = [];
  const body = text.replace(/require\("([^"]+)"\)/g, (_, path) => {
    imports.push(`import module${imports.length} from '${path}.js';`);
    return `module${imports.length - 1}`;
  });
  return `${imports.join('\n')}\n${body}\n`;
}
