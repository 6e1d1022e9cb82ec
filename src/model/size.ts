/**
 * How large a policy document is for AWS: characters of the minified JSON; whitespace between
 * tokens is not counted (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
 */
import {
  type PolicyDocument,
  type Statement,
  type TrustPolicy,
  toPolicyJson,
  toStatementJson,
  toTrustPolicyJson,
} from './policy.ts';

/** What to count for text whose final form is not known yet. */
export interface SizeModel {
  /** Characters an open parameter counts for, by name. */
  readonly parameterLength: ReadonlyMap<string, number>;
  /**
   * Terraform's JSON encoder writes `<`, `>` and `&` as six characters (`\u003c`), and that is
   * what reaches AWS.
   */
  readonly htmlEscaped: boolean;
}

const PLACEHOLDER = /\{\{([A-Za-z][A-Za-z0-9]*)!?\}\}/g;

function jsonSize(json: unknown, model: SizeModel): number {
  const text = JSON.stringify(json);
  let size = text.length;
  if (text.includes('{{')) {
    for (const match of text.matchAll(PLACEHOLDER)) {
      size += (model.parameterLength.get(match[1] as string) ?? match[0].length) - match[0].length;
    }
  }
  // Format iam-json writes DEL and the C1 controls as six characters (`\u0085`).
  size += 5 * (text.match(/[\u007f-\u009f]/g)?.length ?? 0);
  if (model.htmlEscaped) size += 5 * (text.match(/[<>&]/g)?.length ?? 0);
  return size;
}

/** Text whose size may differ from its length: JSON or Terraform escapes it, or it is open. */
const UNEVEN = /[^ !#-%'-;=?-[\]-z|}~]/;

/** Text that JSON, Terraform and parameters leave as it is: nearly every action and ARN. */
const PLAIN = /^[\w:*/.+=,@-]*$/;

/** Characters of a string value as it counts under the model; JSON's own escapes included. */
export function textSize(text: string, model: SizeModel): number {
  if (PLAIN.test(text)) return text.length;
  if (!UNEVEN.test(text)) return text.length;
  return jsonSize(text, model) - 2;
}

/** Characters of a text that is no part of a document, open parameters at their longest. */
export function textLength(text: string, { parameterLength }: SizeModel): number {
  let length = text.length;
  for (const [placeholder, name] of text.matchAll(PLACEHOLDER)) {
    length += (parameterLength.get(name as string) ?? placeholder.length) - placeholder.length;
  }
  return length;
}

export function statementSize(statement: Statement, model: SizeModel): number {
  return jsonSize(toStatementJson(statement), model);
}

export function documentSize(document: PolicyDocument, model: SizeModel): number {
  return jsonSize(toPolicyJson(document), model);
}

export function trustPolicySize(trust: TrustPolicy, model: SizeModel): number {
  return jsonSize(toTrustPolicyJson(trust), model);
}

/** Characters of a document without statements: `{"Version":"2012-10-17","Statement":[]}`. */
export const EMPTY_DOCUMENT_SIZE = JSON.stringify({ Version: '2012-10-17', Statement: [] }).length;
