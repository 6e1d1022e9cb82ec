import pico from 'picocolors';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatError, formatProblem } from '../../src/cli/printing/errors.ts';
import { formatSummary, type Summarized } from '../../src/cli/printing/summary.ts';
import { bar } from '../../src/cli/printing/summary-details.ts';
import { formatTable, wrap } from '../../src/cli/printing/table.ts';
import type { ManagedPolicy, PrincipalUse } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';

const test = suite('summary');
const PLAIN = pico.createColors(false);
const COLORED = pico.createColors(true);

function policy(more: Partial<ManagedPolicy>): ManagedPolicy {
  return {
    name: 'PaletteControllerPolicy',
    stem: 'PaletteControllerPolicy',
    logicalId: 'PaletteControllerPolicy',
    description: '',
    document: { Version: '2012-10-17', Statement: [] },
    origins: [],
    groups: ['palette-controllers'],
    attachTo: ['palette'],
    inStack: false,
    size: 5026,
    worstSize: 5026,
    limit: 6144,
    ...more,
  };
}

function principal(more: Partial<PrincipalUse>): PrincipalUse {
  return {
    id: 'palette',
    description: '',
    created: false,
    node: false,
    attached: 1,
    free: 9,
    limit: 10,
    awsManagedPolicies: [],
    attachedByOthers: [],
    ...more,
  };
}

const GENERATION: Summarized = {
  bundle: {
    policyType: 'managed',
    policies: [
      policy({}),
      policy({
        name: 'PaletteCniScoped-{{clusterName}}',
        groups: ['cni-scoped-ipv4'],
        attachTo: ['node-group', 'nodes'],
        size: 942,
        worstSize: 1442,
      }),
    ],
    principals: [
      principal({}),
      principal({
        id: 'node-group',
        name: 'ng-role_worker-pool-<random>',
        attached: 5,
        attachedByOthers: ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy'],
        awsManagedPolicies: ['service-role/AmazonEBSCSIDriverPolicy'],
      }),
    ],
    existing: [
      { principal: 'palette', entity: 'role', name: 'SpectroCloudRole', awsManagedPolicies: [] },
    ],
    roles: [],
    packing: [],
    moves: [],
    replacements: [],
    pendingPermissions: 0,
    warnings: [
      { code: 'ineffective-scoping', message: 'No effect.', advice: 'Detach it.' },
      {
        code: 'ineffective-scoping',
        message: 'Said twice.',
        detail: 'Likewise: s3:GetObject.',
        isDocumented: true,
      },
    ],
  },
  notes: ['Attach it in Tenant Settings.', 'Attach it in Tenant Settings.'],
};
const RESULT = {
  added: ['terraform/main.tf'],
  changed: ['manifest.json'],
  unchanged: ['a', 'b'],
  removed: ['old.json'],
};
const ALL = { colors: PLAIN, folder: 'out/core', isVerbose: true };

test('everything', () => {
  const text = formatSummary(GENERATION, RESULT, ALL);
  assert.is(
    text,
    `Policy                            Characters                         Groups in it         Attached to
PaletteControllerPolicy           ███████░ 5026/6144                 palette-controllers  palette
PaletteCniScoped-{{clusterName}}  ██░░░░░░  942/6144, 1442 at worst  cni-scoped-ipv4      node-group, nodes

Principal   Role or user                  Attached       AWS managed               Attached by others
palette     SpectroCloudRole              █░░░░░░░ 1/10
node-group  ng-role_worker-pool-<random>  ████░░░░ 5/10  AmazonEBSCSIDriverPolicy  AmazonEKSWorkerNodePolicy,
                                                                                   AmazonEKS_CNI_Policy

out/core/  1 changed, 1 new, 1 removed, 2 unchanged
  ~ manifest.json
  + terraform/main.tf
  - old.json

note: Attach it in Tenant Settings.

warning: No effect. [ineffective-scoping]
    Detach it.
warning: Said twice. [ineffective-scoping]
    Likewise: s3:GetObject.
`,
  );
});

test('by default, what fits a screen', () => {
  const next = 'gen howto --features core';
  const text = formatSummary(GENERATION, RESULT, { colors: PLAIN, folder: 'out/core', next });
  assert.is(
    text,
    `Policy                            Characters           Attached to
PaletteControllerPolicy           ███████░  5026/6144  palette
PaletteCniScoped-{{clusterName}}  ██░░░░░░ ≤1442/6144  node-group, nodes

out/core/  1 changed, 1 new, 1 removed, 2 unchanged
  ~ manifest.json
  + terraform/main.tf
  - old.json

warning: No effect. [ineffective-scoping]
    Detach it.

Next: gen howto --features core
--verbose also shows 1 note, 1 redundancy of the documents.
`,
  );
});

/** Texts, numbered. */
const many = (count: number, text: string): string[] =>
  Array.from({ length: count }, (_, index) => `${text}${index}`);

test('by default never more than 24 lines of 80 characters, however much there is', () => {
  for (const count of [1, 5, 6, 7, 30]) {
    const { bundle } = GENERATION;
    const name = (each: string): string => `${each}.cluster-api-provider-aws.sigs.k8s.io`;
    const generation: Summarized = {
      notes: many(count, 'A note '),
      bundle: {
        ...bundle,
        policies: many(count, 'controllers').map((each) => policy({ name: name(each) })),
        moves: many(count, 'Policy').map((from) => ({ from, to: `${from}B`, grants: [] })),
        warnings: many(count, 'Something is to be done about ').map((message) => ({
          code: 'x',
          message: `${message}, ${'which is long to tell, '.repeat(8)}.`,
        })),
      },
    };
    const result = {
      added: many(count, 'iam-json/A'),
      changed: many(count, 'terraform/B'),
      removed: many(count, 'cloudformation/C'),
      unchanged: [],
    };
    const next = `gen howto ${'--tag a=b '.repeat(count)}`.trim();
    const text = formatSummary(generation, result, { ...ALL, isVerbose: false, next });
    const lines = text.trimEnd().split('\n');
    assert.ok(lines.length <= 24, `${count}: ${lines.length} lines\n${text}`);
    for (const line of lines) assert.ok(line.length <= 80, line);
    assert.match(text, 'Next: gen howto');
    assert.match(text, 'warning: Something is to be done about 0');
    if (count === 30) assert.match(text, /--verbose also shows \d+ more warnings, 30 notes\./);
  }
});

test('where nothing changed, nothing is next', () => {
  const unchanged = { added: [], changed: [], removed: [], unchanged: ['a', 'b'] };
  const text = formatSummary(GENERATION, unchanged, {
    ...ALL,
    isVerbose: false,
    next: 'gen howto',
  });
  assert.match(text, 'out/core/  2 unchanged');
  assert.not.match(text, 'Next');
});

test('inline policies: the characters of all of a principal together', () => {
  const { bundle } = GENERATION;
  const [palette, nodeGroup] = bundle.principals as [PrincipalUse, PrincipalUse];
  const inline: Summarized = {
    notes: [],
    bundle: {
      ...bundle,
      policyType: 'inline',
      policies: [policy({ size: 4863, worstSize: 5363, limit: 10240 })],
      principals: [
        { ...palette, attached: 0, inline: { size: 5363, limit: 10240 } },
        { ...nodeGroup, attached: 4, attachedByOthers: [], inline: { size: 942, limit: 10240 } },
        principal({ id: 'cluster' }),
      ],
      warnings: [],
    },
  };
  assert.is(
    formatSummary(inline, undefined, ALL),
    `Policy                   Characters                          Groups in it         Inline in
PaletteControllerPolicy  █████░░░ 4863/10240, 5363 at worst  palette-controllers  palette

Principal   Role or user                  Attached       Characters         AWS managed
palette     SpectroCloudRole              ░░░░░░░░ 0/10  inline 5363/10240
node-group  ng-role_worker-pool-<random>  ████░░░░ 4/10  inline  942/10240  AmazonEBSCSIDriverPolicy
cluster                                   █░░░░░░░ 1/10
`,
  );
});

test('any width: no line is longer, none ends with a blank, nothing is lost', () => {
  const long: Summarized = {
    ...GENERATION,
    bundle: {
      ...GENERATION.bundle,
      policies: [
        policy({
          name: `PaletteMerged1${'x'.repeat(100)}`,
          groups: Array.from({ length: 14 }, (_, index) => `palette-group-${index}`),
          attachTo: ['palette', 'controllers', 'control-plane', 'nodes'],
          worstSize: 6144,
        }),
      ],
    },
    notes: ['word '.repeat(100).trim()],
  };
  for (const width of [80, 100, 120, 500]) {
    const text = formatSummary(long, RESULT, { ...ALL, width });
    for (const line of text.split('\n')) {
      assert.ok(line.length <= Math.min(width, 120), line);
      assert.is(line, line.trimEnd());
    }
    if (width >= 100) assert.match(text, 'palette-group-13');
    assert.is(text.match(/word/g)?.length, 100);
  }
});

test('colour changes nothing else', () => {
  for (const isVerbose of [true, false]) {
    const plain = formatSummary(GENERATION, RESULT, { ...ALL, isVerbose });
    const colored = formatSummary(GENERATION, RESULT, { ...ALL, isVerbose, colors: COLORED });
    assert.match(colored, '\u001b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what colours are made of
    const bare = colored.replaceAll(/\u001b\[\d+m/g, '');
    const trimmed = (text: string) => text.split('\n').map((line) => line.trimEnd());
    assert.equal(trimmed(bare), trimmed(plain));
  }
});

test('without files, notes, warnings, policies', () => {
  const empty: Summarized = {
    bundle: {
      policyType: 'managed',
      policies: [],
      principals: [],
      existing: [],
      roles: [],
      packing: [],
      moves: [],
      replacements: [],
      pendingPermissions: 0,
      warnings: [],
    },
    notes: [],
  };
  assert.is(
    formatSummary(empty, undefined, { colors: PLAIN, folder: 'out/x' }),
    'No policy of our own is needed.\n',
  );
});

test('a bar: something shows, and only what is full is full', () => {
  assert.is(bar(0), '░░░░░░░░');
  assert.is(bar(0.001), '█░░░░░░░');
  assert.is(bar(0.999), '███████░');
  assert.is(bar(1), '████████');
  assert.is(bar(2), '████████');
});

test('wrapping keeps every character', () => {
  assert.equal(wrap('a bb ccc', 4), ['a bb', 'ccc']);
  assert.equal(wrap('nodes.cluster-api-provider', 12), ['nodes.', 'cluster-api-', 'provider']);
  assert.equal(wrap('x'.repeat(7), 3), ['xxx', 'xxx', 'x']);
  assert.equal(wrap('', 3), ['']);
});

test('an empty column is left out', () => {
  const text = formatTable(
    [{ title: 'A' }, { title: 'B' }, { title: 'C', align: 'right' }],
    [
      [{ text: 'x' }, { text: '' }, { text: '1' }],
      [{ text: 'yy' }, { text: '' }, { text: '10' }],
    ],
    80,
  );
  assert.is(text, 'A    C\nx    1\nyy  10');
});

test('problems: with a place, without, several', () => {
  const problem = {
    code: 'bad-action',
    message: 'ec2Describe has no colon.',
    advice: 'Write service:Action.',
    place: { file: 'mine/groups/a.yaml', line: 3, column: 7 },
    path: 'statements[0].Action[2]',
  };
  assert.is(
    formatProblem(problem, { colors: PLAIN }),
    'mine/groups/a.yaml:3:7  bad-action  statements[0].Action[2]  ec2Describe has no colon.\n    Write service:Action.',
  );
  const plain = { code: 'x', message: 'Wrong.', advice: 'Right.' };
  assert.is(formatError(new GenError(2, plain), { colors: PLAIN }), 'gen: Wrong.\n    Right.\n');
  assert.is(
    formatError(new GenError(2, [plain, { ...plain, message: 'Too.' }]), { colors: PLAIN }),
    'gen: Wrong.\ngen: Too.\n    Right.\n2 problems\n',
  );
  const wrapped = formatProblem(
    { code: 'x', message: 'one two three four', advice: 'five six seven\n- eight' },
    { colors: PLAIN, width: 24 },
  );
  assert.is(wrapped, 'gen: one two three\n    four\n    five six seven\n    - eight');
});

test.run();
