/** One target, from its specs and its previous manifest to the generation. */
import { resolve } from 'node:path';
import { targetFolder } from '../../compose/compose.ts';
import { MANIFEST, previousRun } from '../../files/manifest.ts';
import { shownFile } from '../../files/shown-path.ts';
import { readPreviousManifest, type WrittenManifest } from '../../files/write.ts';
import { type GenerateOptions, type Generation, generate } from '../../generate.ts';
import { GenError, usageError } from '../../model/errors.ts';
import { RunMemory } from '../../model/memo.ts';
import type { PreviousRun } from '../../model/previous-run.ts';
import type { Spec } from '../../model/requirement.ts';
import type { MergedFile } from '../../pack-values/files.ts';
import type { PlacedTarget } from './targets.ts';

export interface Generated {
  readonly generation: Generation;
  /** Absolute path of the target's folder. */
  readonly folder: string;
  /** The manifest that lies there. */
  readonly previous: WrittenManifest | undefined;
  /** The pack values files, merged in memory. */
  readonly values: readonly MergedFile[];
}

/**
 * What reads and checks YAML is loaded only where there is some to read.
 * @param memory of a run whose targets may share a spec
 */
export function specOf(
  overlays: readonly string[],
  memory: RunMemory = new RunMemory(),
): Promise<Spec> {
  const key = overlays.map((overlay) => resolve(overlay)).join('\n');
  return memory.table<Promise<Spec>>('specs').get(key, () => loaded(overlays));
}

async function loaded(overlays: readonly string[]): Promise<Spec> {
  if (overlays.length === 0) return (await import('../../spec/built-in.ts')).builtInSpec();
  return (await import('../../spec/load.ts')).loadSpec({ overlays });
}

/**
 * Reads the folder and the values files; writes nothing.
 * @param options.force overwrites other values there
 * @param run what its targets have in common
 */
export async function generated(
  { target, out, specs: overlays, values }: PlacedTarget,
  options: { readonly force: boolean },
  run: GenerateOptions = {},
): Promise<Generated> {
  const spec = await specOf(overlays, run.memory);
  const name = targetFolder(spec, target);
  const folder = resolve(out, name);
  const previous = readPreviousManifest(folder);
  const before =
    previous === undefined
      ? undefined
      : runBefore(previous, { name, shown: shownFile(folder, MANIFEST) }, target.repack === true);
  const generation = await generate(spec, target, before, run);
  const merged =
    values.length === 0
      ? []
      : (await import('../../pack-values/files.ts')).mergeValuesFiles(
          values,
          folder,
          generation.bundle,
          options,
        );
  return { generation, folder, previous, values: merged };
}

/** The run that wrote the manifest; with --repack one that is no use is passed over. */
function runBefore(
  manifest: object,
  { name, shown }: { readonly name: string; readonly shown: string },
  repack: boolean,
): PreviousRun | undefined {
  try {
    const before = previousRun(manifest, shown);
    if (before.target === name) return before;
    throw usageError(
      'foreign-manifest',
      `${shown} belongs to the target "${before.target}".`,
      'Move it back to its folder, or ignore it with --repack.',
    );
  } catch (error) {
    if (repack) return undefined;
    throw error;
  }
}

/** Values files that merging changes. */
export function changedValues(files: readonly MergedFile[]): readonly MergedFile[] {
  return files.filter(({ before, text }) => text !== before);
}

/** @throws GenError (exit 1) with all conflicts, where there are any */
export function refuseConflicts(files: readonly MergedFile[]): void {
  const conflicts = files.flatMap((file) => file.conflicts);
  if (conflicts.length > 0) throw new GenError(1, conflicts);
}
