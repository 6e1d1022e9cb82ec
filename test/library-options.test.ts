/** What no type checker has kept a library's caller from is said as everything else is. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GenError, generate, loadSpec, type TargetOptions } from '../src/index.ts';

const test = suite('library options');
const spec = loadSpec();

for (const [why, options, message] of [
  ['a format that there is none of', { features: ['core'], formats: ['xx'] }, /`formats`.*others/],
  ['formats that are no list', { features: ['core'], formats: 'pxk' }, /`formats`/],
  ['features that are no list', { features: 'core' }, /`features` is no list/],
  ['no features at all', {}, /`features` is no list/],
  ['parameters as an object', { features: ['core'], parameters: { a: 'b' } }, /`parameters` is no/],
  ['tags as an object', { features: ['core'], tags: { a: 'b' } }, /`tags` is no Map/],
] as const) {
  test(why, async () => {
    try {
      await generate(spec, options as unknown as TargetOptions);
    } catch (error) {
      assert.instance(error, GenError);
      assert.is((error as GenError).exitCode, 2);
      const [problem] = (error as GenError).problems;
      assert.match(problem?.message ?? '', message);
      assert.ok(problem?.advice);
      return;
    }
    assert.unreachable('it was taken');
  });
}

test('what is left out is as on the command line', async () => {
  const { files } = await generate(spec, { features: ['core'], formats: ['pxk'] });
  assert.ok(files.length > 0);
});

test.run();
