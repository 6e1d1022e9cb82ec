/**
 * Format `iam-json`: each document alone, as `aws iam create-policy`, `aws iam put-role-policy` and
 * the console take it.
 */
import type { Emitter, IamBundle, ManagedPolicy } from '../model/bundle.ts';
import { type JsonValue, toPolicyJson, toTrustPolicyJson } from '../model/policy.ts';
import { jsonText } from '../text/json.ts';
import { heldPolicies, sameDocument } from './inline.ts';
import { requireClosed } from './open-parameters.ts';

/** Whether another policy has the name and says something else: only inline ones may. */
function isNameAmbiguous(bundle: IamBundle, policy: ManagedPolicy): boolean {
  if (bundle.policyType !== 'inline') return false;
  // Some disks do not tell file names apart by letter case.
  const name = policy.name.toLowerCase();
  return bundle.policies.some(
    (other) => other.name.toLowerCase() === name && !sameDocument(other, policy),
  );
}

/** The file with a policy's document, for one of the principals that hold it. */
export function documentPath(bundle: IamBundle, policy: ManagedPolicy, principal: string): string {
  const folder = isNameAmbiguous(bundle, policy) ? `${principal}/` : '';
  return `iam-json/${folder}${policy.name}.json`;
}

function documentPaths(bundle: IamBundle, policy: ManagedPolicy): readonly string[] {
  if (!isNameAmbiguous(bundle, policy)) return [documentPath(bundle, policy, '')];
  return policy.attachTo.map((principal) => documentPath(bundle, policy, principal));
}

/**
 * `iam-json/<policy name>.json` and `iam-json/roles/<role name>.trust.json`; inline policies of one
 * name that differ from holder to holder are `iam-json/<principal>/<policy name>.json`.
 * Throws a usage error (`missing-parameter`) where a name or a document has an open parameter:
 * neither JSON nor a file name has a way to say "later".
 */
export const emitIamJson: Emitter = (bundle) => {
  // Files of one role's two policies would do as files, but not once they are put there.
  if (bundle.policyType === 'inline') heldPolicies(bundle);
  // Each path once: inline policies of one name may be the same.
  const policies = new Map(
    bundle.policies.flatMap((policy) =>
      documentPaths(bundle, policy).map((path) => [path, toPolicyJson(policy.document)] as const),
    ),
  );
  const documents: readonly (readonly [path: string, document: JsonValue])[] = [
    ...policies,
    ...bundle.roles.map((role): [string, JsonValue] => [
      `iam-json/roles/${role.name}.trust.json`,
      toTrustPolicyJson(role.trust),
    ]),
  ];
  requireClosed(bundle, 'iam-json', documents);
  return {
    files: documents.map(([path, document]) => ({
      path,
      content: jsonText(document),
    })),
    notes: [],
  };
};
