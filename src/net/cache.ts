import { DnsError } from './resolver.ts';
import type { RecordType, RecordTypes, Resolver } from './resolver.ts';
import { isPossibleName, normalName } from './dns-name.ts';

/** An answer with the seconds it may be remembered, as far as the source knows. */
export interface Answer<T extends RecordType> {
  records: RecordTypes[T][];
  ttl?: number;
}

/** Asks without remembering. Throws {@link DnsError} only. */
export interface AnswerSource {
  ask<T extends RecordType>(name: string, type: T): Promise<Answer<T>>;
}

export interface CacheOptions {
  entries: number;
  /** The clock, in milliseconds; default `performance.now`. */
  now?: () => number;
}

/** Seconds. */
const LONGEST_TTL = 3_600;
/** Where the source knows no TTL: long enough for the messages of one campaign, short enough for a changed record. */
const UNKNOWN_TTL = 60;
const NEGATIVE_TTL = 30;
/** A broken zone is not asked again by every message that names it. */
const FAILURE_TTL = 5;

/**
 * Answers come from strangers. RFC 7208 and DKIM live with a handful of records and a few hundred bytes; the largest
 * TXT sets of real domains are near 8 KB.
 */
const MAX_RECORDS = 256;
const MAX_ANSWER_BYTES = 32_768;
/** All answers together, so that a thousand large ones do not fill the memory of a worker. */
const MAX_CACHE_BYTES = 16 * 1024 * 1024;

interface Entry {
  expires: number;
  bytes: number;
  outcome: RecordTypes[RecordType][] | DnsError;
}

/**
 * Remembers answers, least recently used first out, bounded by number and bytes; joins equal questions that are under
 * way. Too large an answer counts as ESERVFAIL: half a record set could mean something else than the whole.
 */
export function withCache(source: AnswerSource, options: CacheOptions): Resolver {
  const now = options.now ?? (() => performance.now());
  const entries = new Map<string, Entry>();
  const pending = new Map<string, Promise<Entry>>();
  let bytes = 0;

  function forget(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }

  function remember(key: string, entry: Entry): void {
    forget(key);
    entries.set(key, entry);
    bytes += entry.bytes;
    for (const oldest of entries.keys()) {
      if (entries.size <= options.entries && bytes <= MAX_CACHE_BYTES) break;
      forget(oldest);
    }
  }

  async function fetch(key: string, name: string, type: RecordType): Promise<Entry> {
    let entry: Entry;
    try {
      const { records, ttl = UNKNOWN_TTL } = await source.ask(name, type);
      const size = records.reduce((sum: number, record) => sum + recordBytes(record), 0);
      if (records.length === 0) throw new DnsError('ENODATA', name, type);
      if (records.length > MAX_RECORDS || size > MAX_ANSWER_BYTES)
        throw new DnsError('ESERVFAIL', name, type);
      const seconds = Math.min(Math.max(ttl, 0), LONGEST_TTL);
      entry = { expires: now() + seconds * 1_000, bytes: key.length + size, outcome: records };
    } catch (error) {
      const outcome = error instanceof DnsError ? error : new DnsError('ESERVFAIL', name, type);
      const seconds = outcome.code === 'ENOTFOUND' || outcome.code === 'ENODATA' ? NEGATIVE_TTL : FAILURE_TTL;
      entry = { expires: now() + seconds * 1_000, bytes: key.length, outcome };
    }
    remember(key, entry);
    pending.delete(key);
    return entry;
  }

  return {
    async resolve<T extends RecordType>(name: string, type: T): Promise<RecordTypes[T][]> {
      if (!isPossibleName(name)) throw new DnsError('ENOTFOUND', name, type);
      const key = `${type} ${normalName(name)}`;
      let entry = entries.get(key);
      if (entry !== undefined && entry.expires > now()) {
        entries.delete(key);
        entries.set(key, entry);
      } else {
        let asking = pending.get(key);
        if (asking === undefined) {
          asking = fetch(key, normalName(name), type);
          pending.set(key, asking);
        }
        entry = await asking;
      }
      // Errors are made anew: callers hang notes on them.
      if (entry.outcome instanceof DnsError) throw new DnsError(entry.outcome.code, name, type);
      return [...(entry.outcome as RecordTypes[T][])];
    },
  };
}

function recordBytes(record: RecordTypes[RecordType]): number {
  if (typeof record === 'string') return record.length;
  if (Array.isArray(record)) return record.reduce((sum, chunk) => sum + chunk.length, 0);
  return record.exchange.length + 2;
}
