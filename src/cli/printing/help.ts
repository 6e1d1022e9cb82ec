/** `--help`: what a command does, its flags by group, examples, exit codes; made from the tables. */
import {
  COMMANDS,
  type Command,
  DESCRIPTIONS,
  type Flag,
  OPTIONS,
  POSITIONALS,
} from '../arguments/flags.ts';
import { hang } from './table.ts';

/** Characters per line: what every terminal has. */
const WIDTH = 80;
/** What is longer than this does not push the descriptions of the others to the right. */
const LONG_FLAG = 24;
/** A blank at which no line is broken. */
const TIE = '\u00a0';

/** A command line and, where it is not plain from the line, what it is for. */
type Example = readonly [line: string, what: string];

/** At least two each; `gen` itself is `generate`. */
export const EXAMPLES: Readonly<Record<Command, readonly Example[]>> = {
  generate: [
    ['gen', 'the targets of gen.yaml, or core without it'],
    ['gen --features eks,cni-scoped --format terraform', 'a Terraform module'],
    ['gen --features iaas-dynamic --account-id 123456789012', 'minimum permissions for IaaS'],
    ['gen --features core,eks,host-groups --merge all', 'as few policies as possible'],
    ['gen --format terraform --stdout --only terraform/main.tf', 'one file, to look at'],
  ],
  check: [
    ['gen check', 'all targets of gen.yaml; in a pipeline'],
    ['gen check --target prod --quiet', 'one of them; only what is wrong is said'],
    ['gen check --features eks,cni-scoped --format terraform', 'what those flags have written'],
  ],
  init: [
    ['gen init', 'asks, where somebody sits at a terminal'],
    ['gen init --features eks,cni-scoped --format terraform --name prod', 'in a script'],
  ],
  diff: [
    ['gen diff HEAD~1:out/prod out/prod --fail-on widening', 'what became allowed?'],
    ['gen diff staging prod', 'two targets of gen.yaml'],
    ['gen diff documented latest --features eks --markdown', 'what would --as-of latest change?'],
  ],
  outdated: [
    ['gen outdated', 'all targets of gen.yaml'],
    ['gen outdated --features eks,cni-scoped --as-of 2026-01-01', ''],
  ],
  changelog: [
    ['gen changelog --from 2026-01-01', 'all groups'],
    ['gen changelog --features eks --markdown', 'those of a selection, to paste'],
  ],
  features: [
    ['gen features', 'what there is, and what it implies and excludes'],
    ['gen features --spec ./my-spec', 'with features of your own'],
  ],
  groups: [
    ['gen groups', 'the documented policies, their dates, amendments and errata'],
    ['gen groups --json', 'the same for a program'],
  ],
  howto: [
    ['gen howto --target prod', 'for a target of gen.yaml'],
    ['gen howto --features eks-dynamic,cni-scoped --format cloudformation', ''],
  ],
  completion: [
    ['gen completion bash > ~/.local/share/bash-completion/completions/gen', ''],
    ['eval "$(gen completion bash)"', 'in ~/.bashrc, without bash-completion'],
    ['gen completion zsh > ~/.zfunc/_gen', 'a folder of $fpath, before compinit'],
  ],
};

const DONE = 'done';
const WRONG = 'wrong usage, or a wrong spec; nothing is written';
const FULL = "it does not fit AWS's quotas";

export const EXIT_CODES: Readonly<Record<Command, Readonly<Record<number, string>>>> = {
  generate: {
    0: DONE,
    1: "a file stands in the way that was edited, or is not gen's; --force overwrites it",
    2: WRONG,
    3: FULL,
    130: 'interrupted (143 by SIGTERM); each target is as before, or new',
  },
  check: {
    0: 'everything is fresh',
    1: 'files are missing, stale, edited or obsolete; the diff is on stdout',
    2: WRONG,
    3: FULL,
    130: 'interrupted (143 by SIGTERM)',
  },
  init: {
    0: DONE,
    1: 'the file exists already (--force overwrites it), or values are still missing in it',
    2: WRONG,
    130: 'interrupted (143 by SIGTERM)',
  },
  diff: {
    0: DONE,
    1: 'with --fail-on widening: something became allowed, or may have',
    2: WRONG,
    3: FULL,
  },
  outdated: { 0: 'nothing was added', 1: 'the sources have added something', 2: WRONG },
  changelog: { 0: DONE, 2: WRONG },
  features: { 0: DONE, 2: WRONG },
  groups: { 0: DONE, 2: WRONG },
  howto: { 0: DONE, 2: WRONG, 3: FULL },
  completion: { 0: DONE, 2: WRONG },
};

const OTHERS: Readonly<Record<string, Flag>> = {
  help: { type: 'boolean', group: 'Other:', describe: 'Print this; -h does, too' },
  version: { type: 'boolean', group: 'Other:', describe: 'Print the version' },
};

/** At most 80 characters per line; ends with a newline. */
export function helpText(command: Command): string {
  const isMain = command === 'generate';
  const sections = [
    isMain ? mainUsage() : `Usage: ${usageOf(command)}\n\n${DESCRIPTIONS[command]}.`,
    ...(isMain ? [commandList()] : []),
    ...argumentList(command),
    ...flagGroups({ ...OPTIONS[command], ...OTHERS }),
    `Examples:\n${EXAMPLES[command].map(exampleText).join('\n')}`,
    `Exit codes:\n${columns(Object.entries(EXIT_CODES[command]))}`,
    ...(isMain
      ? ['DEBUG=gen in the environment shows where in the program an error comes from.']
      : []),
  ];
  return `${sections.join('\n\n').replaceAll(TIE, ' ')}\n`;
}

/** The line alone, to be copied, and below it what it is for. */
function exampleText([line, what]: Example): string {
  return what === '' ? `  ${line}` : `  ${line}\n      ${what}`;
}

function mainUsage(): string {
  return [
    'Usage: gen [options]',
    '       gen COMMAND [options]',
    '',
    'Writes AWS IAM policies and roles for Palette, Cluster API Provider AWS and',
    'add-ons of EKS clusters. It never talks to AWS; the same input gives the same',
    'bytes.',
  ].join('\n');
}

function usageOf(command: Command): string {
  const names = Object.keys(POSITIONALS[command] ?? {}).map((name) => `[${name}]`);
  return ['gen', command, ...names, '[options]'].join(' ');
}

function commandList(): string {
  const rows = COMMANDS.map((name): [string, string] => [
    name === 'generate' ? 'gen' : `gen ${name}`,
    DESCRIPTIONS[name],
  ]);
  return `Commands; gen COMMAND --help tells more:\n${columns(rows)}`;
}

function argumentList(command: Command): readonly string[] {
  const rows = Object.entries(POSITIONALS[command] ?? {}).map(
    ([name, { describe }]): [string, string] => [name, describe],
  );
  return rows.length === 0 ? [] : [`Arguments:\n${columns(rows)}`];
}

function flagGroups(flags: Readonly<Record<string, Flag>>): readonly string[] {
  const groups = new Map<string, [string, string][]>();
  for (const [name, flag] of Object.entries(flags)) {
    const rows = groups.get(flag.group ?? '') ?? [];
    rows.push([`--${name}${valueName(name, flag)}`, describe(flag)]);
    groups.set(flag.group ?? '', rows);
  }
  return [...groups].map(([title, rows]) => `${title}\n${columns(rows)}`);
}

/** What stands for the value: `--reserve N`, `--out FOLDER`, `--cluster-name NAME`. */
function valueName(name: string, { type, takes }: Flag): string {
  if (type === 'boolean') return '';
  const words = { file: 'FILE', folder: 'FOLDER', number: 'N', date: 'DATE', path: 'PATH' };
  if (typeof takes === 'string' && takes !== 'feature') return ` ${words[takes]}`;
  return ` ${(name.split('-').at(-1) as string).toUpperCase()}`;
}

function describe({ describe: text = '', defaultDescription }: Flag): string {
  return defaultDescription === undefined ? text : `${text} [default:${TIE}${defaultDescription}]`;
}

/** Two columns, the second one hung; a long first cell has the second below it. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const lengths = rows.map(([left]) => left.length);
  const fitting = lengths.filter((length) => length <= LONG_FLAG);
  const width = fitting.length === 0 ? Math.max(...lengths) : Math.max(...fitting);
  return rows
    .flatMap(([left, right]) => {
      if (right === '') return [`  ${left}`];
      if (left.length <= width) return [hang(`  ${left.padEnd(width)}  `, right, WIDTH)];
      const alone = `  ${left}  ${right}`;
      if (alone.length <= WIDTH) return [alone];
      return [`  ${left}`, hang(' '.repeat(width + 4), right, WIDTH)];
    })
    .join('\n');
}
