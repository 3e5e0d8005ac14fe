/**
 * Appends, flags, copies, moves and expunges messages without an end, four at a time, and writes a line to stdout for
 * each thing that is acknowledged: `<what> <number>`. To be killed. Arguments: folder, first number.
 */
import { writeSync } from 'node:fs';
import { silentLog } from '../../src/log.ts';
import { createMailStore } from '../../src/store/mail/mail-store.ts';
import type { Mailbox } from '../../src/store/mail/types.ts';
import { defaultStoreSettings } from '../../src/store/settings.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
const settings = {
  ...defaultStoreSettings,
  // Names follow at once, so that we are killed while they do.
  index: { ...defaultStoreSettings.index, flagDelay: 1 },
};
const store = createMailStore({ folder, settings, log: silentLog });
const account = await store.account('anna@example.org');
const open = async (name: string): Promise<Mailbox> =>
  (await account.mailbox(name)) ??
  (await account.create(name).catch(async () => (await account.mailbox(name)) as Mailbox));
const [inbox, copies, moved] = [await open('INBOX'), await open('Copies'), await open('Moved')];
let next = Number(first);

// Straight to the pipe: what is buffered in the process would die with it.
const done = (what: string, number: number): void => void writeSync(1, `${what} ${number}\n`);

async function worker(): Promise<never> {
  for (;;) {
    const number = next++;
    const text = Buffer.from(
      `Subject: ${number}\r\nX-Number: ${number}\r\n\r\n${'x'.repeat(number % 3000)}\r\n`,
    );
    const { uids } = await inbox.append([{ pieces: [text] }]);
    done('append', number);
    const [uid = 0] = uids;
    await inbox.store([uid], { mode: 'add', flags: { system: 4, keywords: ['Sure'] } });
    done('flag', number);
    if (number % 4 === 1) {
      await inbox.copy([uid], copies);
      done('copy', number);
    } else if (number % 4 === 2) {
      await inbox.copy([uid], moved, { move: true });
      done('move', number);
    } else if (number % 4 === 3) {
      await inbox.store([uid], { mode: 'add', flags: { system: 8, keywords: [] } });
      await inbox.expunge([uid]);
      done('expunge', number);
    }
  }
}

await Promise.all(Array.from({ length: 4 }, worker));
