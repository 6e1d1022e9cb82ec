/** Steps that create the roles and policies, format by format. */
import { emitCloudFormation } from '../emit/cloudformation.ts';
import {
  bundleOfEveryAccount,
  STACKSET_FILE,
  STACKSET_STACK_NAME,
} from '../emit/cloudformation-stackset.ts';
import {
  BODY_BYTES,
  buildTemplate,
  byteLength,
  POLICIES_FILE,
  POLICIES_STACK_NAME,
  STACK_FILE,
  STACK_NAME,
  type Template,
} from '../emit/cloudformation-template.ts';
import { documentPath } from '../emit/iam-json.ts';
import { type Holder, heldPolicies } from '../emit/inline.ts';
import { shown } from '../emit/open-parameters.ts';
import { requiredInputs } from '../emit/terraform/inputs.ts';
import { nameListsOf } from '../emit/terraform/name-lists.ts';
import {
  awsManagedPolicyArn,
  type EmittedFile,
  type Entity,
  type Format,
  type IamBundle,
  type ManagedPolicy,
  type Role,
} from '../model/bundle.ts';
import { type Block, code, command, quoted, type Step, text } from './step.ts';

/** Asked of AWS where the account was not given. */
const ACCOUNT_FROM_AWS = 'ACCOUNT_ID=$(aws sts get-caller-identity --query Account --output text)';

/** The line that `policyArn` relies on, where it does. */
export function accountLines(bundle: IamBundle): readonly string[] {
  return bundle.accountId === undefined ? [ACCOUNT_FROM_AWS] : [];
}

/** ARN of a generated policy as a word of a shell command. */
export function policyArn(bundle: IamBundle, policy: ManagedPolicy): string {
  return iamArn(bundle, `policy${bundle.path}${policy.name}`);
}

/** ARN of a created role as a word of a shell command. */
export function roleArn(bundle: IamBundle, role: Role): string {
  return iamArn(bundle, `role${bundle.path}${role.name}`);
}

function iamArn({ accountId, partition }: IamBundle, resource: string): string {
  const rest = shown(resource);
  return accountId === undefined
    ? `"arn:${partition}:iam::\${ACCOUNT_ID}:${rest}"`
    : `arn:${partition}:iam::${accountId}:${rest}`;
}

/** `aws iam attach-role-policy …` or its sibling for users or groups. */
export function attach(entity: Entity, name: string, arn: string): readonly string[] {
  return command(
    `aws iam attach-${entity}-policy`,
    `--${entity}-name ${shown(name)}`,
    `--policy-arn ${arn}`,
  );
}

/** `aws iam put-role-policy …` or its sibling for users or groups; the document is that of the principal. */
export function put(
  bundle: IamBundle,
  policy: ManagedPolicy,
  { principal, entity, name }: Holder,
): readonly string[] {
  return command(
    `aws iam put-${entity}-policy`,
    `--${entity}-name ${shown(name)}`,
    `--policy-name ${shown(policy.name)}`,
    `--policy-document file://${shown(documentPath(bundle, policy, principal))}`,
  );
}

/** A template's parameters as a person fills them in: `ClusterName=<clusterName>`. */
function overrides(template: Template | undefined): readonly string[] {
  return Object.entries(template?.Parameters ?? {})
    .filter(([, declaration]) => !('Default' in Object(declaration)))
    .map(([name]) => `${name}=<${name.charAt(0).toLowerCase()}${name.slice(1)}>`);
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

/** AWS managed policies on existing roles, users and groups, which CloudFormation cannot attach. */
function attachAwsManaged(bundle: IamBundle): readonly string[] {
  return bundle.existing.flatMap(({ entity, name, awsManagedPolicies }) =>
    awsManagedPolicies.flatMap((policy) =>
      attach(entity, name, awsManagedPolicyArn(bundle.partition, policy)),
    ),
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
        code(deploy(stack, STACK_NAME, overrides(buildTemplate(bundle, true)), [NAMED_IAM])),
        text(
          `Keep the stack name, and create it once per account: names of IAM roles are global. In the console: CloudFormation › Create stack › With new resources (standard) › Upload a template file; tick "I acknowledge that AWS CloudFormation might create IAM resources with customized names."`,
        ),
        ...before,
      ],
    });
  }
  if (beside !== undefined) {
    const roles = bundle.roles.some((role) => !role.inStack) ? 'roles and ' : '';
    const parameters = overrides(buildTemplate(bundle, false));
    steps.push({
      title: inline ? `Create the ${roles}inline policies` : 'Create the policies',
      blocks: [code(deploy(beside, POLICIES_STACK_NAME, parameters, [NAMED_IAM]))],
    });
  }
  return [...steps, ...attachSteps(bundle)];
}

/** One command for hundreds of accounts; the engine is AWS's own. */
function stackSetStep(bundle: IamBundle, file: EmittedFile | undefined): Step {
  const template = buildTemplate(bundleOfEveryAccount(bundle), false);
  const parameters = ['OrganizationalUnitIds=<organizationalUnitIds>', ...overrides(template)];
  const roles = bundle.roles.length > 0 ? 'roles and ' : '';
  return {
    title: `Create the ${roles}policies in the accounts of organizational units`,
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
        'Every account of the units gets the stack, those that join later too, and never the management account. An account in which a role or policy of the same name exists fails: delete its former stacks first.',
      ),
      text(
        `For a single account there are the other files of cloudformation/: \`gen howto\` without --stackset says how. What follows here is to be done in each of the accounts.`,
      ),
    ],
  };
}

function terraformSteps(bundle: IamBundle): readonly Step[] {
  const variables = requiredInputs(bundle).map(
    ({ name, example }) => `export TF_VAR_${name}=${quoted(example)}`,
  );
  const blocks: Block[] = [
    text(
      'terraform/ is a module without provider and backend: call it from your own configuration, as its README.md shows, or run it by itself with AWS credentials in the environment.',
    ),
    code(['cd terraform', ...variables, 'terraform init && terraform plan', 'terraform apply']),
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
  const policies = bundle.policyType === 'inline' ? 'inline policies' : 'policies';
  const what = bundle.roles.length > 0 ? `roles and ${policies}` : policies;
  return [{ title: `Create the ${what}`, blocks }];
}

/** `--tags …` for what takes tags when it is created. */
function tagFlags(bundle: IamBundle): readonly string[] {
  const tags = [...bundle.tags].map(([key, value]) => quoted(shown(`Key=${key},Value=${value}`)));
  return tags.length === 0 ? [] : [`--tags ${tags.join(' ')}`];
}

function createRole(bundle: IamBundle, role: Role): readonly string[] {
  const name = shown(role.name);
  const path = bundle.path === '/' ? [] : [`--path ${bundle.path}`];
  const profile = role.instanceProfile;
  return [
    ...command(
      'aws iam create-role',
      `--role-name ${name}`,
      `--assume-role-policy-document file://iam-json/roles/${name}.trust.json`,
      ...path,
      ...(bundle.permissionsBoundary === undefined
        ? []
        : [`--permissions-boundary ${bundle.permissionsBoundary}`]),
      ...tagFlags(bundle),
    ),
    ...role.awsManagedPolicies.flatMap((policy) =>
      attach('role', name, awsManagedPolicyArn(bundle.partition, policy)),
    ),
    ...(profile === undefined
      ? []
      : [
          ...command(
            'aws iam create-instance-profile',
            `--instance-profile-name ${shown(profile.name)}`,
            ...path,
            ...tagFlags(bundle),
          ),
          ...command(
            'aws iam add-role-to-instance-profile',
            `--instance-profile-name ${shown(profile.name)}`,
            `--role-name ${name}`,
          ),
        ]),
  ];
}

function createPolicy(bundle: IamBundle, policy: ManagedPolicy): readonly string[] {
  const name = shown(policy.name);
  return command(
    'aws iam create-policy',
    `--policy-name ${name}`,
    `--policy-document file://iam-json/${name}.json`,
    `--description ${quoted(policy.description)}`,
    ...(bundle.path === '/' ? [] : [`--path ${bundle.path}`]),
    ...tagFlags(bundle),
  );
}

/** Inline policies into the roles, users and groups that have a name, and what is attached to those. */
function putSteps(bundle: IamBundle): readonly Step[] {
  const puts = heldPolicies(bundle).flatMap(({ policy, holders }) =>
    holders.flatMap((holder) => put(bundle, policy, holder)),
  );
  const awsManaged = attachAwsManaged(bundle);
  return [
    ...(puts.length > 0
      ? [{ title: 'Put the inline policies into roles, users and groups', blocks: [code(puts)] }]
      : []),
    ...(awsManaged.length > 0
      ? [{ title: 'Attach the AWS managed policies', blocks: [code(awsManaged)] }]
      : []),
  ];
}

function iamJsonSteps(bundle: IamBundle): readonly Step[] {
  const steps: Step[] = [];
  if (bundle.roles.length > 0) {
    steps.push({
      title: 'Create the roles',
      blocks: [code(bundle.roles.flatMap((role) => createRole(bundle, role)))],
    });
  }
  if (bundle.policyType === 'inline') return [...steps, ...putSteps(bundle)];
  if (bundle.policies.length > 0) {
    steps.push({
      title: 'Create the policies',
      blocks: [code(bundle.policies.flatMap((policy) => createPolicy(bundle, policy)))],
    });
  }
  const attachments = bundle.policies.flatMap((policy) => [
    ...bundle.roles
      .filter((role) => policy.attachTo.includes(role.principal))
      .flatMap((role) => attach('role', role.name, policyArn(bundle, policy))),
    ...bundle.existing
      .filter((existing) => policy.attachTo.includes(existing.principal))
      .flatMap((existing) => attach(existing.entity, existing.name, policyArn(bundle, policy))),
  ]);
  const awsManaged = attachAwsManaged(bundle);
  if (attachments.length + awsManaged.length > 0) {
    const account = attachments.length > 0 ? accountLines(bundle) : [];
    steps.push({
      title: 'Attach the policies',
      blocks: [code([...account, ...attachments, ...awsManaged])],
    });
  }
  return steps;
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
