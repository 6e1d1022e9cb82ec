/** Memo tables, keyed by their full input: a thousand targets have most of their parts in common. */

/** Answers must not be changed by those who get them. */
export class Memo<T> {
  readonly #answers = new Map<string, T>();
  readonly #most: number;

  /** @param most answers that are kept; with one more it begins anew, so that memory stays bounded */
  constructor(most = 2_000) {
    this.#most = most;
  }

  /** @param question everything that the answer depends on */
  get(question: string, answer: () => T): T {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const found = answer();
    if (this.#answers.size >= this.#most) this.#answers.clear();
    this.#answers.set(question, found);
    return found;
  }
}

/** The memo tables of one run, each made when it is first asked for. */
export class RunMemory {
  readonly #tables = new Map<string, unknown>();

  /** @param name says what is in the table, and so what it is a table of */
  table<T>(name: string, most?: number): Memo<T> {
    const known = this.#tables.get(name) as Memo<T> | undefined;
    if (known !== undefined) return known;
    const made = new Memo<T>(most);
    this.#tables.set(name, made);
    return made;
  }
}
