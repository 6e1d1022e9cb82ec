/**
 * What Resource and NotResource may hold.
 *
 * 1. `*` alone.
 * 2. An ARN, whose resource may hold anything: arn:partition:service:region:account:resource.
 * 3. The partition is one of AWS's or has wildcards; the service is literal.
 * 4. Where parts are missing, a last part that ends in `*` stands for them (`arn:aws:rds:*`): that
 *    wildcard crosses colons. Without it IAM adds what is missing, silently, so it is refused here;
 *    beside an empty part IAM itself refuses it.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
import { parsePieces } from './parameter.ts';

/** Stand for values that are not known yet: within one part of an ARN, and over several. */
const WITHIN = '\u0000';
const ACROSS = '\u0001';

/** What is wrong with a resource, and what would be right. */
export interface ResourceFault {
  readonly why: string;
  readonly advice: string;
}

const FORM = 'arn:partition:service:region:account:resource';

/**
 * @param mayHold whether a value of the parameter may hold the character
 * @returns undefined where IAM takes the resource, or may take it with some values
 */
export function resourceFault(
  resource: string,
  mayHold: (parameter: string, character: string) => boolean = () => true,
): ResourceFault | undefined {
  if (resource === '*') return undefined;
  if (/\s$/.test(resource)) {
    return {
      why: 'it ends with white space, so it matches nothing',
      advice:
        'Remove it. In YAML, a text behind | ends with a line break: write it behind the key.',
    };
  }
  const pieces = parsePieces(resource);
  const [only] = pieces;
  if (pieces.length === 1 && only?.kind === 'parameter' && mayHold(only.name, '*')) {
    return undefined;
  }
  const text = pieces
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      return mayHold(piece.name, ':') ? ACROSS : WITHIN;
    })
    .join('')
    // A policy variable is no more than a name with a value; its own colons separate nothing.
    .replace(/\$\{[^}]*\}/g, WITHIN);
  const end = text.indexOf(ACROSS);
  const isOpen = end >= 0;
  const parts = (isOpen ? text.slice(0, end) : text).split(':');
  // The part that an open value continues may become anything that begins like that.
  const whole = isOpen ? parts.slice(0, -1) : parts;
  const begun = isOpen ? (parts.at(-1) as string) : undefined;
  const begins = whole.length === 0 ? 'arn'.startsWith(begun ?? '') : whole[0] === 'arn';
  if (!begins) {
    return {
      why: 'it is neither * nor an ARN',
      advice: adviceFor(resource),
    };
  }
  const [, partition, service] = whole;
  if (partition !== undefined && !isPartition(partition)) {
    return {
      why: `${JSON.stringify(shown(partition))} is not an AWS partition`,
      advice: 'Write aws, aws-us-gov, aws-cn, …, * for all of them, or {{partition}}.',
    };
  }
  if (service !== undefined && !isService(service)) {
    return {
      why:
        service === ''
          ? 'its ARN names no service'
          : `an ARN's service cannot be ${JSON.stringify(shown(service))}`,
      advice: `Name the service: ${FORM}.`,
    };
  }
  if (isOpen || whole.length >= 6) return undefined;
  if (whole.length >= 4 && !whole.includes('') && whole.at(-1)?.endsWith('*')) return undefined;
  const full = [...whole, ...Array<string>(6 - whole.length).fill('*')].join(':');
  const isNamed = whole.length >= 3 && !resource.includes('{{') && !resource.includes('${');
  return {
    why: `its ARN has ${whole.length} of the 6 parts`,
    advice: `Write ${FORM}${isNamed && !resource.includes('::') ? `, e.g. ${full}` : ''}; region and account may be empty or *.`,
  };
}

function isPartition(text: string): boolean {
  return text.includes(WITHIN) || /[*?]/.test(text) || /^aws(-[a-z]+)*$/.test(text);
}

function isService(text: string): boolean {
  return text.includes(WITHIN) || /^[A-Za-z0-9-]+$/.test(text);
}

function shown(text: string): string {
  return text.replaceAll(WITHIN, '…');
}

function adviceFor(resource: string): string {
  if (/^\$\{/.test(resource)) {
    return 'Write the ARN itself, or {{name}} for a parameter that you describe in parameters.yaml.';
  }
  const bucket = /^[a-z0-9][a-z0-9.-]{2,62}(\/.*)?$/.test(resource);
  return bucket
    ? `Write ${FORM}; for an S3 bucket arn:{{partition}}:s3:::${resource}`
    : `Write ${FORM}, or * for all resources.`;
}
