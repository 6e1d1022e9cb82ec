// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders and policy variables are meant literally.
/**
 * Text of a spec, a policy, a manifest or a flag stays text in every language that gen writes: it
 * ends no line, begins no command, hides nothing. `property-text.test.ts` tries every text field.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { yamlInline, yamlLines } from '../../src/emit/yaml.ts';
import { renderHowto } from '../../src/howto/howto.ts';
import { composeBundle, generate, loadSpec, type TargetOptions } from '../../src/index.ts';
import { GenError } from '../../src/model/errors.ts';
import { shellWord, withLineFeed } from '../../src/text/shell.ts';
import { terminalLine } from '../../src/text/terminal.ts';
import { gen, says } from '../support/cli.ts';
import { inFolder } from '../support/folders.ts';
import { PYYAML_NEED, readMarkdown, readYaml11, unreadableLine } from '../support/text-readers.ts';
import { testWith } from '../support/tools.ts';

const cases = suite('text stays text');

const LINE_ENDS = ['\u0085', '\u2028', '\u2029'];
const ESC = '\u001b';
const CSI = '\u009b';
const BIDI = '\u202e';

type Json = Readonly<Record<string, unknown>>;

interface Parts {
  readonly group?: Json;
  readonly principals?: Json;
  readonly parameters?: Json;
  readonly feature?: Json;
  readonly resource?: string;
}

/** The files of a spec with one feature `a` and one group, with these changes. */
function specFiles({ group, principals, parameters, feature, resource = '*' }: Parts) {
  const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: resource };
  const whole = {
    id: 'a',
    policyName: 'AuditPolicy',
    attachTo: ['palette'],
    statements: [statement],
    ...group,
  };
  const files: Record<string, unknown> = {
    'features.yaml': { a: { base: true, description: 'x', groups: ['a'], ...feature } },
    'groups/a.yaml': whole,
    ...(principals === undefined ? {} : { 'principals.yaml': principals }),
    ...(parameters === undefined ? {} : { 'parameters.yaml': parameters }),
  };
  return Object.fromEntries(
    Object.entries(files).map(([path, value]) => [`s/${path}`, JSON.stringify(value)]),
  );
}

/** Every file below a folder, by path. */
function filesBelow(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    paths
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`)
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );
}

testWith(
  cases,
  [PYYAML_NEED],
  'case 41-yaml-line-separator-injection: no reader sees other keys',
  async () => {
    for (const end of [...LINE_ENDS, '\r', '\r\n', '\n']) {
      const description = `Reads the trail.${end}      Users:${end}      - mallory`;
      const section = `S${end}Transform: AWS::Include #`;
      const source = {
        document: section,
        section,
        lastUpdate: '2026-01-01',
        url: `https://a${end}b: c`,
      };
      const parameters = {
        team: {
          description: section,
          pattern: '^[a-z]+$',
          maxLength: 5,
          constraint: section,
        },
      };
      const principals = { palette: { description: section, existing: {} } };
      const parts = {
        group: { description, source, policyName: 'AuditPolicy-{{team}}' },
        parameters,
        principals,
      };
      await inFolder(
        {
          ...specFiles(parts),
          'gen.yaml': JSON.stringify({
            targets: {
              [`x${end.replace(/[\r\n]/g, '\u2028')}Transform: AWS::Include #`]: {
                features: 'a',
                spec: 's',
                format: ['cloudformation', 'terraform'],
                stackset: true,
                tag: { [`k${end === '\u2028' ? end : ' '}v`]: `v${end === '\u2029' ? end : ' '}w` },
                'palette-role': 'R',
              },
            },
          }),
        },
        async () => {
          says(await gen('--quiet'), 0);
          const files = filesBelow('out');
          for (const [path, text] of files) assert.is(unreadableLine(text), undefined, path);
          const yamls = [...files].filter(([path]) => path.endsWith('.yaml'));
          assert.is(yamls.length, 2);
          const read = readYaml11(yamls.map(([, text]) => text));
          yamls.forEach(([path, text], index) => {
            assert.equal(read[index], [parse(text)], path);
          });
          const template = parse(
            files.get(
              [...files.keys()].find((path) => path.endsWith('palette-policies.yaml')) as string,
            ) as string,
          );
          assert.equal(Object.keys(template), [
            'AWSTemplateFormatVersion',
            'Description',
            'Metadata',
            'Parameters',
            'Resources',
            'Outputs',
          ]);
          const { Properties } = template.Resources.AuditPolicy;
          assert.is(Properties.Description, description);
          assert.is(Properties.Users, undefined);
          assert.is(template.Parameters.Team.Description, section);
          const body = parse(
            [...files].find(([path]) => path.endsWith('stackset.yaml'))?.[1] as string,
          ).Resources.StackSet.Properties.TemplateBody;
          assert.equal(readYaml11([body]), [[parse(body)]]);
          assert.is(unreadableLine(body), undefined);
        },
      );
    }
  },
);

testWith(
  cases,
  [PYYAML_NEED],
  'case 41-yaml-line-separator-injection: any character in any scalar',
  () => {
    const ranges = [
      [0, 0xff],
      [0x600, 0x61f],
      [0x2000, 0x20ff],
      [0xd7f0, 0xd810],
      [0xdff0, 0xe000],
      [0xfe00, 0xfeff],
      [0xfff0, 0xffff],
    ];
    const characters = ranges.flatMap(([from = 0, to = 0]) =>
      Array.from({ length: to - from + 1 }, (_, at) => String.fromCharCode(from + at)),
    );
    const lines = characters.flatMap((character) => [
      yamlLines(
        { [`k${character}k`]: [`${character}`, `a${character}- b: c`] },
        '',
        new Map([['', [character]]]),
        {
          indent: 2,
          indentSeq: true,
        },
      ).join('\n'),
      `[${yamlInline(`${character}x`, 'single')}, ${yamlInline({ a: character })}]`,
    ]);
    const read = readYaml11(lines);
    characters.forEach((character, at) => {
      const name = JSON.stringify(character);
      assert.equal(
        read[2 * at],
        [{ [`k${character}k`]: [character, `a${character}- b: c`] }],
        name,
      );
      assert.equal(read[2 * at + 1], [[`${character}x`, { a: character }]], name);
    });
  },
);

/** `gen diff --markdown` from nothing to one group with these resources. */
async function markdownOf(resources: readonly string[]): Promise<string> {
  let markdown = '';
  const policy = (Resource: readonly string[]) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource }],
    });
  const zebra = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'zzz:*', Resource: '*' }],
  });
  const files = {
    'a/p.json': policy(['x']),
    'b/p.json': policy(['x', ...resources]),
    'b/z.json': zebra,
  };
  await inFolder(files, async () => {
    const outcome = await gen('diff a b --markdown');
    says(outcome, 0);
    markdown = outcome.stdout;
  });
  return markdown;
}

cases(
  'case 42-markdown-comment-hides-permissions: every row shows, and shows the text',
  async () => {
    const resources = [
      '*\r\r**All other changes are formatting only.**\r\r<!--',
      '*\n\n<!--',
      '`\r`<!--',
      'a\\|b|c\\\\|<!-- `',
      '|\\',
      `${ESC}[2K<img src=x>${BIDI}`,
      '</code></td></table><!--',
    ];
    for (const resource of resources) {
      const page = readMarkdown(await markdownOf([resource]));
      const allowed = new Set([
        'h3',
        'h4',
        'code',
        'p',
        'strong',
        'table',
        'thead',
        'tr',
        'th',
        'tbody',
        'td',
        'br',
        'blockquote',
      ]);
      const foreign = page.elements.filter((name) => !allowed.has(name));
      assert.equal(foreign, [], resource);
      assert.equal(page.rows.length, 3, JSON.stringify(page.rows));
      const shown = terminalLine(resource.replace(/\s*[\r\n]\s*/g, ' '));
      assert.equal(page.rows[1], ['s3:GetObject', shown]);
      assert.equal(page.rows[2], ['zzz:*', '*']);
    }
  },
);

cases(
  'case 42-markdown-comment-hides-permissions: gen changelog and the module’s README',
  async () => {
    const text = 'D\r\r<!-- **x** | <img src=x> [l](javascript:a) `c`\n- item';
    const source = { document: text, section: text, lastUpdate: '2026-01-01' };
    const amendments = [{ date: '2026-02-01', addTo: 0, actions: ['s3:PutObject'], source: text }];
    const team = { description: text, pattern: '^[a-z]*$', maxLength: 5, constraint: text };
    await inFolder(
      {
        ...specFiles({
          group: { source, amendments, policyName: 'A-{{team}}' },
          parameters: { team },
        }),
        'gen.yaml': JSON.stringify({
          targets: { 'x--><img src=x>': { features: 'a', spec: 's', format: 'terraform' } },
        }),
      },
      async () => {
        const changelog = await gen('changelog --markdown --spec s --features a');
        says(changelog, 0);
        const page = readMarkdown(changelog.stdout);
        assert.equal(
          page.elements.filter((name) => !['h3', 'code', 'ul', 'li'].includes(name)),
          [],
          changelog.stdout,
        );
        assert.match(page.text, 's3:PutObject');
        assert.is(
          page.text.split('D <!-- **x** | <img src=x> [l](javascript:a) `c` - item').length,
          4,
        );
        says(await gen('--quiet'), 0);
        const [readme = ''] = [...filesBelow('out')].flatMap(([path, file]) =>
          path.endsWith('README.md') ? [file] : [],
        );
        const module = readMarkdown(readme);
        for (const name of ['img', 'a', 'em'])
          assert.not.ok(module.elements.includes(name), readme);
        assert.ok(
          module.rows.some((row) => row[0] === 'team' && row[3]?.startsWith('D <!-- **x** |')),
        );
      },
    );
  },
);

cases(
  'case 43-terminal-escapes-hide-lines: gen diff, lists and summaries show escapes',
  async () => {
    const hostile = `${ESC}[2K${CSI}1A${BIDI}\u007f\nnext`;
    const statement = (Resource: string) => ({ Effect: 'Allow', Action: 's3:GetObject', Resource });
    const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
    await inFolder(
      {
        'a/p.json': policy(statement('a')),
        [`b/p${ESC}[2K.json`]: policy(statement('a'), statement(`*${hostile}`), {
          ...statement('*'),
          Condition: { StringLike: { 's3:x': [hostile] } },
        }),
        'b/q.json': '{"Statement": ',
      },
      async () => {
        for (const words of ['diff a b', 'diff a b --json', 'diff a b --markdown']) {
          const { stdout, stderr } = await gen(`${words} --fail-on widening`);
          assert.is(unreadableLine(stdout), undefined, words);
          assert.is(unreadableLine(stderr), undefined, words);
          assert.not.match(stdout, /^\s*next/m);
          assert.match(stdout, '\\u001b[2K\\u009b1A\\u202e\\u007f', words);
        }
      },
    );
    const says = `x${hostile}`;
    await inFolder(
      specFiles({
        resource: `arn:aws:s3:::x${CSI}1A${CSI}2K`,
        feature: {
          description: says,
          advice: [
            { level: 'warning', says },
            { level: 'note', says },
          ],
        },
        group: {
          description: says,
          source: {
            document: says,
            section: says,
            lastUpdate: '2026-01-01',
            url: `https://${says}`,
          },
          amendments: [{ date: '2026-02-01', addTo: 0, actions: ['s3:PutObject'], source: says }],
          errata: [{ says, actions: [says] }],
        },
        principals: { palette: { description: says, existing: {} } },
      }),
      async () => {
        const flags = '--spec s --features a';
        for (const words of [
          'features --spec s',
          'features --spec s --json',
          'groups --spec s',
          'groups --spec s --json',
          `changelog ${flags}`,
          `changelog ${flags} --markdown`,
          `outdated ${flags}`,
          `outdated ${flags} --json`,
          `${flags} --format terraform,cloudformation`,
          `check ${flags} --format terraform,cloudformation`,
          `howto ${flags} --format terraform,cloudformation`,
          `diff documented latest ${flags}`,
        ]) {
          const { stdout, stderr } = await gen(words);
          assert.ok(stdout.length + stderr.length > 0);
          assert.is(unreadableLine(stdout), undefined, words);
          assert.is(unreadableLine(stderr), undefined, words);
          assert.not.match(stdout + stderr, /^next/m, words);
        }
        // What somebody wrote into a generated file is shown by `gen check`.
        writeFileSync('out/a/terraform/main.tf', `# ${ESC}[2K\n`);
        const { stdout } = await gen(`check ${flags} --format terraform,cloudformation`);
        assert.match(stdout, '-# \\u001b[2K');
      },
    );
  },
);

/** Runs commands of a page with an `aws` that writes down its words; gives them, by call. */
function callsOf(page: string): readonly (readonly string[])[] {
  mkdirSync('bin', { recursive: true });
  writeFileSync('calls', '');
  const record =
    '#!/bin/sh\nfor w; do printf \'%s\\001\' "$w" >>"$CALLS"; done\nprintf \'\\002\' >>"$CALLS"\ncase "$*" in *get-caller-identity*) echo 42;; *get-*) exit 1;; esac\n';
  for (const tool of ['aws', 'kubectl']) {
    writeFileSync(`bin/${tool}`, record);
    chmodSync(`bin/${tool}`, 0o755);
  }
  const script = page
    .split('\n')
    .filter((line) => line.startsWith('     '))
    .map((line) => line.slice(5))
    .join('\n');
  const env = { PATH: `${process.cwd()}/bin:/usr/bin:/bin`, CALLS: `${process.cwd()}/calls` };
  assert.is(spawnSync('bash', ['-n'], { input: script, env }).status, 0, script);
  spawnSync('sh', { input: script, env });
  return readFileSync('calls', 'utf8')
    .split('\u0002')
    .slice(0, -1)
    .map((call) => call.split('\u0001').slice(0, -1));
}

const wordAfter = (calls: readonly (readonly string[])[], flag: string): readonly string[] => [
  ...new Set(
    calls.flatMap((call) =>
      call.flatMap((word, at) => (word === flag ? [call[at + 1] ?? ''] : [])),
    ),
  ),
];

cases('case 44-howto-shell-injection: names that IAM refuses are refused in the spec', async () => {
  const own = (awsManagedPolicies: readonly string[]) => ({
    description: 'Own.',
    createdWith: 'a',
    role: { name: 'own', trust: 'ec2.amazonaws.com', awsManagedPolicies },
  });
  for (const [parts, path] of [
    [
      { principals: { auditor: { description: 'd', existing: { name: 'x; touch PWNED #' } } } },
      'auditor.existing.name',
    ],
    [
      { principals: { auditor: { description: 'd', existing: { name: 'x<a b>' } } } },
      'auditor.existing.name',
    ],
    [{ principals: { own: own(['A; touch PWNED #']) } }, 'own.role.awsManagedPolicies'],
    [{ principals: { own: own(['/A']) } }, 'own.role.awsManagedPolicies'],
    [
      { feature: { awsManagedPolicies: [{ policy: 'A$(x)', attachTo: ['palette'] }] } },
      'a.awsManagedPolicies',
    ],
    [{ feature: { replaces: ['A\nB'] } }, 'a.replaces'],
  ] as const) {
    await inFolder(specFiles(parts), async () => {
      says(await gen('howto --spec s --features a --format iam-json'), 2, 'malformed-value', path);
    });
  }
});

cases('case 44-howto-shell-injection: what a spec says is a word, whatever it is', async () => {
  const evil = (name: string) =>
    `d'"\`$(touch PWNED-${name}); touch PWNED-${name} #!x\n     touch PWNED-${name}\r\\`;
  const partition = `aws$(touch PWNED-partition)'\n;touch PWNED-partition`;
  const text = {
    pattern: '^[^]*$',
    maxLength: 90,
    constraint: 'any',
    description: evil('parameter'),
  };
  for (const account of ['', ' --account-id 123456789012']) {
    await inFolder(
      specFiles({
        group: { description: `${evil('policy')}\n\n`, attachTo: ['auditor', 'own'] },
        principals: {
          auditor: { description: evil('principal'), existing: { name: 'ng-<random>' } },
          own: {
            description: evil('principal'),
            createdWith: 'a',
            role: {
              name: 'own',
              description: "it's $(touch PWNED-role)\n     touch PWNED-role\n",
              trust: 'ec2.amazonaws.com',
              awsManagedPolicies: ['ReadOnlyAccess'],
            },
          },
        },
        parameters: { partition: { ...text, default: partition, flag: '--partition' } },
      }),
      async () => {
        const words = `howto --spec s --features a --format iam-json${account}`;
        const { code, stdout, stderr } = await gen(words);
        assert.is(code, 0, stderr);
        assert.is(unreadableLine(stdout), undefined);
        mkdirSync('iam-json/roles', { recursive: true });
        const calls = callsOf(stdout);
        assert.equal(
          readdirSync('.').filter((name) => name.includes('PWNED')),
          [],
        );
        assert.equal(wordAfter(calls, '--description'), [
          "it's $(touch PWNED-role)\n     touch PWNED-role\n",
          `${evil('policy')}\n\n`,
        ]);
        const id = account === '' ? '42' : '123456789012';
        assert.equal(
          [...wordAfter(calls, '--policy-arn')].sort(),
          [
            `arn:${partition}:iam::${id}:policy/AuditPolicy`,
            `arn:${partition}:iam::aws:policy/ReadOnlyAccess`,
          ].sort(),
        );
        assert.equal(wordAfter(calls, '--role-name'), ['own', 'ng-<random>']);
      },
    );
  }
});

cases('case 44-howto-shell-injection: any word arrives as it is', () => {
  const words = [
    '',
    'plain-word_1.2,+@:/=',
    '=ls',
    '~',
    '-n',
    "'",
    '"',
    '\\',
    '$x',
    '`x`',
    'a b',
    '*',
    '!!',
    '%s%%d\\n',
    '\n',
    '\n\n',
    'a\n',
    '\na',
    '%s\'\t\\101!"\n-',
    '-x\u001b',
    `é${BIDI}😀\u0085\u2028`,
    'x<y>',
    '<a>b',
    '<a><b>',
    '<a b>',
    '<>',
  ];
  const script = withLineFeed([
    '(',
    ...words.map((word) => `printf '%s\\1' ${shellWord(word)}`),
    ')',
  ]);
  for (const line of script) assert.is(unreadableLine(line), undefined, line);
  for (const shell of ['sh', 'bash']) {
    const { stdout } = spawnSync(shell, { input: script.join('\n'), encoding: 'utf8' });
    assert.equal(stdout.split('\u0001').slice(0, -1), words);
  }
  assert.is(shellWord('<cluster-name>'), '<cluster-name>');
  assert.is(shellWord('{{clusterName}}'), '<clusterName>');
  assert.is(shellWord('policy/{{x}}>PWNED'), "'policy/<x>>PWNED'");
});

cases('case 45-howto-angle-brackets-redirect: a boundary’s path is a word', async () => {
  for (const path of ['x>y', '<x>', '>>', "<(a)&'`", '$(b)', '<a>b<c']) {
    const boundary = `arn:aws:iam::123456789012:policy/${path}/PWNED`;
    await inFolder({}, async () => {
      const { stdout, code } = await gen(
        `howto --features iaas-dynamic --format iam-json --account-id 123456789012 --permissions-boundary ${boundary}`,
      );
      assert.is(code, 0);
      const script = stdout.slice(stdout.indexOf('     (\n'), stdout.indexOf('\n     )\n') + 8);
      mkdirSync('iam-json/roles', { recursive: true });
      const calls = callsOf(script);
      assert.equal(wordAfter(calls, '--permissions-boundary'), [boundary]);
      assert.equal(readdirSync('.').sort(), ['bin', 'calls', 'iam-json']);
    });
  }
});

cases('case 45-howto-angle-brackets-redirect: also where the library has checked no path', () => {
  const bundle = composeBundle(loadSpec(), {
    features: ['iaas-dynamic'],
    formats: ['iam-json'],
    parameters: new Map([['accountId', '123456789012']]),
  });
  const page = renderHowto({ ...bundle, path: '/a>PWNED/<x>/' }, ['iam-json']);
  assert.match(page, "--path '/a>PWNED/<x>/'");
  assert.match(page, "'arn:aws:iam::123456789012:policy/a>PWNED/<x>/");
});

cases('case 53-library-name-unchecked: line breaks are refused in every option', async () => {
  const spec = loadSpec();
  const broken = 'x\nresource "null_resource" "p" {}\n#';
  const options: Readonly<Record<string, unknown>> = {
    name: broken,
    namePrefix: broken,
    paletteRoles: [broken],
    paletteUsers: [broken],
    paletteGroups: [broken],
    nodeRoles: [broken],
    path: `/${broken}/`,
    permissionsBoundary: `arn:aws:iam::123456789012:policy/${broken}`,
    asOf: '2026-01-01\n',
    tags: new Map([['k', broken]]),
    parameters: new Map([['partition', broken]]),
    allowRolePatterns: [broken],
    features: [broken],
    formats: [broken],
  };
  for (const [option, value] of Object.entries(options)) {
    const target = { features: ['core'], formats: ['terraform'], [option]: value } as TargetOptions;
    try {
      await generate(spec, target);
    } catch (error) {
      assert.instance(error, GenError, option);
      assert.is((error as GenError).exitCode, 2, option);
      continue;
    }
    assert.unreachable(`${option} was taken`);
  }
  for (const end of [...LINE_ENDS, '\u007f', BIDI]) {
    const { files } = await generate(spec, {
      features: ['iaas-dynamic', 'stack-manual'],
      formats: ['terraform', 'cloudformation', 'validator', 'pxk'],
      name: `x${end}resource "null_resource" "p" {}`,
      paletteRoles: ['R'],
      parameters: new Map([['accountId', '123456789012']]),
    });
    for (const { path, content } of files) {
      if (path.endsWith('.json')) continue;
      assert.is(unreadableLine(content), undefined, path);
      assert.not.match(content, /^resource "null_resource"/m);
    }
  }
});

cases.run();
