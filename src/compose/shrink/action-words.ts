/**
 * Words of an action's name, as a person reads them: DescribeVpcs is Describe, Vpcs.
 *
 * 1. A word begins where the name begins, and at a capital letter that does not follow another
 *    capital: Assign|Ipv6|Addresses, Put|S3|Object, List|Objects|V2. Digits and anything else that
 *    is no capital belong to the word before them.
 * 2. In a run of capitals, one followed by a small letter begins the next word, the others are one
 *    acronym: Create|Open|ID|Connect|Provider, Get|SSM|Parameter, Put|Bucket|ACL.
 * 3. But an `s` alone after a run of capitals is its plural: List|Web|ACLs.
 * 4. A plural word, one that ends in `s` or `es`, may be left before that ending too, so that
 *    Describe|Vpc stands in Describe|Vpcs as it stands in Describe|Vpc|Attribute.
 */

export interface WordBounds {
  /** Where words begin, ascending; positions in the name. */
  readonly starts: readonly number[];
  /** Where words end (one past their last letter), ascending; as many as `starts`. */
  readonly ends: readonly number[];
  /** Where words end if their plural ending does not count (rule 4). */
  readonly singularEnds: readonly number[];
}

export function wordBounds(name: string): WordBounds {
  const starts = [...name].flatMap((_, at) => (beginsWord(name, at) ? [at] : []));
  const ends = [...starts.slice(1), name.length];
  const singularEnds = ends.flatMap((end, index) => {
    const word = name.slice(starts[index], end);
    return ['es', 's']
      .filter((plural) => word.length > plural.length && word.endsWith(plural))
      .map((plural) => end - plural.length);
  });
  return { starts, ends, singularEnds };
}

function beginsWord(name: string, at: number): boolean {
  if (at === 0) return true;
  if (!isCapital(name[at])) return false;
  if (!isCapital(name[at - 1])) return true;
  return isSmall(name[at + 1]) && !(name[at + 1] === 's' && !isSmall(name[at + 2]));
}

function isCapital(letter: string | undefined): boolean {
  return letter !== undefined && letter >= 'A' && letter <= 'Z';
}

function isSmall(letter: string | undefined): boolean {
  return letter !== undefined && letter >= 'a' && letter <= 'z';
}
