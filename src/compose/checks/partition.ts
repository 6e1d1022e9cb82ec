/** Which features an AWS partition has, and which regions. */
import { GenError, usageError } from '../../model/errors.ts';
import { CAPABILITIES } from '../../model/format-capabilities.ts';
import { partitionOfRegion } from '../../model/parameter-values.ts';
import type { Spec } from '../../model/requirement.ts';
import type { Target } from '../../model/target.ts';
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

/** @throws GenError (exit 2) where a region is not in the partition */
export function assertRegionsExist(
  { parameters, formats }: Target,
  partition: string | undefined,
): void {
  // Where it is found out at deployment, it is not known here.
  const isOpen =
    !parameters.has('partition') &&
    formats.every((format) => CAPABILITIES[format].findsOut.includes('partition'));
  if (partition === undefined || isOpen) return;
  for (const name of ['region', 'managementRegion']) {
    const region = parameters.get(name);
    if (region === undefined || partitionOfRegion(region) === partition) continue;
    throw usageError(
      'region-not-in-partition',
      `${region} is a region of the partition ${partitionOfRegion(region)}, not of ${partition}.`,
      `Add --partition ${partitionOfRegion(region)}, or correct the region.`,
    );
  }
}
