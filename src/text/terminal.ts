/** Text on a terminal, and in the logs of a pipeline. */
import { hex, replaceUnseen } from './characters.ts';

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escaped = (character: string): string => NAMED[character] ?? `\\u${hex(character, 4)}`;

/** Text of several lines; control characters are shown as escapes, as JSON spells them. */
export function terminalText(text: string): string {
  return replaceUnseen(text, (character) => (character === '\n' ? character : escaped(character)));
}

/** A value; a line break in it is shown as an escape, too. */
export function terminalLine(text: string): string {
  return replaceUnseen(text, escaped);
}

/** A sentence; line breaks in it are spaces. */
export function terminalSentence(text: string): string {
  return terminalLine(text.replace(/\s*[\r\n]\s*/g, ' ').trimEnd());
}
