import { parseDate } from '../../message/date.ts';
import type { Envelope } from '../../message/envelope.ts';
import { parseMessage } from '../../message/parse.ts';
import type { Header } from '../../message/types.ts';

const DAY = 86_400_000;
/** How far the top Received field may be from what the index says before the index is believed. */
const DOUBT = 62 * DAY;

/** When and from whom a stored message came, as far as it still tells. */
export interface Arrival {
  readonly envelope: Envelope;
  readonly received: number | undefined;
}

/**
 * The envelope of a stored message is lost but for what the receiving host wrote down: the sender in Return-Path (RFC
 * 5321 §4.4), the time in the top Received field. Where there is no Return-Path the author stands in, so that
 * nothing is held against a message for what its collector removed. `noted` is the time the index has; it is known by
 * the month only, so the field's is taken where both agree.
 */
export function arrivalOf(raw: Uint8Array, noted: number | undefined): Arrival {
  const { header } = parseMessage(raw);
  const stated = topReceived(header) ?? header.get('date')?.date?.getTime();
  const agree = noted === undefined || stated === undefined || Math.abs(stated - noted) <= DOUBT;
  return {
    envelope: { client: {}, sender: returnPath(header), recipients: [] },
    received: agree ? (stated ?? noted) : noted,
  };
}

function topReceived(header: Header): number | undefined {
  const value = header.get('received')?.value;
  if (value === undefined) return undefined;
  return parseDate(value.slice(value.lastIndexOf(';') + 1))?.getTime();
}

function returnPath(header: Header): string {
  const value = header.get('return-path')?.value;
  if (value !== undefined) return /^<?([^<>\s]*)>?/.exec(value)?.[1] ?? '';
  return header.get('from')?.addresses.find(({ address }) => address !== '')?.address ?? '';
}
