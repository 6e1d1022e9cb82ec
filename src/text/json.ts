/** JSON, in files and on a terminal. */
import { hex, replaceUnseen } from './characters.ts';

/**
 * A value on indented lines, with a line feed at its end. JSON may hold any character but C0
 * controls as it is; those that do not show are escapes here, which every reader takes back.
 */
export function jsonText(value: unknown): string {
  const json = JSON.stringify(value, null, 2);
  return `${replaceUnseen(json, (each) => (each === '\n' ? each : `\\u${hex(each, 4)}`))}\n`;
}
