/**
 * Parameters that a format finds out where it is deployed.
 *
 * 1. Where such a format is asked for and no value is given, the parameter stays open in the bundle,
 *    though it has a default; what is merged, proven and measured then holds for every value.
 * 2. The formats that write literals take the default: for them `closeDefaults` puts it in.
 * 3. Manifests tell closed documents, so that grants stay where they were when other formats are
 *    asked for: a previous run is opened where the present one is open.
 */
import type { Format, IamBundle, ManagedPolicy, Move, Role, User } from '../model/bundle.ts';
import { CAPABILITIES } from '../model/format-capabilities.ts';
import { render } from '../model/parameter.ts';
import type { PreviousPolicy } from '../model/previous-run.ts';
import type { Groups } from './groups.ts';

/** Of all values those that stay open (rule 1), and the others. */
export function splitDefaults(
  values: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, string>,
  formats: readonly Format[],
): {
  readonly fixed: ReadonlyMap<string, string>;
  readonly defaults: ReadonlyMap<string, string>;
} {
  const open = new Set(formats.flatMap((format) => CAPABILITIES[format].findsOut));
  const isOpen = ([name]: readonly [string, string]) => open.has(name) && !given.has(name);
  return {
    fixed: new Map([...values].filter((entry) => !isOpen(entry))),
    defaults: new Map([...values].filter(isOpen)),
  };
}

/** The bundle as formats that write literals take it (rule 2). */
export function closeDefaults(bundle: IamBundle): IamBundle {
  const { defaults } = bundle;
  if (defaults.size === 0) return bundle;
  return {
    ...bundle,
    // Sizes stay: they count what the open formats write.
    policies: bundle.policies.map((policy): ManagedPolicy => closeText(policy, defaults)),
    roles: bundle.roles.map((role): Role => closeText(role, defaults)),
    users: bundle.users.map((user): User => closeText(user, defaults)),
    moves: bundle.moves.map((move): Move => closeText(move, defaults)),
    values: new Map([...bundle.values, ...defaults]),
    defaults: new Map(),
    partition: render(bundle.partition, defaults),
  };
}

/** The previous run in the present one's words (rule 3), which may name a default as a literal too. */
export function openDefaults(
  previous: readonly PreviousPolicy[],
  groups: Groups,
  defaults: ReadonlyMap<string, string>,
): readonly PreviousPolicy[] {
  if (defaults.size === 0 || previous.length === 0) return previous;
  const open = new Map<string, string>();
  const literal = new Set<string>();
  for (const text of [...groups.values()].flatMap(({ statements }) => textsIn(statements))) {
    const closed = render(text, defaults);
    if (closed === text) literal.add(text);
    else open.set(closed, text);
  }
  const opened = (text: string): string => (literal.has(text) ? text : (open.get(text) ?? text));
  return previous.map((policy) => ({
    ...policy,
    statements: mapText(policy.statements, opened),
  }));
}

function closeText<T>(value: T, defaults: ReadonlyMap<string, string>): T {
  return mapText(value, (text) => render(text, defaults));
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}

/** Every string in a plain value, map keys included: a condition key may hold a parameter. */
function mapText<T>(value: T, text: (text: string) => string): T {
  const map = (inner: unknown): unknown => {
    if (typeof inner === 'string') return text(inner);
    if (Array.isArray(inner)) return inner.map(map);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, item]) => [text(key), map(item)]));
  };
  return map(value) as T;
}
