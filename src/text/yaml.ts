/** Text in YAML, for readers of YAML 1.1 (PyYAML, SnakeYAML, the AWS CLI) and 1.2 alike. */
import { hex, onOneLine, replaceUnseen, UNSEEN } from './characters.ts';

/** Whether a scalar needs double quotes: only there are escapes read. */
export function needsEscapes(text: string): boolean {
  return UNSEEN.test(text.replaceAll('\n', ''));
}

/** Whether some scalar in this JSON may need them; JSON escapes C0 controls itself. */
export function mayNeedEscapes(json: string): boolean {
  return /\\[tbfru]/.test(json) || UNSEEN.test(json);
}

/** A finished document, whose line feeds are its own: what a reader would not take becomes escapes. */
export function escapedYaml(yaml: string): string {
  return replaceUnseen(yaml, (character) => {
    if (character === '\n') return character;
    return character < '\u0100' ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
  });
}

/** One line of a comment, without its `#`. */
export function yamlComment(line: string): string {
  return onOneLine(line);
}
