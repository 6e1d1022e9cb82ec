/** The flags that describe a target, checked against what AWS takes. */
import {
  type Entity,
  FORMATS,
  type Format,
  MERGE_MODES,
  type MergeMode,
  type PolicyType,
  type ShrinkShape,
} from '../model/bundle.ts';
import type { OwnCniPrincipal } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import { CNI_PRINCIPALS, PARAMETER_FLAGS, POLICY_TYPES, SHRINK_MODES } from './flags.ts';
import { commaList, didYouMean, Given, isDate, isOneOf, quote } from './given.ts';

export class TargetFlags extends Given {
  /** @throws GenError (exit 2) with everything that is wrong with the target */
  target(): Target {
    const target = this.described();
    this.stopIfWrong();
    return target;
  }

  protected described(): Target {
    const target = this.#plainTarget();
    // No format at all is a mistake that has been told already.
    if (
      target.stackset &&
      target.formats.length > 0 &&
      !target.formats.includes('cloudformation')
    ) {
      this.wrong(
        'clashing-flags',
        '--stackset adds a StackSet to format cloudformation, which --format leaves out.',
        'Add cloudformation to --format, or leave --stackset out.',
      );
    }
    if (this.many('values').length > 0 && !target.formats.includes('pxk')) {
      this.wrong(
        'clashing-flags',
        '--values merges what format pxk writes, and pxk is not among the formats.',
        'Add pxk to --format, or leave --values out.',
      );
    }
    return target;
  }

  #plainTarget(): Target {
    const name = this.#name();
    const boundary = this.one('permissions-boundary');
    if (boundary !== undefined) this.#checkBoundary(boundary);
    const asOf = this.#asOf();
    const shrink = this.#shrink();
    const cniPrincipal = this.#cniPrincipal();
    const maxPolicies = this.wholeNumber('max-policies', 1);
    const allowRolePatterns = this.#rolePatterns();
    const deployed = this.pairs('deployed', 'NAME=ARN');
    const policyDescriptions = this.pairs('policy-description', 'NAME=TEXT');
    const features = this.args.features === undefined ? ['core'] : commaList(this.many('features'));
    if (features.length === 0) {
      this.wrong('empty-value', '--features names no feature.', '`gen features` lists them.');
    }
    return {
      features,
      formats: this.#formats(),
      mergeMode: this.#merge(),
      policyType: this.#policyType(),
      stackset: this.yes('stackset'),
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
      ...(deployed.size === 0 ? {} : { deployed }),
      ...(policyDescriptions.size === 0 ? {} : { policyDescriptions }),
      ...(boundary === undefined ? {} : { permissionsBoundary: boundary }),
      tags: this.#tags(),
      reserve: this.wholeNumber('reserve', 0) ?? 0,
      ...(maxPolicies === undefined ? {} : { maxPolicies }),
      ...(shrink === 'off' ? {} : { shrink }),
      ...(this.yes('repack') ? { repack: true } : {}),
      ...(asOf === undefined ? {} : { asOf }),
    };
  }

  #formats(): readonly Format[] {
    if (this.args.format === undefined) return FORMATS;
    const typed = commaList(this.many('format'));
    for (const each of new Set(typed)) {
      if (each === 'all' || isOneOf(FORMATS, each)) continue;
      this.wrong(
        'unknown-format',
        `--format knows no ${quote(each)}.${didYouMean(each, [...FORMATS, 'all'])}`,
        `Formats: ${FORMATS.join(', ')}, or all.`,
      );
    }
    if (typed.length === 0) {
      this.wrong('empty-value', '--format names no format.', `Formats: ${FORMATS.join(', ')}.`);
    }
    return typed.includes('all') ? FORMATS : FORMATS.filter((each) => typed.includes(each));
  }

  #merge(): MergeMode {
    const mode = this.one('merge') ?? 'auto';
    if (isOneOf(MERGE_MODES, mode)) return mode;
    this.wrong(
      'unknown-merge-mode',
      `--merge knows no ${quote(mode)}.${didYouMean(mode, MERGE_MODES)}`,
      `Merge modes: ${MERGE_MODES.join(', ')}.`,
    );
    return 'auto';
  }

  #policyType(): PolicyType {
    const type = this.one('policy-type') ?? 'managed';
    if (isOneOf(POLICY_TYPES, type)) return type;
    this.wrong(
      'unknown-policy-type',
      `--policy-type knows no ${quote(type)}.${didYouMean(type, POLICY_TYPES)}`,
      `Policy types: ${POLICY_TYPES.join(', ')}.`,
    );
    return 'managed';
  }

  #shrink(): ShrinkShape | 'off' {
    const shape = this.one('shrink') ?? 'off';
    if (isOneOf(SHRINK_MODES, shape)) return shape;
    this.wrong(
      'unknown-shrink-mode',
      `--shrink knows no ${quote(shape)}.${didYouMean(shape, SHRINK_MODES)}`,
      `Ways to shrink: ${SHRINK_MODES.join(', ')}.`,
    );
    return 'off';
  }

  #cniPrincipal(): OwnCniPrincipal | 'node' {
    const principal = this.one('cni-principal') ?? 'node';
    if (!isOneOf(CNI_PRINCIPALS, principal)) {
      this.wrong(
        'unknown-cni-principal',
        `--cni-principal knows no ${quote(principal)}.${didYouMean(principal, CNI_PRINCIPALS)}`,
        `Principals: ${CNI_PRINCIPALS.join(', ')}.`,
      );
      return 'node';
    }
    if (principal !== 'irsa' && this.one('oidc-provider') !== undefined) {
      this.wrong(
        'clashing-flags',
        `--oidc-provider is for --cni-principal irsa, and that is ${principal}.`,
        'Add --cni-principal irsa, or leave --oidc-provider out.',
      );
    }
    return principal;
  }

  #parameters(): ReadonlyMap<string, string> {
    const values = new Map<string, string>();
    for (const [flag, name] of Object.entries(PARAMETER_FLAGS)) {
      const value = this.one(flag);
      if (value !== undefined) values.set(name, value);
    }
    this.#oidcProvider(values);
    for (const [name, value] of this.pairs('param', 'name=value')) {
      if (values.has(name) && values.get(name) !== value) {
        const flag = Object.entries(PARAMETER_FLAGS).find(([, each]) => each === name)?.[0];
        this.wrong(
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
    const given = this.one('oidc-provider');
    if (given === undefined) return;
    const arn = /^arn:([a-z-]+):iam::(\d{12}):oidc-provider\/(.+)$/.exec(given);
    const url = /^(?:https:\/\/)?([0-9A-Za-z][0-9A-Za-z.-]*(?:\/[0-9A-Za-z._-]+)*)$/.exec(given);
    const issuer = arn?.[3] ?? url?.[1];
    if (issuer === undefined) {
      this.wrong(
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
        this.wrong(
          'clashing-flags',
          `--oidc-provider is of ${value}, but --${flag} is ${other}.`,
          `A role trusts providers of its own account and partition: correct one of the two.`,
        );
      }
    }
  }

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
  #tags(): ReadonlyMap<string, string> {
    const tags = this.pairs('tag', 'k=v');
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
        this.wrong('bad-tag', `--tag ${quote(`${key}=${value}`)} would be refused: ${wrong}.`);
      }
    }
    const keys = [...tags.keys()];
    const twin = keys.find((key, at) =>
      keys.slice(0, at).some((other) => other.toLowerCase() === key.toLowerCase()),
    );
    if (twin !== undefined) {
      this.wrong(
        'bad-tag',
        `--tag ${quote(twin)} is given twice: IAM tells no capitals apart in keys.`,
      );
    }
    if (tags.size > 50) this.wrong('bad-tag', `${tags.size} tags are given; AWS allows 50.`);
    return tags;
  }

  #namePrefix(): string {
    const prefix = this.one('name-prefix') ?? '';
    if (!/^[\w+=,.@-]*$/.test(prefix)) {
      this.wrong(
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
    const patterns = [...new Set(this.many('allow-role-pattern'))];
    for (const pattern of patterns) {
      if (!/^[\w+=,.@*?-]+$/.test(pattern) || pattern.replaceAll('*', '').length > 64) {
        this.wrong(
          'bad-role-pattern',
          `${flag} ${quote(pattern)} matches no role's name.`,
          'A name has 1 to 64 characters: letters, digits and _ + = , . @ - (in the pattern also * and ?); give no ARN and no path.',
        );
      } else if (/^[*?]+$/.test(pattern)) {
        this.wrong(
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
    const byKey = new Map(this.many(flag).map((name) => [name.toLowerCase(), name]));
    // IAM names are unique without regard to case.
    const names = [...byKey.values()];
    for (const name of names) {
      if (isName.test(name)) continue;
      const fromArn = /^arn:.*[:/]([^:/]+)$/.exec(name)?.[1];
      if (fromArn === undefined) {
        this.wrong(
          'bad-name',
          `--${flag} ${quote(name)} is not a ${entity}'s name.`,
          `A name has 1 to ${longest} characters: letters, digits and _ + = , . @ -`,
        );
      } else {
        this.wrong(
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
    const path = this.one('path') ?? '/';
    if (!/^(\/|\/[\x21-\x7e]+\/)$/.test(path) || path.length > 512) {
      this.wrong(
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
      this.wrong(
        'bad-arn',
        `--permissions-boundary ${quote(arn)} is not the ARN of a managed policy.`,
        'It looks like arn:aws:iam::123456789012:policy/Boundary',
      );
      return;
    }
    const [, partition, account] = match;
    const wantedPartition = this.one('partition');
    if (wantedPartition !== undefined && partition !== wantedPartition) {
      this.wrong(
        'bad-arn',
        `--permissions-boundary is in partition ${partition}, but --partition is ${wantedPartition}.`,
      );
    }
    const wantedAccount = this.one('account-id');
    if (account !== 'aws' && wantedAccount !== undefined && account !== wantedAccount) {
      this.wrong(
        'bad-arn',
        `--permissions-boundary is in account ${account}, but --account-id is ${wantedAccount}.`,
        'A boundary has to be in the same account as the role.',
      );
    }
  }

  #asOf(): string | undefined {
    const text = this.one('as-of');
    if (text === undefined || text === 'latest' || isDate(text)) return text;
    this.wrong('bad-date', `--as-of ${quote(text)} is not a date.`, 'Write YYYY-MM-DD, or latest.');
    return undefined;
  }

  #name(): string | undefined {
    const name = this.one('name');
    if (name === undefined) return undefined;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
    if (/^[^/\\\u0000-\u001f]{1,255}$/.test(name) && !/^\.{0,2}$/.test(name)) return name;
    this.wrong(
      'bad-name',
      `--name ${quote(name)} is not the name of a single folder.`,
      'Give the folder it stands in with --out.',
    );
    return undefined;
  }
}
