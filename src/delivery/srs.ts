import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The Sender Rewriting Scheme: an envelope sender of our own for mail that is redirected, from which the original one
 * can be read again, so that SPF names us and bounces find their way back. There is no RFC; the forms are those of its
 * inventors, which other servers know how to rewrite again:
 *
 *     SRS0=hash=time=domain=local@us            of local@domain
 *     SRS1=hash=first==hash=time=…@us           of SRS0=hash=time=…@first
 */
export interface Srs {
  /** The envelope sender for mail that we send on in the name of `domain`. What is no address stays as it is. */
  forward(sender: string, domain: string): string;
  /** The address that {@link forward} made this of, at most `maxAgeDays` ago; undefined when it is none of ours. */
  reverse(address: string): string | undefined;
}

export interface SrsOptions {
  /** The first one signs, all of them are believed: so that one can be replaced. At least one. */
  secrets: readonly Uint8Array[];
  /** Milliseconds since the epoch. */
  now: () => number;
}

const DAY_MS = 86_400_000;
/** The time is two base-32 digits of days: it repeats after 1024. */
const TIME_SLOTS = 1024;
/** Bounces come within the five days servers try (RFC 5321 §4.5.4.1); the rest is for servers that try longer. */
const MAX_AGE_DAYS = 21;
const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567';
/** Of five bits each: guessing takes 2^39 bounces to us, within weeks. */
const HASH_LENGTH = 8;
/** RFC 5321 §4.5.3.1.1 says 64, which the scheme cannot keep; beyond this many octets other servers refuse it. */
const MAX_LOCAL_OCTETS = 256;

const SRS0 = /^srs0[=+-](.*)$/is;
const SRS1 = /^srs1[=+-](.*)$/is;

export function createSrs({ secrets, now }: SrsOptions): Srs {
  const [secret] = secrets;
  if (secret === undefined) throw new TypeError('SRS needs a secret');

  /** The part behind the first two fields, which must not be changed on its way. Case may be: some servers fold it. */
  const hash = (key: Uint8Array, signed: string): string =>
    digits(createHmac('sha256', key).update(signed.toLowerCase()).digest());
  const genuine = (given: string, signed: string): boolean => {
    const bytes = Buffer.from(given.toLowerCase());
    return secrets.some((key) => {
      const expected = Buffer.from(hash(key, signed));
      return expected.length === bytes.length && timingSafeEqual(expected, bytes);
    });
  };
  const today = (): number => Math.floor(now() / DAY_MS) % TIME_SLOTS;

  return {
    forward(sender, domain) {
      const at = sender.lastIndexOf('@');
      if (at <= 0) return sender;
      const [local, from] = [sender.slice(0, at), sender.slice(at + 1)];
      // Quoted local parts do not survive being put into another one unquoted.
      // Neither do address literals, whose brackets no local part may have.
      if (local.startsWith('"') || from.startsWith('[')) return sender;
      const rewritten = forwardLocal(local, from, (signed) => hash(secret, signed), today());
      return Buffer.byteLength(rewritten) > MAX_LOCAL_OCTETS ? sender : `${rewritten}@${domain}`;
    },

    reverse(address) {
      const at = address.lastIndexOf('@');
      const local = address.slice(0, Math.max(at, 0));
      const first = SRS0.exec(local)?.[1];
      if (first !== undefined) {
        const [given = '', time = '', domain = '', ...rest] = first.split('=');
        const original = rest.join('=');
        if (domain === '' || original === '' || !genuine(given, `0${time}=${domain}=${original}`))
          return undefined;
        return fresh(time, today()) ? `${original}@${domain}` : undefined;
      }
      const second = SRS1.exec(local)?.[1];
      const [given = '', host = '', ...rest] = second?.split('=') ?? [];
      const tail = rest.join('=');
      // The time is that of the first server, which will look at it.
      if (host === '' || tail === '' || !genuine(given, `1${host}=${tail}`)) return undefined;
      return `SRS0${tail}@${host}`;
    },
  };
}

function forwardLocal(local: string, from: string, hash: (signed: string) => string, day: number): string {
  const first = /^srs0([=+-].*)$/is.exec(local)?.[1];
  // `first` begins with the separator of the first server, which is kept as it is.
  if (first !== undefined) return `SRS1=${hash(`1${from}=${first}`)}=${from}=${first}`;
  const second = SRS1.exec(local)?.[1];
  const [, host, ...rest] = second?.split('=') ?? [];
  // Whoever rewrites a third time takes the place of the second: a bounce needs no more than the first server's name.
  if (host !== undefined && rest.length > 0) {
    const tail = rest.join('=');
    return `SRS1=${hash(`1${host}=${tail}`)}=${host}=${tail}`;
  }
  const time = `${DIGITS[day >> 5] ?? ''}${DIGITS[day & 31] ?? ''}`;
  return `SRS0=${hash(`0${time}=${from}=${local}`)}=${time}=${from}=${local}`;
}

function fresh(time: string, today: number): boolean {
  const [high, low] = Array.from(time.toLowerCase(), (digit) => DIGITS.indexOf(digit));
  if (time.length !== 2 || high === undefined || low === undefined || high < 0 || low < 0) return false;
  const age = (today - ((high << 5) | low) + TIME_SLOTS) % TIME_SLOTS;
  return age <= MAX_AGE_DAYS;
}

/** The beginning of some bytes in base 32, which survives a change of case. */
function digits(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < HASH_LENGTH; at++) text += DIGITS[(bytes[at] ?? 0) & 31] ?? '';
  return text;
}
