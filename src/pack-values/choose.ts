/**
 * Which snippet goes into a file, and which of its documents each key goes into.
 *
 * 1. PXK's values hold `kubeadmconfig:`, those of the EKS pack `managedControlPlane:` and
 *    `managedMachinePool:`. A file that is clearly of one kind takes the snippet of that kind.
 * 2. A file that does not tell takes the only snippet there is.
 * 3. A key that stands in one of the documents is merged there. What stands nowhere goes beside
 *    `pack:`, or beside the keys that tell the kind.
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

/**
 * What to merge into each document, by position in the file.
 * @throws GenError (exit 2) where documents share a key, or none is the right one.
 */
export function assignToDocuments(
  file: ValuesFile,
  { kind, value }: PackValues,
): ReadonlyMap<number, Readonly<Record<string, unknown>>> {
  const assigned = new Map<number, Record<string, unknown>>();
  for (const [key, each] of Object.entries(value)) {
    const holders = [...file.documents.keys()].filter((index) =>
      has(file.documents[index] as ValuesDocument, [key]),
    );
    if (holders.length > 1) {
      throw refusal(file, {
        code: 'ambiguous-document',
        message: `The key ${key} stands in ${holders.length} documents of the file.`,
        advice: 'Keep one of them.',
      });
    }
    const index = holders[0] ?? homeOf(file, kind);
    assigned.set(index, { ...assigned.get(index), [key]: each });
  }
  return assigned;
}

/** Where keys go that no document has yet. */
function homeOf(file: ValuesFile, kind: PackKind): number {
  const all = [...file.documents.keys()];
  if (all.length === 1) return 0;
  const having = (indices: readonly number[], keys: readonly string[]) =>
    indices.filter((index) => has(file.documents[index] as ValuesDocument, keys));
  const siblings = [...TELLING[kind], STACK_KEY];
  const withPack = having(all, ['pack']);
  const candidates = withPack.length > 0 ? withPack : having(all, siblings);
  const closer = candidates.length > 1 ? having(candidates, siblings) : candidates;
  const [home] = closer;
  if (closer.length === 1 && home !== undefined) return home;
  throw refusal(file, {
    code: 'ambiguous-document',
    message: `The file has ${all.length} documents, and ${candidates.length === 0 ? 'none' : 'more than one'} of them is the pack's own (with pack: or ${siblings.join(':, ')}:).`,
    advice: 'Put the keys of the pack into one document.',
  });
}

function refusal(file: ValuesFile, problem: Problem): GenError {
  return new GenError(2, { ...problem, place: file.placeAt(0) });
}
