// Random bundles of AWS managed policies, beside aws-cdk-lib. Ends with 1 where a target is missed.
//   node bench/build.mjs && node bench/bundles.mjs [--seeds 1-60] [--list]
import { parseArgs } from 'node:util';
import { compareBundle } from './compare-bundle.mjs';
import { bundleOf } from './managed-policies.mjs';
import { isMissed, renderTable } from './table.mjs';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1-60' }, list: { type: 'boolean' } },
});
const [first, last = first] = values.seeds.split('-').map(Number);

const compared = Array.from({ length: last - first + 1 }, (_, index) => {
  const seed = first + index;
  return { seed, ...compareBundle(bundleOf(seed)) };
});
const section = sectionOf(compared);
console.log(renderTable([section]));
if (values.list) for (const each of compared) console.log(lineOf(each));
if (section.figures.some(isMissed)) process.exitCode = 1;

function sectionOf(bundles) {
  const exact = bundles.filter((each) => each.exact);
  const count = (what) => bundles.filter(what).length;
  const sum = (list, size) => list.reduce((total, each) => total + each[size], 0);
  return {
    title: `${bundles.length} bundles of 3 to 14 AWS managed policies`,
    figures: [
      {
        name: 'aws-cdk-lib grants something else than was asked for',
        value: bundles.length - exact.length,
      },
      {
        name: 'longer than aws-cdk-lib in one document',
        value: count((each) => each.longer),
        most: 0,
      },
      {
        name: 'of these, only by quotes around booleans and numbers',
        value: count((each) => each.longerByQuotes),
      },
      { name: 'characters together, in one document each', value: sum(exact, 'ours') },
      { name: 'aws-cdk-lib: characters together', value: sum(exact, 'theirs') },
      { name: 'policies', value: sum(bundles, 'policies') },
      { name: 'policies that the characters need', value: sum(bundles, 'needed') },
      {
        name: 'more policies than the characters need, without proof',
        value: count((each) => each.unproven),
        most: 0,
      },
      {
        name: 'more policies proven than are needed',
        value: count((each) => each.falseBound),
        most: 0,
      },
    ],
  };
}

function lineOf({ seed, ours, theirs, exact, policies, needed, left, lowerBound, ...faults }) {
  const found = Object.entries(faults)
    .filter(([, is]) => is)
    .map(([name]) => name);
  const figures = [
    `seed ${seed}`,
    `gen ${ours}`,
    `aws-cdk-lib ${theirs}${exact ? '' : ' (not exact)'}`,
    `policies ${policies}, needed ${needed} with ${left} characters left, at least ${lowerBound}`,
  ];
  return [...figures, ...found].join(' · ');
}
