/**
 * Which sets save the most, when only so many may be taken?
 *
 * Every set saves the weights of the elements in it and costs something itself; an element in two
 * sets that are taken is saved once. (Weighted maximum coverage with costs: NP-hard, so exact
 * within a bound of steps, and a good heuristic beyond.)
 *
 * 1. A set that saves nothing alone is never taken, nor one whose elements another set holds at no
 *    higher cost.
 * 2. Sets that share no element, directly or by way of other sets, are decided on separately.
 * 3. Among sets that do: branch and bound. What a set still saves only falls as others are taken,
 *    so the largest of these savings together bound what can be reached.
 * 4. Beyond the bound of steps: the set that saves most in turn, then exchanges of one for another.
 * 5. The separate decisions are joined for every number of sets, which is exact again.
 * 6. Of choices that save the same, the first is used, in the order of savings and then of the input.
 */

export interface CoverSet {
  readonly cost: number;
  /** Numbers of elements; each once. */
  readonly elements: readonly number[];
}

export interface BestCover {
  /** What the best choice of at most so many sets saves, by number; the last is the most of all. */
  readonly saved: readonly number[];
  /** Input positions of the best choice of at most `count` sets, ascending. */
  choice(count: number): readonly number[];
  /** Whether the search ended within its bound, so that no choice saves more. */
  readonly exact: boolean;
}

/** Steps for sets that hang together, in each of both searches: each looks at one set. */
const MAX_SEARCH_STEPS = 300_000;
/** Entries of the table for joining; beyond it the joined choices may not be the best. */
const MAX_TABLE_ENTRIES = 4_000_000;

export function bestCover(weights: readonly number[], sets: readonly CoverSet[]): BestCover {
  const useful = withoutUseless(weights, sets);
  // How many of the sets taken hold each element; none again at the end of each part.
  const taken = new Int32Array(weights.length);
  const parts = connected(useful, sets).map((part) => solve(part, weights, sets, taken));
  const joined = join(parts);
  return {
    saved: joined.saved,
    choice: (count) => [...joined.choice(count)].sort((a, b) => a - b),
    exact: joined.exact && parts.every((part) => part.exact),
  };
}

/** Rule 1: positions of useful sets, those that save most first. */
function withoutUseless(weights: readonly number[], sets: readonly CoverSet[]): number[] {
  const saved = sets.map((set) => sum(set.elements.map((each) => weights[each] ?? 0)) - set.cost);
  const holding = new Map<number, number[]>();
  sets.forEach((set, at) => {
    for (const each of set.elements) {
      const known = holding.get(each);
      if (known === undefined) holding.set(each, [at]);
      else known.push(at);
    }
  });
  const elements = sets.map((set) => new Set(set.elements));
  const dominated = (at: number): boolean => {
    const set = sets[at] as CoverSet;
    return (holding.get(set.elements[0] as number) ?? []).some((other) => {
      const wider = sets[other] as CoverSet;
      if (other === at || wider.cost > set.cost) return false;
      if (!set.elements.every((each) => elements[other]?.has(each))) return false;
      const alike = wider.cost === set.cost && wider.elements.length === set.elements.length;
      return !alike || other < at;
    });
  };
  return [...sets.keys()]
    .filter((at) => (saved[at] as number) > 0 && !dominated(at))
    .sort((a, b) => (saved[b] as number) - (saved[a] as number) || a - b);
}

/** Rule 2: the useful sets in parts that share no element, in the order given. */
function connected(useful: readonly number[], sets: readonly CoverSet[]): number[][] {
  const parent = new Map<number, number>();
  const root = (each: number): number => {
    let at = each;
    for (;;) {
      const up = parent.get(at) ?? at;
      if (up === at) return at;
      parent.set(at, parent.get(up) ?? up);
      at = up;
    }
  };
  for (const at of useful) {
    const [first, ...rest] = (sets[at] as CoverSet).elements as [number, ...number[]];
    for (const each of rest) parent.set(root(each), root(first));
  }
  const parts = new Map<number, number[]>();
  for (const at of useful) {
    const key = root((sets[at] as CoverSet).elements[0] as number);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [at]);
    else part.push(at);
  }
  return [...parts.values()];
}

interface Part {
  /** By number of sets: what the best choice saves, and which it is. Never less, from zero on. */
  readonly best: readonly Choice[];
  readonly exact: boolean;
}

interface Choice {
  readonly saved: number;
  readonly sets: readonly number[];
}

/** Rules 3 and 4. */
function solve(
  part: readonly number[],
  weights: readonly number[],
  sets: readonly CoverSet[],
  taken: Int32Array,
): Part {
  const best: Choice[] = [{ saved: 0, sets: [] }];
  const bestSaved = (count: number): number =>
    (best[Math.min(count, best.length - 1)] as Choice).saved;
  const record = (saved: number, chosen: readonly number[]): void => {
    if (saved <= bestSaved(chosen.length)) return;
    const choice = { saved, sets: [...chosen] };
    while (best.length <= chosen.length) best.push(best[best.length - 1] as Choice);
    for (let count = chosen.length; count < best.length && bestSaved(count) < saved; count++) {
      best[count] = choice;
    }
  };

  const take = (at: number, times: 1 | -1): void => {
    for (const each of (sets[at] as CoverSet).elements) taken[each] = (taken[each] ?? 0) + times;
  };
  const savesNow = (at: number): number => {
    const { elements, cost } = sets[at] as CoverSet;
    let saved = -cost;
    for (const each of elements) if (taken[each] === 0) saved += weights[each] as number;
    return saved;
  };

  const greedily = (): void => {
    const chosen: number[] = [];
    let saved = 0;
    for (;;) {
      const next = bySavings(
        part.filter((at) => !chosen.includes(at)),
        savesNow,
      )[0];
      if (next === undefined) break;
      take(next.at, 1);
      chosen.push(next.at);
      saved += next.saves;
      record(saved, chosen);
    }
    for (const at of chosen) take(at, -1);
  };
  greedily();

  let steps = 0;
  const search = (saved: number, chosen: readonly number[], open: readonly number[]): void => {
    steps += open.length;
    record(saved, chosen);
    const ranked = bySavings(open, savesNow);
    for (let from = 0; from < ranked.length; from++) {
      // The next ones in rank bound what any choice among those left can add.
      let bound = saved;
      const promising = ranked.slice(from).some(({ saves }, more) => {
        bound += saves;
        return bound > bestSaved(chosen.length + more + 1);
      });
      if (!promising || steps > MAX_SEARCH_STEPS) return;
      const { at, saves } = ranked[from] as Ranked;
      take(at, 1);
      search(
        saved + saves,
        [...chosen, at],
        ranked.slice(from + 1).map((each) => each.at),
      );
      take(at, -1);
    }
  };
  search(0, [], part);
  const exact = steps <= MAX_SEARCH_STEPS;
  if (!exact) {
    const budget = { steps: MAX_SEARCH_STEPS };
    for (const choice of [...best]) record(...exchanged({ choice, part, take, savesNow, budget }));
  }
  while (best.length > 1 && bestSaved(best.length - 2) === bestSaved(best.length - 1)) best.pop();
  return { best, exact };
}

interface Ranked {
  readonly at: number;
  readonly saves: number;
}

/** Those that save something, most first; of equals, the order given. */
function bySavings(open: readonly number[], savesNow: (at: number) => number): Ranked[] {
  return open
    .map((at) => ({ at, saves: savesNow(at) }))
    .filter(({ saves }) => saves > 0)
    .sort((a, b) => b.saves - a.saves);
}

/** Rule 4: one for another as long as that saves more and there are steps left. */
function exchanged({
  choice,
  part,
  take,
  savesNow,
  budget,
}: {
  readonly choice: Choice;
  readonly part: readonly number[];
  readonly take: (at: number, times: 1 | -1) => void;
  readonly savesNow: (at: number) => number;
  readonly budget: { steps: number };
}): [saved: number, sets: readonly number[]] {
  const chosen = [...choice.sets];
  let { saved } = choice;
  for (const at of chosen) take(at, 1);
  for (let improved = true; improved; ) {
    improved = false;
    for (let place = 0; place < chosen.length && budget.steps > 0; place++) {
      budget.steps -= part.length;
      const out = chosen[place] as number;
      take(out, -1);
      const lost = savesNow(out);
      const better = bySavings(
        part.filter((at) => !chosen.includes(at)),
        savesNow,
      )[0];
      if (better !== undefined && better.saves > lost) {
        chosen[place] = better.at;
        saved += better.saves - lost;
        improved = true;
      }
      take(chosen[place] as number, 1);
    }
  }
  for (const at of chosen) take(at, -1);
  return [saved, chosen];
}

/** Rule 5: for every number of sets, how many of them each part gets. */
function join(parts: readonly Part[]): BestCover {
  const most = sum(parts.map(({ best }) => best.length - 1));
  const exact = parts.length * (most + 1) <= MAX_TABLE_ENTRIES;
  const shares = exact ? sharesByTable(parts, most) : sharesInTurn(parts);
  return {
    saved: shares.saved,
    choice: (count) =>
      shares
        .of(Math.min(count, most))
        .flatMap((share, part) => (parts[part] as Part).best[share]?.sets ?? []),
    exact,
  };
}

interface Shares {
  readonly saved: readonly number[];
  /** How many sets of each part are taken, of so many together. */
  of(count: number): number[];
}

function sharesByTable(parts: readonly Part[], most: number): Shares {
  let saved = new Array<number>(most + 1).fill(0);
  const table = parts.map(({ best }) => {
    const previous = saved;
    const share = new Array<number>(most + 1).fill(0);
    saved = previous.map((without, count) => {
      let top = without;
      for (let own = 1; own < best.length && own <= count; own++) {
        const together = (previous[count - own] as number) + (best[own] as Choice).saved;
        if (together > top) {
          top = together;
          share[count] = own;
        }
      }
      return top;
    });
    return share;
  });
  return {
    saved,
    of: (count) => {
      const shares: number[] = [];
      let left = count;
      for (const share of [...table].reverse()) {
        const own = share[left] as number;
        shares.unshift(own);
        left -= own;
      }
      return shares;
    },
  };
}

/** Each next set where it saves most: the best choice wherever later sets of a part save less. */
function sharesInTurn(parts: readonly Part[]): Shares {
  const steps = parts
    .flatMap(({ best }, part) =>
      best.slice(1).map(({ saved }, at) => ({
        part,
        own: at + 1,
        saves: saved - (best[at] as Choice).saved,
      })),
    )
    .sort((a, b) => b.saves - a.saves || a.part - b.part || a.own - b.own);
  const saved = [0];
  const inOrder: number[] = [];
  const reached = new Array<number>(parts.length).fill(0);
  for (const { part } of steps) {
    const { best } = parts[part] as Part;
    const own = (reached[part] as number) + 1;
    const saves = (best[own] as Choice).saved - (best[own - 1] as Choice).saved;
    reached[part] = own;
    inOrder.push(part);
    saved.push((saved[saved.length - 1] as number) + saves);
  }
  return {
    saved,
    of: (count) => {
      const shares = new Array<number>(parts.length).fill(0);
      for (const part of inOrder.slice(0, count)) shares[part] = (shares[part] as number) + 1;
      return shares;
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
