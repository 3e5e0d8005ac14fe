import type { RecordType } from '../resolver.ts';
import { FORMATS } from './records.ts';

/** A question as it goes over the wire, and what its reply is told by. */
export interface Question {
  readonly bytes: Buffer;
  /** Where the question section ends; behind it is the OPT record, if any. */
  readonly end: number;
}

export interface QuestionOptions {
  /** 16 random bits. */
  id: number;
  /** Random octets, at least one for eight characters of the name; absent: the name is sent as it is. */
  mix?: Uint8Array;
  /** Whether to send an OPT record. */
  edns: boolean;
}

const HEADER = 12;
/** QR (RFC 1035 §4.1.1). */
const RESPONSE = 0x80;
/** Recursion desired, and: tell whether the answer is authentic (RFC 6840 §5.7). */
const FLAGS = 0x0120;
const IN = 1;
/** RFC 6891 §6.1.2: root, type 41, our UDP size, no extended code, version 0, no flags, no options. */
const OPT = Buffer.from([0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);
const FORMERR = 1;

/**
 * Writes a query for a name of visible ASCII that {@link isPossibleName} takes. Letters change case at random, which
 * somebody who forges replies has to guess too. The UDP size is 1,232: what passes any IPv6 path in one piece.
 */
export function writeQuestion(name: string, type: RecordType, options: QuestionOptions): Question {
  const end = HEADER + name.length + 2 + 4;
  const bytes = Buffer.allocUnsafeSlow(end + (options.edns ? OPT.length : 0)).fill(0, 0, HEADER);
  bytes.writeUInt16BE(options.id, 0);
  bytes.writeUInt16BE(FLAGS, 2);
  bytes[5] = 1;
  let label = HEADER;
  for (let i = 0; i < name.length; i++) {
    const at = HEADER + 1 + i;
    let code = name.charCodeAt(i);
    if (code === 0x2e) {
      bytes[label] = at - label - 1;
      label = at;
      continue;
    }
    if (isLetter(code) && (((options.mix?.[i >> 3] ?? 0) >> (i & 7)) & 1) === 1) code ^= 0x20;
    bytes[at] = code;
  }
  bytes[label] = HEADER + name.length - label;
  bytes[end - 5] = 0;
  bytes.writeUInt16BE(FORMATS[type].code, end - 4);
  bytes.writeUInt16BE(IN, end - 2);
  if (options.edns) {
    OPT.copy(bytes, end);
    bytes[11] = 1;
  }
  return { bytes, end };
}

/**
 * Whether a message replies to a question (RFC 5452 §9.1): `yes`; `case`: but for the case of its letters; `refused`:
 * a bare header that says the question was not understood, as old servers answer EDNS (RFC 6891 §7); `no`.
 */
export function matchReply(question: Question, reply: Buffer): 'yes' | 'case' | 'refused' | 'no' {
  const { bytes, end } = question;
  const flags = reply[2] ?? 0;
  // A standard query's response with our ID.
  if (reply.length < HEADER || reply[0] !== bytes[0] || reply[1] !== bytes[1]) return 'no';
  if ((flags & RESPONSE) === 0 || (flags & 0x78) !== 0) return 'no';
  if (reply.length === HEADER && reply.readUInt16BE(4) === 0)
    return ((reply[3] ?? 0) & 15) === FORMERR ? 'refused' : 'no';
  if (reply.readUInt16BE(4) !== 1 || reply.length < end) return 'no';
  if (bytes.compare(reply, HEADER, end, HEADER, end) === 0) return 'yes';
  for (let i = HEADER; i < end - 4; i++) {
    const [ours = 0, theirs = 0] = [bytes[i], reply[i]];
    if (ours !== theirs && ((ours ^ theirs) !== 0x20 || !isLetter(ours))) return 'no';
  }
  return bytes.compare(reply, end - 4, end, end - 4, end) === 0 ? 'case' : 'no';
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}
