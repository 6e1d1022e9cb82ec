/**
 * Which snippet goes into a file, and which of its documents each key goes into.
 *
 * 1. PXK's values hold `kubeadmconfig:`, those of the EKS pack `managedControlPlane:` and
 *    `managedMachinePool:`. A file that is clearly of one kind takes the snippet of that kind.
 * 2. A file that does not tell takes the only snippet there is.
 * 3. A key that is in one of the documents is merged there; in two, it is ambiguous.
 * 4. A key that is in none of them goes into the document that has `pack:` or, where none or several
 *    have it, beside the first of the keys that tell the kind. Where several documents have keys of
 *    the pack, a note says which one was chosen; where none has, the file is refused.
 */
import type { PackKind, PackValues } from '../emit/pxk.ts';
import { GenError, type Problem } from '../model/errors.ts';
import { ownPair, type ValuesDocument, type ValuesFile } from './read.ts';

const TELLING: Readonly<Record<PackKind, readonly string[]>> = {
  iaas: ['kubeadmconfig'],
  eks: ['managedControlPlane', 'managedMachinePool'],
};
const STACK_KEY = 'manageCloudFormationStackManually';

const PACK_NAMES: Readonly<Record<PackKind, string>> = {
  iaas: 'the PXK pack (IaaS clusters)',
  eks: 'the EKS pack',
};
const BASES: Readonly<Record<PackKind, string>> = {
  iaas: 'iaas-dynamic or iaas-static',
  eks: 'eks-dynamic or eks-static',
};

function has(document: ValuesDocument, keys: readonly string[]): boolean {
  return keys.some((key) => document.map !== undefined && ownPair(document.map, key) !== undefined);
}

/** @throws GenError (exit 2) where no snippet is for such a file, or the file tells nothing. */
export function choosePack(file: ValuesFile, packs: readonly PackValues[]): PackValues {
  const kinds = (['iaas', 'eks'] as const).filter((kind) =>
    file.documents.some((document) => has(document, TELLING[kind])),
  );
  const [kind] = kinds;
  const [only] = packs;
  if (kinds.length === 1 && kind !== undefined) {
    const pack = packs.find((each) => each.kind === kind);
    if (pack !== undefined) return pack;
    throw refusal(file, {
      code: 'other-pack',
      message: `These are values of ${PACK_NAMES[kind]}, and the selected features have nothing to say to it.`,
      advice: `Give the values of ${packs.map((each) => PACK_NAMES[each.kind]).join(' or ')}, or select features for this one, e.g. the base ${BASES[kind]}.`,
    });
  }
  if (packs.length === 1 && only !== undefined) return only;
  throw refusal(file, {
    code: 'unclear-pack',
    message:
      kinds.length === 0
        ? 'The file does not tell whether it is for PXK or for EKS: it has neither kubeadmconfig: nor managedControlPlane: or managedMachinePool:.'
        : 'The file has keys of both PXK and EKS.',
    advice:
      'Generate for one kind of base at a time (iaas-… or eks-…), each with its own values file.',
  });
}

/** What to merge into one document of a file. */
export interface Assignment {
  /** By position in the file. */
  readonly index: number;
  readonly wanted: Readonly<Record<string, unknown>>;
}

export interface Assignments {
  readonly assignments: readonly Assignment[];
  /** Where keys were put that had no document of their own, if there was a choice. */
  readonly notes: readonly string[];
}

/** @throws GenError (exit 2) where documents share a key, or none is the right one. */
export function assignToDocuments(file: ValuesFile, { kind, value }: PackValues): Assignments {
  const assigned = new Map<number, Record<string, unknown>>();
  const added: string[] = [];
  for (const [key, each] of Object.entries(value)) {
    const holders = holdersOf(file, key);
    if (holders.length > 1) throw ambiguous(file, key, holders.length);
    const index = holders[0] ?? homeOf(file, kind).index;
    if (holders.length === 0) added.push(key);
    assigned.set(index, { ...assigned.get(index), [key]: each });
  }
  const home = added.length === 0 ? undefined : homeOf(file, kind);
  return {
    assignments: [...assigned].map(([index, wanted]) => ({ index, wanted })),
    notes: home?.isChoice ? [noteOf(added, home, file)] : [],
  };
}

function noteOf(keys: readonly string[], { index, beside }: Home, file: ValuesFile): string {
  const where = `document ${index + 1} of ${file.documents.length}`;
  const verb = keys.length === 1 ? 'was' : 'were';
  return `${keys.join(' and ')} ${verb} added to ${where}, beside ${beside}.`;
}

/** Where keys go that no document has yet. */
interface Home {
  readonly index: number;
  /** The key that the document was chosen for. */
  readonly beside: string;
  /** Whether another document has keys of the pack, too. */
  readonly isChoice: boolean;
}

function homeOf(file: ValuesFile, kind: PackKind): Home {
  const telling = [...TELLING[kind], STACK_KEY];
  const filled = [...file.documents.keys()].filter((index) => file.documents[index]?.map);
  const own = filled.filter((index) =>
    has(file.documents[index] as ValuesDocument, ['pack', ...telling]),
  );
  const isChoice = own.length > 1;
  const withPack = holdersOf(file, 'pack');
  const [only] = withPack;
  if (withPack.length === 1 && only !== undefined) return { index: only, beside: 'pack', isChoice };
  for (const beside of telling) {
    const [index, ...others] = holdersOf(file, beside);
    if (others.length > 0) throw ambiguous(file, beside, others.length + 1);
    if (index !== undefined) return { index, beside, isChoice };
  }
  if (withPack.length > 1) throw ambiguous(file, 'pack', withPack.length);
  if (filled.length < 2) return { index: filled[0] ?? 0, beside: '', isChoice: false };
  throw refusal(file, {
    code: 'ambiguous-document',
    message: `The file has ${filled.length} documents, and none of them has pack:, ${telling.join(': or ')}:.`,
    advice:
      "Is it the file of the pack's values? If so, add one of these keys where gen should merge.",
  });
}

function holdersOf(file: ValuesFile, key: string): readonly number[] {
  return [...file.documents.keys()].filter((index) =>
    has(file.documents[index] as ValuesDocument, [key]),
  );
}

function ambiguous(file: ValuesFile, key: string, count: number): GenError {
  return refusal(file, {
    code: 'ambiguous-document',
    message: `The key ${key} is in ${count} documents of the file.`,
    advice: 'Keep one of them.',
  });
}

function refusal(file: ValuesFile, problem: Problem): GenError {
  return new GenError(2, { ...problem, place: file.placeAt(0) });
}
