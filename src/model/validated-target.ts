/** Options to a target: checked by the rules, with the defaults of what is left out. */
import { FORMATS } from './bundle.ts';
import { GenError } from './errors.ts';
import type { Target, TargetOptions } from './target.ts';
import { targetFaults } from './target-rules.ts';

/**
 * The target that options describe, with its defaults; names that are given twice count once.
 * @throws GenError (exit 2) with everything that is wrong with the options
 */
export function withDefaults(options: TargetOptions): Target {
  // No type checker may have seen them.
  const untyped = Object(options) as Readonly<Record<string, unknown>>;
  const problems = targetFaults({ ...untyped, features: untyped.features ?? null }).map(
    ({ option, ...fault }) => ({
      ...fault,
      message: `\`${option}\`: ${fault.message}`,
    }),
  );
  if (problems.length > 0) throw new GenError(2, problems);
  const given = Object.fromEntries(
    Object.entries(options).filter(
      ([option, value]) => value !== undefined && NO_CHOICE[option] !== value,
    ),
  ) as unknown as Target;
  const target = { ...DEFAULTS, ...given };
  return {
    ...target,
    formats: [...new Set(target.formats)],
    paletteRoles: distinctNames(target.paletteRoles),
    paletteUsers: distinctNames(target.paletteUsers),
    paletteGroups: distinctNames(target.paletteGroups),
    nodeRoles: distinctNames(target.nodeRoles),
    ...(target.allowRolePatterns === undefined
      ? {}
      : { allowRolePatterns: [...new Set(target.allowRolePatterns)] }),
  };
}

/** Words for leaving an option out. */
const NO_CHOICE: Readonly<Record<string, string>> = { shrink: 'off', cniPrincipal: 'node' };

const DEFAULTS = {
  formats: FORMATS,
  mergeMode: 'auto',
  policyType: 'managed',
  stackset: false,
  parameters: new Map<string, string>(),
  namePrefix: '',
  paletteRoles: [],
  paletteUsers: [],
  paletteGroups: [],
  nodeRoles: [],
  path: '/',
  tags: new Map<string, string>(),
  reserve: 0,
} as const satisfies Partial<Target>;

/** IAM tells names apart without regard to case. */
function distinctNames(names: readonly string[]): readonly string[] {
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()];
}
