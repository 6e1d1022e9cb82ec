/**
 * Format `cloudformation`: the policies beside the CAPA stack, and the CAPA stack itself under the
 * file name that Palette's documentation gives it.
 */
import {
  awsManagedPolicyArn,
  type EmittedFile,
  type Emitter,
  type IamBundle,
} from '../model/bundle.ts';
import {
  buildTemplate,
  byteLength,
  POLICIES_FILE,
  POLICIES_STACK_NAME,
  policyResources,
  STACK_FILE,
  STACK_NAME,
} from './cloudformation-template.ts';
import { requireHolders, unnamedHolderNotes } from './inline.ts';
import { toYaml } from './yaml.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const BODY_BYTES = 51_200;
const RESOURCES = 500;
const OUTPUTS = 200;

/** Above each policy: the groups it was made of, and where those come from. */
function originLines(bundle: IamBundle, groupIds: readonly string[]): readonly string[] {
  return groupIds.flatMap((id) => {
    const group = bundle.groups.find((candidate) => candidate.id === id);
    const source = group?.source;
    const from =
      source === undefined
        ? ''
        : `: ${source.document}, ${source.section}, last updated ${source.lastUpdate}`;
    return [
      `${id}${from}`,
      ...(source?.url === undefined ? [] : [`  ${source.url}`]),
      ...(group?.amendments ?? []).map((amendment) => `  amended: ${amendment}`),
    ];
  });
}

function header({ policyType }: IamBundle, inStack: boolean): readonly string[] {
  const there = policyType === 'managed' ? 'attach to' : 'go into';
  return inStack
    ? [
        `Create it as the stack ${STACK_NAME}, with CAPABILITY_NAMED_IAM,`,
        `before any other template of this target: their policies ${there} its roles.`,
      ]
    : [`Create it as a stack of any name (${POLICIES_STACK_NAME}), with CAPABILITY_NAMED_IAM.`];
}

function limitNotes(file: EmittedFile, resources: number, outputs: number): readonly string[] {
  const bytes = byteLength(file.content);
  return [
    ...(bytes > BODY_BYTES
      ? [
          `${file.path} has ${bytes} bytes; CloudFormation takes ${BODY_BYTES} in a request and 1 MB from S3: add \`--s3-bucket <bucket>\` to \`aws cloudformation deploy\`.`,
        ]
      : []),
    ...(resources > RESOURCES
      ? [
          `${file.path} has ${resources} resources; a stack takes ${RESOURCES}: select fewer features per target.`,
        ]
      : []),
    ...(outputs > OUTPUTS
      ? [`${file.path} has ${outputs} outputs; a stack takes ${OUTPUTS}: remove those not needed.`]
      : []),
  ];
}

/** AWS::IAM::ManagedPolicy and AWS::IAM::InstanceProfile have no Tags. */
function tagNotes({ tags, policies, roles }: IamBundle): readonly string[] {
  if (tags.size === 0 || (policies.length === 0 && roles.length === 0)) return [];
  return [
    'CloudFormation tags roles only: managed policies and instance profiles take no tags in a template. `aws cloudformation deploy --tags` does not reach them either; `aws iam tag-policy` does.',
  ];
}

/** CloudFormation attaches AWS managed policies only from the role's side, so only to new roles. */
function attachNotes(bundle: IamBundle): readonly string[] {
  return bundle.existing.flatMap(({ entity, name, awsManagedPolicies }) =>
    awsManagedPolicies.map((policy) => {
      const arn = awsManagedPolicyArn(bundle.partition, policy);
      return `CloudFormation cannot attach an AWS managed policy to a ${entity} that it does not create: aws iam attach-${entity}-policy --${entity}-name ${name} --policy-arn ${arn}`;
    }),
  );
}

/**
 * `cloudformation/*.yaml`; open parameters become template parameters.
 * Throws a usage error (`inline-without-holder`) where an inline policy has nobody to be part of.
 */
export const emitCloudFormation: Emitter = (bundle) => {
  requireHolders(bundle, 'cloudformation');
  const files: EmittedFile[] = [];
  const notes: string[] = [];
  for (const inStack of [true, false]) {
    const template = buildTemplate(bundle, inStack);
    if (template === undefined) continue;
    const comments = new Map(
      policyResources(bundle, inStack).map(({ logicalId, policy }): [string, readonly string[]] => [
        `Resources/${logicalId}`,
        originLines(bundle, policy.groups),
      ]),
    );
    const file = {
      path: inStack ? STACK_FILE : POLICIES_FILE,
      content: toYaml({
        value: template,
        target: bundle.target,
        header: header(bundle, inStack),
        comments,
        spaced: ['', 'Resources'],
      }),
    };
    files.push(file);
    const resources = Object.keys(template.Resources).length;
    const outputs = Object.keys(template.Outputs ?? {}).length;
    notes.push(...limitNotes(file, resources, outputs));
  }
  return {
    files,
    notes: [...notes, ...attachNotes(bundle), ...tagNotes(bundle), ...unnamedHolderNotes(bundle)],
  };
};
