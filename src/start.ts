#!/usr/bin/env node
/** `dist/cli.js`: starts the built program with what V8 has compiled of it in previous runs. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompiledCode } from './compiled-code.ts';
import { Program } from './program.ts';

const folder = fileURLToPath(new URL('program', import.meta.url));
const { env, platform } = process;
const program = new Program(folder, new CompiledCode({ env, platform, uid: process.geteuid?.() }));
process.on('exit', (code) => {
  // Not where a signal ended the run (128 and its number): that is to be quick.
  if (code < 128) program.keepCompiled();
});
program.run(join(folder, 'cli.js'));
