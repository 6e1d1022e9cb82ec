/** From the flags that describe a target, or the same settings of gen.yaml, to the target. */
import { FORMATS } from '../model/bundle.ts';
import { type Target, type TargetOptions, withDefaults } from '../model/target.ts';
import { type TargetFault, targetFaults } from '../model/target-rules.ts';
import { OPTION_FLAGS, PARAMETER_FLAGS } from './flags.ts';
import { commaList, Given, isOneOf, quote } from './given.ts';

/** A target and the paths beside it, `~` expanded. */
export interface DescribedTarget {
  readonly target: Target;
  readonly out: string;
  readonly specs: readonly string[];
  /** Pack values files. */
  readonly values: readonly string[];
}

export class TargetFlags extends Given {
  /** @throws GenError (exit 2) with everything that is wrong with the target */
  target(): DescribedTarget {
    const described = this.described();
    this.stopIfWrong();
    return described;
  }

  protected described(): DescribedTarget {
    const options = this.#options();
    const faults = targetFaults(options);
    for (const fault of faults) this.wrong(fault.code, fault.message, fault.advice, flagOf(fault));
    // What is wrong stops the run before it is read.
    const target = withDefaults(
      faults.length === 0 ? (options as TargetOptions) : { features: ['core'] },
    );
    const described = {
      target,
      out: this.path('out') ?? 'out',
      specs: this.paths('spec'),
      values: this.paths('values'),
    };
    if (described.out.trim() === '') {
      this.wrong('empty-value', '--out is empty.', 'Name a folder.');
    }
    const { formats = FORMATS } = options as Partial<TargetOptions>;
    if (described.values.length > 0 && !formats.includes('pxk')) {
      this.wrong(
        'clashing-flags',
        'What is merged into values files comes from format pxk, which is not among the formats.',
        'Add pxk to --format, or leave --values out.',
        'values',
      );
    }
    return described;
  }

  /** As typed, not yet checked; what is not given is left out. */
  #options(): Readonly<Partial<Record<keyof Target, unknown>>> {
    const features = this.args.features === undefined ? ['core'] : commaList(this.many('features'));
    const patterns = this.many('allow-role-pattern');
    const deployed = this.pairs('deployed', 'NAME=ARN');
    const descriptions = this.pairs('policy-description', 'NAME=TEXT');
    const options: Partial<Record<keyof Target, unknown>> = {
      features,
      formats: this.#formats(),
      mergeMode: this.one('merge'),
      policyType: this.one('policy-type'),
      stackset: this.yes('stackset'),
      name: this.one('name'),
      parameters: this.#parameters(),
      namePrefix: this.one('name-prefix'),
      paletteRoles: this.many('palette-role'),
      paletteUsers: this.many('palette-user'),
      paletteGroups: this.many('palette-group'),
      nodeRoles: this.many('node-role'),
      cniPrincipal: this.one('cni-principal'),
      path: this.one('path'),
      allowRolePatterns: patterns.length === 0 ? undefined : patterns,
      deployed: deployed.size === 0 ? undefined : deployed,
      policyDescriptions: descriptions.size === 0 ? undefined : descriptions,
      permissionsBoundary: this.one('permissions-boundary'),
      tags: this.pairs('tag', 'k=v'),
      reserve: this.number('reserve'),
      maxPolicies: this.number('max-policies'),
      shrink: this.one('shrink'),
      repack: this.yes('repack') ? true : undefined,
      asOf: this.one('as-of'),
    };
    return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  }

  /** In the order of the formats, `all` written out; unknown words stay, to be refused. */
  #formats(): readonly string[] | undefined {
    if (this.args.format === undefined) return undefined;
    const typed = new Set(commaList(this.many('format')));
    const known = FORMATS.filter((each) => typed.has('all') || typed.has(each));
    const others = [...typed].filter((each) => each !== 'all' && !isOneOf(FORMATS, each));
    return [...known, ...others];
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
        `${quote(given)} is neither the ARN of an OIDC provider nor its URL.`,
        'It looks like arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
        'oidc-provider',
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
}

function flagOf({ option, key }: TargetFault): string | undefined {
  const own = Object.entries(PARAMETER_FLAGS).find(([, name]) => name === key)?.[0];
  return option === 'parameters' && own !== undefined ? own : OPTION_FLAGS[option as keyof Target];
}
