/** The spec that the program starts with is the one in `spec/`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSpec } from '../../src/spec/load.ts';
import { BUILT_IN } from '../support/target.ts';

/** Places are told from wherever the spec was read. */
const told = (value: unknown): string =>
  JSON.stringify(value, (key, item) => {
    if (key === 'place') return { ...item, file: item.file.replace(/^.*\bspec\//, 'spec/') };
    return item instanceof Map ? [...item] : item;
  });

test('what was compiled is what the folder says', () => {
  assert.is(told(loadSpec()), told(loadSpec({ builtIn: BUILT_IN })));
  assert.is(loadSpec().groups.size, readdirSync(join(BUILT_IN, 'groups')).length);
});

test('each call gives a spec of its own', () => {
  const first = loadSpec();
  (first.groups as Map<string, unknown>).clear();
  assert.not.equal(loadSpec().groups.size, 0);
});

test('it names no place of the machine that compiled it', () => {
  for (const { place } of loadSpec().groups.values()) {
    assert.match(place.file, /^spec\/groups\/[a-z0-9-]+\.yaml$/);
  }
});

test.run();
