import type { Section } from './section.ts';

const CRLF = Buffer.from('\r\n');
const NAME_END = /[ \t]*:/;

/**
 * The fields of a header block that a section names (or those that it does not name), as they stand, and the empty line that
 * ends a header (RFC 9051 §6.4.5.1). `endsMessage`: nothing comes behind it. What is no field is never named, so that
 * HEADER.FIELDS and HEADER.FIELDS.NOT of the same names are the header together.
 */
export function headerFields(header: Buffer, section: Section, endsMessage: boolean): Buffer {
  const { path, text, fields: names } = section;
  const not = text === 'not-fields';
  const kept: Buffer[] = [];
  let from = 0;
  // Lines before the first field, such as the first of an mbox file, are not among those that are named.
  let keeping = not;
  /** Beginning of the lines that are kept and not yet taken. */
  let start = 0;
  while (from < header.length) {
    const newline = header.indexOf(0x0a, from);
    const next = newline < 0 ? header.length : newline + 1;
    if (isEmpty(header, from, next)) break;
    const first = header[from];
    if (first !== 0x20 && first !== 0x09) {
      const name = fieldName(header, from, next);
      const keep: boolean = name === undefined ? not : names.has(name) !== not;
      if (keeping && !keep) kept.push(header.subarray(start, from));
      if (keep && !keeping) start = from;
      keeping = keep;
    }
    from = next;
  }
  if (keeping && start < from) kept.push(header.subarray(start, from));
  // Where the message ends with the header there may be no empty line; those that are named of the first header get one
  // nevertheless, as elsewhere.
  const atEnd = from >= header.length && endsMessage;
  const without = atEnd && (not || path.length > 0 || header.length === 0);
  return Buffer.concat(without ? kept : [...kept, CRLF]);
}

/** Longest name looked at. */
const MAX_NAME = 200;

function fieldName(header: Buffer, from: number, next: number): string | undefined {
  const colon = header.indexOf(0x3a, from);
  if (colon < 0 || colon >= next || colon - from > MAX_NAME) return undefined;
  return header
    .toString('latin1', from, colon + 1)
    .replace(NAME_END, '')
    .toLowerCase();
}

const isEmpty = (header: Buffer, from: number, next: number): boolean =>
  header[from] === 0x0a || (header[from] === 0x0d && header[from + 1] === 0x0a && next === from + 2);
