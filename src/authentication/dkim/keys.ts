import { DnsError } from '../../net/resolver.ts';
import type { Resolver } from '../../net/resolver.ts';
import type { KeyRecord, KeyRecordFault } from './key-record.ts';
import { parseKeyRecord } from './key-record.ts';
import type { Refusal } from './signature.ts';

export interface KeyLimits {
  /** Records of one name that are tried. */
  readonly keyRecords: number;
  /** Characters of one record. */
  readonly keyRecordLength: number;
}

/**
 * Key records by their text, least recently used first out. What a record says depends on its text alone, so this never
 * goes stale; whether a domain still publishes it is the resolver's matter.
 */
export class KeyCache {
  private readonly size: number;
  private readonly records = new Map<string, KeyRecord | KeyRecordFault>();

  constructor(size: number) {
    this.size = size;
  }

  read(text: string): KeyRecord | KeyRecordFault {
    const known = this.records.get(text);
    // Deleted and set again: a Map keeps the order in which keys came.
    if (known !== undefined) this.records.delete(text);
    const record = known ?? parseKeyRecord(text);
    this.records.set(text, record);
    if (this.records.size > this.size) this.records.delete(this.records.keys().next().value as string);
    return record;
  }
}

/** Keys of one selector, at least one; or why there is none. */
export type KeyLookup = readonly KeyRecord[] | Refusal;

/** The keys that signatures of one message name, each name asked for once. */
export class MessageKeys {
  private readonly resolver: Resolver;
  private readonly cache: KeyCache;
  private readonly limits: KeyLimits;
  private readonly asked = new Map<string, Promise<KeyLookup>>();

  constructor(resolver: Resolver, cache: KeyCache, limits: KeyLimits) {
    this.resolver = resolver;
    this.cache = cache;
    this.limits = limits;
  }

  /** Asks ahead for what `of` will be asked. */
  prefetch(signer: { domain: string; selector: string }): void {
    // Whoever needs the key meets the error then; nobody may need it.
    this.of(signer).catch(() => {});
  }

  /** RFC 6376 §3.6.2. Never rejects for what the DNS answers. */
  of({ domain, selector }: { domain: string; selector: string }): Promise<KeyLookup> {
    const name = `${selector}._domainkey.${domain}`;
    const known = this.asked.get(name);
    if (known !== undefined) return known;
    const answer = this.ask(name);
    this.asked.set(name, answer);
    return answer;
  }

  private async ask(name: string): Promise<KeyLookup> {
    try {
      return this.usable((await this.resolver.resolve(name, 'TXT')).map((chunks) => chunks.join('')));
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      return error.code === 'ENOTFOUND' || error.code === 'ENODATA'
        ? { result: 'permerror', reason: 'no key' }
        : { result: 'temperror', reason: `key not found out: ${error.code}` };
    }
  }

  /** Several records are allowed to no signer, and their order means nothing: each that can be read counts (§3.6.2.2). */
  private usable(texts: readonly string[]): KeyLookup {
    const { keyRecords, keyRecordLength } = this.limits;
    const keys: KeyRecord[] = [];
    let fault: string | undefined;
    for (const text of texts.slice(0, keyRecords)) {
      const record =
        text.length > keyRecordLength
          ? { fault: `longer than ${keyRecordLength} characters` }
          : this.cache.read(text);
      if ('fault' in record) fault ??= record.fault;
      else keys.push(record);
    }
    return keys.length > 0 ? keys : { result: 'permerror', reason: `invalid key record: ${fault ?? 'none'}` };
  }
}
