/**
 * AWS managed policies as documents: `spec/aws-managed/<name>.json`, as
 * `scripts/refresh-aws-managed.mjs` writes them. They are what AWS grants, in the words of the
 * partition `aws`; the partition is a parameter here.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromStatementJson, type Statement } from '../model/policy.ts';
import type { AwsManagedDocument } from '../model/requirement.ts';
import { statementFaults } from '../model/statement-faults.ts';

interface File {
  readonly policy: string;
  readonly version: string;
  readonly date: string;
  readonly document: { readonly Statement: object | readonly object[] };
}

/**
 * By the part of the ARN after `policy/`; none where there is no such folder.
 * @throws TypeError for a statement that is none
 */
export function readAwsManaged(folder: string): ReadonlyMap<string, AwsManagedDocument> {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(
    files.sort().map((name) => {
      const file = JSON.parse(readFileSync(join(folder, name), 'utf8')) as File;
      const { policy, version, date, document } = file;
      const statements = [document.Statement].flat().map((each) => toStatement(each, name));
      return [policy, { version, date, statements }];
    }),
  );
}

function toStatement(raw: object, file: string): Statement {
  const [fault] = statementFaults(raw);
  if (fault !== undefined) throw new TypeError(`${file}: ${fault.message}`);
  const open = JSON.stringify(raw).replaceAll('"arn:aws:', '"arn:{{partition}}:');
  return fromStatementJson(JSON.parse(open));
}
