/** A manifest is judged alike by all that read one: writing and checking, the next run, gen diff. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import schema from '../../spec/schema/manifest.schema.json' with { type: 'json' };
import { manifestFault, previousRun } from '../../src/files/manifest.ts';
import { readPreviousManifest } from '../../src/files/write.ts';
import { GenError, generate, loadSpec } from '../../src/index.ts';
import { MERGE_MODES } from '../../src/model/bundle.ts';
import { statementFaults } from '../../src/model/statement-faults.ts';
import { gen } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';

const test = suite('manifest');
const { manifest } = await generate(loadSpec(), {
  features: ['iaas-dynamic'],
  formats: ['iam-json'],
});

/** A copy with changes. */
// biome-ignore lint/suspicious/noExplicitAny: it is damaged in any way
function changed(change: (copy: any) => void): unknown {
  const copy = JSON.parse(JSON.stringify(manifest));
  change(copy);
  return copy;
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    assert.instance(error, GenError);
    return (error as GenError).problems[0]?.code;
  }
  return undefined;
}

test('what gen writes is sound, and so is what earlier versions wrote', () => {
  assert.is(manifestFault(changed(() => {})), undefined);
  const early = changed((m) => {
    delete m.roles;
    delete m.existing;
    for (const each of m.policies)
      for (const key of ['stem', 'description', 'path']) delete each[key];
    for (const each of m.principals) delete each.awsManagedPolicies;
  });
  assert.is(manifestFault(early), undefined);
});

test('the schema knows the merge modes', () => {
  assert.equal(schema.$defs.content.properties.mergeMode.enum, MERGE_MODES);
});

const DAMAGED: readonly (readonly [what: string, unknown])[] = [
  ['no target', changed((m) => delete m.target)],
  ['an unknown merge mode', changed((m) => (m.mergeMode = 'some'))],
  ['no formats', changed((m) => delete m.formats)],
  ['a parameter that is a number', changed((m) => (m.parameters = { accountId: 1 }))],
  ['policies that are no list', changed((m) => (m.policies = {}))],
  ['a policy that is null', changed((m) => (m.policies[0] = null))],
  ['a name that is a path', changed((m) => (m.policies[0].name = '../x'))],
  ['a statement without actions', changed((m) => delete m.policies[0].statements[0].statement.Action)], // biome-ignore format: a table
  ['an empty list', changed((m) => (m.policies[0].statements[0].statement.Resource = []))],
  ['a principal without an id', changed((m) => delete m.principals[0].id)],
  ['a role without trust', changed((m) => delete m.roles[0].trust)],
  ['existing that is no list', changed((m) => (m.existing = 'x'))],
];
for (const [what, value] of DAMAGED) {
  test(`damaged: ${what}`, async () => {
    assert.equal(manifestFault(value), { kind: 'broken' });
    assert.is(
      codeOf(() => previousRun(value)),
      'broken-manifest',
    );
    const text = JSON.stringify(value);
    await inFolder({ 'out/core/manifest.json': text }, async () => {
      // The files that it lists are known all the same: --repack needs no more.
      assert.ok(readPreviousManifest('out/core'));
      for (const command of ['', 'check ', 'howto ']) {
        const { stderr, code } = await gen(`${command}--features core --format iam-json`);
        assert.is(code, 2, command);
        assert.match(stderr, 'does not say which permissions its policies hold', command);
      }
      const { stderr } = await gen('diff out/core out/core');
      assert.match(stderr, 'broken-manifest');
    });
  });
}

for (const [what, value, code] of [
  ['a list', [], 'foreign-manifest'],
  ['another version', changed((m) => (m.manifestVersion = 0)), 'foreign-manifest'],
  ['no files', changed((m) => delete m.files), 'foreign-manifest'],
  ['a file without its hash', changed((m) => delete m.files[0].sha256), 'foreign-manifest'],
  ['a newer version', changed((m) => (m.manifestVersion = 2)), 'newer-manifest'],
] as const) {
  test(`not of this gen: ${what}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'gen-manifest-'));
    try {
      writeFileSync(join(folder, 'manifest.json'), JSON.stringify(value));
      assert.is(
        codeOf(() => readPreviousManifest(folder)),
        code,
      );
      assert.is(
        codeOf(() => previousRun(value)),
        'broken-manifest',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** The schema and the rules for statements of documents agree, but for empty lists. */
const allow = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
for (const statement of [
  allow,
  { ...allow, Sid: 'X', Condition: { StringLike: { a: ['b', 1, true] }, Bool: {} } },
  { Effect: 'Deny', NotAction: ['a:b'], NotResource: ['*'] },
  { Effect: 'Deny', NotAction: ['a:b'] },
  { ...allow, Effect: 'allow' },
  { ...allow, Sid: 1 },
  { ...allow, Principal: '*' },
  { ...allow, NotAction: 's3:x' },
  { ...allow, NotResource: '*' },
  { ...allow, Action: [1] },
  { ...allow, Resource: null },
  { ...allow, Condition: [] },
  { ...allow, Condition: { Bool: 'x' } },
  { ...allow, Condition: { Bool: { a: null } } },
  { ...allow, Condition: { Bool: { a: { b: 'c' } } } },
  { ...allow, Condition: { Numeric: { a: 2 ** 53 } } },
  { ...allow, Condition: { Numeric: { a: [-(2 ** 53)] } } },
  { ...allow, Condition: { Numeric: { a: 2 ** 53 - 1 } } },
  'x',
  null,
]) {
  test(`a statement: ${JSON.stringify(statement)}`, () => {
    const value = changed((m) => (m.policies[0].statements[0].statement = statement));
    assert.is(manifestFault(value) === undefined, statementFaults(statement).length === 0);
  });
}

test.run();
