/** Law 6 and steadiness: a small change is a small diff, and grants stay where they were. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findMoves } from '../../src/compose/plan/moves.ts';
import { selectFeatures } from '../../src/compose/select.ts';
import { previousRun } from '../../src/files/manifest.ts';
import { type Generation, generate } from '../../src/generate.ts';
import type { ManagedPolicy, MergeMode } from '../../src/model/bundle.ts';
import { GenError } from '../../src/model/errors.ts';
import type { Statement } from '../../src/model/policy.ts';
import type { Spec } from '../../src/model/requirement.ts';
import type { Target } from '../../src/model/target.ts';
import { builtIn, MERGE_MODES } from '../support/bundles.ts';
import { ALL_VALUES, targetOf } from '../support/target.ts';

const steadiness = suite('steadiness');

const base = await generate(builtIn, targetOf(['core', 'eks'], { mergeMode: 'all' }));

/** A selection that takes the group, with others beside it. */
function featuresWith(group: string): string[] {
  const choices = [
    ['core', 'eks', 'host-groups', 'cni-ipv4', 'cni-ipv6'],
    ['core', 'eks', 'cni-ipv6', 'cni-scoped'],
    ['iaas-dynamic', 'iaas-static', 'eks-dynamic', 'eks-static', 'host-groups', 'cni-ipv4'],
    ['iaas-dynamic', 'eks-static', 'stack-auto'],
    ['core', 'eks', 'eks-disk-encryption', 'eks-secrets-encryption', 'ebs-csi-kms', 'efs-csi'],
    ['eks-dynamic', 'pod-identity-account', 'pod-identity-ecr', 'backup-location-s3'],
    ['none', 'pod-identity-management', 'karpenter', 'external-dns', 'cert-manager-route53'],
    ['none', 'karpenter-palette', 'aws-load-balancer-controller', 'cluster-autoscaler'],
    ['core', 'ecr-pack-push', 'hybrid-nodes'],
  ];
  const chosen = choices.find((features) =>
    selectFeatures(builtIn, features).groups.includes(group),
  );
  assert.ok(chosen, `no selection takes ${group}`);
  return chosen as string[];
}

/** The spec with an action more in a group's statement. */
function adding(id: string, action: string, at = 0): Spec {
  const group = builtIn.groups.get(id);
  assert.ok(group);
  const statements = (group?.statements ?? []).map((statement, index) =>
    index === at ? { ...statement, Action: [...(statement.Action ?? []), action] } : statement,
  );
  return {
    ...builtIn,
    groups: new Map(
      [...builtIn.groups].map(([each, value]) => [
        each,
        each === id ? { ...value, statements } : value,
      ]),
    ),
  };
}

async function again(spec: Spec, target: Target, before: Generation): Promise<Generation> {
  return generate(spec, target, previousRun(JSON.parse(JSON.stringify(before.manifest))));
}

function changed(before: Generation, after: Generation): string[] {
  const was = new Map(before.files.map(({ path, content }) => [path, content]));
  const is = new Map(after.files.map(({ path, content }) => [path, content]));
  return [...new Set([...was.keys(), ...is.keys()])].filter(
    (path) => was.get(path) !== is.get(path),
  );
}

const target = (features: string[], mergeMode: MergeMode, more: Partial<Target> = {}): Target =>
  targetOf(features, { mergeMode, parameters: ALL_VALUES, ...more });

for (const mergeMode of MERGE_MODES) {
  steadiness(`generating again changes nothing (--merge ${mergeMode})`, async () => {
    for (const reserve of [0, 5, 7]) {
      if (mergeMode === 'none' && reserve > 0) continue;
      for (const features of [
        featuresWith('palette-controllers-eks'),
        featuresWith('capa-nodes'),
      ]) {
        const wanted = target(
          features,
          mergeMode,
          reserve === 7 ? { maxPolicies: 3 } : { reserve: Math.min(reserve, 4) },
        );
        const before = await generate(builtIn, wanted);
        const after = await again(builtIn, wanted, before);
        assert.equal(changed(before, after), []);
        assert.equal(after.bundle.moves, []);
      }
    }
  });

  steadiness(
    `an uncovered action changes only policies of its group (--merge ${mergeMode})`,
    async () => {
      for (const id of builtIn.groups.keys()) {
        const wanted = target(featuresWith(id), mergeMode);
        const before = await generate(builtIn, wanted);
        const after = await again(adding(id, 'zzz:NewAction'), wanted, before);
        const holders = before.bundle.policies.filter(({ groups }) => groups.includes(id));
        const expected = holders.map(({ name }) => `iam-json/${name}.json`);
        const documents = changed(before, after).filter((path) => path !== 'manifest.json');
        assert.is(documents.length, 1, `${id}: ${documents}`);
        assert.ok(expected.includes(documents[0] as string), `${id}: ${documents} of ${expected}`);
        assert.equal(after.bundle.moves, [], id);
      }
    },
  );

  steadiness(`a covered action changes no document (--merge ${mergeMode})`, async () => {
    for (const [id, group] of builtIn.groups) {
      const wanted = target(featuresWith(id), mergeMode);
      const before = await generate(builtIn, wanted);
      // Granted on `*` by the group itself, added where it is scoped; or else by another group.
      const onAll = group.statements.findIndex(
        ({ Resource, Condition }) => Resource?.[0] === '*' && !Condition,
      );
      const other = group.statements.findIndex((_, index) => index !== onAll);
      const action = group.statements[onAll]?.Action?.[0];
      if (onAll < 0 || other < 0 || action === undefined) continue;
      const after = await again(adding(id, action, other), wanted, before);
      // A merged statement that says less than its document loses its Sid (merge.ts, rule 7).
      const withoutSids = (generation: Generation): Generation => ({
        ...generation,
        files: generation.files.map(({ path, content }) => ({
          path,
          content: content.replace(/^ *"Sid": .*\n/gm, ''),
        })),
      });
      assert.equal(
        changed(withoutSids(before), withoutSids(after)).filter((path) => path !== 'manifest.json'),
        [],
        id,
      );
    }
  });
}

steadiness('merged groups stay merged when they need not be any more', async () => {
  const features = ['core', 'eks', 'host-groups'];
  const before = await generate(builtIn, target(features, 'auto', { reserve: 5 }));
  assert.ok(before.bundle.policies.some(({ name }) => name === 'PaletteMerged1'));
  const after = await again(builtIn, target(features, 'auto'), before);
  assert.equal(changed(before, after), []);
  const repacked = await again(builtIn, target(features, 'auto', { repack: true }), before);
  assert.not.ok(repacked.bundle.policies.some(({ name }) => name === 'PaletteMerged1'));
  assert.ok(repacked.bundle.moves.length > 0);
});

steadiness('every grant that moves is told, with where from and where to', async () => {
  const features = ['core', 'eks', 'host-groups'];
  const before = await generate(builtIn, target(features, 'auto'));
  const after = await again(builtIn, target(features, 'auto', { reserve: 5 }), before);
  const moved = after.bundle.moves;
  assert.equal([...new Set(moved.map(({ to }) => to))], ['PaletteMerged1']);
  assert.equal(moved.map(({ from }) => from).sort(), [
    'PaletteHostResourceGroupsPolicy',
    'PaletteNodesPolicy',
  ]);
  const hosts = moved.find(({ from }) => from === 'PaletteHostResourceGroupsPolicy');
  assert.equal(
    hosts?.grants.map(({ action }) => action).sort(),
    [...(builtIn.groups.get('palette-host-resource-groups')?.statements[0]?.Action ?? [])].sort(),
  );
});

steadiness('a grant moves when that saves a policy', async () => {
  const features = ['core', 'eks', 'host-groups'];
  const before = await generate(builtIn, target(features, 'all'));
  assert.is(before.bundle.policies.length, 2);
  const after = await again(
    builtIn,
    target(['core'], 'all', { name: 'core-eks-host-groups' }),
    before,
  );
  assert.is(
    after.bundle.policies.length,
    (await generate(builtIn, target(['core'], 'all'))).bundle.policies.length,
  );
});

steadiness('a previous manifest that names policies long gone is no obstacle', async () => {
  const wanted = target(['core', 'eks'], 'all');
  const before = await generate(builtIn, wanted);
  const run = previousRun(JSON.parse(JSON.stringify(before.manifest)));
  const ghost = {
    ...run,
    policies: run.policies.map((each) => ({
      ...each,
      stem: 'GhostMerged7',
      principals: ['ghost'],
    })),
  };
  const after = await generate(builtIn, wanted, ghost);
  assert.equal(
    after.bundle.policies.map(({ document }) => document),
    before.bundle.policies.map(({ document }) => document),
  );
});

steadiness('what is merged goes on under its name when one of its groups goes', async () => {
  const before = await generate(
    builtIn,
    target(['iaas-dynamic', 'host-groups'], 'all', { name: 'x' }),
  );
  const after = await again(builtIn, target(['iaas-dynamic'], 'all', { name: 'x' }), before);
  assert.ok(after.bundle.policies.some(({ name }) => name === 'PaletteMerged1'));
  assert.equal(after.bundle.moves, []);
});

steadiness('a move names the policy that the same principal holds', async () => {
  const before = await generate(builtIn, target(['eks-static', 'cni-ipv4'], 'auto', { name: 'x' }));
  const after = await again(
    builtIn,
    target(['eks-static', 'cni-ipv6'], 'auto', { name: 'x' }),
    before,
  );
  const moves = after.bundle.moves.filter(({ from }) => from === 'PaletteCniIPv4Policy');
  const tags = moves.find(({ to }) => to === 'PaletteCniIPv6Policy');
  assert.ok(tags?.grants.some(({ action }) => action === 'ec2:CreateTags'));
});

steadiness('a Deny that moves is told; what is taken away on purpose is not', () => {
  const policy = (name: string, attachTo: string[], Statement: Statement[]): ManagedPolicy => ({
    ...(base.bundle.policies[0] as ManagedPolicy),
    name,
    attachTo,
    document: { Version: '2012-10-17', Statement },
  });
  const allow: Statement = { Effect: 'Allow', Action: ['s3:a'], Resource: ['*'] };
  const deny: Statement = { Effect: 'Deny', Action: ['s3:d'], Resource: ['*'] };
  const previous = (name: string, principals: string[], statements: Statement[]) => ({
    name,
    stem: name,
    groups: [],
    principals,
    statements,
  });
  assert.equal(
    findMoves(
      [previous('A', ['p', 'q'], [allow, deny]), previous('B', ['p', 'q'], [])],
      [policy('A', ['p'], [allow]), policy('B', ['p', 'q'], [deny])],
    ),
    [{ from: 'A', to: 'B', grants: [{ action: 'Deny s3:d', resource: '*' }] }],
  );
});

steadiness('of a Deny that is cut, what moves is told, and that it is merged is no move', () => {
  const policy = (name: string, Statement: Statement[]): ManagedPolicy => ({
    ...(base.bundle.policies[0] as ManagedPolicy),
    name,
    attachTo: ['p'],
    document: { Version: '2012-10-17', Statement },
  });
  const deny = (...Action: string[]): Statement => ({ Effect: 'Deny', Action, NotResource: ['x'] });
  const previous = (name: string, statements: Statement[]) => {
    return { name, stem: name, groups: [], principals: ['p'], statements };
  };
  const before = [previous('A', [deny('s3:a', 's3:b', 's3:c')]), previous('B', [deny('s3:d')])];
  assert.equal(
    findMoves(before, [policy('A', [deny('s3:a', 's3:b')]), policy('B', [deny('s3:c', 's3:d')])]),
    [{ from: 'A', to: 'B', grants: [{ action: 'Deny s3:c', resource: 'all but x' }] }],
  );
  assert.equal(findMoves(before, [policy('A', [deny('s3:c', 's3:b', 's3:a', 's3:d')])]), [
    { from: 'B', to: 'A', grants: [{ action: 'Deny s3:d', resource: 'all but x' }] },
  ]);
});

steadiness('a damaged manifest is refused, not misread', () => {
  const sound = JSON.parse(JSON.stringify(base.manifest));
  assert.ok(previousRun(sound));
  type Damage = (manifest: typeof sound) => void;
  const damages: Damage[] = [
    (m) => {
      m.policies[0].statements[0].statement.Action = 5;
    },
    (m) => {
      m.policies[0].statements[0].statement.Action = [null];
    },
    (m) => {
      delete m.policies[0].statements[0].statement.Action;
    },
    (m) => {
      m.policies[0].statements[0].statement.Resource = [];
    },
    (m) => {
      m.policies[0].statements[0].statement.Condition = 'x';
    },
    (m) => {
      m.policies[0].attachedTo = [5];
    },
    (m) => {
      m.policies[0].stem = '../evil';
    },
    (m) => {
      m.mergeMode = 7;
    },
    (m) => {
      delete m.policies;
    },
  ];
  for (const damage of damages) {
    const manifest = JSON.parse(JSON.stringify(sound));
    damage(manifest);
    assert.throws(
      () => previousRun(manifest),
      (error: unknown) => error instanceof GenError && error.exitCode === 2,
      String(damage),
    );
  }
});

steadiness.run();
