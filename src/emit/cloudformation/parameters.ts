/**
 * Open parameters as a template declares them, and as the console shows them.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 */
import type { IamBundle } from '../../model/bundle.ts';
import { type Parameter, wholePattern } from '../../model/parameter.ts';
import type { JsonValue } from '../../model/policy.ts';
import { isDeclared, templateName } from '../intrinsics.ts';

type Values = { readonly [key: string]: JsonValue };

/** Escapes that both languages read alike. */
const SHARED_ESCAPE = /\\(?:[dDwWsSbBtnrf1-9]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[^A-Za-z0-9])/g;
const CLASS = /\[\^?([^\]]*)\]/g;

/**
 * Whether CloudFormation reads a pattern as JavaScript does: its regular expressions are Java's, in
 * which a class may hold classes and `&&`, a brace always repeats, and some escapes mean something
 * else. Both match the whole value.
 */
export function isJavaPattern(pattern: string): boolean {
  const escaped = pattern.replace(SHARED_ESCAPE, 'x');
  if (escaped.includes('\\') || /\(\?<[A-Za-z_$]/.test(escaped)) return false;
  const bodies = [...escaped.matchAll(CLASS)].map(([, body]) => body as string);
  if (bodies.some((body) => body === '' || body.includes('[') || body.includes('&&'))) return false;
  return !/\{(?!\d+(?:,\d*)?\})/.test(escaped.replace(CLASS, 'x'));
}

/** The declaration of one parameter. */
export function parameterDeclaration(parameter: Parameter): Values {
  return {
    Type: 'String',
    Description: parameter.description,
    ...(parameter.default === undefined ? {} : { Default: parameter.default }),
    ...(isJavaPattern(parameter.pattern)
      ? { AllowedPattern: wholePattern(parameter.pattern) }
      : {}),
    // An empty default (a suffix that nobody wants) has to pass its own limits.
    MinLength: parameter.default === '' ? 0 : 1,
    MaxLength: parameter.maxLength,
    ConstraintDescription: parameter.constraint,
  };
}

/** A person who leaves a pattern out of a template should know what is no longer checked. */
export function patternNotes(bundle: IamBundle): readonly string[] {
  return bundle.openParameters
    .filter(({ name, pattern }) => isDeclared(name) && !isJavaPattern(pattern))
    .map(
      ({ name, pattern }) =>
        `cloudformation: the parameter ${templateName(name)} checks the length only; CloudFormation's regular expressions cannot say ${pattern}`,
    );
}

const ACRONYMS = /^(?:arn|aws|cni|ebs|ec2|eks|iam|id|kms|oidc|s3|url|vpc)$/;

/** `vpcId` → `VPC ID`, `clusterName` → `Cluster name`. */
function labelOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  const label = words
    .split(' ')
    .map((word) => (ACRONYMS.test(word) ? word.toUpperCase() : word))
    .join(' ');
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** Parameters that belong together in the console. */
export interface ParameterGroup {
  readonly label: string;
  /** As the template names them. */
  readonly parameters: readonly string[];
}

/** What the bundle's own parameters are for. */
export const SCOPE = 'Scope of the policies';

/**
 * How the console groups and labels parameters; nothing where there are none.
 * @param labels of parameters whose names say too little
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-interface.html
 */
export function interfaceMetadata(
  groups: readonly ParameterGroup[],
  labels: ReadonlyMap<string, string> = new Map(),
): { readonly Metadata?: Values } {
  const filled = groups.filter(({ parameters }) => parameters.length > 0);
  if (filled.length === 0) return {};
  const names = filled.flatMap(({ parameters }) => parameters);
  return {
    Metadata: {
      'AWS::CloudFormation::Interface': {
        ParameterGroups: filled.map(({ label, parameters }) => ({
          Label: { default: label },
          Parameters: parameters,
        })),
        ParameterLabels: Object.fromEntries(
          names.map((name) => [name, { default: labels.get(name) ?? labelOf(name) }]),
        ),
      },
    },
  };
}
