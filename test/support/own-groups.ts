/** Specs of a few groups for Palette's principal, composed again and again. */
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import type { Statement } from '../../src/model/policy.ts';
import type { PreviousRun } from '../../src/model/previous-run.ts';
import type { Feature, RequirementGroup, Spec } from '../../src/model/requirement.ts';
import type { TargetOptions } from '../../src/model/target.ts';
import { builtIn } from './bundles.ts';

export interface OwnGroup {
  readonly id: string;
  readonly policyName: string;
  readonly statements: readonly Statement[];
}

/** The built-in spec with these groups in place of its own, selected by the feature `extra`. */
export function specOf(
  own: readonly OwnGroup[],
  { quota = 10, size = 6144 }: { readonly quota?: number; readonly size?: number } = {},
): Spec {
  const core = builtIn.features.get('core') as Feature;
  const place = core.place;
  const groups = own.map(
    ({ id, policyName, statements }): RequirementGroup => ({
      id,
      policyName,
      nameDocumented: true,
      description: id,
      attachTo: ['palette'],
      statements,
      amendments: [],
      errata: [],
      place,
    }),
  );
  const extra: Feature = {
    ...core,
    id: 'extra',
    base: true,
    groups: own.map(({ id }) => id),
    excludes: [],
    implies: [],
    requires: [],
    awsManagedPolicies: [],
    advice: [],
  };
  return {
    ...builtIn,
    groups: new Map(groups.map((group) => [group.id, group])),
    features: new Map([['extra', extra]]),
    quotas: {
      ...builtIn.quotas,
      managedPolicySize: size,
      principals: new Map([['palette', quota]]),
    },
  };
}

/** The bundle as the next run finds it in the manifest. */
export function asPrevious({ target, mergeMode, policies }: IamBundle): PreviousRun {
  return {
    target,
    mergeMode,
    policies: policies.map(({ name, stem, groups, attachTo, document }) => ({
      name,
      stem,
      groups,
      principals: attachTo,
      statements: document.Statement,
    })),
  };
}

/** Composes and proves; checks every size, and that composing once more changes nothing. */
export function composeSettled(
  spec: Spec,
  options: TargetOptions,
  inputs: Parameters<typeof composeBundle>[2] = {},
): IamBundle {
  const bundle = composeBundle(spec, options, inputs);
  for (const { name, worstSize, limit } of bundle.policies) {
    assert.ok(worstSize <= limit, `${name}: ${worstSize} of ${limit}`);
  }
  const names = bundle.policies.map(({ name }) => name.toLowerCase());
  assert.is(new Set(names).size, names.length, names.join(' '));
  const again = composeBundle(spec, options, { ...inputs, previous: asPrevious(bundle) });
  assert.equal(again.policies, bundle.policies, 'composing again changes something');
  return bundle;
}
