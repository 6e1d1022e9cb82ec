/** What a template says of itself to its reviewer: where each permission comes from, and for whom. */
import type { IamBundle, ManagedPolicy, Origin } from '../../model/bundle.ts';
import { unnamedHolders } from '../inline.ts';
import {
  DOCUMENTED_STACK,
  POLICIES_STACK_NAME,
  type PolicyResource,
  STACK_NAME,
} from './template.ts';

/** Columns of a comment at the margin; a word that is longer stays whole. */
const WIDTH = 98;

/** Comment lines by the path of the key below them. */
type Comments = ReadonlyMap<string, readonly string[]>;

/** Cuts a paragraph at spaces; the lines after the first are indented by two more. */
function wrap(paragraph: string, indent = ''): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of paragraph.split(' ')) {
    if (line.trim() !== '' && `${line} ${word}`.length > WIDTH) {
      lines.push(line);
      line = `${indent}  ${word}`;
    } else {
      line += line.trim() === '' ? word : ` ${word}`;
    }
  }
  return [...lines, line];
}

/** The lines at the head of a template that a person creates as a stack. */
export function headerLines(bundle: IamBundle, inStack: boolean): readonly string[] {
  const there = bundle.policyType === 'managed' ? 'attach to' : 'go into';
  return [
    ...(inStack
      ? [
          `Create it as the stack ${STACK_NAME}, with CAPABILITY_NAMED_IAM,`,
          `before any other template of this target: their policies ${there} its roles.`,
        ]
      : [`Create it as a stack of any name (${POLICIES_STACK_NAME}), with CAPABILITY_NAMED_IAM.`]),
    ...partitionLines(bundle),
    ...(inStack ? documentedLines(bundle) : []),
  ];
}

/** The lines at the head of the template around a StackSet. */
export function stackSetHeader(bundle: IamBundle): readonly string[] {
  const whole = bundle.roles.some(({ inStack }) => inStack)
    ? [
        `Its TemplateBody holds the stack ${STACK_NAME} and the policies`,
        'beside it in one, in a stack that StackSets names: in each account the roles come first.',
      ]
    : [];
  return [
    'For every account of organizational units. Create it as a stack, in one region, in the',
    'management account or that of a delegated administrator; trusted access must be active.',
    'CloudFormation leaves the management account itself out.',
    ...whole,
    ...partitionLines(bundle),
  ];
}

/** The documented sources are of the partition aws; an ARN of another partition fails to deploy. */
function partitionLines(bundle: IamBundle): readonly string[] {
  const arn = `arn:${bundle.partition}:`;
  const isNamed =
    [...bundle.roles, ...bundle.users].some(
      ({ awsManagedPolicies }) => awsManagedPolicies.length > 0,
    ) || bundle.policies.some(({ document }) => JSON.stringify(document).includes(arn));
  return isNamed
    ? [`For accounts of the partition ${bundle.partition}; gen --partition writes for another.`]
    : [];
}

/** The file name is that of the documented template; what is in it may differ. */
function documentedLines({ stackDifferences }: IamBundle): readonly string[] {
  return stackDifferences.length === 0
    ? ['Its resources are those of the documented template, one by one:', `  ${DOCUMENTED_STACK}`]
    : [
        'It differs from the documented template',
        `  ${DOCUMENTED_STACK}`,
        'in this:',
        ...stackDifferences.flatMap((difference) => wrap(`- ${difference}`, '  ')),
      ];
}

/** All comments of a template's resources. */
export function resourceComments(
  bundle: IamBundle,
  inStack: boolean,
  policies: readonly PolicyResource[],
): Comments {
  const comments = new Map<string, readonly string[]>();
  const created = [...bundle.roles, ...bundle.users].filter((each) => each.inStack === inStack);
  for (const { principal: id, logicalId } of created) {
    const principal = bundle.principals.find((each) => each.id === id);
    comments.set(`Resources/${logicalId}`, [principal?.description ?? id]);
  }
  for (const { logicalId, policy, isText } of policies) {
    const origins = statementLines(policy);
    // A text cannot hold comments: what they would say is listed above.
    const listed = origins.flatMap((line, index) => wrap(`${index}. ${line}`, '  '));
    comments.set(`Resources/${logicalId}`, [
      ...groupLines(bundle, policy),
      ...(origins.length === 0
        ? []
        : isText
          ? [
              'Its statements, from 0, and the statements of the groups that they come from:',
              ...listed,
            ]
          : ['Above each statement: the groups it comes from and their statements, from 0.']),
      ...looseLines(bundle, policy),
    ]);
    if (isText) continue;
    for (const [index, line] of origins.entries()) {
      const place = `Resources/${logicalId}/Properties/PolicyDocument/Statement/${index}`;
      comments.set(place, [line]);
    }
  }
  return comments;
}

/** The groups that a policy was made of, and where those come from; a page shared by several once. */
function groupLines(bundle: IamBundle, policy: ManagedPolicy): readonly string[] {
  const groups = policy.groups.map((id) => bundle.groups.find((candidate) => candidate.id === id));
  return policy.groups.flatMap((id, index) => {
    const group = groups[index];
    const source = group?.source;
    const from =
      source === undefined
        ? ''
        : `: ${source.document}, ${source.section}, last updated ${source.lastUpdate}`;
    const isShared = source?.url === groups[index + 1]?.source?.url;
    return [
      `${id}${from}`,
      ...(group?.amendments ?? []).map((amendment) => `  amended: ${amendment}`),
      ...(source?.url === undefined || isShared ? [] : [`  ${source.url}`]),
    ];
  });
}

/** A line for each statement where a policy holds several groups; none where it holds one. */
function statementLines(policy: ManagedPolicy): readonly string[] {
  return policy.groups.length < 2
    ? []
    : policy.origins.map((origins) => origins.map(originText).join('; '));
}

function originText({ group, statements }: Origin): string {
  return statements.length === 0 ? group : `${group}: ${statements.join(', ')}`;
}

/** Without `Roles` and `Users` a policy looks forgotten. */
function looseLines(bundle: IamBundle, policy: ManagedPolicy): readonly string[] {
  const loose = unnamedHolders(bundle, policy);
  const what = bundle.policyType === 'managed' ? 'attach' : 'put in';
  return loose.length === 0 ? [] : [`Left to ${what} by hand: ${loose.join(', ')}.`];
}
