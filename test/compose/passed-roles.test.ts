import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { buildManifest } from '../../src/files/manifest.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Spec } from '../../src/model/requirement.ts';
import type { Target } from '../../src/model/target.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { builtIn } from '../support/bundles.ts';
import { BUILT_IN, targetOf } from '../support/target.ts';

const STANDARD = 'arn:*:iam::*:role/*.cluster-api-provider-aws.sigs.k8s.io';
const BASES = ['iaas-dynamic', 'iaas-static', 'eks-dynamic', 'eks-static'];

const compose = (features: readonly string[], changes: Partial<Target> = {}, spec = builtIn) =>
  composeBundle(spec, targetOf(features, changes));

/** The resources of every statement that passes roles, by policy. */
function passed(bundle: IamBundle): Record<string, readonly string[]> {
  return Object.fromEntries(
    bundle.policies.flatMap(({ stem, document }) =>
      document.Statement.filter(({ Action }) => Action?.includes('iam:PassRole')).map(
        ({ Resource }) => [stem, Resource ?? []],
      ),
    ),
  );
}

function problemsOf(run: () => unknown): GenError {
  try {
    run();
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
  throw new Error('no error');
}

/** The built-in spec, but for the name of the role of EKS node groups. */
function specWithNodeRole(name: string): Spec {
  const folder = mkdtempSync(join(tmpdir(), 'gen-roles-'));
  try {
    writeFileSync(
      join(folder, 'principals.yaml'),
      [
        'eks-nodegroup:',
        '  description: Nodes of EKS clusters.',
        '  node: true',
        '  createdWith: eks-nodegroup-role',
        '  role:',
        `    name: ${name}`,
        '    trust: [ec2.amazonaws.com]',
        '',
      ].join('\n'),
    );
    return loadSpec({ builtIn: BUILT_IN, overlays: [folder] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const base of BASES) {
  test(`${base}: a pattern stands beside the documented resource, nowhere else`, () => {
    const before = compose([base]);
    const after = compose([base], { allowRolePatterns: ['team-*', 'ng?'] });
    const allowed = ['arn:*:iam::*:role/team-*', 'arn:*:iam::*:role/ng?'];
    const minimum = before.policies.find(({ stem }) => stem.startsWith('PaletteMinimum'))?.stem;
    assert.equal(passed(after), {
      ...passed(before),
      [minimum as string]: [STANDARD, ...allowed],
    });
    const others = ({ policies }: IamBundle) =>
      policies.filter(({ stem }) => stem !== minimum).map(({ document }) => document);
    assert.equal(others(after), others(before));
  });
}

test('a pattern stands behind the path of the roles', () => {
  const bundle = compose(['iaas-static'], { path: '/teams/', allowRolePatterns: ['a-*'] });
  assert.equal(passed(bundle).PaletteMinimumIaaSStaticPolicy, [
    STANDARD,
    'arn:*:iam::*:role/teams/a-*',
  ]);
});

test('a pattern is told, in a note and in the manifest', () => {
  const target = targetOf(['eks-static'], { allowRolePatterns: ['team-*'] });
  const bundle = composeBundle(builtIn, target);
  assert.ok(bundle.notes.some((note) => note.includes('arn:*:iam::*:role/team-* too')));
  assert.equal(buildManifest(bundle, target, []).allowRolePatterns, ['team-*']);
  const plain = targetOf(['eks-static']);
  assert.not('allowRolePatterns' in buildManifest(composeBundle(builtIn, plain), plain, []));
});

test('a pattern that is allowed already says so', () => {
  const { notes } = compose(['eks-static'], {
    allowRolePatterns: ['my.cluster-api-provider-aws.sigs.k8s.io'],
  });
  assert.ok(notes.some((note) => note.includes('adds nothing')));
});

test('without a minimum base a pattern is not used: an error', () => {
  const error = problemsOf(() => compose(['core'], { allowRolePatterns: ['team-*'] }));
  assert.is(error.exitCode, 2);
  assert.is(error.problems[0]?.code, 'unused-role-pattern');
});

test('prefix, suffix and path keep the roles passable', () => {
  for (const changes of [
    { namePrefix: 'Own-' },
    { parameters: new Map([['nameSuffix', '.mine']]) },
    { path: '/palette/' },
  ]) {
    assert.ok(compose(['iaas-dynamic', 'eks-dynamic'], changes).roles.length >= 5);
  }
});

test('a role that the minimum policies may not pass: an error, until a pattern allows it', () => {
  const spec = specWithNodeRole('custom-ng-role');
  const error = problemsOf(() => compose(['eks-dynamic'], {}, spec));
  assert.is(error.exitCode, 2);
  assert.is(error.problems.length, 1);
  const { code, message, advice } = error.problems[0] ?? {};
  assert.is(code, 'role-not-passable');
  assert.match(message ?? '', `"custom-ng-role", so clusters with it fail to deploy`);
  assert.match(message ?? '', STANDARD);
  assert.match(advice ?? '', '--allow-role-pattern');
  assert.match(advice ?? '', '--name-suffix');
  const bundle = compose(['eks-dynamic'], { allowRolePatterns: ['custom-*'] }, spec);
  assert.ok(bundle.roles.some(({ name }) => name === 'custom-ng-role'));
});

test('a pattern for another path or name does not make a role passable', () => {
  const spec = specWithNodeRole('custom-ng-role');
  for (const pattern of ['custom', 'custom-ng-rol?x', 'Custom-*']) {
    assert.throws(() => compose(['eks-dynamic'], { allowRolePatterns: [pattern] }, spec));
  }
});

test('the broad policies of core are not looked at', () => {
  const spec = specWithNodeRole('custom-ng-role');
  assert.is(compose(['eks', 'eks-nodegroup-role'], {}, spec).roles.length, 1);
});

test('names that Palette keeps for itself are refused, all at once', () => {
  const error = problemsOf(() => compose(['eks-dynamic'], { namePrefix: 'ng-role_' }));
  assert.is(error.exitCode, 2);
  assert.is(error.problems.length, 5);
  assert.ok(error.problems.every(({ code }) => code === 'reserved-role-name'));
});

test.run();
