/**
 * What was asked to be learned, as bytes: the form in which requests wait in the spool, stand in the journal and are
 * exported. All numbers little-endian.
 *
 *     record  = length:u32 crc32:u32 body          ; length of body, CRC of body
 *     body    = kind:u8 reserved:u8 day:u16 user:u64 message:u64 token:u64*
 */
import { crc32 } from 'node:zlib';

export type LearnKind = 'spam' | 'ham' | 'forget';

/** A wish to learn or forget a message. */
export interface LearnRequest {
  kind: LearnKind;
  /** Days since the epoch, modulo 65,536. */
  day: number;
  /** Hash of the user who learns for himself; 0n for everybody. */
  user: bigint;
  /** Hash of the message: what was learned is known by it. */
  message: bigint;
  /** Tokens of the message, without doubles. */
  tokens: BigUint64Array;
}

const KINDS: readonly LearnKind[] = ['spam', 'ham', 'forget'];
const HEAD = 8;
const FIXED = 20;
/** A longer record is damage: no message has more tokens than `TokenSet` takes. */
const LONGEST = FIXED + 8 * 32_768;

export function encodeRequest({ kind, day, user, message, tokens }: LearnRequest): Buffer {
  const record = Buffer.alloc(HEAD + FIXED + tokens.length * 8);
  record.writeUInt32LE(record.length - HEAD, 0);
  record.writeUInt8(KINDS.indexOf(kind), HEAD);
  record.writeUInt16LE(day & 0xffff, HEAD + 2);
  record.writeBigUInt64LE(user, HEAD + 4);
  record.writeBigUInt64LE(message, HEAD + 12);
  for (const [index, token] of tokens.entries()) record.writeBigUInt64LE(token, HEAD + FIXED + index * 8);
  record.writeUInt32LE(crc32(record.subarray(HEAD)), 4);
  return record;
}

/**
 * The requests in a piece of a journal, up to the first record that is not whole or is damaged; `end` is where that
 * begins (the length of `bytes` when all is well).
 */
export function decodeRequests(bytes: Buffer): { requests: LearnRequest[]; end: number } {
  const requests: LearnRequest[] = [];
  let at = 0;
  while (at + HEAD <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const next = at + HEAD + length;
    if (length < FIXED || length > LONGEST || next > bytes.length || (length - FIXED) % 8 !== 0) break;
    const body = bytes.subarray(at + HEAD, next);
    const kind = KINDS[body[0] ?? KINDS.length];
    if (kind === undefined || crc32(body) !== bytes.readUInt32LE(at + 4)) break;
    const tokens = new BigUint64Array((length - FIXED) / 8);
    for (let index = 0; index < tokens.length; index++)
      tokens[index] = body.readBigUInt64LE(FIXED + index * 8);
    requests.push({
      kind,
      day: body.readUInt16LE(2),
      user: body.readBigUInt64LE(4),
      message: body.readBigUInt64LE(12),
      tokens,
    });
    at = next;
  }
  return { requests, end: at };
}
