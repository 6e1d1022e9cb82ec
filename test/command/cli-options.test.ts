import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMMANDS, OPTIONS } from '../../src/cli/arguments/flags.ts';
import { parseCommandLine } from '../../src/cli/arguments/options.ts';
import { EXAMPLES } from '../../src/cli/printing/help.ts';
import { GenError } from '../../src/model/errors.ts';

const test = suite('cli options');

function parse(...argv: string[]) {
  const line = parseCommandLine(argv, () => '9.9.9');
  if (line.kind === 'text') throw new Error(`text: ${line.text}`);
  return line;
}

function refusal(argv: readonly string[]): GenError {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
  return assert.unreachable(`accepted: ${argv.join(' ')}`) as never;
}

test('no flags: core, all formats, auto, into out', () => {
  const line = parse();
  assert.is(line.command, 'generate');
  assert.is(line.out, 'out');
  assert.equal(line.target, {
    features: ['core'],
    formats: ['iam-json', 'cloudformation', 'terraform', 'pxk', 'validator'],
    mergeMode: 'auto',
    policyType: 'managed',
    stackset: false,
    parameters: new Map(),
    namePrefix: '',
    paletteRoles: [],
    paletteUsers: [],
    paletteGroups: [],
    nodeRoles: [],
    path: '/',
    tags: new Map(),
    reserve: 0,
  });
});

test("an OIDC provider's ARN says issuer, account and partition; its URL the issuer", () => {
  const parametersOf = (provider: string) =>
    parse('--cni-principal', 'irsa', '--oidc-provider', provider).target.parameters;
  assert.equal(
    parametersOf('arn:aws-cn:iam::012345678901:oidc-provider/oidc.eks.example.cn/id/A1'),
    new Map([
      ['oidcProvider', 'oidc.eks.example.cn/id/A1'],
      ['partition', 'aws-cn'],
      ['accountId', '012345678901'],
    ]),
  );
  assert.equal(
    parametersOf('https://oidc.example/id/A1'),
    new Map([['oidcProvider', 'oidc.example/id/A1']]),
  );
});

test('every flag arrives', () => {
  const {
    target,
    typed: given,
    ...line
  } = parse(
    ...'check --features eks,cni-scoped --features host-groups --format terraform,iam-json'.split(
      ' ',
    ),
    ...'--merge none --out elsewhere --name demo --cluster-name c --vpc-id vpc-12345678'.split(' '),
    ...'--partition aws-us-gov --name-prefix P- --name-suffix .s --account-id 012345678901'.split(
      ' ',
    ),
    ...'--palette-role A --palette-role B --palette-user U --palette-group G --node-role N --path /p/'.split(
      ' ',
    ),
    ...'--permissions-boundary arn:aws-us-gov:iam::012345678901:policy/x/B'.split(' '),
    ...'--tag team=a=b --tag empty= --param own=1 --reserve 2 --max-policies 3 --policy-type inline --shrink validator --repack --as-of 2026-10-09'.split(
      ' ',
    ),
    ...'--spec mine --spec yours --force --quiet --json'.split(' '),
  );
  assert.equal(line, {
    kind: 'command',
    command: 'check',
    targets: [],
    out: 'elsewhere',
    specs: ['mine', 'yours'],
    values: [],
    stdout: false,
    force: true,
    quiet: true,
    verbose: false,
    json: true,
  });
  assert.equal(given.features, ['eks,cni-scoped', 'host-groups']);
  assert.is(given.merge, 'none');
  assert.not.ok('cni-principal' in given);
  assert.equal(target, {
    features: ['eks', 'cni-scoped', 'host-groups'],
    formats: ['iam-json', 'terraform'],
    mergeMode: 'none',
    name: 'demo',
    parameters: new Map([
      ['clusterName', 'c'],
      ['vpcId', 'vpc-12345678'],
      ['partition', 'aws-us-gov'],
      ['nameSuffix', '.s'],
      ['accountId', '012345678901'],
      ['own', '1'],
    ]),
    namePrefix: 'P-',
    paletteRoles: ['A', 'B'],
    paletteUsers: ['U'],
    paletteGroups: ['G'],
    nodeRoles: ['N'],
    path: '/p/',
    permissionsBoundary: 'arn:aws-us-gov:iam::012345678901:policy/x/B',
    tags: new Map([
      ['team', 'a=b'],
      ['empty', ''],
    ]),
    policyType: 'inline',
    stackset: false,
    shrink: 'validator',
    repack: true,
    maxPolicies: 3,
    reserve: 2,
    asOf: '2026-10-09',
  });
});

test('a StackSet is asked for beside the templates it holds', () => {
  assert.ok(parse('--stackset').target.stackset);
  assert.ok(parse('--stackset', '--format', 'cloudformation').target.stackset);
  // A format that there is not is told alone.
  const { problems } = refusal(['--stackset', '--format', 'cloudfrmation']);
  assert.equal(
    problems.map(({ code }) => code),
    ['unknown-format'],
  );
});

test('values that look like something else stay strings', () => {
  const { target } = parse('--account-id', '000000000123', '--name', '1e3', '--param', 'a.b=1');
  assert.is(target.parameters.get('accountId'), '000000000123');
  assert.is(target.name, '1e3');
  assert.is(target.parameters.get('a.b'), '1');
  assert.is(parse('--name-suffix=').target.parameters.get('nameSuffix'), '');
});

test('role patterns and values files, each once', () => {
  const { target, values } = parse(
    ...'--allow-role-pattern team-* --allow-role-pattern ng? --allow-role-pattern ng?'.split(' '),
    ...'--values a.yaml --values b.yaml'.split(' '),
  );
  assert.equal(target.allowRolePatterns, ['team-*', 'ng?']);
  assert.equal(values, ['a.yaml', 'b.yaml']);
});

test('commands', () => {
  for (const command of COMMANDS.filter((each) => each !== 'generate')) {
    const sides = command === 'diff' ? ['A', 'B'] : [];
    assert.is(parse(command, ...sides).command, command);
  }
  assert.is(parse('groups', '--json', '--spec', 'mine').json, true);
});

function helpOf(...argv: string[]): string {
  const line = parseCommandLine(argv, () => '9.9.9');
  return line.kind === 'text' ? line.text : (assert.unreachable(`no text: ${argv}`) as never);
}

for (const command of COMMANDS) {
  test(`help of ${command}: 80 columns, every flag once, examples that parse, exit codes`, () => {
    const words = command === 'generate' ? [] : [command];
    const help = helpOf(...words, '--help');
    for (const line of help.split('\n')) {
      assert.ok(line.length <= 80, line);
      assert.is(line, line.trimEnd());
    }
    for (const flag of [...Object.keys(OPTIONS[command]), 'help', 'version']) {
      const lines = help.split('\n').filter((line) => new RegExp(`^  --${flag}( |$)`).test(line));
      assert.is(lines.length, 1, `--${flag}`);
    }
    assert.ok(EXAMPLES[command].length >= 2);
    for (const [example] of EXAMPLES[command]) {
      assert.match(help, `\n  ${example}`);
      const typed = /\bgen\b([^>)]*)/.exec(example)?.[1] ?? assert.unreachable(example);
      const line = parse(...String(typed).split(' ').filter(Boolean));
      assert.is(line.command, command);
    }
    assert.match(help, /Exit codes:\n {2}0 /);
    assert.match(help, /\n {2}2 +wrong usage/);
    assert.ok(help.endsWith('\n'));
  });
}

test('help is asked for in four ways, and goes before mistakes; version', () => {
  assert.is(helpOf('help'), helpOf('--help'));
  assert.is(helpOf('check', 'help'), helpOf('check', '--help'));
  assert.is(helpOf('help', 'check'), helpOf('check', '--help'));
  assert.is(helpOf('--nonsense', '--help'), helpOf('--help'));
  assert.match(helpOf('--help'), 'gen COMMAND --help');
  assert.is(refusal(['help', 'chek']).exitCode, 2);
  assert.is(refusal(['--name', 'a/b', 'help', 'chek']).problems.length > 1, true);
  assert.is(helpOf('--version'), '9.9.9\n');
  assert.is(helpOf('check', '--version'), '9.9.9\n');
});

/** [flags, code, what the message or its advice must say] */
const REFUSED: readonly [flags: string, code: string, says: string | RegExp][] = [
  ['--featuers eks', 'unknown-flag', 'Did you mean --features?'],
  ['--clustername x', 'unknown-flag', 'Did you mean --cluster-name?'],
  ['-x', 'unknown-flag', 'There is no flag -x.'],
  ['--no-force', 'unknown-flag', '--no-force'],
  ['--tag.k v', 'unknown-flag', '--tag.k'],
  ['features --force', 'unknown-flag', 'gen features does not take --force.'],
  ['chek', 'unexpected-argument', 'Did you mean gen check?'],
  ['--features eks cni-scoped', 'unexpected-argument', '--features eks,cni-scoped'],
  ['check check', 'unexpected-argument', '"check"'],
  ['--format terrafrom', 'unknown-format', 'Did you mean terraform?'],
  ['--format yaml', 'unknown-format', 'iam-json, cloudformation, terraform, pxk, validator'],
  ['--format ,', 'empty-value', 'no format is named'],
  ['--features ,', 'empty-value', 'gen features'],
  ['--merge al', 'unknown-merge-mode', 'auto, all, none'],
  ['--out', 'missing-value', '--out needs a value'],
  ['--out --force', 'missing-value', '--out needs a value'],
  ['--out=', 'empty-value', '--out: the value is empty'],
  ['--out a --out b', 'repeated-flag', '--out: given more than once'],
  ['--name a/b', 'bad-name', 'single folder'],
  ['--name a\\b', 'bad-name', 'single folder'],
  ['--name .', 'bad-name', 'single folder'],
  ['--name ..', 'bad-name', 'single folder'],
  ['--name=', 'bad-name', 'single folder'],
  ['--name-prefix a/b', 'bad-name', 'IAM names'],
  ['--palette-role arn:aws:iam::123456789012:role/p/Spectro', 'bad-name', 'Give Spectro'],
  ['--palette-user arn:aws:iam::123456789012:user/U', 'bad-name', "takes the user's name"],
  ['--node-role a/b', 'bad-name', '1 to 64 characters'],
  [`--node-role ${'x'.repeat(65)}`, 'bad-name', '1 to 64 characters'],
  ['--allow-role-pattern *', 'bad-role-pattern', 'every role of the account'],
  ['--allow-role-pattern ?*', 'bad-role-pattern', 'every role of the account'],
  ['--allow-role-pattern team/*', 'bad-role-pattern', 'no ARN and no path'],
  [`--allow-role-pattern ${'x'.repeat(65)}*`, 'bad-role-pattern', '1 to 64 characters'],
  ['--values v.yaml --format terraform', 'clashing-flags', 'Add pxk to the formats'],
  ['--values a --values b --stdout', 'clashing-flags', 'Give --values once'],
  ['--values a --stdout --only pxk/eks.yaml', 'clashing-flags', 'Leave --only'],
  ['--path palette', 'bad-path', 'begins and ends with /'],
  ['--path /palette', 'bad-path', 'begins and ends with /'],
  [`--path /${'x'.repeat(511)}/`, 'bad-path', '512'],
  ['--permissions-boundary Boundary', 'bad-arn', 'arn:aws:iam::123456789012:policy/Boundary'],
  ['--permissions-boundary arn:aws:iam::123456789012:role/B', 'bad-arn', 'managed policy'],
  [
    '--permissions-boundary arn:aws:iam::123456789012:policy/B --partition aws-cn',
    'bad-arn',
    'partition aws,',
  ],
  [
    '--permissions-boundary arn:aws:iam::123456789012:policy/B --account-id 210987654321',
    'bad-arn',
    'same account',
  ],
  ['--tag novalue', 'bad-value', 'is not k=v'],
  ['--tag =v', 'bad-value', 'is not k=v'],
  ['--tag a=1 --tag a=2', 'bad-value', 'more than once'],
  ['--tag aws:x=1', 'bad-tag', 'reserved'],
  [`--tag ${'k'.repeat(129)}=1`, 'bad-tag', '128'],
  ['--tag a=b!', 'bad-tag', 'letters'],
  ['--param novalue', 'bad-value', 'is not name=value'],
  ['--param clusterName=a --cluster-name b', 'clashing-flags', '--cluster-name'],
  ['--cni-principal pods', 'unknown-cni-principal', 'node, irsa, pod-identity'],
  ['--cni-principal irsa --oidc-provider issuer/?x=1', 'bad-arn', 'oidc-provider'],
  [
    '--cni-principal irsa --account-id 210987654321 --oidc-provider arn:aws:iam::123456789012:oidc-provider/issuer',
    'clashing-flags',
    'but account-id is 210987654321',
  ],
  ['--reserve -1', 'bad-reserve', 'from 0 up'],
  ['--reserve 1.5', 'bad-reserve', 'from 0 up'],
  ['--reserve two', 'bad-reserve', 'from 0 up'],
  ['--max-policies 0', 'bad-max-policies', 'from 1 up'],
  ['--max-policies 2.5', 'bad-max-policies', 'from 1 up'],
  ['--shrink exat', 'unknown-shrink-mode', 'Did you mean exact?'],
  ['--policy-type inlin', 'unknown-policy-type', 'Did you mean inline?'],
  // Minutes, if every letter were parsed.
  [`-${'a'.repeat(100_000)}`, 'unknown-flag', 'no flag -a'],
  ['--tag foo', 'bad-value', 'team=platform'],
  ['--deployed PaletteNodesPolicy', 'bad-value', 'PaletteControllerPolicy=arn:'],
  ['generate', 'unexpected-argument', 'gen --features eks'],
  ['--as-of yesterday', 'bad-date', 'YYYY-MM-DD'],
  ['--as-of 2026-02-30', 'bad-date', 'YYYY-MM-DD'],
  ['--tag team=a --tag Team=b', 'bad-tag', 'capitals'],
  ['--features core --target prod', 'clashing-flags', '--target'],
  ['--features core --config gen.yaml', 'clashing-flags', '--config'],
  ['--stdout --json', 'clashing-flags', 'both print on stdout'],
  ['--only x', 'clashing-flags', '--stdout'],
  ['check --stdout', 'clashing-flags', 'diff'],
  ['--stackset --format terraform,iam-json', 'clashing-flags', 'cloudformation'],
];
for (const [flags, code, says] of REFUSED) {
  const label = flags.length > 80 ? `${flags.slice(0, 80)}…` : flags;
  test(`refused: ${label}`, () => {
    const error = refusal(flags.split(' '));
    assert.is(error.exitCode, 2);
    const problem = error.problems.find((each) => each.code === code);
    assert.ok(problem, `codes: ${error.problems.map((each) => each.code)}`);
    assert.match(`${problem.message} ${problem.advice ?? ''}`, says);
  });
}

test('everything wrong is said at once', () => {
  const error = refusal('--format x --merge y --reserve z --path p --as-of q'.split(' '));
  assert.is(error.problems.length, 5);
});

test.run();
