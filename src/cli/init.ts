/** `gen init`: writes a gen.yaml with one target, from flags or from answers. */
import { existsSync, writeFileSync } from 'node:fs';
import { CLOSED_FORMATS, resolveValues } from '../compose/values.ts';
import { generate } from '../generate.ts';
import { GenError } from '../model/errors.ts';
import { parameterNames } from '../model/parameter.ts';
import type { Spec } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import { selectFeatures } from '../select.ts';
import type { Settings } from '../spec/gen-file.ts';
import { genFileText } from '../spec/gen-file-text.ts';
import { Door, type Invocation } from './door.ts';
import { formatError } from './errors.ts';
import { GEN_FILE, TARGET_OPTIONS } from './flags.ts';
import { commaList } from './given.ts';
import { specOf } from './one.ts';
import { colorsFor, type Terminal } from './terminal.ts';

interface Question {
  readonly flag: string;
  readonly text: string;
  /** What an empty answer stands for; where there is none, the flag is left out. */
  readonly standard?: string;
  /** The chosen formats hold the value: it cannot be left out. */
  readonly isNeeded?: boolean;
}

/** @returns the exit code: 1 where a file stands there already */
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
  const flags = Object.entries(line.given).filter(([flag]) => flag in TARGET_OPTIONS);
  const given: Settings = Object.fromEntries(flags);
  const asks = terminal.ask !== undefined && given.features === undefined;
  const settings = asks ? await askFor(given, spec, terminal) : { features: ['core'], ...given };
  const features = commaList(settings.features as string[]);
  await assertGenerates({ ...settings, features }, spec);
  const { name = features.join('-'), ...own } = settings;
  writeFileSync(path, genFileText(String(name), { ...own, features }));
  if (!line.quiet) {
    const config = path === GEN_FILE ? '' : ` --config ${path}`;
    terminal.stderr.write(
      `${path} is written, with the target ${name}. Now: gen${config}, and later gen check${config}.\n`,
    );
  }
  return 0;
}

/** One question after the other; a wrong answer is explained and asked again. */
async function askFor(given: Settings, spec: Spec, terminal: Terminal): Promise<Settings> {
  const ask = terminal.ask as NonNullable<Terminal['ask']>;
  let settings: Settings = given;
  const answer = async (question: Question): Promise<void> => {
    const { flag, text, standard, isNeeded = false } = question;
    if (given[flag] !== undefined) return;
    for (;;) {
      const empty = standard ?? (isNeeded ? undefined : 'leave it open');
      const shown = empty === undefined ? '' : `(Enter: ${empty}) `;
      const typed = (await ask(`${text} ${shown}`)).trim() || standard;
      if (typed === undefined && isNeeded) continue;
      if (typed === undefined) return;
      const value = TARGET_OPTIONS[flag]?.array === true ? [typed] : typed;
      const wrong = faultOf({ ...settings, [flag]: value }, spec);
      if (wrong === undefined) {
        settings = { ...settings, [flag]: value };
        return;
      }
      terminal.stderr.write(
        formatError(wrong, { colors: colorsFor(terminal.stderr, terminal.env) }),
      );
    }
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
  const isNeeded = formats.some((format) => CLOSED_FORMATS.includes(format));
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

/** As a run would: what cannot be generated is not written down. */
async function assertGenerates(settings: Settings, spec: Spec): Promise<void> {
  await generate(spec, targetOf(settings));
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
  return new Door('generate', { ...settings, _: [] }, undefined).target().target;
}
