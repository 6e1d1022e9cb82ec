#!/usr/bin/env node
/**
 * `dist/cli.js`: starts the built program, the quickest way there is. A Node that the package has no
 * compiled code for keeps its own, if it can. https://nodejs.org/api/module.html#moduleenablecompilecachecachedir
 */
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheName, Program } from './program.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(here, 'program');
const main = join(folder, 'cli.js');
const cache = join(here, 'code-cache', cacheName());

if (existsSync(cache)) {
  new Program(folder, cache).run(main);
} else {
  (nodeModule as { enableCompileCache?: () => unknown }).enableCompileCache?.();
  nodeModule.createRequire(import.meta.url)(main);
}
