/**
 * Delivers messages to a Maildir store without an end, eight at a time, and writes a line to stdout for each one that
 * is acknowledged: `<number> <mailbox>`. To be killed. Arguments: folder, first number.
 *
 * A message is `<number> <SHA-256 of the rest>`, a line ending, and the rest.
 */
import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { silentLog } from '../../src/log.ts';
import { createMailStore } from '../../src/store/mail/mail-store.ts';
import { defaultStoreSettings } from '../../src/store/settings.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
const MAILBOXES = ['INBOX', 'Lists/Tamis', 'Seen'];

const store = createMailStore({ folder, settings: defaultStoreSettings, log: silentLog });
const account = await store.open('anna@example.org');
let next = Number(first);

async function worker(): Promise<never> {
  for (;;) {
    const number = next++;
    const mailbox = MAILBOXES[number % MAILBOXES.length] ?? 'INBOX';
    const body = randomBytes(number % 7 === 0 ? 400_000 : 2000);
    const hash = createHash('sha256').update(body).digest('hex');
    const pieces = [Buffer.from(`${number} ${hash}\r\n`), body.subarray(0, 1000), body.subarray(1000)];
    await account.deliver(mailbox, pieces, { create: true, flags: mailbox === 'Seen' ? ['\\Seen'] : [] });
    // Straight to the pipe: what is buffered in the process would die with it.
    writeSync(1, `${number} ${mailbox}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, worker));
