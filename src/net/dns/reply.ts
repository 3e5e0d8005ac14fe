import type { RecordType, RecordTypes } from '../resolver.ts';
import type { Question } from './question.ts';
import { FORMATS, readSoa } from './records.ts';
import { WireFault, WireReader } from './wire.ts';

/** What a reply says. When it was truncated, only that. */
export interface Reply<T extends RecordType> {
  /** The response code, with EDNS's upper bits. */
  rcode: number;
  truncated: boolean;
  /** RA: the server asks others on our behalf. */
  recursive: boolean;
  /** AD: the server says it has validated this. */
  authentic: boolean;
  /** The records of the type asked for, at the end of the aliases. */
  records: RecordTypes[T][];
  /** Where the aliases led; the name asked for when there were none. Lower case. */
  end: string;
  /** How many aliases were followed. */
  aliases: number;
  /** Seconds: the least TTL of aliases and records. Infinite without any. */
  ttl: number;
  /** Seconds a denial may be remembered (RFC 2308 §5); undefined when no SOA record says so. */
  denialTtl: number | undefined;
}

/** Aliases of one question, followed within replies and from reply to reply; real ones have up to five. */
export const MAX_ALIASES = 8;
/**
 * Records of all sections of a reply. A resolver's largest honest replies have some hundred; beyond 256 of one type a
 * record set counts as a failure anyway.
 */
const MAX_RECORDS = 512;
const IN = 1;
const OPT = 41;
const TRUNCATED = 0x0200;
const RECURSIVE = 0x0080;
const AUTHENTIC = 0x0020;

/**
 * Reads a reply that {@link matchReply} takes for one. Undefined when it is malformed or has too many records: part of
 * an answer could mean something else than the whole.
 */
export function readReply<T extends RecordType>(
  question: Question,
  bytes: Buffer,
  type: T,
): Reply<T> | undefined {
  try {
    return read(question, bytes, type);
  } catch (error) {
    if (error instanceof WireFault) return undefined;
    throw error;
  }
}

interface Owned<V> {
  owner: string;
  ttl: number;
  value: V;
}

function read<T extends RecordType>(question: Question, bytes: Buffer, type: T): Reply<T> {
  const reader = new WireReader(bytes, 2);
  const flags = reader.u16();
  reader.u16();
  const answers = reader.u16();
  const authorities = reader.u16();
  const additionals = reader.u16();
  // The name as the reply spells it, so that owners compare as texts.
  const asked = reader.name().toLowerCase();
  reader.at = question.end;
  const reply: Reply<T> = {
    rcode: flags & 15,
    truncated: (flags & TRUNCATED) !== 0,
    recursive: (flags & RECURSIVE) !== 0,
    authentic: (flags & AUTHENTIC) !== 0,
    records: [],
    end: asked,
    aliases: 0,
    ttl: Number.POSITIVE_INFINITY,
    denialTtl: undefined,
  };
  if (reply.truncated) return reply;
  if (answers + authorities + additionals > MAX_RECORDS) throw new WireFault('too many records');

  const found: Owned<RecordTypes[T]>[] = [];
  const aliases = new Map<string, Owned<string>>();
  for (let i = 0; i < answers; i++) {
    const { owner, code, ttl, end } = readRecordHead(reader);
    if (code === FORMATS[type].code)
      found.push({ owner, ttl, value: within(reader, end, FORMATS[type].read) });
    else if (code === FORMATS.CNAME.code && !aliases.has(owner))
      aliases.set(owner, { owner, ttl, value: within(reader, end, FORMATS.CNAME.read) });
    reader.at = end;
  }
  for (let i = 0; i < authorities; i++) {
    const { code, ttl, end } = readRecordHead(reader);
    if (code === FORMATS.SOA.code)
      reply.denialTtl = Math.min(ttl, seconds(within(reader, end, readSoa).minimum));
    reader.at = end;
  }
  for (let i = 0; i < additionals; i++) {
    const { code, ttlField, end } = readRecordHead(reader);
    // RFC 6891 §6.1.3: the upper eight bits of the response code.
    if (code === OPT) reply.rcode |= (ttlField >>> 24) << 4;
    reader.at = end;
  }
  follow(reply, found, aliases);
  return reply;
}

function follow<T extends RecordType>(
  reply: Reply<T>,
  found: readonly Owned<RecordTypes[T]>[],
  aliases: ReadonlyMap<string, Owned<string>>,
): void {
  for (;;) {
    for (const { owner, ttl, value } of found) {
      if (owner !== reply.end) continue;
      reply.records.push(value);
      reply.ttl = Math.min(reply.ttl, ttl);
    }
    const alias = aliases.get(reply.end);
    if (reply.records.length > 0 || alias === undefined) return;
    if (++reply.aliases > MAX_ALIASES) return;
    reply.ttl = Math.min(reply.ttl, alias.ttl);
    reply.end = alias.value;
  }
}

interface RecordHead {
  owner: string;
  /** -1 for records of other classes than IN, which nobody here has asked for. */
  code: number;
  ttl: number;
  ttlField: number;
  /** Where the record ends. */
  end: number;
}

/** RFC 1035 §4.1.3, up to RDATA. */
function readRecordHead(reader: WireReader): RecordHead {
  const owner = reader.name().toLowerCase();
  const code = reader.u16();
  const recordClass = reader.u16();
  const ttlField = reader.u32();
  const end = reader.u16() + reader.at;
  if (end > reader.bytes.length) throw new WireFault('cut short');
  // The class of OPT is a size.
  return {
    owner,
    code: recordClass === IN || code === OPT ? code : -1,
    ttl: seconds(ttlField),
    ttlField,
    end,
  };
}

/** Reads RDATA that has to end where the record does. */
function within<V>(reader: WireReader, end: number, format: (reader: WireReader, end: number) => V): V {
  const value = format(reader, end);
  if (reader.at !== end) throw new WireFault('bad record');
  return value;
}

/** RFC 2181 §8: a TTL with its highest bit set is none. */
function seconds(field: number): number {
  return field > 0x7fff_ffff ? 0 : field;
}
