/**
 * What was worked out once, by what it was worked out from: a thousand targets have most of their
 * parts in common. Answers must not be changed by those who get them.
 */
export class Known<T> {
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
