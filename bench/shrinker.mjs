// What measuring shrinking takes from src/, the action catalogue included; bundled by build.mjs.
export { loadCatalogue } from '../src/compose/catalogue.ts';
export { shrinkWith } from '../src/compose/shrinking.ts';
