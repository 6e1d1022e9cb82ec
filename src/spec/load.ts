/**
 * The spec that a target is selected from: the built-in one, checked and normalized when the program
 * was built, and folders of the user's own laid over it.
 */
import type { Spec } from '../model/requirement.ts';
import { builtInSpec } from './built-in.ts';
import { layOver } from './lay-over.ts';

export interface SpecFolders {
  /** A folder in place of the built-in spec. */
  readonly builtIn?: string;
  /** Folders of the same shape, any part of it; a later one wins over an earlier one. */
  readonly overlays?: readonly string[];
}

/**
 * The built-in spec, overlays laid over it: an entry with a known id replaces it in its place, a new
 * one comes after; quotas merge key by key.
 * @throws GenError (exit 2) with everything that is wrong, in the order of the files.
 */
export function loadSpec({ builtIn, overlays = [] }: SpecFolders = {}): Spec {
  if (builtIn !== undefined) return layOver(undefined, [builtIn, ...overlays]);
  return overlays.length === 0 ? builtInSpec() : layOver(builtInSpec(), overlays);
}
