/** Loads the built program's CommonJS files together with what V8 has compiled of them before. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { Script } from 'node:vm';
import type { CompiledCode, Loaded } from './compiled-code.ts';

type Exports = Record<string, unknown>;
type Wrapper = (
  exports: Exports,
  require: (id: string) => unknown,
  module: { exports: Exports },
  filename: string,
  dirname: string,
) => void;

export class Program {
  readonly #folder: string;
  readonly #compiled: CompiledCode;
  readonly #require: (id: string) => unknown;
  readonly #modules = new Map<string, { exports: Exports }>();
  readonly #loaded: Loaded[] = [];

  /** @param folder where the program's files are */
  constructor(folder: string, compiled: CompiledCode) {
    this.#folder = folder;
    this.#compiled = compiled;
    this.#require = createRequire(join(folder, 'program.js'));
  }

  /** Runs a file, and what it requires, once. */
  run(file: string): Exports {
    const known = this.#modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as Exports };
    this.#modules.set(file, module);
    const folder = dirname(file);
    const require = (id: string): unknown =>
      id.startsWith('.') ? this.run(join(folder, id)) : this.#require(id);
    const wrapper = this.#load(file).runInThisContext() as Wrapper;
    wrapper(module.exports, require, module, file, folder);
    return module.exports;
  }

  /**
   * Keeps what V8 has compiled until now, unless it all was there before. Where some of it is new,
   * all is kept: another command uses other functions of the files that both load.
   */
  keepCompiled(): void {
    if (this.#loaded.every(({ script }) => script.cachedDataRejected === false)) return;
    this.#compiled.put(this.#loaded);
  }

  #load(file: string): Script {
    const source = readFileSync(file);
    const cachedData = this.#compiled.get(source);
    const script = new Script(
      `(function (exports, require, module, __filename, __dirname) { ${source}\n})`,
      {
        // V8 keeps the name with the code, which may be used for a copy in another folder.
        filename: `palette-iam-gen/${relative(this.#folder, file).split(sep).join('/')}`,
        ...(cachedData === undefined ? {} : { cachedData }),
      },
    );
    this.#loaded.push({ source, script });
    return script;
  }
}
