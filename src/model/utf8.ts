/** Text of files that people write: UTF-8, or an error that says what it is instead. */
import { type GenError, usageError } from './errors.ts';

/**
 * Decodes a file. A byte order mark is kept: whoever writes the file back needs it.
 * @param shownAs the file as the user knows it
 * @throws GenError (exit 2) for bytes that are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, shownAs: string): string {
  // UTF-16 without a byte order mark is UTF-8 with NULs in it.
  if (looksLikeUtf16(bytes)) {
    throw notUtf8(shownAs, ' (it looks like UTF-16, as PowerShell writes with >)');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notUtf8(shownAs, '');
  }
}

function notUtf8(shownAs: string, hint: string): GenError {
  return usageError('not-text', `${shownAs} is not UTF-8 text${hint}.`, 'Save it as UTF-8.');
}

/** A byte order mark of UTF-16, or a NUL beside nearly every character, as ASCII text has in it. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const sample = bytes.subarray(0, 256);
  return sample.filter((byte) => byte === 0).length > sample.length / 3;
}
