import { bufferOf } from '../bytes.ts';
import type { ArchiveEntry, ArchiveListing } from './types.ts';

const BLOCK = 512;
/** Type flags that are files: `0`, NUL, `7`; `L` brings the name of the next entry, `x` and `g` attributes of it. */
const FILES = new Set(['0', '\0', '7', '']);

const text = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
};

/** A size: octal digits, or, of eight gigabytes and more, binary. */
function number(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(-6).readUIntBE(0, 6);
  const digits = /[0-7]+/.exec(text(field))?.[0];
  return digits === undefined ? 0 : Number.parseInt(digits, 8);
}

/** Files of a tar archive (ustar, GNU, pax). */
export function listTar(content: Uint8Array, limit: number): ArchiveListing {
  const bytes = bufferOf(content);
  const entries: ArchiveEntry[] = [];
  let longName: string | undefined;
  let truncated = false;
  let broken = false;
  let at = 0;
  // Entries that are no files cost a step too.
  for (let steps = 0; at + BLOCK <= bytes.length && steps < limit * 3; steps++) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    const size = number(header.subarray(124, 136));
    const type = String.fromCharCode(header[156] ?? 0);
    const start = at + BLOCK;
    const data = bytes.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'L') longName = text(data.subarray(0, 4096));
    else if (type === 'x') longName = paxPath(data.subarray(0, 4096)) ?? longName;
    else if (FILES.has(type)) {
      if (entries.length >= limit) {
        truncated = true;
        break;
      }
      const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header.subarray(345, 500)) : '';
      const short = text(header.subarray(0, 100));
      const name = longName ?? (prefix === '' ? short : `${prefix}/${short}`);
      longName = undefined;
      if (data.length < size) broken = true;
      if (!name.endsWith('/')) entries.push({ name, packed: size, size, encrypted: false, read: () => data });
    }
  }
  return { format: 'tar', entries, encryptedNames: false, truncated, faults: broken ? ['broken'] : [] };
}

const paxPath = (data: Buffer): string | undefined => /^\d+ path=(.+)$/m.exec(data.toString('utf8'))?.[1];
