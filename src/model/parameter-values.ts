/**
 * Rules about values that no pattern can say, and what is likely meant by a refused one; by
 * parameter. Patterns and lengths are in parameters.yaml.
 */

/**
 * Regions of the partitions but `aws`, by how they begin.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
const PARTITION_BY_REGION: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, 'aws-cn'],
  [/^us-gov-/, 'aws-us-gov'],
  [/^us-iso-/, 'aws-iso'],
  [/^us-isob-/, 'aws-iso-b'],
  [/^eu-isoe-/, 'aws-iso-e'],
  [/^us-isof-/, 'aws-iso-f'],
  [/^eusc-/, 'aws-eusc'],
];

const REGION = /^[a-z]{2,4}(-[a-z]{2,4})?-[a-z]{4,9}-[0-9]$/;

/** The partition that a region is in. */
export function partitionOfRegion(region: string): string {
  return PARTITION_BY_REGION.find(([beginning]) => beginning.test(region))?.[1] ?? 'aws';
}

/**
 * Why S3 refuses a name whose characters and length are right; undefined where it does not.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
function bucketFault(name: string): string | undefined {
  if (name.includes('..')) return 'two dots follow one another';
  if (/\.-|-\./.test(name)) return 'a dot is beside a hyphen';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return 'it looks like an IP address';
  const start = ['xn--', 'sthree-', 'amzn-s3-demo-'].find((each) => name.startsWith(each));
  if (start !== undefined) return `${start} at the start is reserved`;
  const end = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'].find((each) =>
    name.endsWith(each),
  );
  return end === undefined ? undefined : `${end} at the end is reserved`;
}

/** What is wrong with a value that its pattern allows; undefined where nothing is. */
export function valueFault(parameter: string, value: string): string | undefined {
  return parameter === 'bucketName' ? bucketFault(value) : undefined;
}

/** What is likely meant by a value that is refused. */
export function valueAdvice(parameter: string, value: string): string | undefined {
  if (/AccountId$|^accountId$/.test(parameter)) {
    if (/^[\d-]+$/.test(value) && value.replaceAll('-', '').length === 12) {
      return 'Leave out the hyphens.';
    }
    return /^\d{1,11}$/.test(value)
      ? 'An account id has 12 digits, zeros at the start included.'
      : undefined;
  }
  if (parameter === 'partition' && REGION.test(value)) {
    return `${value} is a region; its partition is ${partitionOfRegion(value)}.`;
  }
  if (parameter === 'region' && /^aws(-[a-z-]+)?$/.test(value)) {
    return `${value} is a partition; give a region of it.`;
  }
  if (parameter === 'region' && REGION.test(value.slice(0, -1)) && /[a-z]$/.test(value)) {
    return `${value} is an availability zone; its region is ${value.slice(0, -1)}.`;
  }
  if (parameter === 'oidcProvider') {
    if (value.startsWith('https://')) return 'Leave out https://.';
    if (value.endsWith('/')) return 'Leave out the slash at the end: the issuer has none.';
  }
  if (parameter === 'bucketName' && /^s3:\/\/|^arn:/.test(value)) {
    return 'Give the name alone, without s3:// or arn:aws:s3:::.';
  }
  return undefined;
}
