/**
 * Hostile text in every text field of every kind of file, as the JSON Schemas enumerate them: a new
 * field is tried by itself. A text is either refused, in words that show it harmlessly, or it is
 * read back by readers that are not ours from every output as it was put in, and nothing else
 * appeared: each output has the structure that a harmless word in its place gives.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parse as parseHcl } from '@cdktf/hcl2json';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { terminalLine } from '../../src/text/terminal.ts';
import { gen, type Outcome } from '../support/cli.ts';
import { atLeast, FAST } from '../support/fast.ts';
import { inFolder } from '../support/folders.ts';
import { type Field, type Json, textFields, withText } from '../support/schema-fields.ts';
import { PYYAML_NEED, readMarkdown, readYaml11, unreadableLine } from '../support/text-readers.ts';

const property = suite('text in every field');

/** From the most hostile to what IAM takes nearly everywhere; a field is tried with each it takes. */
const HOSTILE: readonly string[] = [
  'h\u2028      Users:\u2028      - m\u0085k: v\r\rFAKE: <!-- **b** \\| `c` "q" \'s\' $(touch PWNED)\u001b[2K\u009b1A\u202e\ufeff\uffff\nFAKE: #z',
  'h\u0085  Users:\r\nFAKE: <!-- \\| `c` "q" \'s\' $(touch PWNED)\u009b1A\u007f\n     touch PWNED\tz',
  'h"q\' <!-- | `c` $(touch PWNED); touch PWNED #z',
  'h\u2028Users:\u0085-\u202ez',
  'h>PWNED<z',
];
const MARK = 'hMARKz';
const WRAPS: readonly (readonly [string, string])[] = [
  ['', ''],
  ['https://', ''],
  ['arn:aws:s3:::', ''],
  ['arn:aws:iam::123456789012:saml-provider/', ''],
  ['arn:aws:iam::123456789012:policy/', '/B'],
];

const trust = {
  Effect: 'Allow',
  Principal: { Federated: ['arn:aws:iam::123456789012:saml-provider/P'] },
  Action: ['sts:AssumeRoleWithSAML'],
  Condition: { StringEquals: { 'SAML:aud': ['a'] } },
};
const statement = {
  Sid: 'S',
  Effect: 'Allow',
  Action: ['s3:GetObject'],
  Resource: ['arn:aws:s3:::b'],
  Condition: { StringLike: { 's3:prefix': ['p'] } },
};

/** A spec and a gen.yaml in which nearly every field is there, by the file's name. */
const BASE: Readonly<Record<string, { readonly schema: string; readonly value: Json }>> = {
  's/features.yaml': {
    schema: 'features',
    value: {
      a: {
        base: true,
        description: 'd',
        groups: ['g'],
        requires: [{ anyOf: ['b'], why: 'w' }],
        excludes: [{ feature: 'c', why: 'w' }],
        implies: [{ feature: 'b' }],
        advice: [
          { level: 'warning', says: 's' },
          { level: 'note', says: 's' },
        ],
      },
      b: { description: 'd' },
      c: { description: 'd' },
    },
  },
  's/groups/g.yaml': {
    schema: 'group',
    value: {
      id: 'g',
      policyName: 'G-{{team}}',
      description: 'd',
      attachTo: ['own', 'auditor', 'palette'],
      source: { document: 'd', section: 's', lastUpdate: '2026-01-01', url: 'https://u' },
      statements: [statement],
      amendments: [
        { date: '2026-02-01', addTo: 0, actions: ['s3:PutObject'], source: 's' },
        {
          date: '2026-02-02',
          newStatement: { ...statement, Sid: 'T', Action: 's3:x' },
          source: 's',
        },
      ],
      errata: [{ statement: 0, actions: ['s3:GetObject'], says: 's' }],
    },
  },
  's/principals.yaml': {
    schema: 'principals',
    value: {
      own: {
        description: 'd',
        createdWith: 'a',
        role: {
          name: 'own',
          description: 'd',
          trust: [trust],
          awsManagedPolicies: ['ReadOnlyAccess'],
          instanceProfile: { name: 'own' },
        },
      },
      auditor: { description: 'd', existing: { name: 'auditor', attached: ['ViewOnlyAccess'] } },
    },
  },
  's/parameters.yaml': {
    schema: 'parameters',
    value: {
      team: { description: 'd', pattern: '^[a-z]+$', maxLength: 9, constraint: 'c' },
    },
  },
  'gen.yaml': {
    schema: 'gen',
    value: {
      targets: {
        t: {
          features: ['a'],
          spec: ['s'],
          format: ['iam-json', 'cloudformation', 'terraform', 'validator'],
          'as-of': 'latest',
          stackset: true,
          param: { team: 'x' },
          tag: { k: 'v' },
          path: '/p/',
          'account-id': '123456789012',
          'permissions-boundary': 'arn:aws:iam::123456789012:policy/B',
          'palette-role': ['R'],
          'palette-user': ['U'],
          'policy-description': { 'G-x': 'd' },
        },
        u: { features: ['a'], spec: ['s'], format: ['cloudformation', 'terraform'] },
      },
    },
  },
};

/** Everything that one set of files leads to. */
interface Outputs {
  /** Generated files, by target and path. */
  readonly files: ReadonlyMap<string, string>;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Words that a fake `aws` was called with. */
  readonly calls: readonly (readonly string[])[];
}

const COMMANDS = [
  'howto --target t',
  'features --spec s',
  'groups --spec s',
  'outdated --target u',
  'changelog --spec s --features a',
  'changelog --spec s --features a --markdown',
  'diff before out',
  'diff before out --json',
  'diff before out --markdown',
  'check',
];

/** What the files lead to; the refusal alone where they are refused. */
async function outputsOf(files: Readonly<Record<string, string>>): Promise<Outputs | Outcome> {
  let result: Outputs | Outcome | undefined;
  await inFolder(
    { ...files, 'before/p.json': '{"Version":"2012-10-17","Statement":[]}' },
    async () => {
      const known = new Set(readdirSync('.'));
      const generated = await gen('');
      if (generated.code !== 0) {
        result = generated;
        return;
      }
      const outcomes = new Map([['gen', generated]]);
      for (const words of COMMANDS) outcomes.set(words, await gen(words));
      const written = readdirSync('.', { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.parentPath}/${entry.name}`.replace(/^\.\//, ''))
        .filter((path) => !known.has(path.split('/')[0] as string));
      result = {
        files: new Map(written.map((path) => [path, readFileSync(path, 'utf8')])),
        outcomes,
        calls: callsOf(outcomes.get('howto --target t')?.stdout ?? ''),
      };
      const foreign = readdirSync('.', { recursive: true }).filter((path) =>
        /PWNED$/.test(String(path)),
      );
      assert.equal(foreign, []);
    },
  );
  return result as Outputs | Outcome;
}

const calls = new Map<string, readonly (readonly string[])[]>();

/** The same commands lead to the same calls. */
function callsOf(page: string): readonly (readonly string[])[] {
  const script = page
    .split('\n')
    .filter((line) => line.startsWith('     '))
    .map((line) => line.slice(5))
    .join('\n');
  // The script of format iam-json is the one subshell.
  const start = script.search(/^\($/m);
  const own = start < 0 ? '' : script.slice(start, script.indexOf('\n)\n', start) + 2);
  const known = calls.get(script);
  if (known !== undefined) return known;
  // A person fills placeholders in first.
  const filled = script.replace(/<[A-Za-z][\w-]*>/g, 'filled');
  assert.is(spawnSync('bash', ['-n'], { input: filled }).status, 0, script);
  mkdirSync('run/bin', { recursive: true });
  mkdirSync('run/iam-json/roles', { recursive: true });
  writeFileSync('run/calls', '');
  writeFileSync(
    'run/bin/aws',
    '#!/bin/sh\nfor w; do printf \'%s\\001\' "$w" >>"$CALLS"; done\nprintf \'\\002\' >>"$CALLS"\ncase "$*" in *get-*) exit 1;; esac\n',
  );
  chmodSync('run/bin/aws', 0o755);
  const cwd = `${process.cwd()}/run`;
  const env = { PATH: `${cwd}/bin:/usr/bin:/bin`, CALLS: `${cwd}/calls` };
  const ran = spawnSync('sh', { input: own, cwd, env, encoding: 'utf8' });
  assert.is(ran.status, 0, `${ran.stderr}\n${own}`);
  const found = readFileSync('run/calls', 'utf8')
    .split('\u0002')
    .slice(0, -1)
    .map((call) => call.split('\u0001').slice(0, -1));
  assert.not.ok(readdirSync('run').some((name) => name.includes('PWNED')));
  rmSync('run', { recursive: true });
  calls.set(script, found);
  return found;
}

const isOutputs = (result: Outputs | Outcome): result is Outputs => 'files' in result;

/** A value with the hostile text in place of the harmless word. */
function replaced<T>(value: T, text: string): T {
  if (typeof value === 'string') return value.replaceAll(MARK, text) as T;
  if (Array.isArray(value)) return value.map((each) => replaced(each, text)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [replaced(key, text), replaced(each, text)]),
  ) as T;
}

const collapsed = (text: string): string => text.replace(/\s+/g, ' ').trim();
const oneLine = (text: string): string => terminalLine(text.replace(/\s*[\r\n]\s*/g, ' '));

/** YAML files, to be read by PyYAML together: it takes a while to start. */
const yamls: {
  readonly name: string;
  readonly hostile: string;
  readonly text: string;
  readonly plain: string;
}[] = [];

function sameMarkdown(hostile: string, plain: string, text: string, name: string): void {
  const [page, before] = [readMarkdown(hostile), readMarkdown(plain)];
  assert.equal(page.elements, before.elements, `${name}\n${hostile}`);
  const shown = oneLine(text);
  assert.equal(
    page.rows.map((row) => row.map(collapsed)),
    before.rows.map((row) => row.map((cell) => collapsed(cell.replaceAll(MARK, shown)))),
    name,
  );
}

async function sameStructure(
  path: string,
  hostile: string,
  plain: string,
  text: string,
): Promise<void> {
  assert.is(unreadableLine(hostile), undefined, path);
  if (path.endsWith('manifest.json')) JSON.parse(hostile);
  else if (path.endsWith('.json')) {
    assert.equal(JSON.parse(hostile), replaced(JSON.parse(plain), text), path);
  } else if (path.endsWith('.yaml')) {
    yamls.push({ name: path, hostile, plain, text });
  } else if (path.endsWith('.md')) sameMarkdown(hostile, plain, text, path);
  else {
    const [read, before] = [await parseHcl(path, hostile), await parseHcl(path, plain)];
    assert.equal(read, replaced(before, text), path);
  }
}

async function compare(
  hostile: Outputs,
  plain: Outputs,
  text: string,
  name: string,
): Promise<void> {
  const before = new Map(
    [...plain.files].map(([path, file]) => [path.replaceAll(MARK, text), file]),
  );
  assert.equal([...hostile.files.keys()].sort(), [...before.keys()].sort(), name);
  for (const [path, file] of hostile.files) {
    await sameStructure(path, file, before.get(path) as string, text);
  }
  assert.equal(hostile.calls, replaced(plain.calls, text), name);
  for (const [words, { code, stdout, stderr }] of hostile.outcomes) {
    const { code: expected, stdout: harmless } = plain.outcomes.get(words) as Outcome;
    assert.is(code, expected, `${name}: ${words}: ${stderr}`);
    assert.is(unreadableLine(stdout), undefined, `${name}: ${words}`);
    assert.is(unreadableLine(stderr), undefined, `${name}: ${words}`);
    assert.not.match(stdout + stderr, /^FAKE/m, `${name}: ${words}`);
    // Without the folder `out` there is no difference to print.
    if (words.endsWith('--json') && stdout !== '') JSON.parse(stdout);
    if (words.endsWith('--markdown')) sameMarkdown(stdout, harmless, text, `${name}: ${words}`);
  }
}

const schemaOf = (kind: string) =>
  JSON.parse(
    readFileSync(new URL(`../../spec/schema/${kind}.schema.json`, import.meta.url), 'utf8'),
  );

const written = (file: string, value: Json): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(BASE).map(([path, base]) => [
      path,
      JSON.stringify(path === file ? value : base.value),
    ]),
  );

/** Fields whose hostile text was taken, as `file path`. */
const taken: string[] = [];

async function tryField(file: string, field: Field): Promise<void> {
  const { value } = BASE[file] as { value: Json };
  const name = `${file} ${field.path.join('/')}${field.isKey ? ' (key)' : ''}`;
  const isAllowed = (text: string): boolean =>
    field.pattern === undefined || new RegExp(field.pattern, 'u').test(text);
  for (const [before, after] of WRAPS) {
    if (!isAllowed(before + MARK + after)) continue;
    const plain = await outputsOf(written(file, withText(value, field, before + MARK + after)));
    for (const text of HOSTILE) {
      if (!isAllowed(before + text + after)) continue;
      const result = await outputsOf(written(file, withText(value, field, before + text + after)));
      if (!isOutputs(result)) {
        assert.ok([1, 2, 3].includes(result.code), name);
        assert.is(unreadableLine(result.stderr), undefined, name);
        assert.not.match(result.stderr, /^FAKE/m, name);
        // What refuses a harmless word refuses all of them.
        if (!isOutputs(plain)) break;
        continue;
      }
      assert.ok(isOutputs(plain), `${name}: harmless text is refused`);
      await compare(result, plain as Outputs, text, name);
      taken.push(name);
      return;
    }
  }
}

for (const file of Object.keys(BASE)) {
  property(file, async () => {
    const { schema, value } = BASE[file] as (typeof BASE)[string];
    const whole = await outputsOf(written(file, value));
    assert.ok(isOutputs(whole), `the base is refused: ${JSON.stringify(whole)}`);
    const fields = textFields(schemaOf(schema), value);
    const chosen = FAST ? fields.filter((_, index) => index % 12 === 0) : fields;
    for (const field of chosen) await tryField(file, field);
  });
}

property('fields were tried, and not refused all', () => {
  assert.ok(taken.length >= atLeast(25), taken.join('\n'));
});

property('YAML 1.1 and 1.2 read the same, and what was put in', () => {
  assert.ok(yamls.length > atLeast(50));
  for (const { name, hostile, plain, text } of yamls) {
    const [read, before] = [hostile, plain].map((yaml) => bodiesRead(parse(yaml)));
    assert.equal(read, replaced(before, text), name);
  }
  if (!PYYAML_NEED.found) {
    console.log(`skipped: YAML 1.1 of every field: ${PYYAML_NEED.name} not found`);
    return;
  }
  const read = readYaml11(yamls.map(({ hostile }) => hostile));
  yamls.forEach(({ name, hostile }, index) => {
    assert.equal(read[index], [parse(hostile)], name);
  });
});

/**
 * With the template in a StackSet's body read, too. The validator's rules have a name that is made
 * of the target's letters and digits.
 */
function bodiesRead(template: unknown): unknown {
  return JSON.parse(JSON.stringify(template), (key, value) => {
    if (key === 'metadata') return /^[a-z0-9-]+$/.test(value.name) ? 'named' : value;
    return key === 'TemplateBody' ? parse(value) : value;
  });
}

property.run();
