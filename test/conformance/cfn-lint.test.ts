/** cfn-lint over the templates of the pairwise selection, in one batch: it takes its time to start. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emitCloudFormation } from '../../src/emit/cloudformation/index.ts';
import { IMPORTABLE } from '../../src/howto/import-cloudformation.ts';
import { bundleOfCase, conformanceCases, REGIONS } from '../support/conformance-cases.ts';
import { withFolder, writeFiles } from '../support/folders.ts';
import { progress, runTool, testWith } from '../support/tools.ts';

interface Finding {
  readonly Filename: string;
  readonly Level: 'Error' | 'Warning' | 'Informational';
  readonly Message: string;
  readonly Rule: { readonly Id: string };
}

/** What cfn-lint has to find, so that its silence about the others means something. */
const BROKEN = `AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Broken:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Permit, Action: 's3:GetObject', Resource: '*' }
`;

/** What the sources grant though AWS has no such action, and the spec's errata say so. */
function isErratum({ Rule, Message }: Finding): boolean {
  return Rule.Id === 'W3037' && Message.startsWith("'listrepositories' is not one of");
}

const lint = suite('cfn-lint');

testWith(lint, ['cfn-lint', 'awk'], 'finds nothing in any template of the selection', () =>
  withFolder((folder) => {
    const templates = conformanceCases().flatMap((each) => {
      progress(`writing ${each.name}`);
      const { files } = emitCloudFormation(bundleOfCase(each));
      return writeFiles(
        join(folder, each.name),
        files.filter(({ path }) => /\.ya?ml$/.test(path)),
      );
    });
    // What an import makes of them keeps CloudFormation's rules too.
    const imports = templates
      .filter((path) => !path.includes('stackset'))
      .map((path) => {
        const { stdout } = runTool('awk', [IMPORTABLE.join('\n'), path]);
        assert.match(stdout, 'DeletionPolicy: Retain');
        const [file] = writeFiles('', [{ path: `${path}.import.yaml`, content: stdout }]);
        return file as string;
      });
    const broken = writeFiles(folder, [{ path: 'broken.yaml', content: BROKEN }]);
    progress(`cfn-lint over ${templates.length + imports.length} templates`);
    const run = runTool('cfn-lint', [
      ...['--format', 'json', '--regions', ...Object.values(REGIONS)],
      ...['--template', ...broken, ...templates, ...imports],
    ]);
    const findings = JSON.parse(run.stdout) as readonly Finding[];
    const text = ({ Filename, Rule, Message }: Finding): string =>
      `${Filename.slice(folder.length + 1)}: ${Rule.Id} ${Message}`;
    const [expected, others] = [true, false].map((isBroken) =>
      findings
        .filter(({ Filename }) => broken.includes(Filename) === isBroken)
        .filter((finding) => !isErratum(finding))
        .map(text),
    );
    assert.match(expected?.join('\n') ?? '', "'Permit' is not one of");
    assert.equal(others, []);
    assert.ok(templates.length >= 20, `${templates.length}`);
    assert.ok(templates.some((path) => path.includes('_open_')));
  }),
);

lint.run();
