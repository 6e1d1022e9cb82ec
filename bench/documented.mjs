// The documented policies, as test/reference/ holds them; the CAPA stack's four left out, which
// belong to roles of their own.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const reference = new URL('../test/reference/', import.meta.url);
const read = (path) => readFileSync(new URL(path, reference), 'utf8');

const index = parse(read('index.yaml')).filter(({ file }) => !file.includes('#'));

/** What `--features core,eks,host-groups` selects. */
const CORE_EKS_HOST_GROUPS = [
  'palette-controllers',
  'palette-control-plane',
  'palette-nodes',
  'palette-deployment',
  'palette-controllers-eks',
  'palette-host-resource-groups',
];

/** For each named set, the statements of each document, as written. */
export const DOCUMENTED = [
  ['core + eks + host-groups', index.filter(({ id }) => CORE_EKS_HOST_GROUPS.includes(id))],
  ['all 14 documents', index],
].map(([name, entries]) => ({
  name,
  documents: entries.map(({ file }) => JSON.parse(read(file)).Statement),
}));

const listed = (value) => (Array.isArray(value) ? value : [value]);

/** A documented statement in the packer's form: lists everywhere, of texts in a condition. */
export function withLists(statement) {
  const lists = Object.fromEntries(
    ['Action', 'NotAction', 'Resource', 'NotResource']
      .filter((key) => statement[key] !== undefined)
      .map((key) => [key, listed(statement[key])]),
  );
  if (statement.Condition === undefined) return { ...statement, ...lists };
  const condition = Object.entries(statement.Condition).map(([operator, keys]) => [
    operator,
    Object.fromEntries(
      Object.entries(keys).map(([key, value]) => [key, listed(value).map(String)]),
    ),
  ]);
  return { ...statement, ...lists, Condition: Object.fromEntries(condition) };
}
