/** Targets for tests: the defaults of the command line, and what a test changes. */
import type { Target } from '../../src/model/target.ts';
import { withDefaults } from '../../src/model/validated-target.ts';

/** A target with nothing chosen but the features; without any, what the command line takes then. */
export function targetOf(features: readonly string[], changes: Partial<Target> = {}): Target {
  const chosen = features.length === 0 ? ['core'] : features;
  return withDefaults({ features: chosen, formats: ['iam-json'], ...changes });
}

/** Every value that some format needs. */
export const ALL_VALUES: ReadonlyMap<string, string> = new Map([
  ['clusterName', 'demo'],
  ['vpcId', 'vpc-0abc1234def567890'],
  ['accountId', '123456789012'],
]);

/** The built-in spec's folder. */
export const BUILT_IN = new URL('../../spec', import.meta.url).pathname;
