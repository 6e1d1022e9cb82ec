/** Format `iam-json`: each document alone, as `aws iam create-policy` and the console take it. */
import type { Emitter } from '../model/bundle.ts';
import { type JsonValue, toPolicyJson, toTrustPolicyJson } from '../model/policy.ts';
import { requireClosed } from './open-parameters.ts';

/**
 * `iam-json/<policy name>.json` and `iam-json/roles/<role name>.trust.json`.
 * Throws a usage error (`missing-parameter`) where a name or a document has an open parameter:
 * neither JSON nor a file name has a way to say "later".
 */
export const emitIamJson: Emitter = (bundle) => {
  const documents: readonly (readonly [path: string, document: JsonValue])[] = [
    ...bundle.policies.map((policy): [string, JsonValue] => [
      `iam-json/${policy.name}.json`,
      toPolicyJson(policy.document),
    ]),
    ...bundle.roles.map((role): [string, JsonValue] => [
      `iam-json/roles/${role.name}.trust.json`,
      toTrustPolicyJson(role.trust),
    ]),
  ];
  requireClosed(bundle, 'iam-json', documents);
  return {
    files: documents.map(([path, document]) => ({
      path,
      content: `${JSON.stringify(document, null, 2)}\n`,
    })),
    notes: [],
  };
};
