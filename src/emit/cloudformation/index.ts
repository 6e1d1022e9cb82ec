/**
 * Format `cloudformation`: the policies beside the CAPA stack, and the CAPA stack itself under the
 * file name that Palette's documentation gives it.
 */
import {
  awsManagedPolicyArn,
  type Emission,
  type EmittedFile,
  type Emitter,
  type IamBundle,
} from '../../model/bundle.ts';
import { RunMemory } from '../../model/memo.ts';
import { requireHolders, unnamedHolderNotes } from '../inline.ts';
import { toYaml, toYamlText, type YamlText } from '../yaml.ts';
import { headerLines, resourceComments, stackSetHeader } from './comments.ts';
import { patternNotes } from './parameters.ts';
import {
  buildStackSet,
  bundleOfEveryAccount,
  STACKSET_FILE,
  stackSetComments,
  stackSetNotes,
} from './stackset.ts';
import {
  BODY_BYTES,
  buildTemplate,
  byteLength,
  POLICIES_FILE,
  policyResources,
  STACK_FILE,
  type Template,
} from './template.ts';

const RESOURCES = 500;
const OUTPUTS = 200;
const PARAMETERS = 200;

function limitNotes(file: EmittedFile, template: Template): readonly string[] {
  const bytes = byteLength(file.content);
  const resources = Object.keys(template.Resources).length;
  const outputs = Object.keys(template.Outputs ?? {}).length;
  const parameters = Object.keys(template.Parameters ?? {}).length;
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
    ...(parameters > PARAMETERS
      ? [
          `${file.path} has ${parameters} parameters; a stack takes ${PARAMETERS}: give values on the command line.`,
        ]
      : []),
  ];
}

/** AWS::IAM::ManagedPolicy and AWS::IAM::InstanceProfile have no Tags. */
function tagNotes({ tags, policies, roles, users }: IamBundle): readonly string[] {
  if (tags.size === 0 || policies.length + roles.length + users.length === 0) return [];
  const tagged = users.length === 0 ? 'roles' : 'roles and users';
  return [
    `CloudFormation tags ${tagged} only: managed policies and instance profiles take no tags in a template. \`aws cloudformation deploy --tags\` does not reach them either; \`aws iam tag-policy\` does.`,
  ];
}

/** CloudFormation attaches AWS managed policies only from the holder's side, so only to new ones. */
function attachNotes(bundle: IamBundle): readonly string[] {
  return bundle.existing.flatMap(({ entity, name, awsManagedPolicies }) =>
    awsManagedPolicies.map((policy) => {
      const arn = awsManagedPolicyArn(bundle.partition, policy);
      return `CloudFormation cannot attach an AWS managed policy to a ${entity} that it does not create: aws iam attach-${entity}-policy --${entity}-name ${name} --policy-arn ${arn}`;
    }),
  );
}

/** A template as text, with its comments. */
function templateText(bundle: IamBundle, inStack: boolean, template: Template): YamlText {
  return {
    value: template,
    comments: resourceComments(bundle, inStack, policyResources(bundle, inStack)),
    spaced: ['', 'Resources'],
  };
}

/** The StackSet around everything that the other templates make; nothing where that is nothing. */
function stackSet(bundle: IamBundle, memory: RunMemory): Emission {
  const everywhere = bundleOfEveryAccount(bundle);
  const inner = buildTemplate(everywhere, false);
  if (inner === undefined) return { files: [], notes: [] };
  const body = toYamlText(templateText(everywhere, false, inner), memory);
  const outer = buildStackSet(bundle, inner, body);
  const file = {
    path: STACKSET_FILE,
    content: toYaml(
      {
        value: outer.template,
        target: bundle.target,
        header: stackSetHeader(bundle),
        comments: stackSetComments(outer),
        spaced: [''],
      },
      memory,
    ),
  };
  const bytes = byteLength(body);
  return {
    files: [file],
    notes: [
      ...limitNotes(file, outer.template),
      ...(bytes > BODY_BYTES
        ? [
            `${STACKSET_FILE}: its TemplateBody has ${bytes} bytes and a StackSet takes ${BODY_BYTES}: put that text into an S3 bucket and its address in place, as TemplateURL, or select fewer features per target.`,
          ]
        : []),
      ...stackSetNotes(bundle, body),
    ],
  };
}

/**
 * `cloudformation/*.yaml`; open parameters become template parameters.
 * Throws a usage error (`inline-without-holder`) where an inline policy has nobody to be part of.
 */
export const emitCloudFormation: Emitter = (bundle, memory = new RunMemory()) => {
  requireHolders(bundle, 'cloudformation');
  const files: EmittedFile[] = [];
  const notes: string[] = [];
  for (const inStack of [true, false]) {
    const template = buildTemplate(bundle, inStack);
    if (template === undefined) continue;
    const file = {
      path: inStack ? STACK_FILE : POLICIES_FILE,
      content: toYaml(
        {
          ...templateText(bundle, inStack, template),
          target: bundle.target,
          header: headerLines(bundle, inStack),
        },
        memory,
      ),
    };
    files.push(file);
    notes.push(...limitNotes(file, template));
  }
  const rollout = bundle.stackset ? stackSet(bundle, memory) : { files: [], notes: [] };
  return {
    files: [...files, ...rollout.files],
    notes: [
      ...notes,
      ...rollout.notes,
      ...patternNotes(bundle),
      ...attachNotes(bundle),
      ...tagNotes(bundle),
      ...unnamedHolderNotes(bundle),
    ],
  };
};
