/** Steps that create the roles and policies, format by format. */
import {
  buildTemplate,
  POLICIES_FILE,
  POLICIES_STACK_NAME,
  STACK_FILE,
  STACK_NAME,
} from '../emit/cloudformation-template.ts';
import type { Format, IamBundle } from '../model/bundle.ts';
import { attachAwsManaged } from './aws-cli.ts';
import { iamJsonSteps } from './create-iam-json.ts';
import { type Block, code, command, type Step, text } from './step.ts';

function deploy(bundle: IamBundle, inStack: boolean): readonly string[] {
  const parameters = Object.keys(buildTemplate(bundle, inStack)?.Parameters ?? {});
  const overrides = parameters.map(
    (name) => `${name}=<${name.charAt(0).toLowerCase()}${name.slice(1)}>`,
  );
  return command(
    'aws cloudformation deploy',
    `--template-file ${inStack ? STACK_FILE : POLICIES_FILE}`,
    `--stack-name ${inStack ? STACK_NAME : POLICIES_STACK_NAME}`,
    '--capabilities CAPABILITY_NAMED_IAM',
    ...(overrides.length === 0 ? [] : [`--parameter-overrides ${overrides.join(' ')}`]),
  );
}

function cloudFormationSteps(bundle: IamBundle): readonly Step[] {
  const stack = buildTemplate(bundle, true) !== undefined;
  const beside = buildTemplate(bundle, false) !== undefined;
  const byHand = attachAwsManaged(bundle);
  const inline = bundle.policyType === 'inline';
  const steps: Step[] = [];
  if (stack) {
    const how = inline ? 'go into' : 'attach to';
    const before = beside
      ? [text(`Do this before the next step: node policies ${how} roles of this stack.`)]
      : [];
    steps.push({
      title: 'Create the CloudFormation stack that Palette uses',
      blocks: [
        code(deploy(bundle, true)),
        text(
          `Keep the stack name, and create it once per account: names of IAM roles are global. In the console: CloudFormation › Create stack › With new resources (standard) › Upload a template file; tick "I acknowledge that AWS CloudFormation might create IAM resources with customized names."`,
        ),
        ...before,
      ],
    });
  }
  if (beside) {
    const roles = bundle.roles.some((role) => !role.inStack) ? 'roles and ' : '';
    steps.push({
      title: inline ? `Create the ${roles}inline policies` : 'Create the policies',
      blocks: [code(deploy(bundle, false))],
    });
  }
  if (byHand.length > 0) {
    steps.push({
      title: 'Attach the AWS managed policies',
      blocks: [
        text('CloudFormation cannot attach them to roles and users that it did not create.'),
        code(byHand),
      ],
    });
  }
  return steps;
}

function terraformSteps(bundle: IamBundle): readonly Step[] {
  const variables = bundle.openParameters.map(({ name }) => {
    const variable = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return `export TF_VAR_${variable}=<${name}>`;
  });
  const blocks: Block[] = [
    text(
      'terraform/ is a module without provider and backend: call it from your own configuration, or run it by itself with AWS credentials in the environment.',
    ),
    code(['cd terraform', ...variables, 'terraform init && terraform plan', 'terraform apply']),
  ];
  if (bundle.roles.some((role) => role.inStack)) {
    blocks.push(
      text(
        `The roles of the stack ${STACK_NAME} are in the module: create them here or in CloudFormation, not in both.`,
      ),
    );
  }
  const policies = bundle.policyType === 'inline' ? 'inline policies' : 'policies';
  const what = bundle.roles.length > 0 ? `roles and ${policies}` : policies;
  return [{ title: `Create the ${what}`, blocks }];
}

/** The formats that create something in AWS, in the order of preference. */
const CREATING: readonly (readonly [Format, (bundle: IamBundle) => readonly Step[]])[] = [
  ['cloudformation', cloudFormationSteps],
  ['terraform', terraformSteps],
  ['iam-json', iamJsonSteps],
];

/** Of the selected formats, those that create something in AWS: alternatives to each other. */
export function creatingFormats(formats: readonly Format[]): readonly Format[] {
  return CREATING.map(([format]) => format).filter((format) => formats.includes(format));
}

/** Steps of every selected format, each named after its format where there is a choice. */
export function creationSteps(bundle: IamBundle, formats: readonly Format[]): readonly Step[] {
  const selected = CREATING.filter(([format]) => formats.includes(format));
  return selected.flatMap(([format, steps]) =>
    steps(bundle).map((step) =>
      selected.length > 1 ? { ...step, title: `${step.title} (with ${format})` } : step,
    ),
  );
}
