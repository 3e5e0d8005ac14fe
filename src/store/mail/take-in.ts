import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../durable.ts';
import type { ContentIds } from '../index/threads.ts';
import { describe } from './content.ts';
import { READ_MESSAGE } from './files.ts';
import { octetsOf } from './octets.ts';

/** A message's content as the index keeps it, with what names its thread. Plain data, to be sent between threads. */
export interface ContentRow extends ContentIds {
  readonly json: string;
}

/** What the index wants to know of a file. */
export interface TakenIn {
  /** The file's time in milliseconds. */
  readonly modified: number;
  /** Octets as IMAP sends it. */
  readonly size: number;
  readonly lf: boolean;
  readonly emailId: string;
  /** Undefined for a message that nobody can describe; `fault` says why. */
  readonly content: ContentRow | undefined;
  readonly fault?: string;
}

export function contentRow(octets: Uint8Array): ContentRow {
  const content = describe(octets);
  const { messageId, references } = content.envelope;
  return { json: JSON.stringify(content), messageId, references };
}

export function takeIn({ raw, modified }: { readonly raw: Buffer; readonly modified: number }): TakenIn {
  const { octets, lf, emailId } = octetsOf(raw);
  const facts = { modified, size: octets.length, lf, emailId };
  try {
    return { ...facts, content: contentRow(octets) };
  } catch (error) {
    return { ...facts, content: undefined, fault: String(error) };
  }
}

/** A file of another program's, read at once: for a thread. Undefined when it is gone, no file, or too large. */
export function takeInFile(path: string, maxBytes: number): TakenIn | undefined {
  let file: number;
  try {
    file = openSync(path, READ_MESSAGE);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    const buffer = Buffer.allocUnsafe(stats.size);
    let length = 0;
    while (length < buffer.length) {
      const octets = readSync(file, buffer, length, buffer.length - length, length);
      if (octets === 0) break;
      length += octets;
    }
    return takeIn({ raw: buffer.subarray(0, length), modified: stats.mtimeMs });
  } finally {
    closeSync(file);
  }
}
