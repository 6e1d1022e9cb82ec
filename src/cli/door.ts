/** Every value of the command line is checked here, at the door; all that is wrong is said at once. */
import {
  type Entity,
  FORMATS,
  type Format,
  MERGE_MODES,
  type MergeMode,
  type PolicyType,
  type ShrinkShape,
} from '../model/bundle.ts';
import { GenError, type Problem } from '../model/errors.ts';
import { nearest } from '../model/nearest.ts';
import type { OwnCniPrincipal } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import type { Settings } from '../spec/gen-file.ts';
import {
  CNI_PRINCIPALS,
  COMMANDS,
  type Command,
  OPTIONS,
  PARAMETER_FLAGS,
  POLICY_TYPES,
  POSITIONALS,
  SHELLS,
  SHRINK_MODES,
  type Shell,
} from './flags.ts';

export type CommandLine =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: Command;
      /** What the flags describe; where they name no features, the file with targets goes before it. */
      readonly target: Target;
      /** Flags as typed, with their values. */
      readonly given: Settings;
      /** The file with targets, where one is named. */
      readonly config?: string;
      /** Names of targets of that file; all where there are none. */
      readonly targets: readonly string[];
      /** As typed; the parent of the target's folder. */
      readonly out: string;
      readonly specs: readonly string[];
      /** Pack values files, as typed. */
      readonly values: readonly string[];
      readonly stdout: boolean;
      readonly only?: string;
      readonly force: boolean;
      readonly quiet: boolean;
      readonly json: boolean;
      /** Of `diff`. */
      readonly sides?: readonly [from: string, to: string];
      readonly failOnWidening?: boolean;
      /** Of `diff` and `changelog`. */
      readonly markdown?: boolean;
      /** Of `changelog`: `YYYY-MM-DD`, both included. */
      readonly period?: { readonly from?: string; readonly to?: string };
      /** Of `completion`, where it is named. */
      readonly shell?: Shell;
    };

export type Invocation = Extract<CommandLine, { kind: 'command' }>;

export type Args = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/** Reads the parsed flags and collects everything wrong with them, so that all is said at once. */
export class Door {
  readonly #problems: Problem[] = [];
  readonly #command: Command;
  readonly #args: Args;

  constructor(command: Command, args: Args, complaint: string | undefined) {
    this.#command = command;
    this.#args = args;
    this.#placeholders();
    this.#unknownArguments();
    if (complaint !== undefined) this.#parserComplaint(complaint);
    this.#stopIfWrong();
  }

  /** `{{…}}` is how a spec writes a parameter; from the command line it would be taken for one. */
  #placeholders(): void {
    for (const [flag, value] of Object.entries(this.#args)) {
      if (!(flag in OPTIONS[this.#command])) continue;
      const held = [value]
        .flat()
        .find((each) => typeof each === 'string' && /\{\{|\}\}/.test(each));
      if (held === undefined) continue;
      this.#wrong(
        'bad-value',
        `--${flag} ${quote(String(held))} holds {{ or }}.`,
        'Parameters stand in specs only: give the value itself.',
      );
    }
  }

  /** @throws GenError (exit 2) with everything that is wrong with the target */
  target(): Target {
    const target = this.#target();
    this.#stopIfWrong();
    return target;
  }

  open(): CommandLine {
    const target = this.#target();
    const only = this.#one('only');
    const config = this.#one('config');
    const targets = commaList(this.#many('target'));
    const isInit = this.#command === 'init';
    if (
      !isInit &&
      this.#args.features !== undefined &&
      (config !== undefined || targets.length > 0)
    ) {
      this.#wrong(
        'clashing-flags',
        `--features describes a target itself, and --${config === undefined ? 'target' : 'config'} takes it from a file.`,
        'Leave one of the two out.',
      );
    }
    const { _: _words, $0: _name, ...given } = this.#args;
    const out = this.#one('out') ?? 'out';
    if (out.trim() === '') this.#wrong('empty-value', '--out is empty.', 'Name a folder.');
    const shell = this.#shell();
    const line = {
      kind: 'command' as const,
      command: this.#command,
      target,
      given,
      targets,
      out,
      specs: this.#many('spec'),
      values: this.#many('values'),
      stdout: this.#yes('stdout'),
      force: this.#yes('force'),
      quiet: this.#yes('quiet'),
      json: this.#yes('json'),
    };
    if (line.stdout && line.json) {
      this.#wrong(
        'clashing-flags',
        '--stdout and --json both print on stdout.',
        'Choose one of them.',
      );
    }
    if (only !== undefined && !line.stdout) {
      this.#wrong(
        'clashing-flags',
        '--only says which file --stdout prints, and --stdout is not given.',
        `Add --stdout, or choose formats with --format.`,
      );
    }
    this.#checkValues(line.values, line.stdout, only);
    if (this.#command === 'check' && line.stdout) {
      this.#wrong('clashing-flags', 'gen check prints a diff, not a file.', 'Leave --stdout out.');
    }
    const comparing = this.#comparing();
    this.#stopIfWrong();
    return {
      ...line,
      ...(shell === undefined ? {} : { shell }),
      ...(only === undefined ? {} : { only }),
      ...(config === undefined ? {} : { config }),
      ...comparing,
    };
  }

  #checkValues(files: readonly string[], stdout: boolean, only: string | undefined): void {
    if (files.length === 0) return;
    if (stdout && only !== undefined) {
      this.#wrong(
        'clashing-flags',
        'With --values, --stdout prints the merged values; --only names another file.',
        'Leave --only or --values out.',
      );
    }
    if (stdout && files.length > 1) {
      this.#wrong(
        'clashing-flags',
        `--stdout prints one file, and --values names ${files.length}.`,
        'Give --values once.',
      );
    }
  }

  /** What only `diff` and `changelog` take. */
  #comparing(): Partial<Extract<CommandLine, { kind: 'command' }>> {
    const markdown = this.#yes('markdown');
    if (markdown && this.#yes('json')) {
      this.#wrong('clashing-flags', '--json and --markdown are two ways to print.', 'Choose one.');
    }
    if (this.#command === 'changelog') return { markdown, period: this.#period() };
    if (this.#command !== 'diff') return {};
    const failOn = this.#one('fail-on');
    if (failOn !== undefined && failOn !== 'widening') {
      this.#wrong(
        'unknown-finding',
        `--fail-on knows no ${quote(failOn)}.${didYouMean(failOn, ['widening'])}`,
        'Write --fail-on widening.',
      );
    }
    const [from = '', to = ''] = [this.#args.A, this.#args.B].map((each) => String(each ?? ''));
    const given = [from, to].filter((each) => each !== '').length;
    if (given < 2) {
      this.#wrong(
        'missing-argument',
        `gen diff compares two sides; ${given === 0 ? 'none is' : 'one is'} given.`,
        'Write gen diff A B, for example gen diff HEAD~1:out/core out/core.',
      );
    }
    for (const each of [from, to]) {
      if (!/^\d{4}-\d{2}-\d{2}$/.test(each) || isDate(each)) continue;
      this.#wrong('bad-date', `There is no day ${quote(each)}.`, 'Write YYYY-MM-DD.');
    }
    if (given === 2) this.#unusedTargetFlags([from, to]);
    return { sides: [from, to], markdown, failOnWidening: failOn === 'widening' };
  }

  /** Flags that say what a date stands for, and there is none. */
  #unusedTargetFlags(sides: readonly string[]): void {
    if (sides.some((each) => /^(documented|latest|\d{4}-\d{2}-\d{2})$/.test(each))) return;
    const own = ['spec', 'config', 'fail-on', 'json', 'markdown'];
    for (const flag of Object.keys(OPTIONS.diff)) {
      if (own.includes(flag) || this.#args[flag] === undefined) continue;
      this.#wrong(
        'unused-flag',
        `--${flag} is for sides that are dates, and neither is.`,
        'Leave it out, or compare with documented, latest or YYYY-MM-DD.',
      );
    }
  }

  #period(): { readonly from?: string; readonly to?: string } {
    const [from, to] = [this.#date('from'), this.#date('to')];
    if (from !== undefined && to !== undefined && from > to) {
      this.#wrong('bad-period', `--from ${from} is later than --to ${to}.`, 'Exchange the two.');
    }
    return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  }

  #date(flag: string): string | undefined {
    const text = this.#one(flag);
    if (text === undefined || isDate(text)) return text;
    this.#wrong('bad-date', `--${flag} ${quote(text)} is not a date.`, 'Write YYYY-MM-DD.');
    return undefined;
  }

  #target(): Target {
    const target = this.#plainTarget();
    // No format at all is a mistake that has been told already.
    if (
      target.stackset &&
      target.formats.length > 0 &&
      !target.formats.includes('cloudformation')
    ) {
      this.#wrong(
        'clashing-flags',
        '--stackset adds a StackSet to format cloudformation, which --format leaves out.',
        'Add cloudformation to --format, or leave --stackset out.',
      );
    }
    if (this.#many('values').length > 0 && !target.formats.includes('pxk')) {
      this.#wrong(
        'clashing-flags',
        '--values merges what format pxk writes, and pxk is not among the formats.',
        'Add pxk to --format, or leave --values out.',
      );
    }
    return target;
  }

  #plainTarget(): Target {
    const name = this.#name();
    const boundary = this.#one('permissions-boundary');
    if (boundary !== undefined) this.#checkBoundary(boundary);
    const asOf = this.#asOf();
    const shrink = this.#shrink();
    const cniPrincipal = this.#cniPrincipal();
    const maxPolicies = this.#wholeNumber('max-policies', 1);
    const allowRolePatterns = this.#rolePatterns();
    const features =
      this.#args.features === undefined ? ['core'] : commaList(this.#many('features'));
    if (features.length === 0) {
      this.#wrong('empty-value', '--features names no feature.', '`gen features` lists them.');
    }
    return {
      features,
      formats: this.#formats(),
      mergeMode: this.#merge(),
      policyType: this.#policyType(),
      stackset: this.#yes('stackset'),
      ...(name === undefined ? {} : { name }),
      parameters: this.#parameters(),
      namePrefix: this.#namePrefix(),
      paletteRoles: this.#entityNames('palette-role', 'role'),
      paletteUsers: this.#entityNames('palette-user', 'user'),
      paletteGroups: this.#entityNames('palette-group', 'group'),
      nodeRoles: this.#entityNames('node-role', 'role'),
      ...(cniPrincipal === 'node' ? {} : { cniPrincipal }),
      path: this.#path(),
      ...(allowRolePatterns.length === 0 ? {} : { allowRolePatterns }),
      ...(boundary === undefined ? {} : { permissionsBoundary: boundary }),
      tags: this.#tags(),
      reserve: this.#wholeNumber('reserve', 0) ?? 0,
      ...(maxPolicies === undefined ? {} : { maxPolicies }),
      ...(shrink === 'off' ? {} : { shrink }),
      ...(this.#yes('repack') ? { repack: true } : {}),
      ...(asOf === undefined ? {} : { asOf }),
    };
  }

  #formats(): readonly Format[] {
    if (this.#args.format === undefined) return FORMATS;
    const typed = commaList(this.#many('format'));
    for (const each of new Set(typed)) {
      if (each === 'all' || isOneOf(FORMATS, each)) continue;
      this.#wrong(
        'unknown-format',
        `--format knows no ${quote(each)}.${didYouMean(each, [...FORMATS, 'all'])}`,
        `Formats: ${FORMATS.join(', ')}, or all.`,
      );
    }
    if (typed.length === 0) {
      this.#wrong('empty-value', '--format names no format.', `Formats: ${FORMATS.join(', ')}.`);
    }
    return typed.includes('all') ? FORMATS : FORMATS.filter((each) => typed.includes(each));
  }

  #merge(): MergeMode {
    const mode = this.#one('merge') ?? 'auto';
    if (isOneOf(MERGE_MODES, mode)) return mode;
    this.#wrong(
      'unknown-merge-mode',
      `--merge knows no ${quote(mode)}.${didYouMean(mode, MERGE_MODES)}`,
      `Merge modes: ${MERGE_MODES.join(', ')}.`,
    );
    return 'auto';
  }

  #policyType(): PolicyType {
    const type = this.#one('policy-type') ?? 'managed';
    if (isOneOf(POLICY_TYPES, type)) return type;
    this.#wrong(
      'unknown-policy-type',
      `--policy-type knows no ${quote(type)}.${didYouMean(type, POLICY_TYPES)}`,
      `Policy types: ${POLICY_TYPES.join(', ')}.`,
    );
    return 'managed';
  }

  #shrink(): ShrinkShape | 'off' {
    const shape = this.#one('shrink') ?? 'off';
    if (isOneOf(SHRINK_MODES, shape)) return shape;
    this.#wrong(
      'unknown-shrink-mode',
      `--shrink knows no ${quote(shape)}.${didYouMean(shape, SHRINK_MODES)}`,
      `Ways to shrink: ${SHRINK_MODES.join(', ')}.`,
    );
    return 'off';
  }

  #cniPrincipal(): OwnCniPrincipal | 'node' {
    const principal = this.#one('cni-principal') ?? 'node';
    if (!isOneOf(CNI_PRINCIPALS, principal)) {
      this.#wrong(
        'unknown-cni-principal',
        `--cni-principal knows no ${quote(principal)}.${didYouMean(principal, CNI_PRINCIPALS)}`,
        `Principals: ${CNI_PRINCIPALS.join(', ')}.`,
      );
      return 'node';
    }
    if (principal !== 'irsa' && this.#one('oidc-provider') !== undefined) {
      this.#wrong(
        'clashing-flags',
        `--oidc-provider is for --cni-principal irsa, and that is ${principal}.`,
        'Add --cni-principal irsa, or leave --oidc-provider out.',
      );
    }
    return principal;
  }

  #shell(): Shell | undefined {
    const shell = this.#command === 'completion' ? this.#one('shell') : undefined;
    if (shell === undefined || isOneOf(SHELLS, shell)) return shell;
    this.#wrong(
      'unknown-shell',
      `gen completion knows no ${quote(shell)}.${didYouMean(shell, SHELLS)}`,
      `Shells: ${SHELLS.join(', ')}.`,
    );
    return undefined;
  }

  #parameters(): ReadonlyMap<string, string> {
    const values = new Map<string, string>();
    for (const [flag, name] of Object.entries(PARAMETER_FLAGS)) {
      const value = this.#one(flag);
      if (value !== undefined) values.set(name, value);
    }
    this.#oidcProvider(values);
    for (const [name, value] of this.#pairs('param', 'name=value')) {
      if (values.has(name) && values.get(name) !== value) {
        const flag = Object.entries(PARAMETER_FLAGS).find(([, each]) => each === name)?.[0];
        this.#wrong(
          'clashing-flags',
          `The parameter ${name} is given twice, as ${quote(values.get(name) as string)} and as ${quote(value)}.`,
          `Give it once${flag === undefined ? '' : `, with --${flag}`}.`,
        );
      }
      values.set(name, value);
    }
    return values;
  }

  /** Its ARN says the account and the partition too; `aws eks describe-cluster` gives the URL. */
  #oidcProvider(values: Map<string, string>): void {
    const given = this.#one('oidc-provider');
    if (given === undefined) return;
    const arn = /^arn:([a-z-]+):iam::(\d{12}):oidc-provider\/(.+)$/.exec(given);
    const url = /^(?:https:\/\/)?([0-9A-Za-z][0-9A-Za-z.-]*(?:\/[0-9A-Za-z._-]+)*)$/.exec(given);
    const issuer = arn?.[3] ?? url?.[1];
    if (issuer === undefined) {
      this.#wrong(
        'bad-arn',
        `--oidc-provider ${quote(given)} is neither the ARN of an OIDC provider nor its URL.`,
        'It looks like arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
      );
      return;
    }
    values.set('oidcProvider', issuer);
    const told = [
      ['partition', arn?.[1]],
      ['accountId', arn?.[2]],
    ] as const;
    for (const [name, value] of told) {
      const other = values.get(name);
      if (value === undefined) continue;
      if (other === undefined) values.set(name, value);
      else if (other !== value) {
        const flag = name === 'partition' ? 'partition' : 'account-id';
        this.#wrong(
          'clashing-flags',
          `--oidc-provider is of ${value}, but --${flag} is ${other}.`,
          `A role trusts providers of its own account and partition: correct one of the two.`,
        );
      }
    }
  }

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
  #tags(): ReadonlyMap<string, string> {
    const tags = this.#pairs('tag', 'k=v');
    for (const [key, value] of tags) {
      const wrong = /^aws:/i.test(key)
        ? 'keys that begin with aws: are reserved'
        : key.length > 128
          ? 'a key has at most 128 characters'
          : value.length > 256
            ? 'a value has at most 256 characters'
            : /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key + value)
              ? undefined
              : 'letters, digits, blanks and _ . : / = + - @ are allowed';
      if (wrong !== undefined) {
        this.#wrong('bad-tag', `--tag ${quote(`${key}=${value}`)} would be refused: ${wrong}.`);
      }
    }
    const keys = [...tags.keys()];
    const twin = keys.find((key, at) =>
      keys.slice(0, at).some((other) => other.toLowerCase() === key.toLowerCase()),
    );
    if (twin !== undefined) {
      this.#wrong(
        'bad-tag',
        `--tag ${quote(twin)} is given twice: IAM tells no capitals apart in keys.`,
      );
    }
    if (tags.size > 50) this.#wrong('bad-tag', `${tags.size} tags are given; AWS allows 50.`);
    return tags;
  }

  #pairs(flag: string, shape: string): ReadonlyMap<string, string> {
    const pairs = new Map<string, string>();
    for (const text of this.#many(flag)) {
      const at = text.indexOf('=');
      const key = text.slice(0, at);
      if (at < 1) {
        this.#wrong(
          'bad-value',
          `--${flag} ${quote(text)} is not ${shape}.`,
          `Write --${flag} ${shape}.`,
        );
      } else if (pairs.has(key)) {
        this.#wrong('bad-value', `--${flag} ${quote(key)} is given more than once.`, 'Keep one.');
      } else {
        pairs.set(key, text.slice(at + 1));
      }
    }
    return pairs;
  }

  #namePrefix(): string {
    const prefix = this.#one('name-prefix') ?? '';
    if (!/^[\w+=,.@-]*$/.test(prefix)) {
      this.#wrong(
        'bad-name',
        `--name-prefix ${quote(prefix)} has characters that IAM names cannot have.`,
        'Allowed: letters, digits and _ + = , . @ -',
      );
    }
    return prefix;
  }

  /**
   * What can match a role's name: its characters, at most 64 of them, and wildcards.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  #rolePatterns(): readonly string[] {
    const flag = '--allow-role-pattern';
    const patterns = [...new Set(this.#many('allow-role-pattern'))];
    for (const pattern of patterns) {
      if (!/^[\w+=,.@*?-]+$/.test(pattern) || pattern.replaceAll('*', '').length > 64) {
        this.#wrong(
          'bad-role-pattern',
          `${flag} ${quote(pattern)} matches no role's name.`,
          'A name has 1 to 64 characters: letters, digits and _ + = , . @ - (in the pattern also * and ?); give no ARN and no path.',
        );
      } else if (/^[*?]+$/.test(pattern)) {
        this.#wrong(
          'bad-role-pattern',
          `${flag} ${quote(pattern)} would let Palette pass every role of the account, administrators' too.`,
          `Name a part that your roles share, e.g. ${flag} 'team-*'`,
        );
      }
    }
    return patterns;
  }

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
  #entityNames(flag: string, entity: Entity): readonly string[] {
    const longest = entity === 'group' ? 128 : 64;
    const isName = new RegExp(`^[\\w+=,.@-]{1,${longest}}$`);
    const byKey = new Map(this.#many(flag).map((name) => [name.toLowerCase(), name]));
    // IAM names are unique without regard to case.
    const names = [...byKey.values()];
    for (const name of names) {
      if (isName.test(name)) continue;
      const fromArn = /^arn:.*[:/]([^:/]+)$/.exec(name)?.[1];
      if (fromArn === undefined) {
        this.#wrong(
          'bad-name',
          `--${flag} ${quote(name)} is not a ${entity}'s name.`,
          `A name has 1 to ${longest} characters: letters, digits and _ + = , . @ -`,
        );
      } else {
        this.#wrong(
          'bad-name',
          `--${flag} takes the ${entity}'s name, not its ARN.`,
          `Write --${flag} ${fromArn}`,
        );
      }
    }
    return names;
  }

  /** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
  #path(): string {
    const path = this.#one('path') ?? '/';
    if (!/^(\/|\/[\x21-\x7e]+\/)$/.test(path) || path.length > 512) {
      this.#wrong(
        'bad-path',
        `--path ${quote(path)} is not an IAM path.`,
        'A path begins and ends with /, has no blanks and at most 512 characters, e.g. /palette/',
      );
    }
    return path;
  }

  #checkBoundary(arn: string): void {
    const match = /^arn:(aws[a-z-]*):iam::(aws|\d{12}):policy\/[\x21-\x7e]+$/.exec(arn);
    if (match === null) {
      this.#wrong(
        'bad-arn',
        `--permissions-boundary ${quote(arn)} is not the ARN of a managed policy.`,
        'It looks like arn:aws:iam::123456789012:policy/Boundary',
      );
      return;
    }
    const [, partition, account] = match;
    const wantedPartition = this.#one('partition');
    if (wantedPartition !== undefined && partition !== wantedPartition) {
      this.#wrong(
        'bad-arn',
        `--permissions-boundary is in partition ${partition}, but --partition is ${wantedPartition}.`,
      );
    }
    const wantedAccount = this.#one('account-id');
    if (account !== 'aws' && wantedAccount !== undefined && account !== wantedAccount) {
      this.#wrong(
        'bad-arn',
        `--permissions-boundary is in account ${account}, but --account-id is ${wantedAccount}.`,
        'A boundary has to be in the same account as the role.',
      );
    }
  }

  #wholeNumber(option: string, least: number): number | undefined {
    const text = this.#one(option);
    if (text === undefined) return undefined;
    if (/^\d{1,4}$/.test(text) && Number(text) >= least) return Number(text);
    this.#wrong(
      `bad-${option}`,
      `--${option} ${quote(text)} is not a whole number from ${least} up.`,
      `For example --${option} 2.`,
    );
    return least;
  }

  #asOf(): string | undefined {
    const text = this.#one('as-of');
    if (text === undefined || text === 'latest' || isDate(text)) return text;
    this.#wrong(
      'bad-date',
      `--as-of ${quote(text)} is not a date.`,
      'Write YYYY-MM-DD, or latest.',
    );
    return undefined;
  }

  #name(): string | undefined {
    const name = this.#one('name');
    if (name === undefined) return undefined;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
    if (/^[^/\\\u0000-\u001f]{1,255}$/.test(name) && !/^\.{0,2}$/.test(name)) return name;
    this.#wrong(
      'bad-name',
      `--name ${quote(name)} is not the name of a single folder.`,
      'Give the folder it stands in with --out.',
    );
    return undefined;
  }

  #unknownArguments(): void {
    const known = [...Object.keys(OPTIONS[this.#command]), 'help', 'version'];
    const positionals = Object.keys(POSITIONALS[this.#command] ?? {});
    for (const key of Object.keys(this.#args)) {
      if (['_', '$0', ...positionals, ...known].includes(key)) continue;
      const dashes = key.length === 1 ? '-' : '--';
      const elsewhere = COMMANDS.find((command) => key in OPTIONS[command]);
      const where = this.#command === 'generate' ? 'gen' : `gen ${this.#command}`;
      this.#wrong(
        'unknown-flag',
        elsewhere === undefined
          ? `There is no flag ${dashes}${key}.${didYouMean(key, known, '--')}`
          : `${where} does not take --${key}.`,
        `${where} --help lists the flags.`,
      );
    }
    const words = this.#args._.map(String);
    for (const word of this.#command === 'generate' ? words : words.slice(1)) {
      const commands = COMMANDS.filter((command) => command !== 'generate');
      this.#wrong(
        'unexpected-argument',
        `${quote(word)} is not expected here.${didYouMean(word, commands, 'gen ')}`,
        `Commands: ${commands.join(', ')}. Lists take commas, no blanks: --features eks,cni-scoped`,
      );
    }
  }

  #parserComplaint(complaint: string): void {
    const flag = /^Not enough arguments following: (.+)$/.exec(complaint)?.[1];
    if (flag === undefined) this.#wrong('bad-usage', complaint);
    else
      this.#wrong(
        'missing-value',
        `--${flag} needs a value.`,
        `Write --${flag} VALUE, or --${flag}=VALUE when it begins with a dash.`,
      );
  }

  #one(flag: string): string | undefined {
    const value = this.#args[flag];
    if (value === undefined || typeof value === 'string') return value;
    const problem = {
      code: 'repeated-flag',
      message: `--${flag} is given more than once.`,
      advice: 'Keep one.',
    };
    if (!this.#problems.some((each) => each.message === problem.message)) {
      this.#problems.push(problem);
    }
    return undefined;
  }

  #many(flag: string): readonly string[] {
    const value = this.#args[flag];
    return Array.isArray(value) ? value.map(String) : [];
  }

  #yes(flag: string): boolean {
    return this.#args[flag] === true;
  }

  #wrong(code: string, message: string, advice?: string): void {
    this.#problems.push(advice === undefined ? { code, message } : { code, message, advice });
  }

  #stopIfWrong(): void {
    if (this.#problems.length > 0) throw new GenError(2, this.#problems);
  }
}

export function commaList(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

function isOneOf<const T extends string>(values: readonly T[], value: string): value is T {
  return (values as readonly string[]).includes(value);
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text)
  );
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** ` Did you mean X?` when something known is near enough, else nothing. */
function didYouMean(typed: string, known: readonly string[], prefix = ''): string {
  const near =
    nearest(typed, known) ??
    (typed.length > 2 ? known.find((each) => each.startsWith(typed)) : undefined);
  return near === undefined ? '' : ` Did you mean ${prefix}${near}?`;
}
