// Runs several test files in one process, so that the source is loaded once; closes as uvu does.
//   node --import tsx scripts/test-batch.mjs FILE…
import { resolve } from 'node:path';
import { run } from 'uvu/run';

await run(process.argv.slice(2).map((name) => ({ name, file: resolve(name).replace(/^\//, '') })));
