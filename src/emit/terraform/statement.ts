/** A policy's statement in the words of `data.aws_iam_policy_document`. */
import type { ManagedPolicy } from '../../model/bundle.ts';
import { usageError } from '../../model/errors.ts';
import type { Condition, Statement, TrustPolicy } from '../../model/policy.ts';
import type { DocumentStatement } from './stack.ts';

/**
 * @param text makes the stack's text of the bundle's
 * @throws GenError where Terraform's provider would change a string
 */
export function documentStatement(
  policy: ManagedPolicy,
  statement: Statement,
  text: (value: string) => string,
): DocumentStatement {
  const texts = (values: readonly string[]) => values.map(text);
  // The data source's own spelling of policy variables, `&{…}`, cannot be escaped: what stands so
  // in the bundle would reach AWS as `${…}`.
  // https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document#context-variable-interpolation
  const replaced = (values: readonly string[]) => {
    const hit = values.find((value) => value.includes('&{'));
    if (hit === undefined) return texts(values);
    throw usageError(
      'terraform-ampersand-brace',
      `Terraform: \`${hit}\` in ${policy.name} would reach AWS with \`\${\` in place of \`&{\`.`,
      'Leave the format terraform out, or take `&{` out of the string.',
    );
  };
  const { Sid, Effect, Action, NotAction, Resource, NotResource, Condition } = statement;
  return {
    ...(Sid === undefined ? {} : { sid: text(Sid) }),
    effect: Effect,
    ...(Action && { actions: texts(Action) }),
    ...(NotAction && { notActions: texts(NotAction) }),
    ...(Resource && { resources: replaced(Resource) }),
    ...(NotResource && { notResources: replaced(NotResource) }),
    ...(Condition && {
      condition: conditionBlocks(Condition, text, replaced),
    }),
  };
}

/**
 * The statement of a trust policy.
 * @param service makes the stack's text of a service principal
 */
export function trustStatement(
  { services, federated, actions, condition }: TrustPolicy,
  text: (value: string) => string,
  service: (value: string) => string,
): DocumentStatement {
  const principals = [
    { type: 'Service', identifiers: services.map(service) },
    { type: 'Federated', identifiers: federated.map(text) },
  ];
  return {
    effect: 'Allow',
    actions: actions.map(text),
    principals: principals.filter(({ identifiers }) => identifiers.length > 0),
    ...(condition && { condition: conditionBlocks(condition, text, (values) => values.map(text)) }),
  };
}

/** A block for each operator and key. */
function conditionBlocks(
  condition: Condition,
  text: (value: string) => string,
  values: (values: readonly string[]) => string[],
): { test: string; variable: string; values: string[] }[] {
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, each]) => ({
      test: text(operator),
      variable: text(key),
      values: values(each),
    })),
  );
}
