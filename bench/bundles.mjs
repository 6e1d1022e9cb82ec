// Random bundles of AWS managed policies, beside aws-cdk-lib or, with --shrink, with and without
// wildcards. Ends with 1 where a target is missed.
//   node bench/build.mjs && node bench/bundles.mjs [--seeds 1-60] [--shrink] [--list]
import { parseArgs } from 'node:util';
import { compareBundle } from './compare-bundle.mjs';
import { bundleOf } from './managed-policies.mjs';
import { median } from './measure.mjs';
import { isMissed, renderTable } from './table.mjs';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-60' },
    shrink: { type: 'boolean' },
    list: { type: 'boolean' },
  },
});
const [first, last = first] = values.seeds.split('-').map(Number);

// Loaded only where it is asked for: with the action catalogue it is large.
const { shrinkBundle } = values.shrink ? await import('./shrink-bundle.mjs') : {};
/** @type {any[]} Of two shapes, by --shrink. */
const bundles = Array.from({ length: last - first + 1 }, (_, index) => {
  const seed = first + index;
  return { seed, ...(shrinkBundle ?? compareBundle)(bundleOf(seed)) };
});
/** @type {{ title: string, figures: any[] }} */
const section = {
  title: `${bundles.length} bundles of 3 to 14 AWS managed policies`,
  figures: values.shrink ? shrinkFigures() : figures(),
};
console.log(renderTable([section]));
if (values.list) {
  for (const each of bundles) console.log(values.shrink ? shrinkLineOf(each) : lineOf(each));
}
if (section.figures.some(isMissed)) process.exitCode = 1;

function count(what) {
  return bundles.filter(what).length;
}

function sum(list, size) {
  return list.reduce((total, each) => total + each[size], 0);
}

function figures() {
  const exact = bundles.filter((each) => each.exact);
  return [
    {
      name: 'aws-cdk-lib grants something else than was asked for',
      value: bundles.length - exact.length,
    },
    {
      name: 'longer than aws-cdk-lib in one document',
      value: count((each) => each.longer),
    },
    {
      // gen writes condition values as strings in every format, as Terraform deploys them anyway.
      name: 'of these, not only by quotes around booleans and numbers',
      value: count((each) => each.longer && !each.longerByQuotes),
      most: 0,
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
  ];
}

function shrinkFigures() {
  const tried = bundles.filter(({ before }) => before > 1);
  return [
    { name: 'bundles of more than one policy', value: tried.length },
    {
      name: 'fewer policies with --shrink exact',
      value: count((each) => each.after < each.before),
    },
    { name: 'of these, with wildcards X*Y', value: count((each) => each.between > 0) },
    { name: 'of these, with wildcards for one action', value: count((each) => each.alone > 0) },
    { name: 'policies without wildcards', value: sum(tried, 'before') },
    { name: 'policies with wildcards', value: sum(tried, 'after') },
    { name: 'median time', value: median(tried.map(({ time }) => time)), unit: ' ms' },
  ];
}

function shrinkLineOf({ seed, before, after, wildcards, between, alone, time }) {
  return `seed ${seed} · policies ${before} → ${after} · wildcards ${wildcards}, X*Y ${between}, for one action ${alone} · ${Math.round(time)} ms`;
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
