// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are meant literally.
/** What `gen diff` once told wrongly, or passed over. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { contentHash, sha256 } from '../../src/files/manifest.ts';
import { inCase } from '../support/cases.ts';
import { gen, type Outcome, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';

const OLD = '2008-10-17';
const NEW = '2012-10-17';
const READ = JSON.stringify({
  Version: NEW,
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
});
const ADMIN = JSON.stringify({
  Version: NEW,
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

const document = (version: string | undefined, ...Statement: object[]): string =>
  JSON.stringify({ Version: version, Statement });
const allow = (more: object): object => ({
  Effect: 'Allow',
  Action: 's3:*',
  Resource: '*',
  ...more,
});

const diff = (a: string, b: string): Promise<Outcome> => gen(`diff ${a} ${b} --fail-on widening`);

/** What each of two policies allows and the other does not. */
async function between(a: string, b: string) {
  let told = { widening: false, narrowing: false, comparable: false, notes: [''] };
  await inFolder({ 'a/p.json': a, 'b/p.json': b }, async () => {
    told = JSON.parse((await gen('diff a b --json')).stdout);
  });
  return told;
}

/** The headlines of a comparison that did not see everything, in each form. */
async function isNotComparable(a: string, b: string, ...files: string[]): Promise<void> {
  const outcome = await diff(a, b);
  says(outcome, 1, 'may allow more', 'not compared');
  assert.match(outcome.stdout, `${a} and ${b} are not comparable`);
  assert.not.match(outcome.stdout, 'allow the same');
  for (const file of files) {
    assert.ok(outcome.stderr.replace(/\s+/g, ' ').includes(file), `${file}\n${outcome.stderr}`);
  }
  const markdown = (await gen(`diff ${a} ${b} --markdown`)).stdout;
  assert.match(markdown, '**Not comparable.**');
  assert.not.match(markdown, 'allow the same');
  const told = JSON.parse((await gen(`diff ${a} ${b} --json`)).stdout);
  assert.is(told.comparable, false);
  assert.ok(told.unread.length > 0);
}

test('case 01-diff-ignores-version: a variable in 2012-10-17 is text in 2008-10-17', () =>
  inCase('01-diff-ignores-version', async () => {
    const outcome = await diff('a', 'b');
    says(outcome, 1, 'b allows more than a', 'the Version of a policy is not 2012-10-17');
    assert.match(outcome.stdout, 'on arn:aws:s3:::b/${aws:username}/*');
    assert.match(outcome.stdout, 'on arn:aws:s3:::b/${$}{aws:username}/*');
    says(await diff('a', 'a'), 0);
    says(await diff('b', 'b'), 0);
  }));

test('case 22-diff-version-2008-missed-widening: none is 2008-10-17; a Deny stops to work', () =>
  inCase('22-diff-version-2008-missed-widening', async () => {
    says(await diff('a', 'b'), 1, 'b allows more than a');
    says(await diff('none', 'b'), 1, 'b allows more than none');
    says(await diff('a', 'none'), 0);
    says(await diff('deny-b', 'deny-a'), 1, 'deny-a allows more than deny-b');
  }));

test('Version counts wherever there may be a variable, and nowhere else', async () => {
  const variable = '${aws:username}';
  const differ: object[] = [
    { Resource: "arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/*" },
    { Resource: undefined, NotResource: `arn:aws:s3:::b/${variable}/*` },
    { Condition: { StringLike: { 's3:prefix': `${variable}/*` } } },
    { Condition: { 'ForAnyValue:StringEqualsIfExists': { k: ['a', variable] } } },
    { Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:iam::*:user/${variable}` } } },
    { Effect: 'Deny', Resource: `arn:aws:s3:::b/${variable}` },
    { Resource: 'arn:aws:s3:::b/${*}' },
    { Resource: 'arn:aws:s3:::b/${?}' },
    { Resource: 'arn:aws:s3:::b/${$}' },
  ];
  for (const more of differ) {
    for (const [from, to] of [
      [OLD, NEW],
      [undefined, NEW],
      [NEW, OLD],
    ]) {
      const told = await between(document(from, allow(more)), document(to, allow(more)));
      assert.ok(told.widening || told.narrowing, JSON.stringify(more));
      assert.match(told.notes.join('\n'), 'is plain text and not a policy variable');
    }
    const same = await between(document(OLD, allow(more)), document(undefined, allow(more)));
    assert.not.ok(same.widening || same.narrowing);
  }
  const alike: object[] = [
    { Resource: 'arn:aws:s3:::$b/$*' },
    // Only string and ARN operators know variables.
    { Condition: { NumericLessThan: { k: variable } } },
    { Condition: { Null: { 'aws:username': 'true' } } },
  ];
  for (const more of alike) {
    const told = await between(document(OLD, allow(more)), document(NEW, allow(more)));
    assert.not.ok(told.widening || told.narrowing, JSON.stringify(more));
    assert.not.match(told.notes.join('\n'), 'plain text');
  }
});

test('coverage by wildcards stays right for text and variables', async () => {
  const on = (version: string | undefined, resource: string) =>
    document(version, allow({ Resource: `arn:aws:s3:::b/${resource}` }));
  const covered: [string, string][] = [
    [on(OLD, '${aws:username}/*'), on(NEW, '*')],
    [on(NEW, '${aws:username}/*'), on(OLD, '*')],
    // The same text, written for each Version.
    [on(OLD, '${aws:username}'), on(NEW, '${$}{aws:username}')],
    [on(NEW, 'a${$}b'), on(undefined, 'a$b')],
  ];
  for (const [narrow, wide] of covered) {
    assert.is((await between(narrow, wide)).narrowing, false, `${narrow} ${wide}`);
  }
  const uncovered: [string, string][] = [
    [on(NEW, '${aws:username}'), on(NEW, '?{aws:username}')],
    [on(NEW, '${aws:username}'), on(OLD, '?{aws:username}')],
    [on(NEW, '${aws:username}'), on(OLD, '${aws:*}')],
    [on(NEW, '*'), on(NEW, '${*}')],
  ];
  for (const [narrow, wide] of uncovered) {
    assert.is((await between(narrow, wide)).narrowing, true, `${narrow} ${wide}`);
  }
});

test('a Version that AWS does not know is no policy', () =>
  inFolder(
    { 'a/p.json': READ, 'b/p.json': document('2012-10-18', allow({})), 'b/q.json': READ },
    async () => {
      says(await diff('a', 'b/p.json'), 2, 'b/p.json:1:12', 'AWS knows no policy Version');
      await isNotComparable('a', 'b', 'p.json (line 1, column 12: AWS knows no policy Version');
    },
  ));

test('case 02-diff-refuses-bool-number: booleans and numbers are condition values', () =>
  inCase('02-diff-refuses-bool-number', async () => {
    const outcome = await diff('a', 'b');
    says(outcome, 0);
    assert.is(outcome.stdout, 'a and b allow the same.\n');
  }));

test('case 23-diff-refuses-boolean-condition: as AWS gives them back', () =>
  inCase('23-diff-refuses-boolean-condition', async () => {
    says(await diff('a', 'b'), 0);
    says(await diff('real', 'real'), 0);
  }));

test('case 29-diff-passes-over-unread-files: the ARN of a policy that is attached', async () => {
  const arn = 'arn:aws:iam::aws:policy/AdministratorAccess';
  for (const attached of [
    { RoleName: 'x', PolicyArn: arn },
    [{ PolicyName: 'AdministratorAccess', PolicyArn: arn }],
    { roles: [{ name: 'x', policies: [{ arn }] }] },
  ]) {
    const own = document(NEW, allow({}));
    await inFolder(
      { 'a/p.json': own, 'b/p.json': own, 'b/attach.json': JSON.stringify(attached) },
      async () => says(await diff('a', 'b'), 1),
    );
  }
});

test('case 50-diff-refuses-boolean-conditions: a policy as AWS publishes it', () =>
  inFolder(
    {
      'a/p.json': document(
        NEW,
        allow({ Condition: { Bool: { 'kms:GrantIsForAWSResource': true } } }),
      ),
    },
    async () => says(await diff('a', 'a'), 0),
  ));

test('a value is its text, alone and in lists', async () => {
  const under = (Condition: object) => document(NEW, allow({ Condition }));
  const same: [object, object][] = [
    [{ Null: { k: false } }, { Null: { k: 'false' } }],
    [{ Bool: { k: [true] } }, { Bool: { k: 'true' } }],
    [{ NumericLessThan: { k: 3600 } }, { NumericLessThan: { k: ['3600'] } }],
    [{ NumericEquals: { k: [-1.5, 2] } }, { NumericEquals: { k: ['2', '-1.5'] } }],
  ];
  for (const [a, b] of same) {
    const told = await between(under(a), under(b));
    assert.equal([told.widening, told.narrowing], [false, false], JSON.stringify(a));
  }
  assert.ok((await between(under({ Bool: { k: true } }), under({ Bool: { k: false } }))).widening);
  // AWS takes empty lists: they allow nothing.
  assert.not.ok((await between(READ, document(NEW, allow({ Action: [] })))).widening);
});

test('what is wrong with a statement is named, with its place', async () => {
  const wrong: [object, string, string][] = [
    [{ Effect: 'allow' }, '1:48', 'Effect must be Allow or Deny; this is "allow"'],
    [{ Effect: undefined }, '1:38', 'Effect is missing'],
    [{ Action: undefined }, '1:38', 'Action is missing'],
    [{ NotAction: 'a:b' }, '1:', 'Action and NotAction cannot both be in one statement'],
    [
      { Action: ['s3:Get', 7] },
      '1:75',
      'Action must be a string or a list of strings; this is a number',
    ],
    [{ Resource: {} }, '1:', 'Resource must be a string or a list of strings; this is an object'],
    [{ Resources: '*' }, '1:', 'Unknown element "Resources"'],
    [{ Condition: [] }, '1:', 'Condition must be an object'],
    [{ Condition: { Bool: 'x' } }, '1:', 'must hold an object of condition keys'],
    [{ Condition: { Bool: { k: null } } }, '1:', 'a string, a number or a boolean; this is null'],
    [{ Condition: { NumericEquals: { k: 2 ** 60 } } }, '1:', 'too many digits'],
  ];
  for (const [more, place, message] of wrong) {
    await inFolder({ 'a/p.json': document(NEW, allow(more)) }, async () => {
      const outcome = await gen('diff a a');
      says(outcome, 2, `a/p.json:${place}`, message);
      assert.not.match(outcome.stderr, 'version control');
    });
  }
});

test('case 13-utf16: says that it is not UTF-8', () =>
  inCase('13-utf16', async () => {
    const outcome = await gen('diff a a');
    says(outcome, 2, 'a/p.json is not UTF-8 text (it looks like UTF-16', 'Save it as UTF-8.');
    assert.not.match(outcome.stderr, 'version control');
  }));

test('what keeps a file from being JSON is said at its place', async () => {
  const start = '{"Version": "2012-10-17",\n "Statement": [';
  const broken: [string, string, string][] = [
    [`${start}{"Effect": "Allow",}]}`, '2:34', 'JSON allows no comma before }.'],
    [`${start}],\n}`, '2:17', 'JSON allows no comma before }.'],
    [`${start} // all\n]}`, '2:17', 'JSON allows no comments.'],
    [`${start} /* all */]}`, '2:17', 'JSON allows no comments.'],
    [`# all\n${start}]}`, '1:1', 'JSON allows no comments.'],
    [`${start}`, '2:16', 'The file ends here, but the [ in line 2 is still open.'],
    [`${start}"Effe`, '2:21', 'The file ends in the middle of a string.'],
    [`${start}{'Effect': 1}]}`, '2:17', 'A key in double quotes is expected'],
    [`${start}"a" "b"]}`, '2:20', 'Expected a comma or ]'],
    [`${start}True]}`, '2:16', 'Expected a value; this is "True".'],
    [`${start}]}\n{}`, '3:1', 'there is more text after it'],
    [`${start}"a\nb"]}`, '2:18', 'A string must not hold a line break.'],
    [
      `${start}{"a": 1,\n"a": 2}]}`,
      '3:1',
      'The key "a" occurs twice in one object, first in line 2.',
    ],
    ['', '1:1', 'The file is empty.'],
  ];
  for (const [text, place, message] of broken) {
    await inFolder({ 'a/p.json': text }, async () => {
      const outcome = await gen('diff a a');
      says(outcome, 2, `a/p.json:${place}`, message);
      assert.not.match(outcome.stderr, 'version control');
    });
  }
  // A byte order mark is none of them.
  await inFolder({ 'a/p.json': `\ufeff${READ}`, 'b/p.json': READ }, async () => {
    says(await diff('a', 'b'), 0);
  });
});

test('case 17-capa-print-policy: what clusterawsadm prints is read', () =>
  inCase('17-capa-print-policy', async () => {
    const outcome = await gen('diff a a --json');
    assert.is(outcome.code, 0);
    assert.is(JSON.parse(outcome.stdout).comparable, true);
    mkdirSync('b');
    const text = readFileSync('a/nodes.json', 'utf8');
    writeFileSync('b/nodes.json', text.replace('ec2:DescribeInstances', 'ec2:*'));
    says(await diff('a', 'b'), 1, 'b allows more than a');
    // A template of Terraform's beside it, which only its caller can fill in.
    writeFileSync('a/more.json.tpl', ADMIN.replace('"*"', '"${action}"'));
    await isNotComparable('a', 'a', 'more.json.tpl (a template)');
  }));

test('case 29-diff-passes-over-unread-files: each is read, or named and counted', () =>
  inCase('29-diff-passes-over-unread-files', async () => {
    for (const side of ['array', 'document', 'yaml', 'noext']) {
      const outcome = await diff('a', side);
      says(outcome, 1, `${side} allows more than a`);
      assert.match(outcome.stdout, '+ became allowed\n    *\n      on *\n');
    }
    await isNotComparable('a', 'authorization-details', 'q.json (policies in a shape');
    await isNotComparable('authorization-details', 'a', 'q.json (policies in a shape');
    await isNotComparable('a', 'cloudformation', 'q.json (a CloudFormation template)');
    await isNotComparable('a', 'dupkeys', 'q.json (line 1, column 86: The key "Statement" occurs');
    says(await diff('a', 'noext/AdministratorAccess'), 1, 'allows more than a');
    says(await diff('a', 'yaml/q.yaml'), 1, 'allows more than a');
  }));

test('what may hold permissions is never passed over', async () => {
  const hcl = 'data "aws_iam_policy_document" "x" {\n  statement { actions = ["*"] }\n}\n';
  const yaml =
    'Version: "2012-10-17"\nStatement:\n- Effect: Allow\n  Action: "*"\n  Resource: "*"\n';
  const role = { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: ['arn'] } };
  const files: Record<string, string> = {
    'main.tf': 'module "x" { source = "./x" }',
    'notes.txt': hcl,
    'policy.yml': yaml,
    policy: yaml,
    'stack.yaml': 'Resources:\n  R:\n    Type: AWS::IAM::Role\n',
    'stack.json': JSON.stringify({ Resources: { R: role } }),
    'stack.ts': "new PolicyStatement({ actions: ['*'] })",
    'attach.sh':
      'aws iam attach-role-policy --policy-arn arn:aws:iam::aws:policy/AdministratorAccess',
    'lower.json': '{"statement": [{"effect": "Allow", "action": "*", "resource": "*"}]}',
    'bare.json': '{"Effect": "Allow", "Action": "*", "Resource": "*"}',
    'bares.json': '[{"Effect": "Allow", "Action": "*", "Resource": "*"}]',
    'nested.json': `{"x": [[{"y": ${ADMIN}}]]}`,
    'beside.json': ADMIN.replace('{', `{"Document": ${ADMIN}, `),
    'half.json': `[${READ}, {"Effect": "Allow", "Action": "*", "Resource": "*"}]`,
    'text.json': JSON.stringify({ Policy: ADMIN }),
    'encoded.json': JSON.stringify({ PolicyDocument: encodeURIComponent(ADMIN) }),
    'attached.json': '{"AttachedPolicies": [{"PolicyName": "AdministratorAccess"}]}',
    'stream.json': `${READ}\n${ADMIN}\n`,
    'cut.json': ADMIN.slice(0, 20),
    'comment.json': `// all\n${ADMIN}`,
    'latin.json': '{"a": "\\u00e9"}',
    'template.json.j2': ADMIN,
  };
  for (const [name, content] of Object.entries(files)) {
    await inFolder({ 'a/p.json': READ, 'b/p.json': READ, [`b/${name}`]: content }, async () => {
      if (name === 'latin.json') {
        writeFileSync('b/latin.json', Buffer.from('{"Sid": "\xe9"}', 'latin1'));
      }
      await isNotComparable('a', 'b', `${name} (`);
      says(await diff('b', 'a'), 1, 'not compared', 'may allow more');
    });
  }
  await inFolder({ 'a/p.json': READ, 'b/p.json': READ }, async () => {
    writeFileSync('b/utf16', Buffer.from(ADMIN, 'utf16le'));
    writeFileSync('b/x.tgz', Buffer.from('1f8b0800', 'hex'));
    await isNotComparable('a', 'b', 'utf16 (not UTF-8 text)', 'x.tgz (an archive)');
  });
});

test('an ordinary folder stays comparable', async () => {
  const files = {
    'a/p.json': READ,
    'b/p.json': READ,
    'b/README.md': `# Policies\n\n\`\`\`json\n${ADMIN}\n\`\`\`\n`,
    'b/LICENSE': readFileSync('LICENSE', 'utf8'),
    'b/package.json': readFileSync('package.json', 'utf8'),
    'b/package-lock.json': readFileSync('package-lock.json', 'utf8'),
    'b/.gitignore': 'node_modules\n',
    'b/.editorconfig': '[*]\nindent_size = 2\n',
    'b/Makefile': readFileSync('make/gen.mk', 'utf8'),
    'b/ci.yml': readFileSync('docs/kit/github-actions.yml', 'utf8'),
    'b/metadata.json': '{"Policy": {"Arn": "arn:aws:iam::aws:policy/X", "PolicyName": "X"}}',
    'b/node_modules/x/policy.json': ADMIN,
    'b/empty': '',
  };
  await inFolder(files, async () => {
    writeFileSync('b/logo.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    const outcome = await diff('a', 'b');
    says(outcome, 0, 'documentation that quotes policies is not compared: README.md');
    assert.is(outcome.stdout, 'a and b allow the same.\n');
  });
});

test('policies that name principals must be the same file on both sides', async () => {
  const trust = (service: string) =>
    JSON.stringify({
      Version: NEW,
      Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' },
    });
  const files = {
    'a/p.json': READ,
    'a/t.json': trust('ec2.amazonaws.com'),
    'b/p.json': READ,
    'b/t.json': JSON.stringify(JSON.parse(trust('ec2.amazonaws.com')), null, 2),
    'c/p.json': READ,
    'c/t.json': trust('*'),
    'd/p.json': READ,
    'e/t.json': trust('*'),
  };
  await inFolder(files, async () => {
    says(await diff('a', 'b'), 0);
    await isNotComparable('a', 'c', 'Not the same on both sides: c/t.json');
    await isNotComparable('a', 'd', 'a/t.json');
    await isNotComparable('d', 'a', 'a/t.json');
    says(await diff('e', 'a'), 2, 'e holds only policies that name principals');
  });
});

test('links and what cannot be opened are named', async () => {
  await inFolder({ 'a/p.json': READ, 'b/p.json': READ, 'admin.json': ADMIN }, async () => {
    symlinkSync('p.json', 'b/latest.json');
    says(await diff('a', 'b'), 0);
    symlinkSync('../admin.json', 'b/admin.json');
    symlinkSync('nowhere', 'b/broken');
    execFileSync('mkfifo', ['b/pipe']);
    await isNotComparable(
      'a',
      'b',
      'admin.json (a symbolic link), broken (a symbolic link), pipe (not a plain file)',
    );
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args]);
    git('init', '--quiet');
    rmSync('b/pipe');
    git('add', '-A');
    git('-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', 'x');
    await isNotComparable('HEAD:a', 'HEAD:b', 'admin.json (a symbolic link)');
    rmSync('b/admin.json');
    rmSync('b/broken');
    git('add', '-A');
    git('-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', 'y');
    says(await diff('HEAD:a', 'HEAD:b'), 0);
    if (process.getuid?.() === 0) return;
    writeFileSync('b/closed.json', ADMIN);
    chmodSync('b/closed.json', 0);
    mkdirSync('b/closed', { mode: 0 });
    await isNotComparable('a', 'b', 'closed.json (cannot be read', 'closed/ (cannot be read');
    chmodSync('b/closed', 0o700);
  });
});

const TARGET = 'out/b';

/** Two equal targets, one of which `change` changes. */
async function afterChange(
  formats: string,
  change: () => void,
  body: () => Promise<void>,
): Promise<void> {
  await inFolder({}, async () => {
    for (const name of ['a', 'b']) {
      says(await gen(`--features iaas-dynamic --format ${formats} --name ${name} --quiet`), 0);
    }
    says(await diff('out/a', 'out/b'), 0);
    change();
    await body();
  });
}

function edit(path: string, from: string | RegExp, to: string): void {
  const before = readFileSync(`${TARGET}/${path}`, 'utf8');
  const after = before.replace(from, to);
  assert.is.not(after, before);
  writeFileSync(`${TARGET}/${path}`, after);
}

/** Makes the manifest say that the file is as gen wrote it. */
function forge(path: string): void {
  const file = `${TARGET}/manifest.json`;
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const hash = createHash('sha256')
    .update(readFileSync(`${TARGET}/${path}`))
    .digest('hex');
  const entry = manifest.files.find((each: { path: string }) => each.path === path);
  entry.sha256 = hash;
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

test('an edited, missing or added artefact makes the sides not comparable', async () => {
  const stack = 'cloudformation/palette-cloudformation-input-template.yaml';
  const changes: [string, () => void, string][] = [
    [
      'terraform',
      () => edit('terraform/main.tf', '"ec2:AllocateAddress"', '"*"'),
      'terraform/main.tf (edited)',
    ],
    ['cloudformation', () => edit(stack, 'ec2:AllocateAddress', "'*'"), `${stack} (edited)`],
    ['terraform', () => rmSync(`${TARGET}/terraform/main.tf`), 'terraform/main.tf (missing)'],
    [
      'terraform',
      () => writeFileSync(`${TARGET}/terraform/x.tf`, 'module "x" {}'),
      'terraform/x.tf (not listed',
    ],
    [
      'iam-json',
      () => writeFileSync(`${TARGET}/iam-json/x.json`, ADMIN),
      'iam-json/x.json (not listed',
    ],
    [
      'iam-json',
      () => writeFileSync(`${TARGET}/iam-json/PaletteMinimumIaaSDynamicPolicy.json`, '{'),
      '(line 1, column 2: The file ends',
    ],
    [
      'terraform',
      () => {
        rmSync(`${TARGET}/terraform/main.tf`);
        symlinkSync('/dev/null', `${TARGET}/terraform/main.tf`);
      },
      'terraform/main.tf (a symbolic link)',
    ],
  ];
  for (const [format, change, named] of changes) {
    await afterChange(format, change, () => isNotComparable('out/a', 'out/b', named));
  }
});

test('an edit under a forged hash is found by what the file shows', async () => {
  const stack = 'cloudformation/palette-cloudformation-input-template.yaml';
  const hcl = 'terraform/main.tf';
  const attachment = (arn: string) =>
    `\nresource "aws_iam_role_policy_attachment" "x" {\n  role       = aws_iam_role.nodes.name\n  policy_arn = "${arn}"\n}\n`;
  const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';
  const edits: [string, string | RegExp, string][] = [
    [hcl, '"ec2:AllocateAddress"', '"*"'],
    [hcl, '"ec2:AllocateAddress",\n', ''],
    [hcl, /actions( += \["ssm:GetParameter"\])/, 'not_actions$1'],
    [hcl, 'optimized-ami/*', '*'],
    [hcl, /\n {4}condition \{[^}]*\}\n/, ''],
    [hcl, '"Allow"', '"Deny"'],
    [hcl, '[local.ec2_service_principal]', '["*"]'],
    [hcl, '"ec2.amazonaws.com.cn" : "ec2.amazonaws.com"', '"ec2.amazonaws.com.cn" : "*"'],
    [hcl, 'policy/AmazonEKSWorkerNodePolicy', 'policy/AdministratorAccess'],
    [hcl, /$/, attachment(admin)],
    [hcl, /$/, '\nmodule "x" {\n  source = "./x"\n}\n'],
    [hcl, /$/, '\nresource "aws_iam_user" "x" {\n  name = "x"\n}\n'],
    [hcl, /\n {2}policy += [^\n]*/, '\n  policy = file("admin.json")'],
    ['terraform/outputs.tf', /$/, attachment(admin)],
    [stack, 'ec2:AllocateAddress', "'*'"],
    [stack, "Resource: '*'", 'NotResource: arn:x'],
    [stack, 'optimized-ami/*', '*'],
    [stack, 'Effect: Allow', 'Effect: Deny'],
    [stack, 'Service: ec2.amazonaws.com', "Service: '*'"],
    [stack, 'AmazonEKSWorkerNodePolicy', 'AdministratorAccess'],
    [stack, 'Resources:\n', 'Resources:\n  X:\n    Type: AWS::IAM::User\n    Properties: {}\n'],
    [stack, 'Resources:\n', 'Transform: AWS::Include\nResources:\n'],
  ];
  await afterChange(
    'terraform,cloudformation',
    () => {},
    async () => {
      const manifest = readFileSync(`${TARGET}/manifest.json`);
      for (const [path, from, to] of edits) {
        const before = readFileSync(`${TARGET}/${path}`);
        edit(path, from, to);
        forge(path);
        const outcome = await diff('out/a', 'out/b');
        says(outcome, 1, `out/b/${path} was not compared and may allow more`);
        says(outcome, 1, `${path} (says other than manifest.json)`);
        writeFileSync(`${TARGET}/${path}`, before);
        writeFileSync(`${TARGET}/manifest.json`, manifest);
      }
      says(await diff('out/a', 'out/b'), 0);
      // A document that is gone may have denied something.
      edit(hcl, /^data "aws_iam_policy_document" "palette[\s\S]*?^\}\n/m, '');
      forge(hcl);
      await isNotComparable('out/a', 'out/b', 'terraform/ (says other than manifest.json)');
      rmSync(`${TARGET}/terraform`, { recursive: true });
      const told = JSON.parse(String(manifest));
      told.files = told.files.filter(({ path }: { path: string }) => !/^terraform/.test(path));
      writeFileSync(`${TARGET}/manifest.json`, JSON.stringify(told));
      await isNotComparable('out/a', 'out/b', 'terraform/ (says other than manifest.json)');
      cpSync('out/a', TARGET, { recursive: true });
      // Also where it is the earlier side.
      edit(hcl, '"ec2:AllocateAddress"', '"*"');
      forge(hcl);
      await isNotComparable('out/b', 'out/a', `${hcl} (says other than manifest.json)`);
    },
  );
});

test('what gen writes shows what its manifest says, whatever is in it', async () => {
  const files = {
    'spec/features.yaml': 'odd:\n  description: d\n  base: true\n  groups: [odd]\n',
    'spec/groups/odd.yaml': `id: odd
policyName: Odd
description: Quotes " and \\ and \${aws:username}.
attachTo: [palette]
statements:
  - { Sid: One, Effect: Deny, NotAction: ["s3:*", 'iam:Get*'], Resource: "*" }
  - { Effect: Allow, Action: "s3:*", NotResource: 'arn:aws:s3:::b/\${aws:username}/*' }
  - Effect: Allow
    Action: [ec2:RunInstances]
    Resource: ['arn:{{partition}}:ec2:*:{{accountId}}:vpc/{{vpcId}}']
    Condition:
      StringNotLike: { "aws:ResourceTag/kubernetes.io/cluster/{{clusterName}}": ['a"b', 'c\\d', '%{x}', '\${*}', "é"] }
      Bool: { aws:SecureTransport: false }
`,
  };
  const targets = [
    '--account-id 123456789012',
    '--merge all',
    '--cluster-name demo',
    '--policy-type inline --palette-role R',
    '--stackset',
  ];
  await inFolder(files, async () => {
    for (const flags of targets) {
      for (const format of flags === '--stackset'
        ? ['cloudformation']
        : ['terraform', 'cloudformation']) {
        const command = `--spec spec --features odd --format ${format} --name x --force --quiet ${flags}`;
        says(await gen(command), 0);
        const outcome = await diff('out/x', 'out/x');
        says(outcome, 0);
        assert.is(outcome.stdout, 'out/x and out/x allow the same, according to manifest.json.\n');
      }
    }
  });
});

test('documents are read themselves, whatever the manifest says', async () => {
  const path = 'iam-json/PaletteMinimumIaaSDynamicPolicy.json';
  const widen = (): void => edit(path, '"ec2:AllocateAddress"', '"iam:*"');
  await afterChange('iam-json', widen, async () => {
    says(await diff('out/a', 'out/b'), 1, 'out/b allows more than out/a');
    forge(path);
    const outcome = await diff('out/a', 'out/b');
    says(outcome, 1, 'out/b allows more than out/a');
    assert.match(outcome.stdout, 'iam:*');
  });
  const trust = 'iam-json/roles/nodes.cluster-api-provider-aws.sigs.k8s.io.trust.json';
  const open = (): void => {
    edit(trust, 'ec2.amazonaws.com', 'lambda.amazonaws.com');
    forge(trust);
  };
  await afterChange('iam-json', open, () => isNotComparable('out/a', 'out/b', `${trust} (edited)`));
  // Which of two formats is deployed, nobody knows.
  await afterChange('iam-json,terraform', widen, async () => {
    const outcome = await diff('out/a', 'out/b');
    says(outcome, 1, 'out/b allows more than out/a', 'terraform/ (may say other than iam-json/');
    assert.match(outcome.stdout, 'out/a → out/b\nout/a and out/b are not comparable: ');
    assert.match((await gen('diff out/a out/b --markdown')).stdout, '**More is allowed** to');
  });
});

test('the hash in a manifest does not depend on line ends, and on nothing else', () => {
  assert.is(contentHash('a\r\nb\r\n'), sha256('a\nb\n'));
  assert.is(contentHash(Buffer.from('é\r\n')), sha256('é\n'));
  assert.is(contentHash('a\rb'), sha256('a\rb'));
  assert.is.not(contentHash('a\n\nb'), contentHash('a\nb'));
  const bytes = Buffer.from([0xff, 0x0a]);
  assert.is(contentHash(bytes), sha256(bytes));
});

test('line ends alone are no edit', () =>
  afterChange(
    'iam-json,terraform,cloudformation',
    () => {
      for (const path of [
        'terraform/main.tf',
        'cloudformation/palette-policies.yaml',
        'manifest.json',
      ]) {
        edit(path, /\n/g, '\r\n');
      }
    },
    async () => says(await diff('out/a', 'out/b'), 0),
  ));

test('an all-clear says whose word it is', () =>
  afterChange(
    'terraform',
    () => {},
    async () => {
      const source = 'according to manifest.json';
      assert.match((await gen('diff out/a out/b')).stdout, `allow the same, ${source}.\n`);
      assert.match(
        (await gen('diff out/a out/b --markdown')).stdout,
        'according to `manifest.json`.',
      );
      const told = JSON.parse((await gen('diff out/a out/b --json')).stdout);
      assert.equal([told.comparable, told.byManifest], [true, ['out/a', 'out/b']]);
    },
  ));

test.run();
