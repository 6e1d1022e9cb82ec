/**
 * Parameters in CloudFormation's words: `{{clusterName}}` becomes `Ref`, `Fn::Sub` or `Fn::Join`.
 *
 * - A string that is one parameter and nothing else becomes `Ref`.
 * - A string with text around its parameters becomes `Fn::Sub`, in which a literal `${` is
 *   written `${!`: there, and only there, CloudFormation would read IAM's own policy variables
 *   (`${aws:username}`) as its own.
 * - A parameter inside a policy variable (`${aws:PrincipalTag/{{key}}}`) becomes `Fn::Join`,
 *   since `Fn::Sub` knows no nesting.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html
 */
import { parsePieces, translate } from '../model/parameter.ts';
import type { JsonValue } from '../model/policy.ts';

/** What CloudFormation knows by itself and nobody should have to type. */
const PSEUDO_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['partition', 'AWS::Partition'],
  ['accountId', 'AWS::AccountId'],
]);

/** True where the template itself has to declare the parameter. */
export function isDeclared(parameter: string): boolean {
  return !PSEUDO_PARAMETERS.has(parameter);
}

/** `clusterName` → `ClusterName`; a pseudo parameter → `AWS::…`. */
export function templateName(parameter: string): string {
  return (
    PSEUDO_PARAMETERS.get(parameter) ?? `${parameter.charAt(0).toUpperCase()}${parameter.slice(1)}`
  );
}

/** True for text that ends inside a policy variable: `${aws:PrincipalTag/`. */
function endsInVariable(text: string): boolean {
  const start = text.lastIndexOf('${');
  return start >= 0 && !text.includes('}', start);
}

function stringValue(text: string): JsonValue {
  const pieces = parsePieces(text);
  if (!pieces.some((piece) => piece.kind === 'parameter')) return text;
  const values = pieces.map((piece) =>
    piece.kind === 'text' ? piece.text : { Ref: templateName(piece.name) },
  );
  if (values.length === 1) return values[0] as JsonValue;
  if (pieces.some((piece) => piece.kind === 'text' && endsInVariable(piece.text))) {
    return { 'Fn::Join': ['', values] };
  }
  return {
    'Fn::Sub': translate(
      text,
      (literal) => literal.replaceAll('${', '${!'),
      (name) => `\${${templateName(name)}}`,
    ),
  };
}

/** The same value with every string's open parameters as intrinsic functions; keys stay. */
export function withIntrinsics(value: JsonValue): JsonValue {
  if (typeof value === 'string') return stringValue(value);
  if (Array.isArray(value)) return value.map(withIntrinsics);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withIntrinsics(inner)]),
  );
}
