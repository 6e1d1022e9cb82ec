/** The run before this one, as its manifest tells it. */
import type { MergeMode } from './bundle.ts';
import type { Statement } from './policy.ts';

export interface PreviousPolicy {
  readonly name: string;
  readonly stem: string;
  /** As AWS has it, where the manifest tells it. */
  readonly description?: string;
  readonly path?: string;
  readonly groups: readonly string[];
  /** Ids of the principals that hold it. */
  readonly principals: readonly string[];
  readonly statements: readonly Statement[];
}

export interface PreviousRun {
  readonly target: string;
  readonly mergeMode: MergeMode;
  readonly policies: readonly PreviousPolicy[];
  readonly roles?: readonly { readonly name: string; readonly path?: string }[];
}
