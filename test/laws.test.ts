/**
 * The laws of the design, for every valid combination of features × merge mode × format.
 * Law 1 same permissions, 2 sizes and counts, 3 determinism, 4 idempotence, 5 round trips.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../src/compose/compose.ts';
import { mergeStatements } from '../src/compose/merge.ts';
import { emitCloudFormation } from '../src/emit/cloudformation.ts';
import { emitIamJson } from '../src/emit/iam-json.ts';
import { EMITTERS } from '../src/emit/index.ts';
import { emitTerraform } from '../src/emit/terraform/index.ts';
import { generate } from '../src/generate.ts';
import type { EmittedFile, IamBundle, MergeMode } from '../src/model/bundle.ts';
import { FORMATS } from '../src/model/bundle.ts';
import { toPolicyJson } from '../src/model/policy.ts';
import type { Spec } from '../src/model/requirement.ts';
import { selectFeatures } from '../src/select.ts';
import { loadSpec } from '../src/spec/load.ts';
import { normalDocument, parseCloudFormation } from './support/cfn-documents.ts';
import { validCombinations } from './support/combinations.ts';
import { isAllowed, type RawStatement, tellingRequests } from './support/evaluator.ts';
import { parseTerraform } from './support/hcl-documents.ts';
import { ALL_VALUES, BUILT_IN, targetOf } from './support/target.ts';

const spec = loadSpec({ builtIn: BUILT_IN });
const combinations = validCombinations(spec);
const MODES: readonly MergeMode[] = ['none', 'auto', 'all'];

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    if (value instanceof Map) for (const each of value.values()) deepFreeze(each);
    else for (const each of Object.values(value)) deepFreeze(each);
  }
  return value;
}

/** Statements that the documents ask of a principal, straight from the spec. */
function askedOf(of: Spec, features: readonly string[], principal: string, bundle: IamBundle) {
  const isNode = bundle.principals.find(({ id }) => id === principal)?.node === true;
  return selectFeatures(of, features).groups.flatMap((id) => {
    const group = of.groups.get(id);
    const held =
      group?.attachTo.includes(principal) ||
      (isNode && group?.attachTo.includes('node-principals'));
    return held ? (group?.statements ?? []) : [];
  });
}

function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values.get(name) ?? `{{${name}}}`);
}

const statementsIn = (text: string): RawStatement[] => JSON.parse(text) as RawStatement[];

const laws = suite('laws over every combination of features');

laws('there are thousands of combinations, and the known ones are among them', () => {
  assert.ok(combinations.length > 1000, `${combinations.length}`);
  const keys = new Set(combinations.map((features) => features.join(',')));
  for (const known of ['', 'eks,cni-scoped', 'iaas-dynamic', 'eks-static,cni-ipv4,cni-ipv6']) {
    assert.ok(keys.has(known), known);
  }
  for (const wrong of ['cni-ipv4,cni-scoped', 'iaas-dynamic,eks', 'stack-manual']) {
    assert.not.ok(keys.has(wrong), wrong);
  }
});

for (const mergeMode of MODES) {
  laws(`1: every request is answered as before (--merge ${mergeMode})`, () => {
    const answered = new Set<string>();
    for (const features of combinations) {
      const bundle = composeBundle(spec, targetOf(features, { mergeMode, parameters: ALL_VALUES }));
      const values = new Map([...bundle.values]);
      for (const { id } of bundle.principals) {
        const asked = fill(JSON.stringify(askedOf(spec, features, id, bundle)), values);
        const written = JSON.stringify(
          bundle.policies
            .filter(({ attachTo }) => attachTo.includes(id))
            .flatMap(({ document }) => document.Statement),
        );
        const key = `${asked}\n${written}`;
        if (answered.has(key)) continue;
        answered.add(key);
        const before = statementsIn(asked);
        const after = statementsIn(written);
        for (const request of tellingRequests([...before, ...after])) {
          if (isAllowed(before, request) !== isAllowed(after, request)) {
            assert.unreachable(
              `${features.join(',')}: ${id}: ${request.action} ${request.resource}`,
            );
          }
        }
      }
    }
    assert.ok(answered.size > 20, `${answered.size} different cases were answered`);
  });

  laws(
    `2: nothing is over its size for the longest values, no principal over its count (--merge ${mergeMode})`,
    () => {
      const longest = new Map(
        [...spec.parameters].map(([name, { maxLength }]) => [name, 'x'.repeat(maxLength)]),
      );
      for (const features of combinations) {
        const bundle = composeBundle(
          spec,
          targetOf(features, { mergeMode, formats: ['terraform'] }),
        );
        for (const policy of bundle.policies) {
          const text = JSON.stringify(toPolicyJson(policy.document));
          assert.is(fill(text, longest).length, policy.worstSize, policy.name);
          assert.ok(policy.worstSize <= 6144, policy.name);
          assert.ok(policy.size <= policy.worstSize, policy.name);
          assert.ok(fill(policy.name, longest).length <= 128, policy.name);
        }
        for (const {
          id,
          attached,
          limit,
          awsManagedPolicies,
          attachedByOthers,
        } of bundle.principals) {
          const own = bundle.policies.filter(({ attachTo }) => attachTo.includes(id)).length;
          assert.is(attached, own + awsManagedPolicies.length + attachedByOthers.length, id);
          if (own > 0) assert.ok(attached <= limit, `${features.join(',')}: ${id} ${attached}`);
        }
        for (const { name } of bundle.roles) assert.ok(name.length <= 64, name);
      }
    },
  );
}

laws('3: the order of groups in the spec changes nothing, and no input is changed', async () => {
  const turned: Spec = deepFreeze({
    ...spec,
    groups: new Map([...spec.groups].reverse()),
  });
  for (const features of combinations.filter((_, index) => index % 40 === 0)) {
    for (const mergeMode of MODES) {
      const target = deepFreeze(
        targetOf(features, { mergeMode, formats: FORMATS, parameters: ALL_VALUES }),
      );
      const one = await generate(spec, target);
      const again = await generate(turned, target);
      assert.equal(again.files, one.files);
    }
  }
});

laws('3: the same features in another order give the same files', async () => {
  const one = await generate(
    spec,
    targetOf(['eks', 'host-groups', 'cni-scoped'], { parameters: ALL_VALUES }),
  );
  const other = await generate(
    spec,
    targetOf(['cni-scoped', 'host-groups', 'eks', 'eks'], { parameters: ALL_VALUES }),
  );
  assert.equal(other.files, one.files);
});

laws('4: merging what is merged changes nothing', () => {
  for (const features of combinations.filter((_, index) => index % 20 === 0)) {
    const size = { parameterLength: new Map<string, number>(), htmlEscaped: false };
    const bundle = composeBundle(
      spec,
      targetOf(features, { mergeMode: 'all', parameters: ALL_VALUES }),
    );
    for (const policy of bundle.policies.filter(({ name }) => /Merged\d+/.test(name))) {
      const statements = policy.document.Statement.map((statement, index) => ({
        statement,
        origins: policy.origins[index] ?? [],
      }));
      const [again] = mergeStatements([{ principals: ['one'], statements }], size);
      assert.equal(
        again?.map(({ statement }) => statement),
        policy.document.Statement,
      );
    }
  }
});

/** Different bundles, each once: most combinations differ only in what one format does not show. */
function* bundlesOf(formats: 'open' | 'closed'): Generator<IamBundle> {
  const seen = new Set<string>();
  for (const features of combinations) {
    for (const mergeMode of MODES) {
      const bundle = composeBundle(
        spec,
        targetOf(features, {
          mergeMode,
          formats: formats === 'open' ? ['terraform', 'cloudformation'] : ['iam-json'],
          parameters: formats === 'open' ? new Map() : ALL_VALUES,
          paletteRoles: ['SpectroCloudRole'],
        }),
      );
      const key = JSON.stringify([bundle.policies, bundle.roles, bundle.existing]);
      if (seen.has(key)) continue;
      seen.add(key);
      yield bundle;
    }
  }
}

laws('5: iam-json, parsed, is the bundle', () => {
  let files = 0;
  for (const bundle of bundlesOf('closed')) {
    const emitted = new Map(emitIamJson(bundle).files.map(({ path, content }) => [path, content]));
    for (const { name, document } of bundle.policies) {
      const text = emitted.get(`iam-json/${name}.json`);
      assert.ok(text, name);
      assert.equal(normalDocument(JSON.parse(text as string)), document);
      files++;
    }
    for (const { name, trust } of bundle.roles) {
      const text = emitted.get(`iam-json/roles/${name}.trust.json`) as string;
      const [statement] = JSON.parse(text).Statement;
      assert.equal([statement.Principal.Service].flat(), trust.services);
      files++;
    }
    assert.is(emitted.size, bundle.policies.length + bundle.roles.length);
  }
  assert.ok(files > 1000, `${files}`);
});

laws('5: cloudformation, parsed, is the bundle', () => {
  for (const bundle of bundlesOf('open')) {
    const templates = emitCloudFormation(bundle).files.map(({ content }) =>
      parseCloudFormation(content),
    );
    const policies = new Map(templates.flatMap((each) => [...each.policies]));
    const roles = new Map(templates.flatMap((each) => [...each.roles]));
    assert.is(policies.size, bundle.policies.length);
    assert.is(roles.size, bundle.roles.length);
    for (const { name, document, attachTo } of bundle.policies) {
      assert.equal(policies.get(name)?.document, document, name);
      assert.equal([...(policies.get(name)?.roles ?? [])].sort(), holders(bundle, attachTo), name);
    }
    for (const { name, trust, awsManagedPolicies } of bundle.roles) {
      assert.equal(roles.get(name)?.services, trust.services, name);
      assert.equal(
        roles.get(name)?.managedPolicyArns,
        awsManagedPolicies.map((policy) => `arn:aws:iam::aws:policy/${policy}`),
        name,
      );
    }
  }
});

laws('5: terraform, parsed, is the bundle', async () => {
  const parameters = [...spec.parameters.keys()];
  for (const bundle of bundlesOf('open')) {
    const module = await parseTerraform(emitTerraform(bundle).files, parameters);
    assert.is(module.policies.size, bundle.policies.length);
    assert.is(module.roles.size, bundle.roles.length);
    for (const { name, document, attachTo } of bundle.policies) {
      assert.equal(module.policies.get(name)?.document, document, name);
      assert.equal(
        [...(module.policies.get(name)?.roles ?? [])].sort(),
        holders(bundle, attachTo),
        name,
      );
    }
    for (const { name, trust, instanceProfile, awsManagedPolicies } of bundle.roles) {
      assert.equal(module.roles.get(name)?.trust, trust.services, name);
      assert.is(module.roles.get(name)?.instanceProfile, instanceProfile?.name, name);
      assert.equal(
        module.awsManaged.get(`role ${name}`) ?? [],
        awsManagedPolicies.map((policy) => `arn:aws:iam::aws:policy/${policy}`).sort(),
        name,
      );
    }
  }
});

/** Names of the created and existing roles among the principals. */
function holders(bundle: IamBundle, principals: readonly string[]): string[] {
  return [...bundle.roles, ...bundle.existing]
    .filter(({ principal }) => principals.includes(principal))
    .map(({ name }) => name)
    .sort();
}

laws('no output names this machine, a time or a user', async () => {
  const forbidden = [
    process.cwd(),
    process.env.HOME ?? '/home/',
    process.env.USER && process.env.USER !== 'root' ? process.env.USER : '/root',
    String(new Date().getFullYear() + 0),
  ].filter((text) => text.length > 3);
  const files: EmittedFile[] = [];
  for (const features of combinations.filter((_, index) => index % 60 === 0)) {
    const target = targetOf(features, { formats: FORMATS, parameters: ALL_VALUES });
    files.push(...(await generate(spec, target)).files);
  }
  assert.ok(files.length > 100);
  for (const { path, content } of files) {
    for (const text of forbidden.slice(0, 3))
      assert.not.ok(content.includes(text), `${path}: ${text}`);
    assert.not.ok(/\d{2}:\d{2}:\d{2}/.test(content), `${path} holds a time`);
  }
});

laws('every format can be made for every combination', async () => {
  for (const features of combinations) {
    const target = targetOf(features, { formats: FORMATS, parameters: ALL_VALUES });
    const bundle = composeBundle(spec, target);
    for (const format of FORMATS) {
      const emit = await EMITTERS[format]();
      emit(bundle);
    }
  }
});

laws.run();
