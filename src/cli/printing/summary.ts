/**
 * What a person reads on stderr after a run.
 *
 * 1. By default it fits a screen of 24 lines of 80 characters, whatever was selected: the policies,
 *    the files that changed, what the reader can act on, and the next command. What is many is
 *    folded into one line, and what is left out is counted.
 * 2. `--verbose` tells all of it.
 */
import type { Colors } from 'picocolors/types.js';
import { shown } from '../../emit/open-parameters.ts';
import type { WriteResult } from '../../files/write.ts';
import type { IamBundle, ManagedPolicy, NarrowingInfo } from '../../model/bundle.ts';
import { terminalLine, terminalSentence } from '../../text/terminal.ts';
import { warningText } from './errors.ts';
import {
  bar,
  briefMoves,
  fullnessPaint,
  moveList,
  packingLines,
  policyTable,
  principalTable,
  wildcardList,
} from './summary-details.ts';
import { formatTable, hang } from './table.ts';

export const WIDEST = 120;
/** Of the short form (rule 1). */
const SCREEN = { lines: 24, width: 80 };
const MOST_POLICIES = 6;
/** Beside grants that change their policy, which take room. */
const MOST_BESIDE_MOVES = 3;
const MOST_FILES = 6;

export interface SummaryOptions {
  readonly colors: Colors;
  /** Characters per line; more than 120 is not used. */
  readonly width?: number;
  /** How the target's folder is shown, e.g. `out/core`. */
  readonly folder: string;
  /** What was merged into each of the user's values files. */
  readonly values?: readonly MergedInto[];
  readonly isVerbose?: boolean;
  /** The command that says what is left to do. */
  readonly next?: string;
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
    | 'narrowing'
    | 'shrink'
    | 'warnings'
    | 'pendingPermissions'
  >;
  readonly notes: readonly string[];
}

/**
 * Text that ends with a newline; no line ends with a blank.
 * @param result what was done on disk; without it no files are listed
 */
export function formatSummary(
  generation: Summarized,
  result: WriteResult | undefined,
  options: SummaryOptions,
): string {
  const sections = options.isVerbose
    ? everything(generation, result, options)
    : briefly(generation, result, options);
  return `${joined(sections)}\n`;
}

function joined(sections: readonly string[]): string {
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Rule 2. */
function everything(
  { bundle, notes }: Summarized,
  result: WriteResult | undefined,
  { colors, folder, values = [], width: columns = WIDEST }: SummaryOptions,
): readonly string[] {
  const width = Math.min(columns, WIDEST);
  return [
    policyTable(bundle, colors, width),
    principalTable(bundle, colors, width),
    packingLines(bundle.packing, width),
    narrowingLine(bundle.narrowing, width, true),
    wildcardList(bundle.shrink, colors, width),
    moveList(bundle.moves, colors, width),
    ...(result === undefined
      ? []
      : [fileList(result, folder, colors), valuesList(values, colors, width)]),
    [...new Set(notes)].map((note) => hang('note: ', terminalSentence(note), width)).join('\n'),
    [...bundle.replacements, ...bundle.warnings]
      .map((warning) => warningText(warning, { colors, width, isVerbose: true }))
      .join('\n'),
  ];
}

/** Rule 1. */
function briefly(
  generation: Summarized,
  result: WriteResult | undefined,
  options: SummaryOptions,
): readonly string[] {
  const { colors, folder, values = [], next } = options;
  const width = Math.min(options.width ?? SCREEN.width, SCREEN.width);
  const { bundle } = generation;
  const above = [
    briefPolicies(bundle, colors, width),
    narrowingLine(bundle.narrowing, width, false),
    briefMoves(bundle.moves, colors, width),
    ...(result === undefined
      ? []
      : [briefFiles(result, folder, colors, width), valuesList(values, colors, width)]),
  ];
  const isNew = result !== undefined && !isUnchanged(result);
  const advice = isNew && next !== undefined ? nextLine(next, width) : '';
  // The line that counts what is not shown, and the blank lines around the warnings.
  const newer = pendingLine(bundle.pendingPermissions, width);
  const room = SCREEN.lines - linesOf(joined(above)) - linesOf(advice) - linesOf(newer) - 3;
  const [shown, left] = fitting(generation, colors, { width, room });
  const hidden = leftOut(generation, left, width);
  const last = [advice, newer, hidden].filter((line) => line !== '').join('\n');
  return [...above, shown, last];
}

/** What `gen outdated` lists. */
function pendingLine(count: number, width: number): string {
  if (count === 0) return '';
  const what = count === 1 ? '1 permission was' : `${count} permissions were`;
  return hang('', `${what} added upstream since this target's revision: run gen outdated.`, width);
}

/** What `--narrow` did, so that nobody has to look for it. */
function narrowingLine(
  narrowing: NarrowingInfo | undefined,
  width: number,
  isVerbose: boolean,
): string {
  if (narrowing === undefined) return '';
  const { to, groups, left } = narrowing;
  const arns = groups.reduce((sum, group) => sum + group.arns, 0);
  const places = to.map(shown).join(' and ');
  const names = isVerbose
    ? `: ${groups.map(({ id, arns: own }) => `${id} ${own}`).join(', ')}`
    : '';
  const rest =
    left === 0
      ? ''
      : ` ${left === 1 ? '1 stays' : `${left} stay`} as documented, to reach what is AWS's or of no region.`;
  const what = `${arns} ${arns === 1 ? 'ARN' : 'ARNs'} of ${groups.length} ${groups.length === 1 ? 'group' : 'groups'}`;
  return hang('', terminalSentence(`Narrowed to ${places}: ${what}${names}.${rest}`), width);
}

function linesOf(text: string): number {
  return text === '' ? 0 : text.split('\n').length;
}

/**
 * The warnings that the reader can act on, and how many are left: all that are about a line of the
 * reader's own files, and of the others as many as there is room for.
 */
function fitting(
  { bundle }: Summarized,
  colors: Colors,
  { width, room }: { readonly width: number; readonly room: number },
): readonly [string, number] {
  const actionable = [
    ...bundle.replacements,
    ...bundle.warnings.filter(({ isDocumented }) => isDocumented !== true),
  ];
  const shown: string[] = [];
  const placedFirst = [
    ...actionable.filter(({ place }) => place !== undefined),
    ...actionable.filter(({ place }) => place === undefined),
  ];
  for (const warning of placedFirst) {
    const text = warningText(warning, { colors, width, isVerbose: false });
    // At least one is shown.
    const isShown = shown.length === 0 || warning.place !== undefined;
    if (!isShown && linesOf([...shown, text].join('\n')) > room) break;
    shown.push(text);
  }
  return [shown.join('\n'), actionable.length - shown.length];
}

/** What only `--verbose` tells, counted. */
function leftOut({ bundle, notes }: Summarized, warnings: number, width: number): string {
  const documented = bundle.warnings.filter(({ isDocumented }) => isDocumented).length;
  const counts = [
    [warnings, 'more warning'],
    [new Set(notes).size, 'note'],
    [documented, 'redundancy of the documents', 'redundancies of the documents'],
    [bundle.shrink?.wildcards.length ?? 0, 'wildcard'],
  ] as const;
  const texts = counts
    .filter(([count]) => count > 0)
    .map(([count, one, many = `${one}s`]) => `${count} ${count === 1 ? one : many}`);
  if (texts.length === 0) return '';
  return hang('', `--verbose also shows ${texts.join(', ')}.`, width);
}

function nextLine(next: string, width: number): string {
  const line = `Next: ${next}`;
  return line.length <= width ? line : 'Next: gen howto, with the same options';
}

function briefPolicies(
  { policies, policyType, moves }: Summarized['bundle'],
  colors: Colors,
  width: number,
): string {
  if (policies.length === 0) return 'No policy of our own is needed.';
  const most = moves.length > 0 ? MOST_BESIDE_MOVES : MOST_POLICIES;
  const title = policyType === 'inline' ? 'Inline in' : 'Attached to';
  const sizes = policies.map(({ size, worstSize }) => `${worstSize > size ? '≤' : ''}${worstSize}`);
  const digits = Math.max(...sizes.map((text) => text.length));
  const rows = policies.map(({ name, worstSize, limit, attachTo }, at) => ({
    name: terminalLine(name),
    characters: `${bar(worstSize / limit)} ${sizes[at]?.padStart(digits)}/${limit}`,
    fullness: worstSize / limit,
    attachTo: attachTo.join(', ') || '(nobody)',
  }));
  const longest = (key: 'name' | 'characters' | 'attachTo', least: string): number =>
    Math.max(least.length, ...rows.map((row) => row[key].length));
  const bare = longest('name', 'Policy') + 2 + longest('characters', 'Characters');
  if (policies.length > most || bare > width) return foldedPolicies(policies, width);
  const isRoomy = bare + 2 + longest('attachTo', title) <= width;
  return formatTable(
    [{ title: 'Policy' }, { title: 'Characters', fixed: true }, ...(isRoomy ? [{ title }] : [])],
    rows.map(({ name, characters, fullness, attachTo }) => [
      { text: name },
      { text: characters, paint: fullnessPaint(fullness, colors) },
      { text: attachTo },
    ]),
    width,
    colors.bold,
  );
}

function foldedPolicies(policies: readonly ManagedPolicy[], width: number): string {
  const fullest = policies.reduce((a, b) => (fullnessOf(b) > fullnessOf(a) ? b : a));
  const { name, worstSize, limit } = fullest;
  const count = `${policies.length} ${policies.length === 1 ? 'policy' : 'policies'}`;
  return hang(
    '',
    terminalSentence(`${count}; the fullest is ${name}, ${worstSize}/${limit} characters.`),
    width,
  );
}

function fullnessOf({ worstSize, limit }: ManagedPolicy): number {
  return worstSize / limit;
}

const SIGNS = [
  ['changed', '~', 'yellow'],
  ['added', '+', 'green'],
  ['removed', '-', 'red'],
] as const;
const WORDS = { changed: 'changed', added: 'new', removed: 'removed', unchanged: 'unchanged' };

export function isUnchanged({ added, changed, removed }: WriteResult): boolean {
  return added.length + changed.length + removed.length === 0;
}

/** How many files of each kind, in words. */
export function countsOf(result: WriteResult): string {
  return (['changed', 'added', 'removed', 'unchanged'] as const)
    .filter((kind) => result[kind].length > 0)
    .map((kind) => `${result[kind].length} ${WORDS[kind]}`)
    .join(', ');
}

function fileTitle(result: WriteResult, folder: string, colors: Colors): string {
  return `${colors.bold(`${terminalLine(folder)}/`)}  ${countsOf(result)}`;
}

function fileList(result: WriteResult, folder: string, colors: Colors): string {
  return [
    fileTitle(result, folder, colors),
    ...SIGNS.flatMap(([kind, sign, color]) =>
      result[kind].map((path) => `  ${colors[color](sign)} ${terminalLine(path)}`),
    ),
  ].join('\n');
}

/** Many files of one kind are listed by their folders. */
function briefFiles(result: WriteResult, folder: string, colors: Colors, width: number): string {
  const count = SIGNS.reduce((sum, [kind]) => sum + result[kind].length, 0);
  if (count <= MOST_FILES) return fileList(result, folder, colors);
  const lines = SIGNS.filter(([kind]) => result[kind].length > 0).map(([kind, sign, color]) => {
    const folders = new Map<string, number>();
    for (const path of result[kind]) {
      const top = path.includes('/') ? `${path.slice(0, path.indexOf('/'))}/` : path;
      folders.set(top, (folders.get(top) ?? 0) + 1);
    }
    const text = [...folders].map(([name, files]) => (files === 1 ? name : `${name} ${files}`));
    return hang('    ', terminalSentence(text.join(', ')), width).replace(
      '   ',
      `  ${colors[color](sign)}`,
    );
  });
  return [fileTitle(result, folder, colors), ...lines].join('\n');
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
