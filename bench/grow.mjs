// Packs generated statements in a process of its own and prints, as JSON, how long a warm run takes
// and how much memory the process took at its peak.
//   node bench/grow.mjs statements|grants NUMBER [once]
// Where the time goes: node --cpu-prof --cpu-prof-dir=bench/dist bench/grow.mjs statements 10000
import { generateGrants, generateStatements } from './generate.mjs';
import { median, milliseconds } from './measure.mjs';
import { charactersOf, groupsOf, inputOf, pack } from './pack.mjs';

/** Milliseconds before measuring, of measuring, and at most where single runs are long. */
const WARM_UP = 500;
const MEASURED = 1_000;
const BUDGET = 20_000;
const RUNS = 5;

const [kind, number, once] = process.argv.slice(2);
const count = Number(number);
const statements = kind === 'grants' ? generateGrants(count) : generateStatements(count);
const input = inputOf(groupsOf(statements));

let documents;
const run = () => {
  documents = pack(input);
};
const times = [];
if (once === undefined) {
  const start = performance.now();
  let cold;
  while (performance.now() - start < WARM_UP) cold = milliseconds(run);
  // So long a run warms itself.
  if (cold > BUDGET / 2) times.push(cold);
  const warm = performance.now();
  const enough = () =>
    (times.length >= RUNS && performance.now() - warm > MEASURED) ||
    (times.length >= 1 && performance.now() - start > BUDGET);
  while (!enough()) times.push(milliseconds(run));
} else {
  times.push(milliseconds(run));
}

console.log(
  JSON.stringify({
    time: median(times),
    runs: times.length,
    policies: documents.length,
    characters: charactersOf(documents),
    // Kilobytes on every platform.
    megabytes: process.resourceUsage().maxRSS / 1024,
  }),
);
