// Modules of dependencies that gen has no use for and that cost most of the time or the size, with
// what takes their place in the bundle; or what is changed in one.
import { readFileSync } from 'node:fs';

const REPLACED = [
  // cdktf keeps a stack trace of every reference it makes, for messages of its own command line:
  // most of the time that building a module takes. Nobody reads them here.
  [
    /[\\/]cdktf[\\/]lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/,
    'exports.captureStackTrace = () => [];',
  ],
  // Of cdktf, what a module of policies has no use for: tests, backends, assets (which it zips), other
  // modules, migrations. Half of its size, and most of its dependencies, are for that.
  [
    /[\\/]cdktf[\\/]lib[\\/](testing[\\/](index|matchers)|backends[\\/]index|upgrade-id-aspect|functions[\\/]terraform-functions\.generated|terraform-(asset|module-asset|hcl-module|functions))\.js$/,
    '',
  ],
  // By which it would look whether the installed Terraform is new enough.
  [/[\\/]cdktf[\\/]node_modules[\\/]semver[\\/]index\.js$/, ''],
  // Node 22 and newer print a warning about util.isArray.
  [/[\\/]cdktf[\\/]lib[\\/]terraform-output\.js$/, instead('(0, util_2.isArray)', 'Array.isArray')],
  // yargs lays out its own help, even where nobody asks for it; gen prints its own.
  [
    /[\\/]cliui[\\/]index\.mjs$/,
    "export default () => ({ div() {}, span() {}, resetOutput() {}, toString: () => '' });",
  ],
  [/[\\/]string-width[\\/]index\.js$/, 'export default (text) => text.length;'],
];

/** One expression for another; where it is no longer there, neither is the reason. */
function instead(old, replacement) {
  return (source) => {
    if (!source.includes(old)) throw new Error(`There is no ${old} any more.`);
    return source.replaceAll(old, replacement);
  };
}

/** For esbuild. */
export const replacing = {
  name: 'replacing',
  setup(build) {
    for (const [filter, contents] of REPLACED) {
      build.onLoad({ filter }, ({ path }) => ({
        contents: typeof contents === 'string' ? contents : contents(readFileSync(path, 'utf8')),
        loader: 'js',
      }));
    }
  },
};
