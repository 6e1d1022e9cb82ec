/**
 * The recipe, from a spec and a target to the files: pure but for loading the formats' code.
 */
import { loadCatalogue } from './compose/catalogue.ts';
import { composeBundle, type Step } from './compose/compose.ts';
import { closeDefaults } from './compose/defaults.ts';
import { EMITTERS } from './emit/index.ts';
import { buildManifest, MANIFEST, type Manifest, manifestText } from './files/manifest.ts';
import { type EmittedFile, FORMATS, type IamBundle } from './model/bundle.ts';
import { CAPABILITIES } from './model/format-capabilities.ts';
import { RunMemory } from './model/memo.ts';
import type { PreviousRun } from './model/previous-run.ts';
import type { Spec } from './model/requirement.ts';
import type { TargetOptions } from './model/target.ts';
import { withDefaults } from './model/validated-target.ts';

export interface Generation {
  /** Defaults closed, as people read it; a format that finds them out was given it open. */
  readonly bundle: IamBundle;
  /** Name of the target's folder below the output folder. */
  readonly folder: string;
  /** Sorted by path; `manifest.json` included. */
  readonly files: readonly EmittedFile[];
  readonly manifest: Manifest;
  readonly notes: readonly string[];
}

export interface GenerateOptions {
  /** Of the run, where several targets are generated. */
  readonly memory?: RunMemory | undefined;
  /** Called before each step that may take long. */
  readonly onStep?: ((step: Step) => void) | undefined;
}

/**
 * Selects, composes, merges, packs, proves and emits. With a previous run, grants stay in the policies
 * that it had them in.
 * @param options what is left out is as on the command line: all formats, `auto`, managed policies
 * @throws GenError: exit 2 for a wrong target, 3 where it does not fit, 1 where the proof fails.
 */
export async function generate(
  spec: Spec,
  options: TargetOptions,
  previous?: PreviousRun,
  { memory = new RunMemory(), onStep }: GenerateOptions = {},
): Promise<Generation> {
  const target = withDefaults(options);
  const catalogue = target.shrink === undefined ? undefined : await loadCatalogue();
  const open = composeBundle(spec, target, { previous, catalogue, memory, onStep });
  const bundle = closeDefaults(open);
  const files: EmittedFile[] = [];
  const notes = [...bundle.notes];
  for (const format of FORMATS.filter((each) => target.formats.includes(each))) {
    const emit = await EMITTERS[format]();
    const emission = emit(CAPABILITIES[format].findsOut.length > 0 ? open : bundle, memory);
    files.push(...emission.files);
    notes.push(...emission.notes);
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const manifest = buildManifest(bundle, target, files);
  return {
    bundle,
    folder: bundle.target,
    files: [...files, { path: MANIFEST, content: manifestText(manifest) }],
    manifest,
    notes,
  };
}
