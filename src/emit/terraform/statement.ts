/** A policy's statement in the words of `data.aws_iam_policy_document`. */
import type { ManagedPolicy } from '../../model/bundle.ts';
import { usageError } from '../../model/errors.ts';
import type { Statement } from '../../model/policy.ts';
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
      condition: Object.entries(Condition).flatMap(([operator, keys]) =>
        Object.entries(keys).map(([key, values]) => ({
          test: text(operator),
          variable: text(key),
          values: replaced(values),
        })),
      ),
    }),
  };
}
