/**
 * Names in the module: snake_case, as tflint's terraform_naming_convention asks, and unique.
 * https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_naming_convention.md
 */
import type { IamBundle, Role, User } from '../../model/bundle.ts';

/** Spellings in which letter case does not show where a word ends. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/IPv(?=[46])/g, '_Ipv'],
  [/IaaS/g, '_Iaas_'],
  [/EKSVPC/g, 'Eks_Vpc'],
  [/EBSCSI/g, 'Ebs_Csi_'],
];

/** Variable names that Terraform keeps for itself (module meta-arguments). */
const RESERVED_VARIABLES = new Set([
  'count',
  'depends_on',
  'for_each',
  'lifecycle',
  'locals',
  'providers',
  'source',
  'version',
]);

/**
 * `PaletteCniIPv4Policy` → `palette_cni_ipv4_policy`. Where the text begins with no letter, `kind`
 * goes before it, as Terraform and tflint want a letter first.
 */
export function snakeCase(text: string, kind: string): string {
  let words = text;
  for (const [spelling, separated] of WORDS) words = words.replace(spelling, separated);
  const name = words
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
  if (name === '') return kind;
  return /^[a-z]/.test(name) ? name : `${kind}_${name}`;
}

/** A variable's name for a parameter's: `clusterName` → `cluster_name`. */
export function variableName(parameter: string): string {
  const name = snakeCase(parameter, 'parameter');
  return RESERVED_VARIABLES.has(name) ? `${name}_value` : name;
}

/** Gives each wanted name out once per namespace; who comes later gets `_2`, `_3`, … behind it. */
export function uniqueNames(): (namespace: string, wanted: string) => string {
  const taken = new Set<string>();
  return (namespace, wanted) => {
    let name = wanted;
    for (let n = 2; taken.has(`${namespace} ${name}`); n += 1) name = `${wanted}_${n}`;
    taken.add(`${namespace} ${name}`);
    return name;
  };
}

/** Names of the roles and users in the map of their boundaries, in their order. */
export function boundaryKeys({ roles, users }: IamBundle): ReadonlyMap<Role | User, string> {
  const unique = uniqueNames();
  return new Map([...roles, ...users].map((each) => [each, unique('boundary', each.stem)]));
}
