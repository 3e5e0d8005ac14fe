import { isUtf8 } from 'node:buffer';
import type { Position } from './ast.ts';

/** A script as text, or the place of the first octet that is not UTF-8 (RFC 5228 §2.1). */
export interface Source {
  readonly text: string;
  readonly fault: Position | undefined;
}

/** Decodes a script. A byte order mark at its beginning is left out. */
export function readSource(source: string | Uint8Array): Source {
  if (typeof source !== 'string') {
    const text = new TextDecoder().decode(source);
    return { text, fault: isUtf8(source) ? undefined : placeOf(text, firstFault(source, text)) };
  }
  const text = source.startsWith('\ufeff') ? source.slice(1) : source;
  return { text, fault: text.isWellFormed() ? undefined : placeOf(text, text.search(/\p{Cs}/u)) };
}

/**
 * Index in the decoded text of the first replacement character that stands for a fault, and not for a U+FFFD that
 * was written: there the octets differ from what the text would be encoded to.
 */
function firstFault(bytes: Uint8Array, text: string): number {
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const encoder = new TextEncoder();
  let byte = mark;
  let from = 0;
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', from)) {
    byte += encoder.encode(text.slice(from, at)).length;
    if (bytes[byte] !== 0xef || bytes[byte + 1] !== 0xbf || bytes[byte + 2] !== 0xbd) return at;
    byte += 3;
    from = at + 1;
  }
  return text.length;
}

function placeOf(text: string, offset: number): Position {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return { offset, line };
}
