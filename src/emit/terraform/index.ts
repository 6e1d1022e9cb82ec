/** Terraform: a module of policies, roles, instance profiles and attachments. */
import { templates } from '../../generated/templates.js';
import type { Emission, Emitter, IamBundle, ManagedPolicy } from '../../model/bundle.ts';
import { toPolicyJson } from '../../model/policy.ts';
import { requireHolders, unnamedHolderNotes } from '../inline.ts';
import { printFile } from './hcl.ts';
import { buildModule, type Module } from './module.ts';
import { isPortablePattern } from './regex.ts';

/** What stands in the header of each file, beside the generator's own line. */
const FILES: readonly {
  readonly name: keyof Module;
  readonly says?: string;
  readonly empty?: string;
}[] = [
  { name: 'main', says: 'A module: the caller configures the AWS provider and its account.' },
  { name: 'variables', empty: 'No parameter is open: the module takes no variables.' },
  { name: 'outputs', empty: 'The module creates nothing that has an output.' },
  { name: 'versions' },
];

/**
 * `terraform/{main,variables,outputs,versions}.tf`, as `terraform fmt` leaves them.
 * @throws GenError where a string cannot be said in Terraform (see `buildModule`), or an inline
 *   policy has nobody to be part of.
 */
export const emitTerraform: Emitter = (bundle: IamBundle): Emission => {
  requireHolders(bundle, 'terraform');
  const module = buildModule(bundle);
  const files = FILES.map(({ name, says, empty }) => {
    const lines = [
      ...(says === undefined ? [] : [`Features: ${bundle.features.join(', ')}.`, says]),
      ...(empty !== undefined && module[name].length === 0 ? [empty] : []),
    ];
    const header = templates['file-header']({ commentPrefix: '#', target: bundle.target, lines });
    return { path: `terraform/${name}.tf`, content: printFile(header, module[name]) };
  });
  return {
    files,
    notes: [...patternNotes(bundle), ...sizeNotes(bundle), ...unnamedHolderNotes(bundle)],
  };
};

function patternNotes(bundle: IamBundle): readonly string[] {
  return bundle.openParameters
    .filter(({ pattern }) => !isPortablePattern(pattern))
    .map(
      ({ name, pattern }) =>
        `terraform: the variable for ${name} checks the length only; Terraform's regular expressions cannot say ${pattern}`,
    );
}

/**
 * The provider writes JSON as Go does: `<`, `>` and `&` become six characters each, and AWS counts
 * what it is sent.
 * https://pkg.go.dev/encoding/json#HTMLEscape
 */
function sizeNotes(bundle: IamBundle): readonly string[] {
  const growth = ({ document }: ManagedPolicy) =>
    5 * (JSON.stringify(toPolicyJson(document)).match(/[<>&]/g)?.length ?? 0);
  const note = (what: string, size: number, limit: number) =>
    size <= limit
      ? []
      : [
          `terraform: ${what} grows to ${size} of ${limit} characters, as Terraform writes \`<\`, \`>\` and \`&\` with six characters each`,
        ];
  if (bundle.policyType === 'managed') {
    return bundle.policies.flatMap((policy) =>
      note(policy.name, policy.worstSize + growth(policy), policy.limit),
    );
  }
  // AWS counts the inline policies of a role or user together.
  return bundle.principals.flatMap(({ id, inline }) => {
    if (inline === undefined) return [];
    const held = bundle.policies.filter(({ attachTo }) => attachTo.includes(id));
    const grown = held.reduce((sum, policy) => sum + growth(policy), inline.size);
    return note(`what ${id} holds inline`, grown, inline.limit);
  });
}
