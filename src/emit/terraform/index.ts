/** Terraform: a module of policies, roles, instance profiles and attachments. */
import { templates } from '../../generated/templates.js';
import type { Emission, EmittedFile, Emitter, IamBundle } from '../../model/bundle.ts';
import { RunMemory } from '../../model/memo.ts';
import { onOneLine } from '../../text/characters.ts';
import { requireHolders, unnamedHolderNotes } from '../inline.ts';
import { printFile } from './hcl.ts';
import { IMPORTS_HEADER } from './import-ids.ts';
import { buildModule, type Module } from './module.ts';
import { renderReadme } from './readme.ts';
import { isPortablePattern } from './regex.ts';

/** What the header of each file says besides the generator's own line. */
const FILES: readonly {
  readonly name: keyof Module;
  readonly says?: string;
  readonly empty?: string;
}[] = [
  { name: 'main', says: 'A module: the caller configures the AWS provider and its account.' },
  { name: 'variables', empty: 'The module creates nothing that could be varied.' },
  { name: 'outputs', empty: 'The module creates nothing that has an output.' },
  { name: 'versions' },
];

/**
 * `terraform/{main,variables,outputs,versions}.tf`, as `terraform fmt` leaves them, with a
 * `README.md`, and an `imports.tf.example` where there is something to take over.
 * @throws GenError where a string cannot be said in Terraform (see `buildModule`), or an inline
 *   policy has nobody to be part of.
 */
export const emitTerraform: Emitter = (bundle: IamBundle, memory = new RunMemory()): Emission => {
  requireHolders(bundle, 'terraform');
  const module = buildModule(bundle, memory);
  const files = FILES.map(({ name, says, empty }) => {
    const lines = [
      ...(says === undefined
        ? []
        : [`Features: ${bundle.activeFeatures.join(', ')}. Statements are counted from 0.`, says]),
      ...(empty !== undefined && module[name].length === 0 ? [empty] : []),
    ];
    const header = templates['file-header']({
      commentPrefix: '#',
      target: onOneLine(bundle.target),
      lines,
    });
    return { path: `terraform/${name}.tf`, content: printFile(header, module[name]) };
  });
  return {
    files: [
      ...files,
      ...importsFile(bundle, module),
      { path: 'terraform/README.md', content: renderReadme(bundle, module) },
    ],
    notes: [...patternNotes(bundle), ...unnamedHolderNotes(bundle)],
  };
};

/** Not a `.tf` file: whoever has nothing to take over needs none of it. */
function importsFile(bundle: IamBundle, { imports }: Module): readonly EmittedFile[] {
  if (imports.length === 0) return [];
  const lines = IMPORTS_HEADER;
  const header = templates['file-header']({
    commentPrefix: '#',
    target: onOneLine(bundle.target),
    lines,
  });
  return [{ path: 'terraform/imports.tf.example', content: printFile(header, imports) }];
}

function patternNotes(bundle: IamBundle): readonly string[] {
  return bundle.openParameters
    .filter(({ pattern }) => !isPortablePattern(pattern))
    .map(
      ({ name, pattern }) =>
        `terraform: the variable for ${name} checks the length only; Terraform's regular expressions cannot say ${pattern}`,
    );
}
