/** What is shipped: nothing foreign is run, changed sources come along, and two builds are the same. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Plugin } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundle } from '../../scripts/bundle.mjs';
import { changedModule } from '../../scripts/replaced.mjs';
import { compiledIn, copyProgram, ROOT, start } from '../support/built-program.ts';

const test = suite('cases: what is shipped');
const home = mkdtempSync(join(tmpdir(), 'gen-cases-ship-'));
/** The packed tarball, unpacked. */
const packed = join(home, 'package');

test.before(() => {
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', home],
    { cwd: ROOT, encoding: 'utf8' },
  );
  assert.is(status, 0, stderr);
  assert.is(spawnSync('tar', ['-xzf', stdout.trim()], { cwd: home }).status, 0);
});
test.after(() => rmSync(home, { recursive: true, force: true }));

/** Paths of the files below, with slashes. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

const isRoot = process.geteuid?.() === 0;
/** Of nobody. */
const OTHER = 65_534;
const FOREIGN = 'require("node:fs").writeFileSync("FOREIGN","");';

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

interface Attacked {
  readonly folder: string;
  readonly caches: string;
  /** The file with foreign code. */
  readonly entry: string;
}

/**
 * A folder with the unchanged program, and in `caches` compiled code that another program of the
 * same length has made, in place of its own.
 */
function withForeignCode(name: string): Attacked {
  const folder = join(home, name);
  copyProgram(folder);
  const file = join(folder, 'dist/program/main.js');
  const original = readFileSync(file);
  // Room for the foreign code, without a change of length: that is all that V8 looks at.
  const [text = ''] = /"[A-Z][^"\\\n`$]{60,}"/.exec(original.toString('latin1')) ?? [];
  const head = '(function(exports,require,module,__filename){';
  const changed = Buffer.from(
    original
      .toString('latin1')
      .replace(head, () => `${head}${FOREIGN}`)
      .replace(text, `""${' '.repeat(text.length - 2 - FOREIGN.length)}`),
    'latin1',
  );
  assert.is(changed.length, original.length);
  const caches = join(folder, 'caches');
  writeFileSync(file, changed);
  start(folder, ['features']);
  rmSync(join(folder, 'FOREIGN'));
  writeFileSync(file, original);
  const engine = Buffer.from(JSON.stringify([process.version, process.arch, [], undefined]));
  const made = join(compiledIn(caches), sha256(changed, engine).toString('hex'));
  const code = readFileSync(made).subarray(32);
  rmSync(made);
  const key = sha256(original, engine);
  const entry = join(compiledIn(caches), key.toString('hex'));
  const content = Buffer.concat([sha256(key, code), code]);
  writeFileSync(entry, content, { mode: 0o600 });
  return { folder, caches, entry };
}

/** What keeps the foreign code from being run: each is what others could have done, or would need. */
const NOT_THE_USERS: Readonly<Record<string, (at: Attacked) => void>> = {
  'a folder that all can write to': ({ caches }) => chmodSync(compiledIn(caches), 0o777),
  'a folder that all can write to, sticky': ({ caches }) => chmodSync(compiledIn(caches), 0o1777),
  'a folder that a group can write to': ({ caches }) => chmodSync(compiledIn(caches), 0o770),
  'a folder that all can read': ({ caches }) => chmodSync(compiledIn(caches), 0o755),
  'a symbolic link to a folder': ({ folder, caches }) => {
    renameSync(compiledIn(caches), join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), compiledIn(caches));
  },
  'below a folder that all can write to, as /tmp is': ({ caches }) => chmodSync(caches, 0o1777),
  'a file that all can write to': ({ entry }) => chmodSync(entry, 0o666),
  'a symbolic link to a file': ({ folder, entry }) => {
    renameSync(entry, join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), entry);
  },
  ...(isRoot && {
    "another user's folder": ({ caches }) => chownSync(compiledIn(caches), OTHER, OTHER),
    "below another user's folder": ({ caches }) => chownSync(caches, OTHER, OTHER),
    "another user's file": ({ entry }) => chownSync(entry, OTHER, OTHER),
  }),
};

let attacked: Attacked;
let listed: string;
test.before(() => {
  attacked = withForeignCode('attacked');
  listed = start(attacked.folder, ['features'], { env: {} }).stdout;
});

/** A folder of its own for a test. */
function copyOf({ folder, caches, entry }: Attacked, name: string): Attacked {
  const copy = join(home, name);
  cpSync(folder, copy, { recursive: true });
  const at = {
    folder: copy,
    caches: join(copy, relative(folder, caches)),
    entry: join(copy, relative(folder, entry)),
  };
  chmodSync(compiledIn(at.caches), 0o700);
  return at;
}

test('case 51-compile-cache-of-others: in a folder of the user, compiled code is used', () => {
  // So that the tests below can fail.
  const { folder } = copyOf(attacked, 'own');
  assert.is(start(folder, ['features']).stdout, listed);
  assert.ok(existsSync(join(folder, 'FOREIGN')));
});

for (const [what, spoil] of Object.entries(NOT_THE_USERS)) {
  test(`case 51-compile-cache-of-others: none is taken from ${what}`, () => {
    const at = copyOf(attacked, what);
    spoil(at);
    const { mode } = lstatSync(compiledIn(at.caches));
    const { status, stdout, stderr } = start(at.folder, ['features']);
    assert.is(status, 0);
    assert.is(stderr, '');
    assert.is(stdout, listed);
    assert.not(existsSync(join(at.folder, 'FOREIGN')));
    // Nor is anything set right that the user may have meant.
    assert.is(lstatSync(compiledIn(at.caches)).mode, mode);
  });
}

test('case 51-compile-cache-of-others: nothing is left in the shared temporary folder', () => {
  const folder = join(home, 'temporary');
  copyProgram(folder);
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  const places: Readonly<Record<string, Record<string, string>>> = {
    'no home': {},
    'a home that is not there': { HOME: join(folder, 'nowhere/home') },
    'a file for a home': { HOME: join(folder, 'dist/cli.js') },
    'a relative home': { HOME: '.' },
    'the temporary folder for a home': { HOME: shared },
    'the temporary folder for caches': { XDG_CACHE_HOME: shared },
    'a folder to be made in it': { XDG_CACHE_HOME: join(shared, 'caches') },
    'none wanted': { HOME: folder, NODE_DISABLE_COMPILE_CACHE: '1' },
  };
  const before = filesBelow(folder);
  for (const [what, env] of Object.entries(places)) {
    const { status, stderr } = start(folder, ['features'], {
      env: { TMPDIR: shared, TEMP: shared, TMP: shared, ...env },
    });
    assert.is(status, 0, what);
    assert.is(stderr, '', what);
    assert.equal(filesBelow(folder), before, what);
    assert.equal(readdirSync(shared), [], what);
  }
});

test('case 54-mpl-code-changed-said-unchanged: the bundle is made of the shipped sources', async () => {
  const sources = join(packed, 'dist/third-party-source');
  const shipped = filesBelow(sources);
  assert.ok(shipped.some((file) => file.startsWith('cdktf-')));
  const used = new Set<string>();
  // Nothing of replaced.mjs: each module from the tarball where it is there, else from its package.
  const fromTarball: Plugin = {
    name: 'from-tarball',
    setup(build) {
      build.onLoad({ filter: /node_modules.*\.m?js$/ }, ({ path }) => {
        const [, folder = '', file = ''] =
          /^(.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/](.+)$/.exec(path) ?? [];
        const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
        const source = `${name}-${version}/${file.split(sep).join('/')}`;
        if (!shipped.includes(source)) return undefined;
        used.add(source);
        return { contents: readFileSync(join(sources, source), 'utf8'), loader: 'js' };
      });
    },
  };
  const files = [...(await bundle(fromTarball))].filter(([path]) => path.startsWith('program/'));
  assert.equal([...used].sort(), shipped);
  assert.equal(
    files.map(([path]) => path).sort(),
    filesBelow(join(packed, 'dist')).filter((path) => path.startsWith('program/')),
  );
  for (const [path, text] of files) {
    assert.ok(readFileSync(join(packed, 'dist', path), 'utf8') === text, path);
  }
});

test('case 54-mpl-code-changed-said-unchanged: each change is named, with its origin', () => {
  const licences = readFileSync(join(packed, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  assert.not.match(licences, /unchanged/i);
  for (const path of filesBelow(join(packed, 'dist/third-party-source'))) {
    const [, name = '', version = '', file = ''] =
      /^((?:@[^/]+\/)?[^/]+)-(\d+\.\d+\.\d+)\/(.+)$/.exec(path) ?? [];
    const entry = licences.slice(licences.indexOf(`\n${name} ${version} (`) + 1);
    const head = entry.slice(0, entry.search(/\n(?! )/));
    assert.match(head, `\n  Changed, in third-party-source/${name}-${version}:\n`);
    assert.match(head, `\n    ${file}: `);
    const source = readFileSync(join(packed, 'dist/third-party-source', path), 'utf8');
    assert.match(source, `// ${file} of ${name} ${version} (`);
    assert.match(source, 'changed for palette-iam-gen: ');
    assert.match(source, `// Original: https://www.npmjs.com/package/${name}/v/${version}\n`);
  }
});

test('case 54-mpl-code-changed-said-unchanged: notices stay, and no change goes without a reason', () => {
  const path = 'node_modules/cdktf/lib/upgrade-id-aspect.js';
  const module = changedModule(path, ROOT);
  assert.match(readFileSync(join(ROOT, path), 'utf8'), 'Copyright (c) HashiCorp');
  assert.match(module?.contents ?? '', '// Copyright (c) HashiCorp');
  assert.match(module?.contents ?? '', '// SPDX-License-Identifier: MPL-2.0');
  assert.match(module?.contents ?? '', /^\/\/ Reason: .{20,}$/m);
  assert.is(changedModule('node_modules/cdktf/lib/app.js', ROOT), undefined);
});

test('case 55-code-cache-not-reproducible: two builds are the same, byte for byte', () => {
  const copy = join(home, 'a copy, elsewhere');
  for (const name of ['src', 'scripts', 'spec', 'templates', 'package.json']) {
    cpSync(join(ROOT, name), join(copy, name), {
      recursive: true,
      filter: (path) => path !== join(ROOT, 'src/generated'),
    });
  }
  for (const name of ['tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(ROOT, name), join(copy, name));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: copy,
    encoding: 'utf8',
    // What differs from one person's machine to another's.
    env: {
      ...process.env,
      ...{
        TZ: 'Pacific/Kiritimati',
        LC_ALL: 'tr_TR.UTF-8',
        HOME: join(home, 'new'),
        NODE_OPTIONS: '',
      },
    },
  });
  assert.is(status, 0, stdout + stderr);
  const paths = filesBelow(join(ROOT, 'dist'));
  assert.equal(filesBelow(join(copy, 'dist')), paths);
  for (const path of paths) {
    const [one, other] = [join(ROOT, 'dist', path), join(copy, 'dist', path)];
    assert.ok(readFileSync(one).equals(readFileSync(other)), path);
    assert.is(statSync(one).mode, statSync(other).mode, path);
  }
});

test('case 55-code-cache-not-reproducible: what runs is what can be read', () => {
  const readable = /\.(js|mjs|json|txt|d\.ts|d\.cts)$/;
  for (const path of filesBelow(join(packed, 'dist'))) {
    assert.match(path, readable);
    assert.not.match(readFileSync(join(packed, 'dist', path), 'utf8'), '\0', path);
  }
});

test('the program has no way to the network, and starts git only', () => {
  const files = filesBelow(join(packed, 'dist')).filter((path) =>
    /^(program\/|\w+\.js$)/.test(path),
  );
  const used = new Set<string>();
  for (const path of files) {
    const text = readFileSync(join(packed, 'dist', path), 'utf8');
    assert.not.match(text, /\b(fetch|WebSocket|XMLHttpRequest|EventSource)\s*\(/, path);
    for (const [, module = ''] of text.matchAll(/require\("((?:node:)?[a-z_/]+)"\)/g)) {
      used.add(module.replace('node:', ''));
      if (!module.endsWith('child_process')) continue;
      const commands = [
        ...text.matchAll(
          /(?:child_process\w*\.exec|\b(?:execFile|execSync|spawn|fork)\w*)\)?\(("?[^,)]*)/g,
        ),
      ];
      assert.equal(
        commands.map(([, command]) => command),
        ['"git"'],
        path,
      );
    }
  }
  assert.ok(used.has('fs') && used.has('child_process'));
  for (const module of ['net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns', 'dns/promises']) {
    assert.not(used.has(module), module);
  }
});

test('links in the package lead to packed files', () => {
  const pages = filesBelow(packed).filter((path) => path.endsWith('.md'));
  for (const page of ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/cookbook.md']) {
    assert.ok(pages.includes(page), page);
  }
  let links = 0;
  for (const page of pages) {
    const text = readFileSync(join(packed, page), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
    for (const [, link = ''] of text.matchAll(/\]\(<?(?![a-z]+:|#)([^)>#\s]+)/g)) {
      links++;
      const target = resolve(packed, dirname(page), decodeURI(link));
      assert.ok(target.startsWith(packed + sep) && existsSync(target), `${page}: ${link}`);
    }
  }
  assert.ok(links > 10, `${links}`);
});

test.run();
