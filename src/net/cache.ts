import { DnsError } from './resolver.ts';
import type { DnsErrorCode, Found, FullResolver, RecordType, RecordTypes } from './resolver.ts';
import { isPossibleName, normalName } from './dns-name.ts';

/** An answer, also one that says there is nothing. */
export interface Answer<T extends RecordType> {
  /** Empty: there is no such record. */
  records: RecordTypes[T][];
  /** There is not even the name. */
  nonexistent?: boolean;
  /** Seconds it may be remembered. Undefined for a denial that does not say (RFC 2308 §5). */
  ttl: number | undefined;
  /** Whether DNSSEC has proved it. */
  authentic: boolean;
}

/** Asks without remembering. Throws {@link DnsError} for what is temporary, and nothing else. */
export interface AnswerSource {
  ask<T extends RecordType>(name: string, type: T): Promise<Answer<T>>;
  /** Gives up what is under way; whatever is asked afterwards fails. */
  close(): void;
}

export interface CacheOptions {
  entries: number;
  /** The clock, in milliseconds; default `performance.now`. */
  now?: () => number;
}

/** Seconds. Records that are good for days are asked for again, so that a change is noticed the same day. */
const LONGEST_TTL = 3_600;
/** Shorter than zones say: who publishes a missing key should not wait an hour for his mail to pass. */
const LONGEST_DENIAL = 300;
/**
 * A broken zone is not asked again by every message that names it (RFC 2308 §7.1 allows five minutes). A denial that
 * does not say how long it holds is treated likewise.
 */
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
  authentic: boolean;
  /** Asked for since it was last looked at. */
  used: boolean;
  outcome: RecordTypes[RecordType][] | DnsErrorCode;
}

/**
 * Remembers answers, oldest unused first out, bounded by number and bytes; joins equal questions that are under
 * way. Too large an answer counts as ESERVFAIL: half a record set could mean something else than the whole.
 */
export function withCache(source: AnswerSource, options: CacheOptions): FullResolver {
  const now = options.now ?? (() => performance.now());
  const entries = new Map<string, Entry>();
  const pending = new Map<string, Promise<Entry>>();
  let bytes = 0;

  function forget(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }

  function insert(key: string, entry: Entry): void {
    entries.set(key, entry);
    bytes += entry.bytes;
  }

  function remember(key: string, entry: Entry): void {
    forget(key);
    for (const [oldest, old] of entries) {
      if (entries.size < options.entries && bytes + entry.bytes <= MAX_CACHE_BYTES) break;
      forget(oldest);
      // A second chance: moving entries only here costs less than doing so whenever one is asked for.
      if (old.used) insert(oldest, { ...old, used: false });
    }
    if (options.entries > 0) insert(key, entry);
  }

  async function fetch(key: string, name: string, type: RecordType): Promise<Entry> {
    const entry = (outcome: Entry['outcome'], seconds: number, size = 0, authentic = false): Entry => ({
      expires: now() + seconds * 1_000,
      bytes: key.length + size,
      authentic,
      used: false,
      outcome,
    });
    try {
      const { records, nonexistent = false, ttl = FAILURE_TTL, authentic } = await source.ask(name, type);
      if (records.length === 0)
        return entry(nonexistent ? 'ENOTFOUND' : 'ENODATA', Math.min(ttl, LONGEST_DENIAL), 0, authentic);
      const size = records.reduce((sum: number, record) => sum + recordBytes(record), 0);
      return records.length > MAX_RECORDS || size > MAX_ANSWER_BYTES
        ? entry('ESERVFAIL', FAILURE_TTL)
        : entry(records, Math.min(ttl, LONGEST_TTL), size, authentic);
    } catch (error) {
      return entry(error instanceof DnsError ? error.code : 'ESERVFAIL', FAILURE_TTL);
    }
  }

  async function join(key: string, name: string, type: RecordType): Promise<Entry> {
    const entry = await fetch(key, name, type);
    remember(key, entry);
    pending.delete(key);
    return entry;
  }

  async function lookup<T extends RecordType>(name: string, type: T): Promise<Found<T>> {
    const key = `${type} ${normalName(name)}`;
    let entry = entries.get(key);
    if (entry !== undefined && entry.expires > now()) entry.used = true;
    else {
      if (!isPossibleName(name)) throw new DnsError('ENOTFOUND', name, type);
      let asking = pending.get(key);
      if (asking === undefined) {
        asking = join(key, normalName(name), type);
        pending.set(key, asking);
      }
      entry = await asking;
    }
    // Errors are made anew: callers hang notes on them.
    if (typeof entry.outcome === 'string') throw new DnsError(entry.outcome, name, type);
    return { records: [...(entry.outcome as RecordTypes[T][])], authentic: entry.authentic };
  }

  return {
    lookup,
    resolve: async (name, type) => (await lookup(name, type)).records,
    close: () => source.close(),
  };
}

/** What a text takes beside its characters, about: a record of ten thousand empty chunks is not small. */
const TEXT_BYTES = 16;

function recordBytes(record: RecordTypes[RecordType]): number {
  if (typeof record === 'string') return TEXT_BYTES + record.length;
  if (Array.isArray(record))
    return record.reduce((sum, chunk) => sum + TEXT_BYTES + chunk.length, TEXT_BYTES);
  return 2 * TEXT_BYTES + record.exchange.length;
}
