// Statements as a growing organisation writes them: the same for the same number, everywhere.
//
// - Ever more applications, each with resources of its own, read and written by a few usual sets of
//   actions and now and then by a set that nobody else uses; lists and descriptions on `*`.
// - One statement in seven has a condition, one in twelve repeats an earlier one or a part of it,
//   one in twelve narrows one, so that the earlier one covers it; one in fifty is a Deny.
import { CONDITIONS, SERVICES } from './services.mjs';

/** Mulberry32: numbers in [0, 1) from a seed. */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @returns statements in the packer's form: lists everywhere. */
export function generateStatements(count, seed = 20240229) {
  const random = randomFrom(seed);
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const some = (list) => {
    const chosen = list.filter(() => random() < 0.5);
    return chosen.length > 0 ? chosen : [pick(list)];
  };
  // A third as many applications as statements: resources grow with the number of statements.
  const application = () => `app-${below(Math.ceil(count / 3) + 1)}`;
  const statements = [];

  const fresh = () => {
    const service = pick(SERVICES);
    const named = (actions) => actions.map((action) => `${service.prefix}:${action}`);
    const dice = random();
    if (dice < 0.15) return { Effect: 'Allow', Action: named(some(service.list)), Resource: ['*'] };
    const name = application();
    const at = (resource) => resource.replace('#', name);
    if (dice < 0.17) {
      return { Effect: 'Deny', Action: named(service.write), Resource: [at(service.wide)] };
    }
    const actions =
      dice < 0.5
        ? service.read
        : dice < 0.75
          ? service.write
          : dice < 0.9
            ? [...service.read, ...service.write]
            : some([...service.read, ...service.write]);
    const resources = random() < 0.2 ? [service.wide] : some(service.resources);
    return { Effect: 'Allow', Action: named(actions), Resource: resources.map(at) };
  };

  /** Beside an earlier Allow: the same again, in part, or on less. */
  const after = (earlier, narrower) => {
    const statement = { ...earlier, Action: some(earlier.Action) };
    if (!narrower) return statement;
    const narrowed = earlier.Resource.map((resource) =>
      resource === '*' ? resource : resource.replace(/\*$/, `part-${below(10)}`),
    );
    return { ...statement, Resource: narrowed };
  };

  while (statements.length < count) {
    const dice = random();
    const earlier = statements.length > 0 ? pick(statements) : undefined;
    if (dice < 1 / 6 && earlier?.Effect === 'Allow') {
      statements.push(after(earlier, dice < 1 / 12));
      continue;
    }
    const statement = fresh();
    const conditional = statement.Effect === 'Allow' && random() < 1 / 7;
    statements.push(conditional ? { ...statement, Condition: pick(CONDITIONS) } : statement);
  }
  return statements;
}

/** As many statements as hold `count` grants, the last one cut to fit. */
export function generateGrants(count) {
  const statements = [];
  let left = count;
  for (const statement of generateStatements(count)) {
    if (statement.Effect !== 'Allow') continue;
    const actions = statement.Action.slice(0, Math.floor(left / statement.Resource.length));
    if (actions.length === 0) continue;
    statements.push({ ...statement, Action: actions });
    left -= actions.length * statement.Resource.length;
    if (left === 0) return statements;
  }
  throw new Error(`no ${count} grants in ${count} statements`);
}

/**
 * Groups of statements that share actions and resources in ways that are hard to pack: one group
 * each, which needs several policies.
 */
export const ONE_GROUP = {
  /** Twenty actions of 200 on five buckets of 50. */
  random(count) {
    const random = randomFrom(7);
    const some = (most, of, name) => [
      ...new Set(Array.from({ length: most }, () => name(Math.floor(random() * of)))),
    ];
    return range(count).map(() => allow(some(20, 200, action), some(5, 50, bucket)));
  },
  /** Each action on all buckets but one. */
  crown: (count) =>
    range(count).map((row) =>
      allow(
        [action(row)],
        range(count)
          .filter((each) => each !== row)
          .map(bucket),
      ),
    ),
  /** Each action on one bucket more. */
  triangle: (count) => range(count).map((row) => allow([action(row)], range(row + 1).map(bucket))),
  /** Each nearly fills a policy. */
  nearFull: (count) =>
    range(count).map((service) =>
      allow(
        range(260).map((number) => `svc${service}:Action${1000 + number}`),
        [`arn:aws:svc${service}:::x/*`],
      ),
    ),
};

const range = (count) => [...Array(count).keys()];
const action = (number) => `s3:Get${number}Object`;
const bucket = (number) => `arn:aws:s3:::bucket${number}`;
const allow = (Action, Resource) => ({ Effect: 'Allow', Action, Resource });
