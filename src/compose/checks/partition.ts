/** Which features an AWS partition has. */
import { GenError } from '../../model/errors.ts';
import type { Spec } from '../../model/requirement.ts';
import type { Selection } from '../select.ts';

/** @throws GenError (exit 2) naming every active feature that the partition is not known to have */
export function assertFeaturesExist(
  spec: Spec,
  selection: Selection,
  partition: string | undefined,
): void {
  if (partition === undefined) return;
  const problems = selection.active.flatMap((id) => {
    const partitions = spec.features.get(id)?.partitions;
    if (partitions === undefined || partitions.includes(partition)) return [];
    return [
      {
        code: 'feature-not-in-partition',
        message: `"${id}" does not exist in the partition ${partition}; it does in ${partitions.join(', ')}.`,
        advice: `Leave ${id} out of --features, or choose another --partition.`,
      },
    ];
  });
  if (problems.length > 0) throw new GenError(2, problems);
}
