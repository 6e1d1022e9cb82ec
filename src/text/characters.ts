/**
 * Characters that are no text to some reader: they end a line, command a terminal, or change the
 * order in which a person sees the rest. What a spec, a policy, a manifest or a flag says may hold
 * any of them, so every language that gen writes has a file beside this one that says how text is
 * written in it; nothing else writes text into that language.
 *
 * - U+0000 to U+001F, U+007F to U+009F: the control characters. U+0085 ends a line in YAML 1.1, and
 *   U+009B begins a terminal's commands as ESC [ does.
 * - U+2028, U+2029: end a line in YAML 1.1 and in JavaScript.
 * - U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: order text from right to left
 *   (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
 * - U+FEFF, U+FFFE, U+FFFF and halves of surrogate pairs: YAML readers drop or refuse them.
 */
const RANGES =
  '\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ufffe\\uffff\\ud800-\\udfff';

/** One of them. With the flag `u`, only halves of surrogate pairs match the last range. */
export const UNSEEN = new RegExp(`[${RANGES}]`, 'u');
const ALL_UNSEEN = new RegExp(UNSEEN.source, 'gu');
const UNSEEN_RUNS = new RegExp(`[${RANGES}]+`, 'gu');

/** Writes each of them in a language's way. */
export function replaceUnseen(text: string, write: (character: string) => string): string {
  // Nearly all text is plain ASCII.
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(ALL_UNSEEN, write);
}

/** One line for a comment: a run of them becomes a space. */
export function onOneLine(text: string): string {
  return text.replace(UNSEEN_RUNS, ' ').trimEnd();
}

/** Number of a UTF-16 unit, as escapes spell it. */
export function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}
