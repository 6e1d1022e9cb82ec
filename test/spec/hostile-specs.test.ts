/** Specs that are odd but lawful, or wrong in ways that would lose a permission: each as a user writes it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { composeBundle } from '../../src/compose/compose.ts';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Spec } from '../../src/model/requirement.ts';
import type { Target } from '../../src/model/target.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { BUILT_IN, targetOf } from '../support/target.ts';

const hostile = suite('hostile specs');

/** The built-in spec and a folder with these files. */
function specOf(files: Readonly<Record<string, string>>): Spec {
  const folder = mkdtempSync(join(tmpdir(), 'gen-spec-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return loadSpec({ builtIn: BUILT_IN, overlays: [folder] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const group = (id: string, policyName: string, statements: string, more = ''): string =>
  `id: ${id}\npolicyName: ${policyName}\nattachTo: [palette]\n${more}statements:\n${statements}\n`;
const FEATURE = 'f: { description: d, base: true, groups: [g] }\n';
const TWO = 'f: { description: d, base: true, groups: [g, h] }\n';

function refusal(run: () => unknown): GenError {
  try {
    run();
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
  return assert.unreachable('it was accepted') as never;
}

const compose = (spec: Spec, changes: Partial<Target> = {}) =>
  composeBundle(spec, targetOf(['f'], changes));

hostile('condition keys that become one are refused, before a condition is lost', () => {
  const condition =
    'Condition: { StringEquals: { "aws:rt/{{clusterName}}": a, "aws:rt/demo": b } }';
  const spec = specOf({
    'features.yaml': FEATURE,
    'groups/g.yaml': group(
      'g',
      'G',
      `  - { Effect: Allow, Action: "s3:x", Resource: "*", ${condition} }`,
    ),
  });
  const error = refusal(() => compose(spec, { parameters: new Map([['clusterName', 'demo']]) }));
  assert.is(error.exitCode, 2);
  assert.is(error.problems[0]?.code, 'colliding-condition-keys');
  const spaced = condition.replace('aws:rt/demo', 'aws:rt/{{ clusterName }}');
  const files = {
    'features.yaml': FEATURE,
    'groups/g.yaml': group(
      'g',
      'G',
      `  - { Effect: Allow, Action: "s3:x", Resource: "*", ${spaced} }`,
    ),
  };
  assert.is(refusal(() => specOf(files)).problems[0]?.code, 'duplicate-key');
});

hostile('parameters that differ in capitals only are refused', () => {
  const parameter =
    '{ description: d, pattern: "^[a-z]{1,9}$", maxLength: 9, constraint: letters }';
  const error = refusal(() =>
    specOf({ 'parameters.yaml': `team: ${parameter}\nTeam: ${parameter}\n` }),
  );
  assert.ok(error.problems.some(({ code }) => code === 'duplicate-parameter'));
});

hostile('a parameter that could break out of its text cannot be left open', () => {
  const spec = specOf({
    'features.yaml': FEATURE,
    'parameters.yaml':
      'team: { description: d, pattern: "^[ -~]{1,99}$", maxLength: 99, constraint: text }\n',
    'groups/g.yaml': group(
      'g',
      'G',
      '  - { Effect: Allow, Action: "s3:x", Resource: "arn:aws:s3:::{{team}}" }',
    ),
  });
  const error = refusal(() => compose(spec, { formats: ['terraform'] }));
  assert.is(error.problems[0]?.code, 'unsafe-open-parameter');
});

hostile('what Terraform escapes in a parameter counts with its longest form', () => {
  const spec = specOf({
    'features.yaml': FEATURE,
    'parameters.yaml':
      'team: { description: d, pattern: "^[<>&a-z]{1,100}$", maxLength: 100, constraint: text }\n',
    'groups/g.yaml': group(
      'g',
      'G',
      '  - { Effect: Allow, Action: "s3:x", Resource: "arn:aws:s3:::{{team}}" }',
    ),
  });
  const [terraform] = compose(spec, { formats: ['terraform'] }).policies;
  const [other] = compose(spec, { formats: ['cloudformation'] }).policies;
  assert.is((terraform?.worstSize ?? 0) - (other?.worstSize ?? 0), 500);
});

hostile('a policy and a role never share a logical id', () => {
  const spec = specOf({
    'features.yaml': 'f: { description: d, groups: [g] }\n',
    'groups/g.yaml': group(
      'g',
      'AWSIAMRoleNodes',
      '  - { Effect: Allow, Action: "s3:x", Resource: "*" }',
    ).replace('palette', 'nodes'),
  });
  const bundle = composeBundle(spec, targetOf(['f', 'iaas-dynamic']));
  const ids = [...bundle.roles, ...bundle.policies].map(({ logicalId }) => logicalId);
  assert.is(new Set(ids).size, ids.length);
});

hostile('AWS managed policies alone can exceed the quota', () => {
  const spec = specOf({
    'features.yaml': 'f: { description: d, base: true }\n',
    'principals.yaml': `a: { description: d, createdWith: f, role: { name: many, trust: [ec2.amazonaws.com], awsManagedPolicies: [${Array.from({ length: 11 }, (_, i) => `P${i}`).join(', ')}] } }\n`,
  });
  const error = refusal(() => compose(spec));
  assert.is(error.exitCode, 3);
  assert.match(error.message, '"a"');
});

hostile('a higher quota of roles counts for roles', () => {
  const spec = specOf({ 'quotas.yaml': 'managedPoliciesPerRole: 20\n' });
  const limits = new Map(
    composeBundle(spec, targetOf(['iaas-dynamic'])).principals.map(({ id, limit }) => [id, limit]),
  );
  assert.is(limits.get('nodes'), 20);
  // Palette's may be a user.
  assert.is(limits.get('palette'), 10);
});

hostile('two roles of one name are refused', () => {
  const role = 'createdWith: f, role: { name: same, trust: [ec2.amazonaws.com] }';
  const spec = specOf({
    'features.yaml': 'f: { description: d, base: true }\n',
    'principals.yaml': `a: { description: d, ${role} }\nb: { description: d, ${role} }\n`,
  });
  assert.is(refusal(() => compose(spec)).problems[0]?.code, 'duplicate-role-name');
});

hostile('values reach descriptions, and what is open there is declared', () => {
  const spec = specOf({
    'features.yaml': FEATURE,
    'groups/g.yaml': group(
      'g',
      'G',
      '  - { Effect: Allow, Action: "s3:x", Resource: "*" }',
      'description: For {{clusterName}}.\n',
    ),
  });
  const [given] = compose(spec, { parameters: new Map([['clusterName', 'demo']]) }).policies;
  assert.is(given?.description, 'For demo.');
  const open = compose(spec, { formats: ['cloudformation'] });
  assert.equal(
    open.openParameters.map(({ name }) => name),
    ['clusterName'],
  );
});

hostile('a role of a user’s own feature is no CAPA stack', () => {
  const spec = specOf({
    'features.yaml': FEATURE,
    'principals.yaml':
      'a: { description: d, createdWith: f, role: { name: mine, trust: [ec2.amazonaws.com] } }\n',
    'groups/g.yaml': group(
      'g',
      'G',
      '  - { Effect: Allow, Action: "s3:x", Resource: "*" }',
    ).replace('palette', 'a'),
  });
  const { files } = emitCloudFormation(compose(spec));
  assert.equal(
    files.map(({ path }) => path),
    ['cloudformation/palette-policies.yaml'],
  );
});

hostile('characters that YAML readers refuse arrive as escapes', () => {
  const spec = specOf({
    'features.yaml': FEATURE,
    'groups/g.yaml': group(
      'g',
      'G',
      '  - { Effect: Allow, Action: "s3:x", Resource: "arn:aws:s3:::a\\tb\\x85\\x80", Condition: { StringEquals: { k: "=" } } }',
    ),
  });
  const [file] = emitCloudFormation(compose(spec)).files;
  assert.not.ok(/[\t\u007f-\u009f]/.test(file?.content ?? ''));
  const statement = parse(file?.content ?? '').Resources.G.Properties.PolicyDocument.Statement[0];
  assert.is(statement.Resource, 'arn:aws:s3:::a\tb\u0085\u0080');
  assert.match(file?.content ?? '', "'='");
});

hostile('an empty statement is told with the other mistakes', () => {
  const error = refusal(() =>
    specOf({
      'groups/g.yaml': group(
        'g',
        'G',
        '  - { Effect: Allow, Action: s3, Resource: "*" }\n  -',
      ).replace('palette', 'palete'),
    }),
  );
  const codes = error.problems.map(({ code }) => code);
  for (const code of ['wrong-type', 'action-without-colon', 'unknown-principal']) {
    assert.ok(codes.includes(code), `${code} of ${codes}`);
  }
});

hostile('an operator that IAM does not have is told with the right one', () => {
  const error = refusal(() =>
    specOf({
      'groups/g.yaml': group(
        'g',
        'G',
        '  - { Effect: Allow, Action: "s3:x", Resource: "*", Condition: { StringEqual: { a: b } } }',
      ),
    }),
  );
  assert.is(error.problems[0]?.code, 'unknown-operator');
  assert.match(error.problems[0]?.advice ?? '', 'StringEquals');
});

hostile('the order in which a feature names its groups changes no document', () => {
  const of = (order: string): string => {
    const statements = (n: number): string =>
      `  - { Effect: Deny, Action: "s3:d${n}", Resource: "*" }\n  - { Effect: Allow, Action: "s3:a${n}", Resource: "*" }`;
    const spec = specOf({
      'features.yaml': TWO.replace('[g, h]', order),
      'groups/g.yaml': group('g', 'G', statements(1)),
      'groups/h.yaml': group('h', 'H', statements(2)),
    });
    return JSON.stringify(
      compose(spec, { mergeMode: 'all' }).policies.map(({ document }) => document),
    );
  };
  assert.is(of('[h, g]'), of('[g, h]'));
});

hostile('many groups on one principal are merged in little time', () => {
  const count = 120;
  const ids = Array.from({ length: count }, (_, index) => `g${index}`);
  const files = Object.fromEntries(
    ids.map((id) => [
      `groups/${id}.yaml`,
      group(
        id,
        id.toUpperCase(),
        `  - { Effect: Allow, Action: "s3:${id}", Resource: "arn:aws:s3:::${id}/*" }`,
      ),
    ]),
  );
  const spec = specOf({
    ...files,
    'features.yaml': `f: { description: d, base: true, groups: [${ids.join(', ')}] }\n`,
  });
  const { principals } = compose(spec);
  assert.ok((principals.find(({ id }) => id === 'palette')?.attached ?? 99) <= 10);
});

hostile.run();
