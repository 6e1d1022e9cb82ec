/** Narrowing of ARNs: what it changes, what it leaves, and that it never widens. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { narrowGroups, narrowingInfo } from '../../src/compose/narrow.ts';
import { proveNarrowing } from '../../src/compose/prove.ts';
import { GenError } from '../../src/model/errors.ts';
import { resourceCovers } from '../../src/model/grant.ts';
import type { Statement } from '../../src/model/policy.ts';
import type { RequirementGroup } from '../../src/model/requirement.ts';
import { builtIn } from '../support/bundles.ts';
import { targetOf } from '../support/target.ts';

const PLACES = { region: 'eu-west-1', account: '123456789012' };

const groupOf = (statement: Partial<Statement>): Map<string, RequirementGroup> =>
  new Map([
    [
      'one',
      {
        ...builtIn.groups.get('cni-ipv4'),
        statements: [{ Effect: 'Allow', Action: ['s:A'], ...statement }],
      } as RequirementGroup,
    ],
  ]);

/** @returns the one resource, narrowed */
function narrowed(resource: string, effect: Statement['Effect'] = 'Allow'): string {
  const groups = groupOf({ Effect: effect, Resource: [resource] });
  const result = narrowGroups(groups, PLACES);
  proveNarrowing(groups, result);
  return result.get('one')?.statements[0]?.Resource?.join() ?? '';
}

for (const [documented, expected] of [
  ['arn:aws:ec2:*:*:vpc/*', 'arn:aws:ec2:eu-west-1:123456789012:vpc/*'],
  ['arn:*:ec2:*:*:vpc/*', 'arn:*:ec2:eu-west-1:123456789012:vpc/*'],
  ['arn:{{partition}}:eks:*:*:cluster/x', 'arn:{{partition}}:eks:eu-west-1:123456789012:cluster/x'],
  ['arn:aws:iam::*:role/x', 'arn:aws:iam::123456789012:role/x'],
  [
    'arn:aws:secretsmanager:*:*:secret:a:*',
    'arn:aws:secretsmanager:eu-west-1:123456789012:secret:a:*',
  ],
  ['arn:aws:ec2:us-east-1:*:vpc/*', 'arn:aws:ec2:us-east-1:123456789012:vpc/*'],
  // Public images, snapshots and AWS managed policies are of no account.
  ['arn:aws:ec2:*:*:image/*', 'arn:aws:ec2:eu-west-1:*:image/*'],
  ['arn:aws:ec2:*:*:snapshot/snap-1', 'arn:aws:ec2:eu-west-1:*:snapshot/snap-1'],
  ['arn:aws:ec2:*:*:*', 'arn:aws:ec2:eu-west-1:*:*'],
  ['arn:aws:ec2:*:*:*/*', 'arn:aws:ec2:eu-west-1:*:*/*'],
  ['arn:aws:ec2:*::image/*', 'arn:aws:ec2:eu-west-1::image/*'],
  ['arn:aws:iam::*:policy/*', 'arn:aws:iam::*:policy/*'],
  ['arn:aws:iam::aws:policy/*', 'arn:aws:iam::aws:policy/*'],
  ['arn:aws:ssm:*:*:parameter/aws/service/*', 'arn:aws:ssm:eu-west-1:*:parameter/aws/service/*'],
  ['arn:aws:ecr:*:*:repository/*', 'arn:aws:ecr:eu-west-1:*:repository/*'],
  // Of no region.
  ['arn:aws:iam:*:*:role/x', 'arn:aws:iam:*:123456789012:role/x'],
  ['arn:aws:rds:*:*:global-cluster:x', 'arn:aws:rds:*:123456789012:global-cluster:x'],
  ['arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/*'],
  // Not a whole part, not an ARN of six parts, not one service.
  ['arn:aws:ec2:us-*:*:vpc/*', 'arn:aws:ec2:us-*:123456789012:vpc/*'],
  ['arn:aws:rds:*', 'arn:aws:rds:*'],
  ['arn:aws:*:*:*:x', 'arn:aws:*:*:*:x'],
  ['*', '*'],
] as const) {
  test(`${documented} becomes ${expected}`, () => {
    assert.is(narrowed(documented), expected);
    assert.ok(documented === expected || resourceCovers(documented, expected));
  });
}

test('a Deny stays as wide as it is', () => {
  assert.is(narrowed('arn:aws:ec2:*:*:vpc/*', 'Deny'), 'arn:aws:ec2:*:*:vpc/*');
  const groups = groupOf({ NotResource: ['arn:aws:ec2:*:*:vpc/*'] });
  assert.equal(narrowGroups(groups, PLACES).get('one')?.statements, groups.get('one')?.statements);
});

test('what reaches beyond its document is refused', () => {
  const documented = groupOf({ Resource: ['arn:aws:ec2:*:*:vpc/*'] });
  for (const beyond of [
    groupOf({ Resource: ['arn:aws:ec2:eu-west-1:1:subnet/*'] }),
    groupOf({ Resource: ['arn:aws:ec2:*:*:vpc/*'], Action: ['s:B'] }),
    groupOf({ Resource: [] }),
    new Map([['one', { statements: [] }]]),
  ]) {
    assert.throws(
      () => proveNarrowing(documented, beyond),
      (error: unknown) => error instanceof GenError && error.exitCode === 1,
    );
  }
});

test('every built-in group stays within its document, and says what was narrowed', () => {
  const groups = narrowGroups(builtIn.groups, PLACES);
  proveNarrowing(builtIn.groups, groups);
  const info = narrowingInfo(builtIn.groups, groups, PLACES);
  assert.equal(info?.to, ['eu-west-1', '123456789012']);
  assert.ok((info?.groups.length ?? 0) > 10, JSON.stringify(info));
  for (const { id, arns } of info?.groups ?? []) assert.ok(arns > 0, id);
});

const EKS = ['eks-dynamic', 'cni-scoped'];

test('a target is narrowed only where it is asked for', () => {
  const parameters = new Map([
    ['region', 'eu-west-1'],
    ['accountId', '123456789012'],
    ['clusterName', 'demo'],
    ['vpcId', 'vpc-0123456789abcdef0'],
    ['partition', 'aws'],
  ]);
  const textOf = (narrow?: readonly ('region' | 'account')[]) =>
    JSON.stringify(
      composeBundle(builtIn, targetOf(EKS, { parameters, ...(narrow && { narrow }) })).policies,
    );
  assert.not.match(textOf(), 'eu-west-1');
  assert.match(
    textOf(['region', 'account']),
    'arn:aws:ec2:eu-west-1:123456789012:network-interface/',
  );
  assert.match(textOf(['region']), 'arn:aws:ec2:eu-west-1:*:network-interface/');
  assert.match(textOf(['account']), 'arn:aws:ec2:*:123456789012:network-interface/');
});

test('the region has to be given; the account is found out where it can be', () => {
  const open = { parameters: new Map<string, string>(), nodeRoles: ['n'] };
  const compose = (
    formats: readonly ('cloudformation' | 'iam-json')[],
    narrow: 'region' | 'account',
  ) =>
    composeBundle(builtIn, targetOf(['none', 'cni-ipv4'], { ...open, formats, narrow: [narrow] }));
  assert.throws(() => compose(['cloudformation'], 'region'), 'needs the region');
  assert.match(JSON.stringify(compose(['cloudformation'], 'account').policies), ':{{accountId}}:');
  assert.throws(() => compose(['iam-json'], 'account'), /accountId|account-id/);
});

test.run();
