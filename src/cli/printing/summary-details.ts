/** What only `--verbose` shows: where packing had a choice, what wildcards stand for, who holds what. */
import type { Colors } from 'picocolors/types.js';
import type { IamBundle, Move, PackingInfo, PrincipalUse, ShrinkInfo } from '../../model/bundle.ts';
import { terminalLine } from '../../text/terminal.ts';
import { type Cell, formatTable, hang } from './table.ts';

const BAR_CELLS = 8;
/** From here on a bar is painted as nearly full. */
const NEARLY_FULL = 0.9;

type Summarized = Pick<IamBundle, 'policyType' | 'policies' | 'principals' | 'existing' | 'roles'>;

/** Whether fewer policies could do (`lower-bound.ts`); nothing to say of one. */
function boundText(policies: number, lowerBound: number): string {
  if (policies === 1) return '';
  return policies === lowerBound
    ? '; without new wildcards no fewer can hold them'
    : `; at least ${lowerBound} are needed without new wildcards`;
}

/** How many policies there could be at the least, for every set of groups packed together. */
export function packingLines(packing: readonly PackingInfo[], width: number): string {
  return packing
    .map(({ principals, groups, policies, lowerBound }) => {
      const what = `${groups.length} ${groups.length === 1 ? 'group' : 'groups'}`;
      const count = `${policies} ${policies === 1 ? 'policy' : 'policies'}`;
      const text = `${what} in ${count}${boundText(policies, lowerBound)}.`;
      return hang(`${principals.join(', ')}: `, text, width);
    })
    .join('\n');
}

/** Each wildcard and what it stands for. */
export function wildcardList(
  shrink: ShrinkInfo | undefined,
  colors: Colors,
  width: number,
): string {
  if (shrink === undefined) return '';
  const { wildcards, catalogueDate } = shrink;
  const title = `Wildcards, exact by the action catalogue of ${catalogueDate}`;
  if (wildcards.length === 0) return `${colors.bold(title)}: none, because none saves a policy`;
  const lines = wildcards.map(({ pattern, standsFor }) =>
    hang(`  ${pattern} = `, standsFor.map(nameOnly).join(', '), width),
  );
  return [colors.bold(title), ...lines].join('\n');
}

/** An action without its service, which the pattern before it names. */
function nameOnly(action: string): string {
  return action.slice(action.indexOf(':') + 1);
}

/** Every grant that changes its policy, and the order in which that is safe. */
export function moveList(moves: readonly Move[], colors: Colors, width: number): string {
  if (moves.length === 0) return '';
  const lines = moves.flatMap(({ from, to, grants }) => {
    const byScope = new Map<string, string[]>();
    for (const { action, resource, condition } of grants) {
      const under = condition === undefined ? '' : ` under ${Object.keys(condition).join(', ')}`;
      const scope = terminalLine(`on ${resource}${under}`);
      byScope.set(scope, [...(byScope.get(scope) ?? []), action]);
    }
    return [
      `  ${from} → ${to}`,
      ...[...byScope].map(([scope, actions]) =>
        hang('    ', `${actions.join(', ')} ${scope}`, width),
      ),
    ];
  });
  return [movesTitle(moves, colors), ...lines, safeOrder(moves, width)].join('\n');
}

/** Pairs of policies that the short form names. */
const MOST_PAIRS = 3;

/** How many grants change their policy, between which, and the order in which that is safe. */
export function briefMoves(moves: readonly Move[], colors: Colors, width: number): string {
  if (moves.length === 0) return '';
  const named = moves.slice(0, moves.length > MOST_PAIRS ? MOST_PAIRS - 1 : MOST_PAIRS);
  const rest = moves.length - named.length;
  return [
    movesTitle(moves, colors),
    ...named.map(({ from, to, grants }) => hang('  ', `${from} → ${to}: ${grants.length}`, width)),
    ...(rest === 0 ? [] : [`  and between ${rest} more pairs of policies`]),
    safeOrder(moves, width, MOST_PAIRS),
  ].join('\n');
}

function movesTitle(moves: readonly Move[], colors: Colors): string {
  const count = moves.reduce((sum, { grants }) => sum + grants.length, 0);
  return colors.bold(
    `Moved: ${count} ${count === 1 ? 'grant changes its' : 'grants change their'} policy`,
  );
}

/** @param most policies that are named; more are counted */
function safeOrder(moves: readonly Move[], width: number, most = Number.POSITIVE_INFINITY): string {
  const named = (policies: readonly string[]): string => {
    const each = [...new Set(policies)];
    return each.length > most ? `${each.length} policies` : each.join(', ');
  };
  const gainers = named(moves.map(({ to }) => to));
  const losers = named(moves.map(({ from }) => from));
  const advice =
    `If this is applied in one go, these permissions are missing for a moment. To be safe, first add them to ` +
    `${gainers}, then remove them from ${losers}.`;
  return hang('  ', advice, width);
}

export function policyTable(
  { policies, policyType }: Summarized,
  colors: Colors,
  width: number,
): string {
  if (policies.length === 0) return 'No policy of our own is needed.';
  const digits = Math.max(...policies.map((policy) => String(policy.size).length));
  return formatTable(
    [
      { title: 'Policy' },
      { title: 'Characters', fixed: true },
      { title: 'Groups in it' },
      { title: policyType === 'inline' ? 'Inline in' : 'Attached to' },
    ],
    policies.map((policy) => {
      const fullness = policy.worstSize / policy.limit;
      const worst = policy.worstSize === policy.size ? '' : `, ${policy.worstSize} at worst`;
      return [
        { text: policy.name },
        {
          text: `${bar(fullness)} ${String(policy.size).padStart(digits)}/${policy.limit}${worst}`,
          paint: fullnessPaint(fullness, colors),
        },
        { text: policy.groups.join(', ') },
        { text: policy.attachTo.join(', ') || '(nobody)' },
      ];
    }),
    width,
    colors.bold,
  );
}

export function principalTable(bundle: Summarized, colors: Colors, width: number): string {
  const { principals } = bundle;
  if (principals.length === 0) return '';
  const digits = Math.max(...principals.map((principal) => String(principal.attached).length));
  const inlineDigits = Math.max(
    ...principals.map((principal) => String(principal.inline?.size ?? 0).length),
  );
  return formatTable(
    [
      { title: 'Principal' },
      { title: 'Role or user' },
      { title: 'Attached', fixed: true },
      { title: 'Characters', fixed: true },
      { title: 'AWS managed' },
      { title: 'Attached by others' },
    ],
    principals.map((principal): readonly Cell[] => {
      const fullness = principal.attached / principal.limit;
      return [
        { text: principal.id },
        { text: entityNames(principal, bundle).join(', ') },
        {
          text: `${bar(fullness)} ${String(principal.attached).padStart(digits)}/${principal.limit}`,
          paint: fullnessPaint(fullness, colors),
        },
        inlineCell(principal, inlineDigits, colors),
        { text: principal.awsManagedPolicies.map((policy) => nameOf(policy)).join(', ') },
        { text: principal.attachedByOthers.map((policy) => nameOf(policy)).join(', ') },
      ];
    }),
    width,
    colors.bold,
  );
}

/** AWS counts the characters of all inline policies of a role or user together. */
function inlineCell({ inline }: PrincipalUse, digits: number, colors: Colors): Cell {
  if (inline === undefined) return { text: '' };
  return {
    text: `inline ${String(inline.size).padStart(digits)}/${inline.limit}`,
    paint: fullnessPaint(inline.size / inline.limit, colors),
  };
}

function entityNames(principal: PrincipalUse, bundle: Summarized): readonly string[] {
  const given = bundle.existing
    .filter((attachment) => attachment.principal === principal.id)
    .map((attachment) => attachment.name);
  const known = principal.name === undefined ? [] : [principal.name];
  return given.length > 0 && !principal.created ? given : known;
}

/** `service-role/AmazonEBSCSIDriverPolicy` → the name, as the console shows it. */
function nameOf(awsManagedPolicy: string): string {
  return awsManagedPolicy.slice(awsManagedPolicy.lastIndexOf('/') + 1);
}

/** Anything at all shows as one cell; only what is full shows as full. */
export function bar(fullness: number): string {
  const cells =
    fullness >= 1 ? BAR_CELLS : Math.min(Math.ceil(fullness * BAR_CELLS), BAR_CELLS - 1);
  return '█'.repeat(cells) + '░'.repeat(BAR_CELLS - cells);
}

export function fullnessPaint(fullness: number, colors: Colors): (line: string) => string {
  if (fullness > 1) return colors.red;
  return fullness > NEARLY_FULL ? colors.yellow : colors.green;
}
