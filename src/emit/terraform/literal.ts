/**
 * Literal text on its way through cdktf.
 * cdktf knows one kind of string: literal `${aws:username}`, a reference `${var.x}` and its own
 * token marks look alike in it, and it escapes quotes in some places and not in others. So text
 * of the bundle travels in an alphabet that cdktf neither reads nor escapes; whatever `${…}` comes
 * out on the other side was put there by a reference.
 */

/** Everything outside this alphabet, the escape sign `~` itself included, is spelled out. */
const UNSAFE = /[^A-Za-z0-9:/*._ -]/g;
const ESCAPED = /~([0-9a-f]{4})/g;

/** Any text, as cdktf passes it through unharmed; `unprotect` is its inverse. */
export function protect(text: string): string {
  return text.replace(UNSAFE, (unit) => `~${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text that `protect` was given. */
export function unprotect(text: string): string {
  return text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A stretch of literal text or one Terraform expression, as found in a synthesized string. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'expression'; readonly text: string };

/** Cuts a synthesized string; protected text holds no brace, so braces are cdktf's own. */
export function parseSegments(synthesized: string): readonly Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (at < synthesized.length) {
    const start = synthesized.indexOf('${', at);
    const literal = synthesized.slice(at, start === -1 ? undefined : start);
    if (literal !== '') segments.push({ kind: 'literal', text: unprotect(literal) });
    if (start === -1) break;
    const end = closingBrace(synthesized, start + 2);
    segments.push({ kind: 'expression', text: synthesized.slice(start + 2, end) });
    at = end + 1;
  }
  return segments;
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i += 1) {
    if (text[i] === '{') depth += 1;
    if (text[i] === '}') depth -= 1;
    if (depth === 0) return i;
  }
  throw new Error(`unbalanced expression in synthesized string: ${text}`);
}
