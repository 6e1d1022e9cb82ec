/** `dist/index.js`: the library, from the same files as the program. It keeps no compiled code. */
import { join } from 'node:path';
import { Program } from './program.ts';

module.exports = new Program(join(__dirname, 'program'), require).run('index.js');
