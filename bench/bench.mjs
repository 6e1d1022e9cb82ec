// The benchmark: every figure measured in this one run, as a ratio where it is a time. A missed
// target is said, and fails nothing; it ends with another code than 0 only where something broke.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DOCUMENTED, withLists } from './documented.mjs';
import { ONE_GROUP } from './generate.mjs';
import { besideEmpty, besideEmptyProcess, inChild, inTurns, once } from './measure.mjs';
import { NODES } from './nodes.mjs';
import { charactersOf, inputOf, LIMIT, pack } from './pack.mjs';
import { prepareDocument, prepareSynthesis } from './peer.mjs';
import { renderTable } from './table.mjs';

const TARGETS = 1_000;
const EXAMPLES = fileURLToPath(new URL('../scripts/examples.yaml', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
/** Runs of the program for each figure of a start. */
const STARTS = 21;
/** Milliseconds that a child may take before it is stopped. */
const CHILD_LIMIT = 120_000;
const COUNTS = [10, 100, 1_000, 10_000];
/** Few and many statements of one group. */
const ONE_GROUP_COUNTS = [40, 160];
const EMPTY = '× node -e 0';

const folder = mkdtempSync(join(tmpdir(), 'gen-bench-'));
try {
  const sections = [
    ...DOCUMENTED.map(compareWithPeer),
    packingTimes(),
    ...NODES.map(starting),
    manyAtOnce(),
  ];
  console.log(renderTable(sections));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The same documents through both, everything loaded and warm. */
function compareWithPeer({ name, documents }) {
  say(`${name}: beside aws-cdk-lib`);
  const input = inputOf(documents.map((statements) => statements.map(withLists)));
  const policies = pack(input);
  const theirs = JSON.stringify(prepareDocument(documents)()).length;
  const ours = () => () => pack(input);
  const resolve = () => prepareDocument(documents);
  const synthesize = () => prepareSynthesis(documents, join(folder, 'synthesis'));
  // Two by two: synthesizing leaves so much garbage that it would slow the others down.
  const turns = { warmUp: 2_000, rounds: 41 };
  const { result, empty } = besideEmptyProcess(() => inTurns([ours, resolve], turns));
  const [time, resolving] = result;
  const [timeAgain, synthesizing] = inTurns([ours, synthesize], turns);
  return {
    title: `${name}: ${documents.length} documents of ${documentedSize(documents)} characters`,
    figures: [
      { name: 'policies', value: policies.length, most: 2 },
      { name: 'characters together', value: charactersOf(policies), most: 7_883 },
      { name: 'time', value: time / empty, unit: EMPTY },
      { name: `aws-cdk-lib: characters, in one policy of at most ${LIMIT}`, value: theirs },
      {
        name: 'aws-cdk-lib: time of resolving its document',
        value: resolving / empty,
        unit: EMPTY,
      },
      {
        name: 'times faster than aws-cdk-lib resolving its document',
        value: resolving / time,
        unit: '×',
      },
      {
        // What its user runs to get the document; resolving alone neither packs nor proves.
        name: 'times faster than aws-cdk-lib synthesizing its stack',
        value: synthesizing / timeAgain,
        unit: '×',
        least: 20,
      },
    ],
  };
}

function documentedSize(documents) {
  const size = (Statement) => JSON.stringify({ Version: '2012-10-17', Statement }).length;
  return documents.reduce((sum, statements) => sum + size(statements), 0).toLocaleString('en-US');
}

/** Planning, merging, packing and proving, warm, each number in a process of its own. */
function packingTimes() {
  const targets = new Map([[10_000, 30]]);
  const stopped = { instead: `stopped after ${CHILD_LIMIT / 1000} s` };
  const measured = (kind, count) => {
    say(`${count} ${kind}`);
    const { result, empty } = besideEmptyProcess(() =>
      inChild('grow.mjs', [kind, count], CHILD_LIMIT),
    );
    return result && result.time / empty;
  };
  const grants = measured('grants', 300);
  const byCount = new Map(COUNTS.map((count) => [count, measured('statements', count)]));
  say('10000 statements: memory');
  const once = inChild('grow.mjs', ['statements', 10_000, 'once'], CHILD_LIMIT);
  say('1000 beside 10000 statements');
  const growth = inChild('growth.mjs', [1_000, 10_000], CHILD_LIMIT);
  const curves = Object.keys(ONE_GROUP).map((kind) => {
    say(`one group: ${kind}`);
    const curve = inChild('growth.mjs', [...ONE_GROUP_COUNTS, kind], CHILD_LIMIT);
    return {
      name: `one group of ${ONE_GROUP_COUNTS.join(' to ')} statements, ${kind}: time grows as characters to the power of`,
      value: curve?.exponent,
      most: 1.5,
      ...stopped,
    };
  });
  return {
    title: 'Packing and proving, relative to an empty process',
    figures: [
      { name: '300 grants', value: grants, unit: EMPTY, most: 0.1, ...stopped },
      ...COUNTS.map((count) => ({
        name: `${count.toLocaleString('en-US')} statements`,
        value: byCount.get(count),
        unit: EMPTY,
        most: targets.get(count),
        ...stopped,
      })),
      {
        name: 'time grows from 1,000 to 10,000 statements as n to the power of',
        value: growth?.exponent,
        most: 1.3,
        ...stopped,
      },
      ...curves,
      {
        name: '10,000 statements: peak memory',
        value: once?.megabytes,
        unit: ' MB',
        most: 400,
        ...stopped,
      },
    ],
  };
}

/** From the command line to the files, nothing warm, on one version of Node. */
function starting({ name, binary, limits }) {
  const options = { binary, env: { XDG_CACHE_HOME: join(folder, 'caches') } };
  const generating = ['iam-json', 'cloudformation', 'pxk', 'terraform'].map((format) => [
    format,
    (round) => [
      ...[CLI, '--features', 'iaas-dynamic', '--format', format],
      ...['--out', join(folder, `${name}-${format}-${round}`), '--quiet'],
    ],
  ]);
  const checking = ['gen check of out/', () => [CLI, 'check', '--config', EXAMPLES, '--quiet']];
  /** @type {any[][]} */
  const commands = [...generating, checking];
  const figures = commands.flatMap(([what, args]) => {
    say(`${name}: ${what}`);
    const { ratio, own } = besideEmpty(args, STARTS, options);
    return [
      { name: what, value: ratio, unit: EMPTY, most: limits[what] },
      { name: `${what}: longer than an empty process`, value: own, unit: ' ms' },
    ];
  });
  return { title: `The whole program, cold, on ${name}`, figures };
}

function manyAtOnce() {
  say(`${TARGETS} targets`);
  const config = join(folder, 'gen.yaml');
  writeFileSync(config, manyTargets());
  const { result, empty } = besideEmptyProcess(() => once([CLI, '--config', config, '--quiet']));
  return {
    title: `${TARGETS.toLocaleString('en-US')} targets in all formats`,
    figures: [
      { name: 'time', value: result.time / empty, unit: EMPTY, most: 150 },
      { name: 'peak memory', value: result.megabytes, unit: ' MB', most: 500 },
    ],
  };
}

/** Eight selections in turn, each for a cluster of its own. */
function manyTargets() {
  const selections = [
    ...['core', 'core, eks, cni-scoped', 'eks-dynamic, cni-scoped', 'iaas-dynamic'],
    ...[
      'iaas-static, host-groups',
      'eks-static, cni-ipv6',
      'core, eks, host-groups',
      'eks-dynamic, ebs-csi',
    ],
  ];
  const targets = Array.from({ length: TARGETS }, (_, number) => {
    const features = selections[number % selections.length];
    return `  t${number}: { features: [${features}], cluster-name: c${number}, vpc-id: vpc-0abc1234def567890 }`;
  });
  return `defaults: { account-id: "123456789012" }\ntargets:\n${targets.join('\n')}\n`;
}

/** What is being measured, for whoever waits. */
function say(what) {
  if (process.stderr.isTTY) process.stderr.write(`measuring ${what} …\n`);
}
