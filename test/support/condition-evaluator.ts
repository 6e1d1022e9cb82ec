/**
 * Evaluates condition blocks against the context of a request, for tests; shares no code with the
 * program. The rules: IAM User Guide, "IAM JSON policy elements: Condition operators" and
 * "Conditions with multiple context keys or values".
 */

type OneOrMany = string | readonly string[];
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, OneOrMany>>>>;

/** Condition key in lowercase → the request's values; no entry where the request has no such key. */
export type Context = ReadonlyMap<string, readonly string[]>;

const list = (value: OneOrMany): readonly string[] => (typeof value === 'string' ? [value] : value);

/**
 * Whether a pattern with `*` and `?` matches the whole text. What is matched after a star never has
 * to change once a later star is reached, so that no pattern takes longer than its length times the
 * text's; a regular expression would try every way to share the text out among the stars.
 */
export function matches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let taken = 0;
  for (let read = 0; read < text.length; ) {
    if (pattern[at] === '*') {
      star = at;
      taken = read;
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === text[read]) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      taken += 1;
      read = taken;
      at = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

const number = (text: string): number => Number(text);
const time = (text: string): number => Date.parse(text);

function inNetwork(range: string, address: string): boolean {
  const [base = '', bits = '32'] = range.split('/');
  const value = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + +part, 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(value(base) / size) === Math.floor(value(address) / size);
}

/** Whether one value of the request fits one value of the policy; by operator without its frills. */
const FITS: Readonly<Record<string, (policy: string, request: string) => boolean>> = {
  StringEquals: (policy, request) => policy === request,
  StringEqualsIgnoreCase: (policy, request) => policy.toLowerCase() === request.toLowerCase(),
  StringLike: matches,
  ArnEquals: matches,
  ArnLike: matches,
  NumericEquals: (policy, request) => number(request) === number(policy),
  NumericLessThan: (policy, request) => number(request) < number(policy),
  NumericLessThanEquals: (policy, request) => number(request) <= number(policy),
  NumericGreaterThan: (policy, request) => number(request) > number(policy),
  NumericGreaterThanEquals: (policy, request) => number(request) >= number(policy),
  DateEquals: (policy, request) => time(request) === time(policy),
  DateLessThan: (policy, request) => time(request) < time(policy),
  DateGreaterThan: (policy, request) => time(request) > time(policy),
  Bool: (policy, request) => policy.toLowerCase() === request.toLowerCase(),
  BinaryEquals: (policy, request) => policy === request,
  IpAddress: inNetwork,
};

function termHolds(operator: string, values: readonly string[], given?: readonly string[]) {
  if (operator === 'Null') {
    return values.some((value) => (value.toLowerCase() === 'true') === (given === undefined));
  }
  const [, set, name = ''] = /^(ForAllValues:|ForAnyValue:)?(.*)$/.exec(operator) ?? [];
  const plain = name.replace(/IfExists$/, '');
  const negated = plain.includes('Not');
  const fits = FITS[plain.replace('Not', '')];
  if (fits === undefined) throw new Error(`no operator ${operator}`);
  if (given === undefined) {
    if (set === 'ForAllValues:') return true;
    return name.endsWith('IfExists') || (negated && set === undefined);
  }
  const holds = (request: string): boolean =>
    values.some((policy) => fits(policy, request)) !== negated;
  return set === 'ForAllValues:' ? given.every(holds) : given.some(holds);
}

/** Whether every term of the block holds. */
export function conditionHolds(block: ConditionBlock | undefined, context: Context): boolean {
  return Object.entries(block ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      termHolds(operator, list(values), context.get(key.toLowerCase())),
    ),
  );
}

/** Values of the request worth asking about: near a policy's value on either side, and another. */
function near(value: string): string[] {
  const filled = value.replaceAll('*', 'xyzzy').replaceAll('?', 'q');
  const next = Number.isFinite(number(value)) ? [String(+value - 1), String(+value + 1)] : [];
  const network = value.includes('/') && /^\d/.test(value) ? [value.replace(/\/.*/, '')] : [];
  const day = /^\d{4}-/.test(value) ? ['1990-01-01T00:00:00Z', '2090-01-01T00:00:00Z'] : [];
  return [filled, ...next, ...network, ...day, 'another'];
}

/**
 * Contexts that tell a block from others: one in which it holds (where one is found), for each
 * value of each key one in which that value matters, and each of these without one key.
 */
export function tellingContexts(block: ConditionBlock | undefined): Context[] {
  const terms = Object.entries(block ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      operator,
      key: key.toLowerCase(),
      candidates: [undefined, ...new Set(list(values).flatMap(near))],
      holds: (value: string | undefined) =>
        termHolds(operator, list(values), value === undefined ? undefined : [value]),
    })),
  );
  const base = new Map<string, readonly string[]>();
  for (const { key, candidates, holds } of terms) {
    const value = candidates.findLast((each) => each !== 'another' && holds(each));
    if (value === undefined) base.delete(key);
    else base.set(key, [value]);
  }
  const contexts = new Map<string, Context>();
  const add = (context: Context): void => {
    contexts.set(JSON.stringify([...context].sort()), context);
  };
  add(base);
  for (const { key, candidates } of terms) {
    for (const value of candidates) {
      const context = new Map(base);
      if (value === undefined) context.delete(key);
      else context.set(key, [value]);
      add(context);
    }
    if (candidates.length > 2) {
      add(new Map(base).set(key, candidates.filter((each) => each !== undefined).slice(0, 2)));
    }
  }
  return [...contexts.values()];
}

/** A context in words. */
export function contextText(context: Context): string {
  return [...context].map(([key, values]) => `${key}=${values.join('|')}`).join(' ');
}
