import type { Header, HeaderField } from '../../message/types.ts';

/**
 * The fields a list of names covers, in the order of the names, each name taking the next field of that name from the
 * bottom up; a name without a field left covers nothing (RFC 6376 §5.4.2). Names in any case; no field stands twice.
 * `own` is the signature's field, which is never among them (§3.5, h=): it was not there yet when it was signed.
 */
export function coveredFields(header: Header, names: readonly string[], own?: HeaderField): HeaderField[] {
  const left = new Map<string, number>();
  const covered: HeaderField[] = [];
  for (const name of names) {
    const key = name.toLowerCase();
    const fields = header.all(key);
    let index = (left.get(key) ?? fields.length) - 1;
    if (own !== undefined && fields[index] === own) index--;
    const field = fields[index];
    if (field === undefined) continue;
    left.set(key, index);
    covered.push(field);
  }
  return covered;
}

/** A field's bytes as latin1 text, its last line ending included. */
export function fieldText(raw: Uint8Array, field: HeaderField): string {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1', field.start, field.end);
}
