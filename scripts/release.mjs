// Checks that what is committed can be released, then packs and tags it. Nothing is published.
//   node scripts/release.mjs
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const git = (...words) => execFileSync('git', words, { encoding: 'utf8' }).trim();
const stop = (why) => {
  console.error(`make release: ${why}`);
  process.exit(1);
};

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const tag = `v${version}`;
const heading = /^## (.+)$/m.exec(readFileSync('CHANGELOG.md', 'utf8'))?.[1] ?? '';

if (git('status', '--porcelain') !== '') stop('commit or stash your changes first.');
if (git('tag', '--list', tag) !== '') stop(`${tag} is tagged already: raise the version.`);
if (!new RegExp(`^${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d{2}-\\d{2}\\)$`).test(heading)) {
  stop(
    `the newest heading of CHANGELOG.md is "${heading}", and package.json has ${version}: write "## ${version} (YYYY-MM-DD)".`,
  );
}
run('bash', ['.ci/run']);
run('npm', ['pack']);
run('git', ['tag', '--annotate', '--message', tag, tag]);
console.log(`${tag} is packed and tagged. Push the tag and publish the tarball.`);

function run(command, words) {
  const { status } = spawnSync(command, words, { stdio: 'inherit' });
  if (status !== 0) stop(`${command} ${words.join(' ')} failed.`);
}
