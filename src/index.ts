/** The library's face. Importing it does nothing by itself. */
export { composeBundle } from './compose/compose.ts';
export type { Manifest } from './files/manifest.ts';
export { type Generation, generate } from './generate.ts';
export type * from './model/bundle.ts';
export { FORMATS } from './model/bundle.ts';
export { GenError, type Place, type Problem } from './model/errors.ts';
export type * from './model/policy.ts';
export type * from './model/requirement.ts';
export type { Target, TargetOptions } from './model/target.ts';
export { loadSpec } from './spec/load.ts';
