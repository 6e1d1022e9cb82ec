// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL's interpolation looks like that.
/**
 * The quoted strings of a Terraform file as they are written, for Terraform itself to read.
 * https://developer.hashicorp.com/terraform/language/expressions/strings
 */

export interface HclLiteral {
  /** With its quotes. */
  readonly source: string;
  /** Expressions within `${…}` and directives within `%{…}`. */
  readonly references: readonly string[];
}

/** In the order of the file. @throws Error for a heredoc, or a string that does not end */
export function hclLiterals(text: string): readonly HclLiteral[] {
  const literals: HclLiteral[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === '#' || text.startsWith('//', at)) {
      at = endOf(text, '\n', at);
    } else if (text.startsWith('/*', at)) {
      at = endOf(text, '*/', at);
    } else if (text.startsWith('<<', at)) {
      throw new Error('a heredoc is not a quoted string');
    } else if (text[at] === '"') {
      const { end, references } = literalAt(text, at);
      literals.push({ source: text.slice(at, end), references });
      at = end;
    } else at++;
  }
  return literals;
}

function literalAt(text: string, start: number): { end: number; references: readonly string[] } {
  const references: string[] = [];
  for (let at = start + 1; at < text.length; ) {
    const two = text.slice(at, at + 2);
    if (text[at] === '"') return { end: at + 1, references };
    if (text[at] === '\\') at += 2;
    else if (text.startsWith('$${', at) || text.startsWith('%%{', at)) at += 3;
    else if (two === '${' || two === '%{') {
      const end = closingBrace(text, at + 2);
      references.push(text.slice(at + 2, end));
      at = end + 1;
    } else at++;
  }
  throw new Error(`a string without end: ${text.slice(start, start + 80)}`);
}

/** Past the strings inside: those may hold braces. */
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; ) {
    if (text[at] === '"') at = literalAt(text, at).end;
    else {
      if (text[at] === '{') depth++;
      if (text[at] === '}' && --depth === 0) return at;
      at++;
    }
  }
  throw new Error('an interpolation without end');
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end === -1 ? text.length : end + mark.length;
}
