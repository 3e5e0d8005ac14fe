import { normalName } from './dns-name.ts';
import { DnsError } from './resolver.ts';
import type { Found, FullResolver, MxRecord, RecordType, RecordTypes } from './resolver.ts';
import { reverseName } from './reverse-name.ts';

/** An answer that is a failure: no answer in time, or a broken zone. */
export type ZoneFailure = 'TIMEOUT' | 'SERVFAIL';

/** TXT as a text or its chunks, MX as `10 mx.example.org` or `{priority, exchange}`, the others as text. */
export type ZoneValue = string | string[] | MxRecord;

/**
 * What one name has: records by type; a failure stands for one type, or in place of everything for the whole name.
 * With `SIGNED: ['yes']` its answers count as proved by DNSSEC.
 */
export type ZoneName = ZoneFailure | { [type: string]: ZoneValue[] | ZoneFailure };

/**
 * A small DNS in memory, plain data: names in any case, with or without the root's dot. An IP address as a name stands
 * for its reverse name.
 */
export interface Zone {
  [name: string]: ZoneName;
}

/** Chains of CNAME longer than this are a loop or a mistake; resolvers of the real DNS stop between 8 and 16. */
const MAX_CNAMES = 8;

/** Answers from a zone. A name that is only the parent of others exists without records (RFC 8020 §2). */
export function createZoneResolver(zone: Zone): FullResolver {
  const names = new Map<string, ZoneName>();
  const parents = new Set<string>();
  for (const [name, content] of Object.entries(zone)) {
    const key = zoneKey(name);
    names.set(key, content);
    for (let dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1))
      parents.add(key.slice(dot + 1));
  }

  function records(name: string, type: RecordType): ZoneValue[] {
    const content = names.get(name);
    if (content === undefined) throw new DnsError(parents.has(name) ? 'ENODATA' : 'ENOTFOUND', name, type);
    const values = typeof content === 'string' ? content : content[type];
    if (typeof values === 'string')
      throw new DnsError(values === 'TIMEOUT' ? 'ETIMEOUT' : 'ESERVFAIL', name, type);
    return values ?? [];
  }

  function find(asked: string, type: RecordType): { values: ZoneValue[]; authentic: boolean } {
    let name = normalName(asked);
    let authentic = true;
    for (let steps = 0; steps <= MAX_CNAMES; steps++) {
      const values = records(name, type);
      authentic &&= isSigned(names.get(name));
      if (values.length > 0) return { values, authentic };
      const [alias] = type === 'CNAME' ? [] : records(name, 'CNAME');
      if (typeof alias !== 'string') throw new DnsError('ENODATA', asked, type);
      name = normalName(alias);
    }
    throw new DnsError('ESERVFAIL', asked, type);
  }

  // Async, so that a failure is a rejection like the network's.
  async function lookup<T extends RecordType>(name: string, type: T): Promise<Found<T>> {
    const { values, authentic } = find(name, type);
    return { records: values.map((value) => toRecord(type, value) as RecordTypes[T]), authentic };
  }

  return {
    lookup,
    resolve: async (name, type) => (await lookup(name, type)).records,
    close: () => undefined,
  };
}

function isSigned(content: ZoneName | undefined): boolean {
  return typeof content === 'object' && content['SIGNED'] !== undefined;
}

/** The key a name has in a zone. */
export function zoneKey(name: string): string {
  return reverseName(name) ?? normalName(name);
}

function toRecord(type: RecordType, value: ZoneValue): RecordTypes[RecordType] {
  if (Array.isArray(value)) return type === 'TXT' ? [...value] : value.join('');
  if (typeof value !== 'string') return { ...value };
  if (type === 'TXT') return [value];
  return type === 'MX' ? (parseMx(value) ?? { priority: 0, exchange: value }) : value;
}

/** `10 mx.example.org`; undefined when it is not that. */
export function parseMx(text: string): MxRecord | undefined {
  const match = /^(\d{1,5})\s+(\S+)$/.exec(text.trim());
  if (match === null || Number(match[1]) > 65_535) return undefined;
  return { priority: Number(match[1]), exchange: match[2] ?? '' };
}
