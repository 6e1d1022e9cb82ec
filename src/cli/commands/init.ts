/**
 * `gen init`: writes a gen.yaml with one target, from flags or from answers.
 *
 * 1. A wrong value is refused: an answer is asked for again, a flag writes nothing.
 * 2. A value that is missing is asked for. Where nobody can be asked, the file is written with what
 *    was given, and what is missing is said: no answer is lost.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { selectFeatures } from '../../compose/select.ts';
import { resolveValues } from '../../compose/values.ts';
import { plainError } from '../../files/disk-errors.ts';
import { generate } from '../../generate.ts';
import { GenError } from '../../model/errors.ts';
import { formatsThat } from '../../model/format-capabilities.ts';
import { parameterNames } from '../../model/parameter.ts';
import type { Spec } from '../../model/requirement.ts';
import type { Target } from '../../model/target.ts';
import type { Settings } from '../../spec/gen-file.ts';
import { genFileText } from '../../spec/gen-file-text.ts';
import { terminalLine } from '../../text/terminal.ts';
import { describeTarget } from '../arguments/describe-target.ts';
import { GEN_FILE, PARAMETER_FLAGS, TARGET_OPTIONS } from '../arguments/flags.ts';
import type { Invocation } from '../arguments/invocation.ts';
import { commaList, SettingsReader, withFlag } from '../arguments/settings-reader.ts';
import { formatError } from '../printing/errors.ts';
import { colorsFor, type Terminal } from '../printing/terminal.ts';
import { specOf } from '../targets/one.ts';

interface Question {
  readonly flag: string;
  readonly text: string;
  /** What an empty answer stands for; where there is none, the flag is left out. */
  readonly standard?: string;
  /** The chosen formats hold the value: it cannot be left out. */
  readonly isNeeded?: boolean;
}

/** @returns the exit code: 1 where the file exists already, or gen cannot generate from it yet */
export async function initCommand(line: Invocation, terminal: Terminal): Promise<number> {
  const path = line.config ?? GEN_FILE;
  if (existsSync(path) && !line.force) {
    throw new GenError(1, {
      code: 'foreign-file',
      message: `${path} exists already.`,
      advice:
        'Add a target to it by hand, name another file by --config, or overwrite it with --force.',
    });
  }
  const spec = await specOf(line.specs);
  // Packing afresh is said once, not written down.
  const flags = Object.entries(line.typed).filter(
    ([flag]) => flag in TARGET_OPTIONS && flag !== 'repack',
  );
  const given: Settings = Object.fromEntries(flags);
  const asks = terminal.ask !== undefined && given.features === undefined;
  const answered = asks ? await askFor(given, spec, terminal) : { features: ['core'], ...given };
  const { settings, fault } = await completed(answered, spec, terminal);
  if (fault !== undefined && !asks && !lacksValues(fault)) throw fault;
  const features = commaList(settings.features as string[]);
  const { name = features.join('-'), ...own } = settings;
  const { uninterrupted = (work) => work() } = terminal;
  try {
    uninterrupted(() => writeFileSync(path, genFileText(String(name), { ...own, features })));
  } catch (error) {
    throw plainError(
      error,
      path,
      'write',
      `Make the folder ${dirname(path)} first, or name another file with --config.`,
    );
  }
  if (fault !== undefined) return tellIncomplete(path, fault, terminal);
  if (!line.quiet) {
    const config = path === GEN_FILE ? '' : ` --config ${path}`;
    terminal.stderr.write(
      `${terminalLine(`${path} is written, with the target ${name}`)}. Now: gen${config}, and later gen check${config}.\n`,
    );
  }
  return 0;
}

/** Asks for values that are missing, as long as there is somebody to ask. */
async function completed(
  answered: Settings,
  spec: Spec,
  terminal: Terminal,
): Promise<{ readonly settings: Settings; readonly fault?: GenError }> {
  let settings = answered;
  for (;;) {
    const fault = await faultOfGenerating(settings, spec);
    if (fault === undefined) return { settings };
    const [missing] = lacksValues(fault) ? missingFlags(fault, settings) : [];
    if (terminal.ask === undefined || missing === undefined) return { settings, fault };
    const text = `${TARGET_OPTIONS[missing]?.describe}:`;
    settings = await asked({ flag: missing, text, isNeeded: true }, settings, spec, terminal);
  }
}

function lacksValues({ problems }: GenError): boolean {
  return problems.every(({ code }) => code === 'missing-parameter');
}

/** Flags that an error about missing values names, and that are not given. */
function missingFlags({ problems }: GenError, settings: Settings): readonly string[] {
  const texts = problems.map(({ message, advice = '' }) => `${message} ${advice}`).join(' ');
  return Object.keys(PARAMETER_FLAGS).filter(
    (flag) => settings[flag] === undefined && new RegExp(`--${flag}\\b`).test(texts),
  );
}

function tellIncomplete(path: string, fault: GenError, { stderr, env }: Terminal): number {
  stderr.write(`${path} is written with what was given, but gen cannot generate from it yet:\n`);
  stderr.write(formatError(fault, { colors: colorsFor(stderr, env) }));
  stderr.write(`Add what is missing to ${path}; its keys are the flags without their dashes.\n`);
  return 1;
}

/** One question after the other; a wrong answer is explained and asked again. */
async function askFor(given: Settings, spec: Spec, terminal: Terminal): Promise<Settings> {
  let settings: Settings = given;
  const answer = async (question: Question): Promise<void> => {
    settings = await asked(question, settings, spec, terminal);
  };
  await answer({
    flag: 'features',
    text: 'Features, comma-separated; gen features lists them:',
    standard: 'core',
  });
  const features = commaList(settings.features as string[]);
  await answer({ flag: 'format', text: 'Formats, comma-separated:', standard: 'all' });
  await answer({ flag: 'account-id', text: 'AWS account number:' });
  const used = parametersOf(spec, features);
  const { formats } = targetOf(settings);
  const isNeeded = formatsThat('needsValues', formats).length > 0;
  if (used.has('clusterName')) {
    await answer({ flag: 'cluster-name', text: 'Name of the EKS cluster:', isNeeded });
  }
  if (used.has('vpcId')) await answer({ flag: 'vpc-id', text: 'Id of its VPC:', isNeeded });
  await answer({ flag: 'out', text: 'Folder to write to:', standard: 'out' });
  await answer({
    flag: 'name',
    text: 'Name of the target, and of its folder in there:',
    standard: features.join('-'),
  });
  return settings;
}

/** The settings with the answer to one question; as they are where they have it already. */
async function asked(
  { flag, text, standard, isNeeded = false }: Question,
  settings: Settings,
  spec: Spec,
  terminal: Terminal,
): Promise<Settings> {
  if (settings[flag] !== undefined) return settings;
  const ask = terminal.ask as NonNullable<Terminal['ask']>;
  const empty = standard ?? (isNeeded ? undefined : 'leave it open');
  for (;;) {
    const shown = empty === undefined ? '' : `(Enter: ${empty}) `;
    const typed = (await ask(`${text} ${shown}`)).trim() || standard;
    if (typed === undefined && isNeeded) continue;
    if (typed === undefined) return settings;
    const value = TARGET_OPTIONS[flag]?.array === true ? [typed] : typed;
    const more = { ...settings, [flag]: value };
    const wrong = faultOf(more, spec);
    if (wrong === undefined) return more;
    terminal.stderr.write(formatError(wrong, { colors: colorsFor(terminal.stderr, terminal.env) }));
  }
}

/** What a run would stop at. */
async function faultOfGenerating(settings: Settings, spec: Spec): Promise<GenError | undefined> {
  try {
    await generate(spec, targetOf(settings));
    return undefined;
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
}

/** What can be said of an answer before the others are known. */
function assertRight(settings: Settings, spec: Spec): void {
  const target = targetOf(settings);
  selectFeatures(spec, target.features);
  resolveValues(spec.parameters, target.parameters);
}

function faultOf(settings: Settings, spec: Spec): GenError | undefined {
  try {
    assertRight(settings, spec);
    return undefined;
  } catch (error) {
    if (error instanceof GenError) return error;
    throw error;
  }
}

/** Names of the parameters in the groups of a selection. */
function parametersOf(spec: Spec, features: readonly string[]): ReadonlySet<string> {
  const { groups } = selectFeatures(spec, features);
  return new Set(groups.flatMap((id) => parameterNames(JSON.stringify(spec.groups.get(id)))));
}

function targetOf(settings: Settings): Target {
  const reader = new SettingsReader(settings);
  const { target } = describeTarget(reader);
  if (reader.problems.length > 0) throw new GenError(2, reader.problems.map(withFlag));
  return target;
}
