/** Makers of small archives and attachments for tests. */
import { crc32, deflateRawSync } from 'node:zlib';
import { parseMessage } from '../../message/parse.ts';
import type { Message } from '../../message/types.ts';
import { type Content, contentOf } from './files.ts';

export interface Member {
  readonly name: string;
  readonly data: Uint8Array;
  /** What is stated, in place of the truth. */
  readonly size?: number;
  readonly localName?: string;
}

/** A zip archive, packed, as APPNOTE has it. */
export function zipOf(members: readonly Member[]): Buffer {
  const local: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const { name, data, size = data.length, localName = name } of members) {
    const packed = deflateRawSync(data);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(8, 8);
    header.writeUInt32LE(crc32(data), 14);
    header.writeUInt32LE(packed.length, 18);
    header.writeUInt32LE(size, 22);
    header.writeUInt16LE(Buffer.byteLength(localName), 26);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    header.copy(record, 6, 4, 28);
    record.writeUInt16LE(Buffer.byteLength(name), 28);
    record.writeUInt32LE(at, 42);
    local.push(header, Buffer.from(localName), packed);
    list.push(record, Buffer.from(name));
    at += 30 + Buffer.byteLength(localName) + packed.length;
  }
  const directory = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, directory, end]);
}

/** A message with one attachment. */
export function withAttachment(name: string, data: Uint8Array): Message {
  const head = `Content-Type: application/octet-stream\nContent-Disposition: attachment; filename="${name}"\nContent-Transfer-Encoding: base64\n\n`;
  return parseMessage(Buffer.from(head + Buffer.from(data).toString('base64').replace(/.{76}/g, '$&\n')));
}

/** The files of a message with that attachment. */
export async function filesOf(name: string, data: Uint8Array): Promise<Content> {
  const content = await contentOf(withAttachment(name, data));
  if (content === undefined) throw new Error('no attachment');
  return content;
}
