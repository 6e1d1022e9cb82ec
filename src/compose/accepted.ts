/**
 * Warnings that the target accepts become notes.
 *
 * 1. An acceptance is for the warnings of its code, and where it names a group, for those that are
 *    about the group.
 * 2. One that is for no warning is a warning itself: what it was written for is gone.
 */
import type { Warning } from '../model/errors.ts';
import type { Acceptance } from '../model/target.ts';

export function accepted(
  all: readonly Warning[],
  acceptances: readonly Acceptance[],
): { readonly warnings: readonly Warning[]; readonly notes: readonly string[] } {
  const isFor = ({ code, group }: Acceptance, warning: Warning): boolean =>
    warning.code === code && (group === undefined || warning.groups?.includes(group) === true);
  const warnings: Warning[] = [];
  const notes: string[] = [];
  for (const warning of all) {
    const acceptance = acceptances.find((each) => isFor(each, warning));
    if (acceptance === undefined) warnings.push(warning);
    else notes.push(`Accepted (${acceptance.reason}): ${warning.message}`);
  }
  const unused = acceptances.filter((each) => !all.some((warning) => isFor(each, warning)));
  return { warnings: [...unused.map(unusedWarning), ...warnings], notes };
}

function unusedWarning({ code, group }: Acceptance): Warning {
  const what = group === undefined ? code : `${code} of ${group}`;
  return {
    code: 'unused-acceptance',
    message: `The target accepts ${what}, and there is no such warning.`,
    advice: 'Remove it from accept.',
  };
}
