/** Steps that create the roles and policies, format by format. */
import { emitCloudFormation } from '../emit/cloudformation/index.ts';
import {
  bundleOfEveryAccount,
  STACKSET_FILE,
  STACKSET_STACK_NAME,
} from '../emit/cloudformation/stackset.ts';
import {
  BODY_BYTES,
  buildTemplate,
  byteLength,
  POLICIES_FILE,
  POLICIES_STACK_NAME,
  STACK_FILE,
  STACK_NAME,
  type Template,
} from '../emit/cloudformation/template.ts';
import { requiredInputs } from '../emit/terraform/inputs.ts';
import { nameListsOf } from '../emit/terraform/name-lists.ts';
import type { EmittedFile, Format, IamBundle } from '../model/bundle.ts';
import { shellWord } from '../text/shell.ts';
import { inWords } from '../text/words.ts';
import { attachAwsManaged } from './aws-cli.ts';
import { iamJsonSteps } from './create-iam-json.ts';
import { importStep, type StackFile } from './import-cloudformation.ts';
import { type Block, code, command, type Step, text } from './step.ts';

/** A template's parameters as a person fills them in: `ClusterName=<clusterName>`. */
function overrides(template: Template | undefined): readonly string[] {
  return Object.entries(template?.Parameters ?? {})
    .filter(([, declaration]) => !('Default' in Object(declaration)))
    .map(([name]) => `${name}=<${name.charAt(0).toLowerCase()}${name.slice(1)}>`);
}

/** `roles, users and policies`, as far as there are any. */
function createdKinds({ roles, users, policyType }: IamBundle): string {
  return inWords([
    ...(roles.length > 0 ? ['roles'] : []),
    ...(users.length > 0 ? ['users'] : []),
    policyType === 'inline' ? 'inline policies' : 'policies',
  ]);
}

const NAMED_IAM = '--capabilities CAPABILITY_NAMED_IAM';

/** `aws cloudformation deploy` of one of the emitted files, by S3 where it is too large otherwise. */
function deploy(
  file: EmittedFile | undefined,
  stackName: string,
  parameters: readonly string[],
  capabilities: readonly string[],
): readonly string[] {
  const isLarge = byteLength(file?.content ?? '') > BODY_BYTES;
  return command(
    'aws cloudformation deploy',
    `--template-file ${file?.path}`,
    `--stack-name ${stackName}`,
    ...(isLarge ? ['--s3-bucket <bucket>'] : []),
    ...capabilities,
    ...(parameters.length === 0 ? [] : [`--parameter-overrides ${parameters.join(' ')}`]),
  );
}

/** AWS managed policies, where a template cannot attach them. */
function attachSteps(bundle: IamBundle): readonly Step[] {
  const byHand = attachAwsManaged(bundle);
  if (byHand.length === 0) return [];
  return [
    {
      title: 'Attach the AWS managed policies',
      blocks: [
        text(
          'CloudFormation cannot attach them to roles, users and groups that it did not create.',
        ),
        code(byHand),
      ],
    },
  ];
}

function cloudFormationSteps(bundle: IamBundle): readonly Step[] {
  const { files } = emitCloudFormation(bundle);
  const fileAt = (path: string) => files.find((file) => file.path === path);
  if (fileAt(STACKSET_FILE) !== undefined) {
    return [stackSetStep(bundle, fileAt(STACKSET_FILE)), ...attachSteps(bundle)];
  }
  const stack = fileAt(STACK_FILE);
  const beside = fileAt(POLICIES_FILE);
  const inline = bundle.policyType === 'inline';
  const overridesOf = (inStack: boolean) => overrides(buildTemplate(bundle, inStack));
  const stacks = [
    { file: stack, inStack: true, stackName: STACK_NAME },
    { file: beside, inStack: false, stackName: POLICIES_STACK_NAME },
  ].flatMap(({ file, inStack, stackName }): StackFile[] =>
    file === undefined ? [] : [{ file, inStack, stackName, parameters: overridesOf(inStack) }],
  );
  const steps: Step[] = [];
  if (stack !== undefined) {
    const how = inline ? 'go into' : 'attach to';
    const before =
      beside === undefined
        ? []
        : [text(`Do this before the next step: node policies ${how} roles of this stack.`)];
    steps.push({
      title: 'Create the CloudFormation stack that Palette uses',
      blocks: [
        code(deploy(stack, STACK_NAME, overridesOf(true), [NAMED_IAM])),
        text(
          `Keep the stack name, and create it once per account: names of IAM roles are global. In the console: CloudFormation › Create stack › With new resources (standard) › Upload a template file; tick "I acknowledge that AWS CloudFormation might create IAM resources with customized names."`,
        ),
        ...before,
      ],
    });
  }
  if (beside !== undefined) {
    const beyond = { ...bundle, roles: bundle.roles.filter((role) => !role.inStack) };
    steps.push({
      title: `Create the ${inline ? createdKinds(beyond) : 'policies'}`,
      blocks: [code(deploy(beside, POLICIES_STACK_NAME, overridesOf(false), [NAMED_IAM]))],
    });
  }
  const imports = stacks.length === 0 ? [] : [importStep(bundle, stacks)];
  return [...steps, ...imports, ...attachSteps(bundle)];
}

/** One command for hundreds of accounts; the engine is AWS's own. */
function stackSetStep(bundle: IamBundle, file: EmittedFile | undefined): Step {
  const template = buildTemplate(bundleOfEveryAccount(bundle), false);
  const parameters = ['OrganizationalUnitIds=<organizationalUnitIds>', ...overrides(template)];
  return {
    title: `Create the ${createdKinds({ ...bundle, policyType: 'managed' })} in the accounts of organizational units`,
    blocks: [
      text(
        "Once for the organization, in its management account, let StackSets into the members' accounts:",
      ),
      code(['aws cloudformation activate-organizations-access']),
      text('Then, in one region of the same account:'),
      code(deploy(file, STACKSET_STACK_NAME, parameters, [])),
      text(
        'Units are separated by commas: ou-ab12-cdefgh34,ou-ab12-ijklmn56. In the account of a delegated administrator add CallAs=DELEGATED_ADMIN.',
      ),
      text(
        'Every account of the units gets the stack, those that join later too, and never the management account. An account in which a role or policy of the same name exists fails: delete its previous stacks first.',
      ),
      text(
        `For a single account there are the other files of cloudformation/: \`gen howto\` without --stackset says how. What follows here is to be done in each of the accounts.`,
      ),
    ],
  };
}

function terraformSteps(bundle: IamBundle): readonly Step[] {
  const variables = requiredInputs(bundle).map(
    ({ name, example }) => `export TF_VAR_${name}=${shellWord(example)}`,
  );
  const blocks: Block[] = [
    text(
      'terraform/ is a module without provider and backend: call it from your own configuration, as its README.md shows, or run it by itself with AWS credentials and a region in the environment; keep its state out of the repository then.',
    ),
    code(['cd terraform', ...variables, 'terraform init && terraform plan', 'terraform apply']),
    text('imports.tf.example takes over what exists already, without replacing it, and says how.'),
  ];
  const lists = nameListsOf(bundle).map(({ variable }) => variable);
  if (lists.length > 0) {
    blocks.push(
      text(
        `The module attaches policies to the roles, users and groups in ${lists.join(', ')}; whoever is named there needs nothing attached by hand.`,
      ),
    );
  }
  if (bundle.roles.some((role) => role.inStack)) {
    blocks.push(
      text(
        `The roles of the stack ${STACK_NAME} are in the module: create them here or in CloudFormation, not in both.`,
      ),
    );
  }
  return [{ title: `Create the ${createdKinds(bundle)}`, blocks }];
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
