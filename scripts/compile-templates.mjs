// Compiles templates/*.hbs into src/generated/templates.js, so that nothing below the command line
// reads templates at run time and Handlebars' compiler need not be shipped.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import Handlebars from 'handlebars';

const folder = new URL('../templates/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.hbs'))
  .map((file) => file.slice(0, -'.hbs'.length))
  .sort();

const frames = names.map((name) => {
  const text = readFileSync(new URL(`${name}.hbs`, folder), 'utf8');
  // noEscape: these frames are Markdown, comments and plain text, not HTML.
  return `  ${JSON.stringify(name)}: Handlebars.template(${Handlebars.precompile(text, { noEscape: true, strict: true })}),`;
});

mkdirSync(new URL('../src/generated/', import.meta.url), { recursive: true });
writeFileSync(
  new URL('../src/generated/templates.js', import.meta.url),
  `// Compiled from templates/*.hbs by scripts/compile-templates.mjs.\nimport Handlebars from 'handlebars/runtime.js';\n\nexport const templates = {\n${frames.join('\n')}\n};\n`,
);
writeFileSync(
  new URL('../src/generated/templates.d.ts', import.meta.url),
  `export declare const templates: {\n${names.map((name) => `  readonly ${JSON.stringify(name)}: (view: object) => string;`).join('\n')}\n};\n`,
);
