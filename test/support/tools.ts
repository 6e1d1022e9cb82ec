/**
 * The real tools that artefacts are tried with: terraform, cfn-lint, the AWS CLI, moto's server.
 * None is needed: a test whose tool is not on PATH is skipped with a line that begins with
 * `skipped:`, which `scripts/test.mjs` repeats and counts at its end.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Test } from 'uvu';

/** Where the tool stands, or undefined where it is not on PATH. */
export function findTool(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The line for what was not tried. */
export function skipped(what: string, missing: readonly string[]): void {
  console.log(`skipped: ${what}: ${missing.join(', ')} not found`);
}

/** What a test needs beside tools on PATH. */
export interface Need {
  readonly name: string;
  readonly found: boolean;
}

/** Adds a test to the suite that needs all of the tools; skipped, with a line, where one is missing. */
export function testWith<T>(
  suite: Test<T>,
  tools: readonly (string | Need)[],
  name: string,
  body: Parameters<Test<T>>[1],
): void {
  const needs = tools.map((tool) =>
    typeof tool === 'string' ? { name: tool, found: findTool(tool) !== undefined } : tool,
  );
  const missing = needs.filter(({ found }) => !found).map((need) => need.name);
  if (missing.length === 0) {
    suite(name, body);
    return;
  }
  skipped(name, missing);
  suite.skip(name, body);
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a tool to its end, its output as text. Throws where it cannot be started at all. */
export function runTool(
  tool: string,
  args: readonly string[],
  { env, ...options }: RunOptions = {},
): SpawnSyncReturns<string> {
  const run = spawnSync(tool, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 1 << 27,
    env: { ...process.env, CHECKPOINT_DISABLE: '1', ...env },
  });
  if (run.error !== undefined) throw run.error;
  return run;
}

/**
 * Tells a person at a terminal what a long test is doing; to be called between its steps. Nobody is
 * told where nobody looks.
 */
export function progress(text: string): void {
  if (process.send !== undefined) process.send({ progress: text });
  else if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
