/** Law 5 for iam-json, cloudformation, pxk and validator. */
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import { emitIamJson } from '../../src/emit/iam-json.ts';
import { emitPxk } from '../../src/emit/pxk.ts';
import { emitValidator } from '../../src/emit/validator.ts';
import type { IamBundle } from '../../src/model/bundle.ts';
import { RunMemory } from '../../src/model/memo.ts';
import type { Statement } from '../../src/model/policy.ts';
import { trustedBy } from '../../src/model/policy.ts';
import { type Law, MERGE_MODES, PARTITIONS, roleNames, userNames } from '../support/bundles.ts';
import { normalDocument, parseCloudFormation } from '../support/cfn-documents.ts';
import { atLeast } from '../support/fast.ts';
import { trustOf } from '../support/trust.ts';
import { parseValidator, type RulePolicy, ruleStatement } from '../support/validator-documents.ts';
import { failures } from '../support/validator-plugin.ts';

const memory = new RunMemory();

/** The regions that IAM's API is asked through. */
const REGIONS: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-cn': 'cn-north-1',
};

/** Nothing of another partition, and in China the service principal that EC2 has there. */
function assertPartition({ partition, policies, roles }: IamBundle): void {
  const resources = policies.flatMap(({ document }) =>
    document.Statement.flatMap(({ Resource }) => Resource ?? []),
  );
  for (const resource of resources) {
    const [, written = '*'] = /^arn:([^:]*):/.exec(resource) ?? [];
    assert.ok(written === '*' || written === partition, `${resource} in ${partition}`);
  }
  for (const { name, trust } of roles) {
    for (const service of trustedBy(trust, 'Service')) {
      const china = service.endsWith('.amazonaws.com.cn');
      assert.is(china, partition === 'aws-cn' && service.startsWith('ec2.'), `${name}: ${service}`);
    }
  }
}

/** Each partition has its own ARNs and services. */
export function literalFormats(): Law {
  const met = new Set<string>();
  const trusted = new Map<string, Set<string>>();
  let documents = 0;
  let snippets = 0;
  let rules = 0;
  const each = (bundle: IamBundle): void => {
    assertPartition(bundle);
    met.add(`${bundle.partition} ${bundle.mergeMode}`);
    const services = trusted.get(bundle.partition) ?? new Set();
    for (const { trust } of bundle.roles)
      for (const each of trustedBy(trust, 'Service')) services.add(each);
    trusted.set(bundle.partition, services);
    const emitted = new Map(emitIamJson(bundle).files.map(({ path, content }) => [path, content]));
    for (const { name, document } of bundle.policies) {
      const text = emitted.get(`iam-json/${name}.json`);
      assert.ok(text, name);
      assert.equal(normalDocument(JSON.parse(text as string)), document);
      documents++;
    }
    for (const { name, trust } of bundle.roles) {
      const text = emitted.get(`iam-json/roles/${name}.trust.json`) as string;
      assert.equal(trustOf(JSON.parse(text)), trust, name);
    }
    assert.is(emitted.size, bundle.policies.length + bundle.roles.length);

    const byHand = bundle.activeFeatures.includes('stack-manual');
    for (const { path, content } of emitPxk({ ...bundle, accountId: '123456789012' }, memory)
      .files) {
      const values = parse(content);
      assert.equal(
        values.manageCloudFormationStackManually,
        byHand ? { enabled: true } : undefined,
      );
      if (path === 'pxk/eks.yaml' && byHand) {
        const role = (id: string) => bundle.roles.find(({ principal }) => principal === id)?.name;
        assert.is(values.managedControlPlane.roleName, role('eks-controlplane'));
        assert.is(values.managedMachinePool.roleName, role('eks-nodegroup'));
      }
      snippets++;
    }
    rules += assertRules({ ...bundle, accountId: '123456789012' });
  };
  const after = (): void => {
    assert.is(met.size, MERGE_MODES.length * PARTITIONS.length);
    for (const partition of PARTITIONS) {
      const ec2 = partition === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com';
      assert.equal(
        [...(trusted.get(partition) ?? [])].sort(),
        [
          ec2,
          'eks-fargate-pods.amazonaws.com',
          'eks.amazonaws.com',
          'pods.eks.amazonaws.com',
          'rolesanywhere.amazonaws.com',
          'ssm.amazonaws.com',
        ].sort(),
      );
    }
    assert.ok(documents > atLeast(1000), `${documents}`);
    assert.ok(snippets > atLeast(500), `${snippets}`);
    assert.ok(rules > atLeast(1000), `${rules}`);
  };
  return { name: '5: iam-json, pxk and validator, parsed, are the bundle', each, after };
}

/** The rules are the policies of whom they name, and the validator finds nothing wrong with those. */
function assertRules(bundle: IamBundle): number {
  const [file] = emitValidator(bundle, memory).files;
  const resources = parseValidator(file?.content ?? '');
  const looked = new Set<string>();
  let rules = 0;
  const assertRule = (policies: readonly RulePolicy[], held: IamBundle['policies']): void => {
    const said = policies.map(({ name, version, statements }) => [
      name,
      { Version: version, Statement: statements.map(ruleStatement) },
    ]);
    assert.equal(
      said,
      held.map(({ name, document: { Version, Statement } }) => [
        name,
        { Version, Statement: Statement.map(asRule) },
      ]),
    );
    const attached = held.map(({ document }) => document);
    assert.equal(failures(policies, attached), []);
    for (const { name } of held) looked.add(name);
    rules++;
  };
  const heldByName = (
    created: readonly { readonly name: string; readonly principal: string }[],
    wanted: string,
  ): IamBundle['policies'] => {
    const principals = [...created, ...bundle.existing]
      .filter(({ name }) => name === wanted)
      .map(({ principal }) => principal);
    return bundle.policies.filter(({ attachTo }) => attachTo.some((id) => principals.includes(id)));
  };
  for (const { spec } of resources) {
    assert.is(spec.defaultRegion, REGIONS[bundle.partition]);
    for (const { iamRoleName, iamPolicies } of spec.iamRoleRules ?? []) {
      assertRule(iamPolicies, heldByName(bundle.roles, iamRoleName));
    }
    for (const { iamUserName, iamPolicies } of spec.iamUserRules ?? []) {
      assertRule(iamPolicies, heldByName(bundle.users, iamUserName));
    }
    for (const { iamPolicyArn, iamPolicies } of spec.iamPolicyRules ?? []) {
      const arn = `arn:${bundle.partition}:iam::123456789012:policy/`;
      assert.ok(iamPolicyArn.startsWith(arn), iamPolicyArn);
      const name = iamPolicyArn.slice(arn.length);
      assertRule(
        iamPolicies,
        bundle.policies.filter((policy) => policy.name === name),
      );
    }
  }
  assert.equal([...looked].sort(), bundle.policies.map(({ name }) => name).sort());
  return rules;
}

/** As a rule says it: no Sid, and each action once, though the documented policies repeat some. */
function asRule({ Sid: _, ...statement }: Statement): Statement {
  return { ...statement, Action: [...new Set(statement.Action)] };
}

export const cloudFormation: Law = {
  name: '5: cloudformation, parsed, is the bundle',
  each(bundle) {
    const templates = emitCloudFormation(bundle, memory).files.map(({ content }) =>
      parseCloudFormation(content),
    );
    const policies = new Map(templates.flatMap((each) => [...each.policies]));
    const roles = new Map(templates.flatMap((each) => [...each.roles]));
    assert.is(policies.size, bundle.policies.length);
    assert.is(roles.size, bundle.roles.length);
    const users = templates.flatMap((each) => [...each.users.keys()]);
    assert.equal(
      users,
      bundle.users.map(({ name }) => name),
    );
    for (const { name, document, attachTo } of bundle.policies) {
      assert.equal(policies.get(name)?.document, document, name);
      assert.equal(
        [...(policies.get(name)?.roles ?? [])].sort(),
        roleNames(bundle, attachTo),
        name,
      );
      assert.equal(
        [...(policies.get(name)?.users ?? [])].sort(),
        userNames(bundle, attachTo),
        name,
      );
    }
    for (const { name, trust, awsManagedPolicies } of bundle.roles) {
      assert.equal(roles.get(name)?.services, trustedBy(trust, 'Service'), name);
      assert.equal(
        roles.get(name)?.managedPolicyArns,
        awsManagedPolicies.map((policy) => `arn:${bundle.partition}:iam::aws:policy/${policy}`),
        name,
      );
    }
  },
};
