/** What a person reads on stderr after a run: policies, principals, files, notes, warnings. */
import type { Colors } from 'picocolors/types.js';
import type { IamBundle, Move, PackingInfo, PrincipalUse, ShrinkInfo } from '../model/bundle.ts';
import { terminalLine, terminalSentence } from '../text/terminal.ts';
import type { WriteResult } from '../write.ts';
import { formatProblem } from './errors.ts';
import { type Cell, formatTable, hang } from './table.ts';

export const WIDEST = 120;
const BAR_CELLS = 8;
/** From here on a bar is painted as nearly full. */
const NEARLY_FULL = 0.9;

export interface SummaryOptions {
  readonly colors: Colors;
  /** Characters per line; more than 120 is not used. */
  readonly width?: number;
  /** How the target's folder is shown, e.g. `out/core`. */
  readonly folder: string;
  /** What was merged into each of the user's values files. */
  readonly values?: readonly MergedInto[];
}

/** What was merged into a values file. */
export interface MergedInto {
  readonly shownAs: string;
  readonly merged: readonly string[];
  readonly notes?: readonly string[];
}

/** What of a generation the summary tells. */
export interface Summarized {
  readonly bundle: Pick<
    IamBundle,
    | 'policyType'
    | 'policies'
    | 'principals'
    | 'existing'
    | 'roles'
    | 'packing'
    | 'moves'
    | 'replacements'
    | 'shrink'
    | 'warnings'
  >;
  readonly notes: readonly string[];
}

/**
 * Text that ends with a newline; no line ends with a blank.
 * @param result what was done on disk; without it no files are told
 */
export function formatSummary(
  generation: Summarized,
  result: WriteResult | undefined,
  options: SummaryOptions,
): string {
  const { bundle, notes } = generation;
  const { colors } = options;
  const width = Math.min(options.width ?? WIDEST, WIDEST);
  const sections = [
    policyTable(bundle, colors, width),
    principalTable(bundle, colors, width),
    packingLines(bundle.packing, width),
    wildcardList(bundle.shrink, colors, width),
    moveList(bundle.moves, colors, width),
    ...(result === undefined
      ? []
      : [
          fileList(result, options.folder, colors),
          valuesList(options.values ?? [], colors, width),
        ]),
    [...new Set(notes)].map((note) => hang('note: ', terminalSentence(note), width)).join('\n'),
    [...bundle.replacements, ...bundle.warnings]
      .map((warning) => formatProblem(warning, { colors, level: 'warning', width }))
      .join('\n'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Whether fewer policies could do (`lower-bound.ts`); nothing to say of one. */
function boundText(policies: number, lowerBound: number): string {
  if (policies === 1) return '';
  return policies === lowerBound
    ? '; without new wildcards no fewer can hold them'
    : `; at least ${lowerBound} are needed without new wildcards`;
}

/** How many policies there could be at the least, for every set of groups packed together. */
function packingLines(packing: readonly PackingInfo[], width: number): string {
  return packing
    .map(({ principals, groups, policies, lowerBound }) => {
      const what = `${groups.length} ${groups.length === 1 ? 'group' : 'groups'}`;
      const count = `${policies} ${policies === 1 ? 'policy' : 'policies'}`;
      const text = `${what} in ${count}${boundText(policies, lowerBound)}.`;
      return hang(`packed for ${principals.join(', ')}: `, text, width);
    })
    .join('\n');
}

/** Each wildcard and what it stands for. */
function wildcardList(shrink: ShrinkInfo | undefined, colors: Colors, width: number): string {
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
function moveList(moves: readonly Move[], colors: Colors, width: number): string {
  if (moves.length === 0) return '';
  const count = moves.reduce((sum, { grants }) => sum + grants.length, 0);
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
  const gainers = [...new Set(moves.map(({ to }) => to))].join(', ');
  const losers = [...new Set(moves.map(({ from }) => from))].join(', ');
  const advice =
    `While this is applied, permissions have a gap. The safe order: first add (${gainers}), ` +
    `then remove (${losers}).`;
  const title = `Moved: ${count} ${count === 1 ? 'grant changes its' : 'grants change their'} policy`;
  return [colors.bold(title), ...lines, hang('  ', advice, width)].join('\n');
}

function policyTable(
  { policies, policyType }: Summarized['bundle'],
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

function principalTable(bundle: Summarized['bundle'], colors: Colors, width: number): string {
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

function entityNames(principal: PrincipalUse, bundle: Summarized['bundle']): readonly string[] {
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

function fullnessPaint(fullness: number, colors: Colors): (line: string) => string {
  if (fullness > 1) return colors.red;
  return fullness > NEARLY_FULL ? colors.yellow : colors.green;
}

function fileList(result: WriteResult, folder: string, colors: Colors): string {
  const { written, unchanged, removed } = result;
  const counts = [
    [written.length, 'written'],
    [unchanged.length, 'unchanged'],
    [removed.length, 'removed'],
  ] as const;
  return [
    `${colors.bold(`Files in ${terminalLine(folder)}/`)}  ${counts
      .filter(([count]) => count > 0)
      .map(([count, what]) => `${count} ${what}`)
      .join(', ')}`,
    ...written.map((path) => `  ${colors.green('+')} ${terminalLine(path)}`),
    ...removed.map((path) => `  ${colors.red('-')} ${terminalLine(path)}`),
  ].join('\n');
}

function valuesList(
  values: NonNullable<SummaryOptions['values']>,
  colors: Colors,
  width: number,
): string {
  if (values.length === 0) return '';
  const lines = values.flatMap(({ shownAs, merged, notes = [] }) =>
    merged.length === 0
      ? [`    ${terminalLine(shownAs)}: unchanged`]
      : [
          hang(`  ${colors.green('+')} `, terminalLine(`${shownAs}: ${merged.join(', ')}`), width),
          ...notes.map((note) => hang('    note: ', terminalSentence(note), width)),
        ],
  );
  return [colors.bold('Merged into pack values'), ...lines].join('\n');
}
