// Writes docs/formats.md: one small selection in every format, side by side. With --check it only
// compares, and ends with 1 where the page is stale.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(root, 'docs/formats.md');

const FLAGS = [
  ...['--spec', 'docs/formats', '--features', 'eks-small,eks-nodegroup-role'],
  ...['--palette-role', 'PaletteRole', '--account-id', '123456789012', '--name', 'small'],
];

/** What each format is, in a sentence, in the order of the page. */
const FORMATS = {
  'iam-json':
    'The documents alone, as `aws iam create-policy` and the console take them; `gen howto --format iam-json` prints the commands.',
  cloudformation:
    'A template; what no value was given for is a Parameter. Comments say where each policy comes from.',
  terraform:
    'A module without provider or backend, as `terraform fmt` leaves it; the partition is that of the account that it runs in.',
  pxk: 'What the Kubernetes pack says about these roles and policies; `--values FILE` merges it into a values file.',
  validator:
    "Rules for Spectro Cloud's validator, which `palette validate-auth` runs against the live account.",
};

const LANGUAGES = { json: 'json', yaml: 'yaml', tf: 'hcl', md: 'markdown', example: 'hcl' };

const page = render();
if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== page) {
  console.error('docs/formats.md is stale: node scripts/formats-page.mjs');
  process.exitCode = 1;
}

function render() {
  const folder = mkdtempSync(join(tmpdir(), 'gen-formats-'));
  try {
    const args = [join(root, 'dist/cli.js'), ...FLAGS, '--out', folder, '--quiet'];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const read = (path) => readFileSync(join(folder, 'small', path), 'utf8');
    const { files } = JSON.parse(read('manifest.json'));
    const sections = Object.entries(FORMATS).map(([format, says]) => {
      const own = files.filter(({ path }) => path.startsWith(`${format}/`));
      return [`## ${format}`, says, ...own.map(({ path }) => fileOf(path, read(path)))].join(
        '\n\n',
      );
    });
    return `${[head(), ...sections].join('\n\n')}\n`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function head() {
  return [
    '<!-- Written by scripts/formats-page.mjs; `make check` compares. -->',
    '# The formats, side by side',
    'One small selection (one policy on the role `PaletteRole`, and the default node role of EKS clusters) in every format:',
    `\`\`\`sh\ngen ${FLAGS.join(' ')}\n\`\`\``,
    'Beside these files every target has a `manifest.json`: sizes, attachments, the origins of every statement, and the hashes that `gen check` compares.',
  ].join('\n\n');
}

/** Fenced by more backquotes than any that the file itself has in a row. */
function fileOf(path, content) {
  const runs = content.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  const language = LANGUAGES[path.split('.').at(-1)] ?? '';
  return `\`${path}\`\n\n${fence}${language}\n${content.trimEnd()}\n${fence}`;
}
