/** From settings, of flags and of gen.yaml alike, to the target that they describe. */
import { FORMATS } from '../../model/bundle.ts';
import type { Target, TargetOptions } from '../../model/target.ts';
import { type TargetFault, targetFaults } from '../../model/target-rules.ts';
import { withDefaults } from '../../model/validated-target.ts';
import { OPTION_FLAGS, PARAMETER_FLAGS } from './flags.ts';
import { commaList, isOneOf, quote, type SettingsReader } from './settings-reader.ts';

/** A target and the paths beside it, `~` expanded. */
export interface DescribedTarget {
  readonly target: Target;
  readonly out: string;
  readonly specs: readonly string[];
  /** Pack values files. */
  readonly values: readonly string[];
}

/** What is wrong goes to the reader's problems; the target is some other one then. */
export function describeTarget(settings: SettingsReader): DescribedTarget {
  const options = optionsOf(settings);
  const faults = targetFaults(options);
  for (const fault of faults) settings.report(problemOf(fault));
  const target = withDefaults(
    faults.length === 0 ? (options as TargetOptions) : { features: ['core'] },
  );
  const described = {
    target,
    out: settings.path('out') ?? 'out',
    specs: settings.paths('spec'),
    values: settings.paths('values'),
  };
  if (described.out.trim() === '') {
    settings.report({
      code: 'empty-value',
      setting: 'out',
      message: 'The value is empty.',
      advice: 'Name a folder.',
    });
  }
  const { formats = FORMATS } = options as Partial<TargetOptions>;
  if (described.values.length > 0 && !formats.includes('pxk')) {
    settings.report({
      code: 'clashing-flags',
      setting: 'values',
      message:
        'What is merged into values files comes from format pxk, which is not among the formats.',
      advice: 'Add pxk to the formats, or merge into no values file.',
    });
  }
  return described;
}

function problemOf({ option, key, ...problem }: TargetFault) {
  const own = Object.entries(PARAMETER_FLAGS).find(([, name]) => name === key)?.[0];
  const isParameter = option === 'parameters' && own !== undefined;
  return { ...problem, setting: isParameter ? own : OPTION_FLAGS[option as keyof Target] };
}

/** As given, not yet checked; what is not given is left out. */
function optionsOf(settings: SettingsReader): Readonly<Partial<Record<keyof Target, unknown>>> {
  const patterns = settings.many('allow-role-pattern');
  const deployed = settings.pairs(
    'deployed',
    'NAME=ARN',
    'PaletteControllerPolicy=arn:aws:iam::123456789012:policy/palette-controllers',
  );
  const descriptions = settings.pairs(
    'policy-description',
    'NAME=TEXT',
    "'PaletteControllerPolicy=As it reads today'",
  );
  const options: Partial<Record<keyof Target, unknown>> = {
    features: settings.has('features') ? commaList(settings.many('features')) : ['core'],
    formats: formatsOf(settings),
    mergeMode: settings.one('merge'),
    policyType: settings.one('policy-type'),
    stackset: settings.yes('stackset'),
    name: settings.one('name'),
    parameters: parametersOf(settings),
    namePrefix: settings.one('name-prefix'),
    paletteRoles: settings.many('palette-role'),
    paletteUsers: settings.many('palette-user'),
    paletteGroups: settings.many('palette-group'),
    nodeRoles: settings.many('node-role'),
    ...identityOptions(settings),
    cniPrincipal: settings.one('cni-principal'),
    path: settings.one('path'),
    narrow: settings.has('narrow') ? commaList(settings.many('narrow')) : undefined,
    allowRolePatterns: patterns.length === 0 ? undefined : patterns,
    deployed: deployed.size === 0 ? undefined : deployed,
    policyDescriptions: descriptions.size === 0 ? undefined : descriptions,
    permissionsBoundary: settings.one('permissions-boundary'),
    tags: settings.pairs('tag', 'k=v', 'team=platform'),
    reserve: settings.number('reserve'),
    maxPolicies: settings.number('max-policies'),
    shrink: settings.one('shrink'),
    repack: settings.yes('repack') ? true : undefined,
    asOf: settings.one('as-of'),
    capaRelease: settings.one('capa-release'),
    accept: settings.value('accept'),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** `HOW` for all add-ons, `ADDON=HOW` for one; in a file also a map. */
function identityOptions(settings: SettingsReader): {
  readonly identity?: string;
  readonly identities?: ReadonlyMap<string, string>;
} {
  const map = settings.value('identity');
  if (map instanceof Map) return { identities: map };
  const texts = settings.many('identity');
  const forAll = [...new Set(texts.filter((text) => !text.includes('=')))];
  const pairs = texts.filter((text) => text.includes('=')).map((text) => text.split(/=(.*)/s));
  const identities = new Map<string, string>();
  for (const [key = '', value = ''] of pairs) {
    const other = identities.get(key);
    if (other !== undefined && other !== value) twice(settings, `${quote(key)} has two identities`);
    identities.set(key, value);
  }
  const [identity, ...more] = forAll;
  if (more.length > 0) twice(settings, `There are two identities for all add-ons`);
  return {
    ...(identity === undefined ? {} : { identity }),
    ...(identities.size === 0 ? {} : { identities }),
  };
}

function twice(settings: SettingsReader, what: string): void {
  const advice = 'Keep one, or write ADDON=HOW for a single add-on.';
  settings.report({ code: 'bad-value', setting: 'identity', message: `${what}.`, advice });
}

/** In the order of the formats, `all` written out; unknown words stay, to be refused. */
function formatsOf(settings: SettingsReader): readonly string[] | undefined {
  if (!settings.has('format')) return undefined;
  const typed = new Set(commaList(settings.many('format')));
  const known = FORMATS.filter((each) => typed.has('all') || typed.has(each));
  const others = [...typed].filter((each) => each !== 'all' && !isOneOf(FORMATS, each));
  return [...known, ...others];
}

function parametersOf(settings: SettingsReader): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [flag, name] of Object.entries(PARAMETER_FLAGS)) {
    const value = settings.one(flag);
    if (value !== undefined) values.set(name, value);
  }
  addOidcProvider(values, settings);
  for (const [name, value] of settings.pairs('param', 'name=value', 'teamName=platform')) {
    const other = values.get(name);
    if (other !== undefined && other !== value) {
      settings.report({
        code: 'clashing-flags',
        setting: Object.entries(PARAMETER_FLAGS).find(([, each]) => each === name)?.[0] ?? 'param',
        message: `The parameter ${name} is given twice, as ${quote(other)} and as ${quote(value)}.`,
        advice: 'Give it once.',
      });
    }
    values.set(name, value);
  }
  return values;
}

/** Its ARN says the account and the partition too; `aws eks describe-cluster` gives the URL. */
function addOidcProvider(values: Map<string, string>, settings: SettingsReader): void {
  const provider = settings.one('oidc-provider');
  if (provider === undefined) return;
  const arn = /^arn:([a-z-]+):iam::(\d{12}):oidc-provider\/(.+)$/.exec(provider);
  const url = /^(?:https:\/\/)?([0-9A-Za-z][0-9A-Za-z.-]*(?:\/[0-9A-Za-z._-]+)*)$/.exec(provider);
  const issuer = arn?.[3] ?? url?.[1];
  if (issuer === undefined) {
    settings.report({
      code: 'bad-arn',
      setting: 'oidc-provider',
      message: `${quote(provider)} is neither the ARN of an OIDC provider nor its URL${provider.endsWith('/') ? ': it ends with a slash, which the issuer has not' : ''}.`,
      advice:
        'It looks like arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
    });
    return;
  }
  values.set('oidcProvider', issuer);
  const inArn = [
    ['partition', 'partition', arn?.[1]],
    ['account-id', 'accountId', arn?.[2]],
  ] as const;
  for (const [setting, name, value] of inArn) {
    const other = values.get(name);
    if (value === undefined) continue;
    if (other === undefined) values.set(name, value);
    else if (other !== value) {
      settings.report({
        code: 'clashing-flags',
        setting: 'oidc-provider',
        message: `The provider is of ${value}, but ${setting} is ${other}.`,
        advice: `A role trusts providers of its own account and partition: correct one of the two.`,
      });
    }
  }
}
