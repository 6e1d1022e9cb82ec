/** What a manifest says that its artefacts grant, for checking them against it. */

type Json = Readonly<Record<string, unknown>>;

/** Open parameters are `{{}}`, whatever they are called. */
export interface Claims {
  /** The statements of each policy, as JSON. */
  readonly documents: readonly (readonly Json[])[];
  /** The statements of each role's trust policy. */
  readonly trusts: readonly (readonly Json[])[];
  /** Names of the users that are created. */
  readonly users: readonly string[];
  /** By the part of the ARN after `policy/`. */
  readonly awsManagedPolicies: ReadonlySet<string>;
  /** What stands for a parameter in the statements: its default, else `{{}}`. */
  readonly textFor: (parameter: string) => string;
}

export function claimsOf(manifest: {
  readonly parameters: Readonly<Record<string, string>>;
  readonly policies: readonly { readonly statements: readonly { readonly statement: Json }[] }[];
  readonly roles?: readonly { readonly trust: Json }[];
  readonly users?: readonly { readonly name: string }[];
  readonly principals: readonly { readonly awsManagedPolicies?: readonly string[] }[];
}): Claims {
  const values = new Map(
    Object.entries(manifest.parameters ?? {}).map(([name, value]) => [plain(name), value]),
  );
  return {
    textFor: (parameter) => values.get(plain(parameter)) ?? '{{}}',
    documents: manifest.policies.map(({ statements }) =>
      statements.map(({ statement }) => nameless(statement)),
    ),
    trusts: (manifest.roles ?? []).map(({ trust }) => [nameless(trust).Statement].flat() as Json[]),
    users: (manifest.users ?? []).map(({ name }) => name.replace(/\{\{\w+\}\}/g, '{{}}')),
    awsManagedPolicies: new Set(
      manifest.principals.flatMap(({ awsManagedPolicies }) => awsManagedPolicies ?? []),
    ),
  };
}

/** `clusterName`, `ClusterName` and `cluster_name` alike. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function nameless(json: Json): Json {
  return JSON.parse(JSON.stringify(json).replace(/\{\{\w+\}\}/g, '{{}}'));
}
