// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are meant literally.
/**
 * An IAM policy variable, written into a group of one's own, arrives in every format as it was
 * written. AWS fills it in, in resources and condition values only; in a condition key, where the
 * same characters may be part of a tag's name, it is text that no format may touch either.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generate } from '../../src/generate.ts';
import { FORMATS, type Format } from '../../src/model/bundle.ts';
import type { PolicyDocument, Statement } from '../../src/model/policy.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { normalDocument, parseCloudFormation } from '../support/cfn-documents.ts';
import { parseTerraform } from '../support/hcl-documents.ts';
import { ALL_VALUES, BUILT_IN, targetOf } from '../support/target.ts';
import { parseValidator, ruleStatement } from '../support/validator-documents.ts';

const variables = suite('policy variables');

const HOME: Statement = {
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:PutObject'],
  Resource: ['arn:aws:s3:::home/${aws:username}/*', 'arn:aws:s3:::home/{{clusterName}}/${*}'],
  Condition: {
    StringEquals: {
      'aws:RequestTag/owner': ['${aws:username}', "${aws:PrincipalTag/team, 'none'}"],
      'aws:RequestTag/${aws:username}': ['x'],
    },
  },
};

/** The built-in spec with a group that a feature of its own brings in. */
function ownSpec() {
  const folder = mkdtempSync(join(tmpdir(), 'gen-spec-'));
  try {
    mkdirSync(join(folder, 'groups'));
    const group = {
      id: 'home',
      policyName: 'HomePolicy',
      description: 'A folder for everybody.',
      attachTo: ['palette'],
      statements: [HOME],
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'groups/home.yaml'), JSON.stringify(group));
    const feature = { home: { description: 'A folder for everybody.', groups: ['home'] } };
    writeFileSync(join(folder, 'features.yaml'), JSON.stringify(feature));
    return loadSpec({ builtIn: BUILT_IN, overlays: [folder] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const spec = ownSpec();
const PARAMETERS = [...spec.parameters.keys()];

async function filesIn(format: Format, parameters = ALL_VALUES) {
  const { files } = await generate(
    spec,
    targetOf(['core', 'home'], {
      formats: [format],
      parameters,
      paletteRoles: ['SpectroCloudRole'],
    }),
  );
  const own = files.filter(({ path }) => path !== 'manifest.json');
  return { own, text: own[0]?.content ?? '' };
}

/** Each format's way back to the document of HomePolicy; pxk names policies and holds none. */
const READ: Readonly<
  Record<Exclude<Format, 'pxk'>, (open: boolean) => Promise<PolicyDocument | undefined>>
> = {
  'iam-json': async () => {
    const { own } = await filesIn('iam-json');
    const file = own.find(({ path }) => path === 'iam-json/HomePolicy.json');
    return normalDocument(JSON.parse(file?.content ?? ''));
  },
  cloudformation: async (open) => {
    const { text } = await filesIn('cloudformation', open ? new Map() : ALL_VALUES);
    return parseCloudFormation(text).policies.get('HomePolicy')?.document;
  },
  terraform: async (open) => {
    const { own } = await filesIn('terraform', open ? new Map() : ALL_VALUES);
    return (await parseTerraform(own, PARAMETERS)).policies.get('HomePolicy')?.document;
  },
  validator: async () => {
    const { text } = await filesIn('validator');
    const [rule] = parseValidator(text)[0]?.spec.iamRoleRules ?? [];
    const policy = rule?.iamPolicies.find(({ name }) => name === 'HomePolicy');
    return { Version: '2012-10-17', Statement: policy?.statements.map(ruleStatement) ?? [] };
  },
};

/** Formats that may leave the cluster's name open, beside which a variable must not be taken for it. */
const OPEN: readonly Format[] = ['cloudformation', 'terraform'];

for (const [format, read] of Object.entries(READ)) {
  variables(`arrive unharmed in ${format}, the parameter beside them given`, async () => {
    const written = JSON.stringify(HOME).replaceAll('{{clusterName}}', 'demo');
    assert.equal((await read(false))?.Statement, [JSON.parse(written)]);
  });
  if (!OPEN.includes(format as Format)) continue;
  variables(`arrive unharmed in ${format}, the parameter beside them open`, async () => {
    assert.equal((await read(true))?.Statement, [HOME]);
  });
}

variables('every format but pxk is read back, and pxk holds no document', async () => {
  assert.equal([...Object.keys(READ), 'pxk'].sort(), [...FORMATS].sort());
  const { own } = await filesIn('pxk');
  assert.equal(own, []);
});

variables.run();
