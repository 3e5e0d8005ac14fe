import { FORWARDED } from '../../store/mail/file-name.ts';
import { type Flags, SystemFlag } from '../../store/mail/types.ts';

/** What programs write into the header of a message in an mbox and is not the message's. */
const FIELD = /^(?:Status|X-Status|X-Keywords|X-UID|X-IMAP|X-IMAPbase|X-Mozilla-(?:Status2?|Keys)):/i;
const LETTERS: Readonly<Record<string, number>> = {
  R: SystemFlag.seen,
  A: SystemFlag.answered,
  F: SystemFlag.flagged,
  D: SystemFlag.deleted,
  T: SystemFlag.draft,
};
/** Bits of Thunderbird's X-Mozilla-Status. */
const MOZILLA: readonly (readonly [bit: number, flag: number])[] = [
  [0x0001, SystemFlag.seen],
  [0x0002, SystemFlag.answered],
  [0x0004, SystemFlag.flagged],
];
const MOZILLA_EXPUNGED = 0x0008;
const MOZILLA_FORWARDED = 0x1000;

export interface MboxFields {
  /** Without the fields of the mbox. */
  readonly octets: Buffer;
  readonly flags: Flags;
  /** It is no mail: removed already, or what a program keeps of the mailbox. */
  readonly internal: boolean;
}

/** Takes the fields of the mbox from the header of a message, and says what they mean. */
export function takeMboxFields(message: Uint8Array): MboxFields {
  const octets = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const kept: Buffer[] = [];
  const fields: string[] = [];
  let from = 0;
  for (let at = 0; at < octets.length; ) {
    const newline = octets.indexOf(0x0a, at);
    const end = newline === -1 ? octets.length : newline + 1;
    const line = octets.toString('latin1', at, Math.min(end, at + 1000));
    if (/^\r?\n?$/.test(line)) break;
    const next = FIELD.test(line) ? afterFolds(octets, end) : end;
    if (next !== end || FIELD.test(line)) {
      kept.push(octets.subarray(from, at));
      fields.push(octets.toString('latin1', at, Math.min(next, at + 10_000)).replaceAll(/\r?\n/g, ' '));
      from = next;
    }
    at = next;
  }
  const value = (name: string): string =>
    fields
      .filter((field) => field.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      .map((field) => field.slice(name.length + 1).trim())
      .join(' ');
  const mozilla = Number.parseInt(value('X-Mozilla-Status') || '0', 16) || 0;
  const rest = from === 0 ? octets : Buffer.concat([...kept, octets.subarray(from)]);
  return {
    octets: rest,
    flags: flagsOf(`${value('Status')}${value('X-Status')}`, mozilla, [
      ...value('X-Keywords').split(/[\s,]+/),
      ...value('X-Mozilla-Keys').split(/\s+/),
    ]),
    internal: (mozilla & MOZILLA_EXPUNGED) !== 0 || (value('X-IMAP') !== '' && isFolderData(rest)),
  };
}

function afterFolds(octets: Buffer, from: number): number {
  let at = from;
  while (octets[at] === 0x20 || octets[at] === 0x09) {
    const newline = octets.indexOf(0x0a, at);
    at = newline === -1 ? octets.length : newline + 1;
  }
  return at;
}

function flagsOf(letters: string, mozilla: number, words: readonly string[]): Flags {
  let system = 0;
  for (const letter of letters) system |= LETTERS[letter] ?? 0;
  for (const [bit, flag] of MOZILLA) if ((mozilla & bit) !== 0) system |= flag;
  const keywords = new Set(words.filter((word) => word !== ''));
  if ((mozilla & MOZILLA_FORWARDED) !== 0) keywords.add(FORWARDED);
  return { system, keywords: [...keywords] };
}

/** The first "message" of an mbox of uw-imap, which says that it is none. */
const isFolderData = (octets: Buffer): boolean =>
  /^Subject: DON'T DELETE THIS MESSAGE/im.test(octets.toString('latin1', 0, 2000));

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** The time of a From_ line (RFC 4155 §A), in UTC unless it says otherwise; undefined when there is none. */
export function fromLineDate(line: string): number | undefined {
  const match =
    /\b([A-Z][a-z]{2}) +(\d{1,2}) +(\d{1,2}):(\d{2})(?::(\d{2}))?(?: +(?:[A-Z]{1,5}|([+-])(\d{2})(\d{2})))? +(\d{4})(?: +([+-])(\d{2})(\d{2}))?\s*$/.exec(
      line,
    );
  if (match === null) return undefined;
  const [
    ,
    month = '',
    day,
    hour,
    minute,
    second = '0',
    sign1,
    hours1,
    minutes1,
    year,
    sign2,
    hours2,
    minutes2,
  ] = match;
  const index = MONTHS.indexOf(month);
  if (index % 3 !== 0) return undefined;
  const time = Date.UTC(Number(year), index / 3, Number(day), Number(hour), Number(minute), Number(second));
  const offset = Number(hours1 ?? hours2 ?? 0) * 60 + Number(minutes1 ?? minutes2 ?? 0);
  return time - ((sign1 ?? sign2) === '-' ? -offset : offset) * 60_000;
}
