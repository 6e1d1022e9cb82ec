/** A set of numbers below a fixed length, as bits: thirty-two at once are compared and joined. */

const WORD = 32;

export class Bits {
  private readonly words: Uint32Array;

  private constructor(words: Uint32Array) {
    this.words = words;
  }

  /** @param length all members, of this set and of those it meets, are below it */
  static of(members: Iterable<number>, length: number): Bits {
    const words = new Uint32Array(Math.ceil(length / WORD));
    for (const each of members) words[each >>> 5] = (words[each >>> 5] as number) | (1 << each);
    return new Bits(words);
  }

  get isEmpty(): boolean {
    return this.words.every((word) => word === 0);
  }

  has(number: number): boolean {
    return ((this.words[number >>> 5] as number) & (1 << number)) !== 0;
  }

  holdsAll({ words: other }: Bits): boolean {
    const { words: own } = this;
    for (let at = 0; at < own.length; at++) {
      if (((other[at] as number) & ~(own[at] as number)) !== 0) return false;
    }
    return true;
  }

  /** How many of the other set's members are here. */
  countOf({ words: other }: Bits): number {
    const { words: own } = this;
    let count = 0;
    for (let at = 0; at < own.length; at++) {
      for (let rest = (own[at] as number) & (other[at] as number); rest !== 0; rest &= rest - 1) {
        count++;
      }
    }
    return count;
  }

  /** Adds the other set's members; those that were here before go into a third set. */
  addAll({ words: other }: Bits, before: Bits): void {
    const { words: own } = this;
    for (let at = 0; at < own.length; at++) {
      const both = (own[at] as number) & (other[at] as number);
      before.words[at] = (before.words[at] as number) | both;
      own[at] = (own[at] as number) | (other[at] as number);
    }
  }

  /** What is in this set and in all those. */
  intersection(those: readonly Bits[]): Bits {
    const words = this.words.slice();
    for (const { words: other } of those) {
      for (let at = 0; at < words.length; at++) {
        words[at] = (words[at] as number) & (other[at] as number);
      }
    }
    return new Bits(words);
  }

  /** What is in this set or in one of those. */
  union(those: readonly Bits[]): Bits {
    const words = this.words.slice();
    for (const { words: other } of those) {
      for (let at = 0; at < words.length; at++) {
        words[at] = (words[at] as number) | (other[at] as number);
      }
    }
    return new Bits(words);
  }

  without({ words: other }: Bits): Bits {
    const words = this.words.slice();
    for (let at = 0; at < words.length; at++) {
      words[at] = (words[at] as number) & ~(other[at] as number);
    }
    return new Bits(words);
  }

  /** Ascending. */
  members(): number[] {
    const members: number[] = [];
    this.words.forEach((word, at) => {
      for (let rest = word; rest !== 0; rest &= rest - 1) {
        members.push(at * WORD + 31 - Math.clz32(rest & -rest));
      }
    });
    return members;
  }
}

/** The columns of each row as the rows of each column. */
export function transposed(rows: readonly Bits[], columnCount: number): Bits[] {
  const byColumn: number[][] = Array.from({ length: columnCount }, () => []);
  rows.forEach((columns, row) => {
    for (const column of columns.members()) byColumn[column]?.push(row);
  });
  return byColumn.map((members) => Bits.of(members, rows.length));
}
