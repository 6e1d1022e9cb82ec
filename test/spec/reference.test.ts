// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the library's placeholders look like that
/**
 * Law 7: the built-in spec is what the sources say, exactly. `reference/` holds the sources'
 * policies, roles and amendments, machine-readable; it is data and never edited with the spec.
 */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { render } from '../../src/model/parameter.ts';
import type { Statement } from '../../src/model/policy.ts';
import type { RequirementGroup } from '../../src/model/requirement.ts';
import { amendGroup } from '../../src/spec/amend.ts';
import { loadSpec } from '../../src/spec/load.ts';

interface IndexEntry {
  readonly id: string;
  readonly file: string;
  readonly policyName: string;
  readonly section: string;
  readonly lastUpdate: string;
  readonly documented?: boolean;
}
type Json = Record<string, unknown>;
type Template = { readonly Resources: Record<string, { Type: string; Properties: Json }> };

const root = new URL('../..', import.meta.url).pathname;
const text = (path: string) => readFileSync(`${root}test/reference/${path}`, 'utf8');
const spec = loadSpec({ builtIn: `${root}spec` });
const index: readonly IndexEntry[] = parse(text('index.yaml'));
const roles = parse(text('roles.yaml'));
const amendments: readonly (Json & { id: string })[] = parse(text('amendments.yaml'));
const template: Template = parse(text('palette/minimum/cloudformation-template.yaml'));

/** Each parameter as the documentation writes it, or with its default. */
const documented = new Map(
  [...spec.parameters.values()].flatMap((parameter) => {
    const value = parameter.documentedAs ?? parameter.default;
    return value === undefined ? [] : [[parameter.name, value] as const];
  }),
);
const rendered = <T>(value: T): T => JSON.parse(render(JSON.stringify(value), documented));

const listed = (value: unknown): unknown =>
  typeof value === 'string'
    ? [value]
    : Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value as Json).map(([key, item]) => [key, listed(item)]));

/** A documented statement with lists inside; Effect and Sid are texts for AWS too. */
function statement(raw: Json): Json {
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [
      key,
      key === 'Effect' || key === 'Sid' ? value : listed(value),
    ]),
  );
}

/** The policy document of an index entry, and the resource around it where there is one. */
function reference(entry: IndexEntry) {
  const [file, logicalId] = entry.file.split('#') as [string, string | undefined];
  if (logicalId === undefined) return { document: JSON.parse(text(file)) };
  const properties = template.Resources[logicalId]?.Properties as Json;
  return { logicalId, properties, document: properties.PolicyDocument as Json };
}

function group(id: string): RequirementGroup {
  const found = spec.groups.get(id);
  assert.ok(found, `group ${id}`);
  return found as RequirementGroup;
}

/** The documents of the library, by group; with `arn:aws:` where gen takes the partition. */
const LIBRARY: Readonly<Record<string, string>> = {
  'eks-disk-encryption': 'eks-disk-encryption',
  'eks-secrets-encryption': 'eks-secrets-encryption',
  'ebs-csi-kms': 'ebs-csi-kms',
  'pod-identity-palette': 'pod-identity-palette',
  'pod-identity-hubble': 'pod-identity-hubble',
  'pod-identity-hubble-ecr': 'pod-identity-hubble-ecr',
  'pod-identity-hubble-local': 'pod-identity-hubble-local',
  'pod-identity-identity': 'pod-identity-identity',
  'pod-identity-identity-local': 'pod-identity-identity-local',
  'pod-identity-minimum-extra': 'pod-identity-minimum-extra',
  'backup-location-s3': 'backup-location-s3',
  'ecr-pack-push': 'ecr-pack-push',
  'efs-csi': 'efs-csi',
  'cluster-autoscaler': 'cluster-autoscaler',
  'karpenter-palette': 'karpenter-palette',
  'karpenter-eks-integration': 'karpenter/KarpenterControllerEKSIntegrationPolicy',
  'karpenter-iam-integration': 'karpenter/KarpenterControllerIAMIntegrationPolicy',
  'karpenter-interruption': 'karpenter/KarpenterControllerInterruptionPolicy',
  'karpenter-node-lifecycle': 'karpenter/KarpenterControllerNodeLifecyclePolicy',
  'karpenter-resource-discovery': 'karpenter/KarpenterControllerResourceDiscoveryPolicy',
  'karpenter-zonal-shift': 'karpenter/KarpenterControllerZonalShiftPolicy',
  'aws-load-balancer-controller': 'aws-load-balancer-controller',
  'external-dns': 'external-dns',
  'cert-manager-route53': 'cert-manager-route53',
  'hybrid-nodes': 'hybrid-nodes',
};

/** Each parameter as the library writes it. */
const PLACEHOLDERS = new Map(
  [...spec.parameters.values()].flatMap(({ name, documentedAs }) =>
    documentedAs === undefined ? [] : [[name, documentedAs] as const],
  ),
);

const groups = suite('built-in groups are the reference');

for (const [id, file] of Object.entries(LIBRARY)) {
  groups(`${id}: statements, in order`, () => {
    const raw = text(`library/${file}.json`).replaceAll('${PARTITION}', 'aws');
    const want = (JSON.parse(raw).Statement as Json[]).map(statement);
    const values = new Map([...PLACEHOLDERS, ['partition', 'aws'], ['accountId', '${ACCOUNT_ID}']]);
    const have = JSON.parse(render(JSON.stringify(group(id).statements), values));
    assert.equal(have, want);
  });
}

groups('every built-in source has a document, a section, a date and a URL', () => {
  for (const { id, source } of spec.groups.values()) {
    assert.ok(source?.document && source.section, id);
    assert.match(source?.lastUpdate ?? '', /^20\d\d-\d\d-\d\d$/, id);
    assert.match(source?.url ?? '', /^https:\/\//, id);
  }
});

groups('no group more, no group less', () => {
  const ids = [...index.map(({ id }) => id), ...Object.keys(LIBRARY)];
  assert.equal([...spec.groups.keys()].sort(), ids.sort());
});

for (const entry of index) {
  groups(`${entry.id}: statements, in order`, () => {
    const { document } = reference(entry);
    assert.is(String(document.Version), '2012-10-17');
    const want = (document.Statement as Json[]).map(statement);
    const have = rendered(group(entry.id).statements);
    assert.is(have.length, want.length);
    // Key order says nothing in JSON; every list's order does.
    for (const [i, one] of want.entries()) assert.equal(have[i], one as unknown as Statement);
  });

  groups(`${entry.id}: name and source`, () => {
    const { source, policyName, nameDocumented } = group(entry.id);
    const isCni = entry.id.startsWith('cni-');
    assert.is(isCni ? policyName : rendered(policyName), entry.policyName);
    assert.is(nameDocumented, entry.documented ?? true);
    assert.is(source?.section, entry.section);
    // The page has a newer date today, and the same statements.
    const date = entry.id === 'palette-iaas-dynamic' ? '2026-02-21' : entry.lastUpdate;
    assert.is(source?.lastUpdate, date);
  });

  groups(`${entry.id}: amendments`, () => {
    const want = amendments.filter(({ id }) => id === entry.id);
    const have = group(entry.id)
      .amendments.filter(({ release }) => release === undefined)
      .map((amendment) => ({ id: entry.id, ...amendment }));
    assert.equal(rendered(have), want as never);
  });
}

groups('releases of Cluster API Provider AWS are amendments of their own stream', () => {
  const releases = (parse(text('capa/releases.yaml')) as Json[]).filter(({ policy }) => policy);
  const have = ['capa-controllers', 'capa-control-plane'].flatMap((id) =>
    group(id)
      .amendments.filter(({ release }) => release !== undefined)
      .map(({ release, date, addTo, actions }) => {
        const statement = group(id).statements[addTo as number];
        assert.is(statement?.Condition, undefined);
        const policy = id.replace('capa-', '');
        return { release, date, policy, resource: statement?.Resource, add: actions };
      }),
  );
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  assert.equal(have.sort(byText), (releases as never[]).sort(byText));
});

groups('capa groups are the managed policies of the documented template', () => {
  const refs = new Map(
    [...spec.principals.values()].map(({ id, creations: [first] }) => [
      first?.role?.logicalId ?? id,
      id,
    ]),
  );
  for (const entry of index.filter(({ id }) => id.startsWith('capa-'))) {
    const { logicalId, properties } = reference(entry);
    const have = group(entry.id);
    assert.is(have.logicalId, logicalId);
    assert.is(have.description, properties?.Description);
    const attached = properties?.Roles as readonly { readonly Ref: string }[];
    assert.equal(
      have.attachTo,
      attached.map(({ Ref }) => refs.get(Ref)),
    );
  }
});

groups('the sources hard-code a partition and the spec never does', () => {
  for (const one of spec.groups.values()) {
    assert.not.match(JSON.stringify(one.statements), 'arn:aws:', one.id);
    assert.not.match(JSON.stringify(one.statements), '${', one.id);
  }
});

groups('the suffix of the stack is open where the stack is made by hand, fixed in the core', () => {
  const open = [...spec.groups.values()].filter((one) =>
    JSON.stringify(one).includes('{{nameSuffix}}'),
  );
  assert.equal(open.map(({ id }) => id).sort(), [
    'capa-control-plane',
    'capa-controllers',
    'capa-controllers-eks',
    'capa-nodes',
    'palette-eks-dynamic',
    'palette-eks-static',
    'palette-iaas-dynamic',
    'palette-iaas-static',
  ]);
});

groups('descriptions are what AWS takes', () => {
  for (const { id, description } of spec.groups.values()) {
    assert.match(description, /^[\x20-\x7e]{10,1000}$/, id);
  }
});

groups('latest: each amendment is in, and nothing else changed', () => {
  for (const one of spec.groups.values()) {
    const before = structuredClone(one);
    const amended = amendGroup(one, { asOf: 'latest', capaRelease: 'latest' });
    assert.equal(one, before, 'not mutated');
    assert.is(amended.applied.length, one.amendments.length);
    const gained = one.amendments.flatMap((a) => a.actions ?? a.newStatement?.Action ?? []);
    const actions = (g: RequirementGroup) => g.statements.flatMap((s) => s.Action ?? []);
    assert.equal(actions(amended).sort(), [...actions(one), ...gained].sort());
    assert.equal(amendGroup(one, {}).statements, one.statements);
  }
});

groups('as of a day: that day included', () => {
  const at = (day: string) =>
    amendGroup(group('cni-ipv4'), { asOf: day }).applied.map(({ date }) => date);
  assert.equal(at('2024-07-21'), []);
  assert.equal(at('2024-07-22'), ['2024-07-22']);
  assert.equal(at('2026-06-01'), ['2024-07-22', '2026-06-01']);
});
groups.run();

const principals = suite('built-in principals are the reference');
const principal = (id: string) => rendered(spec.principals.get(id));

principals('in the documented order', () => {
  assert.equal(
    [...spec.principals.keys()],
    [
      'palette',
      'spectro-hubble',
      'palette-identity',
      'palette-identity-local',
      'spectro-hubble-local',
      'backup-location',
      'ecr-pack-pusher',
      'hybrid-nodes',
      'controllers',
      'control-plane',
      'nodes',
      'eks-controlplane',
      'eks-nodegroup',
      'eks-fargate',
      'cluster',
      'node-group',
      // Beside the documented ones.
      'karpenter-nodes',
      'worker-nodes',
      'vpc-cni',
      'ebs-csi',
      'efs-csi',
      'cluster-autoscaler',
      'karpenter',
      'aws-load-balancer-controller',
      'external-dns',
      'cert-manager',
    ],
  );
});

principals('roles and instance profiles of the documented template, no more and no less', () => {
  const made = [...spec.principals.values()].filter(
    ({ creations: [first] }) => first?.with === 'stack-manual',
  );
  const of = (type: string) =>
    Object.entries(template.Resources).filter(([, { Type }]) => Type === `AWS::IAM::${type}`);
  assert.equal(
    made.map(({ creations: [first] }) => first?.role?.logicalId).sort(),
    of('Role').map(([id]) => id),
  );
  const profiles = new Map(of('InstanceProfile'));
  for (const { id } of made) {
    const role = principal(id)?.creations[0]?.role;
    assert.ok(role?.logicalId, id);
    const properties = template.Resources[role?.logicalId ?? '']?.Properties as Json;
    assert.is(role?.name, properties.RoleName);
    const trust = properties.AssumeRolePolicyDocument as { Statement: Json[] };
    assert.equal(
      trust.Statement.map(({ Principal }) => Principal),
      [{ Service: role?.trust.Statement[0]?.Principal.Service }],
    );
    assert.equal(
      role?.awsManagedPolicies.map((policy) => `arn:aws:iam::aws:policy/${policy}`),
      properties.ManagedPolicyArns ?? [],
    );
    if (role?.instanceProfile === undefined) continue;
    const profileId = role.instanceProfile.logicalId ?? '';
    const profile = profiles.get(profileId)?.Properties as Json;
    assert.is(role.instanceProfile.name, profile.InstanceProfileName);
    assert.equal(profile.Roles, [{ Ref: role.logicalId }]);
    profiles.delete(profileId);
  }
  assert.is(profiles.size, 0, 'every instance profile of the template has its role');
});

principals('roles that Palette makes', () => {
  for (const id of ['cluster', 'node-group']) {
    const { name, attached } = roles['palette-eks'][id];
    assert.equal(principal(id)?.existing, { name, with: ['core'], attached });
  }
  const { name, attached } = roles['palette-iaas']['control-plane'];
  const beside = ['core', 'stack-auto'];
  assert.equal(principal('control-plane')?.existing, { name, with: beside, attached });
  // The page leaves out what the stack's template attaches.
  assert.equal(principal('nodes')?.existing, {
    name: roles['palette-iaas'].nodes.name,
    with: beside,
    attached: [...roles['palette-iaas'].nodes.attached, 'AmazonEKS_CNI_Policy'],
  });
  for (const id of ['controllers', 'control-plane', 'nodes', 'eks-controlplane']) {
    const have = principal(id);
    assert.is(have?.existing?.name, have?.creations[0]?.role?.name, 'under the default suffix');
    const groupsOfStack = [...spec.groups.values()].filter(({ attachTo }) => attachTo.includes(id));
    assert.equal(
      [...(have?.existing?.attached ?? [])].sort(),
      [
        ...groupsOfStack.map((one) => one.id),
        ...(have?.creations[0]?.role?.awsManagedPolicies ?? []),
      ].sort(),
      'as the stack attaches them',
    );
  }
});

principals('roles that Cluster API Provider AWS defines beside the stack', () => {
  for (const id of ['eks-nodegroup', 'eks-fargate']) {
    const { name, trust, attached } = roles.capa[id];
    const have = principal(id);
    const created = have?.creations[0];
    assert.is(created?.with, `${id}-role`);
    assert.is(created?.role?.name, name);
    assert.equal(created?.role?.trust.Statement[0]?.Principal.Service, trust);
    assert.equal(created?.role?.awsManagedPolicies, attached);
  }
});

/** As library/README.md of the reference describes them. */
principals('trust policies of the library', () => {
  const trustOf = (id: string, feature: string) =>
    spec.principals.get(id)?.creations.find((each) => each.with === feature)?.role?.trust.Statement;
  const pods = [
    {
      Sid: 'AllowEksAuthToAssumeRoleForPodIdentity',
      Effect: 'Allow',
      Principal: { Service: ['pods.eks.amazonaws.com'] },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    },
  ];
  const external = (account: string, operator: string, id: string) => ({
    Effect: 'Allow',
    Principal: { AWS: [account] },
    Action: ['sts:AssumeRole'],
    Condition: { [operator]: { 'sts:ExternalId': [id] } },
  });
  const palette = [
    external('arn:{{partition}}:iam::{{paletteAccountId}}:root', 'StringEquals', '{{externalId}}'),
  ];
  assert.equal(trustOf('palette', 'cloud-account-role'), palette);
  assert.equal(trustOf('backup-location', 'backup-location-s3'), palette);
  const [backup] = spec.principals.get('backup-location')?.creations ?? [];
  assert.equal(
    backup?.role?.alsoTrusts?.map((each) => [each.with, each.trust.Statement]),
    [
      [
        'backup-from-other-account',
        [
          {
            Effect: 'Allow',
            Principal: { AWS: ['arn:{{partition}}:iam::{{targetAccountId}}:root'] },
            Action: ['sts:AssumeRole'],
          },
        ],
      ],
      [
        'backup-from-pods',
        [
          {
            Effect: 'Allow',
            Principal: {
              Federated: ['arn:{{partition}}:iam::{{accountId}}:oidc-provider/{{oidcProvider}}'],
            },
            Action: ['sts:AssumeRoleWithWebIdentity'],
            Condition: {
              StringLike: { '{{oidcProvider}}:sub': ['system:serviceaccount:*:velero-server'] },
              StringEquals: { '{{oidcProvider}}:aud': ['sts.amazonaws.com'] },
            },
          },
        ],
      ],
    ],
  );
  for (const [id, feature] of [
    ['palette', 'pod-identity-account'],
    ['spectro-hubble', 'pod-identity-account'],
    ['palette-identity', 'pod-identity-account'],
    ['palette-identity-local', 'pod-identity-management'],
    ['spectro-hubble-local', 'pod-identity-management'],
  ] as const) {
    assert.equal(trustOf(id, feature), pods, `${id} ${feature}`);
  }
  const session = (account: string) => ({
    Effect: 'Allow',
    Principal: { AWS: [account] },
    Action: ['sts:TagSession'],
  });
  const from = '{{managementRegion}}/{{managementAccountId}}/{{managementCluster}}';
  const identity = 'arn:{{partition}}:iam::{{managementAccountId}}:role/{{identityLocalRole}}';
  assert.equal(trustOf('palette', 'pod-identity-target'), [
    external(identity, 'StringEquals', `${from}/palette-identity/palette-identity`),
    external(identity, 'StringLike', `${from}/*/palette-manager`),
    session(identity),
    ...pods,
  ]);
  const hubble = 'arn:{{partition}}:iam::{{managementAccountId}}:role/spectro-hubble-identity';
  assert.equal(trustOf('spectro-hubble', 'pod-identity-target'), [
    external(hubble, 'StringEquals', `${from}/hubble-system/spectro-hubble`),
    session(hubble),
  ]);
});

principals('node principals', () => {
  const nodes = [...spec.principals.values()].filter(({ node }) => node).map(({ id }) => id);
  assert.equal(nodes, ['nodes', 'eks-nodegroup', 'node-group', 'karpenter-nodes', 'worker-nodes']);
});
principals.run();

const features = suite('built-in features');

features('in the documented order', () => {
  assert.equal(
    [...spec.features.keys()],
    [
      'core',
      'iaas-dynamic',
      'iaas-static',
      'eks-dynamic',
      'eks-static',
      'none',
      'stack-manual',
      'stack-auto',
      'eks',
      'host-groups',
      'cni-ipv4',
      'cni-ipv6',
      'cni-scoped',
      'ebs-csi',
      'eks-nodegroup-role',
      'eks-fargate-role',
      'cloud-account-role',
      'cloud-account-user',
      'eks-disk-encryption',
      'eks-secrets-encryption',
      'ebs-csi-kms',
      'pod-identity-account',
      'pod-identity-management',
      'pod-identity-target',
      'pod-identity-ecr',
      'pod-identity-minimum',
      'backup-location-s3',
      'backup-from-other-account',
      'backup-from-pods',
      'backup-location-s3-user',
      'ecr-pack-push',
      'efs-csi',
      'cluster-autoscaler',
      'karpenter',
      'karpenter-palette',
      'aws-load-balancer-controller',
      'external-dns',
      'cert-manager-route53',
      'hybrid-nodes',
      'hybrid-nodes-roles-anywhere',
    ],
  );
});

features('every group belongs to a feature', () => {
  const used = new Set([...spec.features.values()].flatMap((feature) => feature.groups));
  assert.equal([...used].sort(), [...spec.groups.keys()].sort());
});

features('an exclusion is stated on one side only, and says what to choose', () => {
  const seen = new Set<string>();
  for (const { id, excludes } of spec.features.values()) {
    for (const { feature, why } of excludes) {
      const pair = [id, feature].sort().join(' ');
      assert.not(seen.has(pair), pair);
      seen.add(pair);
      assert.match(why ?? '', 'choose', pair);
    }
  }
  assert.is(seen.size, 24);
});
features.run();
