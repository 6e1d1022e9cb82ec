import { createTwoFilesPatch } from 'diff';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import type { PackValues } from '../../src/emit/pxk.ts';
import { GenError, type Problem } from '../../src/model/errors.ts';
import { mergeValues } from '../../src/pack-values/merge.ts';

const SUFFIX = '.cluster-api-provider-aws.sigs.k8s.io';
const CNI = 'arn:aws:iam::123456789012:policy/Cni';
const CSI = 'arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy';

const IAAS: PackValues = {
  kind: 'iaas',
  path: 'pxk/iaas.yaml',
  value: { manageCloudFormationStackManually: { enabled: true } },
};
const EKS: PackValues = {
  kind: 'eks',
  path: 'pxk/eks.yaml',
  value: {
    managedControlPlane: { roleName: `eks-controlplane${SUFFIX}` },
    managedMachinePool: { roleName: `eks-nodegroup${SUFFIX}` },
    manageCloudFormationStackManually: { enabled: true },
  },
};
const POLICIES: PackValues = {
  kind: 'eks',
  path: 'pxk/eks.yaml',
  value: { managedMachinePool: { roleAdditionalPolicies: [CNI, CSI] } },
};

const merge = (text: string, packs: readonly PackValues[], force = false) =>
  mergeValues(text, 'values.yaml', packs, { force });

/** Merges, and checks that merging again changes nothing. */
function merged(text: string, pack: PackValues, force = false): string {
  const result = merge(text, [pack], force);
  assert.equal(result.conflicts, []);
  assert.equal(merge(result.text, [pack]), { text: result.text, merged: [], conflicts: [] });
  return result.text;
}

/** Lines that a reviewer sees: taken away and added. */
function changedLines(before: string, after: string): string[] {
  return createTwoFilesPatch('a', 'b', before, after)
    .split('\n')
    .filter((line) => /^[-+](?!--|\+\+)/.test(line));
}

function refused(text: string, packs: readonly PackValues[], force = false): readonly Problem[] {
  try {
    merge(text, packs, force);
  } catch (error) {
    assert.instance(error, GenError);
    assert.is((error as GenError).exitCode, 2);
    return (error as GenError).problems;
  }
  throw new Error('no error');
}

const PXK = `# spectrocloud.com/enabled-presets: Kube Controller Manager:loopback-ctrlmgr
pack:
  content:
    images:
      - image: registry.k8s.io/coredns/coredns:v1.11.3
  # - image: registry.k8s.io/pause:3.9
  k8sHardening: True
  podCIDR: "192.168.0.0/16"
  serviceClusterIpRange: '10.96.0.0/12'

kubeadmconfig:
  apiServer:
    extraArgs: &args
      # Note: secure-port is used during kubeadm init. Do not change it on a running cluster
      secure-port: "6443"
      tls-min-version:   VersionTLS12   # two blanks too many
    certSANs: !!seq [ "{{ .spectro.system.cluster.name }}", localhost ]
  controllerManager:
    extraArgs: *args
  preKubeadmCommands:
    - 'echo "====> Applying kernel parameters for Kubelet"'
    - |
      cat <<EOF
      # not a comment
      EOF
  # - 'echo "List of commands"'

# Client configuration to add OIDC based authentication flags in kubeconfig
#clientConfig:
  #oidc-issuer-url: "{{ .spectro.pack.kubernetes.kubeadmconfig.apiServer.extraArgs.oidc-issuer-url }}"
`;

test('PXK: the switch goes to the end, as a sibling of pack: and kubeadmconfig:', () => {
  assert.is(
    merged(PXK, IAAS),
    `${PXK}
# The CAPA stack exists already: use it.
manageCloudFormationStackManually:
  enabled: true
`,
  );
});

const EKS_STREAM = `pack:
    values:
        # indented by four
        k8sHardening: true
---
managedControlPlane:
    ## Logging
    logging:
        apiServer: false
        audit: false

    # Tags of the control plane
    #additionalTags:
    #    a: b
managedMachinePool:
    #roleName: {{ name of the self-hosted role | format "\${string}" }}
    #A list of additional policies to attach to the node group role
    #roleAdditionalPolicies:
    #- {{ arn for the policy1 | format "\${string}" }}
---
# the rest
extra: [1, 2]
`;

test('EKS, several documents, four blanks: each key where its siblings stand', () => {
  const after = merged(EKS_STREAM, EKS);
  assert.equal(changedLines(EKS_STREAM, after), [
    '+# The CAPA stack exists already: use it.',
    '+manageCloudFormationStackManually:',
    '+    enabled: true',
    '+    # The role that EKS assumes for the control plane.',
    `+    roleName: eks-controlplane${SUFFIX}`,
    '+    # The role of every node group.',
    `+    roleName: eks-nodegroup${SUFFIX}`,
  ]);
  assert.match(after, `    #    a: b\n    # The role that EKS`);
  assert.match(after, 'enabled: true\n---\nmanagedControlPlane:');
  assert.is(parseAllDocuments(after).length, 3);
});

test('Windows line ends, and a last line without one', () => {
  const before = 'pack:\r\n  a: 1\r\nkubeadmconfig:\r\n  b: 2';
  assert.is(
    merged(before, IAAS),
    `${before}\r\n# The CAPA stack exists already: use it.\r\nmanageCloudFormationStackManually:\r\n  enabled: true\r\n`,
  );
});

/** [what, before, snippet, after] */
const CASES: readonly [string, string, PackValues, string][] = [
  [
    'an empty file',
    '',
    IAAS,
    '# The CAPA stack exists already: use it.\nmanageCloudFormationStackManually:\n  enabled: true\n',
  ],
  [
    'nothing but comments and a marker',
    '---\n# to be written\n',
    IAAS,
    '---\n# to be written\n# The CAPA stack exists already: use it.\nmanageCloudFormationStackManually:\n  enabled: true\n',
  ],
  [
    'flow style on one line',
    'pack: {a: 1}\nmanagedMachinePool: {labels: {a: b}, roleAdditionalPolicies: ["x", ]}\n',
    POLICIES,
    `pack: {a: 1}\nmanagedMachinePool: {labels: {a: b}, roleAdditionalPolicies: ["x", "${CNI}", "${CSI}", ]}\n`,
  ],
  [
    'flow style on several lines, with comments',
    "managedMachinePool: {\n  labels: {}, # none\n  roleAdditionalPolicies: [\n    'x', # theirs, first\n    'y' # last\n  ],\n}\n",
    POLICIES,
    `managedMachinePool: {\n  labels: {}, # none\n  roleAdditionalPolicies: [\n    'x', # theirs, first\n    'y', # last\n    '${CNI}',\n    '${CSI}'\n  ],\n}\n`,
  ],
  [
    'a flow map gains a key behind its trailing comma',
    'managedMachinePool: {\n  labels: {}, # none, yet\n}\n',
    POLICIES,
    `managedMachinePool: {\n  labels: {}, # none, yet\n  roleAdditionalPolicies: [ ${CNI}, ${CSI} ],\n}\n`,
  ],
  [
    'JSON stays JSON',
    '{\n  "pack": {"a": 1},\n  "managedMachinePool": {}\n}\n',
    EKS,
    `{\n  "pack": {"a": 1},\n  "managedMachinePool": { "roleName": "eks-nodegroup${SUFFIX}" },\n  "managedControlPlane": { "roleName": "eks-controlplane${SUFFIX}" },\n  "manageCloudFormationStackManually": { "enabled": true }\n}\n`,
  ],
  [
    'a block list: ours behind theirs, quoted as theirs, none twice',
    `managedMachinePool:\n  roleAdditionalPolicies:\n  # first\n  - "x"\n  - "${CSI}" # known\n  #- "y"\n  labels: {}\n`,
    POLICIES,
    `managedMachinePool:\n  roleAdditionalPolicies:\n  # first\n  - "x"\n  - "${CSI}" # known\n  #- "y"\n  - "${CNI}"\n  labels: {}\n`,
  ],
  [
    'an indented list, with items commented out',
    'managedMachinePool:\n  roleAdditionalPolicies:\n    - x\n    # - y\n  # of the pool\nother: 1\n',
    POLICIES,
    `managedMachinePool:\n  roleAdditionalPolicies:\n    - x\n    # - y\n    - ${CNI}\n    - ${CSI}\n  # of the pool\nother: 1\n`,
  ],
  [
    'null, written and not, and an empty list',
    'managedControlPlane: ~ # nothing\nmanagedMachinePool:\n  roleName:   # ours\nmanageCloudFormationStackManually: {}\nlast: 1\n',
    EKS,
    `managedControlPlane: # nothing\n  # The role that EKS assumes for the control plane.\n  roleName: eks-controlplane${SUFFIX}\nmanagedMachinePool:\n  roleName: eks-nodegroup${SUFFIX}   # ours\nmanageCloudFormationStackManually:\n  enabled: true\nlast: 1\n`,
  ],
  [
    'an empty map on a line of its own',
    'managedMachinePool:\n  {}\npack: {}\n',
    POLICIES,
    `managedMachinePool:\n  # Attached to the roles of the node groups beside the policies they have already.\n  roleAdditionalPolicies:\n    - ${CNI}\n    - ${CSI}\npack: {}\n`,
  ],
  [
    'an empty list becomes a list as the file writes them',
    'pack:\n  a:\n  - 1\nmanagedMachinePool:\n  roleAdditionalPolicies: []\n  labels: {}\n',
    POLICIES,
    `pack:\n  a:\n  - 1\nmanagedMachinePool:\n  roleAdditionalPolicies:\n  - ${CNI}\n  - ${CSI}\n  labels: {}\n`,
  ],
  [
    'what keeps its blank lines behind it',
    'managedMachinePool:\n  script: |+\n    # not a comment\n\n\npack: {}\n',
    POLICIES,
    `managedMachinePool:\n  script: |+\n    # not a comment\n\n\n  # Attached to the roles of the node groups beside the policies they have already.\n  roleAdditionalPolicies:\n    - ${CNI}\n    - ${CSI}\npack: {}\n`,
  ],
  [
    'unknown tags, odd quoting, a byte order mark, a document end',
    '\ufeffpack: !spectro "x"   \nkubeadmconfig : {"a":\'b\'}\n...\n',
    IAAS,
    '\ufeffpack: !spectro "x"   \nkubeadmconfig : {"a":\'b\'}\n# The CAPA stack exists already: use it.\nmanageCloudFormationStackManually:\n  enabled: true\n...\n',
  ],
  [
    'a switch that is on in the words of YAML 1.1',
    'kubeadmconfig: {}\nmanageCloudFormationStackManually:\n  enabled: yes\n',
    IAAS,
    'kubeadmconfig: {}\nmanageCloudFormationStackManually:\n  enabled: yes\n',
  ],
  [
    'what a merge key or an alias says already',
    `x: &pool\n  roleAdditionalPolicies: ["${CNI}", "${CSI}"]\nmanagedMachinePool:\n  <<: *pool\n  labels: {}\n`,
    POLICIES,
    `x: &pool\n  roleAdditionalPolicies: ["${CNI}", "${CSI}"]\nmanagedMachinePool:\n  <<: *pool\n  labels: {}\n`,
  ],
];
for (const [what, before, pack, after] of CASES) {
  test(what, () => assert.is(merged(before, pack), after));
}

test('a document separator after comments keeps its place', () => {
  const before = 'pack: {}\n# of the pack\n---\nother: 1\n';
  assert.match(
    merged(before, IAAS),
    /# of the pack\n# The CAPA.*\n.*\n {2}enabled: true\n---\nother/,
  );
});

test('another value is a conflict: its place, both values, nothing changed', () => {
  const text = `managedControlPlane:
  roleName: mine
managedMachinePool: {labels: {}}
manageCloudFormationStackManually:
  enabled: false # for now
`;
  const { text: same, conflicts, merged: paths } = merge(text, [EKS]);
  assert.is(same, text);
  assert.equal(paths, []);
  assert.equal(
    conflicts.map(({ code, place, path }) => [code, place?.line, place?.column, path]),
    [
      ['other-value', 2, 13, 'managedControlPlane.roleName'],
      ['other-value', 5, 12, 'manageCloudFormationStackManually.enabled'],
    ],
  );
  assert.match(conflicts[0]?.message ?? '', `is mine; gen would set eks-controlplane`);
  assert.match(conflicts[1]?.message ?? '', 'is false; gen would set true.');
  assert.match(conflicts[0]?.advice ?? '', '--force');
});

test('--force writes over values, in their own quotes, and nothing else', () => {
  const text = `managedControlPlane:
  roleName: "mine"   # our own
managedMachinePool:
  roleName: >-
    folded
  labels: {}
manageCloudFormationStackManually: {enabled: false}
`;
  assert.is(
    merged(text, EKS, true),
    `managedControlPlane:
  roleName: "eks-controlplane${SUFFIX}"   # our own
managedMachinePool:
  roleName: eks-nodegroup${SUFFIX}
  labels: {}
manageCloudFormationStackManually: {enabled: true}
`,
  );
});

/** [file, code, line, column]; all of them with every flag. */
const REFUSED: readonly [string, string, number, number][] = [
  ['- a\n- b\n', 'wrong-type', 1, 1],
  ['just words\n', 'wrong-type', 1, 1],
  ['pack: {}\n---\n- a\n', 'wrong-type', 3, 1],
  ['managedMachinePool: []\n', 'wrong-type', 1, 21],
  ['managedMachinePool: text\n', 'wrong-type', 1, 21],
  ['managedMachinePool:\n  roleAdditionalPolicies: text\n', 'wrong-type', 2, 27],
  ['managedMachinePool:\n  roleAdditionalPolicies: {}\n', 'wrong-type', 2, 27],
  ['a: 1\nb: 2\na: 3\n', 'duplicate-key', 3, 1],
  ['a: [1\nb: 2\n', 'yaml-syntax', 2, 1],
  ['a:\n\tb: 1\n', 'yaml-syntax', 2, 1],
  ['a: *nowhere\n', 'yaml-syntax', 1, 4],
  ['kubeadmconfig: {}\n', 'other-pack', 1, 1],
  ['a: 1\n---\nb: 2\n', 'ambiguous-document', 1, 1],
  ['managedMachinePool: {}\n---\nmanagedMachinePool: {}\n', 'ambiguous-document', 1, 1],
  ['a: &p {b: 1}\nmanagedMachinePool: *p\n', 'shared-value', 2, 21],
  ['managedMachinePool: &p {b: 1}\na: *p\n', 'shared-value', 1, 24],
  ['managedMachinePool: &p\na: *p\n', 'shared-value', 1, 23],
  ['a: &p\n  roleAdditionalPolicies: []\nmanagedMachinePool:\n  <<: *p\n', 'shared-value', 4, 3],
];
for (const [text, code, line, column] of REFUSED) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    const [problem] = refused(text, [POLICIES], true);
    assert.is(problem?.code, code);
    assert.equal(problem?.place, { file: 'values.yaml', line, column });
  });
}

test('everything wrong is said at once', () => {
  assert.is(refused('managedControlPlane: []\nmanagedMachinePool: 1\n', [EKS]).length, 2);
});

test('which snippet: by the keys of the pack, else the only one, else an error', () => {
  assert.match(merge('kubeadmconfig: {}\n', [IAAS, EKS]).text, /^(?!.*managed)/s);
  assert.match(merge('managedControlPlane: {}\n', [IAAS, EKS]).text, 'managedMachinePool:');
  assert.match(merge('pack: {}\n', [EKS]).text, 'managedMachinePool:');
  assert.is(refused('pack: {}\n', [IAAS, EKS])[0]?.code, 'unclear-pack');
  assert.is(
    refused('kubeadmconfig: 1\nmanagedMachinePool:\n', [IAAS, EKS])[0]?.code,
    'unclear-pack',
  );
  const [other] = refused('managedControlPlane: {}\n', [IAAS]);
  assert.is(other?.code, 'other-pack');
  assert.match(other?.advice ?? '', 'eks-dynamic or eks-static');
});

test.run();
