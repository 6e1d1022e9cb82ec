// A cold `npm install`, nothing in npm's cache: the packed program beside the packages that it is
// bundled from, as its users would install them if it were not. Needs the registry; says so and ends
// where there is none.
//   node bench/install.mjs
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, milliseconds } from './measure.mjs';
import { renderTable } from './table.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Milliseconds that the registry may take to answer. */
const PATIENCE = 10_000;
const MEGABYTE = 1e6;
const ROUNDS = 3;

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'gen-install-'));
try {
  if (!registryAnswers()) console.log('skipped: installing: the npm registry does not answer');
  else console.log(renderTable([compareInstallations()]));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function compareInstallations() {
  const packed = npm(['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], ROOT);
  const tarball = join(folder, packed.trim());
  const peers = bundledDependencies();
  // In turns, so that what slows the machine or the registry down for a while weighs on both.
  const rounds = Array.from({ length: ROUNDS }, (_, round) => ({
    ours: install(`ours-${round}`, [tarball]),
    theirs: install(`theirs-${round}`, peers),
  }));
  const time = (whose) => median(rounds.map((round) => round[whose].time));
  const [{ ours, theirs }] = rounds;
  return {
    title: `Cold npm install: the tarball beside the ${peers.length} packages that it is bundled from`,
    figures: [
      { name: 'tarball', value: statSync(tarball).size / MEGABYTE, unit: ' MB' },
      { name: 'installed', value: ours.bytes / MEGABYTE, unit: ' MB', most: 8 },
      { name: 'installed: the packages', value: theirs.bytes / MEGABYTE, unit: ' MB' },
      { name: 'times smaller', value: theirs.bytes / ours.bytes, unit: '×' },
      { name: 'times faster', value: time('theirs') / time('ours'), unit: '×', least: 10 },
    ],
  };
}

/** The dependencies that have code in the bundle, with the versions it was built from. */
function bundledDependencies() {
  const licences = readFileSync(join(ROOT, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  return Object.entries(manifest.devDependencies)
    .filter(([name, version]) => licences.includes(`\n${name} ${version} (`))
    .map(([name, version]) => `${name}@${version}`);
}

function install(name, packages) {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{ "private": true }\n');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  const cache = join(folder, `${name}-cache`);
  const time = milliseconds(() => npm(['install', ...flags, '--cache', cache, ...packages], place));
  const bytes = bytesBelow(join(place, 'node_modules'));
  for (const each of [place, cache]) rmSync(each, { recursive: true, force: true });
  return { time, bytes };
}

function bytesBelow(place) {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function registryAnswers() {
  const args = ['view', 'constructs', 'version', '--fetch-retries=0', '--prefer-online'];
  return run([...args, '--cache', join(folder, 'cache')], folder, PATIENCE).status === 0;
}

function npm(args, cwd) {
  const { status, stdout, stderr } = run(args, cwd);
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}\n${stderr}`);
  return stdout;
}

function run(args, cwd, timeout) {
  return spawnSync('npm', args, { cwd, timeout, encoding: 'utf8' });
}
