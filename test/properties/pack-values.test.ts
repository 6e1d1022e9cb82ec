import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Document, parseAllDocuments, visit } from 'yaml';
import type { PackValues } from '../../src/emit/pxk.ts';
import { mergeValues } from '../../src/pack-values/merge.ts';
import { atLeast, runs } from '../support/fast.ts';

const ARNS = ['arn:aws:iam::123456789012:policy/Cni', 'arn:aws:iam::aws:policy/Csi'];
const PACK: PackValues = {
  kind: 'eks',
  path: 'pxk/eks.yaml',
  value: {
    managedMachinePool: { roleName: 'nodes.k8s.io', roleAdditionalPolicies: ARNS },
    manageCloudFormationStackManually: { enabled: true },
  },
};

const key = fc.oneof(
  fc.stringMatching(/^[a-z][a-zA-Z0-9-]{0,8}$/),
  fc.constantFrom('pack', 'a key', 'x: y', '#', '0', 'null', 'é', '*a', '- b'),
);
const scalar = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('two\nlines', 'ends\n\n', ' # no comment', 'yes', '012', '{{ .x }}', "it's"),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const anything = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, tie('map'), tie('list')),
  map: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  list: fc.array(tie('value'), { maxLength: 3 }),
}));
const orNull = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, fc.constant(null));
/** Values of any content, some of ours among them, in any order. */
const values = fc
  .tuple(
    anything.map as fc.Arbitrary<Record<string, unknown>>,
    fc.record(
      {
        managedMachinePool: orNull(
          fc
            .tuple(
              anything.map as fc.Arbitrary<Record<string, unknown>>,
              fc.record(
                {
                  roleName: fc.constantFrom('nodes.k8s.io', null),
                  roleAdditionalPolicies: orNull(
                    fc.subarray([...ARNS, 'arn:aws:iam::aws:policy/Theirs']),
                  ),
                },
                { requiredKeys: [], noNullPrototype: true },
              ),
            )
            .map(([theirs, ours]) => ({ ...theirs, ...ours })),
        ),
        manageCloudFormationStackManually: orNull(fc.constantFrom({}, { enabled: true })),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  )
  .chain(([theirs, ours]) =>
    fc
      .shuffledSubarray(Object.entries({ ...theirs, ...ours }), {
        minLength: Object.keys({ ...theirs, ...ours }).length,
      })
      .map((entries) => Object.fromEntries(entries) as Record<string, unknown>),
  );
const style = fc.record({
  indent: fc.integer({ min: 1, max: 5 }),
  indentSeq: fc.boolean(),
  singleQuote: fc.boolean(),
  crlf: fc.boolean(),
  noLastBreak: fc.boolean(),
  flowDepth: fc.integer({ min: 0, max: 4 }),
  lineWidth: fc.constantFrom(0, 20, 80),
  comments: fc.boolean(),
  before: fc.constantFrom('', '---\n', '# first\n', 'other: 1\n---\n'),
  after: fc.constantFrom('', '# last\n', '\n\n', '...\n', '---\nother: [1]\n'),
});

type Style = typeof style extends fc.Arbitrary<infer T> ? T : never;

/** The values as somebody may have written them. */
function written(value: Record<string, unknown>, layout: Style): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(_, node, path) {
      // Pairs stand between collections on the path.
      const depth = path.filter((each) => 'items' in each).length;
      if (depth >= layout.flowDepth) node.flow = true;
    },
    Pair(index, { key: name, value: held }, path) {
      if (!layout.comments || path.some((each) => 'flow' in each && each.flow)) return;
      const node = name as { commentBefore?: string; spaceBefore?: boolean };
      if (Number(index) % 2 === 1) node.commentBefore = ' about the key: it';
      if (Number(index) > 0) node.spaceBefore = true;
      if (held !== null && typeof held === 'object' && 'value' in held && held.value === 1) {
        (held as { comment?: string }).comment = ' a number';
      }
    },
  });
  const { indent, indentSeq, singleQuote, lineWidth } = layout;
  const body = document.toString({ indent, indentSeq, singleQuote, lineWidth });
  const text = layout.before + body + layout.after;
  const broken = layout.crlf ? text.replaceAll('\n', '\r\n') : text;
  return layout.noLastBreak ? broken.replace(/\r?\n$/, '') : broken;
}

/** Rules 1 to 3 on plain values. */
function expected(there: unknown, wanted: unknown): unknown {
  if (Array.isArray(wanted)) {
    const list = (there ?? []) as unknown[];
    return [...list, ...wanted.filter((item) => !list.includes(item))];
  }
  if (typeof wanted !== 'object' || wanted === null) return wanted;
  const merged = { ...(there as Record<string, unknown> | null) };
  for (const [name, value] of Object.entries(wanted)) merged[name] = expected(merged[name], value);
  return merged;
}

const comments = (text: string): string[] =>
  text.split(/\r?\n/).filter((line) => /^\s*# (first|last|about)/.test(line));

test('merging keeps all else, is idempotent, and keeps every comment and line', () => {
  let merges = 0;
  fc.assert(
    fc.property(values, style, (value, layout) => {
      const text = written(value, layout);
      const before = parseAllDocuments(text, { logLevel: 'error' });
      // What the writer of YAML itself cannot write is no case.
      if (before.some(({ errors }) => errors.length > 0)) return;
      const index = layout.before === 'other: 1\n---\n' ? 1 : 0;
      const telling = ['pack', ...Object.keys(PACK.value)].some((name) => name in value);
      if (before.length > 1 && !telling) return;
      const { text: after, conflicts } = mergeValues(text, 'v.yaml', [PACK], { force: false });
      assert.equal(conflicts, []);
      const documents = parseAllDocuments(after).map((each) => each.toJS());
      assert.is(documents.length, Math.max(before.length, 1));
      const held = before.map((each) => each.toJS())[index];
      assert.equal(documents[index], expected(held, PACK.value));
      before.forEach((each, at) => {
        if (at !== index) assert.equal(documents[at], each.toJS());
      });
      assert.is(mergeValues(after, 'v.yaml', [PACK], { force: false }).text, after);
      assert.equal(comments(after), comments(text));
      if (layout.crlf && text.includes('\r\n')) assert.not.match(after, /[^\r]\n/);
      merges += 1;
    }),
    { numRuns: runs(300), seed: 20261122 },
  );
  assert.ok(merges > atLeast(200), `${merges} merges`);
});

test('an added key changes no line that was there', () => {
  fc.assert(
    fc.property(anything.map as fc.Arbitrary<Record<string, unknown>>, style, (value, layout) => {
      const text = written({ pack: {}, ...value }, { ...layout, flowDepth: 2 });
      const lines = text.split(/\r?\n/);
      if (parseAllDocuments(text).some(({ errors }) => errors.length > 0)) return;
      const after = mergeValues(text, 'v.yaml', [PACK], { force: false }).text.split(/\r?\n/);
      let at = 0;
      for (const line of after) if (line === lines[at]) at += 1;
      assert.is(at >= lines.length - 1, true, 'every previous line stands there, in order');
    }),
    { numRuns: runs(100), seed: 20261122 },
  );
});

test.run();
