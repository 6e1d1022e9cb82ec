/**
 * What is wrong with a spec is told at once, each fault once, at its line and column.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GenError, type Problem } from '../../src/model/errors.ts';
import type { RequirementGroup, Spec } from '../../src/model/requirement.ts';
import { amendGroup } from '../../src/spec/amend.ts';
import { loadSpec } from '../../src/spec/load.ts';

type Files = Readonly<Record<string, string>>;

const builtIn = new URL('../../spec', import.meta.url).pathname;

/** Calls `use` with folders that hold the files, and takes them away again. */
function inFolders<T>(folders: readonly Files[], use: (paths: readonly string[]) => T): T {
  const top = mkdtempSync(join(tmpdir(), 'spec-load-'));
  try {
    const paths = folders.map((files, index) => {
      const folder = join(top, `overlay-${index}`);
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
      return folder;
    });
    return use(paths);
  } finally {
    rmSync(top, { recursive: true });
  }
}

function load(...folders: Files[]): Spec {
  return inFolders(folders, (overlays) => loadSpec({ builtIn, overlays }));
}

function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    assert.instance(error, GenError);
    assert.is((error as GenError).exitCode, 2);
    return (error as GenError).problems;
  }
  throw new Error('nothing was found wrong');
}

/** `file:line:column code path`, the file relative to its overlay. */
function found(...folders: Files[]): readonly string[] {
  return inFolders(folders, (overlays) =>
    problemsOf(() => loadSpec({ builtIn, overlays })).map(({ place, code, path }) => {
      const folder = overlays.find((one) => place?.file.startsWith(`${one}/`)) ?? '';
      const at = place && `${relative(folder, place.file)}:${place.line}:${place.column}`;
      return [at, code, path].filter((part) => part !== undefined).join(' ');
    }),
  );
}

/** The only problem of an overlay, with its words. */
function problem(files: Files): Problem {
  const problems = inFolders([files], (overlays) =>
    problemsOf(() => loadSpec({ builtIn, overlays })),
  );
  assert.is(problems.length, 1, JSON.stringify(problems, null, 2));
  return problems[0] as Problem;
}

/** A sound group; every case below is this text with one thing changed. */
const GOOD = `id: mine
policyName: Mine
attachTo: [palette]
statements:
  - Sid: One
    Effect: Allow
    Action: [s3:GetObject, s3:PutObject]
    Resource: "*"
  - Effect: Deny
    NotAction: iam:*
    Resource: arn:{{partition}}:iam::*:role/*
    Condition:
      StringLike: { aws:username: "\${aws:username}" }
`;
const changed = (from: string | RegExp, to: string): Files => {
  const text = GOOD.replace(from, () => to);
  assert.is.not(text, GOOD, 'the case changes something');
  return { 'groups/mine.yaml': text };
};
const added = (more: string): Files => ({ 'groups/mine.yaml': GOOD + more });

const wrong = suite('what is wrong, and where');

const CASES: readonly (readonly [name: string, files: Files, want: readonly string[]])[] = [
  [
    'YAML that does not parse',
    changed('[palette]', '[palette'),
    ['groups/mine.yaml:4:1 yaml-syntax'],
  ],
  [
    'an unclosed quote',
    changed('arn:{{partition}}:iam::*:role/*', "'arn"),
    ['groups/mine.yaml:14:1 yaml-syntax'],
  ],
  ['a star that is not in quotes', changed('"*"', '*'), ['groups/mine.yaml:8:15 yaml-syntax']],
  ['an alias without an anchor', changed('"*"', '*nowhere'), ['groups/mine.yaml:8:15 yaml-syntax']],
  [
    'a duplicate key',
    changed('    Resource: "*"', '    Resource: "*"\n    Effect: Deny'),
    ['groups/mine.yaml:9:5 duplicate-key'],
  ],
  [
    'a misspelt key at the top',
    changed('policyName', 'policyname'),
    ['groups/mine.yaml:2:1 unknown-key policyname'],
  ],
  [
    'a misspelt key in a statement',
    changed('Action: [', 'Actoin: ['),
    ['groups/mine.yaml:7:5 unknown-key statements[0].Actoin'],
  ],
  [
    'a missing key',
    changed('    Effect: Allow\n', ''),
    ['groups/mine.yaml:5:5 missing-key statements[0]'],
  ],
  [
    'neither Action nor NotAction',
    changed('    NotAction: iam:*\n', ''),
    ['groups/mine.yaml:9:5 missing-key statements[1]'],
  ],
  [
    'Action and NotAction side by side',
    changed('NotAction: iam:*', 'NotAction: iam:*\n    Action: s3:*'),
    ['groups/mine.yaml:11:5 conflicting-keys statements[1].Action'],
  ],
  [
    'a number for a text',
    changed('policyName: Mine', 'policyName: 12'),
    ['groups/mine.yaml:2:13 wrong-type policyName'],
  ],
  [
    'a map for a text or a list',
    changed('Resource: "*"', 'Resource: { Ref: Bucket }'),
    ['groups/mine.yaml:8:15 wrong-type statements[0].Resource'],
  ],
  [
    'a text for a list',
    changed('[palette]', 'palette'),
    ['groups/mine.yaml:3:11 wrong-type attachTo'],
  ],
  [
    'a list for the file',
    { 'groups/mine.yaml': '- id: mine\n' },
    ['groups/mine.yaml:1:1 wrong-type'],
  ],
  ['an empty group file', { 'groups/mine.yaml': '# soon\n' }, ['groups/mine.yaml:1:1 wrong-type']],
  [
    'an empty list',
    changed('[s3:GetObject, s3:PutObject]', '[]'),
    ['groups/mine.yaml:7:13 empty-value statements[0].Action'],
  ],
  [
    'an empty text is one fault',
    changed('[s3:GetObject, s3:PutObject]', '[s3:GetObject, ""]'),
    ['groups/mine.yaml:7:28 empty-value statements[0].Action[1]'],
  ],
  [
    'an Effect that is none',
    changed('Effect: Allow', 'Effect: allow'),
    ['groups/mine.yaml:6:13 not-allowed statements[0].Effect'],
  ],
  [
    'a Sid with a hyphen',
    changed('Sid: One', 'Sid: One-1'),
    ['groups/mine.yaml:5:10 malformed-value statements[0].Sid'],
  ],
  [
    'an action without a colon in a list',
    changed('s3:PutObject', 'PutObject'),
    ['groups/mine.yaml:7:28 action-without-colon statements[0].Action[1]'],
  ],
  [
    'an action without a colon as a text',
    changed('NotAction: iam:*', 'NotAction: iam'),
    ['groups/mine.yaml:10:16 action-without-colon statements[1].NotAction'],
  ],
  [
    'an unknown principal',
    changed('[palette]', '[node-principals, pallete]'),
    ['groups/mine.yaml:3:29 unknown-principal attachTo[1]'],
  ],
  [
    'an unclosed parameter',
    changed('{{partition}}', '{{partition'),
    ['groups/mine.yaml:11:15 malformed-parameter statements[1].Resource'],
  ],
  [
    'a parameter that is not opened',
    changed('{{partition}}', 'partition}}'),
    ['groups/mine.yaml:11:15 malformed-parameter statements[1].Resource'],
  ],
  [
    'a parameter that is no identifier',
    changed('{{partition}}', '{{the partition}}'),
    ['groups/mine.yaml:11:15 malformed-parameter statements[1].Resource'],
  ],
  [
    'an unknown parameter',
    changed('{{partition}}', '{{partitoin}}'),
    ['groups/mine.yaml:11:15 unknown-parameter statements[1].Resource'],
  ],
  [
    'an unknown parameter in a condition key',
    changed('aws:username:', '"aws:ResourceTag/{{cluster}}":'),
    [
      'groups/mine.yaml:13:21 unknown-parameter statements[1].Condition.StringLike["aws:ResourceTag/{{cluster}}"]',
    ],
  ],
  [
    'an unknown parameter in a name',
    changed('policyName: Mine', 'policyName: Mine-{{clustername}}'),
    ['groups/mine.yaml:2:13 unknown-parameter policyName'],
  ],
  [
    'a name with a brace left over',
    changed('policyName: Mine', 'policyName: Mine-{clusterName}'),
    ['groups/mine.yaml:2:13 malformed-value policyName'],
  ],
  [
    'a character that IAM refuses',
    changed('"*"', '"arn:aws:s3:::caf\u00e9-\u2013"'),
    ['groups/mine.yaml:8:15 forbidden-character statements[0].Resource'],
  ],
  [
    'a Sid that stands twice',
    changed('  - Effect: Deny', '  - Sid: One\n    Effect: Deny'),
    ['groups/mine.yaml:9:10 duplicate-sid statements[1].Sid'],
  ],
  [
    'a Sid that an amendment repeats',
    added(`amendments:
  - date: 2026-01-01
    newStatement: { Sid: One, Effect: Allow, Action: s3:*, Resource: "*" }
    source: somewhere
`),
    ['groups/mine.yaml:16:26 duplicate-sid amendments[0].newStatement.Sid'],
  ],
  [
    'an amendment to a statement that does not exist',
    added('amendments: [{ date: 2026-01-01, addTo: 2, actions: [s3:*], source: x }]\n'),
    ['groups/mine.yaml:14:41 no-such-statement amendments[0].addTo'],
  ],
  [
    'an amendment to a statement without actions',
    added('amendments: [{ date: 2026-01-01, addTo: 1, actions: [s3:*], source: x }]\n'),
    ['groups/mine.yaml:14:41 no-actions-there amendments[0].addTo'],
  ],
  [
    'an amendment that adds nothing',
    added('amendments: [{ date: 2026-01-01, addTo: 0, source: x }]\n'),
    ['groups/mine.yaml:14:34 missing-key amendments[0].addTo'],
  ],
  [
    'an amendment without a real date',
    added('amendments: [{ date: 2026-13-01, addTo: 0, actions: [s3:*], source: x }]\n'),
    ['groups/mine.yaml:14:22 malformed-value amendments[0].date'],
  ],
  [
    'an erratum about a statement that does not exist',
    added('errata:\n  - { statement: 2, says: wrong }\n'),
    ['groups/mine.yaml:15:18 no-such-statement errata[0].statement'],
  ],
  [
    'unknown groups, features and principals of a feature',
    {
      'features.yaml': `mine:
  description: Mine.
  groups: [cni-ipv5]
  requires: [cores, { anyOf: [core, iaas] }]
  excludes: [{ feature: eks-dynamics, unless: [corr] }]
  implies: [nothing-at-all]
  redundantWith: [ekss]
  awsManagedPolicies: [{ policy: ReadOnlyAccess, attachTo: [node] }]
  advice: [{ with: [cor], level: note, says: hear }]
`,
    },
    [
      'features.yaml:3:12 unknown-group mine.groups[0]',
      'features.yaml:4:14 unknown-feature mine.requires[0]',
      'features.yaml:4:37 unknown-feature mine.requires[1].anyOf[1]',
      'features.yaml:5:25 unknown-feature mine.excludes[0].feature',
      'features.yaml:5:48 unknown-feature mine.excludes[0].unless[0]',
      'features.yaml:6:13 unknown-feature mine.implies[0]',
      'features.yaml:7:19 unknown-feature mine.redundantWith[0]',
      'features.yaml:8:61 unknown-principal mine.awsManagedPolicies[0].attachTo[0]',
      'features.yaml:9:21 unknown-feature mine.advice[0].with[0]',
    ],
  ],
  [
    'one entry of wrong shape hides nothing of the next',
    { 'features.yaml': 'one:\n  base: maybe\ntwo:\n  description: Two.\n  groups: [nope]\n' },
    [
      'features.yaml:2:3 missing-key one',
      'features.yaml:2:9 wrong-type one.base',
      'features.yaml:5:12 unknown-group two.groups[0]',
    ],
  ],
  [
    'an id with capitals',
    { 'features.yaml': 'Mine:\n  description: Mine.\n' },
    ['features.yaml:1:1 malformed-value Mine'],
  ],
  [
    'a principal with unknown features and a wrong name',
    {
      'principals.yaml': `mine:
  description: Mine.
  createdWith: stack-manuel
  role: { name: my role, trust: ec2.amazonaws.com }
  existing: { with: [cores] }
`,
    },
    [
      'principals.yaml:3:16 unknown-feature mine.createdWith',
      'principals.yaml:4:17 malformed-value mine.role.name',
      'principals.yaml:5:22 unknown-feature mine.existing.with[0]',
    ],
  ],
  [
    'a role that no feature creates',
    {
      'principals.yaml':
        'mine: { description: Mine., role: { name: x, trust: [a.amazonaws.com] } }\n',
    },
    ['principals.yaml:1:29 missing-key mine.role'],
  ],
  [
    'the reserved principal',
    { 'principals.yaml': 'node-principals: { description: All. }\n' },
    ['principals.yaml:1:1 reserved-id node-principals'],
  ],
  [
    'parameters of kinds: two keys, an attribute of none, both at once',
    {
      'parameters.yaml': `a: { description: A, pattern: "^a$", maxLength: 1, constraint: a, attributeOf: cluster }
b: { description: B, pattern: "^b$", maxLength: 1, constraint: b, keyOf: pools }
c: { description: C, pattern: "^c$", maxLength: 1, constraint: c, keyOf: pools, attributeOf: clusters }
d: { description: D, pattern: "^d$", maxLength: 1, constraint: d, attributeOf: clusters }
`,
    },
    [
      'parameters.yaml:1:80 wrong-kind a.attributeOf',
      'parameters.yaml:2:74 wrong-kind b.keyOf',
      'parameters.yaml:3:94 wrong-kind c.attributeOf',
    ],
  ],
  [
    'parameters with a bad pattern, default, length',
    {
      'parameters.yaml': `a: { description: A, pattern: "^($", maxLength: 3, constraint: c }
b: { description: B, pattern: "^x+$", maxLength: 3, constraint: x, default: y }
c: { description: C, pattern: "^x+$", maxLength: 3, constraint: x, default: xxxx }
d: { description: D, pattern: x, maxLength: 0, constraint: x }
`,
    },
    [
      'parameters.yaml:1:31 malformed-value a.pattern',
      'parameters.yaml:2:77 wrong-default b.default',
      'parameters.yaml:3:77 wrong-default c.default',
      'parameters.yaml:4:31 malformed-value d.pattern',
      'parameters.yaml:4:45 too-small d.maxLength',
    ],
  ],
  [
    'quotas',
    { 'quotas.yaml': 'managedPolicySise: 1\nroleName: many\nprincipals:\n  pallete: 20\n' },
    ['quotas.yaml:1:1 unknown-key managedPolicySise', 'quotas.yaml:2:11 wrong-type roleName'],
  ],
  [
    'a raised quota of nobody',
    { 'quotas.yaml': 'principals:\n  pallete: 20\n' },
    ['quotas.yaml:2:3 unknown-principal principals.pallete'],
  ],
  [
    'two groups of one id in one folder',
    { 'groups/a.yaml': GOOD, 'groups/b.yaml': GOOD },
    ['groups/b.yaml:1:5 duplicate-group id'],
  ],
];

for (const [name, files, want] of CASES) wrong(name, () => assert.equal(found(files), want));

wrong('says what would be right', () => {
  assert.equal(
    [
      problem(changed('Action: [', 'Actoin: [')),
      problem(changed('Effect: Allow', 'Effect: allow')),
      problem(changed('[palette]', '[pallete]')),
      problem(changed('{{partition}}', '{{partitoin}}')),
      problem(changed('s3:PutObject', 'PutObject')),
      problem(changed('policyName: Mine', 'policyName: 12')),
      problem(changed('[palette]', 'palette')),
      problem(changed('"*"', '{{partition}}')),
      problem(changed('"*"', '"*"\n    Effect: Deny')),
    ].map(({ message, advice }) => (advice === undefined ? message : `${message} ${advice}`)),
    [
      'There is no key "Actoin" in a statement. Did you mean Action?',
      '"allow" is not allowed. Did you mean Allow?',
      'There is no principal "pallete". Did you mean palette?',
      'There is no parameter "partitoin". Did you mean partition?',
      'The action "PutObject" has no colon. Right would be: service:Name, e.g. ec2:RunInstances, or *.',
      'policyName must be text; it is a number. Put it in quotes: "12".',
      'attachTo must be a list; it is text.',
      'statements[0].Resource must be text or a list; it is a map. Put it in quotes: text that begins with {{ is a map to YAML.',
      'The key Effect appears twice in one map. Keep one of the two.',
    ],
  );
});

wrong('mistakes in many files come out at once, those beside broken YAML too', () => {
  const many = {
    'features.yaml': 'mine:\n  description: Mine.\n  group: [mine]\n',
    'groups/a.yaml': GOOD.replace('[palette]', '[palette').replace('id: mine', 'id: broken'),
    'groups/b.yaml': 'id: b\npolicyName: "B\n',
    'groups/c.yaml': GOOD.replace('Effect: Allow', 'Effect: Alow').replace('"*"', '"{{"'),
    'groups/d.yaml': GOOD.replace('id: mine', 'id: d').replace('[palette]', '[nobody]'),
    'quotas.yaml': 'roleName: 0\n',
  };
  const second = { 'parameters.yaml': 'x: 1\n', 'groups/e.yaml': 'id: e\nid: e\n' };
  const all = found(many, second);
  // How many errors one broken bracket or quote makes is the parser's affair.
  assert.equal(
    all.filter((one) => !one.includes('yaml-syntax')),
    [
      'features.yaml:3:3 unknown-key mine.group',
      'quotas.yaml:1:11 too-small roleName',
      'groups/c.yaml:6:13 not-allowed statements[0].Effect',
      'groups/c.yaml:8:15 malformed-parameter statements[0].Resource',
      'groups/d.yaml:3:12 unknown-principal attachTo[0]',
      'parameters.yaml:1:4 wrong-type x',
      'groups/e.yaml:1:1 missing-key',
      'groups/e.yaml:1:1 missing-key',
      'groups/e.yaml:1:1 missing-key',
      'groups/e.yaml:2:1 duplicate-key',
    ],
  );
  for (const file of ['groups/a.yaml', 'groups/b.yaml']) {
    assert.ok(
      all.some((one) => one.startsWith(`${file}:`) && one.includes('yaml-syntax')),
      file,
    );
  }
});

wrong('a broken file causes no faults in files that name what it defines', () => {
  const files = {
    'parameters.yaml': 'mine: { description: "\n',
    'groups/mine.yaml': GOOD.replace('{{partition}}', '{{mine}}'),
  };
  assert.ok(found(files).every((one) => one.startsWith('parameters.yaml:')));
});

wrong('folders that are not there, all of them', () => {
  const problems = problemsOf(() => loadSpec({ builtIn, overlays: ['no/such', 'nor/this'] }));
  assert.equal(
    problems.map(({ code, message }) => `${code}: ${message}`),
    ['no-spec-folder: There is no folder no/such.', 'no-spec-folder: There is no folder nor/this.'],
  );
});

wrong('a folder without a spec, and a file that is almost one', () => {
  assert.equal(found({ 'readme.md': '' }), ['empty-spec-folder']);
  assert.equal(found({ 'feature.yaml': '', 'quotas.yaml': '' }), ['misspelt-file']);
});

wrong('a built-in spec without quotas', () => {
  const problems = inFolders([{ 'groups/mine.yaml': GOOD }], ([folder]) =>
    problemsOf(() => loadSpec({ builtIn: folder as string })),
  );
  assert.ok(problems.some(({ message }) => message === 'No quotas.yaml names managedPolicySize.'));
});

wrong('a file below the working directory is shown relative to it', () => {
  const before = process.cwd();
  inFolders([{ 'quotas.yaml': 'x: 1\n' }], ([folder]) => {
    process.chdir(dirname(folder as string));
    try {
      for (const overlay of ['overlay-0', './overlay-0/', join(process.cwd(), 'overlay-0')]) {
        const [first] = problemsOf(() => loadSpec({ builtIn, overlays: [overlay] }));
        assert.is(first?.place?.file, 'overlay-0/quotas.yaml');
      }
    } finally {
      process.chdir(before);
    }
  });
});
wrong.run();

const right = suite('what is right');

right('a new group comes after the built-in ones, in the order of files', () => {
  const spec = load({
    'groups/z.yaml': GOOD.replace('id: mine', 'id: a-mine'),
    'groups/y.yaml': GOOD,
  });
  assert.equal([...spec.groups.keys()].slice(-2), ['mine', 'a-mine']);
  assert.is(spec.groups.size, loadSpec({ builtIn }).groups.size + 2);
});

right('the same id replaces in its place; the later overlay wins', () => {
  const builtInIds = [...loadSpec({ builtIn }).groups.keys()];
  const eks = (name: string) => ({
    'groups/eks.yaml': GOOD.replace('id: mine', 'id: palette-controllers-eks').replace(
      'Mine',
      name,
    ),
  });
  const spec = load(eks('First'), eks('Second'));
  assert.equal([...spec.groups.keys()], builtInIds);
  assert.is(spec.groups.get('palette-controllers-eks')?.policyName, 'Second');
});

right('features, principals, parameters add and replace; quotas merge key by key', () => {
  const spec = load({
    'features.yml': 'eks: { description: Ours., groups: [mine] }\nours: { description: New. }\n',
    'principals.yaml': 'ours: { description: New., existing: { name: x } }\n',
    'parameters.yaml':
      'ours: { description: New., pattern: "^[ab]+$", maxLength: 5, constraint: a and b }\n',
    'quotas.yaml': 'managedPoliciesPerRole: 20\nprincipals: { palette: 25 }\n',
    'groups/mine.yaml': GOOD.replace('[palette]', '[ours]').replace('{{partition}}', '{{ ours }}'),
  });
  assert.is([...spec.features.keys()].at(-1), 'ours');
  assert.equal(spec.features.get('eks')?.groups, ['mine']);
  assert.equal(spec.features.get('eks')?.requires, [], 'replaced whole');
  assert.equal(spec.principals.get('ours')?.existing, { name: 'x', attached: [] });
  assert.is(spec.parameters.get('ours')?.maxLength, 5);
  assert.is(spec.quotas.managedPoliciesPerRole, 20);
  assert.is(spec.quotas.managedPolicySize, 6144);
  assert.equal([...spec.quotas.principals], [['palette', 25]]);
  assert.equal(spec.groups.get('mine')?.statements[1]?.Resource, ['arn:{{ours}}:iam::*:role/*']);
});

right('strings become lists, values of conditions texts, as they are written', () => {
  const spec = load({
    'groups/mine.yaml': `id: mine
policyName: Mine
attachTo: [palette]
statements:
  - Effect: Allow
    Sid: ""
    Action: s3:GetObject
    Resource: "*"
    Condition:
      StringEquals: { aws:PrincipalAccount: [012345678901, "1"] }
      Bool: { aws:SecureTransport: true }
      NumericLessThan: { s3:max-keys: 10 }
`,
    'features.yaml':
      'mine: { description: M., requires: [core], excludes: [eks], implies: [ebs-csi] }\n',
  });
  assert.equal(spec.groups.get('mine')?.statements, [
    {
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['*'],
      Condition: {
        StringEquals: { 'aws:PrincipalAccount': ['012345678901', '1'] },
        Bool: { 'aws:SecureTransport': ['true'] },
        NumericLessThan: { 's3:max-keys': ['10'] },
      },
    },
  ]);
  const mine = spec.features.get('mine');
  assert.equal(mine?.requires, [{ anyOf: ['core'] }]);
  assert.equal(mine?.excludes, [{ feature: 'eks' }]);
  assert.equal(mine?.implies, [{ feature: 'ebs-csi' }]);
});

right('places are those of the entries', () => {
  inFolders([{ 'groups/mine.yaml': `# mine\n${GOOD}` }], ([folder]) => {
    const spec = loadSpec({ builtIn, overlays: [folder as string] });
    const file = `${folder}/groups/mine.yaml`;
    assert.equal(spec.groups.get('mine')?.place, { file, line: 2, column: 5 });
  });
});

right('loading twice gives the same', () => {
  const print = () =>
    JSON.stringify(loadSpec({ builtIn }), (_, value) =>
      value instanceof Map ? [...value] : value,
    );
  assert.is(print(), print());
});

right(
  'amendments: oldest first, on statements that came by amendment too, known actions once',
  () => {
    const spec = load(
      added(`amendments:
  - { date: 2026-02-01, addTo: 2, actions: [s3:ListBucket, S3:LISTALLMYBUCKETS], source: x }
  - date: 2026-01-01
    newStatement: { Effect: Allow, Action: s3:ListAllMyBuckets, Resource: "*" }
    source: x
`),
    );
    const mine = spec.groups.get('mine') as RequirementGroup;
    const before = structuredClone(mine);
    const amended = amendGroup(mine, { asOf: 'latest' });
    assert.equal(amended.statements[2]?.Action, ['s3:ListAllMyBuckets', 's3:ListBucket']);
    assert.equal(
      amended.applied.map(({ date }) => date),
      ['2026-01-01', '2026-02-01'],
    );
    assert.equal(amendGroup(mine, { asOf: '2026-01-31' }).statements.length, 3);
    assert.equal(mine, before);
  },
);

right('the schemas are JSON Schema 2020-12, and describe what they allow', () => {
  const strict = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false });
  strict.addKeyword('patternErrorMessage');
  for (const name of readdirSync(join(builtIn, 'schema'))) {
    const schema = JSON.parse(readFileSync(join(builtIn, 'schema', name), 'utf8'));
    assert.ok(strict.validateSchema(schema), name);
    strict.compile(schema);
    assert.type(schema.title, 'string');
    // A pattern without words would reach a user as a regular expression.
    const patterns = JSON.stringify(schema).match(/"pattern":"/g)?.length ?? 0;
    const words = JSON.stringify(schema).match(/"patternErrorMessage":/g)?.length ?? 0;
    assert.is(words, patterns, name);
  }
});
right.run();
