// Modules of dependencies that gen has no use for and that cost most of the time or the size, with
// what takes their place in the bundle; or what is changed in one. The package ships each of them as
// it was bundled, in dist/third-party-source/, because MPL-2.0 asks for the source of changed files.
// https://www.mozilla.org/en-US/MPL/2.0/#distribution-of-source-form
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CHANGES = [
  {
    files: /[\\/]cdktf[\\/]lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/,
    why: 'cdktf keeps a stack trace of every reference it makes, for messages of its own command line; nobody reads them here',
    what: 'no stack traces are captured',
    change: () => 'exports.captureStackTrace = () => [];\n',
  },
  {
    // They are half of its size, and bring most of its dependencies.
    files:
      /[\\/]cdktf[\\/]lib[\\/](testing[\\/](index|matchers)|backends[\\/]index|upgrade-id-aspect|functions[\\/]terraform-functions\.generated|terraform-(asset|module-asset|hcl-module|functions))\.js$/,
    what: 'emptied',
    why: 'a module of policies has no use for tests, backends, assets, other modules, functions and migrations',
    change: () => '',
  },
  {
    files: /[\\/]cdktf[\\/]node_modules[\\/]semver[\\/]index\.js$/,
    what: 'emptied',
    why: 'cdktf would look whether the installed Terraform is new enough',
    change: () => '',
  },
  {
    files: /[\\/]cdktf[\\/]node_modules[\\/]json-stable-stringify[\\/]index\.js$/,
    what: 'emptied',
    why: "cdktf would write its stacks and their manifest with it; gen writes Terraform's language",
    change: () => '',
  },
  {
    files: /[\\/]cdktf[\\/]lib[\\/]validations[\\/]validate-binary-version\.js$/,
    what: 'has no node:child_process to ask for a version',
    why: 'that takes a while to load, and gen runs no Terraform',
    change: instead('require("child_process")', '{}'),
  },
  {
    files: /[\\/]cdktf[\\/]lib[\\/]terraform-output\.js$/,
    what: 'Array.isArray takes the place of util.isArray',
    why: 'Node 22 and newer print a warning about util.isArray',
    change: instead('(0, util_2.isArray)', 'Array.isArray'),
  },
  {
    files: /[\\/]picocolors[\\/]picocolors\.js$/,
    what: 'asks nothing of the process when it is loaded',
    why: 'gen says itself where colours go, and looking whether stdout is a terminal opens it, which takes a while',
    change: instead('process || {}', '{}'),
  },
  {
    files: /[\\/]yargs[\\/]lib[\\/]platform-shims[\\/]esm\.mjs$/,
    what: 'stdout is not measured, the path of the file is not made from its URL, and there is no require()',
    why: 'each takes a while at the start; gen lays out its own help and has no configuration files for yargs',
    change: inTurn(
      instead(
        "typeof process.stdout.columns !== 'undefined' ? process.stdout.columns : null",
        'null',
      ),
      instead('fileURLToPath(import.meta.url)', 'import.meta.filename'),
      instead("import { createRequire } from 'node:module';\n", ''),
      instead('const require = createRequire(import.meta.url);\n', ''),
      instead('  require,\n', ''),
    ),
  },
  {
    files: /[\\/]yargs[\\/]build[\\/]lib[\\/]argsert\.js$/,
    what: 'checks nothing',
    why: 'yargs parses the signature of each of its functions whenever that is called; the compiler checks the few calls of gen',
    change: () => 'export function argsert() {}\n',
  },
  {
    files: /[\\/]yargs-parser[\\/]build[\\/]lib[\\/]index\.js$/,
    what: 'makes no require()',
    why: 'it would load configuration files, which gen has none of',
    change: inTurn(
      instead("import { createRequire } from 'node:module';\n", ''),
      instead('createRequire ? createRequire(import.meta.url) : undefined', 'undefined'),
    ),
  },
  {
    files: /[\\/]yargs[\\/]build[\\/]lib[\\/]usage\.js$/,
    what: 'help is made only where it is asked for',
    why: 'yargs makes the help of each command that is run, in case that prints it',
    change: instead('cachedHelpMessage = this.help();', ''),
  },
  {
    files: /[\\/]cliui[\\/]index\.mjs$/,
    what: 'lays out nothing',
    why: 'yargs would lay out its own help; gen prints its own',
    change: () =>
      "export default () => ({ div() {}, span() {}, resetOutput() {}, toString: () => '' });\n",
  },
  {
    files: /[\\/]string-width[\\/]index\.js$/,
    what: 'counts characters',
    why: 'only help that is not made would be measured',
    change: () => 'export default (text) => text.length;\n',
  },
];

/** One expression for another; where it is no longer there, neither is the reason. */
function instead(old, replacement) {
  return (source) => {
    if (!source.includes(old)) throw new Error(`There is no ${old} any more.`);
    return source.replaceAll(old, replacement);
  };
}

function inTurn(...changes) {
  return (source) => changes.reduce((text, change) => change(text), source);
}

/**
 * The module as it is bundled and shipped; undefined where nothing is changed in it.
 *
 * @param path of a module of a dependency
 * @param root the folder that it is relative to
 */
export function changedModule(path, root = '') {
  const known = CHANGES.find(({ files }) => files.test(path));
  if (known === undefined) return undefined;
  const { what, why, change } = known;
  const [, folder, file] = /^(.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/](.+)$/.exec(path);
  const { name, version, license } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  );
  const original = readFileSync(join(root, path), 'utf8');
  const changed = change(original);
  const head = [
    `${file.replaceAll('\\', '/')} of ${name} ${version} (${license}), changed for palette-iam-gen: ${what}.`,
    `Reason: ${why}.`,
    `Original: https://www.npmjs.com/package/${name}/v/${version}`,
    // Notices go with the code, even where none of it is left. https://www.mozilla.org/en-US/MPL/2.0/#notices
    ...noticesOf(original).filter((notice) => !changed.includes(notice)),
  ];
  return {
    ...{ name, version, what },
    file: file.replaceAll('\\', '/'),
    contents: `${head.map((line) => `// ${line}\n`).join('')}${changed}`,
  };
}

function noticesOf(source) {
  return [...source.matchAll(/^(?:\/\/| \*) ((?:Copyright|SPDX-License-Identifier:) .*)$/gm)].map(
    ([, notice]) => notice,
  );
}

/** For esbuild. */
export const replacing = {
  name: 'replacing',
  setup(build) {
    for (const { files } of CHANGES) {
      build.onLoad({ filter: files }, ({ path }) => ({
        contents: changedModule(path).contents,
        loader: 'js',
      }));
    }
  },
};
