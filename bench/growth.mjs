// How packing time grows between two numbers of statements: both in one process, in turns, so that
// a machine that slows down slows both. Prints, as JSON, the exponent of the number.
//   node bench/growth.mjs 1000 10000
import { generateStatements } from './generate.mjs';
import { median, milliseconds } from './measure.mjs';
import { groupsOf, inputOf, pack } from './pack.mjs';

const ROUNDS = 5;
/** Milliseconds after which no further round begins. */
const BUDGET = 40_000;

const [few, many] = process.argv.slice(2).map(Number);
const inputs = [few, many].map((count) => inputOf(groupsOf(generateStatements(count))));
// As much work for the small one, were time to grow as the number does.
const runs = [Math.round(many / few), 1];

const round = () =>
  inputs.map((input, index) =>
    median(Array.from({ length: runs[index] }, () => milliseconds(() => pack(input)))),
  );

const start = performance.now();
const ratios = [];
const warmUp = round();
// Such long runs warm themselves.
if (performance.now() - start > BUDGET / 2) ratios.push(warmUp[1] / warmUp[0]);
while (ratios.length === 0 || (ratios.length < ROUNDS && performance.now() - start < BUDGET)) {
  const [small, large] = round();
  ratios.push(large / small);
}
console.log(
  JSON.stringify({
    exponent: Math.log(median(ratios)) / Math.log(many / few),
    rounds: ratios.length,
  }),
);
