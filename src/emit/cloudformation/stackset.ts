/**
 * A template with one resource, a StackSet: CloudFormation's own way into hundreds of accounts.
 *
 * 1. One StackSet holds everything, the CAPA stack included. Two would need an order, and an
 *    account that joins later gets both at once: policies would name roles that do not exist yet.
 *    (`AutoDeployment.DependsOn` orders them by ARN, which a delegated administrator cannot know:
 *    its StackSets belong to the management account.) In one template CloudFormation sees to it.
 * 2. One region: IAM is global, and the names would clash in a second one.
 * 3. A permissions boundary has to be in the same account as the role: in each account, its own.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html
 */
import type { IamBundle } from '../../model/bundle.ts';
import type { JsonValue } from '../../model/policy.ts';
import { interfaceMetadata, SCOPE } from './parameters.ts';
import { byteLength, DESCRIPTION_BYTES, type Template } from './template.ts';

export const STACKSET_FILE = 'cloudformation/palette.stackset.yaml';
/** Of the stack that makes the StackSet, and so of the StackSet too. */
export const STACKSET_STACK_NAME = 'palette-iam';

const ORGANIZATIONAL_UNIT = '^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$';

/** Comments above what a reviewer would ask about, by path. */
export function stackSetComments(stackSet: StackSet): ReadonlyMap<string, readonly string[]> {
  const at = (property: string) => `Resources/${stackSet.logicalId}/Properties/${property}`;
  return new Map([
    [at('StackSetName'), ['The name of this stack: another target is another stack.']],
    [
      at('AutoDeployment'),
      [
        'Accounts that join the units get everything; accounts that leave keep it, since',
        'running clusters would lose the roles of their nodes.',
      ],
    ],
    [
      at('OperationPreferences'),
      ['A quarter of the accounts at a time; stops once more than a tenth have failed.'],
    ],
    [
      at('StackInstancesGroup'),
      ['One region: IAM is global, and the names would clash in another.'],
    ],
  ]);
}

export interface StackSet {
  readonly logicalId: string;
  readonly template: Template;
}

/** The part of a boundary's ARN that is of one account; boundaries of AWS itself are of none. */
const OWN_BOUNDARY = /^arn:[^:]+:iam::\d{12}:/;

/** The bundle as one template holds it, in an account that is not known. */
export function bundleOfEveryAccount(bundle: IamBundle): IamBundle {
  const { permissionsBoundary } = bundle;
  const beside = <T>(each: T): T & { readonly inStack: false } => ({ ...each, inStack: false });
  const own = permissionsBoundary?.replace(OWN_BOUNDARY, 'arn:{{partition}}:iam::{{accountId}}:');
  return {
    ...bundle,
    policies: bundle.policies.map(beside),
    roles: bundle.roles.map(beside),
    ...(own === undefined ? {} : { permissionsBoundary: own }),
  };
}

/**
 * The StackSet around a template.
 * @param body text of the template `inner`, as each account gets it
 */
export function buildStackSet(bundle: IamBundle, inner: Template, body: string): StackSet {
  const own = inner.Parameters ?? {};
  const names = Object.keys(own);
  // A template's parameters and resources share one namespace, also with the bundle's parameters.
  const free = (name: string): string => (names.includes(name) ? free(`${name}2`) : name);
  const units = free('OrganizationalUnitIds');
  const callAs = free('CallAs');
  const logicalId = free('StackSet');
  const described = `StackSet for the accounts of organizational units: ${inner.Description}`;
  const tags = [...bundle.tags].map(([Key, Value]) => ({ Key, Value }));
  const properties: { readonly [key: string]: JsonValue } = {
    StackSetName: { Ref: 'AWS::StackName' },
    Description: inner.Description,
    PermissionModel: 'SERVICE_MANAGED',
    CallAs: { Ref: callAs },
    AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: true },
    ManagedExecution: { Active: true },
    OperationPreferences: { MaxConcurrentPercentage: 25, FailureTolerancePercentage: 10 },
    StackInstancesGroup: [
      {
        DeploymentTargets: { OrganizationalUnitIds: { Ref: units } },
        Regions: [{ Ref: 'AWS::Region' }],
      },
    ],
    ...(names.length === 0
      ? {}
      : {
          Parameters: names.map((name) => ({
            ParameterKey: name,
            ParameterValue: { Ref: name },
          })),
        }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    TemplateBody: body,
  };
  return {
    logicalId,
    template: {
      AWSTemplateFormatVersion: '2010-09-09',
      Description: byteLength(described) <= DESCRIPTION_BYTES ? described : inner.Description,
      ...interfaceMetadata(
        [
          { label: 'Accounts', parameters: [units, callAs] },
          { label: SCOPE, parameters: names },
        ],
        new Map([
          [units, 'Organizational units'],
          [callAs, 'Account that this stack is created in'],
        ]),
      ),
      Parameters: {
        [units]: {
          Type: 'CommaDelimitedList',
          Description:
            'Ids of the organizational units whose accounts receive the stack, units below them included; the id of the root stands for the whole organization.',
          AllowedPattern: ORGANIZATIONAL_UNIT,
          ConstraintDescription:
            'ids of organizational units (e.g. ou-ab12-cdefgh34) or of the root (e.g. r-ab12), separated by commas',
        },
        [callAs]: {
          Type: 'String',
          Description:
            'Whether this stack is created in the management account (SELF) or in the account of a delegated administrator (DELEGATED_ADMIN).',
          Default: 'SELF',
          AllowedValues: ['SELF', 'DELEGATED_ADMIN'],
        },
        ...own,
      },
      Resources: { [logicalId]: { Type: 'AWS::CloudFormation::StackSet', Properties: properties } },
      Outputs: {
        StackSetId: { Description: 'Id of the StackSet', Value: { Ref: logicalId } },
      },
    },
  };
}

const SAME_EVERYWHERE: ReadonlySet<string> = new Set(['partition', 'nameSuffix', 'accountId']);

/**
 * What is of one account and goes to all of them.
 * @param body text of the template that every account gets
 */
export function stackSetNotes(bundle: IamBundle, body: string): readonly string[] {
  const { permissionsBoundary, accountId, roles, users } = bundle;
  const names = [...new Set(bundle.existing.map(({ entity, name }) => `${entity} ${name}`))];
  const given = [...bundle.values.entries()].filter(
    ([name, value]) => !SAME_EVERYWHERE.has(name) && value !== '' && body.includes(value),
  );
  const shared = [
    ...bundle.openParameters.map(({ name }) => name),
    ...given.map(([name]) => name),
  ].join(', ');
  const says = [
    ...(names.length === 0
      ? []
      : [
          `every account must have the ${names.join(', the ')} beforehand; where one is missing, the account's stack fails.`,
        ]),
    ...(shared === ''
      ? []
      : [
          `every account gets the same value of ${shared}; for accounts that need another, generate a target of their own.`,
        ]),
    ...(roles.length + users.length > 0 && OWN_BOUNDARY.test(permissionsBoundary ?? '')
      ? [
          `a permissions boundary is in the account of ${users.length === 0 ? 'its role' : 'whom it bounds'}, so each account's own is taken; it must exist there under the same name.`,
        ]
      : []),
    ...(accountId !== undefined && body.includes(accountId)
      ? [`the account ${accountId} is named in the template of every account.`]
      : []),
  ];
  return says.map((text) => `--stackset: ${text}`);
}
