// Modules of dependencies that gen has no use for and that cost most of the time or the size, with
// what takes their place in the bundle.
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
    /[\\/]cdktf[\\/]lib[\\/](testing[\\/](index|matchers)|backends[\\/]index|upgrade-id-aspect|terraform-(asset|module-asset|hcl-module))\.js$/,
    '',
  ],
  // By which it would look whether the installed Terraform is new enough.
  [/[\\/]cdktf[\\/]node_modules[\\/]semver[\\/]index\.js$/, ''],
  // yargs lays out its own help, even where nobody asks for it; gen prints its own.
  [
    /[\\/]cliui[\\/]index\.mjs$/,
    "export default () => ({ div() {}, span() {}, resetOutput() {}, toString: () => '' });",
  ],
  [/[\\/]string-width[\\/]index\.js$/, 'export default (text) => text.length;'],
];

/** For esbuild. */
export const replacing = {
  name: 'replacing',
  setup(build) {
    for (const [filter, contents] of REPLACED) {
      build.onLoad({ filter }, () => ({ contents, loader: 'js' }));
    }
  },
};
