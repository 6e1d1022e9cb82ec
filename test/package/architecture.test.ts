/** Imports go one way: a folder of src/ knows those before it, and none after it. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const architecture = suite('architecture');
const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** In the order of ARCHITECTURE.md; folders that stand together know nothing of one another. */
const LAYERS: readonly (readonly string[])[] = [
  ['generated'],
  ['model'],
  ['text'],
  ['files'],
  ['spec'],
  ['compose'],
  ['emit'],
  ['pack-values', 'howto', 'diff'],
  ['generate.ts'],
  ['index.ts', 'cli'],
];
/** What has a reason to stand aside: the entry, and the loader, which is apart from the program. */
const ASIDE = ['cli.ts', 'startup'];

const layerOf = (room: string): number => LAYERS.findIndex((rooms) => rooms.includes(room));
const roomOf = (file: string): string => relative(SRC, file).split(sep)[0] as string;

architecture('every folder of src/ has its place', () => {
  const rooms = readdirSync(SRC).filter((room) => !ASIDE.includes(room));
  assert.equal(rooms.sort(), LAYERS.flat().sort());
});

architecture('imports go one way', () => {
  const files = readdirSync(SRC, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'));
  let imports = 0;
  for (const file of files) {
    const from = roomOf(join(SRC, file));
    if (ASIDE.includes(from)) continue;
    const text = readFileSync(join(SRC, file), 'utf8');
    for (const [, path] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const to = roomOf(resolve(SRC, dirname(file), path as string));
      imports++;
      assert.ok(
        to === from || layerOf(to) < layerOf(from),
        `src/${file} imports ${path}: ${from} may not know ${to}`,
      );
    }
  }
  assert.ok(imports > 500, `${imports}`);
});

architecture.run();
