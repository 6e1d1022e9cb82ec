// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform's references look like that
/** What may be repeated for each cluster, and how a spec's own parameters are called beside it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { emitTerraform } from '../../src/emit/terraform/index.ts';
import type { Statement } from '../../src/model/policy.ts';
import type { Spec } from '../../src/model/requirement.ts';
import { builtIn } from '../support/bundles.ts';
import { targetOf } from '../support/target.ts';

function variablesOf(statement: Statement, spec: Spec = builtIn): string {
  const group = builtIn.groups.get('palette-host-resource-groups');
  if (group === undefined) throw new Error('no such group');
  const own = { ...group, policyName: 'Own-{{clusterName}}', statements: [statement] };
  const groups = new Map([...spec.groups, [group.id, own]]);
  const target = targetOf(['iaas-dynamic', 'host-groups'], { formats: ['terraform'] });
  const { files } = emitTerraform(composeBundle({ ...spec, groups }, target));
  return files.find(({ path }) => path.endsWith('variables.tf'))?.content ?? '';
}

const ONE = /length\(var\.clusters\) <= 1\b/;

test('what denies or excepts is made for one cluster only: two would be everything', () => {
  const Resource = ['arn:aws:s3:::{{clusterName}}/*'];
  assert.not.match(variablesOf({ Effect: 'Allow', Action: ['s3:GetObject'], Resource }), ONE);
  for (const statement of [
    { Effect: 'Deny', Action: ['s3:GetObject'], Resource },
    { Effect: 'Deny', Action: ['*'], NotResource: Resource },
    {
      Effect: 'Allow',
      Action: ['ec2:*'],
      Resource: ['*'],
      Condition: { StringNotEquals: { 'aws:ResourceTag/cluster': ['{{clusterName}}'] } },
    },
  ] as const) {
    assert.match(variablesOf(statement), ONE, JSON.stringify(statement));
  }
});

test('each cluster may have node roles of its own, and each role takes only so many clusters', () => {
  const fileOf = (features: readonly string[], name: string): string => {
    const target = targetOf(features, { formats: ['terraform'] });
    const { files } = emitTerraform(composeBundle(builtIn, target));
    return files.find(({ path }) => path.endsWith(name))?.content ?? '';
  };
  const scoped = ['eks', 'cni-scoped'];
  assert.match(
    fileOf(scoped, 'variables.tf'),
    'map(object({ vpc_id = string, node_role_names = optional(set(string)) }))',
  );
  const main = fileOf(scoped, 'main.tf');
  const roles = 'coalesce(cluster.node_role_names, var.node_role_names)';
  assert.match(main, `for role in ${roles} :\n      join("/", [key, role]) => { cluster = key,`);
  assert.match(main, `if contains(${roles}, each.value.role)]) <= 6`);
  assert.match(main, 'error_message = "The role ${each.value.role} would serve too many clusters.');
  // Nothing that is made for each cluster goes to nodes here.
  assert.not.match(fileOf(['none', 'karpenter'], 'variables.tf'), 'node_role_names');
});

test('a parameter that is called like a variable of the module gives way', () => {
  const parameter = { name: 'path', description: 'Own.', pattern: '^[a-z]+$', maxLength: 9 };
  const parameters = new Map([
    ...builtIn.parameters,
    ['path', { ...parameter, constraint: 'letters' }],
  ]);
  const statement: Statement = {
    Effect: 'Allow',
    Action: ['s3:GetObject'],
    Resource: ['arn:aws:s3:::{{path}}'],
  };
  const variables = variablesOf(statement, { ...builtIn, parameters });
  assert.match(variables, 'variable "path" {');
  assert.match(variables, 'variable "path_2" {');
});

test.run();
