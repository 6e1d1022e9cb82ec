/** The formats: one function each, loaded when asked for. A new format is one line here. */
import type { Emitter, Format } from '../model/bundle.ts';

export const EMITTERS: Readonly<Record<Format, () => Promise<Emitter>>> = {
  'iam-json': async () => (await import('./iam-json.ts')).emitIamJson,
  cloudformation: async () => (await import('./cloudformation/index.ts')).emitCloudFormation,
  terraform: async () => (await import('./terraform/index.ts')).emitTerraform,
  pxk: async () => (await import('./pxk.ts')).emitPxk,
  validator: async () => (await import('./validator.ts')).emitValidator,
};
