/** Terraform: a module of policies, roles, instance profiles and attachments. */
import { templates } from '../../generated/templates.js';
import type { Emission, Emitter, IamBundle } from '../../model/bundle.ts';
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
    notes: [...patternNotes(bundle), ...unnamedHolderNotes(bundle)],
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
