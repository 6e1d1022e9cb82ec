/**
 * Text in HCL.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
import { hex, onOneLine, replaceUnseen } from './characters.ts';

const NAMED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/**
 * Literal text inside quotes. `${` and `%{` begin a template and are doubled; a `$` or `%` that
 * only precedes such a thing is spelled by its number, since `$$${` reads two ways.
 * @param beforeReference whether a `${…}` of our own follows
 */
export function hclLiteral(text: string, beforeReference: boolean): string {
  const marked = text.replace(/[\\"$%]/g, (sign, at: number) => {
    if (sign !== '$' && sign !== '%') return NAMED[sign] as string;
    const next = text[at + 1];
    if (next === '{') return sign + sign;
    const risky = next === undefined ? beforeReference : next === '$' || next === '%';
    return risky ? codePoint(sign) : sign;
  });
  return replaceUnseen(marked, (character) => NAMED[character] ?? codePoint(character));
}

function codePoint(character: string): string {
  return `\\u${hex(character, 4)}`;
}

/** One comment line; what would end it, or not show, becomes a space. */
export function hclComment(text: string): string {
  return `# ${onOneLine(text).replace(/\s+/g, ' ').trim()}`.trimEnd();
}
