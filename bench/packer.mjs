// What the benchmark takes from src/; bundled to dist/ by build.mjs, as the program itself is.
export { rememberingMerge } from '../src/compose/merge/remembered.ts';
export { planPolicies } from '../src/compose/plan/plan.ts';
export { provePermissions } from '../src/compose/prove.ts';
export { expandGrants, isPlainAllow } from '../src/model/grant.ts';
export { documentSize } from '../src/model/size.ts';
