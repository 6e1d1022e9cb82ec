/** The spec in `spec/`, as `scripts/compile-spec.mjs` found it right and wrote it down. */
import { builtIn } from '../generated/built-in-spec.js';
import type { Spec } from '../model/requirement.ts';

/** A new value at each call, so that no caller can change another's. */
export function builtInSpec(): Spec {
  const { groups, features, principals, parameters, quotas, awsManaged } = JSON.parse(builtIn);
  return {
    groups: new Map(groups),
    features: new Map(features),
    principals: new Map(principals),
    parameters: new Map(parameters),
    quotas: { ...quotas, principals: new Map(quotas.principals) },
    awsManaged: new Map(awsManaged),
  };
}
