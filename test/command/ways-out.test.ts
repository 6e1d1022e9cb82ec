/** Errors that name the way out, each of which is then tried. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { GenError, type Problem } from '../../src/model/errors.ts';
import type { Target } from '../../src/model/target.ts';
import { parseYaml } from '../../src/spec/yaml-file.ts';
import { builtIn } from '../support/bundles.ts';
import { targetOf } from '../support/target.ts';

const test = suite('ways out');

const compose = (changes: Partial<Target>) => composeBundle(builtIn, targetOf(['eks'], changes));

function problemsOf(attempt: () => unknown): readonly Problem[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof GenError) return error.problems;
    throw error;
  }
  return [];
}

test('over a quota: the limit that is in the way, with the figure that is enough', () => {
  const [most] = problemsOf(() => compose({ maxPolicies: 1 }));
  assert.is(most?.advice, 'Select fewer features, or raise --max-policies to 2.');
  assert.equal(
    problemsOf(() => compose({ maxPolicies: 2 })),
    [],
  );
  const [reserve] = problemsOf(() => compose({ reserve: 9 }));
  assert.is(reserve?.advice, 'Select fewer features, or lower --reserve to 8.');
  assert.equal(
    problemsOf(() => compose({ reserve: 8 })),
    [],
  );
  const [both] = problemsOf(() => compose({ maxPolicies: 1, reserve: 9 }));
  assert.match(both?.advice ?? '', /raise --max-policies to 2 and lower --reserve to 8\.$/);
  assert.equal(
    problemsOf(() => compose({ maxPolicies: 2, reserve: 8 })),
    [],
  );
});

test('a date before the documents is a note that names them', () => {
  const { notes } = compose({ asOf: '2010-01-01' });
  const note = notes.find((each) => each.includes('--as-of 2010-01-01 is before'));
  assert.match(note ?? '', /palette-controllers, .*from 20\d\d-\d\d-\d\d on/);
  assert.not(compose({ asOf: 'latest' }).notes.some((each) => each.includes('--as-of')));
});

test('an issuer of OpenID Connect has a dot', () => {
  const pattern = new RegExp(builtIn.parameters.get('oidcProvider')?.pattern ?? '');
  assert.not(pattern.test('foo'));
  assert.ok(pattern.test('oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'));
});

const YAML: readonly (readonly [text: string, line: number, says: RegExp])[] = [
  ['a: [x\nb: y\n', 2, /begins with \[ is not closed/],
  ['a: {x: 1\nb: 2\n', 2, /begins with \{ is not closed/],
  ['a: "x\nb: 1\n', 3, /quotation mark above is never closed/],
  ['a: x: y\n', 1, /text with a colon and a space in quotes/],
  ['a: b\nc\n', 2, /colon and a space are missing/],
  ['a: }\n', 1, /this \} closes nothing/],
  ['a: [1,, 2]\n', 1, /comma too many/],
  ['a:\n  - b\n c: d\n', 3, /same column/],
  ['- a\nb: c\n', 2, /does not belong here/],
];
for (const [text, line, words] of YAML) {
  test(`YAML: ${JSON.stringify(text)}`, () => {
    const [problem] = parseYaml(text, 'x.yaml').problems;
    assert.is(problem?.code, 'yaml-syntax');
    assert.match(problem?.message ?? '', words);
    assert.is(problem?.place?.line, line);
  });
}

test.run();
