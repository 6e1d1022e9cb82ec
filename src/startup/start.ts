#!/usr/bin/env node
/** `dist/cli.js`: starts the built program with what V8 has compiled of it in previous runs. */
import { join } from 'node:path';
import { CompiledCode } from './compiled-code.ts';
import { Program } from './program.ts';

const { env, platform } = process;
const compiled = new CompiledCode({ env, platform, uid: process.geteuid?.() });
const program = new Program(join(__dirname, 'program'), require, compiled);
process.on('exit', (code) => {
  // Not where a signal ended the run (128 and its number): that is to be quick.
  if (code < 128) program.keepCompiled();
});
// All is done and printed by then; taking the heap apart would only take time.
process.on('beforeExit', () => process.exit());
program.run('cli.js');
