/** A policy's statement in the words of `data.aws_iam_policy_document`. */
import type { ManagedPolicy } from '../../model/bundle.ts';
import { usageError } from '../../model/errors.ts';
import type { Condition, Statement, TrustStatement } from '../../model/policy.ts';
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
  const replaced = interpolated(policy.name, text);
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
 * A statement of a trust policy.
 * @param service makes the stack's text of a service principal
 * @throws GenError where Terraform's provider would change a string
 */
export function trustStatement(
  role: string,
  { Sid, Effect, Principal, Action, Condition }: TrustStatement,
  text: (value: string) => string,
  service: (value: string) => string,
): DocumentStatement {
  const replaced = interpolated(role, text);
  return {
    ...(Sid === undefined ? {} : { sid: text(Sid) }),
    effect: Effect,
    actions: Action.map(text),
    principals: Object.entries(Principal).map(([type, names]) => ({
      type,
      identifiers: type === 'Service' ? names.map(service) : replaced(names),
    })),
    ...(Condition && { condition: conditionBlocks(Condition, text, replaced) }),
  };
}

/**
 * Texts in which the data source replaces its own spelling of policy variables, `&{…}`, which cannot
 * be escaped: written so in the bundle, it would reach AWS as `${…}`.
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document#context-variable-interpolation
 */
function interpolated(owner: string, text: (value: string) => string) {
  return (values: readonly string[]): string[] => {
    const hit = values.find((value) => value.includes('&{'));
    if (hit === undefined) return values.map(text);
    throw usageError(
      'terraform-ampersand-brace',
      `Terraform: \`${hit}\` in ${owner} would reach AWS with \`\${\` in place of \`&{\`.`,
      'Leave the format terraform out, or take `&{` out of the string.',
    );
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
