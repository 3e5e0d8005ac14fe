import { readFileSync } from 'node:fs';
import { corpusMessages } from '../../support/shared.ts';
import type { Mail } from './query-messages.ts';
import type { TwoClients } from './two-servers.ts';

/** Messages of one command. */
const TOGETHER = 50;
/** Octets of a message of the corpora that is taken. */
const LARGEST = 60_000;

/** Puts messages into a mailbox of both. */
export async function fill(clients: TwoClients, mailbox: string, mails: readonly Mail[]): Promise<void> {
  for (let at = 0; at < mails.length; at += TOGETHER) {
    const texts = mails
      .slice(at, at + TOGETHER)
      .map(
        ({ raw, flags, arrived }) =>
          ` (${flags.join(' ')}) ${arrived} {${raw.length}+}\r\n${raw.toString('latin1')}`,
      );
    await clients.ok(`APPEND ${mailbox}${texts.join('')}`);
  }
}

/** As RFC 5322 §3.3 writes it: what Dovecot makes of others is in `query/apart.txt`. */
const DATE =
  /^Date:\s+(?:[A-Z][a-z]{2},\s+)?\d{1,2} [A-Z][a-z]{2} (?:19|20)\d\d \d\d:\d\d(?::\d\d)? [+-](?:0\d|1[0-3])\d\d(?: \(\w+\))?$/m;

/** Whether both servers read it alike: with one good date, a header in ASCII, every field once, and no HTML. */
function isPlain(text: string): boolean {
  const header = text.slice(0, text.indexOf('\r\n\r\n') + 2).replaceAll('\r\n', '\n');
  const names = Array.from(header.matchAll(/^(date|from|to|cc|subject):/gim), ([, name = '']) =>
    name.toLowerCase(),
  );
  // oxlint-disable-next-line no-control-regex
  return (
    !/^(?:from|to|cc):(?: *""|[^\n]*<[^>"]*[\s:;])/im.test(header) &&
    DATE.test(header) &&
    !/text\/html/i.test(text) &&
    /^[\x09-\x7e]*$/.test(header) &&
    new Set(names).size === names.length
  );
}

/** Some messages of the corpora, others with another seed. */
export function corpusMail(seed: number, count: number): Mail[] {
  const all = corpusMessages('spamassassin', 'list-vger').filter(({ bytes }) => bytes < LARGEST);
  const step = Math.max(1, Math.floor(all.length / (3 * count)));
  return all
    .filter((_, at) => at % step === seed % step)
    .map(({ path }) => readFileSync(path, 'latin1').replace(/\r?\n/g, '\r\n'))
    .filter(isPlain)
    .slice(0, count)
    .map((text, at) => ({
      raw: Buffer.from(text, 'latin1'),
      flags: at % 3 === 0 ? ['\\Seen'] : at % 5 === 0 ? ['work'] : [],
      arrived: `"0${1 + (at % 9)}-Jan-200${at % 6} 10:00:00 +0000"`,
    }));
}
