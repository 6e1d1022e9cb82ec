/** Reads `validator/rules.yaml` back, for round-trip laws. */
import { parse, parseAllDocuments } from 'yaml';
import type { Condition, Statement } from '../../src/model/policy.ts';

export interface RuleStatement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: Condition;
}

export interface RulePolicy {
  readonly name: string;
  readonly version: string;
  readonly statements: readonly RuleStatement[];
}

export interface AwsValidator {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly auth: { readonly implicit: boolean };
    readonly defaultRegion: string;
    readonly iamRoleRules?: readonly { iamRoleName: string; iamPolicies: readonly RulePolicy[] }[];
    readonly iamUserRules?: readonly { iamUserName: string; iamPolicies: readonly RulePolicy[] }[];
    readonly iamGroupRules?: readonly {
      iamGroupName: string;
      iamPolicies: readonly RulePolicy[];
    }[];
    readonly iamPolicyRules?: readonly {
      iamPolicyArn: string;
      iamPolicies: readonly RulePolicy[];
    }[];
  };
}

/** Policies recur from file to file; each is parsed once. */
const parsedPolicies = new Map<string, RulePolicy>();

function parsePolicy(text: string): RulePolicy {
  let policy = parsedPolicies.get(text);
  if (policy === undefined) {
    [policy] = parse(text) as [RulePolicy];
    parsedPolicies.set(text, policy);
  }
  return policy;
}

/** The resources of a stream. Throws where it is not valid YAML. */
export function parseValidator(content: string): readonly AwsValidator[] {
  const policies: string[] = [];
  const pieces = content.split(/(?<=\n)(?= {8}- name: | {0,4}[^ \n])/);
  const skeleton = pieces.map((piece) =>
    piece.startsWith('        - name: ') ? `        - ${policies.push(piece) - 1}\n` : piece,
  );
  return parseAllDocuments(skeleton.join('')).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return JSON.parse(JSON.stringify(document), (key, value) =>
      key === 'iamPolicies'
        ? (value as number[]).map((index) => parsePolicy(policies[index] as string))
        : value,
    ) as AwsValidator;
  });
}

/** In the bundle's words; rules have no Sid. */
export function ruleStatement({ effect, actions, resources, condition }: RuleStatement): Statement {
  return {
    Effect: effect as 'Allow',
    Action: actions,
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}
