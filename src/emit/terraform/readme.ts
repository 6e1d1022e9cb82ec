/** The module's README.md: what it creates, how to call it, what it takes and gives. */
import { templates } from '../../generated/templates.js';
import type { AwsManagedPolicy, IamBundle, ManagedPolicy, Role, User } from '../../model/bundle.ts';
import { cell, code, markdownComment, prose } from '../../text/markdown.ts';
import { unnamedHolders } from '../inline.ts';
import { shown } from '../open-parameters.ts';
import { oneLine, printBlock } from './hcl.ts';
import { exampleOf, type Inputs, inputsOf } from './inputs.ts';
import { protect } from './literal.ts';
import { AWS_PROVIDER, type Module, TERRAFORM } from './module.ts';
import { isFor, placeholder } from './name-lists.ts';
import { protectAll } from './stack.ts';

/** Markdown, of the values that make the `.tf` files. */
export function renderReadme(bundle: IamBundle, { outputs, imports }: Module): string {
  const inputs = inputsOf(bundle);
  return templates['terraform-readme']({
    comment: markdownComment(bundle.target),
    target: prose(bundle.target),
    features: bundle.activeFeatures.join(', '),
    partition: bundle.partition.includes('{{')
      ? 'the module works in every partition and finds out in which one it is.'
      : `its partition has to be ${code(bundle.partition)}.`,
    resources: [
      ...bundle.roles.map((role) => roleItem(role, inputs)),
      ...bundle.users.map(userItem),
      ...bundle.policies.map((policy) => policyItem(bundle, policy, inputs)),
    ],
    usage: usage(inputs),
    ...adoption(bundle, imports.length > 0),
    requirements: [
      { name: 'Terraform or OpenTofu', version: cell(code(TERRAFORM)) },
      { name: 'hashicorp/aws', version: cell(code(AWS_PROVIDER)) },
    ],
    inputs: inputs.variables.map(({ name, type, default: value, description }) => ({
      name,
      type: cell(code(type)),
      default: value === undefined ? 'required' : cell(code(oneLine(protectAll(value)))),
      description: prose(description),
    })),
    outputs: outputs.map(({ labels, body }) => ({
      name: labels[0],
      // A description is a text, and text comes out in quotes.
      description: prose(JSON.parse(oneLine(body.description))),
    })),
  });
}

/** What an import changes, what it keeps, and which values the module needs. */
function adoption({ policyType, roles, users, policies }: IamBundle, hasImports: boolean): object {
  const hasPolicies = policies.length > 0;
  const isManaged = policyType === 'managed' && hasPolicies;
  const what = [
    ...(hasPolicies ? ['policies'] : []),
    ...(roles.length > 0 ? ['roles'] : []),
    ...(roles.some(({ instanceProfile }) => instanceProfile) ? ['instance profiles'] : []),
  ];
  const flag = '`gen --deployed NAME=ARN`';
  return {
    hasImports,
    changed: [
      ...(hasPolicies ? ['policy documents'] : []),
      ...(roles.length > 0
        ? ['trust policies', 'role descriptions', 'permissions boundaries', 'session durations']
        : []),
      ...(roles.length === 0 && users.length > 0 ? ['permissions boundaries'] : []),
      ...(isManaged || roles.length + users.length > 0 ? ['tags'] : []),
    ].join(', '),
    kept: isManaged
      ? 'descriptions of policies, which AWS cannot change (`ignore_changes`), and every attachment'
      : 'every attachment',
    matching: `names and paths of ${what.join(', ')}, which AWS cannot change either. Set \`name_prefix\` and \`path\`; for what has a name or path of its own, generate the module with ${flag}`,
  };
}

function roleItem(role: Role, { repetition }: Inputs): string {
  const { name, principal, instanceProfile: profile, awsManagedPolicies } = role;
  const each = repetition?.roles.has(role) ? `, one for each of ${code(repetition.name)}` : '';
  const named = profile?.name === name ? 'of that name' : code(shown(profile?.name ?? ''));
  const withProfile = profile === undefined ? '' : `, with the instance profile ${named}`;
  return `role ${code(shown(name))} (${principal})${each}${withProfile}${attachedTo(awsManagedPolicies)}`;
}

function userItem({ name, principal, awsManagedPolicies }: User): string {
  return `user ${code(shown(name))} (${principal}), without access keys${attachedTo(awsManagedPolicies)}`;
}

function attachedTo(awsManagedPolicies: readonly AwsManagedPolicy[]): string {
  if (awsManagedPolicies.length === 0) return '';
  const names = awsManagedPolicies.map((each) => code(each.split('/').at(-1) ?? each));
  return `; attached to it: ${names.join(', ')}`;
}

/** The policy and who gets it, as far as the module knows. */
function policyItem(bundle: IamBundle, policy: ManagedPolicy, inputs: Inputs): string {
  const isInline = bundle.policyType === 'inline';
  const { repetition, nameLists } = inputs;
  const each = repetition?.policies.has(policy) ? `, one for each of ${code(repetition.name)}` : '';
  const lists = nameLists.filter(({ principals }) => isFor(policy, principals));
  const created = [...bundle.roles, ...bundle.users].filter(({ principal }) =>
    policy.attachTo.includes(principal),
  );
  const existing = bundle.existing.filter(({ principal }) => policy.attachTo.includes(principal));
  const holders = [
    ...created.map(({ name }) => code(shown(name))),
    ...(isInline
      ? existing.map(({ name }) => code(name))
      : lists.map(({ variable, entity }) => `the ${entity}s in ${code(variable)}`)),
  ];
  const listed = lists.flatMap(({ principals }) => principals);
  const loose = unnamedHolders(bundle, policy).filter((id) => !listed.includes(id));
  const what = isInline ? 'inline policy' : 'policy';
  const verb = isInline ? 'in' : 'attached to';
  return [
    `${what} ${code(shown(policy.name))}${each}`,
    ...(holders.length === 0 ? [] : [`${verb} ${[...new Set(holders)].join(', ')}`]),
    ...(loose.length === 0
      ? []
      : [`left to ${isInline ? 'put in' : 'attach'} by hand: ${loose.join(', ')}`]),
  ].join('; ');
}

/** A call with everything that is required, and whom to attach to where nobody is named yet. */
function usage(inputs: Inputs): string {
  const { variables, nameLists } = inputs;
  const required = variables.filter((variable) => variable.default === undefined);
  const values = required.map(({ name }) => [name, exampleOf(name, inputs)] as const);
  const isNamed = nameLists.some(({ names }) => names.length > 0);
  const roles = isNamed ? undefined : nameLists.find(({ entity }) => entity === 'role');
  return printBlock({
    keyword: 'module',
    labels: ['palette_iam'],
    comment: [],
    body: {
      source: protect('./terraform'),
      ...Object.fromEntries(values),
      ...(roles === undefined ? {} : { [roles.variable]: [protect(placeholder(roles))] }),
    },
  });
}
