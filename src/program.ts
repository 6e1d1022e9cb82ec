/**
 * Loads the built program's CommonJS files together with what V8 compiled of them when the package
 * was built: half of the time that a short run takes is otherwise spent on compiling.
 *
 * V8 checks by itself that the data are its own version's, for the same flags, and for a source of
 * the same length; it compiles as ever where they are not. https://nodejs.org/api/vm.html
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { Script } from 'node:vm';

type Exports = Record<string, unknown>;
type Wrapper = (
  exports: Exports,
  require: (id: string) => unknown,
  module: { exports: Exports },
  filename: string,
  dirname: string,
) => void;

/** Below the folder of all caches: the place of the one that this Node's V8 can use. */
export function cacheName(): string {
  return `v8-${process.versions.v8}-${process.platform}-${process.arch}`;
}

export class Program {
  readonly #folder: string;
  readonly #caches: string;
  readonly #require: (id: string) => unknown;
  readonly #scripts = new Map<string, Script>();
  #modules = new Map<string, { exports: Exports }>();

  /**
   * @param folder where the program's files are
   * @param caches where what V8 compiled of them is, for this V8; need not be there
   */
  constructor(folder: string, caches: string) {
    this.#folder = folder;
    this.#caches = caches;
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
    const wrapper = this.#script(file).runInThisContext() as Wrapper;
    wrapper(module.exports, require, module, file, folder);
    return module.exports;
  }

  /** As if nothing had been run; what V8 has compiled stays. */
  startAgain(): void {
    this.#modules = new Map();
  }

  /** Writes what V8 has compiled until now. */
  writeCaches(): void {
    for (const [file, script] of this.#scripts) {
      const cache = this.#cacheOf(file);
      mkdirSync(dirname(cache), { recursive: true });
      writeFileSync(cache, script.createCachedData());
    }
  }

  /** The files that were run, and whether V8 took the data for each. */
  get taken(): ReadonlyMap<string, boolean> {
    return new Map(
      [...this.#scripts].map(([file, script]) => [
        this.#nameOf(file),
        script.cachedDataRejected === false,
      ]),
    );
  }

  #script(file: string): Script {
    const known = this.#scripts.get(file);
    if (known !== undefined) return known;
    const source = readFileSync(file, 'utf8');
    const cachedData = contentOf(this.#cacheOf(file));
    const script = new Script(
      `(function (exports, require, module, __filename, __dirname) { ${source}\n})`,
      {
        // V8 keeps the name with the code, which must not tell where the package was built.
        filename: `palette-iam-gen/${this.#nameOf(file)}`,
        ...(cachedData === undefined ? {} : { cachedData }),
      },
    );
    this.#scripts.set(file, script);
    return script;
  }

  #cacheOf(file: string): string {
    return join(this.#caches, `${this.#nameOf(file)}.cache`);
  }

  #nameOf(file: string): string {
    return relative(this.#folder, file).split(sep).join('/');
  }
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
