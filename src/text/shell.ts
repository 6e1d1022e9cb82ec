// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's variables are meant literally.
/**
 * Words of a POSIX shell's command, to be pasted or kept in a script.
 *
 * 1. A word stays bare where it is plainly safe. Everything else is put in single quotes.
 * 2. A word that is nothing but a placeholder, `<name>`, stays bare: a person fills it in. Any other
 *    `<` or `>` would redirect, so that word is quoted, with the placeholders in it.
 * 3. Control characters would not survive an indented page or would command the terminal, so `printf`
 *    spells them by their bytes. `$(…)` takes line feeds off the end: those are `$LF`, which
 *    `withLineFeed` defines.
 */
import { translate } from '../model/parameter.ts';
import { UNSEEN } from './characters.ts';

const SAFE = /^[\w+,.@:/-][\w+=,.@:/-]*$/;
const PLACEHOLDER = /^<[A-Za-z][\w-]*>$/;
const LINE_FEED = '"$LF"';

/** One word; an open parameter in it, `{{name}}`, is shown as `<name>`. */
export function shellWord(text: string): string {
  const word = translate(
    text,
    (literal) => literal,
    (name) => `<${name}>`,
  );
  if (SAFE.test(word) || PLACEHOLDER.test(word)) return word;
  if (!UNSEEN.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const end = word.search(/\n*$/);
  const printed = end === 0 ? '' : `"$(printf '${octal(word.slice(0, end))}')"`;
  return printed + LINE_FEED.repeat(word.length - end);
}

/** A format of `printf` that prints the text; `!` and quotes too would mean something in its quotes. */
function octal(text: string): string {
  return text.replace(/^-|[^A-Za-z0-9 _.,:/@+=-]+/g, (signs) =>
    [...new TextEncoder().encode(signs)]
      .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
      .join(''),
  );
}

/** Commands, after the definition of `$LF` where one of them needs it. */
export function withLineFeed(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => line.includes(LINE_FEED))) return lines;
  const at = lines[0] === '(' ? 1 : 0;
  return [...lines.slice(0, at), "LF=$(printf '\\nx')", 'LF=${LF%x}', ...lines.slice(at)];
}
