// How packing time grows between two numbers of statements: both in one process, in turns, so that
// a machine that slows down slows both. Prints, as JSON, the exponent of the number.
//   node bench/growth.mjs 1000 10000
// The same for one group of a kind of statements, packed and then packed again beside its policies;
// the exponent is that of the characters, since statements of some kinds grow with their number:
//   node bench/growth.mjs 40 160 random|crown|triangle|nearFull
import { generateStatements, ONE_GROUP } from './generate.mjs';
import { median, milliseconds } from './measure.mjs';
import { groupsOf, inputOf, pack, packTwice } from './pack.mjs';

const ROUNDS = 5;
/** Milliseconds after which no further round begins. */
const BUDGET = 40_000;

const [few, many] = process.argv.slice(2, 4).map(Number);
const kind = process.argv[4];
const inputs = [few, many].map((count) =>
  inputOf(kind === undefined ? groupsOf(generateStatements(count)) : [ONE_GROUP[kind](count)]),
);
const work = kind === undefined ? pack : packTwice;
const [small, large] = inputs.map((input) => JSON.stringify(input.requirements).length);
const growth = kind === undefined ? many / few : large / small;
// As much work for the small one, were time to grow as the number does.
const runs = [Math.round(many / few), 1];

const round = () =>
  inputs.map((input, index) =>
    median(Array.from({ length: runs[index] }, () => milliseconds(() => work(input)))),
  );

const start = performance.now();
const ratios = [];
const warmUp = round();
// Such long runs warm themselves.
if (performance.now() - start > BUDGET / 2) ratios.push(warmUp[1] / warmUp[0]);
while (ratios.length === 0 || (ratios.length < ROUNDS && performance.now() - start < BUDGET)) {
  const [short, long] = round();
  ratios.push(long / short);
}
console.log(
  JSON.stringify({
    exponent: Math.log(median(ratios)) / Math.log(growth),
    rounds: ratios.length,
  }),
);
