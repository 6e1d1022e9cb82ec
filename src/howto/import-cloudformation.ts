// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's variables are meant literally.
/**
 * What exists already, taken into a CloudFormation stack by an import.
 *
 * 1. A stack made by an import holds imported resources only, each with a `DeletionPolicy`, and no
 *    output. So its template is the generated one without its last section, `Outputs`, and with the
 *    attribute under each type (and its twin, which cfn-lint wants beside it); the generated one
 *    stays as it is documented.
 * 2. An import changes nothing in AWS, and what it says of a resource is not compared with what is
 *    there. A plain update would not see a difference either: a drift-aware one does, and brings the
 *    resources to the template. It adds outputs and creates what is missing too.
 * 3. What AWS cannot change in place must be in the template as it is deployed: names, paths, and
 *    descriptions of policies.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
 */
import { BODY_BYTES, byteLength, policyResources } from '../emit/cloudformation/template.ts';
import { shown } from '../emit/open-parameters.ts';
import { type EmittedFile, type IamBundle, managedPolicyArn } from '../model/bundle.ts';
import { accountLines } from './aws-cli.ts';
import { type Block, code, command, type Step, text } from './step.ts';

/** One of the two templates, the stack that it is for, and the values that its parameters need. */
export interface StackFile {
  readonly file: EmittedFile;
  readonly inStack: boolean;
  readonly stackName: string;
  /** `Name=<value>`. */
  readonly parameters: readonly string[];
}

/** What makes a template importable (rule 1), as a program of awk. */
export const IMPORTABLE: readonly string[] = [
  '/^Outputs:/ { exit } { print }',
  '/^    Type: AWS::IAM::/ {',
  '  print "    DeletionPolicy: Retain"',
  '  print "    UpdateReplacePolicy: Retain"',
  '}',
];

const CHANGE_SET = 'adopt';
const IMPORT_FILE = 'import.yaml';
const RESOURCES_FILE = 'resources-to-import.json';
/** As `accountLines` sets it. */
const ACCOUNT = '${ACCOUNT_ID}';

/** A step for all templates of a target. */
export function importStep(bundle: IamBundle, stacks: readonly StackFile[]): Step {
  const needsAccount = bundle.policyType === 'managed' && bundle.policies.length > 0;
  return {
    title: 'Or import what exists already',
    blocks: [
      text(
        'Where roles or policies of these names exist in the account, creating the stack fails. Import them into it instead; nothing is replaced. Create the import template and the list of resources; an import accepts only what exists, so delete the rest from both files, with what refers to it.',
      ),
      ...stacks.flatMap((stack, index) => [
        code([
          ...(index === 0 && needsAccount ? accountLines(bundle) : []),
          ...importFiles(bundle, stack),
        ]),
        text(`Look through ${IMPORT_FILE} and ${RESOURCES_FILE}, then import:`),
        code(importCommands(stack)),
      ]),
      text(
        'The import itself changes nothing. A drift-aware change set then brings documents, trust policies, attachments and role descriptions to the template, adds the outputs and creates what is missing. Every line that these commands print must end in False: AWS cannot change the name, path or description of a policy, nor the name or path of a role or instance profile. Give them as they are deployed (--deployed, --policy-description) and generate again. A policy that lists roles, users or groups is detached from all others: name them all (--palette-role, --node-role and so on).',
      ),
      ...stacks.map((stack): Block => code(reviewCommands(stack))),
      text('Only then execute it:'),
      ...stacks.map(({ stackName }): Block => code(executeUpdate(stackName))),
    ],
  };
}

/** Writes the import template and the list of resources. */
function importFiles(bundle: IamBundle, { file, inStack }: StackFile): readonly string[] {
  return [
    `awk '${IMPORTABLE[0]}`,
    ...IMPORTABLE.slice(1).map((line) => `  ${line}`),
    `' ${file.path} >${IMPORT_FILE}`,
    ...resourcesFile(bundle, inStack),
  ];
}

function importCommands(stack: StackFile): readonly string[] {
  return [
    ...changeSet(stack, IMPORT_FILE, [
      '--change-set-type IMPORT',
      `--resources-to-import file://${RESOURCES_FILE}`,
    ]),
    ...execute(stack.stackName),
    ...waitFor('stack-import-complete', stack.stackName),
  ];
}

/** Creates the change set and prints what it would replace. */
function reviewCommands(stack: StackFile): readonly string[] {
  const { file, stackName } = stack;
  return [
    ...changeSet(stack, file.path, ['--change-set-type UPDATE', '--deployment-mode REVERT_DRIFT']),
    ...command(
      'aws cloudformation describe-change-set',
      `--stack-name ${stackName}`,
      `--change-set-name ${CHANGE_SET}`,
      "--query 'Changes[?ResourceChange.Replacement].ResourceChange.[LogicalResourceId,Replacement]'",
      '--output text',
    ),
  ];
}

function executeUpdate(stackName: string): readonly string[] {
  return [...execute(stackName), ...waitFor('stack-update-complete', stackName)];
}

/** From S3 where the template is too large for a request. */
function changeSet(
  { file, stackName, parameters }: StackFile,
  path: string,
  flags: readonly string[],
): readonly string[] {
  const isLarge = byteLength(file.content) > BODY_BYTES;
  const key = path.slice(path.lastIndexOf('/') + 1);
  const values = parameters.map((each) => {
    const [name, value] = each.split('=');
    return `ParameterKey=${name},ParameterValue=${value}`;
  });
  return [
    ...(isLarge ? [`aws s3 cp ${path} s3://<bucket>/${key}`] : []),
    ...command(
      'aws cloudformation create-change-set',
      `--stack-name ${stackName}`,
      `--change-set-name ${CHANGE_SET}`,
      ...flags,
      isLarge
        ? `--template-url https://<bucket>.s3.amazonaws.com/${key}`
        : `--template-body file://${path}`,
      '--capabilities CAPABILITY_NAMED_IAM',
      ...values.map((value, index) => (index === 0 ? `--parameters ${value}` : `  ${value}`)),
    ),
    ...waitFor('change-set-create-complete', stackName, `--change-set-name ${CHANGE_SET}`),
  ];
}

function execute(stackName: string): readonly string[] {
  return command(
    'aws cloudformation execute-change-set',
    `--stack-name ${stackName}`,
    `--change-set-name ${CHANGE_SET}`,
  );
}

function waitFor(state: string, stackName: string, ...flags: string[]): readonly string[] {
  return command(`aws cloudformation wait ${state}`, `--stack-name ${stackName}`, ...flags);
}

/**
 * In quotes, since the indentation of a page would hide the end of a here-document. The shell puts
 * the account's number in where it is not known.
 */
function resourcesFile(bundle: IamBundle, inStack: boolean): readonly string[] {
  const resources = resourcesToImport(bundle, inStack, bundle.accountId ?? ACCOUNT);
  const literal = (line: string): string =>
    line.replaceAll("'", "'\\''").replaceAll(ACCOUNT, `'"${ACCOUNT}"'`);
  // A property to a line, and an identifier is one word: it is long as it is.
  const lines = resources.flatMap((each, index) => {
    const properties = Object.entries(each).map(([key, value]) => JSON.stringify({ [key]: value }));
    return properties.map((property, at) => {
      const isLast = at === properties.length - 1;
      const end = index === resources.length - 1 ? '}' : '},';
      return `${at === 0 ? '{' : ' '}${property.slice(1, -1)}${isLast ? end : ','}`;
    });
  });
  return [`printf '%s\\n' '[`, ...lines.map(literal), `]' >${RESOURCES_FILE}`];
}

/** As `--resources-to-import` takes it. */
export interface ResourceToImport {
  readonly ResourceType: string;
  readonly LogicalResourceId: string;
  readonly ResourceIdentifier: Readonly<Record<string, string>>;
}

/** Inline policies are told apart by their name and their holder's. */
const HOLDER: Readonly<Record<string, string>> = {
  'AWS::IAM::RolePolicy': 'RoleName',
  'AWS::IAM::UserPolicy': 'UserName',
  'AWS::IAM::GroupPolicy': 'GroupName',
};

/**
 * Every resource of one of the bundle's two templates, with what identifies it.
 * @param account its number, or what stands for it
 */
export function resourcesToImport(
  bundle: IamBundle,
  inStack: boolean,
  account: string,
): readonly ResourceToImport[] {
  const entry = (
    ResourceType: string,
    LogicalResourceId: string,
    identifier: readonly (readonly [string, string])[],
  ): ResourceToImport => ({
    ResourceType,
    LogicalResourceId,
    ResourceIdentifier: Object.fromEntries(
      identifier.map(([key, value]) => [key, shown(value)] as const),
    ),
  });
  const roles = bundle.roles.filter((role) => role.inStack === inStack);
  return [
    ...roles.flatMap(({ name, logicalId, instanceProfile: profile }) => [
      entry('AWS::IAM::Role', logicalId, [['RoleName', name]]),
      ...(profile === undefined
        ? []
        : [
            entry('AWS::IAM::InstanceProfile', profile.logicalId, [
              ['InstanceProfileName', profile.name],
            ]),
          ]),
    ]),
    ...bundle.users
      .filter((user) => user.inStack === inStack)
      .map(({ name, logicalId }) => entry('AWS::IAM::User', logicalId, [['UserName', name]])),
    ...policyResources(bundle, inStack).map(({ logicalId, policy, value, holder }) => {
      const type = value.Type as string;
      const key = HOLDER[type];
      return key === undefined || holder === undefined
        ? entry(type, logicalId, [['PolicyArn', managedPolicyArn(bundle, account, policy)]])
        : entry(type, logicalId, [
            ['PolicyName', policy.name],
            [key, holder.name],
          ]);
    }),
  ];
}
