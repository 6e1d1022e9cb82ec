// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables and HCL's interpolation look like that.
/**
 * Terraform itself reads what needs no provider: the strings of the modules, and the variables'
 * checks. (`terraform fmt` over every module: `laws-terraform.test.ts`.)
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTerraform } from '../../src/emit/terraform/index.ts';
import type { EmittedFile, IamBundle } from '../../src/model/bundle.ts';
import { type Parameter, parameterNames, render } from '../../src/model/parameter.ts';
import { toPolicyJson, toTrustPolicyJson } from '../../src/model/policy.ts';
import { bundleOfCase, conformanceCases } from '../support/conformance-cases.ts';
import { withFolder, writeFiles } from '../support/folders.ts';
import { hclLiterals } from '../support/hcl-literals.ts';
import { AWKWARD, documentOf, sampleBundle, samplePolicy } from '../support/sample-bundle.ts';
import { progress, runTool, testWith } from '../support/tools.ts';

const conformance = suite('terraform');

testWith(conformance, ['terraform'], 'reads every string of the modules as the bundle has it', () =>
  withFolder((folder) => {
    const cases = conformanceCases().map((each) => {
      progress(`emitting ${each.name}`);
      const bundle = bundleOfCase(each);
      return { ...each, bundle, sources: literalSources(bundle) };
    });
    const all = [...new Set(cases.flatMap(({ sources }) => sources))];
    progress(`terraform reads ${all.length} strings`);
    const values = evaluate(folder, `[${all.join(',\n')}]`);
    const valueBySource = new Map(
      all.map((source, index) => [source, (values as string[])[index]]),
    );
    for (const { name, bundle, sources } of cases) {
      const read = new Set(
        sources.map((source) => asIamReads(valueBySource.get(source) as string)),
      );
      const wanted = stringsOfDocuments(bundle);
      assert.equal(
        wanted.filter((text) => !read.has(text)),
        [],
        `${name}: strings of the bundle that Terraform does not read`,
      );
      assert.equal(
        [...read].filter((text) => !wanted.includes(text)),
        [],
        `${name}: strings that Terraform reads and the bundle has not`,
      );
    }
    assert.ok(all.length > 300, `${all.length}`);
  }),
);

testWith(conformance, ['terraform'], 'reads any text as it was meant', () =>
  withFolder((folder) => {
    const sign = fc.constantFrom(...'$%{}\\"~&#\n\r\t\'`a: é🧭');
    const text = fc
      .oneof(
        fc.constantFrom(...AWKWARD),
        fc.string({ unit: sign, maxLength: 12 }),
        fc.string({ unit: 'binary', maxLength: 12 }),
      )
      // Terraform normalizes to NFC; `{{name}}` is a parameter of ours.
      .map((value) => value.normalize('NFC').replaceAll('{{', '{'));
    // In some places the data source reads `&{` as `${`: there the emitter refuses it.
    const plain = text.map((value) => value.replaceAll('&{', '&'));
    const texts = fc.tuple(
      fc.array(text, { minLength: 100, maxLength: 200 }),
      fc.array(plain, { minLength: 100, maxLength: 200 }),
    );
    fc.assert(
      fc.property(texts, ([anywhere, elsewhere]) => {
        const document = documentOf({
          Effect: 'Allow',
          Action: [...new Set(anywhere)],
          Resource: [...new Set(elsewhere)],
          Condition: {
            StringLike: Object.fromEntries(anywhere.map((each, n) => [`aws:${n}${each}`, ['x']])),
            StringEquals: { 'aws:x': [...new Set(elsewhere)] },
          },
        });
        const bundle = sampleBundle({ policies: [samplePolicy({ document })] });
        const sources = literalSources(bundle);
        const read = evaluate(folder, `[${sources.join(',\n')}]`) as string[];
        const actual = new Set(read.map(asIamReads));
        // `&{` in an action is two characters; only elsewhere does the data source change it.
        const wanted = new Set(stringsOfDocuments(bundle).map(asIamReads));
        const different = [...actual, ...wanted].filter(
          (each) => !actual.has(each) || !wanted.has(each),
        );
        assert.is(JSON.stringify(different), '[]');
      }),
      { numRuns: 3, endOnFailure: true, includeErrorInReport: true },
    );
  }),
);

testWith(conformance, ['terraform'], 'takes and refuses the values that the parameters do', () =>
  withFolder((folder) => {
    const open = conformanceCases().filter(({ parameters }) => parameters === 'open');
    const asked = new Set<string>();
    for (const each of open) {
      const bundle = bundleOfCase(each);
      const blocks = variableBlocks(fileOf(bundle, 'variables'));
      for (const parameter of bundle.openParameters) {
        const place = placeOf(parameter, blocks);
        if (place === undefined || asked.has(`${parameter.name} ${place.block}`)) continue;
        asked.add(`${parameter.name} ${place.block}`);
        progress(`variable ${place.name}: ${parameter.name}`);
        checkVariable(folder, parameter, place);
      }
    }
    assert.ok(asked.size >= 2, `${asked.size}`);
  }),
);

/** Where a module takes the value of a parameter. */
interface Place {
  /** Of the variable. */
  readonly name: string;
  /** As it stands in `variables.tf`. */
  readonly block: string;
  /** The variable's value with this value of the parameter in it. */
  readonly wrap: (value: string) => unknown;
}

function variableBlocks(text: string): ReadonlyMap<string, string> {
  const blocks = text.matchAll(/^variable "(\w+)" \{\n[\s\S]*?^\}\n/gm);
  return new Map([...blocks].map(([block, name]) => [name as string, block]));
}

/** What a cluster may have, by the attribute of the map. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  vpc_id: 'vpc-0abc1234',
  oidc_provider: 'oidc.eks.us-east-1.amazonaws.com/id/0A',
  region: 'us-east-1',
  cluster_arn: 'arn:aws:eks:us-east-1:123456789012:cluster/demo',
};

/** A variable of its own, or the map of clusters: the cluster's name is its key there. */
function placeOf(parameter: Parameter, blocks: ReadonlyMap<string, string>): Place | undefined {
  const own = parameter.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const attributes = [...(blocks.get('clusters') ?? '').matchAll(/(\w+) = string/g)].map(
    ([, name]) => name as string,
  );
  const cluster = Object.fromEntries([
    ...attributes.map((name) => [name, ATTRIBUTES[name]]),
    // As Terraform has an optional attribute that is left out.
    ...[...(blocks.get('clusters') ?? '').matchAll(/(\w+) = optional\(/g)].map(([, name]) => [
      name,
      null,
    ]),
  ]);
  const wrap = (): Place['wrap'] | undefined => {
    if (parameter.name === 'clusterName') {
      return (value) => (attributes.length === 0 ? [value] : { [value]: cluster });
    }
    return attributes.includes(own)
      ? (value) => ({ demo: { ...cluster, [own]: value } })
      : undefined;
  };
  const places = [
    { name: own, wrap: (value: string) => value },
    { name: 'clusters', wrap: wrap() },
  ];
  return places.flatMap(({ name, wrap }) => {
    const block = blocks.get(name);
    return block === undefined || wrap === undefined ? [] : [{ name, block, wrap }];
  })[0];
}

/** The same answer for many values, and the module's own words for a wrong one. */
function checkVariable(folder: string, parameter: Parameter, { name, block, wrap }: Place): void {
  const values = valuesFor(parameter);
  const accepted = values.filter(
    (value) => new RegExp(parameter.pattern).test(value) && value.length <= parameter.maxLength,
  );
  assert.ok(accepted.length > 0, `valuesFor needs an example of ${parameter.name}`);
  const conditions = [...block.matchAll(/ condition *= ([\s\S]*?)\n *error_message/g)].map(
    ([, condition]) => (condition as string).replaceAll(`var.${name}`, 'value'),
  );
  assert.ok(conditions.length > 0, name);
  const answers = evaluate(
    folder,
    `[for value in ${JSON.stringify(values.map(wrap))} : alltrue([${conditions.join(', ')}])]`,
  ) as boolean[];
  assert.equal(
    values.filter((_, index) => answers[index]),
    accepted,
    `${name}: ${parameter.name}`,
  );

  const plan = (value: string) => {
    writeFiles(folder, [
      { path: 'plan/variables.tf', content: block },
      { path: 'plan/outputs.tf', content: `output "used" {\n  value = var.${name}\n}\n` },
      { path: 'plan/terraform.tfvars.json', content: JSON.stringify({ [name]: wrap(value) }) },
    ]);
    const cwd = join(folder, 'plan');
    return runTool('terraform', ['plan', '-input=false', '-no-color'], { cwd });
  };
  const good = plan(accepted[0] as string);
  assert.is(good.status, 0, good.stderr);
  const bad = plan(values.find((value) => !accepted.includes(value)) as string);
  assert.is(bad.status, 1, bad.stdout);
  // Terraform wraps what it says, between bars.
  assert.match(bad.stderr.replace(/[\s│]+/g, ' '), parameter.constraint);
}

/** Right and wrong ones, and those on the border. */
function valuesFor({ pattern, maxLength }: Parameter): readonly string[] {
  const examples = {
    clusterName: ['demo', '0', 'a-b_C9', '_demo', '-demo', 'dé', 'a b', 'a.b'],
    vpcId: ['vpc-0abc1234', 'vpc-0abc1234def567890', 'vpc-0ABC1234', 'vpc-0abc12345', 'vpc-', 'x'],
    accountId: ['123456789012', '12345678901', '1234567890123', '١٢٣٤٥٦٧٨٩٠١٢'],
    clusterArn: ['arn:aws:eks:us-east-1:123456789012:cluster/demo', 'arn:aws:eks:x:1:cluster/a'],
    trustAnchorArn: [
      'arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/01234567-89ab-cdef-0123-456789abcdef',
    ],
    region: ['us-east-1', 'us-gov-west-1', 'us-east-1a', 'us_east_1'],
    bucketName: ['my-bucket', 'My-Bucket', '-bucket'],
    externalId: ['abc/def:1', 'a'],
    oidcProvider: ['oidc.eks.us-east-1.amazonaws.com/id/0A', 'https://oidc', '.a', 'a b'],
  };
  const known = Object.values(examples).flat();
  const borders = known
    .filter((value) => new RegExp(pattern).test(value))
    .flatMap((value) => [
      value.padEnd(maxLength, value.at(-1)),
      value.padEnd(maxLength + 1, value.at(-1)),
      ...[`${value}\n`, `\n${value}`, `${value}\nx`, ` ${value}`, `${value}$`, value.toUpperCase()],
    ]);
  return [...new Set([...known, ...borders, ''])];
}

function fileOf(bundle: IamBundle, name: string): string {
  const path = `terraform/${name}.tf`;
  const file = emitTerraform(bundle).files.find((each: EmittedFile) => each.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return file.content;
}

/**
 * Every string in the data sources of policy documents, labels left out, as it is written.
 * A reference to the partition becomes the bundle's own, since only a provider knows another; a
 * string with any other reference cannot be read without one, and is left out.
 */
function literalSources(bundle: IamBundle): readonly string[] {
  const blocks = fileOf(bundle, 'main').matchAll(
    /^data "aws_iam_policy_document" "\w+" \{\n([\s\S]*?)^\}$/gm,
  );
  const literals = [...blocks].flatMap(([, body]) => hclLiterals(body as string));
  return literals
    .map(({ source, references }) =>
      references
        .filter((reference) => /\bpartition$/.test(reference))
        .reduce((text, reference) => text.replace(`\${${reference}}`, bundle.partition), source),
    )
    .filter((source) => hclLiterals(source)[0]?.references.length === 0);
}

/** The value of an expression that needs nothing but Terraform. */
function evaluate(folder: string, expression: string): unknown {
  writeFiles(folder, [
    { path: 'evaluate/locals.tf', content: `locals {\n  value = ${expression}\n}\n` },
  ]);
  // Base64, so that the console's own way of quoting stays out of it.
  const run = runTool('terraform', ['console'], {
    cwd: `${folder}/evaluate`,
    input: 'base64encode(jsonencode(local.value))\n',
  });
  assert.is(run.status, 0, run.stderr);
  return JSON.parse(Buffer.from(JSON.parse(run.stdout), 'base64').toString('utf8'));
}

/** What the data source makes of a text. */
function asIamReads(text: string): string {
  return text.replaceAll('&{', '${');
}

/** Every string of the bundle's documents that holds no open parameter; condition keys included. */
function stringsOfDocuments(bundle: IamBundle): readonly string[] {
  const values = new Map([['partition', bundle.partition]]);
  const found = new Set<string>();
  const add = (texts: readonly string[]): void => {
    for (const text of texts.map((each) => render(each, values))) {
      if (parameterNames(text).length === 0) found.add(text);
    }
  };
  const documents = [
    ...bundle.policies.map(({ document }) => toPolicyJson(document)),
    ...bundle.roles.map(({ trust }) => toTrustPolicyJson(trust)),
  ];
  for (const { Statement } of documents as { Statement: Record<string, unknown>[] }[]) {
    for (const { Condition, Principal, ...rest } of Statement) {
      add(Object.values(rest).flat() as string[]);
      add(Object.entries(Principal ?? {}).flat(2));
      for (const [operator, keys] of Object.entries(Condition ?? {})) {
        add([operator, ...Object.entries(keys as object).flat(2)]);
      }
    }
  }
  return [...found];
}

conformance.run();
