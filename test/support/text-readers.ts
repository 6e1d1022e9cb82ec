/** Readers of generated text that are not ours, and what none of them would read as text. */
import { spawnSync } from 'node:child_process';
import { micromark } from 'micromark';
import { gfmTable, gfmTableHtml } from 'micromark-extension-gfm-table';

/** PyYAML: YAML 1.1, which ends lines at U+0085, U+2028 and U+2029 too. */
const PYYAML = `
import json, sys, yaml
texts = json.load(sys.stdin)
json.dump([list(yaml.safe_load_all(text)) for text in texts], sys.stdout)
`;

export const PYYAML_NEED = {
  name: 'python3 with PyYAML',
  found: spawnSync('python3', ['-c', 'import yaml']).status === 0,
};

/** The documents of each text. */
export function readYaml11(texts: readonly string[]): readonly (readonly unknown[])[] {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', PYYAML], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** What ends a line for some reader, commands a terminal, or turns the order of what follows. */
const UNREADABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ufffd]/;

/** The first line with such a character, as JSON; undefined where there is none. */
export function unreadableLine(text: string): string | undefined {
  const line = text.split('\n').find((each) => UNREADABLE.test(each));
  return line === undefined ? undefined : JSON.stringify(line);
}

/** GitHub Flavored Markdown as a page shows it. */
export interface Page {
  /** Texts of all table cells, row by row. */
  readonly rows: readonly (readonly string[])[];
  /** Names of all HTML elements, in order. */
  readonly elements: readonly string[];
  /** What a person reads, HTML comments aside. */
  readonly text: string;
}

export function readMarkdown(markdown: string): Page {
  const html = micromark(markdown, {
    extensions: [gfmTable()],
    htmlExtensions: [gfmTableHtml()],
    allowDangerousHtml: true,
  }).replace(/<!--[\s\S]*?(?:-->|$)/g, '');
  const rows = [...html.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<t[dh][^>]*>([\s\S]*?)<\/t[dh]>/g)].map(([, cell = '']) => textOf(cell)),
  );
  const elements = [...html.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, name = '']) => name);
  return { rows, elements, text: textOf(html) };
}

function textOf(html: string): string {
  return html
    .replace(/<br>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
