import {
  closeSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { createMailStore, type OpenMailStore } from '../../../src/store/mail/mail-store.ts';
import { defaultStoreSettings } from '../../../src/store/settings.ts';
import type { ImapClient } from '../../support/imap-client.ts';
import { ANNA, ImapRig } from '../../support/imap-rig.ts';
import { Random } from '../stress/random.ts';

const rig = new ImapRig();
const COUNT = 60;
const settings = { index: { ...defaultStoreSettings.index, scanInterval: 0, flagDelay: 1 } };
const account = (): string => join(rig.folder, 'mail', ANNA);
const index = (): string => join(account(), 'index.sqlite');

async function start(): Promise<ImapClient> {
  await rig.start({ store: settings });
  await (await rig.mail()).create('Work');
  for (const mailbox of ['INBOX', 'Work'])
    await rig.deliver(
      Array.from({ length: COUNT }, (_, n) => `Subject: ${n}\n\n${'lorem ipsum '.repeat(n)}\n`),
      mailbox,
    );
  return rig.selected();
}

/** Subjects of what can be read in a mailbox. */
async function subjects(client: ImapClient): Promise<number[]> {
  const { untagged } = await client.ok('FETCH 1:* (UID FLAGS BODY.PEEK[])');
  return untagged.flatMap((line) => /Subject: (\d+)\r\n/.exec(line)?.[1] ?? []).map(Number);
}

const all = Array.from({ length: COUNT }, (_, n) => n);

describe('while it is open', () => {
  test('files that somebody removes are expunged', async () => {
    const client = await start();
    const folder = join(account(), 'Maildir', 'new');
    for (const name of readdirSync(folder).slice(0, 5)) unlinkSync(join(folder, name));
    // None of them stands in the way of the others; what was read lately may still be known.
    expect((await subjects(client)).length).toBeGreaterThanOrEqual(COUNT - 5);
    for (let n = 0; n < 3; n++) await client.ok('NOOP');
    expect((await client.ok('SEARCH ALL')).untagged[0]?.split(' ').length).toBe(COUNT - 5 + 1);
    expect((await subjects(client)).length).toBe(COUNT - 5);
    expect((await rig.store.check(ANNA)).faults).toEqual([]);
  });

  test('a mailbox whose folder somebody removes ends the session, and no other mailbox', async () => {
    const client = await start();
    await client.ok('SELECT Work');
    const other = await rig.selected();
    rmSync(join(account(), 'Maildir', '.Work'), { recursive: true });
    client.send('a NOOP\r\n');
    expect(await client.until(/BYE/)).toContain('UNAVAILABLE');
    await client.hungUp();
    expect(await subjects(other)).toEqual(all);
    const { code } = await other.command('SELECT Work');
    expect(code).toBe('NONEXISTENT');
    expect((await other.ok('LIST "" *')).untagged.join('\n')).not.toContain('Work');
    await other.ok('CREATE Work');
    await other.ok('SELECT Work');
  });

  test('an index that somebody removes is made anew', async () => {
    const client = await start();
    for (const suffix of ['', '-wal', '-shm']) rmSync(index() + suffix, { force: true });
    // UIDs may be others than those the client knows: it must open the mailbox again.
    client.send('a NOOP\r\n');
    expect(await client.until(/^(?:\* BYE|a )/)).toMatch(/BYE/);
    const again = await rig.selected();
    expect((await subjects(again)).sort((one, other) => one - other)).toEqual(all);
    await again.ok('STORE 1 +FLAGS (\\Flagged)');
  });
});

type Damage = (random: Random) => void;

function scatter(random: Random, times: number, octets: number): void {
  const file = openSync(index(), 'r+');
  const { size } = statSync(index());
  for (let n = 0; n < times; n++)
    writeSync(
      file,
      Buffer.from(Array.from({ length: octets }, () => random.below(256))),
      0,
      octets,
      random.below(size),
    );
  closeSync(file);
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  'random octets somewhere': (random) => scatter(random, 20, 16),
  'some octets here and there': (random) => scatter(random, 60, 4),
  'an octet or two that rotted': (random) => scatter(random, 5, 1),
  'a page of zeros': (random) => {
    const file = openSync(index(), 'r+');
    const pages = Math.floor(statSync(index()).size / 4096);
    writeSync(file, Buffer.alloc(4096), 0, 4096, random.below(pages) * 4096);
    closeSync(file);
  },
  'an end that is missing': (random) => truncateSync(index(), random.below(statSync(index()).size)),
  'a write-ahead log of another file': (random) => {
    const file = openSync(`${index()}-wal`, 'w');
    writeSync(file, Buffer.from(Array.from({ length: 9000 }, () => random.below(256))));
    closeSync(file);
  },
};

describe.each(Object.entries(DAMAGES))('an index with %s', (_, damage) => {
  test('is used, or made anew; with rebuild at the latest everything is there', {
    timeout: 120_000,
  }, async () => {
    const open = (): OpenMailStore =>
      createMailStore({
        folder: join(rig.folder, 'mail'),
        settings: { ...defaultStoreSettings, ...settings },
        log: silentLog,
      });
    const first = open();
    await (await first.account(ANNA)).create('Work');
    for (const name of ['INBOX', 'Work'])
      await (await (await first.account(ANNA)).mailbox(name))?.append(
        all.map((n) => ({ pieces: [Buffer.from(`Subject: ${n}\r\n\r\n${'lorem ipsum '.repeat(n)}\r\n`)] })),
      );
    await first.close();
    for (let seed = 1; seed <= 12; seed++) {
      damage(new Random(seed));
      const store = open();
      try {
        // Damage that SQLite does not see is seen by the check.
        let faults = 1;
        for (let attempt = 0; attempt < 3 && faults > 0; attempt++)
          faults = await store.check(ANNA).then(
            (report) => report.faults.length,
            () => 1,
          );
        if (faults > 0) expect((await store.rebuild(ANNA)).faults, `seed ${seed}`).toEqual([]);
        for (const name of ['INBOX', 'Work']) {
          const mailbox = await (await store.account(ANNA)).mailbox(name);
          await mailbox?.sync();
          const found: number[] = [];
          for (const uid of mailbox?.uids() ?? [])
            found.push(Number((await mailbox?.content(uid))?.envelope.subject));
          expect(
            found.sort((one, other) => one - other),
            `seed ${seed}`,
          ).toEqual(all);
        }
      } finally {
        await store.close();
      }
    }
  });
});
