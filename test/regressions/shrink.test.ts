/** Cases found by use: what `--shrink exact` reaches. */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCatalogue } from '../../src/compose/catalogue.ts';
import { generate } from '../../src/generate.ts';
import type { ShrinkShape } from '../../src/model/bundle.ts';
import { loadSpec } from '../../src/spec/load.ts';
import { BUILT_IN } from '../support/target.ts';

const test = suite('cases: shrinking');

const everyAction = (await loadCatalogue()).actionsMatching('*');

interface Written {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: object;
}

async function policiesOf(
  slug: string,
  shrink?: ShrinkShape,
): Promise<{ documents: readonly string[]; wildcards: readonly string[] }> {
  const folder = fileURLToPath(new URL(`../cases/${slug}/spec`, import.meta.url));
  const spec = loadSpec({ builtIn: BUILT_IN, overlays: [folder] });
  const { files, bundle } = await generate(spec, {
    features: ['extra'],
    formats: ['iam-json'],
    mergeMode: 'all',
    ...(shrink === undefined ? {} : { shrink }),
  });
  return {
    documents: files
      .filter(({ path }) => path.startsWith('iam-json/'))
      .map(({ content }) => JSON.stringify(JSON.parse(content))),
    wildcards: bundle.shrink?.wildcards.map(({ pattern }) => pattern) ?? [],
  };
}

/** What the documents allow, a line for each action, resource and condition. */
function allowed(documents: readonly string[], wildcards: readonly string[]): string[] {
  const expanded = (action: string): readonly string[] => {
    if (!wildcards.includes(action)) return [action];
    const glob = new RegExp(`^${action.replaceAll('*', '.*')}$`, 'i');
    return everyAction.filter((each) => glob.test(each));
  };
  const lines = documents.flatMap((document) =>
    (JSON.parse(document).Statement as Written[]).flatMap((statement) =>
      [statement.Action]
        .flat()
        .flatMap(expanded)
        .flatMap((action) =>
          [statement.Resource]
            .flat()
            .map(
              (resource) => `${action} ${resource} ${JSON.stringify(statement.Condition ?? {})}`,
            ),
        ),
    ),
  );
  return [...new Set(lines)].sort();
}

test('case 30-shrink-two-stars: one policy, as exact as the two without wildcards', async () => {
  const slug = '30-shrink-two-stars';
  const plain = await policiesOf(slug);
  const shrunk = await policiesOf(slug, 'exact');
  assert.is(plain.documents.length, 2);
  assert.is(shrunk.documents.length, 1);
  assert.ok((shrunk.documents[0] as string).length <= 6_144);
  assert.equal(allowed(shrunk.documents, shrunk.wildcards), allowed(plain.documents, []));
});

test.run();
