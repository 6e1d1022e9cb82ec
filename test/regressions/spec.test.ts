// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders and policy variables are meant literally.
/**
 * Specs as people write and paste them, found by use: what is read, what is refused, and in which
 * words. Each case is a folder of test/cases; beside it stand others of its kind.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { closeDefaults } from '../../src/compose/defaults.ts';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import { emitIamJson } from '../../src/emit/iam-json.ts';
import { emitTerraform } from '../../src/emit/terraform/index.ts';
import { FORMATS } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { parseCloudFormation } from '../support/cfn-documents.ts';
import { gen, type Outcome, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';
import { parseTerraform } from '../support/hcl-documents.ts';
import { targetOf } from '../support/target.ts';
import { trustOf } from '../support/trust.ts';

const cases = suite('specs found by use');
const CASES = fileURLToPath(new URL('../cases', import.meta.url));
const FLAGS = '--features x --palette-role R --account-id 123456789012 --name o';

type Files = Readonly<Record<string, string>>;

/** Runs `gen` in a copy of a case's folder. */
async function inCase(
  slug: string,
  words: string,
  look: (outcome: Outcome) => void | Promise<void> = () => {},
): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await inFolder({}, async () => {
    cpSync(`${CASES}/${slug}`, '.', { recursive: true });
    outcome = await gen(words);
    await look(outcome);
  });
  return outcome as Outcome;
}

const written = (path: string): string => readFileSync(`out/o/${path}`, 'utf8');
const policy = (name = 'XPolicy') => JSON.parse(written(`iam-json/${name}.json`));

const FEATURES = 'x: { description: d, base: true, groups: [x] }\n';
const group = (statements: string): string =>
  `id: x\npolicyName: XPolicy\nattachTo: [palette]\nstatements:\n${statements}`;
const PLAIN = '  - { Effect: Allow, Action: "s3:GetObject", Resource: "*" }\n';

const conditioned = (yaml: string): string => PLAIN.replace(' }', `, Condition: ${yaml} }`);

/** Runs `gen` over a spec of these files. */
async function withSpec(
  files: Files,
  look: (outcome: Outcome) => void | Promise<void>,
  flags = `${FLAGS} --format iam-json`,
): Promise<void> {
  const all = { 'features.yaml': FEATURES, 'groups/x.yaml': group(PLAIN), ...files };
  const inSpec = Object.entries(all).map(([path, text]) => [`s/${path}`, text]);
  await inFolder(Object.fromEntries(inSpec), async () => {
    await look(await gen(`--spec s ${flags}`));
  });
}

/** The condition block that a spelling of it becomes. */
async function conditionOf(yaml: string): Promise<unknown> {
  let condition: unknown;
  const statement = conditioned(`${yaml}`);
  await withSpec({ 'groups/x.yaml': group(statement) }, (outcome) => {
    says(outcome, 0);
    condition = policy().Statement[0].Condition;
  });
  return condition;
}

cases('case 05-null-operator-unquoted: without quotes it is the operator Null', async () => {
  await inCase('05-null-operator-unquoted', `--spec s ${FLAGS} --format iam-json`, (outcome) => {
    says(outcome, 0);
    assert.equal(policy().Statement[0].Condition, {
      Null: { 'kms:GrantIsForAWSResource': 'true' },
    });
  });
});

cases('case 05-null-operator-unquoted: what YAML takes for no text keeps its letters', async () => {
  for (const spelling of ['Null', 'null', 'NULL', '~', '"Null"']) {
    assert.equal(await conditionOf(`{ ${spelling}: { "kms:x": true } }`), {
      Null: { 'kms:x': 'true' },
    });
  }
  const values = '[012345678901, 1.10, 1e3, 0x1F, TRUE, yes, on, 2012-10-17, 2020-04-01T00:00:00Z]';
  assert.equal(await conditionOf(`{ StringEquals: { "aws:x": ${values} } }`), {
    StringEquals: { 'aws:x': values.slice(1, -1).split(', ') },
  });
  assert.equal(await conditionOf('{ StringEquals: { on: a, 012: b, true: c } }'), {
    StringEquals: { on: 'a', '012': 'b', true: 'c' },
  });
  const twice =
    '  - { Effect: Allow, Action: "s3:x", Resource: "*", Condition: { Null: { "a:b": true }, "Null": { "a:c": true } } }\n';
  await withSpec({ 'groups/x.yaml': group(twice) }, (outcome) =>
    says(outcome, 2, 's/groups/x.yaml:5:', 'duplicate-key'),
  );
  const spelt = twice.replace('"Null"', 'null');
  await withSpec({ 'groups/x.yaml': group(spelt) }, (outcome) =>
    says(outcome, 2, 'duplicate-key', 'The operator Null appears twice, as Null and as null.'),
  );
  await withSpec({ 'groups/x.yaml': group(PLAIN).replace('XPolicy', 'Null') }, (outcome) =>
    says(outcome, 2, 'policyName must be text; it is empty.', 'Put it in quotes: "Null".'),
  );
});

const principals = (role: string): string =>
  `own:\n  description: d\n  createdWith: x\n  role:\n    name: own-role\n${role}`;
const OWN = { 'groups/x.yaml': group(PLAIN).replace('[palette]', '[own]') };

cases('case 06-role-description-charset: refused with its place', async () => {
  const words = `--spec s ${FLAGS} --format cloudformation,terraform`;
  says(
    await inCase('06-role-description-charset', words),
    2,
    's/principals.yaml:6:18  forbidden-character  own.role.description  IAM refuses the character U+2014',
  );
});

cases(
  'case 06-role-description-charset: IAM’s characters and no others, 1,000 of them',
  async () => {
    const described = (text: string) => ({
      ...OWN,
      'principals.yaml': principals(
        `    trust: ec2.amazonaws.com\n    description: ${JSON.stringify(text)}\n`,
      ),
    });
    const good = ['plain', 'Rolle für Lesezugriff ¡ÿ', 'tab\tand\r\nlines', 'x'.repeat(1000)];
    for (const text of good) await withSpec(described(text), (outcome) => says(outcome, 0));
    for (const text of ['\u007f', '\u00a0', '\u0085', 'Ā', '🚀', '\u0000']) {
      await withSpec(described(`a${text}`), (outcome) => says(outcome, 2, 'forbidden-character'));
    }
    await withSpec(described('x'.repeat(1001)), (outcome) =>
      says(outcome, 2, 'too-long', 'has 1001 characters; AWS allows 1000'),
    );
    // A parameter brings its own characters, and counts with its longest value.
    const team = (pattern: string, maxLength: number) => ({
      ...described('of {{team}}'),
      'parameters.yaml': `team: { description: d, pattern: '${pattern}', maxLength: ${maxLength}, constraint: c }\n`,
    });
    await withSpec(
      team('^.+$', 9),
      (outcome) => says(outcome, 2, 'U+00A0', 'role "own-role"'),
      `${FLAGS} --format iam-json --param team=a\u00a0b`,
    );
    await withSpec(
      team('^[a-z]+$', 1000),
      (outcome) => says(outcome, 2, 'can have 1003 characters', 'team counts with its longest'),
      `${FLAGS} --format terraform`,
    );
  },
);

const PATHS = {
  good: ['/', '/palette/', '/a/b.c,d+e@f=g_h-1/', `/${'x'.repeat(510)}/`],
  bad: ['/team:x/', '/a//b/', '//', 'a/', '/a', '/a b/', '/ä/', '/a~b/', '/{x}/', '/a/%/'],
};

cases('case 07-path-charset: in flags, gen.yaml, the library and the module alike', async () => {
  const spec = loadSpec();
  await inFolder({}, async () => {
    for (const path of PATHS.bad) {
      const words = ['--features', 'core', '--path', path];
      if (!path.includes(' ')) says(await gen(words.join(' ')), 2, '--path', path);
      writeFileSync(
        'gen.yaml',
        `targets:\n  t:\n    features: core\n    path: ${JSON.stringify(path)}\n`,
      );
      says(await gen(''), 2, 'gen.yaml:4:5  bad-path  targets.t.path  ', 'is not a path');
      assert.throws(
        () => composeBundle(spec, targetOf(['core'], { path })),
        (error: unknown) => error instanceof GenError && error.problems[0]?.code === 'bad-path',
      );
    }
    says(await gen(`--features core --path /${'x'.repeat(511)}/`), 2, '513', '512');
  });
  for (const path of PATHS.good) composeBundle(spec, targetOf(['core'], { path }));
  // The module's own rule is a regular expression of Go's; this one means the same in both.
  const bundle = composeBundle(spec, targetOf(['core'], { formats: ['terraform'], path: '/p/' }));
  const variables = emitTerraform(bundle).files.find(({ path }) => path.endsWith('variables.tf'));
  const pattern = /regex\("([^"]+)", var\.path\)/.exec(variables?.content ?? '')?.[1] ?? '';
  assert.match(variables?.content ?? '', 'length(var.path) <= 512');
  for (const path of PATHS.good) assert.ok(new RegExp(pattern).test(path), path);
  for (const path of PATHS.bad) assert.not.ok(new RegExp(pattern).test(path), path);
});

cases('case 08-resource-not-arn: an error, and a warning beside it', async () => {
  const words = `--spec s ${FLAGS} --format cloudformation`;
  says(
    await inCase('08-resource-not-arn', words),
    2,
    's/groups/x.yaml:7:15  malformed-resource  statements[0].Resource  IAM refuses the resource "my-bucket/*"',
    'arn:{{partition}}:s3:::my-bucket/*',
    's/groups/x.yaml:10:15  placeholder  statements[1].Resource  Warning: ${AWS::Partition}',
    'Write {{partition}}.',
    '${var.bucket}',
  );
});

/** Every resource in a statement of its own, and what is said of each. */
const resources = (key: string, texts: readonly string[]): string =>
  texts
    .map((text) => `  - { Effect: Allow, Action: "s3:x", ${key}: ${JSON.stringify(text)} }\n`)
    .join('');

cases('case 08-resource-not-arn: what IAM takes, and what it does not', async () => {
  const good = [
    '*',
    'arn:aws:s3:::*',
    'arn:aws:s3:::bucket/${aws:username}/*',
    'arn:*:ssm:*:*:parameter/aws/service/*',
    'arn:aws*:s3:::b',
    'arn:{{partition}}:iam::{{accountId}}:role/*',
    'arn:aws-us-gov:ec2:us-gov-west-1:123456789012:instance/i-?',
    'arn:aws:rds:*',
    'arn:aws:logs:*:*:log-group:/aws/*:*',
    'arn:aws:s3:::{{bucket}}',
    '{{any}}',
    '{{any}}/*',
    'arn:{{rest}}',
  ];
  const bad = [
    'arn:aws:s3:::bucket/* ',
    'arn:aws:s3:::bucket/*\n',
    'my-bucket/*',
    'bucket',
    's3:::b',
    '**',
    '*/x',
    'ARN:aws:s3:::b',
    'arn',
    'arn:aws',
    'arn:aws:s3',
    'arn:aws:s3*',
    'arn:aws:*:*:*:x',
    'arn:*',
    'arn:aws:s3::b',
    'arn:aws:s3::*',
    'arn:aws:sqs:us-east-1',
    'arn:awss:s3:::b',
    'arn::s3:::b',
    '${aws:username}',
    '${aws_s3_bucket.b.arn}/*',
    '{{bucket}}',
    '{{bucket}}/*',
    'x{{any}}',
    ' arn:aws:s3:::b',
  ];
  const parameters = {
    'parameters.yaml': [
      "any: { description: d, pattern: '^.+$', maxLength: 99, constraint: c }",
      "rest: { description: d, pattern: '^.+$', maxLength: 99, constraint: c }",
      "bucket: { description: d, pattern: '^[a-z0-9.-]+$', maxLength: 63, constraint: c }",
    ].join('\n'),
  };
  for (const key of ['Resource', 'NotResource']) {
    await withSpec(
      { ...parameters, 'groups/x.yaml': group(resources(key, good)) },
      (outcome) => says(outcome, 0),
      `${FLAGS} --format iam-json --param any=arn:aws:s3:::b --param rest=aws:s3:::b --param bucket=b`,
    );
    await withSpec({ ...parameters, 'groups/x.yaml': group(resources(key, bad)) }, (outcome) => {
      says(outcome, 2);
      for (const [index, text] of bad.entries()) {
        const place = `s/groups/x.yaml:${index + 5}:`;
        const line = outcome.stderr.split('\n').find((each) => each.startsWith(place));
        assert.match(
          line ?? '',
          `statements[${index}].${key}  IAM refuses the resource ${JSON.stringify(text)}:`,
        );
        assert.match(line ?? '', 'malformed-resource');
      }
    });
  }
  // What a parameter becomes is known only when it is given.
  await withSpec(
    { ...parameters, 'groups/x.yaml': group(resources('Resource', ['{{any}}'])) },
    (outcome) => says(outcome, 2, 's/groups/x.yaml:1:', 'IAM refuses the resource "my-bucket"'),
    `${FLAGS} --format iam-json --param any=my-bucket`,
  );
});

cases(
  'case 08-resource-not-arn: placeholders of other tools are warned of, variables are not',
  async () => {
    const foreign = [
      '${AWS::Partition}',
      '${AWS::AccountId}',
      '${var.x}',
      '${local.name}',
      '${cluster}',
      '${CLUSTER_NAME}',
      '${data.aws_caller_identity.current.account_id}',
      '${self:custom.bucket}',
      '${Bucket.Arn}',
      '${aws:username',
    ];
    const own = [
      '${aws:username}',
      '${aws:PrincipalTag/team}',
      "${aws:PrincipalTag/team, 'a:b'}",
      '${aws:PrincipalTag/eks:cluster-name}',
      '${saml:aud}',
      '${cognito-identity.amazonaws.com:sub}',
      '${oidc.eks.us-east-1.amazonaws.com/id/AB:sub}',
      '${aws:PrincipalTag/{{clusterName}}}',
      '${*}',
      '${?}',
      '${$}',
    ];
    const flags = `${FLAGS} --format iam-json --cluster-name c`;
    const text = (placeholder: string) => `arn:aws:s3:::b/${placeholder}`;
    await withSpec(
      { 'groups/x.yaml': group(resources('Resource', [...own, ...foreign].map(text))) },
      (outcome) => {
        says(outcome, 0);
        const warnings = outcome.stderr
          .replace(/\n +/g, ' ')
          .split('\n')
          .filter((line) => line.startsWith('warning:'));
        assert.is(warnings.length, foreign.length, outcome.stderr);
        for (const [index, placeholder] of foreign.entries()) {
          const place = `s/groups/x.yaml:${own.length + index + 5}:`;
          assert.match(warnings[index] ?? '', `warning: ${place}`);
          assert.match(warnings[index] ?? '', `${placeholder} is not an IAM policy variable`);
        }
      },
      flags,
    );
    // In condition keys and values too; and only where the group is selected.
    const condition = '{ StringEquals: { "aws:ResourceTag/${name}": "${var.x}" } }';
    const statement = conditioned(`${condition}`);
    const files = { 'groups/x.yaml': group(statement) };
    await withSpec(files, (outcome) => says(outcome, 0, '/${name}".', '${var.x} is not'), flags);
    await withSpec(
      files,
      (outcome) => assert.not.match(outcome.stderr, 'policy variable'),
      flags.replace('--features x', '--features core'),
    );
  },
);

cases('case 09-latin1-spec: a spec file that is not UTF-8 is refused', async () => {
  says(
    await inCase('09-latin1-spec', `--spec s ${FLAGS} --format terraform`),
    2,
    's/groups/x.yaml is not UTF-8 text.',
    'Save it as UTF-8.',
  );
});

cases('case 13-utf16: a spec file and gen.yaml in UTF-16 say so', async () => {
  const said = ['is not UTF-8 text (it looks like UTF-16', 'Save it as UTF-8.'];
  const words = `--spec s ${FLAGS} --format iam-json`;
  says(await inCase('13-utf16', words), 2, 's/groups/x.yaml', ...said);
  const text = 'targets:\n  t:\n    features: core\n';
  await inFolder({}, async () => {
    writeFileSync('gen.yaml', Buffer.from(`\ufeff${text}`, 'utf16le'));
    says(await gen(''), 2, 'gen.yaml', ...said);
    writeFileSync('gen.yaml', Buffer.from(`# Größe\n${text}`, 'latin1'));
    says(await gen(''), 2, 'gen.yaml is not UTF-8 text.');
    writeFileSync('gen.yaml', `\ufeff${text}`);
    says(await gen('--palette-role R --account-id 123456789012 --format iam-json'), 0);
    writeFileSync('gen.yaml', '\ufeffx: 1\n');
    says(await gen(''), 2, 'gen.yaml:1:1  unknown-key');
  });
  const every = ['features', 'principals', 'parameters', 'quotas', 'groups/y'];
  for (const name of every) {
    await inFolder({ 's/features.yaml': FEATURES, 's/groups/x.yaml': group(PLAIN) }, async () => {
      writeFileSync(`s/${name}.yaml`, Buffer.from('# größer\n', 'latin1'));
      says(await gen(words), 2, `s/${name}.yaml is not UTF-8 text.`);
    });
  }
});

const GROUP_JSON = JSON.stringify({
  id: 'x',
  policyName: 'XPolicy',
  attachTo: ['palette'],
  statements: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
});

cases('case 10-group-files-ignored: files that are not read are named', async () => {
  says(
    await inCase('10-group-files-ignored', '--spec s --features core,cni-ipv6 --format iam-json'),
    2,
    's/groups/cni-ipv6.YAML is not read',
    'Rename it to cni-ipv6.yaml',
    's/groups/team is a folder, and folders in groups/ are not read: cni-ipv6.yaml.',
  );
});

cases(
  'case 10-group-files-ignored: JSON is read; what is meant for the spec is not passed over',
  async () => {
    const features = { 'features.yaml': FEATURES };
    const only = async (files: Files, look: (outcome: Outcome) => void) =>
      inFolder(
        Object.fromEntries(
          Object.entries({ ...features, ...files }).map(([path, text]) => [`s/${path}`, text]),
        ),
        async () => look(await gen(`--spec s ${FLAGS} --format iam-json`)),
      );
    await only({ 'groups/x.json': GROUP_JSON }, (outcome) => says(outcome, 0));
    await only({ 'features.yaml': '', 'groups/x.json': GROUP_JSON }, (outcome) => says(outcome, 2));
    const json = '{"x": {"description": "d", "base": true, "groups": ["x"]}}';
    await inFolder({ 's/features.json': json, 's/groups/x.yml': GROUP_JSON }, async () =>
      says(await gen(`--spec s ${FLAGS} --format iam-json`), 0),
    );
    await only({ 'groups/x.json': '{"id": "x",}\n]' }, (outcome) =>
      says(outcome, 2, 's/groups/x.json:2:1', 'This is not JSON'),
    );
    await only({ 'groups/x.json': GROUP_JSON, 'groups/x.yaml': GROUP_JSON }, (outcome) =>
      says(outcome, 2, 'duplicate-group', 'x.json'),
    );
    await only({ 'groups/x.json': GROUP_JSON, 'features.json': json }, (outcome) =>
      says(outcome, 2, 'features.yaml and s/features.json are the same part'),
    );
    const meant: readonly (readonly [string, string])[] = [
      ['groups/x.yml.bak', 'groups/x.yml.bak is not read'],
      ['groups/x.txt', 'groups/x.txt is not read'],
      ['groups/x.yaml.txt', 'groups/x.yaml.txt is not read'],
      ['groups/x', 'groups/x is not read'],
      ['groups/x.JSON', 'Rename it to x.json'],
      ['groups/.x.yaml', 'Rename it to x.yaml'],
      ['groups/x.toml', 'groups/x.toml is not read'],
      ['groups/a/b/x.yaml', 'groups/a is a folder'],
      ['x.yaml', 's/x.yaml is not read, though it holds a group of statements.'],
      ['x.json', 'Move it to groups/.'],
      ['group/x.yaml', 's/group is not part of a spec.'],
      ['my-groups/x.yaml', 'Did you mean groups/?'],
    ];
    for (const [path, said] of meant) {
      await only({ [path]: GROUP_JSON }, (outcome) => says(outcome, 2, said));
    }
    for (const path of [
      'feature.yaml',
      'Features.yaml',
      'features.YAML',
      'features.yaml.bak',
      'principal.json',
      'qoutas.yml',
    ]) {
      await only({ 'groups/x.json': GROUP_JSON, [path]: '' }, (outcome) =>
        says(outcome, 2, `s/${path} is not part of a spec.`, 'Did you mean'),
      );
    }
    await only(
      { 'groups/x.json': GROUP_JSON, 'roles.yaml': principals('    trust: ec2.amazonaws.com\n') },
      (outcome) => says(outcome, 2, 's/roles.yaml', 'Move it to principals.yaml.'),
    );
    // What tools and readers keep there, and a spec that is a whole repository.
    const kept = [
      'README.md',
      'LICENSE',
      '.gitkeep',
      '.DS_Store',
      'groups/README.md',
      'groups/.gitkeep',
      'groups/.DS_Store',
      'groups/.x.yaml.swp',
      'groups/x.json~',
      'groups/.idea/x.xml',
      'package.json',
      'gen.yaml',
      '.github/workflows/ci.yaml',
      'charts/values.yaml',
      'docs/x.yaml',
    ];
    const files = Object.fromEntries(kept.map((path) => [path, '{}\n']));
    await only({ ...files, 'groups/x.json': GROUP_JSON }, (outcome) => says(outcome, 0));
  },
);

cases('case 11-empty-condition: read as no condition', async () => {
  await inCase('11-empty-condition', `--spec s ${FLAGS} --format iam-json`, (outcome) => {
    says(outcome, 0);
    assert.equal(policy().Statement, [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]);
  });
  assert.is(await conditionOf('{}'), undefined);
  const amended = `${group(PLAIN)}amendments:\n  - date: 2026-01-01\n    source: s\n    newStatement: { Effect: Allow, Action: "s3:y", Resource: "*", Condition: {} }\n`;
  await withSpec(
    { 'groups/x.yaml': amended },
    (outcome) => {
      says(outcome, 0);
      assert.not.match(written('iam-json/XPolicy.json'), 'Condition');
    },
    `${FLAGS} --format iam-json --as-of latest`,
  );
  const empty = conditioned('{ StringEquals: {} }');
  await withSpec({ 'groups/x.yaml': group(empty) }, (outcome) =>
    says(outcome, 2, 'Condition.StringEquals is empty.', 'Fill it in, or leave StringEquals out.'),
  );
});

cases('case 12-bare-star: gen’s own sentence', async () => {
  const outcome = await inCase('12-bare-star', `--spec s ${FLAGS} --format iam-json`);
  says(
    outcome,
    2,
    's/groups/x.yaml:7:15  yaml-syntax',
    'text that begins with * must be in quotes',
  );
  assert.not.match(outcome.stderr, 'lias');
});

cases('case 12-bare-star: no sentence speaks of a library', async () => {
  const said: readonly (readonly [string, string])[] = [
    ['Resource: *', 'text that begins with * must be in quotes'],
    ['Resource: [*]', 'text that begins with * must be in quotes'],
    ['Resource: [*, "arn:aws:s3:::b"]', 'text that begins with * must be in quotes'],
    ['Resource:\n      - *', 'text that begins with * must be in quotes'],
    ['Resource: *:*', 'text that begins with * must be in quotes'],
    ['Resource: **', 'text that begins with * must be in quotes'],
    ['Resource: @x', 'text that begins with @ must be in quotes'],
    ['Resource: "*"\n---\nid: y', 'a second document begins here (---)'],
    ['Resource: "*"\n...\n---\nid: y', 'a second document begins here (---)'],
  ];
  for (const [resource, words] of said) {
    const statement = `  - Effect: Allow\n    Action: s3:GetObject\n    ${resource}\n`;
    await withSpec({ 'groups/x.yaml': group(statement) }, (outcome) => {
      says(outcome, 2, words, /x\.yaml:\d+:\d+ {2}yaml-syntax/);
      assert.not.match(outcome.stderr, /YAML\.|parseAll|lias cannot|problems/);
    });
  }
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefgh'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]\n`).join('')}`;
  await withSpec({ 'parameters.yaml': bomb }, (outcome) => {
    says(outcome, 2, 'its aliases (*name) make it far too large');
    assert.not.match(outcome.stderr, 'attack');
  });
  await inFolder({ 'gen.yaml': 'targets: { t: { features: core } }\n---\nx: 1\n' }, async () => {
    const outcome = await gen('');
    says(outcome, 2, 'gen.yaml:2:1', 'a second document begins here (---)');
  });
});

const FUNCTIONS = [
  '!Sub "arn:${AWS::Partition}:s3:::b/*"',
  '!Ref Bucket',
  '!GetAtt Bucket.Arn',
  '!Join ["", [a, b]]',
  '{"Fn::Sub": "arn:${AWS::Partition}:s3:::b/*"}',
  '{Ref: Bucket}',
  '{"Fn::GetAtt": [Bucket, Arn]}',
  '["*", {"Fn::Sub": "x"}]',
  '["*", !Sub x]',
  '!If\n      - c\n      - a\n      - b',
];

cases('case 14-cfn-tags: CloudFormation’s functions are named, with what can be used', async () => {
  const said = [
    / {2}(wrong-type|cloudformation-function) {2}.*CloudFormation's function/,
    '{{partition}}',
  ];
  const outcome = await inCase('14-cfn-tags', `--spec s ${FLAGS} --format iam-json`);
  says(outcome, 2, 's/groups/x.yaml:7:20', ...said);
  assert.not.match(outcome.stderr, /not YAML|problems/);
  for (const value of FUNCTIONS) {
    const statement = `  - Effect: Allow\n    Action: s3:GetObject\n    Resource: ${value}\n`;
    await withSpec({ 'groups/x.yaml': group(statement) }, (each) => {
      says(each, 2, ...said);
      assert.not.match(each.stderr, /not YAML|problems/, each.stderr);
    });
  }
  const others = [
    group('  - Fn::If: [c, {}, {}]\n'),
    group(conditioned('{ "Fn::If": [a, b, c] }')),
    group(conditioned('{ StringEquals: { "Fn::Sub": x } }')),
    group(PLAIN).replace('XPolicy', '!Sub "X-${AWS::Region}"'),
  ];
  for (const text of others) {
    await withSpec({ 'groups/x.yaml': text }, (each) => says(each, 2, ...said));
  }
  // Everything else that is wrong is told too.
  const more = group(
    `  - { Effect: Alow, Action: "s3:x", Resource: "*" }\n${PLAIN.replace('"*"', '!Ref B')}`,
  );
  await withSpec({ 'groups/x.yaml': more }, (each) => says(each, 2, 'not-allowed', '2 problems'));
  for (const tag of ['!vault', '!!binary', '!!timestamp']) {
    await withSpec({ 'groups/x.yaml': group(PLAIN).replace('XPolicy', `${tag} aGk=`) }, (each) =>
      says(each, 2, `The YAML tag ${tag} means nothing here.`),
    );
  }
});

cases('case 15-tab-json: JSON with tabs is read, pasted and as a file', async () => {
  await inCase('15-tab-json', `--spec s ${FLAGS} --format iam-json`, (outcome) => {
    says(outcome, 0);
    assert.equal(policy('X').Statement, [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
    ]);
  });
  const tabs = JSON.stringify(JSON.parse(GROUP_JSON), null, '\t');
  for (const name of ['groups/x.yaml', 'groups/x.json']) {
    await inFolder({ 's/features.yaml': FEATURES, [`s/${name}`]: tabs }, async () =>
      says(await gen(`--spec s ${FLAGS} --format iam-json`), 0),
    );
  }
  // Deep in a block, with a list that YAML alone would end too early.
  const deep = [
    '  - Effect: Allow',
    '    Action: s3:GetObject',
    '    Resource: "*"',
    '    Condition: {',
    '\t"StringEquals": {',
    '\t\t"aws:x": [',
    '\t\t\t"a\tb",',
    '\t\t\t"c"',
    '\t\t]',
    '\t}',
    '\t}',
    '',
  ].join('\n');
  await withSpec({ 'groups/x.yaml': group(deep) }, (outcome) => {
    says(outcome, 0);
    assert.equal(policy().Statement[0].Condition, { StringEquals: { 'aws:x': ['a\tb', 'c'] } });
  });
});

cases('case 15-tab-json: a tab that YAML cannot take is one problem, at the tab', async () => {
  const said = (line: number, column: number) => [
    `s/groups/x.yaml:${line}:${column}  yaml-syntax`,
    'a tab indents this line',
  ];
  const wrong: readonly (readonly [string, number, number])[] = [
    ['\t- Effect: Allow\n\t  Action: s3:x\n\t  Resource: "*"\n', 5, 1],
    ['  - Effect: Allow\n\tAction: s3:x\n\tResource: "*"\n', 6, 1],
    ['  - Effect: Allow\n  \tAction: s3:x\n    Resource: "*"\n', 6, 3],
  ];
  for (const [text, line, column] of wrong) {
    await withSpec({ 'groups/x.yaml': group(text) }, (outcome) => {
      says(outcome, 2, ...said(line, column));
      assert.not.match(outcome.stderr, 'problems');
    });
  }
  // Another fault in a text with tabs stays where it is written.
  const other =
    'statements: [\n\t{\n\t\t"Effect": "Alow",\n\t\t"Action": "s3:x", "Resource": "*"\n\t}\n]\n';
  const head = 'id: x\npolicyName: XPolicy\nattachTo: [palette]\n';
  await withSpec({ 'groups/x.yaml': head + other }, (outcome) => {
    says(outcome, 2, 's/groups/x.yaml:6:13  not-allowed');
    assert.not.match(outcome.stderr, 'problems');
  });
  const cut = other.replace('\n]\n', '\n');
  await withSpec({ 'groups/x.yaml': head + cut }, (outcome) => {
    says(outcome, 2, 'yaml-syntax');
    assert.not.match(outcome.stderr, 'tab indents');
  });
});

cases('case 16-trust-aws-principal: as AWS writes it', async () => {
  await inCase(
    '16-trust-aws-principal',
    `--spec s ${FLAGS.replace('--palette-role R', '')} --format iam-json`,
    (outcome) => {
      says(outcome, 0);
      assert.equal(JSON.parse(written('iam-json/roles/own-role.trust.json')), {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::210987654321:root' },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'sts:ExternalId': 'abc' } },
          },
        ],
      });
    },
  );
});

const STATEMENTS = `
      - Sid: Palette
        Effect: Allow
        Principal: { AWS: ["arn:{{partition}}:iam::{{accountId}}:root", "210987654321"] }
        Action: [sts:AssumeRole, sts:TagSession]
        Condition: { StringEquals: { sts:ExternalId: "{{externalId}}" } }
      - Principal: { Service: [ec2.amazonaws.com, eks.amazonaws.com], Federated: "arn:{{partition}}:iam::{{accountId}}:saml-provider/x" }
        Action: sts:AssumeRole
      - Effect: Deny
        Principal: "*"
        Action: sts:AssumeRole
        Condition: { Bool: { "aws:SecureTransport": false }, Null: { "aws:x": true } }
`;
const PARAMETERS =
  "externalId: { description: d, pattern: '^[a-z]{1,9}$', maxLength: 9, constraint: c }\n";

cases('case 16-trust-aws-principal: several statements read back from every format', async () => {
  const files = {
    ...OWN,
    'parameters.yaml': PARAMETERS,
    'principals.yaml': principals(`    trust:${STATEMENTS}`),
  };
  const all = { 'features.yaml': FEATURES, ...files };
  const inSpec = Object.entries(all).map(([path, text]) => [`s/${path}`, text]);
  await inFolder(Object.fromEntries(inSpec), async () => {
    const spec = loadSpec({ overlays: ['s'] });
    const whole = principals(
      `    trust:\n      Version: 2012-10-17\n      Statement:${STATEMENTS.replaceAll('\n', '\n    ')}`,
    );
    writeFileSync('s/principals.yaml', whole);
    const document = loadSpec({ overlays: ['s'] });
    assert.equal(
      document.principals.get('own')?.creations[0]?.role?.trust,
      spec.principals.get('own')?.creations[0]?.role?.trust,
    );
    const parameters = new Map([
      ['accountId', '123456789012'],
      ['externalId', 'abc'],
      ['partition', 'aws-cn'],
    ]);
    const given = composeBundle(spec, targetOf(['x'], { parameters, formats: FORMATS }));
    const open = composeBundle(spec, targetOf(['x'], { formats: ['terraform', 'cloudformation'] }));
    const [role] = given.roles;
    assert.equal(role?.trust.Statement[0]?.Principal, {
      AWS: ['arn:aws-cn:iam::123456789012:root', '210987654321'],
    });
    assert.equal(role?.trust.Statement[1]?.Principal.Service, [
      'ec2.amazonaws.com.cn',
      'eks.amazonaws.com',
    ]);
    assert.equal(role?.trust.Statement[2], {
      Effect: 'Deny',
      Principal: { AWS: ['*'] },
      Action: ['sts:AssumeRole'],
      Condition: { Bool: { 'aws:SecureTransport': ['false'] }, Null: { 'aws:x': ['true'] } },
    });
    const file = emitIamJson(given).files.find(({ path }) => path.endsWith('trust.json'));
    assert.equal(trustOf(JSON.parse(file?.content ?? '')), role?.trust);
    for (const bundle of [given, open]) {
      const closed = closeDefaults(bundle);
      const template = emitCloudFormation(closed).files.find(({ path }) =>
        path.endsWith('palette-policies.yaml'),
      );
      const parsed = parseCloudFormation(template?.content ?? '').roles.get('own-role');
      assert.equal(parsed?.trust, closed.roles[0]?.trust);
      const module = await parseTerraform(emitTerraform(bundle).files, [...spec.parameters.keys()]);
      assert.equal(module.roles.get('own-role')?.trustPolicy, bundle.roles[0]?.trust);
    }
  });
  const flags = `--features x --account-id 123456789012 --name o --format iam-json --param externalId=`;
  await withSpec(
    files,
    async (outcome) => {
      says(outcome, 0);
      // The manifest tells trust too, so that `gen diff` compares it.
      cpSync('out/o', 'before', { recursive: true });
      says(await gen(`--spec s ${flags}other`), 0);
      const differs = await gen('diff before out/o');
      says(differs, 0);
      assert.match(differs.stdout, 'sts:ExternalId');
      says(await gen(`howto --spec s ${flags}other`), 0);
    },
    `${flags}abc`,
  );
});

cases('case 16-trust-aws-principal: what IAM refuses in a trust policy', async () => {
  const trusted = (trust: string) => ({
    ...OWN,
    'principals.yaml': principals(`    trust: ${trust}\n`),
  });
  const good = [
    'ec2.amazonaws.com',
    '[ec2.amazonaws.com, eks.amazonaws.com]',
    '{ Principal: { AWS: "210987654321" }, Action: "sts:AssumeRole" }',
    '{ Principal: { AWS: "arn:aws:iam::210987654321:role/a/b" }, Action: "sts:AssumeRole" }',
    '{ Principal: { AWS: "arn:aws:sts::210987654321:assumed-role/r/s" }, Action: "sts:*" }',
    '{ Principal: { Federated: cognito-identity.amazonaws.com }, Action: "sts:AssumeRoleWithWebIdentity" }',
    '{ Statement: { Principal: { Service: ec2.amazonaws.com }, Action: "sts:AssumeRole", Condition: {} } }',
  ];
  for (const trust of good) {
    await withSpec(trusted(trust), (outcome) => {
      says(outcome, 0);
      assert.not.match(outcome.stderr, 'warning');
    });
  }
  const bad: readonly (readonly [string, ...string[]])[] = [
    [
      '{ Principal: { AWS: 012345678901 }, Action: "sts:AssumeRole" }',
      'Put it in quotes: "012345678901"',
    ],
    ['{ Principal: { AWS: "21098765432" }, Action: "sts:AssumeRole" }', 'malformed-principal'],
    [
      '{ Principal: { AWS: ["210987654321", "arn:aws:iam::210987654321:role/*"] }, Action: "sts:AssumeRole" }',
      'role.trust.Principal.AWS[1]',
    ],
    [
      '{ Principal: { AWS: "arn:{{partition}}:iam::{{accountId}}:role/*" }, Action: "sts:AssumeRole" }',
      'malformed-principal',
    ],
    [
      '{ Principal: { Service: ec2 }, Action: "sts:AssumeRole" }',
      'malformed-principal',
      'ec2.amazonaws.com',
    ],
    [
      '{ Principal: { Federated: "arn:aws:iam::1:oidc-provider/x" }, Action: "sts:AssumeRole" }',
      'malformed-principal',
    ],
    [
      '{ Principal: { CanonicalUser: abc }, Action: "sts:AssumeRole" }',
      'There is no key "CanonicalUser" in a principal element',
    ],
    [
      '{ NotPrincipal: { AWS: "210987654321" }, Action: "sts:AssumeRole" }',
      'There is no key "NotPrincipal"',
    ],
    ['{ Principal: everyone, Action: "sts:AssumeRole" }', 'or * for everyone'],
    ['{ Principal: {}, Action: "sts:AssumeRole" }', 'empty-value'],
    ['{ Principal: { AWS: "*" }, Action: "s3:GetObject" }', 'an action of AWS STS'],
    ['{ Effect: allow, Principal: { AWS: "*" }, Action: "sts:AssumeRole" }', 'Did you mean Allow?'],
    [
      '{ Principal: { AWS: "*" }, Action: "sts:AssumeRole", Resource: "*" }',
      'There is no key "Resource" in a trust statement',
    ],
    ['{ Principal: { AWS: "*" } }', 'The key Action is missing'],
    [
      '{ Principal: { AWS: "*" }, Action: "sts:AssumeRole", Condition: { StringEqual: { a: b } } }',
      'StringEquals',
    ],
    [
      '{ Version: 2008-10-17, Statement: [{ Principal: { AWS: "*" }, Action: "sts:AssumeRole" }] }',
      'not-allowed',
    ],
    [
      '[{ Sid: A, Principal: { AWS: "*" }, Action: "sts:AssumeRole" }, { Sid: A, Principal: { AWS: "*" }, Action: "sts:AssumeRole" }]',
      'duplicate-sid',
    ],
    [
      '{ Principal: { AWS: "*" }, Action: "sts:AssumeRole", Condition: { StringEquals: { "a:b": "—" } } }',
      'U+2014',
    ],
    ['5', 'must be text or a list or a map; it is a number'],
    ['[5]', 'it is a number'],
    ['[]', 'is empty'],
  ];
  for (const [trust, ...said] of bad) {
    await withSpec(trusted(trust), (outcome) => {
      says(outcome, 2, /s\/principals\.yaml:6:\d+ /, ...said);
      assert.not.match(outcome.stderr, 'problems', `${trust}\n${outcome.stderr}`);
    });
  }
  await withSpec(trusted('{ Principal: "*", Action: "sts:AssumeRole" }'), (outcome) =>
    says(outcome, 0, 'warning: s/principals.yaml:6:12', 'Everyone, from any AWS account'),
  );
  await withSpec(
    trusted(
      '{ Principal: { AWS: "arn:aws:iam::210987654321:role/${name}" }, Action: "sts:AssumeRole" }',
    ),
    (outcome) => says(outcome, 0, '${name} is not an IAM policy variable'),
  );
  await withSpec(
    {
      ...trusted('{ Principal: { AWS: "{{account}}" }, Action: "sts:AssumeRole" }'),
      'parameters.yaml':
        "account: { description: d, pattern: '^.+$', maxLength: 99, constraint: c }\n",
    },
    (outcome) => says(outcome, 2, 'Trust policy of role "own-role": "me" cannot be a principal'),
    `${FLAGS} --format iam-json --param account=me`,
  );
  const many = Array.from({ length: 60 }, (_, at) => `"arn:aws:iam::210987654321:role/role-${at}"`);
  await withSpec(
    trusted(`{ Principal: { AWS: [${many.join(', ')}] }, Action: "sts:AssumeRole" }`),
    (outcome) => says(outcome, 2, 'The trust policy of role "own-role" has', 'AWS allows 2048'),
  );
});

cases('case 27-action-with-hyphen-refused: taken, by every format and when shrinking', async () => {
  const ACTION = 'vpc-lattice:AssociateViaAWSService-EventsAndStates';
  const flags = '--spec spec --features extra --palette-role R --account-id 123456789012 --name o';
  await inCase('27-action-with-hyphen-refused', `${flags} --format all`, (outcome) => {
    says(outcome, 0);
    assert.is(policy('A').Statement[0].Action, ACTION);
    assert.match(written('validator/rules.yaml'), ACTION);
  });
  await inCase(
    '27-action-with-hyphen-refused',
    `${flags} --format iam-json --shrink exact`,
    (outcome) => says(outcome, 0),
  );
  const amended = `${group(PLAIN)}amendments:\n  - { date: 2026-01-01, source: s, addTo: 0, actions: ["${ACTION}"] }\n`;
  await withSpec(
    { 'groups/x.yaml': amended },
    (outcome) => {
      says(outcome, 0);
      assert.ok(policy().Statement[0].Action.includes(ACTION));
    },
    `${FLAGS} --format iam-json --as-of latest`,
  );
});

const IRSA = principals(`    trust:
      Principal: { Federated: "arn:{{partition}}:iam::{{accountId}}:oidc-provider/{{oidcProvider}}" }
      Action: sts:AssumeRoleWithWebIdentity
      Condition: { StringEquals: { "{{oidcProvider}}:sub": "system:serviceaccount:ns:sa" } }
`);

cases('an IRSA role of one’s own gets its OIDC provider', async () => {
  const files = { ...OWN, 'principals.yaml': IRSA };
  const flags = '--features x --name o --format iam-json';
  const provider = 'arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/AB';
  await withSpec(
    files,
    (outcome) => {
      says(outcome, 0);
      const trust = JSON.parse(written('iam-json/roles/own-role.trust.json'));
      assert.is(trust.Statement[0].Principal.Federated, provider);
      assert.not.match(outcome.stderr, 'palette-vpc-cni');
    },
    `${flags} --oidc-provider ${provider}`,
  );
  // Without it, the advice leads there.
  await withSpec(
    files,
    (outcome) => says(outcome, 2, 'needs --oidc-provider'),
    `${flags} --account-id 123456789012`,
  );
  // In vain it is refused, with what would use it.
  await inFolder({}, async () => {
    says(await gen('--features core --oidc-provider oidc.example.com'), 2, '--identity irsa');
    writeFileSync(
      'gen.yaml',
      'targets: { t: { features: core, oidc-provider: oidc.example.com } }\n',
    );
    says(await gen(''), 2, 'no role of this selection trusts an OIDC provider');
  });
});

/** A run in which lowering the quota changes the outcome. */
const QUOTAS: readonly (readonly [key: string, value: number, flags: string, says: RegExp])[] = [
  ['managedPolicySize', 50, '', /fits into no policy/],
  ['managedPoliciesPerRole', 1, '--features core,eks --merge none --palette-role R', /1/],
  ['managedPoliciesPerUser', 1, '--features core,eks --merge none --palette-user U', /1/],
  ['managedPoliciesPerGroup', 1, '--features core,eks --merge none --palette-group G', /1/],
  ['inlinePoliciesSizePerRole', 50, '--features x --policy-type inline --palette-role R', /fits?/],
  ['inlinePoliciesSizePerUser', 50, '--features x --policy-type inline --palette-user U', /fits?/],
  [
    'inlinePoliciesSizePerGroup',
    50,
    '--features x --policy-type inline --palette-group G',
    /fits?/,
  ],
  ['trustPolicySize', 50, '--features x', /AWS allows 50/],
  ['policyName', 5, '', /AWS allows 5/],
  ['roleName', 5, '--features x', /AWS allows 5/],
  ['userName', 5, '--features core,cloud-account-user', /AWS allows 5/],
  ['instanceProfileName', 5, '--features x', /AWS allows 5/],
  ['path', 5, '--path /palette/', /AWS allows 5/],
  ['description', 5, '--features x', /AWS allows 5/],
];

cases('every quota has an effect', async () => {
  const keys = Object.keys(loadSpec().quotas).filter((key) => key !== 'principals');
  assert.equal(QUOTAS.map(([key]) => key).sort(), keys.sort());
  const role = `    trust: ec2.amazonaws.com\n    description: described\n    instanceProfile: { name: own-profile }\n`;
  const both = group(PLAIN).replace('[palette]', '[palette, own]');
  const files = { 'groups/x.yaml': both, 'principals.yaml': principals(role) };
  for (const [key, value, words, said] of QUOTAS) {
    const flags = `${words.includes('--features') ? '' : '--features core '}${words} --account-id 123456789012 --name o --format iam-json`;
    await withSpec(files, (outcome) => says(outcome, 0), flags);
    await withSpec(
      { ...files, 'quotas.yaml': `${key}: ${value}\n` },
      (outcome) => {
        assert.ok(outcome.code === 2 || outcome.code === 3, `${key}: ${outcome.stderr}`);
        assert.match(outcome.stderr, said, key);
      },
      flags,
    );
  }
  await withSpec(
    { ...files, 'quotas.yaml': 'principals: { palette: 1 }\n' },
    (outcome) => assert.is(outcome.code, 3, outcome.stderr),
    '--features core,eks --merge none --palette-role R --name o --format iam-json --account-id 123456789012',
  );
});

cases.run();
