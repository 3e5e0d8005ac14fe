import { constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { ContentLimits } from './limits.ts';

/** What the files of one message may still cost. */
export class Budget {
  readonly limits: ContentLimits;
  private files: number;
  private bytes: number;
  /** Names of the limits that were reached. */
  readonly reached = new Set<keyof ContentLimits>();

  constructor(limits: ContentLimits) {
    this.limits = limits;
    this.files = limits.files;
    this.bytes = limits.unpackedBytes;
  }

  /** Takes one file; false when there were too many. */
  file(): boolean {
    if (this.files <= 0) {
      this.reached.add('files');
      return false;
    }
    this.files--;
    return true;
  }

  get filesLeft(): number {
    return this.files;
  }

  /** Bytes one more file may unpack to. */
  get room(): number {
    return Math.min(this.bytes, this.limits.fileBytes);
  }

  spend(bytes: number): void {
    this.bytes -= bytes;
  }

  /** Notes that a file was too large for what is left. */
  full(): void {
    this.reached.add(this.bytes < this.limits.fileBytes ? 'unpackedBytes' : 'fileBytes');
  }
}

/** Unpacked bytes; `large`: more than the budget allows; `broken`: not that format (or nothing came out of it). */
export type Unpacked = Uint8Array | 'large' | 'broken';

const UNPACKERS = { raw: inflateRawSync, zlib: inflateSync, gzip: gunzipSync } as const;

/**
 * Undoes deflate (RFC 1951), alone or in its zlib (RFC 1950) or gzip (RFC 1952) wrapper, within the budget. What was cut
 * off gives as much as there is.
 */
export function unpack(bytes: Uint8Array, format: keyof typeof UNPACKERS, budget: Budget): Unpacked {
  const { room } = budget;
  if (room <= 0) {
    budget.full();
    return 'large';
  }
  try {
    const out = UNPACKERS[format](bytes, {
      maxOutputLength: room,
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: Math.min(room + 64, Math.max(1024, bytes.length * 4)),
    });
    budget.spend(out.length);
    return out;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      // The work was done all the same.
      budget.spend(room);
      budget.full();
      return 'large';
    }
    return 'broken';
  }
}
