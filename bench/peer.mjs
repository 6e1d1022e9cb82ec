// The peer: aws-cdk-lib's ManagedPolicy with a minimizing document.
import { rmSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';

function stackWith(documents, outdir) {
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Bench');
  // Without Sids, which keep it from merging anything.
  const statements = documents.flat().map(({ Sid: _, ...rest }) => PolicyStatement.fromJson(rest));
  const document = new PolicyDocument({ minimize: true, statements });
  const policy = new ManagedPolicy(stack, 'Policy', { document });
  return { app, stack, policy };
}

/** Prepares resolving the document alone: merging takes place in there. */
export function prepareDocument(documents) {
  const { stack, policy } = stackWith(documents);
  return () => stack.resolve(policy.document);
}

/** Prepares what somebody runs who wants the document: synthesizing its stack. */
export function prepareSynthesis(documents, outdir) {
  return () => {
    stackWith(documents, outdir).app.synth();
    rmSync(outdir, { recursive: true });
  };
}
