/** Laws 3 and 4: the same input gives the same bytes, and doing it twice changes nothing. */
import { userInfo } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeBundle } from '../../src/compose/compose.ts';
import { mergeStatements } from '../../src/compose/merge/merge.ts';
import { generate } from '../../src/generate.ts';
import { FORMATS, type MergeMode } from '../../src/model/bundle.ts';
import { RunMemory } from '../../src/model/memo.ts';
import { builtIn, combinations, composeFitting, MERGE_MODES } from '../support/bundles.ts';
import { atLeast } from '../support/fast.ts';
import { deepFreeze } from '../support/sample-bundle.ts';
import { ALL_VALUES, targetOf } from '../support/target.ts';

const laws = suite('laws 3 and 4');

const everyNth = (n: number): string[][] => combinations.filter((_, index) => index % n === 0);

laws('the order of groups in the spec changes nothing, and no input is changed', async () => {
  const turned = deepFreeze({ ...builtIn, groups: new Map([...builtIn.groups].reverse()) });
  for (const features of everyNth(80)) {
    for (const mergeMode of MERGE_MODES) {
      const target = deepFreeze(
        targetOf(features, { mergeMode, formats: FORMATS, parameters: ALL_VALUES }),
      );
      const one = await generate(builtIn, target);
      const again = await generate(turned, target);
      assert.equal(again.files, one.files);
    }
  }
});

laws('for every combination, in modes that take turns, the order of groups changes nothing', () => {
  const turned = { ...builtIn, groups: new Map([...builtIn.groups].reverse()) };
  const memory = new RunMemory();
  const turnedMemory = new RunMemory();
  for (const [index, features] of combinations.entries()) {
    const mergeMode = MERGE_MODES[index % MERGE_MODES.length] as MergeMode;
    const target = targetOf(features, { mergeMode, formats: ['terraform'] });
    const one = JSON.stringify(composeFitting(target, memory));
    const other = composeFitting(target, turnedMemory, turned);
    assert.is(JSON.stringify(other), one, features.join(','));
  }
});

laws('features in another order, or twice, give the same files', async () => {
  const target = (features: string[]) => targetOf(features, { parameters: ALL_VALUES });
  const one = await generate(builtIn, target(['eks', 'host-groups', 'cni-scoped']));
  const other = await generate(builtIn, target(['cni-scoped', 'host-groups', 'eks', 'eks']));
  assert.equal(other.files, one.files);
});

laws('merging what is merged changes nothing', () => {
  const size = { parameterLength: new Map<string, number>(), htmlEscaped: false };
  let merged = 0;
  for (const features of everyNth(20)) {
    const target = targetOf(features, { mergeMode: 'all', parameters: ALL_VALUES });
    for (const policy of composeBundle(builtIn, target).policies) {
      if (!/Merged\d+/.test(policy.name)) continue;
      const statements = policy.document.Statement.map((statement, index) => ({
        statement,
        origins: policy.origins[index] ?? [],
      }));
      const [again] = mergeStatements([{ principals: ['one'], statements }], size);
      assert.equal(
        again?.map(({ statement }) => statement),
        policy.document.Statement,
      );
      merged++;
    }
  }
  assert.ok(merged > atLeast(100), `${merged}`);
});

laws('no file names this machine, its user or a time', async () => {
  const { username, homedir } = userInfo();
  for (const features of everyNth(60)) {
    const target = targetOf(features, { formats: FORMATS, parameters: ALL_VALUES });
    for (const { path, content } of (await generate(builtIn, target)).files) {
      for (const text of [process.cwd(), homedir, `/${username}/`]) {
        assert.not.ok(content.includes(text), `${path}: ${text}`);
      }
      assert.not.ok(/\d{2}:\d{2}:\d{2}/.test(content), `${path} holds a time`);
    }
  }
});

laws.run();
