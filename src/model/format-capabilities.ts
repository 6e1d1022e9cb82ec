/** What each format can say: all that composing has to know of them. */
import { FORMATS, type Format } from './bundle.ts';

export interface FormatCapabilities {
  /** Whether parameters may stay open in it, to be given where it is deployed. */
  readonly leavesOpen: boolean;
  /**
   * Whether every one of its files needs every value. The pxk snippet, which is neither this nor the
   * one above, needs values only for the ARNs that it names.
   */
  readonly needsValues: boolean;
  /** Parameters that it finds out where it is deployed, though they have a default. */
  readonly findsOut: readonly string[];
  /** Whether it deploys `<`, `>` and `&` as `\u003c`, …, each of six characters. */
  readonly escapesHtml: boolean;
}

const LITERAL: FormatCapabilities = {
  leavesOpen: false,
  needsValues: true,
  findsOut: [],
  escapesHtml: false,
};

export const CAPABILITIES: Readonly<Record<Format, FormatCapabilities>> = {
  'iam-json': LITERAL,
  // Keeps the documented partition: a pseudo parameter would make another document of it.
  cloudformation: { ...LITERAL, leavesOpen: true, needsValues: false },
  // The partition is `data.aws_partition`; the provider's JSON encoder is Go's.
  terraform: { leavesOpen: true, needsValues: false, findsOut: ['partition'], escapesHtml: true },
  pxk: { ...LITERAL, needsValues: false },
  validator: LITERAL,
};

/** The formats among these that have a capability; all formats where none are named. */
export function formatsThat(
  capability: 'leavesOpen' | 'needsValues' | 'escapesHtml',
  formats: readonly Format[] = FORMATS,
): readonly Format[] {
  return formats.filter((format) => CAPABILITIES[format][capability]);
}
