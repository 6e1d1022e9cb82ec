/** Figures that the documentation names, and flags that bound packing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCatalogue } from '../../src/compose/catalogue.ts';
import { composeBundle } from '../../src/compose/compose.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Spec } from '../../src/model/requirement.ts';
import type { Target } from '../../src/model/target.ts';
import { builtIn } from '../support/bundles.ts';
import { SEED_FEATURES } from '../support/combinations.ts';
import { ALL_VALUES, targetOf } from '../support/target.ts';

const figures = suite('packing figures');

const catalogue = await loadCatalogue();
const documented = ['core', 'eks', 'host-groups'];
const characters = (sizes: readonly { readonly worstSize: number }[]): number =>
  sizes.reduce((sum, { worstSize }) => sum + worstSize, 0);

/** All 14 policy documents of the reference on Palette's principal. */
function everythingOnPalette(): Spec {
  const seeds = SEED_FEATURES.flatMap((id) => builtIn.features.get(id)?.groups ?? []);
  const ids = seeds.filter((id) => !id.startsWith('capa-'));
  assert.is(ids.length, 14);
  const core = builtIn.features.get('core');
  assert.ok(core);
  return {
    ...builtIn,
    groups: new Map(
      [...builtIn.groups].map(([id, group]) => [id, { ...group, attachTo: ['palette'] }]),
    ),
    features: new Map([
      ['core', { ...(core as NonNullable<typeof core>), groups: ids, excludes: [] }],
    ]),
  };
}

for (const [what, spec, features] of [
  ['core + eks + host-groups', builtIn, documented],
  ['all 14 documents', everythingOnPalette(), ['core']],
] as const) {
  figures(`${what}: two policies of 7,883 characters together, and no fewer can hold them`, () => {
    const target = targetOf(features, { mergeMode: 'all', parameters: ALL_VALUES });
    const { policies, packing } = composeBundle(spec, target);
    const own = policies.filter(({ attachTo }) => attachTo.includes('palette'));
    assert.is(own.length, 2);
    assert.ok(characters(own) <= 7883, `${characters(own)}`);
    assert.is(packing.find(({ principals }) => principals[0] === 'palette')?.lowerBound, 2);
  });

  for (const shrink of ['exact', 'validator'] as const) {
    figures(`${what}: one policy with --shrink ${shrink}`, () => {
      const target = targetOf(features, { mergeMode: 'all', parameters: ALL_VALUES, shrink });
      const bundle = composeBundle(spec, target, { catalogue });
      const own = bundle.policies.filter(({ attachTo }) => attachTo.includes('palette'));
      assert.is(own.length, 1);
      assert.ok(characters(own) <= 6144, `${characters(own)}`);
      const wildcards = bundle.shrink?.wildcards ?? [];
      assert.ok(wildcards.length > 0 && wildcards.length <= 17, `${wildcards.length}`);
      assert.is(bundle.shrink?.catalogueDate, catalogue.date);
      assert.ok(bundle.warnings.some(({ code }) => code === 'wildcards-widen'));
    });
  }
}

figures('an action that the catalogue does not know is kept, with a warning', () => {
  const group = builtIn.groups.get('palette-deployment');
  const statements = group?.statements.map((each) => ({
    ...each,
    Action: [...(each.Action ?? []), 'ec2:NotYetInvented'],
  }));
  const spec = {
    ...builtIn,
    groups: new Map(builtIn.groups).set('palette-deployment', {
      ...(group as NonNullable<typeof group>),
      statements: statements ?? [],
    }),
  };
  const target = targetOf(documented, { mergeMode: 'all', shrink: 'exact' });
  const bundle = composeBundle(spec, target, { catalogue });
  assert.match(JSON.stringify(bundle.policies), 'ec2:NotYetInvented');
  const warning = bundle.warnings.find(({ code }) => code === 'unknown-action');
  assert.match(warning?.message ?? '', 'ec2:NotYetInvented');
});

function refusal(target: Target, spec = builtIn): GenError {
  try {
    composeBundle(spec, target);
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
  return assert.unreachable('it was accepted') as never;
}

figures('--max-policies bounds what --reserve and quotas leave', () => {
  const two = composeBundle(builtIn, targetOf(documented, { maxPolicies: 2 }));
  assert.is(two.policies.filter(({ attachTo }) => attachTo.includes('palette')).length, 2);
  const error = refusal(targetOf(documented, { maxPolicies: 1 }));
  assert.is(error.exitCode, 3);
  assert.match(error.message, 'at most 1 allowed by --max-policies');
  assert.match(error.message, '2 policies of at most 6144');
});

figures('--reserve that leaves no slot is wrong usage', () => {
  const error = refusal(targetOf(['core'], { reserve: 10 }));
  assert.is(error.exitCode, 2);
  assert.match(error.problems[0]?.advice ?? '', 'at most 9');
});

figures('quotas of single principals override the common one', () => {
  const quotas = { ...builtIn.quotas, principals: new Map([['palette', 3]]) };
  const { policies, principals } = composeBundle({ ...builtIn, quotas }, targetOf(documented));
  assert.is(principals.find(({ id }) => id === 'palette')?.limit, 3);
  assert.is(policies.filter(({ attachTo }) => attachTo.includes('palette')).length, 3);
});

figures('inline policies fit the aggregate of a role, and of a user', () => {
  const role = composeBundle(builtIn, targetOf(['core', 'eks'], { policyType: 'inline' }));
  const use = role.principals.find(({ id }) => id === 'palette')?.inline;
  assert.is(use?.limit, 10240);
  assert.ok((use?.size ?? Number.POSITIVE_INFINITY) <= 10240);
  const error = refusal(
    targetOf(['core'], { policyType: 'inline', paletteUsers: ['palette'], mergeMode: 'all' }),
  );
  assert.is(error.exitCode, 3);
  assert.match(error.message, 'AWS allows 2048');
  assert.is(refusal(targetOf(['core'], { policyType: 'inline', reserve: 1 })).exitCode, 2);
});

figures('a resource of 7,000 characters fits nowhere: which statement, how much too long', () => {
  const group = builtIn.groups.get('palette-deployment');
  const statements = [
    {
      Effect: 'Allow' as const,
      Action: ['s3:GetObject'],
      Resource: [`arn:aws:s3:::${'x'.repeat(7000)}`],
    },
  ];
  const spec = {
    ...builtIn,
    groups: new Map(builtIn.groups).set('palette-deployment', {
      ...(group as NonNullable<typeof group>),
      statements,
    }),
  };
  for (const mergeMode of ['auto', 'all', 'none'] as const) {
    const error = refusal(targetOf(['core'], { mergeMode }), spec);
    assert.is(error.exitCode, 3);
    assert.match(error.message, /palette-deployment, statement 0 .* \d+ too many/);
  }
});

figures.run();
