/**
 * Loads the built program's CommonJS files together with what V8 compiled of them when the package
 * was built: half of the time that a short run takes is otherwise spent on compiling.
 *
 * V8 checks by itself that the code is its own version's, for the same flags, and for a source of
 * the same length; it compiles as ever where it is not. https://nodejs.org/api/vm.html
 * That code and source are as they were when the package was built is checked here: V8 runs damaged
 * code, and knows of a changed source only what it had before.
 *
 * All compiled code is in one file, because package managers spend their time on files: the length
 * of an index (4 bytes, little endian), the index as JSON (name → where, counted from the index's
 * end, and how long, in bytes, with the hash of source and code), the code.
 */
import { createHash } from 'node:crypto';
import { openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
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

/** Name of the file with the code that this Node's V8 can use. */
export function cacheName(): string {
  return `v8-${process.versions.v8}-${process.platform}-${process.arch}.bin`;
}

type Place = readonly [offset: number, length: number, hash: string];

function hashOf(source: Buffer, code: Buffer): string {
  return createHash('sha256').update(source).update(code).digest('base64');
}

/** The file with compiled code, read where it is asked for. */
class CodeCache {
  readonly #file: number;
  readonly #start: number;
  readonly #index: Readonly<Record<string, Place>>;

  /** @throws Error where there is no such file, or not such a one */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    const length = this.#read(0, 4).readUInt32LE();
    this.#start = 4 + length;
    this.#index = JSON.parse(this.#read(4, length).toString());
  }

  /** Undefined where there is none of this very source, or not as it was. */
  get(name: string, source: Buffer): Buffer | undefined {
    const place = this.#index[name];
    if (place === undefined) return undefined;
    const [offset, length, hash] = place;
    const code = this.#read(this.#start + offset, length);
    return hashOf(source, code) === hash ? code : undefined;
  }

  #read(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(length);
    const read = readSync(this.#file, buffer, 0, length, offset);
    if (read < length) throw new Error('the code cache is cut short');
    return buffer;
  }
}

export class Program {
  readonly #folder: string;
  readonly #cache: CodeCache | undefined;
  readonly #require: (id: string) => unknown;
  readonly #scripts = new Map<string, Script>();
  #modules = new Map<string, { exports: Exports }>();

  /**
   * @param folder where the program's files are
   * @param cache the file with compiled code; need not be there
   */
  constructor(folder: string, cache: string) {
    this.#folder = folder;
    this.#cache = orNothing(() => new CodeCache(cache));
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
  writeCache(path: string): void {
    const index: Record<string, Place> = {};
    const code: Buffer[] = [];
    let offset = 0;
    for (const [file, script] of this.#scripts) {
      const compiled = script.createCachedData();
      const hash = hashOf(readFileSync(file), compiled);
      index[this.#nameOf(file)] = [offset, compiled.length, hash];
      code.push(compiled);
      offset += compiled.length;
    }
    const head = Buffer.from(JSON.stringify(index));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    writeFileSync(path, Buffer.concat([length, head, ...code]));
  }

  /** The files that were run, and whether V8 took the compiled code of each. */
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
    const name = this.#nameOf(file);
    const source = readFileSync(file);
    const cachedData = orNothing(() => this.#cache?.get(name, source));
    const script = new Script(
      `(function (exports, require, module, __filename, __dirname) { ${source}\n})`,
      {
        // V8 keeps the name with the code, which must not tell where the package was built.
        filename: `palette-iam-gen/${name}`,
        ...(cachedData === undefined ? {} : { cachedData }),
      },
    );
    this.#scripts.set(file, script);
    return script;
  }

  #nameOf(file: string): string {
    return relative(this.#folder, file).split(sep).join('/');
  }
}

/** Without compiled code the program starts all the same. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
