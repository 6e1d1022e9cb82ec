/**
 * Shrinking, judged by means of its own: globs as regular expressions over the whole catalogue, and
 * exhaustive searches for the fewest wildcards.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Catalogue, catalogueOf, loadCatalogue } from '../../src/compose/catalogue.ts';
import { mergeStatements } from '../../src/compose/merge/merge.ts';
import { packStatements } from '../../src/compose/plan/pack.ts';
import { provePermissions } from '../../src/compose/prove.ts';
import { wordBounds } from '../../src/compose/shrink/action-words.ts';
import { bestCover } from '../../src/compose/shrink/best-cover.ts';
import { expandWildcards, unknownActions } from '../../src/compose/shrink/expand.ts';
import { type Shrinking, shrinkStatements } from '../../src/compose/shrink/shrink.ts';
import type { SourcedStatement } from '../../src/compose/sourced.ts';
import type { ShrinkShape } from '../../src/model/bundle.ts';
import type { Statement } from '../../src/model/policy.ts';
import { documentSize, EMPTY_DOCUMENT_SIZE, type SizeModel } from '../../src/model/size.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { BUILT_IN } from '../support/target.ts';

const aws = await loadCatalogue();
const everyAction = aws.actionsMatching('*');
const builtIn = loadSpec({ builtIn: BUILT_IN });
const size: SizeModel = {
  parameterLength: new Map([...builtIn.parameters.values()].map((p) => [p.name, p.maxLength])),
  htmlEscaped: false,
};
const LIMIT = 6_144;

const CORE_EKS_HOST_GROUPS = [
  'palette-controllers',
  'palette-control-plane',
  'palette-nodes',
  'palette-deployment',
  'palette-controllers-eks',
  'palette-host-resource-groups',
];
const ALL_DOCUMENTS = [...builtIn.groups.keys()].filter((id) => /^(palette|cni)-/.test(id));

function merged(groups: readonly string[]): SourcedStatement[] {
  const statements = groups.flatMap(
    (group) =>
      builtIn.groups.get(group)?.statements.map((statement, at) => ({
        statement,
        origins: [{ group, statements: [at] }],
      })) ?? [],
  );
  return mergeStatements([{ principals: ['palette'], statements }], size)[0] ?? [];
}

function allow(...Action: string[]): SourcedStatement {
  return {
    statement: { Effect: 'Allow', Action, Resource: ['*'] },
    origins: [{ group: 'g', statements: [0] }],
  };
}

function characters(statements: readonly SourcedStatement[]): number {
  const document = statements.map(({ statement }) => statement);
  return documentSize({ Version: '2012-10-17', Statement: document }, size);
}

interface Options {
  readonly limit?: number;
  readonly catalogue?: Catalogue;
  readonly shape?: ShrinkShape;
  readonly isAsked?: (action: string) => boolean;
}

function shrink(
  statements: readonly SourcedStatement[],
  { limit = LIMIT, catalogue = aws, shape = 'exact', isAsked = () => false }: Options = {},
): Shrinking | undefined {
  return shrinkStatements({
    statements,
    limit,
    size,
    catalogue,
    shape,
    isAsked,
    countDocuments: (shrunk) => packStatements(shrunk, limit, size).length,
  });
}

/** IAM's matching, written once more; with other flags, capitals count. */
function glob(pattern: string, flags = 'i'): RegExp {
  const source = pattern
    .split('*')
    .map((text) => text.replace(/[^A-Za-z0-9]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`, flags);
}

/** All actions of the service of the one given. */
function actionsBeside(action: string): readonly string[] {
  const service = action.slice(0, action.indexOf(':') + 1);
  let all = byService.get(service);
  if (all === undefined) {
    all = everyAction.filter((each) => each.startsWith(service));
    byService.set(service, all);
  }
  return all;
}
const byService = new Map<string, readonly string[]>();

const SHAPES = {
  exact: /^[a-z0-9-]+:(\*|\*?[A-Za-z0-9-]+\*|\*[A-Za-z0-9-]+|[A-Za-z0-9-]+\*[A-Za-z0-9-]+)$/,
  validator: /^[a-z0-9-]+:(\*|\*?[A-Za-z0-9-]+\*|\*[A-Za-z0-9-]+)$/,
};

/** Which kinds of wildcards there are beside the usual: `X*Y`, and those for one action alone. */
interface Latitude {
  readonly between: boolean;
  readonly alone: boolean;
}

const USUAL: Latitude = { between: false, alone: false };

function latitudeOf({ wildcards }: Shrinking): Latitude {
  return {
    between: wildcards.some(({ pattern }) => /[^:]\*./.test(pattern)),
    alone: wildcards.some(({ standsFor }) => standsFor.length === 1),
  };
}

/** What is wrong with a shrinking; nothing where it is exact and reads at word bounds. */
function faults(before: readonly SourcedStatement[], after: Shrinking, shape: ShrinkShape) {
  const found: string[] = [];
  const listed = new Map(after.wildcards.map(({ pattern, standsFor }) => [pattern, standsFor]));
  const used = new Set<string>();
  if (after.statements.length !== before.length) found.push('number of statements');
  after.statements.forEach(({ statement, origins }, at) => {
    const previous = before[at] as SourcedStatement;
    if (statement === previous.statement) return;
    const { Action: actions = [], ...rest } = statement;
    const { Action: granted = [], ...previousRest } = previous.statement;
    if (JSON.stringify([rest, origins]) !== JSON.stringify([previousRest, previous.origins])) {
      found.push(`statement ${at} changed`);
    }
    const lower = actions.map((action) => action.toLowerCase());
    if (lower.join() !== [...lower].sort().join()) found.push(`statement ${at}: order`);
    const expanded = new Set<string>();
    for (const action of actions) {
      if (granted.includes(action)) {
        expanded.add(action);
        continue;
      }
      used.add(action);
      const regex = glob(action);
      const matched = actionsBeside(action).filter((each) => regex.test(each));
      const least = shape === 'exact' ? 1 : 2;
      if (matched.length < least) found.push(`${action} stands for ${matched.length}`);
      if (matched.join() !== listed.get(action)?.join()) found.push(`${action} is listed wrongly`);
      for (const each of matched) {
        if (!granted.includes(each)) found.push(`${action} matches ${each}`);
        if (!atWordBounds(action, each)) found.push(`${action} cuts a word of ${each}`);
        if (shape === 'validator' && !glob(action, '').test(each)) {
          found.push(`${action} differs in capitals from ${each}`);
        }
        expanded.add(each);
      }
      if (!SHAPES[shape].test(action)) found.push(`${action} has another shape`);
    }
    if ([...expanded].sort().join() !== [...granted].sort().join()) {
      found.push(`statement ${at}: other actions`);
    }
  });
  if ([...used].sort().join() !== [...listed.keys()].sort().join()) found.push('list of wildcards');
  return found;
}

/** Words by regular expressions; a plural ending may stay behind. */
function atWordBounds(pattern: string, action: string): boolean {
  const runs = pattern.slice(pattern.indexOf(':') + 1).split('*');
  const name = action.slice(action.indexOf(':') + 1);
  const bound = '(?:(?<=[^A-Z])(?=[A-Z])|(?=[A-Z][a-z]))';
  const spelled = (run: string): string =>
    [...run].map((c) => (c === '-' ? c : `[${c.toLowerCase()}${c.toUpperCase()}]`)).join('');
  if (runs.every((run) => run === '')) return true;
  if (runs[0] !== '' && runs.at(-1) !== '' && runs.length === 2) {
    const [x, y] = runs.map(spelled);
    return new RegExp(`^${x}(?:e?s)?${bound}(?:.*${bound})?${y}$`).test(name);
  }
  const before = pattern.includes(':*') ? `(?:.*${bound})?` : '';
  const after = pattern.endsWith('*') ? `(?:e?s)?(?:${bound}.*)?` : '';
  return new RegExp(`^${before}${spelled(runs.join(''))}${after}$`).test(name);
}

/** The same random numbers every time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Candidate {
  readonly pattern: string;
  /** Characters that it takes in a list. */
  readonly cost: number;
  readonly actions: readonly string[];
}

const entry = (text: string): number => text.length + 3;

/** Which globs an exhaustive search may take for the actions that they match. */
type Allowed = (pattern: string, actions: readonly string[]) => boolean;

/** Every exact glob of the shapes that is cut before capitals of some action. */
function everyCandidate(
  granted: readonly string[],
  catalogue: Catalogue,
  allowed: Allowed,
  { between, alone }: Latitude,
): Candidate[] {
  const byActions = new Map<string, Candidate>();
  for (const service of new Set(granted.map((action) => action.slice(0, action.indexOf(':'))))) {
    const all = catalogue.actionsOf(service);
    const own = all.filter((action) => granted.includes(action));
    const others = all.filter((action) => !granted.includes(action));
    const globs = new Set<string>(own.length === all.length ? ['*'] : []);
    for (const action of own) {
      const name = action.slice(service.length + 1);
      const cuts = [...name].flatMap((c, at) => (at === 0 || /[A-Z]/.test(c) ? [at] : []));
      for (const start of cuts) {
        for (const end of [...cuts, name.length].filter((each) => each > start)) {
          const text = name.slice(start, end);
          for (const each of [`${text}*`, `*${text}`, `*${text}*`]) globs.add(each);
          if (between && start > 0 && end === name.length) {
            for (const cut of cuts)
              if (cut > 0 && cut < start) globs.add(`${name.slice(0, cut)}*${text}`);
          }
        }
      }
    }
    for (const each of globs) {
      const pattern = `${service}:${each}`;
      const regex = glob(pattern);
      if (others.some((action) => regex.test(action))) continue;
      const actions = own.filter((action) => regex.test(action));
      if (actions.length < (alone ? 1 : 2)) continue;
      if (!allowed(pattern, actions)) continue;
      const cost = entry(pattern) - (actions.length === granted.length ? 2 : 0);
      const known = byActions.get(actions.join());
      if (known === undefined || cost < known.cost) {
        byActions.set(actions.join(), { pattern, cost, actions });
      }
    }
  }
  return [...byActions.values()];
}

/**
 * The most that a number of candidates can save, by number, from trying all sets of those that
 * overlap. A candidate whose actions another one holds at no higher cost is left out.
 */
function mostSaved(candidates: readonly Candidate[]): number[] {
  const useful = candidates.filter(
    (each, at) =>
      !candidates.some(
        (other, otherAt) =>
          other.cost <= each.cost &&
          (other.cost < each.cost || other.actions.length > each.actions.length || otherAt < at) &&
          otherAt !== at &&
          each.actions.every((action) => other.actions.includes(action)),
      ),
  );
  let totals = [0];
  const left = new Set(useful);
  for (const seed of useful) {
    if (!left.delete(seed)) continue;
    const part = [seed];
    for (const member of part) {
      for (const other of [...left]) {
        if (!other.actions.some((action) => member.actions.includes(action))) continue;
        left.delete(other);
        part.push(other);
      }
    }
    totals = joined(totals, exhaustively(part));
  }
  return totals;
}

function exhaustively(part: readonly Candidate[]): number[] {
  assert.ok(part.length <= 15, `${part.length} candidates hang together, too many to try all sets`);
  const best = new Array<number>(part.length + 1).fill(0);
  const held = new Map<string, number>();
  const visit = (at: number, count: number, saved: number): void => {
    best[count] = Math.max(best[count] as number, saved);
    if (at === part.length) return;
    visit(at + 1, count, saved);
    const { cost, actions } = part[at] as Candidate;
    let more = -cost;
    for (const action of actions) {
      const times = held.get(action) ?? 0;
      if (times === 0) more += entry(action);
      held.set(action, times + 1);
    }
    visit(at + 1, count + 1, saved + more);
    for (const action of actions) held.set(action, (held.get(action) as number) - 1);
  };
  visit(0, 0, 0);
  for (let at = 1; at < best.length; at++) {
    best[at] = Math.max(best[at] as number, best[at - 1] as number);
  }
  return best;
}

/** The most that so many wildcards can save over all statements, by number. */
function mostSavedOver(
  statements: readonly SourcedStatement[],
  allowed: Allowed,
  latitude = USUAL,
): number[] {
  return statements.reduce(
    (totals, { statement }) =>
      joined(totals, mostSaved(everyCandidate(statement.Action ?? [], aws, allowed, latitude))),
    [0],
  );
}

/** The most of both together, by number. */
function joined(left: readonly number[], right: readonly number[]): number[] {
  const most = new Array<number>(left.length + right.length - 1).fill(0);
  left.forEach((one, i) => {
    right.forEach((other, j) => {
      most[i + j] = Math.max(most[i + j] as number, one + other);
    });
  });
  return most;
}

const words = suite('words of an action');

words('words are cut as a person reads them', () => {
  for (const [name, cut] of [
    ['DescribeVpcs', 'Describe|Vpcs'],
    ['AssignIpv6Addresses', 'Assign|Ipv6|Addresses'],
    ['CreateOpenIDConnectProvider', 'Create|Open|ID|Connect|Provider'],
    ['PutBucketACL', 'Put|Bucket|ACL'],
    ['GetSSMParameter', 'Get|SSM|Parameter'],
    ['ListWebACLs', 'List|Web|ACLs'],
    ['ListHITsForQualificationType', 'List|HITs|For|Qualification|Type'],
    ['DescribeDBInstances', 'Describe|DB|Instances'],
    ['ListObjectsV2', 'List|Objects|V2'],
    ['PutS3Object', 'Put|S3|Object'],
    ['document', 'document'],
    ['AssociateViaAWSService-EventsAndStates', 'Associate|Via|AWS|Service-|Events|And|States'],
  ] as const) {
    const { starts, ends } = wordBounds(name);
    assert.is(starts.map((start, at) => name.slice(start, ends[at])).join('|'), cut);
  }
});

words('a plural may lose its ending', () => {
  const singular = (name: string) => wordBounds(name).singularEnds.map((end) => name.slice(0, end));
  assert.equal(singular('DescribeVpcs'), ['DescribeVpc']);
  assert.equal(singular('Addresses'), ['Address', 'Addresse']);
  assert.equal(singular('ListACLs'), ['ListACL']);
  assert.equal(singular('GetVpc'), []);
  assert.equal(singular('GetS'), []);
});

words.run();

const cover = suite('the best cover');

cover('for every number of sets it saves what an exhaustive search finds', () => {
  const next = random(7);
  for (let round = 0; round < 300; round++) {
    const weights = Array.from({ length: 8 }, () => 1 + Math.floor(next() * 9));
    const sets = Array.from({ length: 7 }, () => ({
      cost: Math.floor(next() * 8),
      elements: [...weights.keys()].filter(() => next() < 0.3),
    }));
    const found = bestCover(weights, sets);
    assert.is(found.exact, true);
    const saves = (chosen: readonly number[]): number => {
      const elements = new Set(chosen.flatMap((at) => sets[at]?.elements ?? []));
      return (
        [...elements].reduce((sum, each) => sum + (weights[each] as number), 0) -
        chosen.reduce((sum, at) => sum + (sets[at]?.cost ?? 0), 0)
      );
    };
    for (let count = 0; count <= sets.length; count++) {
      let best = 0;
      for (let set = 0; set < 2 ** sets.length; set++) {
        const chosen = [...sets.keys()].filter((at) => set & (1 << at));
        if (chosen.length <= count) best = Math.max(best, saves(chosen));
      }
      const choice = found.choice(count);
      assert.ok(choice.length <= count);
      assert.is(found.saved[Math.min(count, found.saved.length - 1)], best);
      assert.is(saves(choice), best, `round ${round}, ${count} sets`);
    }
  }
});

cover(
  'it stays quick where an exact answer is out of reach, says so, and saves no less than the greedy',
  () => {
    const next = random(11);
    const weights = Array.from({ length: 400 }, () => 20 + Math.floor(next() * 20));
    const sets = Array.from({ length: 400 }, () => ({
      cost: 15,
      elements: [...weights.keys()].filter(() => next() < 0.02),
    }));
    const found = bestCover(weights, sets);
    assert.is(found.exact, false);
    const gone = new Set<number>();
    let greedy = 0;
    for (let count = 1; count <= 20; count++) {
      const gains = sets.map(({ elements, cost }) =>
        elements.reduce((sum, at) => sum + (gone.has(at) ? 0 : (weights[at] as number)), -cost),
      );
      const top = Math.max(...gains);
      greedy += top;
      for (const at of sets[gains.indexOf(top)]?.elements ?? []) gone.add(at);
      assert.ok((found.saved[count] as number) >= greedy);
    }
  },
);

cover.run();

const test = suite('shrinking');

for (const [name, groups, before, documents] of [
  ['core + eks + host-groups', CORE_EKS_HOST_GROUPS, 7_845, 2],
  ['all 14 policy documents', ALL_DOCUMENTS, undefined, 2],
] as const) {
  for (const shape of ['exact', 'validator'] as const) {
    test(`${name}, ${shape}: one document, by as few wildcards as can do it`, () => {
      const statements = merged(groups);
      if (before !== undefined) assert.is(characters(statements), before);
      assert.is(packStatements(statements, LIMIT, size).length, documents);
      const shrunk = shrink(statements, { shape });
      assert.ok(shrunk);
      assert.ok(characters(shrunk.statements) <= LIMIT);
      assert.is(packStatements(shrunk.statements, LIMIT, size).length, 1);
      assert.equal(faults(statements, shrunk, shape), []);
      assert.is(shrunk.provenFewest, true);
      assert.is(shrunk.written, shrunk.wildcards.length);

      // More is allowed here than to shrinking: to cut words of the other actions that it matches.
      const most = mostSavedOver(statements, () => true);
      const needed = characters(statements) - LIMIT;
      assert.is(
        shrunk.written,
        most.findIndex((saved) => saved >= needed),
      );
      assert.is(
        characters(statements) - characters(shrunk.statements),
        most[shrunk.written],
        'as many wildcards could save more',
      );
    });
  }
}

test('all 14 documents are those of the reference', () => {
  assert.is(ALL_DOCUMENTS.length, 14);
});

test('the proof runs over what the catalogue says that the wildcards match', () => {
  const asked = merged(CORE_EKS_HOST_GROUPS).map(({ statement }) => statement);
  const shrunk = shrink(merged(CORE_EKS_HOST_GROUPS));
  const prove = (statements: readonly Statement[], catalogue: Catalogue) =>
    provePermissions([
      {
        principal: 'palette',
        asked,
        written: [
          {
            Version: '2012-10-17',
            Statement: statements.map((each) => expandWildcards(each, catalogue, () => false)),
          },
        ],
      },
    ]);
  const written = (shrunk?.statements ?? []).map(({ statement }) => statement);
  prove(written, aws);
  const { pattern } = shrunk?.wildcards[0] as { pattern: string };
  const newer = catalogueOf('2030-01-01', [...everyAction, pattern.replaceAll('*', 'New')]);
  assert.throws(() => prove(written, newer), /added: Allow/);
  assert.throws(() => prove(written.slice(1), aws), /lost: Allow/);
});

test('random parts of random services: exact, at word bounds, and no fewer wildcards could do', () => {
  const next = random(3);
  const services = [...new Set(everyAction.map((action) => action.slice(0, action.indexOf(':'))))];
  let shrunkTimes = 0;
  let checked = 0;
  let narrower = 0;
  for (let round = 0; round < 90; round++) {
    const shape = round % 2 === 0 ? 'exact' : 'validator';
    const statements = [1, 2].map((number): SourcedStatement => {
      const actions = [1, 2].flatMap(() => {
        const all = aws.actionsOf(services[Math.floor(next() * services.length)] as string);
        const share = next() ** 0.5;
        return all.filter(() => next() < share).slice(0, 40);
      });
      const sorted = [...new Set(actions)].sort((a, b) =>
        a.toLowerCase() < b.toLowerCase() ? -1 : 1,
      );
      return {
        statement: {
          Effect: 'Allow',
          Action: sorted.length > 0 ? sorted : ['tag:GetResources'],
          Resource: [`arn:*:${number}`],
        },
        origins: [{ group: 'g', statements: [number] }],
      };
    });
    const limit = Math.floor(characters(statements) * (0.6 + 0.39 * next()));
    const previous = JSON.stringify(statements);
    const shrunk = shrink(statements, { limit, shape });
    assert.is(JSON.stringify(statements), previous);
    if (shrunk === undefined) continue;
    shrunkTimes++;
    assert.equal(faults(statements, shrunk, shape), [], `round ${round}`);
    assert.equal(shrink(statements, { limit, shape }), shrunk);
    if (packStatements(shrunk.statements, limit, size).length > 1) continue;
    const latitude = latitudeOf(shrunk);
    const saved = characters(statements) - characters(shrunk.statements);
    const needed = characters(statements) - limit;
    // What reads worse is written only where nothing else would have done.
    for (const each of narrowerThan(latitude)) {
      const others = exhaustiveOrTooMany(statements, shape, each);
      if (others === undefined) continue;
      narrower++;
      assert.ok((others.at(-1) as number) < needed, `round ${round}: simpler wildcards can do`);
    }
    const most = exhaustiveOrTooMany(statements, shape, latitude);
    if (most === undefined) continue;
    checked++;
    assert.ok((most[shrunk.written - 1] as number) < needed, `round ${round}: fewer can do`);
    assert.is(saved, most[shrunk.written], `round ${round}: as many can save more`);
  }
  assert.ok(shrunkTimes >= 40, `${shrunkTimes}`);
  assert.ok(checked >= 40, `${checked}`);
  assert.ok(narrower >= 5, `${narrower}`);
});

function narrowerThan({ between, alone }: Latitude): Latitude[] {
  return [
    USUAL,
    { between: true, alone: false },
    { between: false, alone: true },
    { between: true, alone: true },
  ].slice(0, Number(between) + 2 * Number(alone));
}

/** `mostSavedOver` with what shrinking may use; undefined where too many overlap to try all sets. */
function exhaustiveOrTooMany(
  statements: readonly SourcedStatement[],
  shape: ShrinkShape,
  latitude: Latitude,
): number[] | undefined {
  const allowed: Allowed = (pattern, actions) =>
    actions.every(
      (action) =>
        atWordBounds(pattern, action) && (shape === 'exact' || glob(pattern, '').test(action)),
    );
  try {
    return mostSavedOver(statements, allowed, latitude);
  } catch {
    return undefined;
  }
}

const PETS = [
  'GetCat',
  'GetCats',
  'GetDog',
  'PutCat',
  'PutDog',
  'ListDogs',
  'DropDogs',
  'PutDogma',
];
const pets = catalogueOf(
  '2020-02-02',
  PETS.map((name) => `pet:${name}`),
);

test('the patterns of the shapes, and none that cuts a word', () => {
  const shrinkTo = (names: readonly string[], limit: number) =>
    shrink([allow(...names.map((name) => `pet:${name}`), 'pet:X')], { limit, catalogue: pets })
      ?.wildcards.map(({ pattern }) => pattern)
      .join(' ');
  const base = EMPTY_DOCUMENT_SIZE + 60;
  assert.is(shrinkTo(['GetCat', 'GetCats', 'GetDog'], base), 'pet:Get*');
  assert.is(shrinkTo(['GetCat', 'GetCats', 'PutCat'], base), 'pet:*Cat*');
  assert.is(shrinkTo(['GetCat', 'PutCat'], base), 'pet:*Cat');
  assert.is(shrinkTo(['DropDogs', 'ListDogs'], base), 'pet:*Dogs');
  assert.is(shrinkTo(['GetDog', 'PutDog'], base), 'pet:*Dog');
  // *Dog* matches PutDogma too, which is not granted at first, and whose word it cuts.
  const dogs = ['GetDog', 'PutDog', 'ListDogs', 'DropDogs'];
  assert.is(shrinkTo(dogs, base), 'pet:*Dog pet:*Dogs');
  assert.is(shrinkTo([...dogs, 'PutDogma'], base + 17), 'pet:*Dog pet:*Dogs');
  assert.is(shrinkTo(PETS, base), 'pet:*');
});

test('Deny, NotAction and negated operators stay as they are', () => {
  const Action = PETS.map((name) => `pet:${name}`);
  const origins = [{ group: 'g', statements: [0] }];
  const untouched: Statement[] = [
    { Effect: 'Deny', Action, Resource: ['*'] },
    { Effect: 'Allow', NotAction: Action, Resource: ['*'] },
    { Effect: 'Allow', Action, NotResource: ['a'] },
    { Effect: 'Allow', Action, Resource: ['*'], Condition: { StringNotLike: { k: ['v'] } } },
  ];
  const whole = untouched.map((statement) => ({ statement, origins }));
  const total = characters([...whole, allow(...Action)]);
  const shrunk = shrink([...whole, allow(...Action)], { limit: total - 10, catalogue: pets });
  assert.ok(shrunk);
  assert.equal(shrunk.statements.slice(0, 4), whole);
  assert.equal(shrunk.statements[4]?.statement.Action, ['pet:*']);
  const alone = characters(whole) - 10;
  assert.is(shrink(whole, { limit: alone, catalogue: pets }), undefined);
});

test('an action that the catalogue does not know is kept and told of', () => {
  const statement = allow('pet:DropDogs', 'pet:FlyDogs', 'pet:ListDogs', 'zoo:Fly*');
  const shrunk = shrink([statement], { limit: characters([statement]) - 5, catalogue: pets });
  assert.equal(shrunk?.statements[0]?.statement.Action, ['pet:*Dogs', 'pet:FlyDogs', 'zoo:Fly*']);
  assert.equal(shrunk?.wildcards, [
    { pattern: 'pet:*Dogs', standsFor: ['pet:DropDogs', 'pet:ListDogs'] },
  ]);
  assert.equal(unknownActions([statement, statement], pets), ['pet:FlyDogs', 'zoo:Fly*']);
  assert.equal(unknownActions([allow('PET:getcat', 'pet:Get*', '*')], pets), []);
});

/** Patterns that shrinking writes so that the limit is kept by this many characters less. */
function patternsSaving(
  characterCount: number,
  granted: readonly string[],
  catalogue: Catalogue,
  shape: ShrinkShape = 'exact',
): string | undefined {
  const statement = allow(...granted);
  const limit = characters([statement]) - characterCount;
  return shrink([statement], { limit, catalogue, shape })
    ?.wildcards.map(({ pattern }) => pattern)
    .join(' ');
}

test('X*Y is written only where no simpler wildcard saves the document', () => {
  const granted = ['k:GetTagging', 'k:GetBucketTagging', 'k:GetObjectTagging', 'k:ListAll'];
  const others = [
    'k:GetBucket',
    'k:GetObject',
    'k:ListTagging',
    'k:PutObjectTagging',
    'k:ListKeys',
  ];
  const tags = catalogueOf('2020-02-02', [...granted, ...others]);
  assert.is(patternsSaving(10, granted, tags), 'k:Get*Tagging');
  assert.is(patternsSaving(10, granted, tags, 'validator'), undefined);
  const withoutOthers = catalogueOf('2020-02-02', [...granted, 'k:ListTagging', 'k:ListKeys']);
  assert.is(patternsSaving(10, granted, withoutOthers), 'k:Get*');
});

test('X*Y begins and ends with whole words of all that it matches', () => {
  const others = ['k:GetBucket', 'k:GetObject', 'k:PutObjectDog', 'k:PutBucketDog', 'k:PutHotdog'];
  const granted = ['k:GetBucketDog', 'k:GetObjectDog', 'k:GetHotdog'];
  const dogs = catalogueOf('2020-02-02', [...granted, ...others]);
  // Get*Dog matches GetHotdog, whose word it would cut.
  assert.not.match(patternsSaving(4, granted, dogs) ?? '', /Get\*Dog/);
  assert.is(
    patternsSaving(
      4,
      granted.slice(0, 2),
      catalogueOf('2020-02-02', [...granted.slice(0, 2), ...others]),
    ),
    'k:Get*Dog',
  );
});

test('a wildcard for one action alone comes last', () => {
  const granted = ['k:DescribeManyThings', 'k:ListWebACLs', 'k:ListWebHooks', 'k:PutNothing'];
  const others = ['k:DescribeOne', 'k:ListAll', 'k:PutMany'];
  const things = catalogueOf('2020-02-02', [...granted, ...others]);
  assert.is(patternsSaving(10, granted, things), 'k:*Web*');
  assert.is(patternsSaving(30, granted, things), 'k:*Things k:*Web*');
  assert.is(patternsSaving(30, granted, things, 'validator'), undefined);
});

test('a name with a hyphen is shrunk like any other', () => {
  const granted = ['k:AssociateViaAWSService-EventsAndStates', 'k:AssociateViaStates', 'k:GetX'];
  const others = ['k:AssociateVia', 'k:DropStates'];
  const hyphens = catalogueOf('2020-02-02', [...granted, ...others]);
  assert.is(patternsSaving(10, granted, hyphens), 'k:Associate*States');
  const lattice = 'vpc-lattice:AssociateViaAWSService-EventsAndStates';
  const statement = allow(lattice, 'vpc-lattice:GetService');
  const shrunk = shrink([statement], { limit: characters([statement]) - 10 });
  assert.ok(shrunk);
  assert.equal(faults([statement], shrunk, 'exact'), []);
  assert.ok(shrunk.wildcards.some(({ standsFor }) => standsFor.includes(lattice)));
});

test('whatever its capitals, an action is known, and written once where it stood twice', () => {
  const statement = allow('PET:dropdogs', 'pet:DropDogs', 'pet:LISTDOGS', 'pet:GetCat');
  const shrunk = shrink([statement], { limit: characters([statement]) - 5, catalogue: pets });
  assert.equal(shrunk?.statements[0]?.statement.Action, ['pet:*Dogs', 'pet:GetCat']);
});

test('a wildcard that somebody asks for is not used for shrinking', () => {
  const dogs = allow('pet:DropDogs', 'pet:GetCat', 'pet:GetCats', 'pet:ListDogs');
  const limit = characters([dogs]) - 5;
  const patterns = (isAsked: (action: string) => boolean) =>
    shrink([dogs], { limit, catalogue: pets, isAsked })?.wildcards.map(({ pattern }) => pattern);
  assert.equal(
    patterns(() => false),
    ['pet:*Dogs'],
  );
  assert.equal(
    patterns((action) => action === 'pet:*Dogs'),
    ['pet:GetCat*'],
  );
  const elsewhere = { ...allow('PET:*dogs'), origins: [] };
  const both = shrink([dogs, elsewhere], {
    limit: characters([dogs, elsewhere]) - 5,
    catalogue: pets,
  });
  assert.equal(
    both?.wildcards.map(({ pattern }) => pattern),
    ['pet:GetCat*'],
  );
});

test('for the validator capitals must agree', () => {
  const mixed = catalogueOf('2020-02-02', ['n:AttachVPC', 'n:DetachVpc', 'n:GetVpc', 'n:PutNet']);
  const statement = allow('n:AttachVPC', 'n:DetachVpc', 'n:GetVpc', 'x:X');
  const limit = characters([statement]) - 5;
  const patterns = (shape: ShrinkShape) =>
    shrink([statement], { limit, catalogue: mixed, shape })?.wildcards.map((each) => each.pattern);
  assert.equal(patterns('exact'), ['n:*VPC']);
  assert.is(patterns('validator'), undefined);
});

test('nothing is written that saves no document', () => {
  const statement = allow(...PETS.map((name) => `pet:${name}`));
  assert.is(shrink([statement], { catalogue: pets }), undefined);
  assert.is(shrink([], { catalogue: pets }), undefined);
  const endless = allow(...Array.from({ length: 300 }, (_, at) => `zoo:Feed${at}`));
  assert.is(shrink([statement, endless], { catalogue: pets, limit: 400 }), undefined);
});

test('wildcards are expanded only where nobody asked for them, and only in plain Allow', () => {
  const expand = (statement: Statement, isAsked = (_: string) => false) =>
    expandWildcards(statement, pets, isAsked);
  const { statement } = allow('pet:*Cat', 'pet:PutCat', 'zoo:*');
  assert.equal(expand(statement).Action, ['pet:GetCat', 'pet:PutCat', 'zoo:*']);
  assert.is(
    expand(statement, () => true),
    statement,
  );
  const deny: Statement = { ...statement, Effect: 'Deny' };
  assert.is(expand(deny), deny);
  assert.equal(statement.Action, ['pet:*Cat', 'pet:PutCat', 'zoo:*']);
});

test('the built-in documents are shrunk in well under a second', () => {
  const statements = merged(ALL_DOCUMENTS);
  shrink(statements);
  const start = performance.now();
  shrink(statements);
  const took = performance.now() - start;
  assert.ok(took < 500, `${took} ms`);
});

test.run();
