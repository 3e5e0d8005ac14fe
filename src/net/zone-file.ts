import { isIPv4, isIPv6 } from 'node:net';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Node } from 'yaml';
import type { MxRecord } from './resolver.ts';
import { parseMx, zoneKey } from './zone-resolver.ts';
import type { Zone, ZoneFailure, ZoneName, ZoneValue } from './zone-resolver.ts';

export interface ZoneFault {
  /** 1-based. */
  line: number;
  text: string;
}

export type ParsedZone = { zone: Zone; faults?: undefined } | { zone?: undefined; faults: ZoneFault[] };

/** Reads one value; a text says what is wrong with it. */
type ValueReader = (value: unknown) => ZoneValue | Fault;

class Fault {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const READERS: Readonly<Record<string, ValueReader>> = {
  A: (value) =>
    typeof value === 'string' && isIPv4(value) ? value : new Fault('an A record is an IPv4 address'),
  AAAA: (value) =>
    typeof value === 'string' && isIPv6(value) ? value : new Fault('an AAAA record is an IPv6 address'),
  MX: readMx,
  TXT: readText,
  PTR: readName,
  CNAME: readName,
  NS: readName,
  SOA: readName,
  SIGNED: (value) => (value === 'yes' || value === 'true' ? 'yes' : new Fault('SIGNED is yes or absent')),
};

/**
 * Reads a zone file: YAML, `name → {TYPE: [values]}`, or `name → TIMEOUT` or `SERVFAIL`. A single value needs no list.
 * An IP address as a name stands for its reverse name. `SIGNED: yes` makes a name's answers authentic. All faults are reported, with their lines.
 */
export function parseZone(yamlText: string): ParsedZone {
  const lines = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter: lines, uniqueKeys: false });
  const faults: ZoneFault[] = document.errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    text: error.message.split('\n')[0] ?? '',
  }));
  const entries = new Map<string, ZoneName>();

  function fault(node: unknown, text: string): void {
    const offset = (node as Node | null)?.range?.[0];
    faults.push({ line: offset === undefined ? 1 : lines.linePos(offset).line, text });
  }

  function readRecords(key: string, content: unknown, node: unknown): ZoneName | undefined {
    const failure = isScalar(content) ? asFailure(content.value) : undefined;
    if (failure !== undefined) return failure;
    if (!isMap(content)) {
      fault(content ?? node, `${key}: a name has a map of record types, or TIMEOUT or SERVFAIL`);
      return undefined;
    }
    const types = new Map<string, ZoneValue[] | ZoneFailure>();
    for (const pair of content.items) {
      const type = scalarText(pair.key)?.toUpperCase() ?? '';
      const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
      if (reader === undefined)
        fault(pair.key, `${key}: record type "${type}" is none of ${Object.keys(READERS).join(', ')}`);
      else if (types.has(type)) fault(pair.key, `${key}: ${type} is there twice`);
      else types.set(type, readValues(`${key} ${type}`, pair.value, reader, pair.key));
    }
    return Object.fromEntries(types);
  }

  function readValues(
    what: string,
    content: unknown,
    reader: ValueReader,
    node: unknown,
  ): ZoneValue[] | ZoneFailure {
    const failure = isScalar(content) ? asFailure(content.value) : undefined;
    if (failure !== undefined) return failure;
    const values: ZoneValue[] = [];
    for (const item of isSeq(content) ? content.items : [content]) {
      const value = reader(plain(item));
      if (value instanceof Fault) fault(item ?? node, `${what}: ${value.text}`);
      else values.push(value);
    }
    return values;
  }

  if (faults.length === 0 && isMap(document.contents)) {
    for (const pair of document.contents.items) {
      const name = scalarText(pair.key);
      if (name === undefined || name === '') {
        fault(pair.key, 'a name is a text');
        continue;
      }
      const key = zoneKey(name);
      if (entries.has(key)) fault(pair.key, `${name} is there twice`);
      const content = readRecords(name, pair.value, pair.key);
      if (content !== undefined) entries.set(key, content);
    }
  } else if (faults.length === 0 && document.contents !== null) {
    fault(document.contents, 'a zone is a map of names');
  }
  return faults.length > 0 ? { faults } : { zone: Object.fromEntries(entries) };
}

function asFailure(value: unknown): ZoneFailure | undefined {
  return value === 'TIMEOUT' || value === 'SERVFAIL' ? value : undefined;
}

/** The text of a scalar as it was written, so that a key such as `1.10` keeps its zero. */
function scalarText(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

/** Scalars, lists of scalars and flat maps as plain data; anything deeper, and aliases, as undefined. */
function plain(node: unknown): unknown {
  if (isScalar(node)) return scalarText(node);
  if (isSeq(node)) return node.items.map(scalarText);
  if (isMap(node))
    return Object.fromEntries(node.items.map((pair) => [scalarText(pair.key) ?? '', scalarText(pair.value)]));
  return undefined;
}

function readText(value: unknown): ZoneValue | Fault {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((chunk) => typeof chunk === 'string')) return value;
  return new Fault('a TXT record is a text or a list of texts');
}

function readName(value: unknown): ZoneValue | Fault {
  return typeof value === 'string' && value !== '' && !/\s/.test(value)
    ? value
    : new Fault('a name is expected');
}

function readMx(value: unknown): MxRecord | Fault {
  const { priority, exchange } = (value ?? {}) as { priority?: unknown; exchange?: unknown };
  const text = typeof value === 'string' ? value : `${String(priority)} ${String(exchange)}`;
  return parseMx(text) ?? new Fault('an MX record is "10 mx.example.org" or {priority, exchange}');
}
