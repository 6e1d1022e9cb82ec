// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are meant literally.
/**
 * Worst-case sizing: whatever allowed value a parameter is given later, no document grows beyond
 * the size that was counted, and no policy or name beyond AWS's limits.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { presentSizes, worstSizes } from '../../src/compose/values.ts';
import { type Generation, generate } from '../../src/generate.ts';
import type { Format, IamBundle } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import { type PolicyDocument, type Statement, toPolicyJson } from '../../src/model/policy.ts';
import { documentSize } from '../../src/model/size.ts';
import type { Target } from '../../src/model/target.ts';
import { builtIn, MERGE_MODES } from '../support/bundles.ts';
import { normalDocument, parseCloudFormation } from '../support/cfn-documents.ts';
import { validCombinations } from '../support/combinations.ts';
import { atLeast, FAST, runs } from '../support/fast.ts';
import { parseTerraform } from '../support/hcl-documents.ts';
import { ALL_VALUES, targetOf } from '../support/target.ts';

const RUNS = { seed: 20250525, numRuns: runs(1000), includeErrorInReport: true };
const PARAMETERS = [...builtIn.parameters.values()];
const OPEN: readonly Format[] = ['cloudformation', 'terraform'];

const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{\{(\w+)\}\}/g, (all, name: string) => values[name] ?? all);

/** What AWS counts: the document's text with the values put in, as the format's encoder writes it. */
function deployedSize(
  document: PolicyDocument,
  values: Readonly<Record<string, string>>,
  escaped: boolean,
): number {
  const put = (json: unknown): unknown => {
    if (typeof json === 'string') return fill(json, values);
    if (Array.isArray(json)) return json.map(put);
    return Object.fromEntries(
      Object.entries(json as object).map(([key, item]) => [fill(key, values), put(item)]),
    );
  };
  const text = JSON.stringify(put(toPolicyJson(document)));
  const escapes: Record<string, string> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };
  return (escaped ? text.replace(/[<>&]/g, (sign) => escapes[sign] as string) : text).length;
}

const text = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...'ab*:/<>&"\\\n\té$%'.split('')) },
      { weight: 2, arbitrary: fc.constantFrom(...PARAMETERS.map(({ name }) => `{{${name}}}`)) },
      { weight: 1, arbitrary: fc.constantFrom('${aws:username}', '{{', '}}') },
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const texts = fc.array(text, { minLength: 1, maxLength: 3 });
const statement: fc.Arbitrary<Statement> = fc.record(
  {
    Sid: fc.constant('Sid'),
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: texts,
    Resource: texts,
    Condition: fc.dictionary(fc.constantFrom('StringLike', 'Bool'), fc.dictionary(text, texts)),
  },
  { requiredKeys: ['Effect', 'Action', 'Resource'] },
);
const document = fc
  .array(statement, { maxLength: 4 })
  .map((statements): PolicyDocument => ({ Version: '2012-10-17', Statement: statements }));

/** Some allowed value of every parameter. */
const values: fc.Arbitrary<Record<string, string>> = fc.record(
  Object.fromEntries(
    PARAMETERS.map(({ name, pattern }) => [name, fc.stringMatching(new RegExp(pattern))]),
  ),
);
const LONGEST: Readonly<Record<string, string>> = {
  clusterName: 'x'.repeat(100),
  vpcId: `vpc-${'0'.repeat(17)}`,
  oidcProvider: `oidc.eks/${'A'.repeat(246)}`,
  partition: 'aws-us-gov',
  nameSuffix: '.'.repeat(48),
  accountId: '123456789012',
  region: 'abcd-abcd-northeast-1',
  clusterArn: `arn:aws-us-gov:eks:${'r'.repeat(21)}:123456789012:cluster/${'x'.repeat(100)}`,
  bucketName: 'b'.repeat(63),
  ebsCsiPolicy: 'AmazonEBSCSIDriverEKSClusterScopedPolicy',
  paletteAccountId: '123456789012',
  externalId: 'e'.repeat(1224),
  targetAccountId: '123456789012',
  managementAccountId: '123456789012',
  managementRegion: 'abcd-abcd-northeast-1',
  managementCluster: 'x'.repeat(100),
  trustAnchorArn: `arn:aws-us-gov:rolesanywhere:${'r'.repeat(21)}:123456789012:trust-anchor/${'a'.repeat(36)}`,
  paletteRole: 'r'.repeat(64),
  paletteTargetRole: 'r'.repeat(64),
  identityLocalRole: 'r'.repeat(64),
  hubbleTargetRole: 'r'.repeat(64),
};

const property = suite('sizes at worst');

property('no allowed value makes a document larger than its worst size', () => {
  const worst = (formats: readonly Format[]) => worstSizes(builtIn.parameters, formats);
  fc.assert(
    fc.property(document, values, fc.boolean(), (drawn, given, escaped) => {
      const size = documentSize(drawn, worst(escaped ? OPEN : ['cloudformation']));
      const deployed = deployedSize(drawn, given, escaped);
      assert.ok(deployed <= size, `${deployed} deployed, ${size} counted`);
      // Two keys may become one; otherwise the longest values are what was counted.
      const keys = JSON.stringify(drawn).match(/"[^"]*\{\{[^"]*":/g);
      if (keys === null) assert.is(deployedSize(drawn, LONGEST, escaped), size);
      const asDocumented = Object.fromEntries(
        PARAMETERS.flatMap(({ name, documentedAs, maxLength, default: standard }) => {
          const text = documentedAs ?? standard;
          return text === undefined ? [] : [[name, text.slice(0, maxLength)]];
        }),
      );
      if (keys === null) {
        const present = documentSize(drawn, presentSizes(builtIn.parameters));
        assert.is(present, deployedSize(drawn, asDocumented, false));
      }
    }),
    { ...RUNS, numRuns: runs(3000) },
  );
});

property('the longest values are allowed ones, and none is longer', () => {
  for (const { name, pattern, maxLength } of PARAMETERS) {
    const longest = LONGEST[name] as string;
    assert.is(longest.length, maxLength, name);
    assert.match(longest, new RegExp(pattern));
  }
  fc.assert(
    fc.property(values, (given) => {
      for (const { name, maxLength } of PARAMETERS) {
        assert.ok((given[name] as string).length <= maxLength, name);
      }
    }),
    RUNS,
  );
});

/** Documents by policy name and format, as read back from the files; and names of roles. */
async function readBack({ files }: Generation) {
  const policies: { name: string; document: PolicyDocument; format: Format }[] = [];
  const roles: string[] = [];
  for (const { path, content } of files) {
    const name = /^iam-json\/([^/]+)\.json$/.exec(path)?.[1];
    const role = /^iam-json\/roles\/([^/]+)\.trust\.json$/.exec(path)?.[1];
    if (role !== undefined) roles.push(role);
    if (name !== undefined) {
      policies.push({ name, document: normalDocument(JSON.parse(content)), format: 'iam-json' });
    }
    if (!path.startsWith('cloudformation/')) continue;
    const template = parseCloudFormation(content);
    roles.push(...template.roles.keys());
    for (const [name, { document }] of template.policies) {
      policies.push({ name, document, format: 'cloudformation' });
    }
  }
  const module = await parseTerraform(files, [...builtIn.parameters.keys()]);
  roles.push(...module.roles.keys());
  for (const [name, { document }] of module.policies) {
    policies.push({ name, document, format: 'terraform' });
  }
  return { policies, roles };
}

type ReadBack = Awaited<ReturnType<typeof readBack>>;

function assertWithinLimits(read: ReadBack, clusterName: string, where: string): void {
  const given = { ...LONGEST, clusterName };
  for (const { name, document, format } of read.policies) {
    const size = deployedSize(document, given, format === 'terraform');
    assert.ok(size <= 6144, `${where}: ${format}: ${name} has ${size} characters`);
    const length = fill(name, given).length;
    assert.ok(length <= 128, `${where}: ${format}: ${name} is ${length} long`);
  }
  for (const role of read.roles) assert.ok(fill(role, given).length <= 64, `${where}: ${role}`);
}

const clusterName = (length: number): string => 'Cluster-Name_'.repeat(8).slice(0, length);
const EVERY_LENGTH = Array.from({ length: 100 }, (_, index) => index + 1);
const LENGTHS = FAST ? EVERY_LENGTH.filter((each) => each % 10 === 0) : EVERY_LENGTH;
/** Without add-ons, whose roles' names leave less room for the cluster's. */
const scoped = validCombinations(builtIn).filter((features) => features.includes('cni-scoped'));
/** The plainest one, and others spread over all combinations. */
const representative = (count: number): string[][] => [
  ['eks', 'cni-scoped'],
  ...scoped.filter((_, index) => index % Math.ceil(scoped.length / count) === 0),
];
const whereOf = ({ features, mergeMode, namePrefix }: Target): string =>
  `${features.join(',')} --merge ${mergeMode} --name-prefix '${namePrefix}'`;

property('left open, a cluster name of any length fits', async () => {
  let policies = 0;
  for (const features of representative(FAST ? 3 : 12)) {
    for (const mergeMode of MERGE_MODES) {
      for (const namePrefix of ['', 'Prefix+8']) {
        const target = targetOf(features, { mergeMode, namePrefix, formats: OPEN });
        const read = await readBack(await generate(builtIn, target));
        policies += read.policies.length;
        assert.ok(read.policies.some(({ name }) => name.includes('{{clusterName}}')));
        for (const length of LENGTHS) {
          assertWithinLimits(read, clusterName(length), `${whereOf(target)}, open, ${length}`);
        }
      }
    }
  }
  assert.ok(policies > atLeast(400), `${policies}`);
});

property('given, a cluster name of any length fits', async () => {
  const selections = representative(4);
  for (const length of LENGTHS) {
    const name = clusterName(length);
    for (const features of [selections[0], selections[1 + (length % (selections.length - 1))]]) {
      const target = targetOf(features as string[], {
        mergeMode: MERGE_MODES[length % 3] as (typeof MERGE_MODES)[number],
        namePrefix: ['', 'Prefix+8'][length % 2] as string,
        formats: ['iam-json', ...OPEN],
        parameters: new Map([...ALL_VALUES, ['clusterName', name]]),
      });
      const read = await readBack(await generate(builtIn, target));
      assert.ok(read.policies.some(({ name: policy }) => policy.endsWith(`-${name}`)));
      assertWithinLimits(read, name, `${whereOf(target)}, ${length}`);
    }
  }
});

property('a name prefix is refused exactly where it makes a name too long', () => {
  const longest = (list: readonly { name: string }[]): number =>
    Math.max(Number.NEGATIVE_INFINITY, ...list.map(({ name }) => fill(name, LONGEST).length));
  const plain = new Map<string, IamBundle>();
  const seen = { taken: 0, refused: 0 };
  const drawn = fc.record({
    features: fc.constantFrom(...representative(4)),
    mergeMode: fc.constantFrom(...MERGE_MODES),
    name: fc.option(fc.constantFrom(1, 50, 99, 100), { nil: undefined }),
    prefix: fc.oneof(fc.nat({ max: 16 }), fc.nat({ max: 130 })),
  });
  fc.assert(
    fc.property(drawn, ({ features, mergeMode, name, prefix }) => {
      const compose = (namePrefix: string): IamBundle =>
        composeBundle(
          builtIn,
          targetOf(features, {
            mergeMode,
            namePrefix,
            formats: OPEN,
            parameters: new Map(name === undefined ? [] : [['clusterName', clusterName(name)]]),
          }),
        );
      const key = JSON.stringify([features, mergeMode, name]);
      const bare = plain.get(key) ?? compose('');
      plain.set(key, bare);
      const fits =
        longest(bare.policies) + prefix <= 128 &&
        longest(bare.roles) + prefix <= 64 &&
        longest(bare.roles.flatMap(({ instanceProfile }) => instanceProfile ?? [])) + prefix <= 128;
      seen[fits ? 'taken' : 'refused']++;
      if (fits) {
        const { policies, roles } = compose('p'.repeat(prefix));
        assert.ok(longest(policies) <= 128 && longest(roles) <= 64);
        return;
      }
      const tooLong = (error: unknown) =>
        error instanceof GenError &&
        error.exitCode === 2 &&
        error.problems.every(({ code }) => code === 'name-too-long');
      assert.throws(() => compose('p'.repeat(prefix)), tooLong);
    }),
    RUNS,
  );
  assert.ok(seen.taken > atLeast(100) && seen.refused > atLeast(100), JSON.stringify(seen));
});

property.run();
