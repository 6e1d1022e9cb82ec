/**
 * Loads the built program (scripts/bundle.mjs) together with what V8 has compiled of it before. Each
 * file is a CommonJS module. `main.js` holds all modules that most runs need and exports functions
 * that run them, by name.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import type { CompiledCode, Loaded } from './compiled-code.ts';

type Require = (id: string) => unknown;
type Wrapper = (
  exports: unknown,
  require: Require,
  module: { exports: unknown },
  filename: string,
) => void;

export class Program {
  readonly #folder: string;
  readonly #require: Require;
  readonly #compiled: CompiledCode | undefined;
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #loaded: Loaded[] = [];
  readonly #main: Readonly<Record<string, () => unknown>>;

  /**
   * @param folder where the program's files are
   * @param require for Node's own modules
   */
  constructor(folder: string, require: Require, compiled?: CompiledCode) {
    this.#folder = folder;
    this.#require = require;
    this.#compiled = compiled;
    this.#main = this.#runFile('main.js') as Readonly<Record<string, () => unknown>>;
  }

  /** Runs a module, and what it requires, once. */
  run(name: string): unknown {
    return this.#main[name]?.() ?? this.#runFile(name);
  }

  /**
   * Keeps what V8 has compiled until now, unless it all was there before. Where some of it is new,
   * all is kept: another command uses other functions of the files that both load.
   */
  keepCompiled(): void {
    if (this.#loaded.every(({ script }) => script.cachedDataRejected === false)) return;
    this.#compiled?.put(this.#loaded);
  }

  #runFile(name: string): unknown {
    const known = this.#modules.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.#modules.set(name, module);
    const require: Require = (id) =>
      id.startsWith('./') ? this.run(id.slice(2)) : this.#require(id);
    const file = join(this.#folder, name);
    const wrapper = this.#load(file, name).runInThisContext() as Wrapper;
    wrapper(module.exports, require, module, file);
    return module.exports;
  }

  #load(file: string, name: string): Script {
    const source = readFileSync(file);
    const cachedData = this.#compiled?.get(source);
    // The build writes ASCII only, which takes the least time to read.
    const script = new Script(source.toString('latin1'), {
      // V8 keeps the name with the code, which may be used for a copy in another folder.
      filename: `palette-iam-gen/${name}`,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    this.#loaded.push({ source, script });
    return script;
  }
}
