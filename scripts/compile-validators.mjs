// Compiles spec/schema/*.json into src/generated/validators/: a module for each kind of file, so that
// no schema is compiled at run time, ajv's compiler need not be shipped, and none is loaded in vain.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';

const SUFFIX = '.schema.json';
const folder = new URL('../spec/schema/', import.meta.url);
const kinds = readdirSync(folder)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();

/**
 * What people write is checked to the end, with what their messages need (src/spec/shape.ts); of a
 * manifest, which gen wrote, nothing but the first fault.
 */
const compilers = { people: compiler(true), gen: compiler(false) };

// patternErrorMessage is how editors (vscode-json, yaml-language-server) word a pattern.
function compiler(isForPeople) {
  return new Ajv2020({
    allErrors: isForPeople,
    verbose: isForPeople,
    messages: isForPeople,
    allowUnionTypes: true,
    strictRequired: false,
    code: { source: true, esm: true, lines: true },
  }).addKeyword({ keyword: 'patternErrorMessage' });
}

function compilerOf(kind) {
  return compilers[kind === 'manifest' ? 'gen' : 'people'];
}

for (const kind of kinds) {
  compilerOf(kind).addSchema(
    JSON.parse(readFileSync(new URL(kind + SUFFIX, folder), 'utf8')),
    kind,
  );
}
const generated = new URL('../src/generated/validators/', import.meta.url);
mkdirSync(generated, { recursive: true });
for (const kind of kinds) {
  writeFileSync(
    new URL(`${kind}.js`, generated),
    `// Compiled from spec/schema/${kind}${SUFFIX} by scripts/compile-validators.mjs.\n${imported(standaloneCode.default(compilerOf(kind), { validate: kind }))}`,
  );
  writeFileSync(
    new URL(`${kind}.d.ts`, generated),
    "import type { ValidateFunction } from 'ajv';\n\nexport declare const validate: ValidateFunction;\n",
  );
}

/** Ajv asks for its helpers by require() in ES modules too, which neither Node nor tsx has there. */
function imported(text) {
  const imports = [];
  const body = text.replace(/require\("([^"]+)"\)/g, (_, path) => {
    imports.push(`import module${imports.length} from '${path}.js';`);
    return `module${imports.length - 1}`;
  });
  return `${imports.join('\n')}\n${body}\n`;
}
