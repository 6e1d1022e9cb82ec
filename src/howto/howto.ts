/** `gen howto`: what a person does with the files, step by step, for this selection only. */
import { templates } from '../generated/templates.js';
import type { Format, IamBundle } from '../model/bundle.ts';
import { terminalSentence } from '../text/terminal.ts';
import { creatingFormats, creationSteps } from './create.ts';
import { remarks, stepsAfter, stepsBefore } from './palette.ts';
import { type Block, CODE_INDENT, type Step, WIDTH } from './step.ts';

/** Breaks a paragraph at spaces; a word longer than a line stays whole. */
function wrap(paragraph: string, first: string, rest: string): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of terminalSentence(paragraph).split(' ')) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = rest + word;
    } else {
      line += empty ? word : ` ${word}`;
    }
    empty = false;
  }
  return [...lines, line];
}

function blockLines(block: Block): readonly string[] {
  const indent = ' '.repeat(CODE_INDENT - 2);
  switch (block.kind) {
    case 'text':
      return wrap(block.text, indent, indent);
    case 'list':
      return block.items.flatMap((item) => wrap(item, `${indent}- `, `${indent}  `));
    case 'code':
      return block.lines.map((line) => (' '.repeat(CODE_INDENT) + line).trimEnd());
  }
}

function stepView(step: Step, index: number): object {
  const number = `${index + 1}. `;
  return {
    heading: terminalSentence(`${number}${step.title}`),
    lines: step.blocks.flatMap(blockLines),
  };
}

function introduction(
  bundle: IamBundle,
  formats: readonly Format[],
  folder: string,
): readonly string[] {
  const choice = creatingFormats(formats);
  return [
    ...wrap(`Features: ${bundle.activeFeatures.join(', ')}.`, '', ''),
    ...wrap(
      `Run the commands in the target's folder, ${folder}, with credentials that may administer IAM. Replace the placeholders in <angle brackets>.`,
      '',
      '',
    ),
    ...(choice.length > 1
      ? wrap(
          `${choice.join(', ')} are alternatives: take the steps of one of them, since their names would clash.`,
          '',
          '',
        )
      : []),
  ];
}

/**
 * Plain text, at most 100 columns where no single word is longer; ends with a newline.
 * @param folder the target's folder as a person knows it, e.g. `out/core`
 */
export function renderHowto(
  bundle: IamBundle,
  formats: readonly Format[],
  folder = bundle.target,
): string {
  const steps = [
    ...stepsBefore(bundle),
    ...creationSteps(bundle, formats),
    ...stepsAfter(bundle, formats),
  ];
  const notes = remarks(bundle).flatMap((remark) => wrap(remark, '-  ', '   '));
  return templates.howto({
    target: terminalSentence(bundle.target),
    introduction: introduction(bundle, formats, folder),
    steps: steps.map(stepView),
    remarks: notes,
  });
}
