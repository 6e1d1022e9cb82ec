/** YAML that is put together from pieces is what one document would be. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Document, parseDocument } from 'yaml';
import { toYamlText } from '../../src/emit/yaml.ts';
import { RunMemory } from '../../src/model/memo.ts';
import { atLeast, runs } from '../support/fast.ts';

const memory = new RunMemory();

/** As `yaml` writes it without our help; `=` and characters that do not show are quoted by us alone. */
function inOnePiece(value: object): string {
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  return document.toString({ lineWidth: 0, singleQuote: true });
}

const word = fc
  .oneof(
    fc.string({ maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom('a', ' ', '\r', '\n', 'é', '😀'),
      maxLength: 9,
    }),
    fc.constantFrom('true', '2012-10-17', '1e3', '- a', '? b', '# c', 'a: b', '$&', "it's", '<<'),
    fc.string({ minLength: 390, maxLength: 410 }),
    fc.array(fc.string({ maxLength: 8 }), { maxLength: 4 }).map((lines) => lines.join('\n')),
  )
  .filter((text) => !/^=$|[\t\u007f-\u009f]/.test(text));

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 6 }),
    fc.dictionary(word, tie('any'), { maxKeys: 6 }),
  ),
}));

test('any value: the same text as in one piece', () => {
  let pieced = 0;
  fc.assert(
    fc.property(fc.dictionary(word, value.any, { minKeys: 1, maxKeys: 6 }), (map) => {
      if (JSON.stringify(map).length > 800) pieced++;
      assert.is(toYamlText({ value: map }, memory), inOnePiece(map));
    }),
    { seed: 5, numRuns: runs(2_000) },
  );
  assert.ok(pieced > atLeast(200), `${pieced} large values`);
});

test('actions and ARNs, however they are spelled', () => {
  const action = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9*-]{1,6}:[A-Za-z0-9*: -]{0,8}$/),
    fc.stringMatching(/^[a-zA-Z-]{1,3}(:[A-Za-z0-9*/._-]{0,5}){1,6}$/),
  );
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 80 }), fc.string(), (actions, key) => {
      const map = { [key]: { Action: actions, Resource: '*' } };
      if (/^=$|[\t\u007f-\u009f]/.test(key)) return;
      assert.is(toYamlText({ value: map }, memory), inOnePiece(map));
    }),
    { seed: 6, numRuns: runs(1_000) },
  );
});

test('a key that YAML spells out, before a large value', () => {
  const large = { list: Array.from({ length: 60 }, (_, index) => `entry ${index}`) };
  for (const key of ['k'.repeat(1_100), 'two\nlines', '? odd', '#', '']) {
    const map = { [key]: large, after: 1 };
    assert.is(toYamlText({ value: map }, memory), inOnePiece(map), JSON.stringify(key));
    assert.equal(parseDocument(toYamlText({ value: map }, memory)).toJS(), map);
  }
});

test('comments stand above their keys and entries, however deep and large', () => {
  const statements = Array.from({ length: 4 }, (_, index) => ({
    Sid: `S${index}`,
    Action: Array.from({ length: 40 }, (_, action) => `s3:Action${action}`),
  }));
  const text = toYamlText(
    {
      value: { Resources: { One: { Statement: statements }, Two: { Statement: statements } } },
      comments: new Map([
        ['Resources/One', ['of one']],
        ['Resources/One/Statement/2', ['of the third']],
        ['Resources/One/Statement/10', ['of none']],
        ['Resources/Two/Statement/3/Sid', ['of a Sid']],
      ]),
      spaced: ['Resources'],
    },
    memory,
  );
  const lines = text.split('\n');
  const after = (comment: string) => lines[lines.findIndex((line) => line.includes(comment)) + 1];
  assert.is(after('# of one'), '  One:');
  assert.is(after('# of the third'), '      - Sid: S2');
  assert.match(after('# of a Sid') ?? '', 'Sid: S3');
  assert.not.match(text, 'of none');
  assert.is(lines.filter((line) => line === '').length, 2);
  assert.is(lines[lines.indexOf('') + 1], '  Two:');
});

test.run();
