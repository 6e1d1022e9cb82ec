// The versions of Node that gen starts on, from npm's packages of that name, and how many times the
// time of an empty process each start may take. An empty process of Node 22 or 24 takes less than
// half as long as one of Node 20.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const onNewer = { 'iam-json': 2.4, terraform: 3.6 };
const on20 = {
  'iam-json': 2.2,
  cloudformation: 2,
  pxk: 2,
  terraform: 3,
  'gen check of out/': 4.5,
};

export const NODES = [
  ['node20', on20],
  ['node22', onNewer],
  ['node24', onNewer],
].map(([name, limits]) => {
  const folder = new URL(`node_modules/${name}/`, import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  return { name: `Node ${version}`, binary: fileURLToPath(new URL('bin/node', folder)), limits };
});
