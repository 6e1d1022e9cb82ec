/** `gen outdated`: what the sources have added since a target's date. */
import { outdatedGroups } from '../../diff/revisions.ts';
import { DOCUMENTED_CAPA_RELEASE } from '../../model/release.ts';
import { terminalLine } from '../../text/terminal.ts';
import type { Invocation } from '../arguments/invocation.ts';
import { formatOutdated } from '../printing/revisions-text.ts';
import { colorsFor, json, type Terminal, widthOf } from '../printing/terminal.ts';
import { specOf } from '../targets/one.ts';
import { type PlacedTarget, targetsOf } from '../targets/targets.ts';

/** @returns the exit code: 1 where something was added */
export async function outdatedCommand(line: Invocation, terminal: Terminal): Promise<number> {
  const { all, ofFile } = await targetsOf(line);
  const found = [];
  for (const placed of all) found.push(await outdatedTarget(placed, ofFile, line.json, terminal));
  if (line.json) terminal.stdout.write(json(ofFile ? found : found[0]));
  return found.every(({ groups }) => groups.length === 0) ? 0 : 1;
}

async function outdatedTarget(
  { target, specs }: PlacedTarget,
  isNamed: boolean,
  asJson: boolean,
  { stdout, stderr, env }: Terminal,
) {
  const { name, features, asOf, capaRelease } = target;
  const groups = outdatedGroups(await specOf(specs), features, target);
  const label = isNamed ? `${terminalLine(name ?? '')}: ` : '';
  const have =
    asOf === 'latest' ? 'the latest that gen knows' : (asOf ?? 'the documented revision');
  const additions = groups.flatMap((group) => group.additions);
  const ofCapa = additions.filter(({ release }) => release !== undefined).length;
  const ofDocuments = additions.length - ofCapa;
  const count = additions.length;
  if (!asJson && count > 0) {
    if (isNamed) stdout.write(`${colorsFor(stdout, env).bold(`${terminalLine(name ?? '')}:`)}\n`);
    stdout.write(formatOutdated(groups, colorsFor(stdout, env), widthOf(stdout)));
  }
  if (ofCapa > 0) {
    stderr.write(
      `${label}${counted(ofCapa)} by Cluster API Provider AWS since ${capaRelease ?? DOCUMENTED_CAPA_RELEASE}; --capa-release latest takes them in. Palette does not publish which release it runs.\n`,
    );
  }
  if (ofDocuments > 0) {
    stderr.write(`${label}${counted(ofDocuments)} since ${have}; --as-of latest takes them in\n`);
  }
  if (count === 0) stderr.write(`${label}no additions since ${have}\n`);
  const found = {
    asOf: asOf ?? 'documented',
    ...(capaRelease === undefined ? {} : { capaRelease }),
    groups,
  };
  return isNamed ? { target: name, ...found } : found;
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'addition' : 'additions'}`;
}
