/** What the file system says when it refuses, in plain words. */
import { GenError, usageError } from '../model/errors.ts';

export function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

/** Plain words for what the system said. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'it, or a folder on the way to it, is a file',
  EEXIST: 'it, or a folder on the way to it, is a file',
  ENOENT: 'a folder on the way to it does not exist and cannot be made',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long for this file system',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENOTEMPTY: 'somebody else has written there meanwhile',
  EFBIG: 'the file would be larger than allowed',
  EIO: 'the disk reports an error',
  EXDEV: 'it is on another file system',
};

/** Why, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  return REASONS[code] ?? code;
}

/** What the system said, in plain words; faults of ours as they are. */
export function plainError(
  error: unknown,
  shown: string,
  verb: 'read' | 'write',
  advice = 'Check the folder given with --out and its permissions.',
): Error {
  if (error instanceof GenError) return error;
  const code = errorCode(error);
  // Not the system's: a fault of ours, and to be seen as one.
  if (code === '' || !(error instanceof Error)) return error as Error;
  const undone = verb === 'write' ? ' Nothing was changed.' : '';
  return usageError(
    verb === 'write' ? 'cannot-write' : 'cannot-read',
    `cannot ${verb} ${shown}: ${reasonOf(error)}.${undone}`,
    advice,
  );
}
