import type { HeaderField, Range } from '../../../message/types.ts';

/** Longest detail of a hit: it goes into the log and is read by a person. */
const MAX_DETAIL = 120;

/** Where a field stands, as plain data (a field decodes on demand and cannot leave its thread). */
export const at = ({ start, end }: Range): Range => ({ start, end });

/** Text from the message, made fit for a log line: one line, no control characters, bounded. */
export function quote(text: string): string {
  const start = text
    .slice(0, MAX_DETAIL * 2)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .trim();
  return start.length > MAX_DETAIL ? `${start.slice(0, MAX_DETAIL - 1)}…` : start;
}

/** True when a field of a mailing list manager is there (RFC 2919, RFC 2369). */
export function isFromList(header: { get(name: string): HeaderField | undefined }): boolean {
  return header.get('list-id') !== undefined || header.get('list-post') !== undefined;
}
