import type { MailboxFacts } from '../mailbox-facts.ts';

/** Values of annotations by their names, lower case. */
export type Values = ReadonlyMap<string, Uint8Array>;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a mailbox's facts hold: text as it is, for people and for scripts to read, anything else in base64. */
export function valuesOf({ metadata, binaryMetadata = {} }: MailboxFacts): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  for (const [name, text] of Object.entries(metadata)) values.set(name.toLowerCase(), Buffer.from(text));
  for (const [name, text] of Object.entries(binaryMetadata))
    values.set(name.toLowerCase(), Buffer.from(text, 'base64'));
  return values;
}

export function withValues(facts: MailboxFacts, values: Values): MailboxFacts {
  const metadata: Record<string, string> = {};
  const binaryMetadata: Record<string, string> = {};
  for (const [name, value] of values) {
    const text = asText(value);
    if (text === undefined) binaryMetadata[name] = Buffer.from(value).toString('base64');
    else metadata[name] = text;
  }
  const { binaryMetadata: _, ...rest } = facts;
  return { ...rest, metadata, ...(Object.keys(binaryMetadata).length > 0 ? { binaryMetadata } : {}) };
}

/** What a user keeps of a mailbox that is not his. */
export function foreignValues(facts: MailboxFacts, key: string): Map<string, Uint8Array> {
  const kept = facts.foreignMetadata ?? {};
  const entries = Object.hasOwn(kept, key) ? Object.entries(kept[key] ?? {}) : [];
  return new Map(entries.map(([name, text]) => [name, Buffer.from(text, 'base64')]));
}

export function withForeignValues(facts: MailboxFacts, key: string, values: Values): MailboxFacts {
  const { [key]: _, ...others } = facts.foreignMetadata ?? {};
  const own = Object.fromEntries(
    [...values].map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  );
  const { foreignMetadata: __, ...rest } = facts;
  const all = values.size === 0 ? others : { ...others, [key]: own };
  return Object.keys(all).length === 0 ? rest : { ...rest, foreignMetadata: all };
}

/** Octets of all values of the facts, for the quota. */
export function octetsOf(facts: MailboxFacts): number {
  let octets = 0;
  for (const value of valuesOf(facts).values()) octets += value.length;
  for (const kept of Object.values(facts.foreignMetadata ?? {}))
    for (const text of Object.values(kept)) octets += Math.floor((text.length * 3) / 4);
  return octets;
}

/** Text without control characters but line ends: what is written into JSON at its own length. */
function asText(value: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(value);
    // oxlint-disable-next-line no-control-regex
    return /[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
